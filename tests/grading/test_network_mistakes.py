"""At a network's nodes: factors, signs, transposes and forgotten steps are named as at a layer's, on proof only."""

from __future__ import annotations

import numpy as np
import pytest

from tests.grading.test_network_blame import judged, network, own_layers, put_together

TANHS = network(2, ["tanh", "tanh"], shared=False, around=False)


def named(change):
    """(diagnoses by node, all that was found) where `change(gradients, N)` is returned for the gradients."""
    functions = own_layers(())
    right = put_together(TANHS, functions)

    def net(*leaves):
        loss, gradients = right(*leaves)
        return loss, change(gradients, len(leaves[TANHS.graph.leaves.index("X")]))

    checked = judged(TANHS, functions, net)
    return {d.node: d for d in checked.diagnoses}, checked


SLIPS = {
    "times the batch size": (
        "dW1",
        lambda g, n: g["W1"] * n,
        "times-N",
        "multiplied by N, the number of examples",
    ),
    "a mean too many": (
        "db0",
        lambda g, n: g["b0"] / n,
        "divided-by-N",
        "divided by N, the number of examples",
    ),
    "a sign": ("dW0", lambda g, n: -g["W0"], "sign", "negated"),
    "a transpose": ("dW1", lambda g, n: g["W1"].T, "transposed", "transposed"),
    "half": ("db1", lambda g, n: g["b1"] / 2, "divided-by-two", "halved"),
    "zeros": ("dW0", lambda g, n: 0 * g["W0"], "zero", "zero everywhere"),
    "another's": ("db0", lambda g, n: g["b1"], "numbers-of-db1", "what db1 should be"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_at_one_parameter_is_named_there_and_nowhere_else(slip):
    node, change, id, words = SLIPS[slip]
    found, _ = named(lambda gradients, n: gradients | {node[1:]: change(gradients, n)})
    assert list(found) == [node]
    assert found[node].id == id
    assert words in found[node].evidence


def test_the_factor_is_told_with_its_size_on_each_input():
    found, _ = named(lambda g, n: g | {"W1": g["W1"] * n})
    assert "the number of examples (here " in found["dW1"].evidence


def test_an_upstream_that_was_forgotten_is_named_with_the_layer_that_it_arrives_at():
    functions = own_layers(())

    def net(X, y, W0, b0, W1, b1):
        right = put_together(TANHS, functions)
        loss, gradients = right(X, y, W0, b0, W1, b1)
        h0 = np.tanh(X @ W0 + b0)
        return loss, gradients | {"W1": h0.T @ np.ones((len(X), W1.shape[1]))}

    checked = judged(TANHS, functions, net)
    (found,) = checked.diagnoses
    assert (found.id, found.node) == ("ignores-upstream", "dW1")
    assert "what arrives at z1" in found.evidence


def test_an_activation_that_was_passed_by_on_the_way_back_is_named():
    functions = own_layers(())
    lost = functions | {"tanh_backward": lambda dout, cache: dout}
    first = []

    def backward(dout, cache):
        first.append(None)
        return (
            functions["tanh_backward"](dout, cache) if len(first) % 2 else lost["tanh_backward"](dout, cache)
        )

    net = put_together(TANHS, functions | {"tanh_backward": backward})
    checked = judged(TANHS, functions, net)
    assert {d.node: d.id for d in checked.diagnoses} == {"dW0": "passed-by-h0", "db0": "passed-by-h0"}


def test_what_no_prediction_gives_is_not_named_but_its_pattern_is_told():
    found, checked = named(lambda g, n: g | {"W1": g["W1"] * 1.37})
    assert found == {}
    assert [f.message for f in checked.findings if f.check == "pattern"] == [
        "dW1: the cause was not recognised; every entry is the right one times 1.37, on every input"
    ]


def test_numbers_that_are_nobodys_are_neither_named_nor_patterned():
    rng = np.random.default_rng(5)
    found, checked = named(lambda g, n: g | {"W1": g["W1"] + rng.normal(size=g["W1"].shape)})
    assert found == {}
    assert not [f for f in checked.findings if f.check == "pattern"]


def test_right_work_is_never_diagnosed():
    found, checked = named(lambda g, n: g)
    assert found == {}
    assert checked.findings == []
