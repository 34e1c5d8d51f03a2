"""Every layer's backward against torch's autograd, where it can be of torch's own forward."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reference import Domain, Layer, layers
from tests.reference.proof import close, draw_smooth, upstreams
from tests.reference.test_catalogue import by_name, rng_for
from tests.reference.torch_oracles import ORACLES

torch = pytest.importorskip("torch")


def disagreements(layer: Layer, inputs: tuple, rng: np.random.Generator) -> list[str]:
    """Outputs and gradients that are not torch's, as sentences."""
    values = layer.check(*inputs)
    tensors = [
        value
        if spec.domain is Domain.CONFIG
        else torch.tensor(np.asarray(value, np.int64))
        if spec.domain is Domain.LABEL
        else torch.tensor(np.asarray(value, np.float64), requires_grad=spec.differentiable)
        for spec, value in zip(layer.inputs, values, strict=True)
    ]
    if layer.name in ORACLES:
        theirs = ORACLES[layer.name](torch, *tensors)
    else:
        theirs = layer.oracle(torch, *tensors)
    theirs = theirs if isinstance(theirs, tuple) else (theirs,)
    *ours, _ = layer.forward(*inputs)
    found = []
    sizes = [*ours, *(v for v, spec in zip(values, layer.inputs, strict=True) if spec.differentiable)]
    largest = max(float(np.abs(array).max(initial=0)) for array in sizes)
    for name, out, other in zip(layer.outputs, ours, theirs, strict=True):
        if not close(out, other.detach().numpy(), scale=largest):
            found.append(f"{name} is not torch's")
    douts = upstreams(layer, inputs, rng)
    total = sum((torch.tensor(dout) * out).sum() for dout, out in zip(douts, theirs, strict=True))
    moving = [t for t, spec in zip(tensors, layer.inputs, strict=True) if spec.differentiable]
    gradients = layer.vjp(inputs, *douts)
    largest = max(largest, *(float(np.abs(g).max(initial=0)) for g in gradients.values()))
    derived = torch.autograd.grad(total, moving, allow_unused=True)
    for name, other in zip(layer.differentiable, derived, strict=True):
        expected = np.zeros_like(gradients[name]) if other is None else other.numpy()
        if not close(gradients[name], expected, scale=largest):
            found.append(f"d{name} is not torch's")
    return found


@by_name
def test_backward_is_what_torch_derives(layer):
    rng = rng_for(layer, 7)
    for _ in range(4):
        assert disagreements(layer, draw_smooth(layer, rng), rng) == []


@by_name
def test_a_gradient_a_thousandth_too_large_is_not_torchs(layer):
    rng = rng_for(layer, 7)

    def scaled(*args):
        gradients = layer.backward(*args)
        return tuple(g * 1.001 for g in gradients) if len(gradients) > 1 else gradients[0] * 1.001

    inputs = draw_smooth(layer, rng)
    found = disagreements(replace(layer, backward_rule=scaled), inputs, rng)
    assert found == [f"d{name} is not torch's" for name in layer.differentiable]


def test_every_entry_belongs_to_a_layer():
    assert set(ORACLES) <= set(layers())


def test_the_first_of_equals_wins_in_a_pooling_window_as_in_torch():
    layer = layers()["max_pool"]
    x = np.zeros((1, 1, 4, 5))
    x[0, 0, 1, 2] = x[0, 0, 2, 1] = 1
    inputs = (x, {"pool_height": 2, "pool_width": 3, "stride": 1})
    assert disagreements(layer, inputs, rng_for(layer)) == []
