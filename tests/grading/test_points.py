"""Points by node: into whatever parts a course divides them, right work has all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.checks.seeds import SeedSource
from grader.grading import Grader
from grader.runner.inprocess import InProcessRunner
from grader.submission import Submission
from grader.submission.types import Unit
from tests.exercises.solutions import text_for
from tests.grading.shared import EXERCISES


@pytest.mark.parametrize("worth", [0.1, 1, 3.3, 4, 7, 100])
@pytest.mark.parametrize("id", ["sigmoid_circuit", "lstm", "affine"])
def test_right_work_has_every_point_however_many_nodes_share_them(id, worth):
    exercise = EXERCISES[id]
    units = (Unit("cell 3", text_for(exercise), "cell 3"),)
    runner = InProcessRunner()
    try:
        grading = Grader(Assignment.from_exercises({id: worth}, [id]), {id: exercise})
        report = grading.grade(
            Submission("hw.ipynb", Path(), units, (), "", (), {}), runner, SeedSource(b"key")
        )
    finally:
        runner.close()
    (graded,) = report.exercises
    assert graded.score == graded.strict_score == graded.max_score == worth
