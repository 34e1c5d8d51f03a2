"""`Assignment`: which exercises, for how many points, within which limits, and what its students see."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from grader.assignment.errors import AssignmentError, Problem, joined, shown
from grader.nearest import did_you_mean
from grader.report.report import Reader

HINT_DEGREES = range(10)
RANGES: Mapping[str, tuple[int, int, str]] = {
    "cpu_seconds": (1, 3_600, "seconds"),
    "wall_seconds": (1, 36_000, "seconds"),
    "memory_mb": (128, 1 << 20, "MB"),
}
"""Lowest, highest, unit. The kernel counts CPU time in whole seconds; Python with NumPy takes nearly 100 MB before
the student's first line."""
LIST = "`chainmark list` shows all"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call of a student's function may use. Raises ValueError for limits that make no sense.

    Wall time is ten times the CPU time where only the latter is given: on a busy machine waiting is not a mistake.
    """

    cpu_seconds: float = 10.0
    wall_seconds: float = 100.0
    memory_mb: int = 1024

    def __post_init__(self) -> None:
        for name in RANGES:
            if wrong := misfit(name, getattr(self, name)):
                raise ValueError(f"{name} {wrong}, got {shown(getattr(self, name))}")
        if self.wall_seconds < self.cpu_seconds:
            raise ValueError(
                f"wall_seconds must be at least cpu_seconds ({self.cpu_seconds:g}), got {self.wall_seconds:g}"
            )


def misfit(name: str, value: object) -> str:
    """What the limit of this name must be, if the value is not that; else nothing."""
    lowest, highest, unit = RANGES[name]
    whole = name == "memory_mb"
    number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if number and lowest <= value <= highest:  # type: ignore[operator] # nan is outside as well
        return ""
    return f"must be a {'whole ' if whole else ''}number of {unit} from {lowest} to {highest}"


@dataclass(frozen=True, slots=True)
class LateRule:
    """What being late costs: `percent_a_day` of what was earned, for each day begun after due time and grace."""

    percent_a_day: float = 0.0
    grace_minutes: float = 0.0
    at_most_percent: float = 100.0
    closes_after_days: float | None = None
    """After so many days nothing is earned any more; None: it never closes."""


LATE: Mapping[str, tuple[float, float, str]] = {
    "percent_a_day": (0, 100, "percent"),
    "grace_minutes": (0, 1440, "minutes"),
    "at_most_percent": (0, 100, "percent"),
    "closes_after_days": (0, 366, "days"),
}
"""Lowest, highest, unit."""


@dataclass(frozen=True, slots=True)
class ExerciseEntry:
    """One exercise of an assignment, by its id."""

    id: str
    points: float
    """What it is worth here."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """Weights of its parts (nodes) in place of the exercise's own; empty for its own."""
    hints: int = 1
    """Degrees of hints shown before closing."""
    follow_through: bool | None = None
    """Whether right work on a wrong upstream earns its marks; None for what the exercise itself says."""
    functions: Mapping[str, str] = field(default_factory=dict)
    """For a function of the exercise, what students call it, where that differs."""
    accept: tuple[str, ...] = ()
    """Other conventions of the exercise that are as right here."""

    def marks(self, own: Mapping[str, float]) -> dict[str, float]:
        """The points of each part, which sum to `points`; `own` are the exercise's own weights.

        A part that `parts` leaves out has no points.
        """
        weights = self.parts or own
        total = math.fsum(weights.values())
        return {name: self.points * weight / total for name, weight in weights.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """An assignment, complete and consistent. `read_assignment` makes one of a file."""

    id: str
    title: str
    version: str
    exercises: tuple[ExerciseEntry, ...]
    due: datetime | None = None
    """With its zone."""
    reader: Reader = Reader.PRACTICE
    """What students see before closing: PRACTICE or CLOSED."""
    hints: int = 1
    hints_after_closing: int = HINT_DEGREES[-1]
    allowed_modules: tuple[str, ...] = ()
    """Packages that submissions may import besides NumPy and the plain standard modules."""
    exercises_from: tuple[Path, ...] = ()
    """Folders with a course's own exercises."""
    limits: Limits = field(default_factory=Limits)
    late: LateRule = LateRule()
    path: Path | None = None
    """The file that it was read from."""

    @property
    def worth(self) -> float:
        """The sum of its exercises' points."""
        return math.fsum(entry.points for entry in self.exercises)

    @classmethod
    def from_exercises(
        cls,
        known: Mapping[str, float],
        ids: Iterable[str],
        *,
        reader: Reader = Reader.PRACTICE,
        hints: int = 1,
        allowed_modules: tuple[str, ...] = (),
        limits: Limits | None = None,
    ) -> Assignment:
        """An assignment without a file: these exercises, each for its own points, in this order.

        `known` gives each existing exercise's points. Raises AssignmentError for an id that it lacks or that comes
        twice, and where there is none at all.
        """
        named = tuple(ids)
        problems = [
            problem
            for place, name in enumerate(named, 1)
            if (problem := misnamed("", f"exercises[{place}]", name, known, named[: place - 1]))
        ]
        if not named:
            problems.append(Problem("", "", "no exercise is named", hint=LIST))
        if problems:
            raise AssignmentError(tuple(problems))
        return cls(
            id="practice",
            title="Practice",
            version="1",
            exercises=tuple(ExerciseEntry(name, float(known[name]), hints=hints) for name in named),
            reader=reader,
            hints=hints,
            hints_after_closing=HINT_DEGREES[-1],
            allowed_modules=allowed_modules,
            limits=limits or Limits(),
        )


def misnamed(
    file: str, key: str, name: str, known: Mapping[str, float], earlier: tuple[str, ...]
) -> Problem | None:
    """The problem with an exercise's id, if there is one: nobody knows it, or it has been named before."""
    if name not in known:
        advice = joined(did_you_mean(name, known), LIST)
        return Problem(file, key, "must be the id of an exercise", shown(name), advice)
    if name in earlier:
        first = f"exercises[{earlier.index(name) + 1}]"
        return Problem(
            file, key, "must be an exercise not named before", f"{shown(name)} again, as in {first}"
        )
    return None
