"""What has changed since marks were last told to students."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.gradebook.records import Change, PublishedMark
from grader.gradebook.rows import StudentMarks

if TYPE_CHECKING:
    from grader.gradebook.read import Gradebook

TINY = 1e-9
"""Points that differ by less are the same points, added up in another order."""


def changes(book: Gradebook) -> tuple[Change, ...]:
    """Who differs from the last publication, in the order of the marks."""
    publications = book.publications()
    before = book.published(publications[-1].id) if publications else {}
    found = []
    for now in book.marks():
        was = before.get(now.student.pseudonym)
        change = _change(was, now)
        if change is not None:
            found.append(change)
    return tuple(found)


def _change(was: PublishedMark | None, now: StudentMarks) -> Change | None:
    if was is None:
        return Change(now.student, None, now, {}) if now.penalised is not None else None
    exercises = {}
    for mark in now.exercises:
        old = was.exercises.get(mark.id)
        if not same(old, mark.score):
            exercises[mark.id] = (old, mark.score)
    moved = was.state != now.state or not same(was.score, now.penalised)
    return Change(now.student, was, now, exercises) if moved or exercises else None


def same(one: float | None, other: float | None) -> bool:
    """Whether these are the same points, or both none."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TINY * max(1.0, abs(one), abs(other))
