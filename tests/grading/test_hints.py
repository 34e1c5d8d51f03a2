"""Hints follow what happened: where a mistake is proved they lead to it, otherwise they are the node's own."""

from __future__ import annotations

import re

import pytest

from grader.checks import hints
from grader.checks.hints import leading
from grader.report.report import Diagnosis
from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.grading.shared import EXERCISES, judged

AFFINE = EXERCISES["affine"]


def said(id, node="dw", exercise=AFFINE):
    return leading(exercise, node, [Diagnosis(id, "", node, "")])


PAIRS = {**hints._LEADING, **hints._BY_BEGINNING}


@pytest.mark.parametrize("id", PAIRS)
def test_the_first_hint_is_a_question_and_neither_names_the_mistake(id):
    first, second, *_ = said(f"{id}N" if id.endswith("-") else id)
    assert first.endswith("?")
    assert "dw" in first + second
    assert "{" not in first + second
    for word in ("transpose", "sign", "upstream", "negat", "overwrit", "averag", "double", "halv"):
        assert word not in (first + second).lower()


@pytest.mark.parametrize("id", PAIRS)
def test_the_plainest_hint_of_the_node_comes_last(id):
    assert said(id)[-1] == AFFINE.hints["dw"][-1]
    assert len(said(id)) == 3


def test_two_mistakes_at_once_are_led_to_by_the_first():
    assert said("ignores-upstream+sign") == said("ignores-upstream")


@pytest.mark.parametrize("id", ["", "missing-transpose", "no-such-mistake"])
def test_what_has_no_leading_hints_keeps_those_of_the_node(id):
    assert said(id) == AFFINE.hints["dw"]


def test_another_nodes_mistake_changes_nothing():
    assert leading(AFFINE, "dx", [Diagnosis("sign", "", "dw", "")]) == AFFINE.hints["dx"]


def test_an_output_keeps_its_own():
    assert said("sign", "out") == AFFINE.hints["out"]


SLIPS = {
    "a sign": ("dw = x", "dw = -x", "rise or fall"),
    "a transpose": ("dx = dout.dot(w.T)", "dx = dout.dot(w)", "Which entries of w does x[0, 0] touch?"),
    "an upstream": ("dx = dout.dot(w.T)", "dx = np.ones_like(dout).dot(w.T)", "Is dout in your formula for dx?"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_at_one_node_is_led_to_by_its_own_question(slip):
    right, wrong, words = SLIPS[slip]
    text = re.sub(re.escape(right), wrong, SOLUTIONS, count=1)
    assert text != SOLUTIONS
    checked = judged(AFFINE, text)
    (found,) = checked.diagnoses
    assert words in leading(AFFINE, found.node, checked.diagnoses)[0]
