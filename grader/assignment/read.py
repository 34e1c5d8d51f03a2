"""`read_assignment`: the format of `assignment.toml`.

[assignment]
id = "hw1"                                   # letters, digits, - _ .
title = "Backpropagation by hand"
version = "2026.1"
due = 2026-12-01T23:59:00+01:00              # optional, with its zone
reader = "practice"                          # what students see before closing: "practice" or "closed"
hints = 1                                    # how many degrees of hints they see before closing, 0 to 9
hints_after_closing = 9
follow_through = true                        # left out: as each exercise says
allowed_modules = ["scipy"]                  # besides NumPy and the plain standard modules
exercises_from = ["my_exercises"]            # a course's own exercises; folders relative to this file

[limits]                                     # for one call of a student's function
cpu_seconds = 10
wall_seconds = 100                           # left out: ten times the CPU time
memory_mb = 1024

[late]                                       # left out: late work loses nothing; it needs `due`
percent_a_day = 10                           # of what was earned, for each day begun
grace_minutes = 15                           # so much later still counts as in time
at_most_percent = 50                         # left out: 100
closes_after_days = 7                        # later than that nothing is earned; left out: never

[[exercises]]
id = "affine"
points = 6                                   # left out: the sum of parts, else the exercise's own
parts = { out = 3, dx = 1, dw = 1, db = 1 }  # weights of what is judged
hints = 2
follow_through = false
functions = { affine_forward = "my_forward" }  # what students call the exercise's functions
accept = ["half"]                            # other conventions of the exercise that are as right here
"""

from __future__ import annotations

import datetime
import keyword
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.assignment.document import display, document, locate
from grader.assignment.entries import ENTRY, Ground, Names, entries_of
from grader.assignment.errors import AssignmentError, Problem, shown
from grader.assignment.fields import Table
from grader.assignment.types import HINT_DEGREES, LATE, RANGES, Assignment, LateRule, Limits, misfit
from grader.report.report import Reader
from grader.worker.imports import HELPERS, OURS

ASSIGNMENT = (
    "id",
    "title",
    "version",
    "due",
    "reader",
    "hints",
    "hints_after_closing",
    "follow_through",
    "allowed_modules",
    "exercises_from",
)
TABLES = ("assignment", "limits", "late", "exercises", "notebook")
"""`[notebook]` has the words of the notebook that is built; `grader.notebooks.page` reads it."""
HOMES = {
    **dict.fromkeys(ENTRY, "[[exercises]]"),
    **dict.fromkeys(RANGES, "[limits]"),
    **dict.fromkeys(LATE, "[late]"),
    **dict.fromkeys(ASSIGNMENT, "[assignment]"),
}
"""In which table a key belongs; those that may stand in two are at home in [assignment]."""
READERS = tuple(reader.value for reader in (Reader.PRACTICE, Reader.CLOSED))


def exercise_folders(path: Path) -> tuple[Path, ...]:
    """The folders in `exercises_from`, which have to be searched before it is clear which exercises there are.

    Raises AssignmentError if the file cannot be read or a folder is not there; looks at nothing else in it.
    """
    path = locate(path)
    problems: list[Problem] = []
    tables = Table(document(path), "", file=display(path), problems=problems)
    folders = _folders(tables.inner("assignment", "[assignment]"), path)
    _raise(problems)
    return folders


def read_assignment(
    path: Path,
    *,
    known: Mapping[str, float],
    nodes: Names | None = None,
    functions: Names | None = None,
    others: Names | None = None,
) -> Assignment:
    """The assignment in a file, or in the `assignment.toml` of a folder.

    `known` gives the points of each exercise that exists, by id; `nodes`, `functions` and `others` its nodes, its
    functions and its other conventions, without which the names in `parts`, `functions` and `accept` are taken as
    they are. Raises AssignmentError with every problem in the file.
    """
    path = locate(path)
    file = display(path)
    problems: list[Problem] = []
    tables = Table(document(path), "", file=file, problems=problems)
    tables.only(TABLES, HOMES)
    head = tables.inner("assignment", "[assignment]")
    if not tables.has("assignment"):
        tables.problem("assignment", "is missing", hint="begin with [assignment], then id, title and version")
    head.only(ASSIGNMENT, HOMES)
    made = _head(head) if tables.has("assignment") else {"hints": 1, "hints_after_closing": HINT_DEGREES[-1]}
    folders = _folders(head, path)
    limits = _limits(tables.inner("limits", "[limits]"))
    late = _late(tables.inner("late", "[late]"), due=made.get("due"))
    policy = head.flag("follow_through", None)
    ground = Ground(
        known, made["hints"], made["hints_after_closing"], policy, nodes or {}, functions or {}, others or {}
    )
    entries = entries_of(tables, HOMES, ground)
    _raise(problems)
    return Assignment(**made, exercises=entries, exercises_from=folders, limits=limits, late=late, path=path)


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise AssignmentError(tuple(problems))


def _head(table: Table) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": table.required(
            "id",
            _is_id,
            "must be up to 100 letters, digits, - _ . that begin with a letter or digit",
            '"hw1"',
        ),
        "title": table.required(
            "title", _is_line, "must be a line of text in quotes", '"Backpropagation by hand"'
        ),
        "version": table.required("version", _is_line, "must be a line of text in quotes", '"2026.1"'),
        "due": _due(table),
        "reader": Reader(
            table.take("reader", READERS[0], READERS.__contains__, 'must be "practice" or "closed"')
        ),
        "hints": table.degree("hints", 1, HINT_DEGREES),
        "hints_after_closing": table.degree("hints_after_closing", HINT_DEGREES[-1], HINT_DEGREES),
        "allowed_modules": _modules(table),
    }
    if made["hints"] > made["hints_after_closing"]:
        table.wrong("hints_after_closing", f"must be at least hints ({made['hints']})")
    return made


def _is_id(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", value) is not None


def _is_line(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable() and not value.isspace()


def _due(table: Table) -> datetime.datetime | None:
    value = table.values.get("due")
    if isinstance(value, datetime.datetime) and value.utcoffset() is not None:
        return value
    if value is not None:
        day = value if isinstance(value, datetime.date) else datetime.date(2026, 12, 1)
        time = value.time() if isinstance(value, datetime.datetime) else datetime.time(23, 59)
        example = f"{day:%Y-%m-%d}T{time:%H:%M:%S}"
        missing = "must be a date and time with its zone"
        table.wrong("due", missing, hint=f"write {example}+01:00, or {example}Z for UTC, without quotes")
    return None


def _modules(table: Table) -> tuple[str, ...]:
    names = table.strings("allowed_modules", '["scipy"]')
    for name in names:
        key, top = "allowed_modules", name.partition(".")[0]
        if not all(part.isidentifier() and not keyword.iskeyword(part) for part in name.split(".")):
            table.problem(key, "must hold names of modules", got=shown(name))
        elif top != name:
            table.problem(key, "must hold whole packages", got=shown(name), hint=f'write "{top}"')
        elif name in OURS | HELPERS:
            table.problem(
                key, "must hold none of chainmark's own modules, which know the answers", got=shown(name)
            )
    return tuple(dict.fromkeys(names))


def _folders(table: Table, path: Path) -> tuple[Path, ...]:
    folders: dict[str, Path] = {}
    for name in table.strings("exercises_from", '["my_exercises"]'):
        key = "exercises_from"
        folder = path.parent / name
        if not name or os.path.isabs(name):
            table.problem(key, "must hold folders relative to this file", got=shown(name))
        elif not os.path.isdir(folder):
            table.problem(
                key, "must hold folders that exist", got=shown(name), hint=f"looked for {display(folder)}"
            )
        elif (real := os.path.realpath(folder)) in folders:
            table.problem(key, "must name a folder once", got=f"{shown(name)} again")
        else:
            folders[real] = Path(real)
    return tuple(folders.values())


def _limits(table: Table) -> Limits:
    table.only(RANGES, HOMES)
    given = {name: table.values[name] for name in RANGES if table.has(name)}
    fine = True
    for name, value in given.items():
        if expected := misfit(name, value):
            table.wrong(name, expected)
            fine = False
    if not fine:
        return Limits()
    cpu = given.get("cpu_seconds", Limits().cpu_seconds)
    given.setdefault("wall_seconds", 10 * cpu)
    if given["wall_seconds"] < cpu:
        default = "" if table.has("cpu_seconds") else ", as it is when left out"
        table.wrong("wall_seconds", f"must be at least cpu_seconds ({cpu:g}{default})")
        return Limits()
    return Limits(**given)


def _late(table: Table, *, due: object) -> LateRule:
    table.only(LATE, HOMES)
    rule: dict[str, float] = {}
    for name, (lowest, highest, unit) in LATE.items():
        if not table.has(name):
            continue
        value = table.values[name]
        if isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest:
            rule[name] = float(value)
        else:
            table.wrong(name, f"must be a number of {unit} from {lowest:g} to {highest:g}")
    if rule and due is None:
        table.problem("due", "is missing", hint="what is late can be told only from [assignment] due")
    return LateRule(**rule)
