"""`Gradebook`: everything that can be asked of a results folder. It changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.gradebook.content import assignment_info, unpack, unpack_units
from grader.gradebook.people import People
from grader.gradebook.restore import report_of
from grader.gradebook.rows import (
    Adjustment,
    AssignmentInfo,
    AuditRow,
    Change,
    ExerciseMark,
    GradebookError,
    HistoryRow,
    Person,
    Publication,
    PublishedMark,
    RunRow,
    State,
    StudentMarks,
    Waiver,
    WrittenMark,
)
from grader.gradebook.store import BOOK, connect, time_of, told
from grader.gradebook.summary import read_summary
from grader.gradebook.totals import adjusted, exercise_marks, lateness, penalised, total
from grader.nearest import did_you_mean
from grader.report.report import Report
from grader.submission import Unit
from grader.text import one_line

_COUNTING = """SELECT students.pseudonym, students.trouble, reports.id AS report_id, reports.summary,
    reports.complete, submissions.sha256, submissions.attempt, submissions.received, submissions.marked_late
    FROM students LEFT JOIN reports ON reports.id = students.report_id
    LEFT JOIN submissions ON submissions.id = reports.submission_id WHERE NOT students.forgotten"""


class Gradebook:
    """A results folder, open for reading. Use it as a context manager, or `close` it."""

    def __init__(self, folder: Path, book: sqlite3.Connection, people: People) -> None:
        self.folder = folder
        self._book, self._people = book, people

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The gradebook in this folder. Raises GradebookError."""
        book = connect(folder / BOOK, "schema.sql")
        try:
            return cls(folder, book, People(folder))
        except BaseException:
            book.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.Error):
            raise GradebookError(told(error, one_line(str(self.folder / BOOK), limit=300))) from None

    def close(self) -> None:
        """Close both files."""
        self._book.close()
        self._people.close()

    @cached_property
    def assignment(self) -> AssignmentInfo:
        """The assignment as it was graded last. Raises GradebookError where nothing was."""
        row = self._book.execute(
            "SELECT content FROM assignments JOIN runs ON runs.assignment_id = assignments.id "
            "ORDER BY runs.id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            shown = one_line(str(self.folder), limit=300)
            raise GradebookError(f"{shown}: nothing was graded into it yet; run `chainmark grade` first")
        return assignment_info(row[0])

    @cached_property
    def people(self) -> Mapping[str, Person]:
        """Everybody by pseudonym: on the roster, or with something handed in."""
        return self._people.all()

    def person(self, who: str) -> Person:
        """The one student of this id, pseudonym, e-mail address or name. Raises GradebookError."""
        everyone = self.people.values()
        for field in ("id", "pseudonym", "email", "name"):
            found = [p for p in everyone if getattr(p, field).casefold() == who.casefold() != ""]
            if len(found) > 1:
                ids = ", ".join(one_line(p.id, limit=40) for p in found[:5])
                raise GradebookError(
                    f'"{one_line(who)}" is the {field} of several students; say which: {ids}'
                )
            if found:
                return found[0]
        near = did_you_mean(who, [p.id for p in everyone] + [p.name for p in everyone if p.name])
        hint = f"; {near}" if near else ""
        raise GradebookError(f'no student "{one_line(who)}" in {one_line(str(self.folder))}{hint}')

    def marks(self) -> tuple[StudentMarks, ...]:
        """Everybody's marks as they are now, in the order of their ids."""
        known = {row["pseudonym"]: row for row in self._book.execute(_COUNTING)}
        waivers, adjustments = self.waivers(), self.adjustments()
        by_student: dict[str, list[Adjustment]] = {}
        for one in adjustments:
            by_student.setdefault(one.student, []).append(one)
        written = self.written()
        return tuple(
            self._marks(person, known.get(who), waivers, by_student.get(who, ()), written.get(who, {}))
            for who, person in self.people.items()
        )

    def marks_of(self, pseudonym: str) -> StudentMarks:
        """One student's marks. Raises GradebookError for an unknown pseudonym."""
        person = self.people.get(pseudonym) or self.person(pseudonym)
        row = self._book.execute(f"{_COUNTING} AND pseudonym = ?", (person.pseudonym,)).fetchone()
        mine = [a for a in self.adjustments() if a.student == person.pseudonym]
        return self._marks(person, row, self.waivers(), mine, self.written().get(person.pseudonym, {}))

    def best_report(self, pseudonym: str) -> int | None:
        """The report that earns this student most: of each submission the newest complete one, after lateness."""
        person = self.people[pseudonym]
        best: tuple[float, int] | None = None
        rows = self._book.execute(
            "SELECT max(reports.id) AS id, summary, received, marked_late FROM reports JOIN submissions "
            "ON submissions.id = submission_id WHERE student = ? AND complete GROUP BY submissions.id",
            (pseudonym,),
        )
        for r in rows:
            late = lateness(
                time_of(r["received"]), marked_late=bool(r["marked_late"]), due=self.assignment.due,
                extension=person.extension, rule=self.assignment.late,
            )  # fmt: skip
            worth = (penalised(total(read_summary(r["summary"])), late) or 0.0, int(r["id"]))
            best = worth if best is None else max(best, worth)
        return best[1] if best else None

    def report(self, report_id: int | None) -> dict[str, Any] | None:
        """A report's JSON for staff; None where there is no such report."""
        row = self._book.execute("SELECT report FROM reports WHERE id = ?", (report_id,)).fetchone()
        return None if row is None else json.loads(unpack(row[0]))

    def report_object(self, report_id: int | None) -> Report | None:
        """The same as a `Report`, with the student's id in place of the pseudonym, for renderers."""
        data = self.report(report_id)
        if data is None:
            return None
        person = self.people.get(data["submission"]["student"])
        if person is not None:
            data["submission"]["student"] = person.id
        return report_of(data)

    def reports(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """All reports that count, with their ids, one in memory at a time."""
        rows = self._book.execute(
            "SELECT reports.id, report FROM students JOIN reports ON reports.id = students.report_id "
            "WHERE NOT forgotten ORDER BY pseudonym"
        )
        for row in rows:
            yield row[0], json.loads(unpack(row[1]))

    def sources(self, sha256: str) -> tuple[Unit, ...]:
        """What was handed in, as units of source; () where it is not known."""
        row = self._book.execute("SELECT units FROM sources WHERE sha256 = ?", (sha256,)).fetchone()
        return () if row is None else unpack_units(row[0])

    def history(self, pseudonym: str) -> tuple[HistoryRow, ...]:
        """Every time that this student's work was graded or could not be, the oldest first."""
        row = self._book.execute(
            "SELECT report_id FROM students WHERE pseudonym = ?", (pseudonym,)
        ).fetchone()
        counting = row[0] if row else None
        found = []
        for r in self._book.execute(
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
        for r in self._book.execute("SELECT * FROM troubles WHERE student = ?", (pseudonym,)):
            at = datetime.fromisoformat(r["at"])
            found.append(
                HistoryRow(
                    r["run_id"], at, r["sha256"], "", State.UNGRADED, None, None, r["reason"], None, False
                )
            )
        return tuple(sorted(found, key=lambda row: row.at))

    def runs(self) -> tuple[RunRow, ...]:
        """Every call of `chainmark grade` on this folder, the oldest first."""
        return tuple(
            RunRow(
                r["id"], datetime.fromisoformat(r["started"]), time_of(r["finished"]),
                json.loads(r["versions"]), r["sandbox"], r["seed"], r["jobs"], json.loads(r["counts"]), r["path"])
            for r in self._book.execute("SELECT * FROM runs ORDER BY id")
        )  # fmt: skip

    def waivers(self) -> tuple[Waiver, ...]:
        """Those that hold."""
        rows = self._book.execute("SELECT * FROM waivers WHERE NOT withdrawn ORDER BY id")
        return tuple(
            Waiver(
                r["id"], datetime.fromisoformat(r["at"]), r["exercise"], r["node"], r["gives"], r["reason"]
            )
            for r in rows
        )

    def adjustments(self) -> tuple[Adjustment, ...]:
        """Those that hold, in the order in which they were made."""
        rows = self._book.execute("SELECT * FROM adjustments WHERE NOT withdrawn ORDER BY id")
        return tuple(
            Adjustment(
                r["id"], datetime.fromisoformat(r["at"]), r["student"], r["exercise"], r["kind"],
                r["points"], r["reason"],
            )
            for r in rows
        )  # fmt: skip

    def written(self) -> dict[str, dict[str, WrittenMark]]:
        """The newest mark that a person gave, by student and exercise."""
        found: dict[str, dict[str, WrittenMark]] = {}
        for r in self._book.execute("SELECT * FROM written ORDER BY id"):
            mark = WrittenMark(
                datetime.fromisoformat(r["at"]), r["student"], r["exercise"], r["points"], r["comment"]
            )
            found.setdefault(mark.student, {})[mark.exercise] = mark
        return found

    def publications(self) -> tuple[Publication, ...]:
        """Every publication, the oldest first."""
        rows = self._book.execute("SELECT * FROM publications ORDER BY id")
        return tuple(
            Publication(r["id"], datetime.fromisoformat(r["at"]), bool(r["raise_only"]), r["note"])
            for r in rows
        )

    def published(self, publication_id: int) -> dict[str, PublishedMark]:
        """What was published then, by pseudonym."""
        rows = self._book.execute("SELECT * FROM published WHERE publication_id = ?", (publication_id,))
        return {
            r["student"]: PublishedMark(
                r["student"], State(r["state"]), r["score"], r["max_score"], json.loads(r["exercises"]),
                r["report_id"],
            )
            for r in rows
        }  # fmt: skip

    def changes(self) -> tuple[Change, ...]:
        """Who differs now from the last publication, and in what; everybody with a mark before the first."""
        from grader.gradebook.publications import changes

        return changes(self)

    def audit_log(self) -> tuple[AuditRow, ...]:
        """Who did what, the oldest first."""
        rows = self._book.execute("SELECT * FROM audit ORDER BY id")
        return tuple(
            AuditRow(datetime.fromisoformat(r["at"]), r["who"], r["what"], r["detail"]) for r in rows
        )

    def _marks(
        self,
        person: Person,
        row: sqlite3.Row | None,
        waivers: Sequence[Waiver],
        adjustments: Sequence[Adjustment],
        written: Mapping[str, WrittenMark],
    ) -> StudentMarks:
        assignment = self.assignment
        # Who is only on the roster may have a row all the same, so that a publication can name them.
        handed_in = row is not None and bool(row["report_id"] or row["trouble"])
        graded: dict[str, ExerciseMark] = {}
        if row is not None and row["summary"]:
            graded = {mark.id: mark for mark in read_summary(row["summary"])}
        marks = exercise_marks(
            assignment, graded, submitted=handed_in, waivers=waivers, written=written,
            adjustments=adjustments,
        )  # fmt: skip
        score, notes = adjusted(total(marks), [a for a in adjustments if not a.exercise])
        received = time_of(row["received"]) if row is not None else None
        late = lateness(
            received, marked_late=bool(row is not None and row["marked_late"]), due=assignment.due,
            extension=person.extension, rule=assignment.late,
        )  # fmt: skip
        strict = [mark.strict_score for mark in marks if mark.strict_score is not None]
        by_hand = bool(written) or score is not None
        state = State.GRADED if graded or by_hand else State.UNGRADED if handed_in else State.NOT_SUBMITTED
        return StudentMarks(
            student=person, state=state, score=score, penalised=penalised(score, late),
            strict_score=sum(strict) if strict else None, max_score=sum(mark.max_score for mark in marks),
            exercises=marks, lateness=late,
            provisional=handed_in and any(m.provisional or m.status == "ungraded" for m in marks),
            trouble=row["trouble"] if row is not None else "", notes=notes,
            report_id=row["report_id"] if row is not None else None,
            sha256=(row["sha256"] or "") if row is not None else "",
            attempt=(row["attempt"] or "") if row is not None else "", received=received,
        )  # fmt: skip
