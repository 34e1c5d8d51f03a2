"""Formulas written down from a graph are its gradients, and a change that is named says what was changed."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks.graph.formulas import gradient, rows_of
from grader.checks.graph.slips import beside_formula
from grader.checks.network.formulas import beside_formulas, written
from grader.checks.seeds import SeedSource
from grader.diagnosis.formulas import Worked, parsed
from grader.exercise import GraphExercise, NetworkExercise
from grader.prove.situations import Inputs
from tests.grading.shared import EXERCISES, judged

GRAPHS = [e for e in EXERCISES.values() if isinstance(e, GraphExercise)]
NETWORKS = [e for e in EXERCISES.values() if isinstance(e, NetworkExercise) and written(e.graph)]


def situation(exercise):
    """Values and gradients on the first of the exercise's own cases."""
    inputs = Inputs(exercise, SeedSource(b"a seed"))
    return next(each for _, each in inputs.situations())


@pytest.mark.parametrize("exercise", GRAPHS, ids=lambda e: e.id)
def test_a_graphs_formulas_are_its_gradients(exercise):
    s = situation(exercise)
    for name in exercise.graph.order:
        if name != exercise.graph.output and (text := gradient(exercise.graph, name)):
            count = f"N = rows({rows_of(exercise.graph)})\n---\n" if rows_of(exercise.graph) else ""
            found = Worked(parsed(f"{count}d{name} = {text}"), s).values[f"d{name}"]
            np.testing.assert_allclose(
                found, s[f"d{name}"], rtol=1e-9, atol=1e-12, err_msg=f"d{name} = {text}"
            )


def test_nearly_every_node_of_every_graph_has_a_formula():
    nodes = [(e, n) for e in GRAPHS for n in e.graph.order if f"d{n}" in e.nodes]
    assert sum(bool(gradient(e.graph, n)) for e, n in nodes) >= 0.98 * len(nodes)


@pytest.mark.parametrize("exercise", NETWORKS, ids=lambda e: e.id)
def test_a_networks_lines_are_its_values_and_gradients(exercise):
    s = situation(exercise)
    leaves = {name: s[name] for name in exercise.graph.leaves}
    values = Worked(parsed(written(exercise.graph)), leaves).values
    for node in exercise.nodes:
        name = exercise.graph.output if node == "loss" else node
        right = s.get(node, s.get(name))
        np.testing.assert_allclose(values[name], right, rtol=1e-9, atol=1e-12, err_msg=node)


def test_changes_are_many_and_the_right_formula_is_none_of_them():
    mlp, net = EXERCISES["mlp_chain"], EXERCISES["two_layer_net"]
    s = situation(mlp)
    wrong = 0
    for candidate in beside_formula(mlp.graph, "a2"):
        with np.errstate(all="ignore"):
            try:
                wrong += not np.allclose(candidate.predict(s), s["da2"])
            except (ValueError, KeyError):
                continue
    assert wrong > 30
    assert len(list(beside_formulas(net.graph, "dW1"))) > 300


def test_one_name_for_another_is_named_in_a_graph_that_has_no_misconception_for_it():
    text = """
import math

def product_of_sum(x, y, z):
    q = x + y
    return {"dz": x, "dq": z, "dx": z, "dy": z}
"""
    checked = judged(EXERCISES["product_of_sum"], text)
    assert [(d.node, d.title) for d in checked.diagnoses] == [("dz", "computed with x instead of q")]


def test_a_number_that_no_formula_gives_is_not_named():
    text = """
def product_of_sum(x, y, z):
    return {"dz": x + y + 0.01 * x * y, "dq": z, "dx": z, "dy": z}
"""
    assert judged(EXERCISES["product_of_sum"], text).diagnoses == []
