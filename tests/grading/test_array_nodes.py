"""At a graph's array nodes a factor, a lost sign, a transpose are named, relative to the student's upstream."""

from __future__ import annotations

import numpy as np
import pytest

from grader.exercise import GraphExercise
from reference.activations import TANH
from reference.broadcasting import BROADCAST_ADD
from reference.graph import Graph, Node
from reference.matmul import MATMUL
from reference.rows_and_columns import COLUMN_MEAN, ROW_SUM
from tests.grading.expected_blame import judged, standings

GRAPH = Graph(
    (
        Node("x"), Node("W"),
        Node("z", MATMUL, ("x", "W")),
        Node("h", TANH, ("z",)),
        Node("u", MATMUL, ("h", "W")),
        Node("v", BROADCAST_ADD, ("u", "h")),
        Node("each", ROW_SUM, ("v",)),
        Node("f", COLUMN_MEAN, ("each",)),
    )
)  # fmt: skip
"""x (N, D), W (D, D), which is used twice as h is. Node by node, so that every slip stays where it is made."""


def draw(rng):
    count, width = (int(n) for n in rng.permutation((3, 4, 5))[:2])
    return {"x": rng.integers(-9, 10, (count, width)) / 10, "W": rng.integers(-9, 10, (width, width)) / 10}


EXERCISE = GraphExercise(
    id="arrays", title="", text="", graph=GRAPH, function="gradients", draw=draw, count=4,
    points={f"d{name}": 1 for name in GRAPH.order if name != GRAPH.output},
)  # fmt: skip


def student(**slips):
    """Right work but for what `slips` make of single gradients, from wrong ones on as well."""

    def gradients(x, W):
        n = len(x)
        h = np.tanh(x @ W)
        u = h @ W
        g = {}

        def put(name, value):
            g[name] = slips[name](value, x) if name in slips else value

        put("deach", np.full((n, 1), 1 / n))
        put("dv", g["deach"] * np.ones(u.shape))
        put("du", g["dv"])
        put("dh", g["dv"] + g["du"] @ W.T)
        put("dz", g["dh"] * (1 - h * h))
        put("dW", h.T @ g["du"] + x.T @ g["dz"])
        put("dx", g["dz"] @ W.T)
        return g

    return gradients


SLIPS = {
    "times the batch size": ("dz", lambda g, x: g * len(x), "times-"),
    "divided by the batch size": ("dW", lambda g, x: g / len(x), "divided-by-"),
    "the sign of a sum of two uses": ("dh", lambda g, x: -g, "sign"),
    "a transpose": ("dW", lambda g, x: g.T, "transposed"),
    "a sum of two uses, doubled": ("dW", lambda g, x: 2 * g, "times-two"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_what_was_done_to_an_array_is_named_at_its_node(slip):
    node, change, id = SLIPS[slip]
    checked = judged(EXERCISE, student(**{node: change}))
    (found,) = checked.diagnoses
    assert found.node == node
    assert found.id.startswith(id)


def test_a_second_slip_is_named_from_the_students_own_upstream():
    checked = judged(EXERCISE, student(du=lambda g, x: g + 0.37, dW=lambda g, x: g / len(x)))
    assert standings(checked)["W"] == "origin"
    (found,) = [d for d in checked.diagnoses if d.node == "dW"]
    assert found.id == "divided-by-rows-of-x"


def test_what_is_not_recognised_says_what_its_entries_have_in_common():
    checked = judged(EXERCISE, student(dz=lambda g, x: 1.37 * g))
    assert not checked.diagnoses
    (said,) = [f.message for f in checked.findings if f.check == "pattern"]
    assert said == "dz: the cause was not recognised; every entry is the right one times 1.37, on every input"


def test_right_work_is_not_explained():
    checked = judged(EXERCISE, student())
    assert checked.diagnoses == []
    assert checked.findings == []
