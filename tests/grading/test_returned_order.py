"""Right gradients in another order: one slip, which costs what one does, with follow-through and without."""

from __future__ import annotations

import pytest

from grader.marks import marked, slips
from tests.grading.shared import EXERCISES, judged

AFFINE = EXERCISES["affine"]
EXCHANGED = """
import numpy as np

def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), dout.sum(0), x.reshape(len(x), -1).T @ dout
"""


@pytest.mark.parametrize(("follow", "left"), [(True, {"out", "dx", "db"}), (False, {"out", "dx"})])
def test_an_exchange_costs_one_gradient_or_where_nothing_follows_the_two(follow, left):
    checked = judged(AFFINE, EXCHANGED)
    nodes = marked(checked, AFFINE.points, follow_through=follow)
    assert {node.name for node in nodes if node.points} == left
    assert slips(checked) == 1
    (finding,) = [f for f in checked.findings if f.check == "order"]
    assert "must return dx, dw, db in this order; yours come as dx, db, dw" in finding.message
    assert checked.example == []


def test_beside_a_wrong_forward_its_example_stays():
    checked = judged(AFFINE, EXCHANGED.replace("@ w + b", "@ w - b"))
    assert any(f.check == "order" for f in checked.findings)
    assert checked.example
