"""Every layer that the package holds, proved by the same machinery; a new layer is covered by being there."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference import Domain, Layer, layers
from tests.reference.proof import draw_smooth, faults, upstreams

LAYERS = list(layers().values())
by_name = pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)


def rng_for(layer: Layer, seed: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(layer.name.encode())])


def test_the_catalogue_holds_the_foundation():
    needed = {
        "add",
        "multiply",
        "maximum",
        "copy",
        "scale",
        "shift",
        "reciprocal",
        "exp",
        "log",
        "square",
        "sigmoid",
        "tanh",
        "relu",
        "linear",
        "affine",
        "linear_columns",
        "affine_columns",
        "squared_error",
        "half_squared_error",
        "neg_log_sigmoid",
        "softmax",
        "softmax_loss",
        "svm_loss",
        "l2",
    }
    assert needed <= set(layers())


@by_name
def test_backward_jacobian_differences_and_autodiff_agree(layer):
    rng = rng_for(layer)
    for _ in range(3):
        assert faults(layer, draw_smooth(layer, rng), rng) == []


@by_name
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_they_agree_for_all_shapes_down_to_one_and_empty(layer, data):
    sizes = {
        name: data.draw(st.integers(layer.smallest.get(name, 0), 4), label=name) for name in layer.dimensions
    }
    more = {}
    if layer.draw_rule is None and any("..." in spec.shape for spec in layer.inputs):
        more["free"] = tuple(data.draw(st.lists(st.integers(0, 3), max_size=3), label="free"))
    rng = rng_for(layer, data.draw(st.integers(0, 99), label="seed"))
    assert faults(layer, draw_smooth(layer, rng, sizes, **more), rng) == []


@by_name
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble], ids=lambda d: d.__name__)
def test_the_dtype_that_comes_in_goes_out(layer, dtype):
    rng = rng_for(layer)
    inputs = tuple(
        np.asarray(value, dtype) if spec.domain not in (Domain.LABEL, Domain.CONFIG) else value
        for spec, value in zip(layer.inputs, layer.draw(rng), strict=True)
    )
    *outs, cache = layer.forward(*inputs)
    assert [out.dtype for out in outs] == [np.dtype(dtype)] * len(outs)
    gradients = layer.backward(*upstreams(layer, inputs, rng), cache)
    assert [gradient.dtype for gradient in gradients] == [np.dtype(dtype)] * len(gradients)
    assert {j.dtype for j in layer.jacobian(*inputs).values()} == {np.dtype(dtype)}


@by_name
def test_no_argument_is_changed_and_read_only_ones_are_fine(layer):
    rng = rng_for(layer)
    inputs = layer.draw(rng)
    before = [value.copy() for value in inputs]
    for value in inputs:
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    douts = upstreams(layer, inputs, rng)
    kept = [dout.copy() for dout in douts]
    for dout in douts:
        dout.setflags(write=False)
    *_, cache = layer.forward(*inputs)
    first = [gradient.copy() for gradient in layer.backward(*douts, cache)]
    again = layer.backward(*douts, cache)  # the cache survives being used
    layer.jacobian(*inputs)
    for a, b in zip(before, inputs, strict=True):
        assert a == b if isinstance(a, dict) else np.array_equal(a, b)
    assert all(np.array_equal(a, b) for a, b in zip(kept, douts, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


GROWS = {"exp": "e^900 is beyond float64", "power": "900^p may be"}


@pytest.mark.parametrize("layer", [x for x in LAYERS if x.name not in GROWS], ids=lambda layer: layer.name)
def test_inputs_of_hundreds_give_finite_numbers_and_no_warning(layer):
    """Warnings are errors here: ±900 into a sigmoid or a softmax must not overflow on the way."""
    rng = rng_for(layer)
    inputs = tuple(
        value * 100 if spec.domain in (Domain.REAL, Domain.POSITIVE, Domain.NONZERO) and spec.shape else value
        for spec, value in zip(layer.inputs, layer.draw(rng), strict=True)
    )
    *outs, cache = layer.forward(*inputs)
    gradients = layer.backward(*upstreams(layer, inputs, rng), cache)
    assert all(np.isfinite(array).all() for array in (*outs, *gradients))
    assert all(np.isfinite(j).all() for j in layer.jacobian(*inputs).values())


@pytest.mark.parametrize("name", ["softmax", "softmax_loss", "svm_loss"])
def test_logits_of_ten_thousand_are_nothing_special(name):
    x = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]])
    layer = layers()[name]
    inputs = (x,) if name == "softmax" else (x, np.array([0, 2]))
    out, cache = layer.forward(*inputs)
    (dx,) = layer.backward(np.ones_like(out), cache)
    assert np.isfinite(out).all()
    assert np.isfinite(dx).all()


def test_a_saturated_sigmoid_keeps_the_digits_of_its_gradient():
    x = np.array([-800.0, -40.0, 40.0, 800.0])
    for name, expected in [
        ("sigmoid", np.exp(-40.0)),
        ("tanh", 4 * np.exp(-80.0)),
        ("neg_log_sigmoid", None),
    ]:
        layer = layers()[name]
        (dx,) = layer.backward(np.ones(4), layer.forward(x)[1])
        assert np.isfinite(dx).all()
        if expected is not None:
            assert dx[1] == pytest.approx(expected, rel=1e-14)
            assert dx[2] == pytest.approx(expected, rel=1e-14)


@by_name
def test_every_layer_states_shapes_and_source(layer):
    assert "->" in layer.text.split("\n\n")[0]
    assert "Source: " in layer.text
    for spec in layer.inputs:
        assert spec.name in layer.text
    if layer.margin_rule is not None:
        assert layer.conventions, "a layer with kinks says what its gradient there is"


@pytest.mark.parametrize("layer", [x for x in LAYERS if x.margin_rule], ids=lambda layer: layer.name)
def test_within_the_kink_margin_no_kink_is_met(layer):
    """Backward at any point that is nearer than the margin is continuous: no mask or argmax has switched."""
    rng = rng_for(layer)
    for _ in range(20):
        inputs = draw_smooth(layer, rng)
        margin = layer.kink_margin(*inputs)
        assert np.isfinite(margin)
        here = layer.jacobian(*inputs)
        moved = tuple(
            value + 0.999 * margin * rng.choice((-1.0, 1.0), np.shape(value))
            if spec.differentiable
            else value
            for spec, value in zip(layer.inputs, inputs, strict=True)
        )
        there = layer.jacobian(*moved)
        # Piecewise linear in each input: what was exactly 0 because a gate was shut is still exactly 0.
        for pair in here:
            assert np.array_equal(here[pair] == 0, there[pair] == 0)


def jumps(before: dict, after: dict) -> bool:
    """Whether a gate opened or shut (an exact 0 came or went) or a slope changed at once, as a leaky one does.

    A hundredth of the largest entry is more than a smooth layer's Jacobian moves in a step of margin/5000.
    """
    largest = max(np.abs(jacobian).max(initial=0) for jacobian in before.values())
    return any(
        not np.array_equal(before[pair] == 0, after[pair] == 0)
        or np.abs(after[pair] - before[pair]).max(initial=0) > 1e-2 * largest
        for pair in before
    )


@pytest.mark.parametrize("layer", [x for x in LAYERS if x.margin_rule], ids=lambda layer: layer.name)
def test_at_the_kink_margin_a_kink_is_met(layer):
    """The margin is not too small: a gate or slope switches between 0.9999 and 1.0001 of it, not just before."""
    rng = rng_for(layer)
    switched = 0
    for _ in range(400):
        inputs = draw_smooth(layer, rng)
        margin = layer.kink_margin(*inputs)
        signs = [rng.choice((-1.0, 1.0), np.shape(value)) for value in inputs]

        def at(part: float, inputs=inputs, margin=margin, signs=signs) -> dict:
            moved = (
                value + part * margin * sign if spec.differentiable else value
                for spec, value, sign in zip(layer.inputs, inputs, signs, strict=True)
            )
            return layer.jacobian(*moved)

        inside, edge, outside = at(0.9997), at(0.9999), at(1.0001)
        assert not jumps(inside, edge)
        switched += jumps(edge, outside)
    assert switched
