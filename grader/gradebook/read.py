"""`Gradebook`: everything that can be asked of a results folder. It changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.gradebook import tables
from grader.gradebook.content import assignment_info, unpack, unpack_units
from grader.gradebook.people import People
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
from grader.gradebook.restore import report_of
from grader.gradebook.rows import AssignmentInfo, GradebookError, Person, StudentMarks
from grader.gradebook.standing import COUNTING, student_marks
from grader.gradebook.store import BOOK, connect, time_of, told
from grader.gradebook.summary import read_summary
from grader.gradebook.totals import lateness, penalised, total
from grader.nearest import did_you_mean
from grader.report.report import Report
from grader.submission import Unit
from grader.text import one_line


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
        known = {row["pseudonym"]: row for row in self._book.execute(COUNTING)}
        waivers, adjustments = self.waivers(), self.adjustments()
        by_student: dict[str, list[Adjustment]] = {}
        for one in adjustments:
            by_student.setdefault(one.student, []).append(one)
        written = self.written()
        return tuple(
            student_marks(
                self.assignment,
                person,
                known.get(who),
                waivers,
                by_student.get(who, ()),
                written.get(who, {}),
            )
            for who, person in self.people.items()
        )

    def marks_of(self, pseudonym: str) -> StudentMarks:
        """One student's marks. Raises GradebookError for an unknown pseudonym."""
        person = self.people.get(pseudonym) or self.person(pseudonym)
        row = self._book.execute(f"{COUNTING} AND pseudonym = ?", (person.pseudonym,)).fetchone()
        mine = [a for a in self.adjustments() if a.student == person.pseudonym]
        return student_marks(
            self.assignment, person, row, self.waivers(), mine, self.written().get(person.pseudonym, {})
        )

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
        return tables.history(self._book, pseudonym)

    def runs(self) -> tuple[RunRow, ...]:
        """Every call of `chainmark grade` on this folder, the oldest first."""
        return tables.runs(self._book)

    def waivers(self) -> tuple[Waiver, ...]:
        """Those that hold."""
        return tables.waivers(self._book)

    def adjustments(self) -> tuple[Adjustment, ...]:
        """Those that hold, in the order in which they were made."""
        return tables.adjustments(self._book)

    def written(self) -> dict[str, dict[str, WrittenMark]]:
        """The newest mark that a person gave, by student and exercise."""
        return tables.written(self._book)

    def publications(self) -> tuple[Publication, ...]:
        """Every publication, the oldest first."""
        return tables.publications(self._book)

    def published(self, publication_id: int) -> dict[str, PublishedMark]:
        """What was published then, by pseudonym."""
        return tables.published(self._book, publication_id)

    def changes(self) -> tuple[Change, ...]:
        """Who differs now from the last publication, and in what; everybody with a mark before the first."""
        from grader.gradebook.publications import changes

        return changes(self)

    def audit_log(self) -> tuple[AuditRow, ...]:
        """Who did what, the oldest first."""
        return tables.audit_log(self._book)
