"""The tester is tested: every layer with a small mistake planted in it is rejected by the proof machinery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reference import Layer
from tests.reference.proof import draw_smooth, faults
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


@by_name
def test_a_gradient_a_thousandth_too_large_is_rejected(layer):
    rng = rng_for(layer)
    inputs = draw_smooth(layer, rng)
    for place in range(len(layer.differentiable)):

        def scaled(gradients, place=place):
            gradients[place] = gradients[place] * 1.001
            return gradients

        assert faults(with_gradients(layer, scaled), inputs, rng)


@by_name
def test_a_gradient_with_one_entry_zeroed_is_rejected(layer):
    rng = rng_for(layer)
    inputs = draw_smooth(layer, rng)
    for place in range(len(layer.differentiable)):

        def zeroed(gradients, place=place):
            g = gradients[place]
            # The smallest entry that is not negligible beside the largest: the hardest one to miss.
            sizes = np.where(np.abs(g) > 1e-6 * np.abs(g).max(), np.abs(g), np.inf)
            if g.ndim:
                g[np.unravel_index(sizes.argmin(), g.shape)] = 0
            else:
                gradients[place] = g * 0
            return gradients

        assert faults(with_gradients(layer, zeroed), inputs, rng)


@by_name
def test_a_gradient_with_its_transpose_dropped_is_rejected(layer):
    rng = rng_for(layer)
    inputs = square_inputs(layer, rng)
    matrices = [
        place
        for place, spec in enumerate(s for s in layer.inputs if s.differentiable)
        if np.ndim(dict(zip([s.name for s in layer.inputs], inputs, strict=True))[spec.name]) >= 2
    ]
    assert matrices, f"{layer.name}: no gradient has two dimensions; draw larger inputs"
    for place in matrices:

        def transposed(gradients, place=place):
            gradients[place] = np.swapaxes(gradients[place], -1, -2)
            return gradients

        assert faults(with_gradients(layer, transposed), inputs, rng)


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
