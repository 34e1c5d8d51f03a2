"""What happened in a results folder: runs, what people decided, what was published; frozen rows as in `rows`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grader.gradebook.rows import Person, State, StudentMarks


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One time that a student's work was graded, or could not be."""

    run_id: int
    at: datetime
    sha256: str
    attempt: str
    outcome: State
    score: float | None
    max_score: float | None
    reason: str
    report_id: int | None
    counts: bool
    """Whether this is the report that the marks rest on."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One call of `chainmark grade`. `finished` is None for one that was ended from outside."""

    id: int
    started: datetime
    finished: datetime | None
    versions: Mapping[str, str]
    sandbox: str
    seed: str
    jobs: int
    counts: Mapping[str, int]
    path: str = ""
    """Of the assignment's file; empty for one that comes with chainmark."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """An exercise (`node` empty) or a node of it that counts for nobody."""

    id: int
    at: datetime
    exercise: str
    node: str
    gives: str
    """ "nothing": it leaves score and maximum; "full": everybody has its points."""
    reason: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Points for one student in one exercise (empty: of the total), by `kind`: a "difference", a "floor" to raise
    to, or "kept": what was published, below which the total does not fall any more.
    """

    id: int
    at: datetime
    student: str
    exercise: str
    kind: str
    points: float
    reason: str
    most: float = 0.0
    """Of "kept": what could be earned when it was published."""


@dataclass(frozen=True, slots=True)
class WrittenMark:
    """A mark that a person gave; the newest of a student and exercise counts."""

    at: datetime
    student: str
    exercise: str
    points: float
    comment: str


@dataclass(frozen=True, slots=True)
class Publication:
    """A snapshot of all marks as students were told them."""

    id: int
    at: datetime
    raise_only: bool
    note: str


@dataclass(frozen=True, slots=True)
class PublishedMark:
    """One student's mark in a publication."""

    student: str
    state: State
    score: float | None
    max_score: float
    exercises: Mapping[str, float | None]
    report_id: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """What differs for one student between a publication (or nothing) and now."""

    student: Person
    before: PublishedMark | None
    now: StudentMarks
    exercises: Mapping[str, tuple[float | None, float | None]]
    """By exercise: before and now, where they differ."""

    @property
    def difference(self) -> float | None:
        """Points gained since, of the mark that counts; None where one of the two has no mark."""
        if self.before is None or self.before.score is None or self.now.penalised is None:
            return None
        return self.now.penalised - self.before.score


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry of the log."""

    at: datetime
    who: str
    what: str
    detail: str
