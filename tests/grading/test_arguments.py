"""What a function is given must keep its values, NaN among them; a message calls arguments by their names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.checks.arguments import parameters
from grader.exercise import AlgorithmExercise
from tests.grading.shared import judged, judged_functions

DOUBLED = AlgorithmExercise(
    id="doubled",
    title="Doubled",
    text="doubled(values)",
    function="doubled",
    points={"value": 1},
    draw=lambda rng, size: (np.array([np.nan, 1.0, float(size)]), [float("nan"), 2.0]),
    judge=lambda arguments, returned: (
        []
        if np.array_equal(returned, 2 * arguments[0], equal_nan=True)
        else [("value", "is not twice values")]
    ),
    sizes=(1, 2),
    starter="def doubled(values, rest):\n    return None\n",
)


def test_a_nan_among_the_arguments_is_not_taken_for_a_change():
    checked = judged(DOUBLED, "def doubled(values, rest):\n    return values * 2\n")
    assert checked.findings == []
    assert checked.deductions == 0


def test_an_argument_that_was_changed_is_called_by_its_name():
    checked = judged(DOUBLED, "def doubled(values, rest):\n    values *= 2\n    return values.copy()\n")
    (said,) = [f for f in checked.findings if f.check == "unchanged"]
    assert said.message.startswith("values has other values afterwards")
    assert checked.deductions == 1


def test_a_returned_array_is_written_as_plain_numbers():
    checked = judged(DOUBLED, "def doubled(values, rest):\n    return (values[1:], values[0] > 0)\n")
    assert "array(" not in checked.example[0]
    assert "doubled([nan, 1.0, 1.0], [nan, 2.0]) returned ([1.0, 1.0], False)" in checked.example[0]


def test_parameters_are_read_from_the_source():
    assert parameters("x = 1\ndef f(a, b=2):\n    pass\n", "f") == ("a", "b")
    assert parameters("x = 1\n", "f") == ()


def test_an_argument_that_a_rule_may_change_costs_nothing():
    exercise = AlgorithmExercise(
        id="step", title="step", text="", function="step", points={"w": 1}, sizes=(1, 2),
        draw=lambda rng, size: (rng.normal(size=3), rng.normal(size=3)),
        judge=lambda arguments, returned: (
            [] if np.allclose(returned, arguments[0] - arguments[1]) else [("w", "is no step")]
        ),
        starter="def step(w, dw):\n    return None\n",
    )  # fmt: skip

    def step(w, dw):
        w -= dw
        return w

    assert judged_functions(exercise, {"step": step}).deductions == 1
    allowed = judged_functions(replace(exercise, may_change=(0,)), {"step": step})
    assert allowed.deductions == 0
    assert allowed.findings == []
