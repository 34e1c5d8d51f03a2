"""`marks.csv`: a row a student, a column an exercise."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence

from grader.export.cells import cell, number
from grader.gradebook import AssignmentInfo, Person, PublishedMark, StudentMarks

FIRST = ("student", "status", "score", "max_score")
LAST = ("adjustment", "raw_score", "strict_score", "late_percent", "kept")
WHO = ("name", "email", "section")


def marks_csv(assignment: AssignmentInfo, students: Iterable[StudentMarks], *, names: bool = True) -> str:
    """The file's text, UTF-8 to be, its lines ended as on Unix.

    An exercise without a mark is empty, which is no zero. The exercises and `adjustment` add up to `raw_score`;
    that, less `late_percent`, and `kept` (from an earlier publication) to `score`, which counts.
    Without `names`, students are called by their pseudonyms.
    """
    exercises = [exercise.id for exercise in assignment.exercises]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*FIRST, *map(cell, exercises), *LAST, *(WHO if names else ())])
    for marks in students:
        writer.writerow(_row(marks, exercises, names=names))
    return out.getvalue()


def published_csv(
    assignment: AssignmentInfo,
    students: Iterable[StudentMarks],
    published: Mapping[str, PublishedMark],
    *,
    names: bool = True,
) -> str:
    """The same of a publication, as it was: who was not in it is left out."""
    exercises = [exercise.id for exercise in assignment.exercises]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*FIRST, *map(cell, exercises), *(WHO if names else ())])
    for marks in students:
        mark = published.get(marks.student.pseudonym)
        if mark is None:
            continue
        scores = [number(mark.exercises.get(name)) for name in exercises]
        numbers = [mark.state.value, number(mark.score), number(mark.max_score), *scores]
        writer.writerow([_id(marks.student, names=names), *numbers, *_who(marks.student, names=names)])
    return out.getvalue()


def _row(marks: StudentMarks, exercises: Sequence[str], *, names: bool) -> list[str]:
    by_id = {mark.id: mark for mark in marks.exercises}
    scores = [by_id[name].score if name in by_id else None for name in exercises]
    total = math.fsum(score for score in scores if score is not None)
    return [
        _id(marks.student, names=names),
        status(marks),
        number(marks.penalised),
        number(marks.max_score),
        *map(number, scores),
        number(None if marks.score is None else marks.score - total),
        number(marks.score),
        number(marks.strict_score),
        number(marks.lateness.percent),
        number(None if marks.penalised is None else marks.kept),
        *_who(marks.student, names=names),
    ]


def _id(person: Person, *, names: bool) -> str:
    return cell(person.id if names else person.pseudonym)


def _who(person: Person, *, names: bool) -> list[str]:
    return [cell(person.name), cell(person.email), cell(person.section)] if names else []


def status(marks: StudentMarks) -> str:
    """`graded`, `provisional` (a person's mark is missing), `could not be graded`, `not submitted`."""
    return "provisional" if marks.provisional and marks.score is not None else marks.state.value
