"""What the class report is made of: everybody's marks, and the whole reports of work that has something wrong.

Marks come from the gradebook's summaries, which are small. A whole report, some sixty kilobytes, is unpacked only
where an exercise went wrong, and nothing but the wrong exercises of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from grader.class_report.code import Function, functions_of
from grader.findings import Verdict
from grader.gradebook import (
    Adjustment,
    AssignmentInfo,
    Change,
    ExerciseMark,
    Gradebook,
    NodeMark,
    Publication,
    RunRow,
    StudentMarks,
    Waiver,
)
from grader.gradebook.restore import report_of
from grader.report.report import ExerciseReport, Standing

SAMPLE = 100
"""Students without a mistake in an exercise whose code is read too, to know what everybody writes."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One exercise of one student in which something is wrong."""

    student: str
    exercise: ExerciseReport
    functions: tuple[Function, ...] = ()
    """The student's own functions for this exercise, as far as their source is known."""
    foreseen: bool = True
    """Whether everybody had the same inputs (the public seed), so that numbers can be compared."""


@dataclass(frozen=True)
class ClassData:
    """Everything that the report says anything about. Students are known by their pseudonyms."""

    assignment: AssignmentInfo
    students: tuple[StudentMarks, ...]
    wrong: tuple[Wrong, ...] = ()
    right_code: Mapping[str, tuple[tuple[Function, ...], ...]] = field(default_factory=dict)
    """By exercise: functions of a sample of students who have it right."""
    starters: Mapping[str, str] = field(default_factory=dict)
    """By exercise: the code that was handed out, where it is known."""
    changes: tuple[Change, ...] = ()
    publications: tuple[Publication, ...] = ()
    runs: tuple[RunRow, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()

    @cached_property
    def by_pseudonym(self) -> dict[str, StudentMarks]:
        """Everybody's marks."""
        return {marks.student.pseudonym: marks for marks in self.students}

    @cached_property
    def titles(self) -> dict[str, str]:
        """The exercises' titles by id, in the order of the assignment."""
        return {exercise.id: exercise.title for exercise in self.assignment.exercises}

    def title(self, exercise: str) -> str:
        """An exercise's title, else its id."""
        return self.titles.get(exercise, exercise)

    def graded(self, exercise: str) -> tuple[tuple[StudentMarks, ExerciseMark], ...]:
        """Everybody who has been judged in this exercise."""
        return tuple(
            (marks, mark)
            for marks in self.students
            for mark in marks.exercises
            if mark.id == exercise and mark.nodes and mark.status in ("graded", "waived")
        )

    @classmethod
    def load(cls, book: Gradebook) -> Self:
        """Everything from a results folder. Raises GradebookError."""
        students, publications = book.marks(), book.publications()
        names: dict[str, set[str]] = {}
        wrong = []
        for one in _wrong(book, students):
            wrong.append(one)
            names.setdefault(one.exercise.id, set()).update(f.name for f in one.functions)
        return cls(
            assignment=book.assignment,
            students=students,
            wrong=tuple(wrong),
            right_code={
                exercise: _sample(book, students, exercise, found) for exercise, found in names.items()
            },
            starters=_starters(names),
            changes=book.changes() if publications else (),
            publications=publications,
            runs=book.runs(),
            waivers=book.waivers(),
            adjustments=book.adjustments(),
        )


def is_wrong(mark: ExerciseMark) -> bool:
    """Whether something of the student's own is wrong in it."""
    return mark.status in ("graded", "waived") and bool(
        mark.slips or mark.mistakes or any(failed(node) for node in mark.nodes)
    )


def failed(node: NodeMark) -> bool:
    """Whether a node is wrong, and not merely because of a number before it."""
    return node.verdict == Verdict.FAIL and node.standing != Standing.INHERITED


def _wrong(book: Gradebook, students: Iterable[StudentMarks]) -> Iterator[Wrong]:
    for marks in students:
        wanted = {mark.id for mark in marks.exercises if is_wrong(mark)}
        whole = book.report(marks.report_id) if wanted else None
        if whole is None:
            continue
        report = report_of({**whole, "exercises": [e for e in whole["exercises"] if e["id"] in wanted]})
        units = book.sources(marks.sha256)
        for exercise in report.exercises:
            places = {(place.name, place.unit): place.line for place in exercise.places}
            functions = functions_of(units, places) if units else ()
            yield Wrong(marks.student.pseudonym, exercise, functions, report.seed.kind == "practice")


def _sample(
    book: Gradebook, students: Iterable[StudentMarks], exercise: str, names: Iterable[str]
) -> tuple[tuple[Function, ...], ...]:
    """Pseudonyms are in no order that means anything, so the first by them are a fair sample."""
    wanted = {(name, ""): 0 for name in names}
    right = sorted(
        (marks.student.pseudonym, marks.sha256)
        for marks in students
        for mark in marks.exercises
        if mark.id == exercise and mark.status == "graded" and mark.nodes and not is_wrong(mark)
    )
    return tuple(functions_of(book.sources(sha256), wanted) for _, sha256 in right[:SAMPLE])


def _starters(exercises: Iterable[str]) -> dict[str, str]:
    """What was handed out, for the exercises that come with chainmark; a course's own are not known here."""
    from grader.exercise_catalogue import ExerciseFileError
    from grader.exercise_catalogue import exercises as catalogue

    try:
        known = catalogue()
    except ExerciseFileError:  # somebody else's package; what is rare is still told from what is common
        return {}
    return {name: known[name].starter for name in exercises if name in known}
