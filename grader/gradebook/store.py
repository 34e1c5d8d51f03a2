"""Opening the two databases of a results folder: their versions, their settings, what their errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from grader.gradebook.rows import GradebookError
from grader.text import one_line

BOOK, ROSTER = "gradebook.db", "roster.db"
VERSION = 1
MIGRATIONS: Mapping[int, str] = {}
"""For each older version the statements that lead to the next one."""
BUSY = 20.0
"""Seconds to wait for somebody else's transaction, which takes milliseconds."""


def is_results(folder: Path) -> bool:
    """Whether there is a gradebook in it."""
    return (folder / BOOK).is_file()


def connect(path: Path, schema: str, *, create: bool = False) -> sqlite3.Connection:
    """A connection that waits for others, checks references, and wipes what it deletes. Raises GradebookError."""
    shown = one_line(str(path), limit=300)
    if not create and not path.is_file():
        raise GradebookError(
            f"{one_line(str(path.parent), limit=300)} is no results folder of `chainmark grade`: "
            f"there is no {path.name} in it"
        )
    try:
        book = sqlite3.connect(path, timeout=BUSY, isolation_level=None)
    except sqlite3.Error as error:
        raise GradebookError(told(error, shown)) from None
    try:
        book.row_factory = sqlite3.Row
        _version(book, shown)  # before any setting: WAL would change a file that is not ours
        for setting in (
            "journal_mode=WAL",  # readers see the last whole transaction while one is written
            "synchronous=NORMAL",  # survives kill -9; a power cut may lose the last submissions, never the file
            "foreign_keys=ON",
            "secure_delete=ON",  # what is forgotten is gone from the file
        ):
            book.execute(f"PRAGMA {setting}")
        _to_date(book, schema, shown)
    except sqlite3.Error as error:
        book.close()
        raise GradebookError(told(error, shown)) from None
    except BaseException:
        book.close()
        raise
    return book


def _version(book: sqlite3.Connection, shown: str) -> int:
    """The version of the file, 0 of an empty one. Raises GradebookError for a file that is not for this program."""
    (version,) = book.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise GradebookError(
            f"{shown} was written by a newer chainmark (its version is {version}, this one knows {VERSION}); "
            "update chainmark"
        )
    if version == 0 and book.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise GradebookError(f"{shown} is a database, but not of chainmark's")
    return int(version)


def _to_date(book: sqlite3.Connection, schema: str, shown: str) -> None:
    if _version(book, shown) == VERSION:
        return
    with transaction(book):
        version = _version(book, shown)  # somebody may have been quicker
        if version == 0:
            _script(book, files("grader.gradebook").joinpath(schema).read_text(encoding="utf-8"))
            version = VERSION
        for old in range(version, VERSION):
            _script(book, MIGRATIONS[old])
        book.execute(f"PRAGMA user_version={VERSION}")


def _script(book: sqlite3.Connection, text: str) -> None:
    """Statement by statement: `executescript` would commit first."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            book.execute(statement)
            statement = ""


@contextmanager
def transaction(book: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of what happens inside, or nothing."""
    book.execute("BEGIN IMMEDIATE")
    try:
        yield book
    except BaseException:
        if book.in_transaction:  # a full disk has rolled it back already
            book.execute("ROLLBACK")
        raise
    book.execute("COMMIT")


def told(error: sqlite3.Error, shown: str) -> str:
    """What SQLite says, for a person."""
    name = getattr(error, "sqlite_errorname", "") or ""
    said = {
        "SQLITE_FULL": "the disk is full; make room and run the same command again: what was written is sound",
        "SQLITE_READONLY": "it may not be written; give yourself the right to, or name another folder",
        "SQLITE_CANTOPEN": "it cannot be opened; may you write into its folder?",
        "SQLITE_NOTADB": "it is no database; was it overwritten by something else?",
        "SQLITE_CORRUPT": "it is damaged; restore the results folder from a copy, or grade into a new one",
        "SQLITE_BUSY": "somebody else is writing to it; wait and try again",
    }
    for start, text in said.items():
        if name.startswith(start):
            return f"{shown}: {text}"
    if name.startswith("SQLITE_IOERR"):
        return (
            f"{shown}: the disk could not be written or read ({name}); is it full? What was written is sound"
        )
    return f"{shown}: {one_line(str(error))}"


def now() -> str:
    """The present as the databases write it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def time_of(text: str | None) -> datetime | None:
    """A time as the databases write it."""
    return datetime.fromisoformat(text) if text else None
