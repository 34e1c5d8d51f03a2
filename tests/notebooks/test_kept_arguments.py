"""Every exercise that looks at the arguments afterwards says so, once: in its text, or in a line below it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.kept import KEPT, SAID, kept_arguments
from tests.grading.shared import EXERCISES
from tests.grading.test_changed_line import graded
from tests.notebooks.shared import built, cells_of

LOOKED_AT = [
    e for e in EXERCISES.values()
    if e.kind in ("layer", "network") or (e.kind == "algorithm" and not e.may_change)
]  # fmt: skip


@pytest.mark.parametrize("exercise", LOOKED_AT, ids=lambda e: e.id)
def test_who_may_lose_points_by_it_is_told_before(exercise):
    assert bool(SAID.search(exercise.text)) != bool(kept_arguments(exercise))


@pytest.mark.parametrize("id", ["sq_err_grad", "sigmoid_jacobian", "circuits_by_hand", "training_loop"])
def test_where_nothing_is_looked_at_nothing_is_said(id):
    assert kept_arguments(EXERCISES[id]) == ""


def test_a_text_that_speaks_of_other_things_that_stay_gets_the_line():
    assert kept_arguments(EXERCISES["spatial_batchnorm"]) == KEPT
    assert kept_arguments(EXERCISES["batchnorm_test_mode"]) == KEPT
    assert kept_arguments(EXERCISES["relu"]) == ""


def test_what_the_line_says_is_so():
    text = """def copy_gate_forward(x):
    return x.copy(), x.copy(), None
def copy_gate_backward(dout1, dout2, cache):
    dout1 += dout2
    return dout1
"""
    (exercise,) = graded(text, "copy_gate").exercises
    assert exercise.score < exercise.max_score


def test_a_notebook_and_the_command_line_show_it():
    assert KEPT in cells_of(built("n01-scalar-circuits"), "copy_gate")["text"]["source"]
    shown = CliRunner().invoke(main, ["show", "copy_gate"], prog_name="chainmark")
    assert shown.exit_code == 0
    assert "an argument that has changed costs points" in " ".join(shown.stdout.split())
