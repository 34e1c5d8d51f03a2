"""Numbers that each student has alone: judged by their own paper; another's is flagged and never zeroed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.checks.seeds import SeedSource
from grader.grading import Grader
from grader.report.report import Status
from grader.runner.inprocess import InProcessRunner
from grader.submission import Submission
from grader.submission.types import Unit
from tests.grading.shared import EXERCISES

ID = "losses_by_hand"
EXERCISE = EXERCISES[ID]


def answers(student, *, wrong=()):
    questions = EXERCISE.paper(SeedSource.personal("hw1", student).rng(ID))
    return {q.id: q.value * 7 + 3 if q.id in wrong else q.value for q in questions}


def graded(given, *, claimed=None, student=""):
    """The report on these answers; `claimed` is what the id cell says, `student` what the course knows."""
    cell = "" if claimed is None else f"student_id = {claimed!r}\n"
    text = f"{cell}{EXERCISE.variable} = {given!r}\n"
    submission = Submission("hw.py", Path(), (Unit("hw.py", text, "hw.py"),), (), "", (), {})
    assignment = replace(Assignment.from_exercises({ID: EXERCISE.worth}, (ID,)), id="hw1")
    runner = InProcessRunner()
    try:
        report = Grader(assignment, {ID: EXERCISE}).grade(
            submission, runner, SeedSource.practice(), student=student
        )
    finally:
        runner.close()
    return report.exercises[0]


def test_answers_to_ones_own_paper_are_right():
    assert graded(answers("ada"), claimed="ada", student="ada").passed


def test_where_the_course_says_nobody_the_id_cell_says_whose_paper_it_is():
    assert graded(answers("ada"), claimed="ada").passed
    assert graded(answers("7"), claimed=7).passed
    assert graded(answers("")).passed


@pytest.mark.parametrize(("claimed", "whose"), [("bob", 'that of "bob"'), ("", "the one without an id")])
def test_another_paper_waits_for_a_person_and_is_never_zero(claimed, whose):
    exercise = graded(answers(claimed), claimed=claimed, student="ada")
    assert exercise.status is Status.UNGRADED
    assert exercise.provisional
    assert whose in exercise.reason


def test_a_few_slips_on_another_paper_are_flagged_all_the_same():
    given = answers("bob", wrong=list(answers("bob"))[:1])
    assert graded(given, claimed="bob", student="ada").status is Status.UNGRADED


def test_wrong_answers_to_ones_own_paper_are_simply_wrong():
    given = answers("ada", wrong=list(answers("ada"))[:2])
    exercise = graded(given, claimed="ada", student="ada")
    assert exercise.status is Status.GRADED
    assert sum(n.verdict == "fail" for n in exercise.nodes) == 2


def test_a_claimed_id_buys_nothing_where_its_paper_is_wrong_too():
    given = dict.fromkeys(answers("ada"), 123456.0)
    exercise = graded(given, claimed="bob", student="ada")
    assert exercise.status is Status.GRADED
    assert exercise.score == 0
