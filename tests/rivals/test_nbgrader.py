"""The same notebooks graded by real nbgrader and by chainmark: equal marks, unless a forger asks for them."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from tests.rivals import forged
from tests.rivals.in_nbgrader import Course
from tests.rivals.students import CLASS, FULL, costing, once, ours, slipped

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("nbgrader") is None, reason="needs `pip install nbgrader`"),
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux"),
]
FORGERS = {
    "agreeing": forged.COMPARISONS_THAT_ALWAYS_AGREE,
    "swallowing": forged.TESTS_THAT_ARE_NOT_RUN,
}
RAISES = "raises"
"""Whose dx of the affine layer raises, and whose dw and db, in the lines below, are right."""
PASTED = "zz_pasted"
"""Who pasted a copy of a cell. nbgrader stops at its own metadata in it, for all who come after as well."""


def by_both(folder):
    """(nbgrader's marks, ours) of one class with two forgers in it."""
    course = Course(folder / "course")
    for student, (cells, _) in CLASS.items():
        course.hand_in(student, cells)
    for student, cells in FORGERS.items():
        course.hand_in(student, cells)
    course.hand_in(RAISES, slipped("affine"))
    course.hand_in(PASTED, CLASS["said_twice"][0], pasted=True)
    done = course.autograde()
    assert done.returncode == 1, done.stderr  # because of who pasted, and after everybody else
    return course.marks(), ours(folder, course.submitted)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return once(tmp_path_factory, "nbgrader", by_both)


def test_everybody_is_graded_by_both_but_who_pasted_a_cell(graded):
    theirs, found = graded
    assert theirs.keys() == CLASS.keys() | FORGERS.keys() | {RAISES}
    assert found.keys() == theirs.keys() | {PASTED}


@pytest.mark.parametrize("student", CLASS)
def test_both_give_the_same_marks_exercise_by_exercise(student, graded):
    theirs, found = graded
    deserved = CLASS[student][1]
    assert found[student] == deserved
    assert theirs[student] == deserved


@pytest.mark.parametrize("student", FORGERS)
def test_a_forgery_that_nbgrader_gives_full_marks_earns_nothing_here(student, graded):
    theirs, found = graded
    assert theirs[student] == FULL
    assert found[student] == dict.fromkeys(FULL, 0)


def test_a_pasted_cell_costs_nothing_here(graded):
    assert graded[1][PASTED] == FULL


def test_a_gradient_that_raises_takes_the_others_along_there_and_not_here(graded):
    theirs, found = graded
    assert theirs[RAISES] == FULL | {"affine": 3}
    assert found[RAISES] == costing("affine")
