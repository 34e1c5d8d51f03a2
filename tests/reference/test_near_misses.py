"""The tester is tested: every layer with a small mistake planted in it is rejected by the proof machinery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reference import Layer
from tests.reference.proof import draw_smooth, faults, upstreams
from tests.reference.test_catalogue import by_name, rng_for


def with_gradients(layer: Layer, change) -> Layer:
    """The layer with `change(gradients)` applied to what backward returns."""

    def backward(*args):
        changed = tuple(change([np.array(g) for g in layer.backward(*args)]))
        return changed if len(changed) > 1 else changed[0]

    return replace(layer, backward_rule=backward)


def square_inputs(layer: Layer, rng: np.random.Generator) -> tuple:
    """All dimensions equal, so that a transposed gradient keeps its shape."""
    more = {"free": (3, 3)} if layer.draw_rule is None else {}
    sizes = {name: max(3, layer.smallest.get(name, 0)) for name in layer.dimensions}
    return draw_smooth(layer, rng, sizes, **more)


def rejected(layer: Layer, change, *, square: bool = False) -> int:
    """Plants `change(gradient)` in one gradient at a time, asserts that it is found; how many it was planted in.

    Only inputs at which the change is a mistake can show it: a normalised group of one entry has no gradient,
    and the transpose of a symmetric matrix is itself. Such draws are repeated.
    """
    rng = rng_for(layer)
    planted = 0
    for place in range(len(layer.differentiable)):
        for _ in range(100):
            inputs = square_inputs(layer, rng) if square else draw_smooth(layer, rng)
            gradient = list(layer.vjp(inputs, *upstreams(layer, inputs, rng)).values())[place]
            different = change(gradient.copy())
            if different.shape != gradient.shape or not np.allclose(different, gradient, rtol=1e-6, atol=0):
                break
        else:
            continue

        def changed(gradients, place=place):
            gradients[place] = change(gradients[place])
            return gradients

        assert faults(with_gradients(layer, changed), inputs, rng)
        planted += 1
    return planted


@by_name
def test_a_gradient_a_thousandth_too_large_is_rejected(layer):
    assert rejected(layer, lambda g: g * 1.001) == len(layer.differentiable)


@by_name
def test_a_gradient_with_one_entry_zeroed_is_rejected(layer):
    def zeroed(g):
        # The smallest entry that is not negligible beside the largest: the hardest one to miss.
        sizes = np.where(np.abs(g) > 1e-6 * np.abs(g).max(), np.abs(g), np.inf)
        if not g.ndim:
            return g * 0
        g[np.unravel_index(sizes.argmin(), g.shape)] = 0
        return g

    assert rejected(layer, zeroed) == len(layer.differentiable)


@by_name
def test_a_gradient_with_its_transpose_dropped_is_rejected(layer):
    inputs = [spec for spec in layer.inputs if spec.differentiable]
    vectors = [spec for spec in inputs if len(spec.shape) < 2 and spec.shape not in (("...",), ("*",))]
    planted = rejected(layer, lambda g: np.swapaxes(g, -1, -2) if g.ndim >= 2 else g, square=True)
    if len(vectors) == len(inputs):
        pytest.skip(f"{layer.name}: its gradients are vectors, which have no transpose")
    # (1, C, 1, 1) is a vector too; every layer with matrices must have shown at least one.
    assert planted, f"{layer.name}: no gradient has two dimensions; draw larger inputs"


@by_name
@pytest.mark.parametrize("change", [lambda j: j * 1.001, lambda j: j * 0], ids=["scaled", "zero"])
def test_a_wrong_jacobian_is_rejected_even_where_backward_agrees_with_it(layer, change):
    """Backward and Jacobian wrong in the same way: differences and autodiff still see it."""
    rng = rng_for(layer)
    inputs = draw_smooth(layer, rng)

    def jacobian(*values):
        return {pair: change(j) for pair, j in layer.jacobian_rule(*values).items()}

    tampered = replace(with_gradients(layer, lambda gs: [change(g) for g in gs]), jacobian_rule=jacobian)
    assert len(faults(tampered, inputs, rng)) >= 2


@by_name
def test_a_missing_oracle_is_an_error(layer):
    with pytest.raises(TypeError):
        faults(replace(layer, oracle=None), draw_smooth(layer, rng_for(layer)), rng_for(layer))
