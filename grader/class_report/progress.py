"""Progress by section: handed in, late, extended; and what was not started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from grader.class_report.data import ClassData
from grader.gradebook import State, StudentMarks


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the class, or all of it (`name` empty and `whole`)."""

    name: str
    whole: bool
    students: tuple[str, ...]
    handed_in: tuple[str, ...]
    absent: tuple[str, ...]
    late: tuple[str, ...]
    extended: tuple[str, ...]
    mean: float | None
    """Of the marks that count, in percent; None where nobody has one."""


@dataclass(frozen=True, slots=True)
class Unstarted:
    """An exercise, and who handed something in without starting it."""

    exercise: str
    students: tuple[str, ...]
    of: tuple[str, ...]


def sections(data: ClassData) -> tuple[Section, ...]:
    """Everybody first; then each section by name, where there are any."""
    by_name: dict[str, list[StudentMarks]] = {}
    for marks in data.students:
        by_name.setdefault(marks.student.section, []).append(marks)
    parts = [_section(name, by_name[name], whole=False) for name in sorted(by_name)] if any(by_name) else []
    return (_section("", data.students, whole=True), *parts)


def unstarted(data: ClassData) -> tuple[Unstarted, ...]:
    """Exercises that somebody did not start, in the order of the assignment."""
    handed = tuple(m.student.pseudonym for m in data.students if m.state is not State.NOT_SUBMITTED)
    rows = []
    for exercise in data.assignment.exercises:
        students = tuple(
            marks.student.pseudonym
            for marks in data.students
            for mark in marks.exercises
            if mark.id == exercise.id
            and mark.status == "not_started"
            and marks.state is not State.NOT_SUBMITTED
        )
        if students:
            rows.append(Unstarted(exercise.id, students, handed))
    return tuple(rows)


def _section(name: str, members: Sequence[StudentMarks], *, whole: bool) -> Section:
    shares = [m.penalised / m.marked_max for m in members if m.penalised is not None and m.marked_max > 0]

    def who(wanted: Sequence[StudentMarks]) -> tuple[str, ...]:
        return tuple(m.student.pseudonym for m in wanted)

    return Section(
        name,
        whole,
        who(members),
        who([m for m in members if m.state is not State.NOT_SUBMITTED]),
        who([m for m in members if m.state is State.NOT_SUBMITTED]),
        who([m for m in members if m.lateness.late]),
        who([m for m in members if m.lateness.extended]),
        100 * fmean(shares) if shares else None,
    )
