"""A wrong Jacobian is named from the exercise's own mistakes or from what any Jacobian invites."""

from __future__ import annotations

import numpy as np
import pytest

from grader.exercise import JacobianExercise
from reference import layers
from tests.grading.shared import EXERCISES, judged_functions


def softmax(x):
    p = np.exp(x - x.max())
    return p / p.sum()


def right(x):
    p = softmax(x)
    return np.diag(p) - np.outer(p, p)


SLIPS = {
    "diagonal-only": lambda x: np.diag(np.diag(right(x))),
    "outer-missing": lambda x: np.diag(softmax(x)),
    "sign": lambda x: -right(x),
    "times-two": lambda x: 2 * right(x),
    "diagonal-as-vector": lambda x: np.diag(right(x)).copy(),
    "outer-missing+sign": lambda x: -np.diag(softmax(x)),
}


@pytest.mark.parametrize("id", SLIPS)
def test_a_slip_in_a_jacobian_is_named(id):
    checked = judged_functions(EXERCISES["softmax_jacobian"], {"softmax_jacobian": SLIPS[id]})
    assert [d.id for d in checked.diagnoses] == [id]
    assert checked.example_code.endswith("print(softmax_jacobian(x))")


def test_entries_that_are_wrong_in_a_row_are_described():
    def first_row(x):
        made = right(x)
        made[0] = made[0] * 1.7 + 0.3
        return made

    checked = judged_functions(EXERCISES["softmax_jacobian"], {"softmax_jacobian": first_row})
    assert checked.diagnoses == []
    assert [f.message for f in checked.findings if f.check == "pattern"] == [
        "jacobian: the cause was not recognised; wrong exactly in the first row"
    ]


def test_a_right_jacobian_is_told_nothing():
    checked = judged_functions(EXERCISES["softmax_jacobian"], {"softmax_jacobian": right})
    assert checked.diagnoses == []
    assert checked.findings == []
    assert checked.example_code == ""


def test_a_jacobian_with_its_axes_exchanged_is_told_so_where_the_shapes_differ():
    """z = xW with x (2,), W (2, 3): ∂z/∂x is (3, 2), and W itself is that Jacobian's transpose."""
    exercise = JacobianExercise(
        id="dz_dx",
        title="dz/dx",
        text="",
        layer=layers()["linear_row"],
        function="dz_dx",
        wrt="x",
        output=layers()["linear_row"].outputs[0],
        points={"jacobian": 1},
    )
    name = exercise.layer.inputs[1].name
    checked = judged_functions(exercise, {"dz_dx": lambda x, w: w.copy()})
    assert [f.check for f in checked.findings if f.verdict == "fail"] == ["convention"]
    assert "those of" in checked.findings[0].message
    assert name in checked.example_code
