"""Similar wrong answers, for staff only: wrong code that hardly anybody else writes and that some share.

Right code resembles right code. What is compared is wrong code alone, statement by statement, whatever its local
names; what was handed out, and what more than a few write, is left out first. What remains is a reason to look at
two submissions side by side, and proves nothing.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from grader.class_report.code import Function, head, parsed, statements
from grader.class_report.data import ClassData, Wrong, is_wrong

FEW, MOST = 5, 20
"""A statement is rare that at most FEW write, or 5 % of the class where that is more, up to MOST."""
LEAST_STATEMENTS = 2
LEAST_NODES = 30
"""Nodes of the syntax tree in all that is shared: about three short lines."""
LEAST_SHARE = 0.5
"""Of the rare statements of whoever has fewer."""
LARGEST_STATEMENT = 2000


@dataclass(frozen=True, slots=True)
class Alike:
    """Students whose wrong code for one exercise has rare statements in common."""

    exercise: str
    students: tuple[str, ...]
    shared: tuple[str, ...]
    """The statements, as one of them wrote them."""


@dataclass(frozen=True, slots=True)
class SameFile:
    """Students who handed in the very same file, with something wrong in it."""

    students: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    size: int
    text: str


def alike(data: ClassData) -> tuple[Alike, ...]:
    """Groups of students, the largest overlap first. Members of one group that works together are not compared."""
    by_exercise: dict[str, list[Wrong]] = {}
    for wrong in data.wrong:
        by_exercise.setdefault(wrong.exercise.id, []).append(wrong)
    found = [row for exercise, made in by_exercise.items() for row in _alike(data, exercise, made)]
    return tuple(sorted(found, key=lambda row: (-len(row.shared), row.exercise, row.students)))


def same_files(data: ClassData) -> tuple[SameFile, ...]:
    """Files that several students handed in and that are not all right."""
    by_hash: dict[str, list[str]] = {}
    for marks in data.students:
        if marks.sha256 and any(is_wrong(mark) for mark in marks.exercises):
            by_hash.setdefault(marks.sha256, []).append(marks.student.pseudonym)
    return tuple(
        SameFile(tuple(students))
        for students in by_hash.values()
        if any(not _together(data, one, other) for one, other in combinations(students[:MOST], 2))
    )


def fingerprints(functions: Iterable[Function]) -> dict[str, _Statement]:
    """Each statement by its form without local names."""
    found: dict[str, _Statement] = {}
    for function in functions:
        own = _local(function.tree)
        for statement in statements(function.tree):
            text = head(statement)
            if not text or isinstance(
                statement, ast.Pass | ast.Return | ast.Raise | ast.Import | ast.ImportFrom
            ):
                continue
            form = _form(text, own)
            if form is not None:
                found.setdefault(f"{function.name}:{form[0]}", _Statement(form[1], text))
    return found


def _alike(data: ClassData, exercise: str, made: Iterable[Wrong]) -> list[Alike]:
    wrote: dict[str, dict[str, _Statement]] = {wrong.student: fingerprints(wrong.functions) for wrong in made}
    right = [fingerprints(functions) for functions in data.right_code.get(exercise, ())]
    spread = Counter(form for forms in [*wrote.values(), *right] for form in forms)
    most = max(FEW, min(MOST, (len(wrote) + len(right)) // 20))
    given = _given(data.starters.get(exercise, ""))
    rare = {
        who: {form for form in forms if 1 < spread[form] <= most and form not in given}
        for who, forms in wrote.items()
    }
    totals = {
        who: sum(spread[form] <= most and form not in given for form in forms) for who, forms in wrote.items()
    }
    by_form: dict[str, list[str]] = {}
    for who, forms in rare.items():
        for form in forms:
            by_form.setdefault(form, []).append(who)
    pairs: Counter[tuple[str, str]] = Counter()
    for students in by_form.values():
        pairs.update(combinations(sorted(students), 2))
    joined: dict[str, str] = {}
    for (one, other), count in pairs.items():
        if count < LEAST_STATEMENTS or _together(data, one, other):
            continue
        shared = rare[one] & rare[other]
        size = sum(wrote[one][form].size for form in shared)
        if size >= LEAST_NODES and count >= LEAST_SHARE * min(totals[one], totals[other]):
            joined[_root(joined, other)] = _root(joined, one)
    groups: dict[str, list[str]] = {}
    for who in sorted(rare):
        groups.setdefault(_root(joined, who), []).append(who)
    return [
        Alike(exercise, tuple(students), _shared(students, rare, wrote))
        for students in groups.values()
        if len(students) > 1
    ]


def _shared(
    students: list[str], rare: Mapping[str, set[str]], wrote: Mapping[str, Mapping[str, _Statement]]
) -> tuple[str, ...]:
    """What at least two of the group share, in the order in which the first of them wrote it."""
    counts = Counter(form for who in students for form in rare[who])
    found: dict[str, str] = {}
    for who in students:
        for form, statement in wrote[who].items():
            if counts[form] > 1:
                found.setdefault(form, statement.text)
    return tuple(found.values())


def _root(joined: dict[str, str], who: str) -> str:
    while joined.get(who, who) != who:
        who = joined[who]
    return who


def _together(data: ClassData, one: str, other: str) -> bool:
    groups = [
        data.by_pseudonym[who].student.group if who in data.by_pseudonym else "" for who in (one, other)
    ]
    return bool(groups[0]) and groups[0] == groups[1]


def _given(starter: str) -> set[str]:
    tree = parsed(starter)
    if tree is None:
        return set()
    return set(
        fingerprints(Function(n.name, "", n) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))
    )


def _local(function: ast.FunctionDef) -> frozenset[str]:
    """The names that a function gives values to, its arguments among them."""
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return frozenset(stored | {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)})


def _form(text: str, own: frozenset[str]) -> tuple[str, int] | None:
    """A statement with its local names numbered as they come, and how many nodes its tree has."""
    if len(text) > LARGEST_STATEMENT:
        return None
    tree = parsed(text if not text.endswith(":") else f"{_closed(text)} pass")
    if tree is None:
        return None
    numbers: dict[str, int] = {}
    parts: list[str] = []
    for node in ast.walk(tree):
        parts.append(type(node).__name__)
        if isinstance(node, ast.Name):
            parts.append(f"v{numbers.setdefault(node.id, len(numbers))}" if node.id in own else node.id)
        elif isinstance(node, ast.Attribute):
            parts.append(node.attr)
        elif isinstance(node, ast.Constant):
            parts.append(repr(node.value)[:80])
        elif isinstance(node, ast.keyword):
            parts.append(str(node.arg))
    return " ".join(parts), len(parts)


def _closed(text: str) -> str:
    """The first line of a compound statement so that it parses alone."""
    return f"if {text[5:]}" if text.startswith("elif ") else text
