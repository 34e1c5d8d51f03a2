"""Where one student stands: the report that counts, and everything that people decided, put together."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from grader.gradebook.records import Adjustment, Waiver, WrittenMark
from grader.gradebook.rows import AssignmentInfo, ExerciseMark, Person, State, StudentMarks
from grader.gradebook.store import time_of
from grader.gradebook.summary import read_doubts, read_summary
from grader.gradebook.totals import adjusted, exercise_marks, held, lateness, penalised, total

COUNTING = """SELECT students.pseudonym, students.trouble, reports.id AS report_id, reports.summary,
    reports.complete, submissions.sha256, submissions.attempt, submissions.received, submissions.marked_late
    FROM students LEFT JOIN reports ON reports.id = students.report_id
    LEFT JOIN submissions ON submissions.id = reports.submission_id WHERE NOT students.forgotten"""
"""For each student the report that counts, with its submission."""


def student_marks(
    assignment: AssignmentInfo,
    person: Person,
    row: sqlite3.Row | None,
    waivers: Sequence[Waiver],
    adjustments: Sequence[Adjustment],
    written: Mapping[str, WrittenMark],
) -> StudentMarks:
    """One student's marks, from what was graded (`row`: report, summary and submission that count) and decided."""
    # Who is only on the roster may have a row all the same, so that a publication can name them.
    handed_in = row is not None and bool(row["report_id"] or row["trouble"])
    graded: dict[str, ExerciseMark] = {}
    if row is not None and row["summary"]:
        graded = {mark.id: mark for mark in read_summary(row["summary"])}
    marks = exercise_marks(
        assignment, graded, submitted=handed_in, waivers=waivers, written=written,
        adjustments=adjustments,
    )  # fmt: skip
    of_total = [a for a in adjustments if not a.exercise and a.kind != "kept"]
    # A waiver alone is no mark: whoever handed in nothing has still none, and no zero.
    has_mark = bool(graded) or any(m.score is not None for m in marks if m.status != "waived")
    score, notes = adjusted(total(marks) if has_mark else None, of_total)
    strict, _ = adjusted(total(marks, strict=True) if has_mark else None, of_total)
    received = time_of(row["received"]) if row is not None else None
    late = lateness(
        received, marked_late=bool(row is not None and row["marked_late"]), due=assignment.due,
        extension=person.extension, rule=assignment.late,
    )  # fmt: skip
    most = sum(mark.max_score for mark in marks)
    counts, kept, why = held(penalised(score, late), most, [a for a in adjustments if a.kind == "kept"])
    by_hand = counts is not None
    state = State.GRADED if graded or by_hand else State.UNGRADED if handed_in else State.NOT_SUBMITTED
    return StudentMarks(
        student=person, state=state, score=score, penalised=counts, kept=kept,
        strict_score=strict, max_score=most,
        exercises=marks, lateness=late,
        provisional=handed_in and any(m.provisional or m.status == "ungraded" for m in marks),
        doubts=read_doubts(row["summary"]) if row is not None and row["summary"] else (),
        trouble=row["trouble"] if row is not None else "", notes=(*notes, *why),
        report_id=row["report_id"] if row is not None else None,
        sha256=(row["sha256"] or "") if row is not None else "",
        attempt=(row["attempt"] or "") if row is not None else "", received=received,
    )  # fmt: skip
