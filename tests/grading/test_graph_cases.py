"""The numbers that a graph is judged on: right work is right at kinks, in saturation, in single precision."""

from __future__ import annotations

import numpy as np
import pytest

from grader.exercise import GraphExercise
from reference.activations import RELU
from reference.formula import formula_graph
from reference.gates import IDENTITY, MAXIMUM, SQUARE
from reference.graph import Graph, Node
from tests.grading.expected_blame import judged, standings
from tests.grading.test_blame_forward import NEURON, neuron


def route(names=("x", "y"), shown=None):
    graph = Graph((*(Node(name) for name in names), Node("m", MAXIMUM, names)))
    return GraphExercise(id="route", title="", text="", graph=graph, function="gradients", shown=shown or {},
                         points={f"d{name}": 1 for name in names}, count=6)  # fmt: skip


@pytest.mark.parametrize("tie", [0.0, 0.5, 1.0])
def test_at_a_tie_every_split_is_right(tie):
    def gradients(x, y):
        share = tie if x == y else float(x > y)
        return {"dx": share, "dy": 1 - share}

    checked = judged(route(shown={"x": 2.0, "y": 2.0}), gradients)
    assert set(standings(checked).values()) == {"correct"}


def test_a_relus_slope_at_zero_is_a_convention():
    graph = Graph((Node("x"), Node("s", SQUARE, ("x",)), Node("r", RELU, ("s",))))
    exercise = GraphExercise(id="edge", title="", text="", graph=graph, function="gradients", shown={"x": 0.0},
                             points={"ds": 1, "dx": 1})  # fmt: skip
    for slope in (0.0, 0.5, 1.0):
        checked = judged(exercise, lambda x, at=slope: {"ds": at if x == 0 else 1.0, "dx": 2 * x})
        assert set(standings(checked).values()) == {"correct"}


def test_a_split_of_a_tie_is_no_excuse_elsewhere():
    checked = judged(route(shown={"x": 2.0, "y": 2.0}), lambda x, y: {"dx": 0.5, "dy": 0.5})
    assert set(standings(checked).values()) == {"origin"}


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_node_that_is_always_at_a_kink_is_left_open_and_what_it_leads_to_is_judged(share):
    graph = Graph(
        (Node("x"), Node("a", IDENTITY, ("x",)), Node("b", IDENTITY, ("x",)), Node("m", MAXIMUM, ("a", "b")))
    )
    points = {"da": 1, "db": 1, "dx": 1}
    exercise = GraphExercise(id="tie", title="", text="", graph=graph, function="gradients", points=points)
    nodes = judged(exercise, lambda x: {"da": share, "db": 1 - share, "dx": 1.0}).nodes
    assert {name: str(node.verdict) for name, node in nodes.items()} == {
        "da": "inconclusive", "db": "inconclusive", "dx": "pass"
    }  # fmt: skip
    assert (
        str(judged(exercise, lambda x: {"da": share, "db": 1 - share, "dx": 2.0}).nodes["dx"].standing)
        == "origin"
    )


def test_values_out_of_an_operations_domain_are_drawn_again():
    graph = formula_graph("l = log(x); f = l*l", name="logarithm")
    exercise = GraphExercise(
        id="log", title="", text="", graph=graph, function="gradients", points={"dl": 1, "dx": 1}
    )
    checked = judged(exercise, lambda x: {"dl": 2 * np.log(x), "dx": 2 * np.log(x) / x})
    assert set(standings(checked).values()) == {"correct"}


@pytest.mark.parametrize("slope", [lambda a: 1 - np.tanh(a) ** 2, lambda a: 1 / np.cosh(a) ** 2])
def test_a_saturated_slope_may_be_made_from_the_output_or_from_the_input(slope):
    graph = formula_graph("a = w*x; t = tanh(a); f = t*t", name="saturated")
    exercise = GraphExercise(id="saturated", title="", text="", graph=graph, function="gradients",
                             shown={"w": 3.0, "x": 4.0}, points={"dt": 1, "da": 1, "dw": 1, "dx": 1})  # fmt: skip

    def gradients(w, x):
        da = 2 * np.tanh(w * x) * slope(w * x)
        return {"dt": 2 * np.tanh(w * x), "da": da, "dw": da * x, "dx": da * w}

    assert set(standings(judged(exercise, gradients)).values()) == {"correct"}


def test_gradients_in_single_precision_are_judged_by_its_digits():
    def gradients(w, x, b):
        found = neuron(*(np.float32(v) for v in (w, x, b)))
        return {name: value for name, value in found.items() if name.startswith("d")}

    found = standings(judged(NEURON, gradients))
    assert {n for n, s in found.items() if s == "origin"} == {"n"}
    assert {n for n, s in found.items() if s == "correct"} == {"q", "e"}
