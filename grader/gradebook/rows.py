"""Who has which marks: frozen rows. Points are in the assignment's points, times carry their zone.

What happened before, runs, decisions and publications, is in `records`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from grader.assignment.types import HINT_DEGREES, LateRule
from grader.report.report import Reader


class GradebookError(ValueError):
    """A results folder that cannot be used, or something asked of it that is not there: one line."""


@dataclass(frozen=True, slots=True)
class Person:
    """A student as the roster knows them; only `pseudonym` stands in the gradebook itself.

    Students who handed something in without being on a roster have their id and little else.
    """

    pseudonym: str
    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    group: str = ""
    extension: datetime | None = None
    """Until when this student may hand in, in place of the assignment's due time."""
    path: str = ""
    """Where the newest submission lay when it was graded; empty where there was none."""

    @property
    def shown(self) -> str:
        """The name, else the id. Text from outside: make it safe at the sink."""
        return self.name or self.id or self.pseudonym


@dataclass(frozen=True, slots=True)
class ExerciseInfo:
    """An exercise of the assignment as it was graded last."""

    id: str
    title: str
    kind: str
    max_score: float
    nodes: Mapping[str, float] = field(default_factory=dict)
    """What each judged part is worth."""
    hints: int = 1
    """Degrees of hints that students see before closing."""


@dataclass(frozen=True, slots=True)
class AssignmentInfo:
    """The assignment of a results folder, as it was graded last."""

    id: str
    title: str
    version: str
    due: datetime | None
    exercises: tuple[ExerciseInfo, ...]
    late: LateRule = field(default_factory=LateRule)
    reader: Reader = Reader.PRACTICE
    """What students see before closing."""
    hints_after_closing: int = HINT_DEGREES[-1]

    def degrees(self, reader: Reader) -> int | dict[str, int]:
        """Degrees of hints for this reader: each exercise's own before closing, one number for all afterwards."""
        if reader is Reader.PRACTICE:
            return {exercise.id: exercise.hints for exercise in self.exercises}
        return self.hints_after_closing

    @property
    def max_score(self) -> float:
        """Before waivers."""
        return float(sum(exercise.max_score for exercise in self.exercises))


class State(StrEnum):
    """Where a student stands. A name for each, so that nobody takes "could not be graded" for a zero."""

    GRADED = "graded"
    UNGRADED = "could not be graded"
    NOT_SUBMITTED = "not submitted"


@dataclass(frozen=True, slots=True)
class NodeMark:
    """One judged part. `verdict` and `standing` as in the report's JSON ("pass", "fail", ...; "origin", ...)."""

    name: str
    verdict: str
    standing: str
    points: float
    strict: float
    max_points: float
    waived: bool = False


@dataclass(frozen=True, slots=True)
class Mistake:
    """A diagnosis in short."""

    id: str
    title: str
    node: str


@dataclass(frozen=True, slots=True)
class ExerciseMark:
    """One student's marks in one exercise, after waivers, written marks and adjustments.

    `status` is "graded", "not_started", "ungraded" or "waived". `score` is None where there is no mark (yet).
    """

    id: str
    status: str
    score: float | None
    strict_score: float | None
    max_score: float
    provisional: bool = False
    """Whether a person still has to mark part of it."""
    slips: int = 0
    nodes: tuple[NodeMark, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    notes: tuple[str, ...] = ()
    """Why it differs from what was graded: reasons of waivers and adjustments, written marks' comments."""
    reason: str = ""
    """Why there is no mark, or why it is not started."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late, and what that costs."""

    seconds: float | None = None
    """After due time (with extension and grace), 0 when in time; None where nobody knows."""
    marked_late: bool = False
    """The course's system says late, but not how much: nothing is taken off."""
    percent: float = 0.0
    """What is taken off."""
    extended: bool = False

    @property
    def late(self) -> bool:
        """Whether it came late, as far as is known."""
        return self.marked_late or bool(self.seconds)


@dataclass(frozen=True, slots=True)
class StudentMarks:
    """One student: all marks, raw and penalised, and what they rest on."""

    student: Person
    state: State
    score: float | None
    """Raw: with follow-through, before lateness. None where nothing was graded."""
    penalised: float | None
    """After lateness, and not below what was published with "raise only": the mark that counts."""
    strict_score: float | None
    max_score: float
    exercises: tuple[ExerciseMark, ...] = ()
    lateness: Lateness = Lateness()
    kept: float = 0.0
    """How much of it was only kept from an earlier publication."""
    provisional: bool = False
    trouble: str = ""
    """Why the newest work could not be graded; `score` is that of an earlier one, or None."""
    doubts: tuple[str, ...] = ()
    """What a person should look at in the work that counts: a damaged notebook, two where one was expected."""
    notes: tuple[str, ...] = ()
    """Adjustments of the total, with their reasons."""
    report_id: int | None = None
    sha256: str = ""
    attempt: str = ""
    received: datetime | None = None

    @property
    def marked_max(self) -> float:
        """What could be earned in the exercises that have a mark: no mark yet is no zero, in averages neither.

        Everything, where a person has set the total: that counts for all of the work.
        """
        if self.notes and self.score is not None:
            return self.max_score
        return sum((mark.max_score for mark in self.exercises if mark.score is not None), 0.0)
