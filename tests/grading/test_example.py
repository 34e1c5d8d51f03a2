"""The smallest example: few entries, plain numbers, wrong to the eye, and runnable as it stands."""

from __future__ import annotations

import contextlib
import io
import re

import numpy as np
import pytest

from grader.checks.layer.small_cases import MOST_ENTRIES
from grader.checks.runnable import call_lines, literal
from tests.exercises.solutions import FIRST_SET as SOLUTIONS
from tests.grading.shared import EXERCISES, failing, judged

SLIPS = {
    "affine": ("dx = dout.dot(w.T)", "dx = dout.dot(w)", "dx"),
    "relu": ("dx = dout * (x > 0)", "dx = dout * (dout > 0)", "dx"),
    "sigmoid": ("return dout * out * (1 - out)", "return dout * out", "dx"),
    "softmax_loss": ("dx[np.arange(N), y] -= 1\n    dx /= N", "dx[np.arange(N), y] -= 1", "dx"),
    "svm_loss": ("dx[np.arange(N), y] -= num_pos", "pass", "dx"),
    "multiply_gate": ("dx = dout * y", "dx = dout * x", "dx"),
    "max_gate": ("dy = dout * (x < y)", "dy = dout", "dy"),
}


def wrong(id):
    right, slip, node = SLIPS[id]
    assert right in SOLUTIONS
    text = SOLUTIONS.replace(right, slip)
    return text, node, judged(EXERCISES[id], text)


@pytest.mark.parametrize("id", SLIPS)
def test_the_example_has_few_entries_and_short_decimals(id):
    _, node, checked = wrong(id)
    numbers = re.findall(r"-?\d+\.?\d*", checked.example[0].partition(": you return")[0])
    assert 1 <= len(numbers) <= MOST_ENTRIES
    assert all(len(number.lstrip("-")) <= 3 for number in numbers)
    assert f"you return {node} = " in checked.example[0]


@pytest.mark.parametrize("id", SLIPS)
def test_pasted_below_the_students_code_it_prints_the_number_that_the_example_tells(id):
    text, node, checked = wrong(id)
    printed = io.StringIO()
    namespace = {}
    exec(text, namespace)
    with contextlib.redirect_stdout(printed):
        exec(checked.example_code, namespace)
    told = checked.example[0].partition(f"you return {node} = ")[2]
    seen = [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", printed.getvalue())]
    said = [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", told)]
    assert seen == pytest.approx(said, rel=1e-3)


@pytest.mark.parametrize("id", SLIPS)
def test_the_example_is_wrong_to_the_eye(id):
    """The number that is returned and the one that differences give are not the same when written down."""
    _, _, checked = wrong(id)
    found = re.search(r"is (?:about )?(\S+), not (\S+)\.$", checked.example[1])
    assert found
    assert found[1] != found[2]


def test_the_plainest_numbers_of_the_smallest_shape_are_taken():
    """A sign that is lost needs no more than one number, and none with a decimal point."""
    _, _, checked = wrong("multiply_gate")
    assert re.fullmatch(r"x = \[?-?\d\]?(, -?\d\])?, y = .*", checked.example[0].partition(", dout")[0])
    assert "." not in checked.example[0].partition(": you")[0]


def test_a_slip_that_needs_size_gets_an_example_that_has_it():
    """Correct for up to two classes only: the smallest sizes say nothing, the first with three classes does."""
    text = SOLUTIONS.replace(
        "dx[np.arange(N), y] -= 1\n    dx /= N", "dx[np.arange(N), y] -= 1\n    dx[:, 2:] *= 2\n    dx /= N"
    )
    checked = judged(EXERCISES["softmax_loss"], text)
    assert checked.example
    namespace = {}
    exec(text, namespace)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(checked.example_code, namespace)
    assert np.shape(namespace["x"])[1] == 3


def test_right_work_has_no_example():
    checked = judged(EXERCISES["affine"], SOLUTIONS)
    assert checked.example == []
    assert checked.example_code == ""


def test_values_are_written_as_they_can_be_pasted():
    for value in (
        2.5,
        3,
        np.array([[1.0, -2.0]]),
        np.array([0, 2]),
        np.float64(0.5),
        {"pad": 1, "mode": "train"},
    ):
        again = eval(literal(value), {"np": np})
        assert np.array_equal(np.asarray(again, object), np.asarray(value, object))
    single = eval(literal(np.array([0.5], np.float32)), {"np": np})
    assert single.dtype == np.float32
    empty = eval(literal(np.zeros((0,), np.intp)), {"np": np})
    assert empty.dtype == np.intp
    assert (
        call_lines("f", ("x", "y"), (2.0, np.array([1.0]))) == "x = 2.0\ny = np.array([1.0])\nprint(f(x, y))"
    )


def test_a_tie_is_shown_as_one():
    """Both inputs take all of it where they are equal: without two equal numbers there is nothing to see."""
    text = SOLUTIONS.replace("dx = dout * (x > y)", "dx = dout * (x >= y)").replace(
        "dy = dout * (x < y)", "dy = dout * (x <= y)"
    )
    checked = judged(EXERCISES["max_gate"], text)
    found = re.search(r"x = \[(\S+)\], y = \[(\S+)\], dout = \[(\S+)\]: you return (.*)", checked.example[0])
    assert found[1] == found[2]
    assert found[4].startswith(f"dx = [{found[3]}] and dy = [{found[3]}]; at a tie")
    assert {node.name: node.standing for node in checked.picture}["x"] == "origin"
    assert checked.example_code.endswith("print(dx, dy)")


def test_a_shape_is_shown_where_the_number_alone_would_not_do():
    """The sum of one number is that number: it takes two to see that they must not be added up."""
    text = SOLUTIONS.replace("db = np.sum(dout, axis=0)", "db = np.sum(dout)")
    assert text != SOLUTIONS
    checked = judged(EXERCISES["affine"], text)
    assert re.search(
        r"you return db = \S+, a single number\. By hand it is of shape \(2,\)", checked.example[0]
    )
    assert "b = np.array([" in checked.example_code


def test_the_last_hints_of_the_max_gate_hold_at_a_tie():
    """Whoever does what both of them say must not be told that the two are wrong together."""
    text = SOLUTIONS.replace("dx = dout * (x >= y)", "dx = dout * (x > y)")
    text = text.replace("dy = dout * (x < y)", "dy = dout * (y >= x)")
    assert not failing(judged(EXERCISES["max_gate"], text))
    hints = EXERCISES["max_gate"].hints
    assert "x > y" in hints["dx"][-1]
    assert "y >= x" in hints["dy"][-1]
