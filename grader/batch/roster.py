"""Rosters, groups and extensions as CSV, whichever program wrote them: with commas, semicolons or tabs.

Columns, in any order and case (more may be there):
roster      student, and where they are known name, email, section, group, extension_until or extension_days
groups      group, student
extensions  student, extension_until (2026-12-03T23:59:00+01:00; without a zone, that of `due`) or extension_days
"""

from __future__ import annotations

import csv
import difflib
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from grader.batch.errors import BatchError
from grader.gradebook.rows import Person
from grader.nearest import did_you_mean
from grader.submission.files import read_bytes
from grader.submission.types import SubmissionError
from grader.text import one_line

ALIASES: Mapping[str, tuple[str, ...]] = {
    "student": ("student", "student_id", "id", "sid", "username", "login", "user_id", "sis user id"),
    "name": ("name", "full_name", "student_name"),
    "email": ("email", "e-mail", "e_mail", "mail", "email_address"),
    "section": ("section", "sections", "class"),
    "group": ("group", "team"),
    "extension_until": ("extension_until", "until", "extended_until"),
    "extension_days": ("extension_days", "days"),
    "points": ("points", "score", "marks"),
    "exercise": ("exercise",),
    "comment": ("comment", "feedback"),
}
LARGEST = 20_000_000
MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number in the file, and what it says by column."""

    line: int
    values: Mapping[str, str]


@dataclass(slots=True)
class Roster:
    """Everybody who is on the roster, by id; empty where there is none."""

    people: dict[str, Person] = field(default_factory=dict)
    given: bool = False
    """Whether there is one, so that a student who is not on it is unknown."""
    extensions: bool = False
    """Whether it has a column for extensions, so that an empty cell says that there is none."""


def table(
    path: Path,
    *,
    needs: tuple[str, ...],
    may: tuple[str, ...] = (),
    instead: Mapping[str, str] | None = None,
) -> Iterator[Row]:
    """The lines of a CSV with these columns. Raises BatchError, with the line's number.

    `instead` says for a column what else may be done where it is missing.
    """
    shown = one_line(str(path), limit=300)
    try:
        data = read_bytes(path, name=shown, limit=LARGEST)
    except SubmissionError as error:
        raise BatchError(f"{shown} {error.problem}") from None
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise BatchError(f"{shown}, line {line}: this is not UTF-8; save it as UTF-8") from None
    if not text.strip():
        raise BatchError(f"{shown} is empty; its first line must name the columns: {', '.join(needs)}")
    head = text.lstrip("\r\n").splitlines()[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _columns(next(reader), shown, needs, may, instead or {})
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > max(columns.values()) + 1 and len(cells) > len(head.split(delimiter)):
                raise BatchError(
                    f"{shown}, line {reader.line_num}: {len(cells)} cells under {len(head.split(delimiter))} "
                    'columns; put "quotes" around what has a comma in it'
                )
            found = {n: cells[at].strip() if at < len(cells) else "" for n, at in columns.items()}
            for name in needs:
                if not found[name]:
                    raise BatchError(f"{shown}, line {reader.line_num}: the column {name} is empty")
            yield Row(reader.line_num, found)
    except csv.Error as error:
        raise BatchError(f"{shown}, line {reader.line_num}: {error}") from None


def _columns(
    head: list[str], shown: str, needs: tuple[str, ...], may: tuple[str, ...], instead: Mapping[str, str]
) -> dict[str, int]:
    names = [cell.strip().casefold().replace(" ", "_") for cell in head]
    found: dict[str, int] = {}
    for wanted in (*needs, *may):
        for alias in ALIASES.get(wanted, (wanted,)):
            if alias.replace(" ", "_") in names:
                found[wanted] = names.index(alias.replace(" ", "_"))
                break
    missing = [name for name in needs if name not in found]
    if missing:
        there = ", ".join(one_line(cell.strip(), limit=30) for cell in head[:12] if cell.strip()) or "nothing"
        near = did_you_mean(missing[0], names)
        hint = f"; {near}" if near else f'; call the right one "{missing[0]}"'
        hint += f", {instead[missing[0]]}" if missing[0] in instead else ""
        raise BatchError(f"{shown}, line 1: there is no column {missing[0]}, but {there}{hint}")
    absent = {a.replace(" ", "_") for w in may if w not in found for a in ALIASES.get(w, (w,))}
    for at, name in enumerate(names):
        alike = difflib.get_close_matches(name, absent, n=1, cutoff=0.88) if at not in found.values() else []
        if alike:  # a column may be there for other programs, but not one that is nearly ours
            raise BatchError(
                f"{shown}, line 1: the column {one_line(head[at].strip(), limit=40)} is not known; "
                f'did you mean "{alike[0]}"?'
            )
    return found


def read_roster(
    roster: Path | None,
    groups: Path | None,
    extensions: Path | None,
    *,
    due: datetime | None,
    earlier: Mapping[str, Person] | None = None,
) -> Roster:
    """Who is in the course; without a roster those of an earlier one, if there was one. Raises BatchError."""
    made = Roster(given=roster is not None or earlier is not None)
    if roster is None:
        made.people.update(earlier or {})
    if roster is not None:
        may = ("name", "email", "section", "group", "extension_until", "extension_days")
        for row in table(roster, needs=("student",), may=may):
            _enrol(made, roster, row, due)
            made.extensions |= not row.values.keys().isdisjoint(("extension_until", "extension_days"))
        if not made.people:
            raise BatchError(f"{one_line(str(roster), limit=300)} names no student")
    if groups is not None:
        for row in table(groups, needs=("group", "student")):
            person = _member(made, groups, row)
            made.people[person.id] = replace(person, group=row.values["group"])
    if extensions is not None:
        for row in table(extensions, needs=("student",), may=("extension_until", "extension_days")):
            person = _member(made, extensions, row)
            until = _extension(extensions, row, due)
            if until is None:
                raise BatchError(
                    f"{one_line(str(extensions), limit=300)}, line {row.line}: neither extension_until nor "
                    "extension_days says how long"
                )
            made.people[person.id] = replace(person, extension=until)
    return made


def _enrol(made: Roster, path: Path, row: Row, due: datetime | None) -> None:
    id = row.values["student"]
    if id in made.people:
        raise BatchError(
            f"{one_line(str(path), limit=300)}, line {row.line}: the student {one_line(id, limit=60)} comes twice"
        )
    known = {name: row.values.get(name, "") for name in ("name", "email", "section", "group")}
    made.people[id] = Person("", id, **known, extension=_extension(path, row, due))


def _member(made: Roster, path: Path, row: Row) -> Person:
    id = row.values["student"]
    if id in made.people:
        return made.people[id]
    called = [p for p in made.people.values() if id.casefold() in (p.email.casefold(), p.name.casefold())]
    if len(called) == 1:
        return called[0]
    if len(called) > 1:
        ids = ", ".join(one_line(person.id, limit=40) for person in called[:5])
        raise BatchError(
            f"{one_line(str(path), limit=300)}, line {row.line}: {one_line(id, limit=60)} may be any of {ids}"
        )
    if made.given:
        near = did_you_mean(id, made.people)
        hint = f"; {near}" if near else ""
        raise BatchError(
            f"{one_line(str(path), limit=300)}, line {row.line}: "
            f"{one_line(id, limit=60)} is not on the roster{hint}"
        )
    return Person("", id)


def _extension(path: Path, row: Row, due: datetime | None) -> datetime | None:
    until, days = row.values.get("extension_until", ""), row.values.get("extension_days", "")
    where = f"{one_line(str(path), limit=300)}, line {row.line}"
    if not until and not days:
        return None
    if due is None:
        raise BatchError(f"{where}: an extension of what? The assignment has no `due`")
    if until:
        try:
            when = datetime.fromisoformat(until)
        except ValueError:
            raise BatchError(
                f'{where}: extension_until must be a time such as "2026-12-03T23:59:00+01:00", '
                f'got "{one_line(until, limit=40)}"'
            ) from None
        if len(until) <= 10:
            when = when.replace(hour=23, minute=59, second=59)  # a day means its end
        return when if when.tzinfo else when.replace(tzinfo=due.tzinfo)
    try:
        number = float(days.replace(",", "."))
    except ValueError:
        number = math.nan
    if not 0 <= number <= MOST_DAYS:
        raise BatchError(
            f'{where}: extension_days must be a number from 0 to {MOST_DAYS}, got "{one_line(days, limit=40)}"'
        )
    return due + timedelta(days=number)
