"""Where in a notebook each finding belongs: one plan, from which the .ipynb and the page are both made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.findings import Finding, Verdict
from grader.report.report import ExerciseReport, Place, Report, Status
from grader.text import one_line

KEY = "chainmark"
TAG = "chainmark-feedback"
SEAL = "chainmark_feedback"
"""Notebook metadata: the digest of the cells as we wrote them."""

_WHERE = re.compile(r"(?P<label>(?:(?P<file>.*), )?cell (?P<number>\d{1,9}))(?:, line (?P<line>\d{1,9}))?\Z")


@dataclass(frozen=True, slots=True)
class Below:
    """What is said below one cell."""

    notes: tuple[Finding, ...] = ()
    exercises: tuple[ExerciseReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about one notebook. Cells are known by their index in the notebook as it came."""

    report: Report
    file: str
    kept: tuple[int, ...]
    """The student's own cells; what an earlier run of ours had put between them is not among them."""
    numbers: tuple[int, ...]
    """By index: the number that messages give a cell, which counts copies that were left out when it was read."""
    below: Mapping[int, Below]
    top: tuple[ExerciseReport, ...]
    """Exercises that have something to say and no cell to say it below."""
    lines: Mapping[int, frozenset[int]]
    """By index of a cell: the lines, from 1, that a finding names."""
    places: Mapping[str, int]
    """By id of an exercise: the cell below which it stands."""

    @property
    def first_wrong(self) -> ExerciseReport | None:
        """The first exercise, in the order of the assignment, that has something to mend and is shown here."""
        shown = {*self.places, *(exercise.id for exercise in self.top)}
        return next(
            (
                e
                for e in self.report.exercises
                if e.id in shown and e.status is Status.GRADED and not e.passed
            ),
            None,
        )


def plan(
    cells: Sequence[Mapping[str, Any]],
    report: Report,
    *,
    file: str,
    labels: Mapping[str, int] | None = None,
    home: bool = True,
) -> Plan:
    """Where everything goes in a notebook of these cells.

    `labels` gives a cell's index by its label in messages ("cell 12"), as far as it is known; the places in the
    report add to it. `home` says whether exercises without a cell in any notebook are told in this one.
    """
    known = dict(labels or {})
    for place in (p for e in report.exercises for p in e.places):
        if place.file == file and place.cell is not None:
            known.setdefault(place.unit, place.cell)
    known = {label: index for label, index in known.items() if 0 <= index < len(cells)}
    numbers = _numbers(len(cells), known)
    finder = _Finder(file, known, {number: index for index, number in enumerate(numbers)})
    kept = tuple(index for index, cell in enumerate(cells) if not is_feedback(cell))
    student = frozenset(kept)

    exercises: dict[int, list[ExerciseReport]] = {}
    top: list[ExerciseReport] = []
    places: dict[str, int] = {}
    for exercise in report.exercises:
        own = _own_places(exercise)
        here = [p.cell for p in own if p.file == file and p.cell is not None and p.cell in student]
        if here:
            # A pair may stand in two cells: who reads has then seen both.
            places[exercise.id] = max(here)
            exercises.setdefault(max(here), []).append(exercise)
        elif home and _has_details(exercise) and all(p.cell is None for p in own):
            top.append(exercise)
    notes: dict[int, list[Finding]] = {}
    for note in report.notes:
        index, line = finder.find(note.where)
        if index in student and (line or note.verdict is Verdict.FAIL):
            notes.setdefault(index, []).append(note)
    below = {
        index: Below(tuple(notes.get(index, ())), tuple(exercises.get(index, ())))
        for index in sorted({*notes, *exercises})
    }
    told = [*report.notes, *(f for e in report.exercises for f in e.findings)]
    return Plan(report, file, kept, numbers, below, tuple(top), finder.lines(told), places)


def is_feedback(cell: Mapping[str, Any]) -> bool:
    """Whether an earlier run of ours put the cell in. Only Markdown: a student's code is never taken for ours."""
    metadata = cell.get("metadata")
    ours = metadata.get(KEY) if isinstance(metadata, Mapping) else None
    return cell.get("cell_type") == "markdown" and isinstance(ours, Mapping) and ours.get("feedback") is True


def _own_places(exercise: ExerciseReport) -> tuple[Place, ...]:
    """The places that the exercise is about.

    A network also has places for the layers it is built from; its own function is the first, and where that was
    not found it has none.
    """
    if exercise.kind != "network":
        return exercise.places
    missing = any(f.check == "found" and f.verdict is Verdict.FAIL for f in exercise.findings)
    return () if missing else exercise.places[:1]


def _has_details(exercise: ExerciseReport) -> bool:
    """Whether there is more to say than the summary's row has room for."""
    return bool(exercise.nodes or exercise.findings or exercise.places)


def _numbers(count: int, known: Mapping[str, int]) -> tuple[int, ...]:
    """Each cell's number: as its label says where it has one, else one more than the cell before it."""
    said = {}
    for label, index in known.items():
        match = _WHERE.match(label)
        if match:
            said[index] = int(match["number"])
    numbers: list[int] = []
    for index in range(count):
        before = numbers[-1] if numbers else 0
        # Numbers only rise; a label that says otherwise is not believed.
        numbers.append(max(said.get(index, 0), before + 1))
    return tuple(numbers)


@dataclass(frozen=True, slots=True)
class _Finder:
    """From "cell 12, line 4" to the cell's index and the line."""

    file: str
    known: Mapping[str, int]
    by_number: Mapping[int, int]

    def find(self, where: str) -> tuple[int, int]:
        """Index, or -1 where it is none of this notebook's cells; line, or 0."""
        match = _WHERE.match(where)
        if match is None:
            return -1, 0
        line = int(match["line"] or 0)
        if match["label"] in self.known:
            return self.known[match["label"]], line
        named = match["file"]
        if named is not None and named not in (self.file, one_line(self.file, limit=120)):
            return -1, 0
        return self.by_number.get(int(match["number"]), -1), line

    def lines(self, findings: Iterable[Finding]) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = {}
        for finding in findings:
            if finding.verdict not in (Verdict.PASS, Verdict.SKIPPED):
                index, line = self.find(finding.where)
                if index >= 0 and line:
                    found.setdefault(index, set()).add(line)
        return {index: frozenset(lines) for index, lines in found.items()}
