"""The gradebook's tables as frozen rows: what was graded when, and what people decided."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from grader.gradebook.records import (
    Adjustment,
    AuditRow,
    HistoryRow,
    Publication,
    PublishedMark,
    RunRow,
    Waiver,
    WrittenMark,
)
from grader.gradebook.rows import State
from grader.gradebook.store import time_of
from grader.gradebook.summary import read_summary
from grader.gradebook.totals import total


def history(book: sqlite3.Connection, pseudonym: str) -> tuple[HistoryRow, ...]:
    """Every time that this student's work was graded or could not be, the oldest first."""
    row = book.execute("SELECT report_id FROM students WHERE pseudonym = ?", (pseudonym,)).fetchone()
    counting = row[0] if row else None
    found = []
    for r in book.execute(
        "SELECT reports.*, sha256, attempt FROM reports JOIN submissions "
        "ON submissions.id = submission_id WHERE student = ?",
        (pseudonym,),
    ):
        marks = read_summary(r["summary"])
        reasons = [f"{m.id}: {m.reason}" for m in marks if m.status == "ungraded" and not m.provisional]
        outcome = State.GRADED if r["complete"] else State.UNGRADED
        found.append(
            HistoryRow(
                r["run_id"], datetime.fromisoformat(r["made"]), r["sha256"], r["attempt"], outcome,
                total(marks), sum(m.max_score for m in marks), "; ".join(reasons), r["id"],
                r["id"] == counting,
            )
        )  # fmt: skip
    for r in book.execute("SELECT * FROM troubles WHERE student = ?", (pseudonym,)):
        at = datetime.fromisoformat(r["at"])
        found.append(
            HistoryRow(r["run_id"], at, r["sha256"], "", State.UNGRADED, None, None, r["reason"], None, False)
        )
    return tuple(sorted(found, key=lambda row: row.at))


def runs(book: sqlite3.Connection) -> tuple[RunRow, ...]:
    """Every call of `chainmark grade` on this folder, the oldest first."""
    return tuple(
        RunRow(
            r["id"], datetime.fromisoformat(r["started"]), time_of(r["finished"]),
            json.loads(r["versions"]), r["sandbox"], r["seed"], r["jobs"], json.loads(r["counts"]), r["path"])
        for r in book.execute("SELECT * FROM runs ORDER BY id")
    )  # fmt: skip


def waivers(book: sqlite3.Connection) -> tuple[Waiver, ...]:
    """Those that hold."""
    rows = book.execute("SELECT * FROM waivers WHERE NOT withdrawn ORDER BY id")
    return tuple(
        Waiver(r["id"], datetime.fromisoformat(r["at"]), r["exercise"], r["node"], r["gives"], r["reason"])
        for r in rows
    )


def adjustments(book: sqlite3.Connection) -> tuple[Adjustment, ...]:
    """Those that hold, in the order in which they were made."""
    rows = book.execute(
        "SELECT a.*, published.max_score AS most FROM adjustments AS a "
        "LEFT JOIN publications AS p ON a.kind = 'kept' AND p.at = a.at "
        "LEFT JOIN published ON publication_id = p.id AND published.student = a.student "
        "WHERE NOT withdrawn ORDER BY a.id"
    )
    return tuple(
        Adjustment(
            r["id"], datetime.fromisoformat(r["at"]), r["student"], r["exercise"], r["kind"],
            r["points"], r["reason"], r["most"] or 0.0,
        )
        for r in rows
    )  # fmt: skip


def written(book: sqlite3.Connection) -> dict[str, dict[str, WrittenMark]]:
    """The newest mark that a person gave, by student and exercise."""
    found: dict[str, dict[str, WrittenMark]] = {}
    for r in book.execute("SELECT * FROM written ORDER BY id"):
        mark = WrittenMark(
            datetime.fromisoformat(r["at"]), r["student"], r["exercise"], r["points"], r["comment"]
        )
        found.setdefault(mark.student, {})[mark.exercise] = mark
    return found


def publications(book: sqlite3.Connection) -> tuple[Publication, ...]:
    """Every publication, the oldest first."""
    rows = book.execute("SELECT * FROM publications ORDER BY id")
    return tuple(
        Publication(r["id"], datetime.fromisoformat(r["at"]), bool(r["raise_only"]), r["note"]) for r in rows
    )


def published(book: sqlite3.Connection, publication_id: int) -> dict[str, PublishedMark]:
    """What was published then, by pseudonym."""
    rows = book.execute("SELECT * FROM published WHERE publication_id = ?", (publication_id,))
    return {
        r["student"]: PublishedMark(
            r["student"], State(r["state"]), r["score"], r["max_score"], json.loads(r["exercises"]),
            r["report_id"],
        )
        for r in rows
    }  # fmt: skip


def audit_log(book: sqlite3.Connection) -> tuple[AuditRow, ...]:
    """Who did what, the oldest first."""
    rows = book.execute("SELECT * FROM audit ORDER BY id")
    return tuple(AuditRow(datetime.fromisoformat(r["at"]), r["who"], r["what"], r["detail"]) for r in rows)
