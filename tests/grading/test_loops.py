"""An exercise that asks for no loops: one that is right and loops is told so, and keeps its marks."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from grader.checks.loops import loop_in
from grader.exercise.solution import Solutions
from grader.findings import Verdict
from grader.report.html import exercise_html
from grader.report.redact import redact
from grader.report.report import Reader
from grader.report.schema import as_json
from grader.report.terminal import show
from tests.grading.shared import EXERCISES
from tests.grading.test_changed_line import graded

VECTORIZED = [id for id, exercise in EXERCISES.items() if not exercise.loops]

LOOPING = """import numpy as np
def svm_loss_vectorized(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for n in range(len(y)):
        s = X[n] @ W
        m = np.maximum(0, s - s[y[n]] + 1)
        m[y[n]] = 0
        ds = (m > 0) * 1.0
        ds[y[n]] = -ds.sum()
        loss += m.sum()
        dW += np.outer(X[n], ds)
    return loss / len(y) + reg * np.sum(W * W), dW / len(y) + 2 * reg * W
"""


def loops(exercise):
    return [finding for finding in exercise.findings if finding.check == "loops"]


def test_the_vectorized_exercises_ask_for_no_loop():
    assert {"svm_loss_vectorized", "softmax_loss_vectorized"} <= set(VECTORIZED)
    assert not {"svm_loss_naive", "softmax_loss_naive", "affine"} & set(VECTORIZED)


def test_a_right_one_that_loops_keeps_its_marks_and_is_told_the_line():
    report = graded(LOOPING, "svm_loss_vectorized")
    (exercise,) = report.exercises
    assert exercise.passed
    assert exercise.score == exercise.max_score
    (found,) = loops(exercise)
    assert found.verdict is Verdict.WARN
    assert found.where == "cell 3, line 4"
    assert found.message.startswith("right, but it loops")
    assert "`for n in range(len(y)):`" in found.message
    cut = redact(report, Reader.PRACTICE, hints=1)
    text = StringIO()
    show(cut, Console(file=text, width=200))
    assert "Note: Cell 3, line 4: right, but it loops" in text.getvalue()
    assert "right, but it loops" in exercise_html(cut.exercises[0])
    assert "loops" in [finding["check"] for finding in as_json(cut)["exercises"][0]["findings"]]


def test_a_wrong_one_is_not_called_right():
    (exercise,) = graded(LOOPING.replace("+ 2 * reg * W", "+ reg * W"), "svm_loss_vectorized").exercises
    (found,) = loops(exercise)
    assert found.message.startswith("it loops")


@pytest.mark.parametrize("id", VECTORIZED)
def test_the_solution_without_loops_never_gets_it(id):
    source = Solutions([EXERCISES[id]]).source(EXERCISES[id])
    (exercise,) = graded(source, id).exercises
    assert exercise.passed
    assert loops(exercise) == []


def test_where_loops_are_welcome_nothing_is_said():
    text = LOOPING.replace("svm_loss_vectorized", "svm_loss_naive")
    (exercise,) = graded(text, "svm_loss_naive").exercises
    assert exercise.passed
    assert loops(exercise) == []


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("    for n in range(N):\n        pass", 2),
        ("    n = 0\n    while n < N:\n        n += 1", 3),
        ("    return np.array([x[n] for n in range(N)])", 2),
        ("    return sum(f(row) for row in x)", 2),
        ("    def inner():\n        return {n: x[n] for n in range(N)}\n    return inner()", 3),
        ("    for row in zip(x, y):\n        pass", 2),
        ("    for W in (*Ws,):\n        pass", 2),
    ],
)
def test_every_way_to_loop_is_seen_with_its_line(body, line):
    loop = loop_in(f"def f(x, y, N):\n{body}\n", "f")
    assert loop is not None
    assert loop.line == line


@pytest.mark.parametrize(
    "body",
    [
        "return x @ y",
        "return sum(np.sum(W * W) for W in (W1, W2))",
        "for W in [W1, W2]:\n        loss += np.sum(W * W)",
        "for k in range(2):\n        loss += k",
        "for k, W in enumerate((W1, W2)):\n        loss += k",
        "return looping(x)",
    ],
)
def test_what_has_the_same_rounds_for_any_data_is_no_loop_over_it(body):
    assert (
        loop_in(f"def looping(x):\n    for n in x:\n        pass\n\ndef f(x, y):\n    {body}\n", "f") is None
    )


def test_the_last_definition_counts_and_what_cannot_be_read_says_nothing():
    again = "def f(x):\n    for n in x:\n        pass\n\ndef f(x):\n    return x\n"
    assert loop_in(again, "f") is None
    assert loop_in("def f(:", "f") is None
    assert loop_in("", "f") is None
