"""The layers together: two networks learn a small data set, and their whole gradients are those of differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from reference.activations import RELU
from reference.conv import CONV
from reference.initialisers import he
from reference.linear_rows import AFFINE
from reference.optimizers import adam, minibatches, sgd
from reference.pooling import MAX_POOL
from reference.softmax import SOFTMAX_LOSS
from tests.reference.proof import EXTENDED
from tests.reference.tiny_digits import CLASSES, FILE, generate, load

Parameters = dict[str, np.ndarray]
Network = Callable[[Parameters, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, Parameters]]

CONV_PARAM = {"stride": 1, "pad": 1}
POOL_PARAM = {"pool_height": 2, "pool_width": 2, "stride": 2}


def convolutional(p: Parameters, x: np.ndarray, y: np.ndarray) -> tuple:
    """conv - relu - max pool - affine - softmax loss -> loss, scores, gradients."""
    a, conv_cache = CONV.forward(x, p["w1"], p["b1"], CONV_PARAM)
    r, relu_cache = RELU.forward(a)
    m, pool_cache = MAX_POOL.forward(r, POOL_PARAM)
    scores, affine_cache = AFFINE.forward(m, p["w2"], p["b2"])
    loss, loss_cache = SOFTMAX_LOSS.forward(scores, y)
    (dscores,) = SOFTMAX_LOSS.backward(np.ones_like(loss), loss_cache)
    dm, dw2, db2 = AFFINE.backward(dscores, affine_cache)
    (dr,) = MAX_POOL.backward(dm, pool_cache)
    (da,) = RELU.backward(dr, relu_cache)
    _, dw1, db1 = CONV.backward(da, conv_cache)
    return loss, scores, {"w1": dw1, "b1": db1, "w2": dw2, "b2": db2}


def two_layers(p: Parameters, x: np.ndarray, y: np.ndarray) -> tuple:
    """affine - relu - affine - softmax loss -> loss, scores, gradients."""
    a, first_cache = AFFINE.forward(x, p["w1"], p["b1"])
    r, relu_cache = RELU.forward(a)
    scores, second_cache = AFFINE.forward(r, p["w2"], p["b2"])
    loss, loss_cache = SOFTMAX_LOSS.forward(scores, y)
    (dscores,) = SOFTMAX_LOSS.backward(np.ones_like(loss), loss_cache)
    dr, dw2, db2 = AFFINE.backward(dscores, second_cache)
    (da,) = RELU.backward(dr, relu_cache)
    _, dw1, db1 = AFFINE.backward(da, first_cache)
    return loss, scores, {"w1": dw1, "b1": db1, "w2": dw2, "b2": db2}


def start(network: Network, rng: np.random.Generator) -> Parameters:
    if network is convolutional:
        filters = he(9, 6, rng).T.reshape(6, 1, 3, 3)
        return {
            "w1": filters,
            "b1": np.zeros(6),
            "w2": he(6 * 4 * 3, CLASSES, rng),
            "b2": np.zeros(CLASSES),
        }
    return {"w1": he(48, 20, rng), "b1": np.zeros(20), "w2": he(20, CLASSES, rng), "b2": np.zeros(CLASSES)}


by_network = pytest.mark.parametrize("network", [convolutional, two_layers], ids=lambda n: n.__name__)


def test_the_stored_data_set_is_what_its_generator_makes():
    assert FILE.read_text(encoding="ascii") == generate()
    assert FILE.stat().st_size < 60_000


@by_network
@pytest.mark.parametrize(("rule", "learning_rate"), [(sgd, 0.2), (adam, 0.01)], ids=["sgd", "adam"])
def test_forty_epochs_fit_the_data_and_carry_over(network, rule, learning_rate):
    """180 pictures to learn, 60 to be asked about: at least 99 % of the first and 90 % of the others are right."""
    x, y = load()
    train, held = slice(0, 180), slice(180, None)
    rng = np.random.default_rng(1)
    p = start(network, rng)
    configs: dict = {name: {"learning_rate": learning_rate} for name in p}
    first = network(p, x[train], y[train])[0]
    for _ in range(40):
        for batch in minibatches(180, 20, rng):
            _, _, gradients = network(p, x[train][batch], y[train][batch])
            for name in p:
                p[name], configs[name] = rule(p[name], gradients[name], configs[name])
    last, scores, _ = network(p, x[train], y[train])
    assert last < first / 10
    assert (scores.argmax(axis=1) == y[train]).mean() >= 0.99
    assert (network(p, x[held], y[held])[1].argmax(axis=1) == y[held]).mean() >= 0.9


def whole_gradient_by_differences(
    network: Network, p: Parameters, x: np.ndarray, y: np.ndarray
) -> Parameters:
    """Second-order central differences in longdouble: truncation h²/6 · f''' + rounding eps/h."""
    wide = {name: value.astype(np.longdouble) for name, value in p.items()}
    x = x.astype(np.longdouble)
    h = np.longdouble(2) ** (-20 if EXTENDED else -17)
    found = {}
    for name, value in wide.items():
        found[name] = np.zeros_like(value)
        for index in np.ndindex(value.shape):
            ends = []
            for step in (h, -h):
                moved = value.copy()
                moved[index] += step
                ends.append(network({**wide, name: moved}, x, y)[0])
            found[name][index] = (ends[0] - ends[1]) / (2 * h)
    return found


@by_network
def test_the_whole_gradient_is_that_of_differences(network):
    x, y = load()
    x, y = x[:6], y[:6]
    p = start(network, np.random.default_rng(2))
    _, _, gradients = network(p, x, y)
    numeric = whole_gradient_by_differences(network, p, x, y)
    for name in p:
        np.testing.assert_allclose(gradients[name], numeric[name].astype(float), rtol=1e-7, atol=1e-10)


@by_network
def test_a_relu_that_is_open_on_the_way_back_is_seen_by_the_differences(network, monkeypatch):
    """The check can fail: one forgotten gate, and the first layer's gradients are off."""
    x, y = load()
    p = start(network, np.random.default_rng(2))
    numeric = whole_gradient_by_differences(network, p, x[:2], y[:2])
    monkeypatch.setitem(globals(), "RELU", replace(RELU, backward_rule=lambda dout, cache: dout))
    _, _, gradients = network(p, x[:2], y[:2])
    for name, wrong in (("w1", True), ("b1", True), ("w2", False), ("b2", False)):
        agree = np.allclose(gradients[name], numeric[name].astype(float), rtol=1e-7, atol=1e-10)
        assert agree != wrong
