"""The `[[exercises]]` of an assignment: ids that exist, points, weights of parts, hints, students' own names."""

from __future__ import annotations

import keyword
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.assignment.errors import shown
from grader.assignment.fields import Table
from grader.assignment.types import HINT_DEGREES, ExerciseEntry, misnamed

ENTRY = ("id", "points", "parts", "hints", "follow_through", "functions", "accept")
MOST_POINTS = 1e6

Names = Mapping[str, Collection[str]]
"""For each exercise's id some of its names."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What entries are read against: which exercises exist, and what holds where an entry says nothing."""

    known: Mapping[str, float]
    hints: int
    hints_after_closing: int
    follow_through: bool | None
    nodes: Names = field(default_factory=dict)
    functions: Names = field(default_factory=dict)
    others: Names = field(default_factory=dict)


def entries_of(tables: Table, homes: Mapping[str, str], ground: Ground) -> tuple[ExerciseEntry, ...]:
    """All entries of the file, in its order; what is wrong with them is noted as problems.

    `homes` says in which table a key belongs that is none of an entry's.
    """
    names: tuple[str, ...] = ()
    entries: list[ExerciseEntry] = []
    taken: dict[str, str] = {}
    for place, values in enumerate(_tables(tables), 1):
        table = Table(values, f"exercises[{place}]", file=tables.file, problems=tables.problems)
        table.only(ENTRY, homes)
        name = _name(table, ground.known, names)
        names = (*names, name)
        entries.append(_entry(table, name, ground, taken))
    return tuple(entries)


def _tables(tables: Table) -> list[dict[str, Any]]:
    values = tables.values.get("exercises")
    if isinstance(values, list) and values and all(isinstance(value, dict) for value in values):
        return values
    how = 'write [[exercises]] and below it id = "...", once for each exercise'
    if values is None:
        tables.problem("exercises", "is missing", hint=how)
    else:
        tables.wrong("exercises", "must be at least one [[exercises]]", hint=how)
    return []


def _name(table: Table, known: Mapping[str, float], earlier: tuple[str, ...]) -> str:
    name: str = table.required(
        "id", lambda id: isinstance(id, str) and id != "", "must be an exercise's id in quotes", '"affine"'
    )
    if name:
        if problem := misnamed(table.file, f"{table.key}.id", name, known, earlier):
            table.problems.append(problem)
        table.about = f"in the exercise {shown(name)}"
    return name


def _entry(table: Table, name: str, ground: Ground, taken: dict[str, str]) -> ExerciseEntry:
    parts = table.inner("parts", "{ out = 3, dx = 1 }")
    parts.known_names(ground.nodes.get(name), "part")
    weights = {part: parts.number(part, 1.0, MOST_POINTS) for part in parts.values}
    hints = table.degree("hints", ground.hints, HINT_DEGREES)
    if table.has("hints") and hints > ground.hints_after_closing:
        table.wrong("hints", f"must be at most hints_after_closing ({ground.hints_after_closing})")
    renames = table.inner("functions", '{ affine_forward = "my_forward" }')
    renames.known_names(ground.functions.get(name), "function")
    worth = math.fsum(weights.values()) or float(ground.known.get(name, 1.0))
    return ExerciseEntry(
        id=name,
        points=table.number("points", worth, MOST_POINTS),
        parts=weights,
        hints=hints,
        follow_through=table.flag("follow_through", ground.follow_through),
        functions=_renamed(renames, taken),
        accept=_accepted(table, name, ground),
    )


def _accepted(table: Table, name: str, ground: Ground) -> tuple[str, ...]:
    """Names of other conventions, each one that the exercise has."""
    names = table.strings("accept", '["half"]')
    known = ground.others.get(name)
    for each in names if known is not None else ():
        if each not in (known or ()):
            advice = f"it has {', '.join(map(shown, known or ()))}" if known else "it has none"
            expected = "must hold names of other conventions that the exercise has"
            table.problem("accept", expected, got=shown(each), hint=advice)
    return tuple(names)


def _renamed(table: Table, taken: dict[str, str]) -> dict[str, str]:
    """`taken` holds, for each of the students' names in the whole file, the function that it stands for."""
    for ours, theirs in table.values.items():
        if not isinstance(theirs, str) or not theirs.isidentifier() or keyword.iskeyword(theirs):
            table.wrong(ours, "must be a function's name in quotes")
        elif taken.setdefault(theirs, ours) != ours:
            table.wrong(ours, "must be a name of its own", hint=f"{taken[theirs]} has it already")
    return dict(table.values)
