"""At a graph's node the exercise's own mistakes are named first, from the student's own upstream."""

from __future__ import annotations

import pytest

from tests.diagnosis.labelled.graphs import CHAIN, SIGMOID
from tests.diagnosis.labelled.networks import MLP, RESIDUAL
from tests.grading.shared import EXERCISES, judged


def told(id, text, *slips):
    for before, after in slips:
        assert before in text
        text = text.replace(before, after)
    return {d.node: d for d in judged(EXERCISES[id], text).diagnoses}


@pytest.mark.parametrize(
    ("id", "text", "slip", "node", "name"),
    [
        ("sigmoid_circuit", SIGMOID, ("dq = -1 / q ** 2", "dq = -1 / q"), "dq", "square-missing"),
        ("chain_rs", CHAIN, ("ds = dz + dy * r", "ds = dz * dy * r"), "ds", "paths-multiplied"),
        ("mlp_chain", MLP, ("df3 = f3 - y", "df3 = 2 * (f3 - y)"), "df3", "factor-two"),
    ],
)
def test_an_exercises_own_mistake_is_named_at_its_node(id, text, slip, node, name):
    assert {n: d.id for n, d in told(id, text, slip).items()} == {node: name}


def test_it_is_named_from_a_wrong_upstream_too():
    slips = [("de = dq", "de = 3 * dq"), ("de * math.exp(n)", "de * n")]
    assert told("sigmoid_circuit", SIGMOID, *slips)["dn"].id == "exp-multiplies-by-x"


def test_a_prediction_whose_shapes_do_not_meet_is_no_explanation_and_no_accident():
    assert told("residual_block", RESIDUAL, ("r.T @ dF", "r.T @ dF / len(x)"))["dw"].id == "averaged"
    assert told("residual_block", RESIDUAL, ("r.T @ dF", "r.T @ dF * 3.7")) == {}


def test_numbers_in_a_wrong_shape_are_named_as_well():
    (said,) = told("residual_block", RESIDUAL, ("db = dF.sum(axis=0)", "db = dF")).values()
    assert (said.node, said.id) == ("db", "not-summed")


def test_only_a_name_that_gives_away_more_than_a_general_one_is_kept_back():
    said = told("sigmoid_circuit", SIGMOID, ("de * math.exp(n)", "de"))["dn"]
    assert not said.tells
    said = told("sigmoid_circuit", SIGMOID, ("dq = -1 / q ** 2", "dq = -1 / q"))["dq"]
    assert said.tells
