"""A network whose own layer raises or gives another shape: the loss is judged apart, and the layer costs once."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest

from grader.checks.network.judge import check_network
from grader.checks.seeds import SeedSource
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.worker.program import Source
from grader.worker.steps import Call, Returned
from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.grading.shared import EXERCISES, failing, judged

NETWORK = EXERCISES["two_layer"]
GRADIENTS = {"dW1", "db1", "dW2", "db2"}
SUMMED = ("db = np.sum(dout, axis=0)", "db = np.sum(dout)")


def with_slip(right, wrong):
    assert right in SOLUTIONS
    return judged(NETWORK, SOLUTIONS.replace(right, wrong))


RAISES = ("dx = dout.dot(w.T).reshape", "dx = (dout @ w @ w).reshape")


def test_a_backward_that_raises_costs_the_layer_and_not_the_network():
    checked = with_slip(*RAISES)
    assert failing(checked) == GRADIENTS
    for name in GRADIENTS:
        node = checked.nodes[name]
        assert (node.standing, node.earns) == ("inherited", True)
        assert "affine_backward" in node.message
        assert "put together rightly" in node.message


@pytest.mark.parametrize(
    ("right", "wrong", "lost"),
    [
        ("def softmax_loss(", "def softmax_los(", {"loss", *GRADIENTS}),
        ("def relu_backward(dout, cache):", "def relu_backward(dout, cache, more):", {"dW1", "db1"}),
        (
            "def relu_forward(x):",
            "def relu_forward(x):\n    raise NotImplementedError\n",
            {"loss", *GRADIENTS},
        ),
        ("    return dx, dw, db\n", "    return dx.T, dw, db\n", {"dW1", "db1"}),
    ],
    ids=["not defined", "other arguments", "not begun", "another shape, at which the next layer raises"],
)
def test_what_any_layer_hides_earns_its_marks(right, wrong, lost):
    checked = with_slip(right, wrong)
    assert failing(checked) >= lost
    assert all(checked.nodes[name].earns for name in failing(checked))


def test_with_a_slip_of_its_own_the_network_earns_only_what_is_right_beside_it():
    text = SOLUTIONS.replace(*RAISES)
    slip = ("dz1 = relu_backward(dh1, relu_cache)", "dz1 = dh1")
    assert slip[0] in text
    checked = judged(NETWORK, text.replace(*slip))
    assert {name for name in GRADIENTS if checked.nodes[name].earns} == {"dW2", "db2"}


def test_two_layers_that_raise_hide_nothing_either():
    text = SOLUTIONS.replace(*RAISES).replace(
        "def relu_backward(dout, cache):", "def relu_backward(dout, cache, more):"
    )
    assert all(judged(NETWORK, text).nodes[name].earns for name in GRADIENTS)


def test_two_layers_that_are_not_there_hide_nothing_either():
    text = SOLUTIONS.replace("def softmax_loss(", "def my_loss(").replace("def relu_forward(", "def my_relu(")
    checked = judged(NETWORK, text)
    assert failing(checked) == {"loss", *GRADIENTS}
    assert all(checked.nodes[name].earns for name in failing(checked))
    assert "relu_forward, softmax_loss; with made-up numbers in their places" in checked.nodes["dW1"].message


READS = """
FOUND = []

def two_layer_loss(W1, b1, W2, b2, X, y):
    z1, first = affine_forward(X, W1, b1)
    h1, mask = relu_forward(z1)
    s, second = affine_forward(h1, W2, b2)
    loss, ds = softmax_loss(s, y)
    try:
        FOUND.append((ds.copy(), h1, affine_backward(ds, second)))
    except ValueError:
        pass
    affine_backward(ds, second)

def found():
    return FOUND
"""


def test_a_stand_in_tells_nothing_of_the_right_step_and_is_gone_afterwards():
    text = SOLUTIONS.replace(*RAISES) + READS
    runner = InProcessRunner()
    runner.load(Program((Source("cell 1", text),), (*NETWORK.functions, "found")))
    before = runner._session.namespace["affine_backward"]
    check_network(NETWORK, runner, SeedSource(b"a seed"))
    assert runner._session.namespace["affine_backward"] is before
    (outcome,) = runner.run([Call("found")])
    runner.close()
    assert outcome.value  # it was run with a stand-in
    for upstream, h1, (_, dw, db) in outcome.value:
        assert dw.shape == (h1.shape[1], upstream.shape[1])
        assert not np.allclose(dw, h1.T @ upstream)
        assert not np.allclose(db, upstream.sum(axis=0))


def test_what_a_stand_in_was_lent_is_taken_back_and_a_name_for_nothing_keeps_it():
    text = (
        SOLUTIONS.replace("def softmax_loss(", "def my_loss(")
        + "\nLAST = None\ndef last():\n    return LAST\n"
    )
    runner = InProcessRunner()
    runner.load(Program((Source("cell 1", text),), (*NETWORK.functions, "last")))
    checked = check_network(NETWORK, runner, SeedSource(b"a seed"))
    assert all(checked.nodes[name].earns for name in GRADIENTS)
    assert "softmax_loss" not in runner._session.namespace
    assert runner.run([Call("last")]) == [Returned(None)]
    runner.close()


def test_a_second_name_for_a_layer_means_the_stand_in_too():
    text = SOLUTIONS.replace(*RAISES) + "\nback = affine_backward\n"
    changed = text.replace("= affine_backward(", "= back(")
    assert changed != text
    checked = judged(NETWORK, changed)
    assert all(checked.nodes[name].earns for name in GRADIENTS)


def test_a_mistake_of_the_network_itself_is_no_layers():
    checked = with_slip("dz1 = relu_backward(dh1, relu_cache)", "dz1 = relu_backward(dh1, nothing)")
    assert checked.nodes["loss"].verdict == "pass"
    assert checked.nodes["dW1"].standing == "origin"


def test_a_sum_that_forgets_its_axis_costs_the_layer_and_not_the_network():
    checked = with_slip(*SUMMED)
    assert failing(checked) == {"db1", "db2"}
    assert all(checked.nodes[name].earns for name in ("db1", "db2"))
    assert not any(finding.check == "precision" for finding in checked.findings)


POOR = {
    "0": "v * 0",
    "1": "v * 0 + 1",
    "one number": "v * 0 + v.flat[0]",
    "next to nothing": "v * 1e-15",
    "huge": "v * 1e200",
    "nan": "v * np.nan",
}
SLIPS_OF_THE_NETWORK = {
    "upstream doubled": ("affine_backward(dscores, fc2_cache)", "affine_backward(2 * dscores, fc2_cache)"),
    "other labels": ("softmax_loss(scores, y)", "softmax_loss(scores, (y + 1) % scores.shape[1])"),
    "no ReLU on the way back": ("dz1 = relu_backward(dh1, relu_cache)", "dz1 = dh1"),
    "the input doubled": ("affine_forward(X, W1, b1)", "affine_forward(2 * X, W1, b1)"),
}


def poor(layer, numbers):
    """The solutions with a layer that gives such numbers in the place of its own."""
    return SOLUTIONS + (
        f"\n_right = {layer}\ndef {layer}(*given):\n    found = _right(*given)\n"
        f"    poor = lambda v: {numbers} if isinstance(v, (np.ndarray, np.floating)) else v\n"
        "    return tuple(map(poor, found)) if isinstance(found, tuple) else poor(found)\n"
    )


LAYERS = ["affine_forward", "affine_backward", "relu_forward", "relu_backward", "softmax_loss"]


CASES = [(layer, name) for layer in LAYERS for name in POOR]


@pytest.mark.parametrize(("layer", "name"), CASES)
def test_a_layer_of_poor_numbers_costs_a_right_network_nothing(layer, name):
    checked = judged(NETWORK, poor(layer, POOR[name]))
    assert failing(checked)
    assert all(checked.nodes[name].earns for name in failing(checked))


@pytest.mark.parametrize(
    ("layer", "name", "slip"),
    [(*case, slip) for case, slip in zip(CASES, cycle(SLIPS_OF_THE_NETWORK), strict=False)],
)
def test_and_it_buys_a_wrong_network_nothing(layer, name, slip):
    right, wrong = SLIPS_OF_THE_NETWORK[slip]
    assert right in SOLUTIONS
    spoiled = failing(judged(NETWORK, SOLUTIONS.replace(right, wrong)))
    assert spoiled
    both = judged(NETWORK, poor(layer, POOR[name]).replace(right, wrong))
    assert not any(both.nodes[name].earns for name in spoiled & failing(both))
