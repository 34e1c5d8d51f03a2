"""A network whose own layer raises or gives another shape: the loss is judged apart, and the layer costs once."""

from __future__ import annotations

import pytest

from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.grading.shared import EXERCISES, failing, judged

NETWORK = EXERCISES["two_layer"]
GRADIENTS = {"dW1", "db1", "dW2", "db2"}
SUMMED = ("db = np.sum(dout, axis=0)", "db = np.sum(dout)")


def with_slip(right, wrong):
    assert right in SOLUTIONS
    return judged(NETWORK, SOLUTIONS.replace(right, wrong))


def test_a_backward_that_raises_leaves_the_loss_its_marks():
    checked = with_slip("dx = dout.dot(w.T).reshape", "dx = (dout @ w @ w).reshape")
    assert failing(checked) == GRADIENTS
    assert {checked.nodes[name].standing for name in GRADIENTS} == {"inherited"}
    assert "affine_backward runs" in checked.nodes["dW1"].message


def test_a_mistake_of_the_network_itself_is_no_layers():
    checked = with_slip("dz1 = relu_backward(dh1, relu_cache)", "dz1 = relu_backward(dh1, nothing)")
    assert checked.nodes["loss"].verdict == "pass"
    assert checked.nodes["dW1"].standing == "origin"


def test_a_sum_that_forgets_its_axis_costs_the_layer_and_not_the_network():
    checked = with_slip(*SUMMED)
    assert failing(checked) == {"db1", "db2"}
    assert all(checked.nodes[name].earns for name in ("db1", "db2"))
    assert not any(finding.check == "precision" for finding in checked.findings)


@pytest.mark.parametrize("lazy", ["db = 0.0", "db = 7.0"])
def test_a_number_that_is_made_of_nothing_earns_nothing(lazy):
    checked = with_slip(SUMMED[0], lazy)
    assert not any(checked.nodes[name].earns for name in ("db1", "db2"))
