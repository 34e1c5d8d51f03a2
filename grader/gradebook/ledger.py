"""`Ledger`: the one writer of a results folder. Each submission, each action of a person, is one transaction."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.gradebook.content import pack, unpack
from grader.gradebook.lock import locked
from grader.gradebook.people import People, wipe
from grader.gradebook.read import Gradebook
from grader.gradebook.rows import GradebookError
from grader.gradebook.store import BOOK, connect, now, time_of, told, transaction
from grader.report.schema import whole
from grader.text import one_line


@dataclass(frozen=True, slots=True)
class Handed:
    """One submission, before it is graded: whose, its content, which attempt, when it came."""

    student: str
    sha256: str
    attempt: str
    received: datetime | None = None
    marked_late: bool = False


@dataclass(frozen=True, slots=True)
class Graded:
    """What grading one submission gave. `report` is packed JSON, `units` the packed source."""

    inputs: str
    complete: bool
    summary: str
    report: bytes
    units: bytes
    trouble: str = ""
    """Why part of it could not be graded; empty where all of it could."""

    def of(self, pseudonym: str) -> Graded:
        """The same for another student who handed in the very same."""
        data = json.loads(unpack(self.report))
        if data["submission"]["student"] == pseudonym:
            return self
        data["submission"]["student"] = pseudonym
        text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
        return replace(self, report=pack(text))


@dataclass(frozen=True, slots=True)
class Known:
    """The newest complete report on a submission."""

    handed: Handed
    inputs: str
    counts: bool
    """Whether the student's mark rests on it, and nothing was wrong since."""


class Ledger:
    """A results folder, open for writing, under its lock. See `Ledger.opened`."""

    def __init__(self, folder: Path, book: sqlite3.Connection, people: People) -> None:
        self.folder, self.people, self._book = folder, people, book
        self.run_id = 0

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, *, create: bool = False) -> Iterator[Ledger]:
        """The folder's ledger. Raises GradebookError: no results folder, locked, full, damaged."""
        with ExitStack() as stack:
            if not create and not (folder / BOOK).is_file():
                shown = one_line(str(folder), limit=300)
                raise GradebookError(f"{shown} is no results folder of `chainmark grade`")
            stack.enter_context(locked(folder))
            try:
                book = connect(folder / BOOK, "schema.sql", create=create)
                stack.callback(book.close)
                people = People(folder, create=create)
                stack.callback(people.close)
                yield cls(folder, book, people)
            except sqlite3.Error as error:
                raise GradebookError(told(error, one_line(str(folder / BOOK), limit=300))) from None

    def claim(self, assignment: str) -> None:
        """Make it the folder of this assignment. Raises GradebookError where it is another's already."""
        row = self._book.execute("SELECT value FROM meta WHERE key = 'assignment'").fetchone()
        if row is None:
            with transaction(self._book) as book:
                book.execute("INSERT INTO meta VALUES ('assignment', ?)", (assignment,))
        elif row[0] != assignment:
            raise GradebookError(
                f"{one_line(str(self.folder), limit=300)} has the results of {one_line(row[0])}, "
                f"not of {one_line(assignment)}; name another folder with --out"
            )

    def keep(self, name: str, value: str) -> None:
        """Keep a word about the folder as a whole, in place of what was kept under this name."""
        with transaction(self._book) as book:
            book.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def begin(
        self, content: str, *, versions: Mapping[str, str], sandbox: str, seed: str, jobs: int, path: str = ""
    ) -> int:
        """Note the start of a run with this assignment (its JSON). Returns its number."""
        digest = hashlib.sha256(content.encode()).hexdigest()
        with transaction(self._book) as book:
            book.execute(
                "INSERT OR IGNORE INTO assignments (digest, content) VALUES (?, ?)", (digest, content)
            )
            (assignment,) = book.execute("SELECT id FROM assignments WHERE digest = ?", (digest,)).fetchone()
            cursor = book.execute(
                "INSERT INTO runs (started, assignment_id, versions, sandbox, seed, jobs, path) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (now(), assignment, json.dumps(dict(versions)), sandbox, seed, jobs, path),
            )
            self.run_id = int(cursor.lastrowid or 0)
            self._note("grade", f"run {self.run_id} began: {seed}, sandbox level {sandbox}")
        return self.run_id

    def end(self, counts: Mapping[str, int]) -> None:
        """Note that the run has come to its end."""
        with transaction(self._book) as book:
            book.execute(
                "UPDATE runs SET finished = ?, counts = ? WHERE id = ?",
                (now(), json.dumps(dict(counts)), self.run_id),
            )
            self._note("grade", f"run {self.run_id} ended: {json.dumps(dict(counts))}")

    def known(self) -> dict[tuple[str, str, str], Known]:
        """By (student, sha256, attempt) what was graded completely."""
        rows = self._book.execute(
            "SELECT student, sha256, attempt, received, marked_late, inputs, "
            "trouble = '' AND report_id = reports.id AS counts FROM reports "
            "JOIN submissions ON submissions.id = submission_id "
            "JOIN students ON pseudonym = student WHERE complete ORDER BY reports.id"
        )
        found = {}
        for r in rows:
            handed = Handed(
                r["student"], r["sha256"], r["attempt"], time_of(r["received"]), bool(r["marked_late"])
            )
            found[r["student"], r["sha256"], r["attempt"]] = Known(handed, r["inputs"], bool(r["counts"]))
        return found

    def forgotten(self) -> set[str]:
        """Pseudonyms of whom nothing is kept."""
        return {r[0] for r in self._book.execute("SELECT pseudonym FROM students WHERE forgotten")}

    def unchanged(self, handed: Handed) -> None:
        """Work that was graded before, with the same inputs: that report counts again, and its time is noted."""
        with transaction(self._book):
            self._count(handed.student, self._newest(self._submission(handed)), "")

    def graded(self, handed: Handed, graded: Graded) -> None:
        """A new report. It counts unless it is incomplete where an earlier one is not."""
        with transaction(self._book) as book:
            submission = self._submission(handed)
            book.execute("INSERT OR IGNORE INTO sources VALUES (?, ?)", (handed.sha256, graded.units))
            cursor = book.execute(
                "INSERT INTO reports (submission_id, run_id, made, inputs, complete, summary, report) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    submission,
                    self.run_id,
                    now(),
                    graded.inputs,
                    graded.complete,
                    graded.summary,
                    graded.report,
                ),
            )
            self._count(handed.student, int(cursor.lastrowid or 0), whole(graded.trouble))

    def ungraded(self, handed: Handed, reason: str, detail: str = "") -> None:
        """Work that could not be graded at all. An earlier report, if there is one, goes on counting."""
        with transaction(self._book) as book:
            self._student(handed.student)
            book.execute(
                "UPDATE students SET trouble = ? WHERE pseudonym = ?", (whole(reason), handed.student)
            )
            book.execute(
                "INSERT INTO troubles (student, run_id, at, sha256, reason, detail) VALUES (?, ?, ?, ?, ?, ?)",
                (handed.student, self.run_id, now(), handed.sha256, whole(reason), whole(detail)),
            )

    def settle_best(self, students: Collection[str]) -> None:
        """Of each one's submissions let the one count that earns most, after lateness; of equal ones the newest."""
        if not students:
            return
        with Gradebook.open(self.folder) as book:
            best = {who: book.best_report(who) for who in students}
        with transaction(self._book) as changing:
            for who, report in best.items():
                if report is not None:
                    changing.execute("UPDATE students SET report_id = ? WHERE pseudonym = ?", (report, who))

    def act(self, what: str, detail: str, statement: str = "", values: tuple[object, ...] = ()) -> int:
        """One action of a person with its entry in the log. Returns the number of the row that it inserted."""
        with transaction(self._book) as book:
            row = book.execute(statement, values).lastrowid if statement else 0
            self._note(what, detail)
        return int(row or 0)

    @contextmanager
    def action(self, what: str, detail: str) -> Iterator[sqlite3.Connection]:
        """Several statements as one action with one entry in the log."""
        with transaction(self._book) as book:
            yield book
            self._note(what, detail)

    def forget(self, pseudonym: str) -> None:
        """Delete all that is kept of a student and not shared with others; nothing of theirs is graded again."""
        with self.action("forget", pseudonym) as book:
            self._student(pseudonym)
            book.execute(
                "UPDATE students SET report_id = NULL, trouble = '', forgotten = 1 WHERE pseudonym = ?",
                (pseudonym,),
            )
            mine = "submission_id IN (SELECT id FROM submissions WHERE student = ?)"
            book.execute(f"DELETE FROM reports WHERE {mine}", (pseudonym,))  # noqa: S608 - no text from outside
            for table in ("submissions", "troubles", "adjustments", "written", "published"):
                book.execute(f"DELETE FROM {table} WHERE student = ?", (pseudonym,))  # noqa: S608
            book.execute("DELETE FROM sources WHERE sha256 NOT IN (SELECT sha256 FROM submissions)")
        self.people.forget(pseudonym)
        wipe(self._book)

    def _note(self, what: str, detail: str) -> None:
        self._book.execute(
            "INSERT INTO audit (at, who, what, detail) VALUES (?, ?, ?, ?)", (now(), _who(), what, detail)
        )

    def _student(self, pseudonym: str) -> None:
        self._book.execute("INSERT OR IGNORE INTO students (pseudonym) VALUES (?)", (pseudonym,))

    def _submission(self, handed: Handed) -> int:
        self._student(handed.student)
        received = handed.received.isoformat() if handed.received else None
        (number,) = self._book.execute(
            "INSERT INTO submissions (student, sha256, attempt, received, marked_late) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (student, sha256, attempt) DO UPDATE SET received = excluded.received, "
            "marked_late = excluded.marked_late RETURNING id",
            (handed.student, handed.sha256, handed.attempt, received, handed.marked_late),
        ).fetchone()
        return int(number)

    def _newest(self, submission: int) -> int:
        (number,) = self._book.execute(
            "SELECT max(id) FROM reports WHERE submission_id = ? AND complete", (submission,)
        ).fetchone()
        return int(number)

    def _count(self, student: str, report: int, trouble: str) -> None:
        """Let the report count; an incomplete one does not displace a complete one, and is only told of."""
        counting = self._book.execute(
            "SELECT reports.id, complete FROM students JOIN reports ON reports.id = report_id WHERE pseudonym = ?",
            (student,),
        ).fetchone()
        keeps = counting is not None and counting["complete"] and trouble
        self._book.execute(
            "UPDATE students SET report_id = ?, trouble = ? WHERE pseudonym = ?",
            (counting["id"] if keeps else report, trouble, student),
        )


def _who() -> str:
    """The person at this machine, as the system knows them."""
    name = ""
    with contextlib.suppress(OSError, KeyError, ImportError):
        name = getpass.getuser()
    return one_line(name, limit=60) or "unknown"


__all__ = ["Graded", "Handed", "Known", "Ledger"]
