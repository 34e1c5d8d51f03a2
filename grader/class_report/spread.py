"""Marks with follow-through beside the strict ones: by exercise, and over the class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from grader.class_report.data import ClassData

BINS = 10
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """One exercise, or all (`exercise` empty): means in percent of what could be earned."""

    exercise: str
    students: tuple[str, ...]
    mean: float
    strict: float
    median: float
    gained: tuple[str, ...]
    """Who has more with follow-through than without."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Students whose raw mark lies between two percentages; the last bin holds its end."""

    low: int
    high: int
    students: tuple[str, ...]
    strict: tuple[str, ...]


def lines(data: ClassData) -> tuple[Line, ...]:
    """A line for each exercise with marks, and first one for all together."""
    every = _line(
        "",
        [
            (m.student.pseudonym, m.score, m.strict_score, m.marked_max)
            for m in data.students
            if m.score is not None and m.strict_score is not None and m.marked_max > 0
        ],
    )
    found = [every] if every else []
    for exercise in data.assignment.exercises:
        line = _line(
            exercise.id,
            [
                (marks.student.pseudonym, mark.score, mark.strict_score, mark.max_score)
                for marks in data.students
                for mark in marks.exercises
                if mark.id == exercise.id and mark.score is not None and mark.strict_score is not None
                if mark.max_score > 0 and mark.status == "graded"
            ],
        )
        if line:
            found.append(line)
    return tuple(found)


def bins(data: ClassData) -> tuple[Bin, ...]:
    """The class by tenths of what could be earned."""
    marks: list[list[str]] = [[] for _ in range(BINS)]
    strict: list[list[str]] = [[] for _ in range(BINS)]
    for m in data.students:
        if m.score is None or m.marked_max <= 0:
            continue
        marks[_bin(m.score / m.marked_max)].append(m.student.pseudonym)
        if m.strict_score is not None:
            strict[_bin(m.strict_score / m.marked_max)].append(m.student.pseudonym)
    width = 100 // BINS
    return tuple(
        Bin(width * number, width * (number + 1), tuple(marks[number]), tuple(strict[number]))
        for number in range(BINS)
    )


def _bin(share: float) -> int:
    return min(BINS - 1, max(0, int(share * BINS + TINY)))


def _line(exercise: str, marks: Sequence[tuple[str, float, float, float]]) -> Line | None:
    if not marks:
        return None
    return Line(
        exercise,
        tuple(who for who, _, _, _ in marks),
        100 * fmean(score / most for _, score, _, most in marks),
        100 * fmean(strict / most for _, _, strict, most in marks),
        100 * median(score / most for _, score, _, most in marks),
        tuple(who for who, score, strict, _ in marks if score > strict + TINY),
    )
