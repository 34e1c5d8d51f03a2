"""What is said of a graph's mistakes: of forward values, of arrays, and of what is to be worked out anew."""

from __future__ import annotations

from dataclasses import replace

from grader.findings import Finding
from grader.report.redact import _without_truth
from tests.grading.shared import EXERCISES, judged

CIRCUIT = """import numpy as np

def sigmoid_circuit(w0, x0, w1, x1, w2):
    p0 = w0 * x0
    p1 = w1 * x1
    s = p0 + p1
    u = s + w2
    n = -u
    e = np.exp(u)
    q = 1 + e
    f = 1 / q
    dq = -1 / q**2
    de = dq
    dn = de * e
    du = dn
    ds = dw2 = du
    dp0 = dp1 = ds
    dw0, dx0, dw1, dx1 = dp0 * x0, dp0 * w0, dp1 * x1, dp1 * w1
    return locals()
"""
SCORE = """import numpy as np

def score_gradients(x, W, b, u):
    z = W @ x + b
    h = 1 / (1 + np.exp(-z))
    dh = u
    du = h
    dz = dh * h * (1 - h)
    dW = np.outer(x, dz)
    db = dz
    dx = W.T @ dz
    return locals()
"""


def test_a_wrong_forward_value_is_told_by_what_it_should_be_made_of():
    checked = judged(EXERCISES["sigmoid_circuit"], CIRCUIT)
    (finding,) = [f for f in checked.findings if f.check == "forward values"]
    assert finding.message.startswith("the forward value e is not what exp makes of your n = -1: e = 2.7183")
    shown = _without_truth(replace(finding))
    assert isinstance(shown, Finding)
    assert shown.message == "the forward value e is not what exp makes of your n = -1: e = 2.7183"


def test_only_what_comes_after_it_on_the_way_back_follows_from_a_gradient():
    """q and e come before u on the way back: they follow from the forward value, and not from du."""
    checked = judged(EXERCISES["sigmoid_circuit"], CIRCUIT)
    (line,) = [line for line in checked.example if line.startswith("Mend du")]
    followers = line.partition(": ")[2].rstrip(".").split(", ")
    assert set(followers) == {"ds", "dp1", "dp0", "dw2", "dx1", "dw1", "dx0", "dw0"}
    assert any("forward value e as well" in line for line in checked.example)


def test_the_picture_has_the_students_own_forward_value_where_it_is_wrong():
    checked = judged(EXERCISES["sigmoid_circuit"], CIRCUIT)
    (e,) = [node for node in checked.picture if node.name == "e"]
    assert e.value == "2.718"


def test_of_an_array_it_is_said_that_its_numbers_are_wrong_and_not_its_shape():
    checked = judged(EXERCISES["score_gradients"], SCORE)
    message = checked.nodes["dW"].message
    assert message.startswith("the shape (3, 3) is right, ")
    assert message.endswith("numbers in it are not")


def test_a_second_origin_has_an_example_too():
    text = SCORE.replace("du = h", "du = 2 * h")
    checked = judged(EXERCISES["score_gradients"], text)
    assert any("you return du = " in line for line in checked.example)
    assert any("you return dW = " in line for line in checked.example)
