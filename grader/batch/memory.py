"""What a results folder remembers of how it was graded, so that a run that says less lowers nobody's marks.

The roster, groups, extensions and which attempt counts are taken from there where a run does not give them. The key
cannot be: the folder knows only its id, so a run without it, or with another, is refused.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.batch.errors import BatchError
from grader.batch.roster import Roster
from grader.batch.work import Work
from grader.gradebook.people import People
from grader.gradebook.rows import Person
from grader.gradebook.store import BOOK, connect, is_results, told
from grader.text import one_line

GIVEN = "given"
"""The entry of the table `meta`: which tables and which policy the runs had, as JSON."""


@dataclass(frozen=True)
class Memory:
    """What the earlier runs of one assignment into one folder were given. An empty one where there were none."""

    seed: str = ""
    """Where the inputs of the last run came from; empty where nothing was graded."""
    roster: bool = False
    extensions: bool = False
    """Whether a file of extensions was given, besides what a roster says."""
    attempts: str = ""
    people: Mapping[str, Person] = field(default_factory=dict)
    enrolled: Set[str] = frozenset()
    forgotten: Set[str] = frozenset()
    """Pseudonyms."""
    pseudonym: Callable[[str], str] = str

    @classmethod
    def of(cls, folder: Path, assignment: str) -> Memory:
        """What the folder remembers. Raises GradebookError, or BatchError for a file that cannot be read."""
        if not is_results(folder):
            return cls()
        book = connect(folder / BOOK, "schema.sql")
        try:
            meta = dict(book.execute("SELECT key, value FROM meta").fetchall())
            if meta.get("assignment") != assignment:
                return cls()  # the ledger refuses it, and says why
            seed = book.execute("SELECT seed FROM runs ORDER BY id DESC LIMIT 1").fetchone()
            (graded,) = book.execute("SELECT count(*) FROM reports").fetchone()
            forgotten = {r[0] for r in book.execute("SELECT pseudonym FROM students WHERE forgotten")}
            known = People(folder)
            try:
                people = {person.id: person for person in known.all().values()}
                enrolled = known.enrolled()
            finally:
                known.close()
        except sqlite3.Error as error:
            raise BatchError(told(error, one_line(str(folder / BOOK), limit=300))) from None
        finally:
            book.close()
        given: dict[str, Any] = json.loads(meta.get(GIVEN, "{}"))
        return cls(
            seed[0] if seed and graded else "", bool(given.get("roster")), bool(given.get("extensions")),
            str(given.get("attempts", "")), people, enrolled, forgotten, known.pseudonym,
        )  # fmt: skip

    def refuse_other_inputs(self, seed: str, shown: str) -> None:
        """Raises BatchError where a run would quietly grade everybody anew on other inputs."""
        if not self.seed or self.seed == seed:
            return
        anew = "or --regrade to grade everybody anew"
        had, has = self.seed.split()[-1], seed.split()[-1]
        if seed.startswith("practice"):
            raise BatchError(
                f"{shown} was graded with the key {had}; add its --key, {anew} on public practice inputs"
            )
        if self.seed.startswith("practice"):
            raise BatchError(
                f"{shown} was graded without a key; leave --key out, {anew} on the inputs of the key {has}"
            )
        raise BatchError(
            f"{shown} was graded with the key {had}, and this one is {has}; add the right --key, {anew}"
        )

    @property
    def listed(self) -> Mapping[str, Person] | None:
        """Everybody on the last roster, by id, without what other files say; None where there was none."""
        if not self.roster:
            return None
        return {id: replace(self.people[id], extension=None, group="") for id in sorted(self.enrolled)}

    def completed(
        self, roster: Roster, works: Iterable[Work], *, groups: bool, extensions: bool
    ) -> tuple[Roster, tuple[str, ...]]:
        """The roster with what this run was not given, and a line on each that was taken from the folder.

        `groups` and `extensions` say whether this run has files of these; what they leave out is meant to be gone.
        """
        made = replace(roster, people=dict(roster.people))
        if self.roster and roster.given:
            # Whoever was forgotten is on no list that is kept, and is no stranger either.
            for alias in (alias for work in works for alias in work.aliases):
                if self.pseudonym(alias) in self.forgotten:
                    made.people.setdefault(alias, Person("", alias))
        if not roster.given:
            for id, person in self.people.items():
                if person.extension or person.group:
                    made.people.setdefault(id, Person("", id))
        # Somebody's empty cell in a roster that has the column takes an extension back, but not one from a file.
        keeps_until = not extensions and (self.extensions or not roster.extensions)
        until, grouped, lost = 0, 0, []
        for id, person in made.people.items():
            before = self.people.get(id)
            if before is None:
                continue
            extension, group = person.extension, person.group
            if before.extension and not extension and keeps_until:
                extension = before.extension
                until += 1
            elif before.extension and not extension:
                lost.append(one_line(id, limit=40))
            if before.group and not group and not groups:
                group = before.group
                grouped += 1
            made.people[id] = replace(person, extension=extension, group=group)
        notes = []
        if until:
            notes.append(f"extensions of the last run still hold, {until} of them; --extensions changes that")
        if lost:
            shown = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
            notes.append(f"no extension any more, by the files of this run: {shown}")
        if grouped:
            notes.append("the groups of the last run still hold; --groups changes that")
        return made, tuple(notes)

    def given(self, *, roster: bool, extensions: bool, attempts: str) -> str:
        """What is to be remembered after this run; a table counts until another one replaces it."""
        return json.dumps(
            {
                "roster": roster or self.roster,
                "extensions": extensions or self.extensions,
                "attempts": attempts,
            }
        )
