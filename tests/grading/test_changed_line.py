"""An argument that was changed: which line did it, with hints that fit and a headline with a place."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from grader.assignment import Assignment
from grader.checks.changed_line import Written, written_in
from grader.checks.seeds import SeedSource
from grader.grading import Grader
from grader.report.terminal import show
from grader.report.wording import headline
from grader.runner.inprocess import InProcessRunner
from grader.submission import Submission
from grader.submission.types import Unit
from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.grading.shared import EXERCISES

RELU = """import numpy as np

def relu_forward(x):
    return np.maximum(0, x), x

def relu_backward(dout, cache):
    dx = dout
    dx[cache <= 0] = 0
    return dx
"""


def graded(text, *ids):
    exercises = {id: EXERCISES[id] for id in ids}
    assignment = Assignment.from_exercises({id: e.worth for id, e in exercises.items()}, ids)
    units = (Unit("cell 3", text, "cell 3"),)
    submission = Submission("hw.ipynb", Path(), units, (), "", (), {})
    runner = InProcessRunner()
    try:
        return Grader(assignment, exercises).grade(submission, runner, SeedSource(b"key"))
    finally:
        runner.close()


@pytest.mark.parametrize(
    ("body", "line", "text", "alias"),
    [
        ("dx = dout\n    dx[dx < 0] = 0", 3, "dx[dx < 0] = 0", "dx = dout"),
        ("dout *= 2", 2, "dout *= 2", ""),
        ("dout[0] += 1", 2, "dout[0] += 1", ""),
        ("flat = dout.reshape(-1)\n    flat += 1", 3, "flat += 1", "flat = dout.reshape(-1)"),
        ("np.add.at(dout, 0, 1)", 2, "np.add.at(dout, 0, 1)", ""),
        ("np.maximum(dout, 0, out=dout)", 2, "np.maximum(dout, 0, out=dout)", ""),
        ("if True:\n        dout.sort()", 3, "dout.sort()", ""),
    ],
)
def test_the_line_that_writes_into_it_is_named(body, line, text, alias):
    assert written_in(f"def f(dout):\n    {body}\n    return dout\n", "f", "dout") == Written(
        line, text, alias
    )


@pytest.mark.parametrize(
    "body",
    ["dx = dout.copy()\n    dx[0] = 0", "dout = dout * 1\n    dout[0] = 0", "dx = dout + 0\n    dx += 1"],
)
def test_a_line_that_writes_into_a_copy_is_not(body):
    assert written_in(f"def f(dout):\n    {body}\n    return dout\n", "f", "dout") is None


def test_a_parameter_of_another_name_is_known_by_its_place():
    source = "def f(scores, y):\n    scores -= scores.max()\n    return scores\n"
    assert written_in(source, "f", "x", 0) == Written(2, "scores -= scores.max()")
    assert written_in(source, "f", "y", 1) is None


def test_the_finding_says_where_and_why_and_the_headline_says_what():
    (exercise,) = graded(RELU, "relu").exercises
    (finding,) = [f for f in exercise.findings if f.check == "unchanged"]
    assert finding.where == "cell 3, line 8"
    assert "`dx[cache <= 0] = 0` writes into it, since `dx = dout` makes no copy" in finding.message
    assert headline(exercise).endswith("One slip, at the changed dout.")


def test_the_node_says_how_many_points_it_cost_and_the_summary_what_for():
    report = graded(RELU, "relu", "affine")
    relu = report.exercises[0]
    (dx,) = [node for node in relu.nodes if node.name == "dx"]
    assert (
        dx.message
        == f"the numbers are right; its {dx.max_points:g} points went to the slip that is told below"
    )
    text = io.StringIO()
    show(report, Console(file=text, width=100))
    assert "✗ the changed dout" in text.getvalue()


def test_its_hints_are_about_copies():
    (exercise,) = graded(RELU, "relu").exercises
    assert "Print dout before" in exercise.hints[0].text
    assert "dout.copy()" in exercise.hints[-1].text


def test_a_tie_has_hints_of_its_own():
    text = SOLUTIONS.replace("dy = dout * (x < y)", "dy = dout * (x <= y)")
    assert text != SOLUTIONS
    (exercise,) = graded(text, "max_gate").exercises
    assert "the same number" in exercise.hints[0].text


def test_a_function_of_another_exercise_is_no_misspelling():
    text = (
        "def multiply_gate_forward(x, y):\n    return None\n\ndef add_gate_foward(x, y):\n    return None\n"
    )
    assert "add_gate_foward" in graded(text, "add_gate", "multiply_gate").exercises[0].reason
    other = graded(text.partition("\n\n")[0], "add_gate", "multiply_gate").exercises[0].reason
    assert "did you mean" not in other
