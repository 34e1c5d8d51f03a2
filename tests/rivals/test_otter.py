"""The same notebooks graded by real Otter-Grader and by chainmark. `pip install otter-grader` to run this."""

from __future__ import annotations

import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.rivals import forged
from tests.rivals.in_otter import Assigned
from tests.rivals.students import CLASS, FULL, once, ours

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("otter") is None, reason="needs `pip install otter-grader`"),
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux"),
]
HONEST = {name: CLASS[name] for name in ("right", "two_wrong", "not_started")}
FORGER = "agreeing"


def by_both(folder):
    """(Otter-Grader's marks, ours) of a few students, one of them a forger."""
    assigned = Assigned(folder / "assigned")
    for student, (cells, _) in HONEST.items():
        assigned.hand_in(student, cells)
    assigned.hand_in(FORGER, forged.COMPARISONS_THAT_ALWAYS_AGREE)
    students = [*HONEST, FORGER]
    with ThreadPoolExecutor(2) as pool:
        theirs = dict(zip(students, pool.map(assigned.grade, students), strict=True))
    return theirs, ours(folder, assigned.submitted)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return once(tmp_path_factory, "otter", by_both)


@pytest.mark.parametrize("student", HONEST)
def test_both_give_the_same_marks_exercise_by_exercise(student, graded):
    theirs, found = graded
    deserved = HONEST[student][1]
    assert found[student] == deserved
    assert theirs[student] == deserved


def test_a_forgery_that_otter_gives_full_marks_earns_nothing_here(graded):
    theirs, found = graded
    assert theirs[FORGER] == FULL
    assert found[FORGER] == dict.fromkeys(FULL, 0)
