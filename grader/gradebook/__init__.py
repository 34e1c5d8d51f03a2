"""The gradebook: a results folder's memory, in SQLite.

A results folder holds `gradebook.db` (students under pseudonyms), `roster.db` (who they are, and the secret that
the pseudonyms are made with), `lock`, and whatever `chainmark report` and `chainmark export` write.

Reading (the class report, export, `explain`), also while somebody grades into the folder:

    from grader.gradebook import Gradebook

    with Gradebook.open(folder) as book:          # GradebookError (one line) if it is no results folder
        book.assignment                           # AssignmentInfo: id, title, version, due, late, exercises
        for row in book.marks():                  # StudentMarks, everybody: on the roster, or handed something in
            row.student.shown, row.state, row.penalised, row.exercises
        book.report(row.report_id)                # dict: the JSON of schema chainmark/report/3, reader "staff",
                                                  #   its `student` the pseudonym; None for an unknown id
        for id, report in book.reports(): ...     # the same for all reports that count, one after the other
        book.report_object(row.report_id)         # a grader.report.report.Report, for redact(), html(), feedback
        book.sources(row.sha256)                  # tuple[Unit, ...]: what the student wrote; () if unknown
        book.marks_of(pseudonym), book.person("ada"), book.history(pseudonym)
        book.runs(), book.waivers(), book.adjustments(), book.publications(), book.published(publication_id)
        book.changes()                            # tuple[Change, ...]: since the last publication, who differs only
        book.audit_log()

Every row is a frozen dataclass of `grader.gradebook.rows` (people and marks) or `records` (what happened).
`StudentMarks` are computed on reading, from what was graded and from waivers, adjustments, written marks and
lateness, so that all of these survive a regrade.

Writing is for `chainmark grade` and the small commands (`waive`, `adjust`, `written`, `publish`, `forget`): through
`Ledger`, one transaction for each submission or action, under the folder's lock.
"""

from __future__ import annotations

from grader.assignment.types import LateRule
from grader.gradebook.read import Gradebook
from grader.gradebook.records import (
    Adjustment,
    AuditRow,
    Change,
    HistoryRow,
    Publication,
    PublishedMark,
    RunRow,
    Waiver,
    WrittenMark,
)
from grader.gradebook.rows import (
    AssignmentInfo,
    ExerciseInfo,
    ExerciseMark,
    GradebookError,
    Lateness,
    Mistake,
    NodeMark,
    Person,
    State,
    StudentMarks,
)

__all__ = [
    "Adjustment",
    "AssignmentInfo",
    "AuditRow",
    "Change",
    "ExerciseInfo",
    "ExerciseMark",
    "Gradebook",
    "GradebookError",
    "HistoryRow",
    "LateRule",
    "Lateness",
    "Mistake",
    "NodeMark",
    "Person",
    "Publication",
    "PublishedMark",
    "RunRow",
    "State",
    "StudentMarks",
    "Waiver",
    "WrittenMark",
]
