"""`marks.csv`: a row a student, a column an exercise."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from grader.export.cells import cell, number
from grader.gradebook import AssignmentInfo, StudentMarks

FIRST = ("student", "status", "score", "max_score")
LAST = ("raw_score", "strict_score", "late_percent")


def marks_csv(assignment: AssignmentInfo, students: Iterable[StudentMarks], *, names: bool = True) -> str:
    """The file's text, UTF-8 to be, its lines ended as on Unix.

    `score` is what counts, after lateness; an exercise without a mark is empty, which is no zero. Without `names`,
    students are called by their pseudonyms.
    """
    exercises = [exercise.id for exercise in assignment.exercises]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*FIRST, *map(cell, exercises), *LAST])
    for marks in students:
        writer.writerow(_row(marks, exercises, names=names))
    return out.getvalue()


def _row(marks: StudentMarks, exercises: Sequence[str], *, names: bool) -> list[str]:
    by_id = {mark.id: mark for mark in marks.exercises}
    scores = [number(by_id[name].score if name in by_id else None) for name in exercises]
    return [
        cell(marks.student.id if names else marks.student.pseudonym),
        status(marks),
        number(marks.penalised),
        number(marks.max_score),
        *scores,
        number(marks.score),
        number(marks.strict_score),
        number(marks.lateness.percent),
    ]


def status(marks: StudentMarks) -> str:
    """`graded`, `provisional` (a person's mark is missing), `could not be graded`, `not submitted`."""
    return "provisional" if marks.provisional and marks.score is not None else marks.state.value
