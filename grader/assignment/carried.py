"""What a notebook carries of the assignment that it was built from, for where the assignment's file is not at hand.

Points, parts, names and hints, so that a check at home gives the points that the course gives. It decides no marks:
`chainmark grade` always goes by the assignment's own file, and what a notebook says may have been edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.assignment.entries import Ground, Names, entries_of
from grader.assignment.errors import Problem
from grader.assignment.fields import Table
from grader.assignment.types import HINT_DEGREES, Assignment, ExerciseEntry

KEY = "exercises"
"""The entry of the notebook's metadata, beside the assignment's id and version."""
MOST = 500
LONGEST = 200
"""Characters of a title."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The assignment that a notebook carries, as far as its exercises exist here."""

    assignment: Assignment
    absent: tuple[str, ...] = ()
    """Ids of exercises that only the course has."""


def to_carry(assignment: Assignment) -> dict[str, Any]:
    """What is laid into a notebook's metadata, as plain JSON data: only what differs from an exercise's own."""
    return {"title": assignment.title, KEY: [_entry(entry) for entry in assignment.exercises]}


def _entry(entry: ExerciseEntry) -> dict[str, Any]:
    said: dict[str, Any] = {"id": entry.id, "points": entry.points, "hints": entry.hints}
    if entry.parts:
        said["parts"] = dict(entry.parts)
    if entry.follow_through is not None:
        said["follow_through"] = entry.follow_through
    if entry.functions:
        said["functions"] = dict(entry.functions)
    if entry.accept:
        said["accept"] = list(entry.accept)
    return said


def carried(
    metadata: Mapping[str, Any],
    *,
    known: Mapping[str, float],
    nodes: Names | None = None,
    functions: Names | None = None,
    others: Names | None = None,
) -> Carried | None:
    """The assignment in a notebook's metadata; None where there is none, or nothing in it can be used.

    `metadata` is what stands under "chainmark"; the rest is as for `read_assignment`.
    """
    entries, id = metadata.get(KEY), metadata.get("assignment")
    title, version = metadata.get("title", id), metadata.get("version", "1")
    if not isinstance(entries, list) or len(entries) > MOST or not _is_line(id):
        return None
    named = [e for e in entries if isinstance(e, dict) and _is_line(e.get("id"))]
    here = [e for e in named if e["id"] in known]
    problems: list[Problem] = []
    table = Table({KEY: here}, "", file="the notebook", problems=problems)
    ground = Ground(known, 1, HINT_DEGREES[-1], None, nodes or {}, functions or {}, others or {})
    read = entries_of(table, {}, ground) if here else ()
    if problems or not read:
        return None
    made = Assignment(
        id=str(id),
        title=title if _is_line(title) else str(id),
        version=version if _is_line(version) else "1",
        exercises=read,
    )
    return Carried(made, tuple(e["id"] for e in named if e["id"] not in known))


def _is_line(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()
