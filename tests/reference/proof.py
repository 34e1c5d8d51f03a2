"""The machinery that proves a layer: what three independent derivations of one gradient say of each other.

    backward         against   dout · Jacobian          (two derivations by hand)
    the Jacobian     against   differences in longdouble (no derivation at all)
    backward         against   HIPS autograd of the oracle (somebody else's derivation of another forward)

`faults` returns what disagrees; a right layer has none. Near misses prove that it can find some.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reference import Domain, Layer

EXTENDED = np.finfo(np.longdouble).eps < 1e-18
"""Whether longdouble has more digits than float64 (x86: yes; some ARM systems: no)."""


def draw_smooth(layer: Layer, rng: np.random.Generator, sizes: dict[str, int] | None = None, **more) -> tuple:
    """Inputs a good way from every kink and tie."""
    for _ in range(500):
        inputs = layer.draw(rng, sizes, **more)
        if layer.kink_margin(*inputs) > 2e-2 * EXTENDED:
            return inputs
    raise AssertionError(f"{layer.name}: 500 draws were all near a kink")


def upstreams(layer: Layer, inputs: tuple, rng: np.random.Generator) -> tuple:
    """Random signed upstream gradients, none of them small."""
    *outs, _ = layer.forward(*inputs)
    return tuple(
        np.asarray(rng.choice((-1.0, 1.0), np.shape(out)) * rng.uniform(0.5, 1.5, np.shape(out)), out.dtype)
        for out in outs
    )


def close(got, expected, *, rtol: float = 1e-9, scale: float | None = None) -> bool:
    """Entry by entry, relative to the entry and, far below, to the largest entry (its rounding)."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        return False
    if not got.size:
        return True
    largest = np.abs(expected).max() if scale is None else scale
    return bool((np.abs(got - expected) <= rtol * np.abs(expected) + 1e-3 * rtol * largest).all())


def faults(layer: Layer, inputs: tuple, rng: np.random.Generator) -> list[str]:
    """Everything about which the derivations disagree, as sentences."""
    return [
        *_shape_faults(layer, inputs, rng),
        *_vjp_faults(layer, inputs, rng),
        *_difference_faults(layer, inputs),
        *_autodiff_faults(layer, inputs, rng),
    ]


def _shape_faults(layer: Layer, inputs: tuple, rng: np.random.Generator) -> Iterator[str]:
    gradients = layer.vjp(inputs, *upstreams(layer, inputs, rng))
    for spec, value in zip(layer.inputs, inputs, strict=True):
        if spec.differentiable and gradients[spec.name].shape != np.shape(value):
            yield f"d{spec.name} has shape {gradients[spec.name].shape}, {spec.name} has {np.shape(value)}"


def _vjp_faults(layer: Layer, inputs: tuple, rng: np.random.Generator) -> Iterator[str]:
    douts = upstreams(layer, inputs, rng)
    gradients = layer.vjp(inputs, *douts)
    jacobians = layer.jacobian(*inputs)
    pairs = {(out, name) for out in layer.outputs for name in layer.differentiable}
    if set(jacobians) != pairs:
        yield f"the Jacobian has the pairs {sorted(jacobians)}, expected {sorted(pairs)}"
        return
    for name in layer.differentiable:
        terms = [
            np.tensordot(dout, jacobians[out, name], axes=dout.ndim)
            for out, dout in zip(layer.outputs, douts, strict=True)
        ]
        largest = max(np.abs(jacobians[out, name]).max(initial=0) for out in layer.outputs)
        if not close(gradients[name], sum(terms), scale=largest):
            yield f"d{name} is not dout · Jacobian"


def _difference_faults(layer: Layer, inputs: tuple) -> Iterator[str]:
    jacobians = layer.jacobian(*inputs)
    rtol = 1e-8 if EXTENDED else 1e-5
    for out, name in jacobians:
        numeric = jacobian_by_differences(layer, inputs, out, name)
        if jacobians[out, name].shape != numeric.shape:
            yield f"∂{out}/∂{name} has shape {jacobians[out, name].shape}, expected {numeric.shape}"
        elif not close(jacobians[out, name], numeric, rtol=rtol):
            yield f"∂{out}/∂{name} is not what differences say"


def jacobian_by_differences(layer: Layer, inputs: tuple, out: str, name: str) -> np.ndarray:
    """Fourth-order central differences in longdouble: truncation h⁴/30 · f⁽⁵⁾, rounding eps/h."""
    wide = [
        np.asarray(value, np.longdouble) if spec.domain is not Domain.CONFIG and spec.domain is not Domain.LABEL
        else value
        for spec, value in zip(layer.inputs, inputs, strict=True)
    ]  # fmt: skip
    place = [spec.name for spec in layer.inputs].index(name)
    which = layer.outputs.index(out)
    x = wide[place]

    def at(index: tuple, step: np.longdouble) -> np.ndarray:
        moved = x.copy()
        moved[index] += step
        return np.asarray(layer.forward(*wide[:place], moved, *wide[place + 1 :])[which])

    base = np.asarray(layer.forward(*wide)[which])
    jacobian = np.zeros(base.shape + x.shape, np.longdouble)
    assert base.dtype == np.longdouble, f"{layer.name}: {out} is {base.dtype} for longdouble inputs"
    h = np.longdouble(2) ** (-12 if EXTENDED else -9)
    for index in np.ndindex(x.shape):
        near = at(index, h) - at(index, -h)
        far = at(index, 2 * h) - at(index, -2 * h)
        jacobian[(..., *index)] = (8 * near - far) / (12 * h)
    return jacobian


def _autodiff_faults(layer: Layer, inputs: tuple, rng: np.random.Generator) -> Iterator[str]:
    import autograd
    import autograd.numpy as anp

    values = layer.check(*inputs)
    douts = upstreams(layer, inputs, rng)
    places = [place for place, spec in enumerate(layer.inputs) if spec.differentiable]

    def weighted(*moving):
        full = list(values)
        for place, value in zip(places, moving, strict=True):
            full[place] = value
        outs = layer.oracle(anp, *full)
        outs = outs if isinstance(outs, tuple) else (outs,)
        assert len(outs) == len(layer.outputs)
        return sum(anp.sum(dout * out) for dout, out in zip(douts, outs, strict=True))

    *outs, _ = layer.forward(*inputs)
    plain = layer.oracle(np, *values)
    for name, out, other in zip(
        layer.outputs, outs, plain if isinstance(plain, tuple) else (plain,), strict=True
    ):
        if not close(out, other):
            yield f"{name} is not what the oracle computes"
    if not any(np.size(out) for out in outs):
        return
    gradients = layer.vjp(inputs, *douts)
    for position, name in enumerate(layer.differentiable):
        derived = autograd.grad(weighted, position)(*(values[place] for place in places))
        jacobians = layer.jacobian(*inputs)
        # The oracle's plain formula rounds at the size of what it works on, also where the gradient is 0.
        sizes = [*jacobians.values(), *outs, *(values[place] for place in places)]
        largest = max(np.abs(array).max(initial=0) for array in sizes)
        if not close(gradients[name], derived, scale=largest):
            yield f"d{name} is not what autograd derives from the oracle"
