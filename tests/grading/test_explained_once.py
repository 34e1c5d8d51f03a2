"""Equal failures on equal inputs are explained once, and never one student's by another's other numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grader.checks import diagnose
from grader.checks.compare import Expected
from grader.checks.diagnose import KEPT, explained
from grader.diagnosis import Observation
from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.exercises.solutions import text_for
from tests.grading.shared import EXERCISES, judged

AFFINE = EXERCISES["affine"]
WRONG = SOLUTIONS.replace("dx = dout.dot(w.T)", "dx = dout.dot(w)")
SAME = SOLUTIONS.replace("dx = dout.dot(w.T)", "# mine\n    dx = np.matmul(dout, w)")
HALF = WRONG.replace("dx = dout.dot(w)", "dx = dout.dot(w) if np.any(x % 1) else 7 * dout.dot(w.T)")
"""Wrong as the others are where a number has decimals; otherwise wrong in another way."""


@pytest.fixture(autouse=True)
def searches(monkeypatch):
    """The nodes that were searched for, with nothing kept from before."""
    found = []
    monkeypatch.setattr(diagnose, "_kept", type(diagnose._kept)())
    named = diagnose.named

    def counted(node, *rest):
        found.append(node)
        return named(node, *rest)

    monkeypatch.setattr(diagnose, "named", counted)
    return found


def told(checked):
    return checked.nodes, checked.findings, checked.diagnoses, checked.example, checked.example_code


def test_two_that_wrote_the_same_mistake_are_searched_for_once(searches):
    one = judged(AFFINE, WRONG)
    assert searches == ["dx"]
    other = judged(AFFINE, SAME)
    assert searches == ["dx"]
    assert one.diagnoses == other.diagnoses
    assert [d.id for d in one.diagnoses] == ["missing-transpose"]


@pytest.mark.parametrize("text", [WRONG, SAME, HALF])
def test_what_is_told_after_another_is_what_is_told_alone(text):
    alone = told(judged(AFFINE, text))
    diagnose._kept.clear()
    judged(AFFINE, WRONG)
    assert told(judged(AFFINE, text)) == alone


def test_equal_numbers_where_they_are_judged_share_a_name_and_no_example(searches):
    one, other = judged(AFFINE, WRONG), judged(AFFINE, HALF)
    assert searches == ["dx"]
    assert one.diagnoses == other.diagnoses
    assert one.example != other.example


def test_other_inputs_are_another_search(searches):
    judged(AFFINE, WRONG, seed=b"one")
    judged(AFFINE, WRONG, seed=b"two")
    assert searches == ["dx", "dx"]


def test_an_exercise_that_was_changed_is_another_search(searches):
    judged(AFFINE, WRONG)
    checked = judged(replace(AFFINE, misconceptions=(), worked=()), WRONG)
    assert searches == ["dx", "dx"]
    assert checked.diagnoses == []


def test_a_pattern_is_kept_as_a_name_is(searches):
    text = SOLUTIONS.replace("dx = dout.dot(w.T)", "dx = 1.37 * dout.dot(w.T)")
    findings = [judged(AFFINE, text).findings for _ in range(2)]
    assert searches == ["dx"]
    assert findings[0] == findings[1]
    assert any("times 1.37" in finding.message for finding in findings[0])


def test_networks_and_graphs_are_explained_once_as_well(searches):
    net = EXERCISES["two_layer_net"]
    text = text_for(net).replace('"b2"] = dscores.sum(axis=0)', '"b2"] = -dscores.sum(axis=0)')
    first, second = judged(net, text).diagnoses, judged(net, text).diagnoses
    assert first == second
    assert searches == ["db2"]


def seen(value, right, **more):
    value, right = np.asarray(value, float), np.asarray(right, float)
    zero = np.zeros(right.shape)
    return Observation(
        {"x": right, "dx": right, **more}, Expected(right, zero, zero, right, right), value, False
    )


CASES = {
    "a last digit": (seen([1.0, 2.0], [3.0, 4.0]), seen([1.0, 2.0 + 2**-51], [3.0, 4.0])),
    "a shape": (seen([[1.0, 2.0]], [[3.0, 4.0]]), seen([[1.0], [2.0]], [[3.0], [4.0]])),
    "an option": (seen([1.0], [2.0], p={"pad": 1}), seen([1.0], [2.0], p={"pad": 2})),
    "a name": (seen([1.0], [2.0], a=1.0), seen([1.0], [2.0], b=1.0)),
    "an exception": (seen([1.0], [2.0]), replace(seen([1.0], [2.0]), value=None, raised=True)),
    "a sign of zero": (seen([0.0], [2.0]), seen([-0.0], [2.0])),
    "a kind": (seen([1.0], [2.0], n=1), seen([1.0], [2.0], n=1.0)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_slightest_difference_is_another_search(case, searches):
    for each in CASES[case]:
        explained(AFFINE, "dx", [each, each], lambda: ())
    assert searches == ["dx", "dx"]


def test_only_so_many_are_kept():
    for number in range(KEPT + 5):
        explained(AFFINE, "dx", [seen([float(number)], [0.5])], lambda: ())
    assert len(diagnose._kept) == KEPT
