"""Whose work it is, and which of several attempts count: submissions matched with the roster."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from grader.batch.errors import BatchError
from grader.batch.roster import Roster
from grader.batch.work import Work
from grader.gradebook.rows import Person
from grader.nearest import did_you_mean
from grader.text import one_line

Policy = Literal["latest", "best"]
SHOWN = 3
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be graded of one student: the attempts, the oldest first."""

    person: Person
    works: tuple[Work, ...]


def turns(works: Iterable[Work], roster: Roster, *, policy: Policy, unknown: str) -> tuple[Turn, ...]:
    """Everybody's attempts, in the order of ids. Raises BatchError for unknown students and for double claims.

    `unknown` is "refuse", "skip" or "grade": what happens to work of somebody who is not on the roster.
    """
    people, strangers = _matched(works, roster)
    if strangers and unknown == "refuse":
        raise BatchError(_unknown(strangers, roster))
    if unknown == "grade":
        for work in strangers:
            person = Person("", work.student, work.name, work.email)
            people.setdefault(work.student, (person, []))[1].append(work)
    found = [Turn(person, _attempts(person, mine, policy)) for person, mine in people.values()]
    found += _for_groups(found, roster)
    return tuple(sorted(found, key=lambda turn: turn.person.id))


def _matched(
    works: Iterable[Work], roster: Roster
) -> tuple[dict[str, tuple[Person, list[Work]]], list[Work]]:
    people: dict[str, tuple[Person, list[Work]]] = {}
    strangers = []
    index = _index(roster.people.values())
    for work in works:
        person = _known(work, roster, index)
        if person is None and roster.given:
            strangers.append(work)
            continue
        person = person or Person("", work.student, work.name, work.email)
        people.setdefault(person.id, (person, []))[1].append(work)
    return people, strangers


def _index(people: Iterable[Person]) -> dict[str, list[Person]]:
    """By everything that may name a person besides the id, whatever the case."""
    index: dict[str, list[Person]] = {}
    for person in people:
        keys = {
            person.id,
            person.email,
            person.email.partition("@")[0],
            person.name,
            *_sort_keys(person.name),
        }
        for key in {_plain(key) for key in keys} - {""}:
            index.setdefault(key, []).append(person)
    return index


def _known(work: Work, roster: Roster, index: Mapping[str, list[Person]]) -> Person | None:
    if work.student in roster.people:
        return roster.people[work.student]
    for alias in (*work.aliases, work.sort_key):
        found = index.get(_plain(alias), [])
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            ids = ", ".join(one_line(person.id, limit=40) for person in found[:SHOWN])
            raise BatchError(
                f'{_place(work)}: "{one_line(alias, limit=60)}" may be any of {ids}; '
                "let the roster's ids be those of the submissions"
            )
    return None


def _plain(text: str) -> str:
    """Composed, without case and spaces at the ends: what people take for the same name."""
    return unicodedata.normalize("NFC", text).strip().casefold()


def _sort_keys(name: str) -> set[str]:
    """A name as Canvas puts it before files: letters and digits of "last, first", in small letters."""
    if "," in name:
        last, _, first = name.partition(",")
    else:
        *before, last = name.split() or [""]
        first = " ".join(before)
    return {"".join(c for c in unicodedata.normalize("NFC", last + first).casefold() if c.isalnum())}


def _unknown(strangers: Sequence[Work], roster: Roster) -> str:
    first = strangers[0]
    names = ", ".join(one_line(work.student, limit=60) for work in strangers[:SHOWN])
    more = f" and {len(strangers) - SHOWN} more" if len(strangers) > SHOWN else ""
    near = did_you_mean(first.student, roster.people)
    hint = f"{near} " if near else ""
    return (
        f"not on the roster: {names}{more} ({_place(first)}); {hint}"
        "correct the roster, or add --unknown grade or --unknown skip"
    )


def _attempts(person: Person, works: Sequence[Work], policy: Policy) -> tuple[Work, ...]:
    """The attempts that are graded, the oldest first: one for "latest", all for "best"."""
    if len(works) == 1:
        return (works[0],)
    timed = all(work.received for work in works)
    numbered = all(work.attempt.isdigit() for work in works) and len({w.attempt for w in works}) == len(works)
    if not timed and not numbered:
        places = " and ".join(_place(work) for work in works[:2])
        raise BatchError(
            f"{len(works)} submissions claim the student {one_line(person.id, limit=60)}: {places}; "
            "leave the one that counts"
        )
    ordered = sorted(
        works, key=lambda w: (w.received or _EARLIEST, int(w.attempt) if w.attempt.isdigit() else 0)
    )
    if not numbered:
        ordered = [replace(work, attempt=str(number)) for number, work in enumerate(ordered, 1)]
    return tuple(ordered) if policy == "best" else (ordered[-1],)


def _for_groups(turns: Sequence[Turn], roster: Roster) -> list[Turn]:
    """For members who handed in nothing themselves: what their group handed in last."""
    theirs: dict[str, Turn] = {}
    for turn in sorted(turns, key=lambda turn: (turn.works[-1].received or _EARLIEST, turn.person.id)):
        if turn.person.group:
            theirs[turn.person.group] = turn
    having = {turn.person.id for turn in turns}
    return [
        Turn(person, theirs[person.group].works)
        for person in roster.people.values()
        if person.group in theirs and person.id not in having
    ]


def _place(work: Work) -> str:
    return one_line("/".join(work.place.parts[-2:]), limit=120)
