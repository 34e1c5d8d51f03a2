"""Every exercise's "To run it yourself": it runs below the student's own code, and prints what is wrong.

The wrong submissions are right ones with one planted mistake, whatever the exercise. What the code prints must be
another thing than what it prints below the right submission: an example whose number is right misleads.
"""

from __future__ import annotations

import contextlib
import io
import re

import numpy as np
import pytest

from grader.exercise import (
    AlgorithmExercise,
    GraphExercise,
    JacobianExercise,
    LayerExercise,
    NetworkExercise,
)
from grader.exercise.solution import solution_source
from tests.exercises.shared import BY_ID, of
from tests.grading.shared import failing, judged

KINDS = (LayerExercise, JacobianExercise, GraphExercise, NetworkExercise, AlgorithmExercise)
WITH_STARTER = [exercise.id for exercise in of(*KINDS) if exercise.starter]

CACHE_LAST = {"batchnorm_test_mode"}
"""Their function returns a cache after all that is judged, which is what the plant spoils."""

PLANTED = """

def _planted(function, change):
    def wrong(*given, **named):
        return _changed(function(*given, **named), change)
    return wrong


def _changed(value, change):
    if isinstance(value, tuple):
        return (*value[:-1], _changed(value[-1], change))
    if isinstance(value, dict):
        last = list(value)[-1]
        return {**value, last: _changed(value[last], change)}
    if isinstance(value, list):
        return [*value[::-1], 0.25]
    if isinstance(value, (bool, str)):
        return not value
    return change(value)


"""
CHANGES = {
    "tripled": "lambda v: 3 * np.asarray(v) + 0.25",
    "negated": "lambda v: -np.asarray(v) - 0.5",
    "summed": "lambda v: np.sum(v)",
}
LAYERS_AND_JACOBIANS = [e.id for e in of(LayerExercise, JacobianExercise) if e.starter]


def wrong(id, change):
    """(the right submission, the same with its last result spoilt)."""
    exercise = BY_ID[id]
    right = "import numpy as np\n\n\n" + solution_source(exercise)
    function = exercise.functions[-1] if isinstance(exercise, LayerExercise) else exercise.functions[0]
    return right, f"{right}{PLANTED}{function} = _planted({function}, {CHANGES[change]})\n"


def printed(submission, code):
    text = io.StringIO()
    namespace = {}
    with np.errstate(all="ignore"):
        exec(submission, namespace)
        with contextlib.redirect_stdout(text):
            exec(code, namespace)
    return text.getvalue()


def holds(id, change):
    right, submission = wrong(id, change)
    checked = judged(BY_ID[id], submission)
    if not failing(checked):
        return None  # the sum of one number is that number
    if checked.example_code:
        assert printed(submission, checked.example_code) != printed(right, checked.example_code)
    return checked


@pytest.mark.parametrize("id", WITH_STARTER)
def test_it_runs_and_prints_what_is_wrong(id):
    checked = holds(id, "tripled")
    assert (checked is None) == (id in CACHE_LAST)
    if checked is None:
        return
    assert checked.example_code or not checked.example or isinstance(BY_ID[id], AlgorithmExercise)


@pytest.mark.parametrize("id", WITH_STARTER)
def test_it_does_so_for_a_wrong_sign(id):
    holds(id, "negated")


@pytest.mark.parametrize("id", LAYERS_AND_JACOBIANS)
def test_a_wrong_shape_is_shown_where_the_numbers_differ_too(id):
    """One number in brackets, beside the same number without, shows nothing that can be worked out."""
    checked = holds(id, "summed")
    if checked is not None and checked.example:
        assert "shape" in " ".join(checked.example) or "single number" in " ".join(checked.example)


@pytest.mark.parametrize("id", [e.id for e in of(JacobianExercise)])
def test_a_jacobian_is_called_with_the_names_of_the_starter(id):
    """The exercise says z; nobody who wrote a function of z is told of x."""
    _, submission = wrong(id, "tripled")
    code = judged(BY_ID[id], submission).example_code
    called = re.search(rf"def {BY_ID[id].function}\((.*)\):", BY_ID[id].starter)[1]
    assert code.splitlines()[-1] == f"print({BY_ID[id].function}({called}))"
    assert all(f"{name.strip()} = " in code for name in called.split(","))


def test_a_notebook_shows_the_inputs_of_a_jacobian_and_the_code():
    """Which x? What the table says of an entry is nothing without it."""
    from grader.report.html import notebook_html
    from tests.grading.test_changed_line import graded

    _, submission = wrong("relu_jacobian", "tripled")
    shown = notebook_html(graded(submission, "relu_jacobian"))
    assert "The same as code" in shown
    assert re.search(r"x = \[\S.*\]: you return J = ", shown)
    assert "print(relu_jacobian(x))" in shown


def test_an_index_that_is_too_large_is_shown_in_sizes_in_which_it_is():
    """`J[k, i, i]` is in range where W is square: nothing raises there, and nobody sees why it should."""
    text = (
        "import numpy as np\n\ndef dz_dw(x, W):\n    D, M = W.shape\n    J = np.zeros((M, D, M))\n"
        "    for k in range(M):\n        for i in range(D):\n            J[k, i, i] = x[i]\n    return J\n"
    )
    checked = judged(BY_ID["dz_dw"], text)
    assert "IndexError" in checked.example[0]
    with pytest.raises(IndexError):
        printed(text, checked.example_code)
