"""`roster.db`: who the students are, and the pseudonyms under which the gradebook knows them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.gradebook.rows import Person
from grader.gradebook.store import ROSTER, connect, time_of, transaction

_FIELDS = ("id", "name", "email", "section", "group", "extension", "path")


class People:
    """The people of a results folder. Raises GradebookError where the file cannot be used."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self._book = connect(folder / ROSTER, "roster.sql", create=create)
        with transaction(self._book):
            row = self._book.execute("SELECT value FROM secret").fetchone()
            if row is None:
                row = (secrets.token_bytes(32),)
                self._book.execute("INSERT INTO secret VALUES (?)", row)
        self._secret: bytes = row[0]

    def close(self) -> None:
        """Close the file."""
        self._book.close()

    def pseudonym(self, id: str) -> str:
        """The pseudonym of this id, the same for as long as the folder lives."""
        digest = hmac.new(self._secret, id.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return f"s{digest[:15]}"

    def enrol(self, people: Iterable[Person], *, enrolled: bool, alone: bool = False) -> None:
        """Add or change these; `enrolled` when they are on the roster, `alone` when nobody else is. Empty fields
        change nothing, but for the extension of somebody on the roster, which is as the files say now.
        """
        with transaction(self._book):
            if alone:
                self._book.execute("UPDATE people SET enrolled = 0")
            for person in people:
                extension = person.extension.isoformat() if person.extension else None
                self._book.execute(
                    """INSERT INTO people (pseudonym, id, name, email, section, "group", extension, enrolled)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pseudonym) DO UPDATE SET
                    name = ifnull(nullif(excluded.name, ''), name),
                    email = ifnull(nullif(excluded.email, ''), email),
                    section = ifnull(nullif(excluded.section, ''), section),
                    "group" = ifnull(nullif(excluded."group", ''), "group"),
                    extension = CASE WHEN excluded.enrolled THEN excluded.extension ELSE extension END,
                    enrolled = max(enrolled, excluded.enrolled)""",
                    (
                        person.pseudonym, person.id, person.name, person.email, person.section,
                        person.group, extension, enrolled,
                    ),
                )  # fmt: skip

    def came_from(self, paths: Mapping[str, str]) -> None:
        """Where each pseudonym's newest submission lies."""
        with transaction(self._book):
            self._book.executemany(
                "UPDATE people SET path = ? WHERE pseudonym = ?", [(path, who) for who, path in paths.items()]
            )

    def all(self) -> dict[str, Person]:
        """Everybody by pseudonym, in the order of their ids."""
        rows = self._book.execute("SELECT * FROM people ORDER BY id").fetchall()
        return {row["pseudonym"]: _person(row) for row in rows}

    def enrolled(self) -> frozenset[str]:
        """Ids of those on the roster, or where there is none, in a file of groups or extensions."""
        return frozenset(row["id"] for row in self._book.execute("SELECT id FROM people WHERE enrolled"))

    def forget(self, pseudonym: str) -> None:
        """Delete all that is known of somebody, from the file too."""
        with transaction(self._book):
            self._book.execute("DELETE FROM people WHERE pseudonym = ?", (pseudonym,))
        wipe(self._book)


def wipe(book: sqlite3.Connection) -> None:
    """Make what was deleted unreadable: out of the write-ahead log, and out of the pages."""
    book.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    book.execute("VACUUM")
    book.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _person(row: sqlite3.Row) -> Person:
    values = {name: row[name] for name in _FIELDS}
    values["extension"] = time_of(values["extension"])
    return Person(row["pseudonym"], **values)
