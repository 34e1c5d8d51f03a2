"""Students' code for the class report: functions found in their source, snippets that name nobody.

Nothing here runs any of it. Source that does not parse, or is out of all proportion, gives nothing.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from grader.gradebook import Person
from grader.submission import Unit

LARGEST = 100_000
"""Characters of one unit; a longer one is data, not an answer."""
LONGEST_STRING = 16
"""Longer string literals are prose: they may name somebody and say nothing about a gradient."""
LINES = 12
SHORTEST_NAME = 4
"""Parts of a person's name that are shorter stand in too many identifiers by chance."""

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_PART = re.compile(rf"\w{{{SHORTEST_NAME},}}")


@dataclass(frozen=True, slots=True)
class Function:
    """A function as a student wrote it, parsed."""

    name: str
    unit: str
    """The label of the cell or file that it is in."""
    tree: ast.FunctionDef = field(repr=False, compare=False)


def functions_of(units: Iterable[Unit], wanted: Mapping[tuple[str, str], int]) -> tuple[Function, ...]:
    """The functions by (name, unit) and the line they start in; unit "" stands for any, line 0 for the last."""
    by_unit: dict[str, set[str]] = {}
    for name, label in wanted:
        by_unit.setdefault(label, set()).add(name)
    found: dict[str, Function] = {}
    for unit in units:
        names = by_unit.get(unit.label, set()) | by_unit.get("", set())
        if not names or not any(name in unit.source for name in names):
            continue
        for node in _defined(unit.source):
            line = wanted.get((node.name, unit.label), 0)
            lines = {node.lineno, *(mark.lineno for mark in node.decorator_list)}
            if node.name in names and (not line or line in lines):
                found[node.name] = Function(node.name, unit.label, node)
    return tuple(found.values())


def _defined(source: str) -> tuple[ast.FunctionDef, ...]:
    tree = parsed(source)
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)) if tree else ()


@lru_cache(maxsize=64)
def parsed(source: str) -> ast.Module | None:
    """The tree of some source, None where it does not parse."""
    if len(source) > LARGEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a student's escapes, say
            return ast.parse(source)
    except _UNREADABLE:
        return None


def statements(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """All statements of a function in order, without its docstring; a loop comes before what is in it."""
    stack = list(reversed(_without_docstring(function.body)))
    while stack:
        node = stack.pop()
        yield node
        inner: list[ast.stmt] = []
        for name in ("body", "orelse", "finalbody"):
            inner += getattr(node, name, [])
        for handler in getattr(node, "handlers", []):
            inner += handler.body
        stack += reversed(inner)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return body[1:] if isinstance(body[0].value.value, str) else body
    return body


def head(statement: ast.stmt) -> str:
    """A statement as text; of one that holds others, its first line alone. Empty where it cannot be written."""
    try:
        return ast.unparse(statement).split("\n", 1)[0]
    except _UNREADABLE:
        return ""


def snippet(functions: Iterable[Function], node: str, person: Person | None) -> str:
    """The lines that make a node (`dx = ...`), else the function that is most likely to; naming nobody.

    Comments, docstrings and long strings are gone, and so is what contains a part of the student's name.
    """
    functions = tuple(functions)
    private = private_words(person)
    making = [
        text
        for function in functions
        for statement in _making(function, node)
        if (text := _anonymous(statement, private))
    ]
    if making:
        return "\n".join(making[:LINES])
    bodies = [text for function in functions[-1:] if (text := _anonymous(function.tree, private))]
    lines = "\n".join(bodies).split("\n") if bodies else []
    return "\n".join([*lines[:LINES], "    ..."] if len(lines) > LINES else lines)


def _making(function: Function, node: str) -> list[ast.stmt]:
    """The statements that give a node its value; before one that only calls, what its arguments were made by.

    `dx, dw, db = affine_backward(dz, cache)` is as right as dz is.
    """
    found: list[ast.stmt] = []
    last: dict[str, ast.stmt] = {}
    for statement in statements(function.tree):
        targets = _targets(statement)
        if node in targets:
            value = getattr(statement, "value", None)
            given = value.args if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else []
            names = [argument.id for argument in given if isinstance(argument, ast.Name)]
            before = [last[name] for name in names if name in last and last[name] not in found]
            found += [*sorted(dict.fromkeys(before), key=lambda each: each.lineno), statement]
        last |= dict.fromkeys(targets, statement)
    return found


def private_words(person: Person | None) -> frozenset[str]:
    """Parts of what a student is called, in small letters."""
    if person is None:
        return frozenset()
    said = f"{person.name} {person.id} {person.email.partition('@')[0]}".replace("_", " ")
    return frozenset(part.casefold() for part in _PART.findall(said))


def _targets(statement: ast.stmt) -> set[str]:
    """The names that a statement gives values to: `dx`, also of `dx[0] += 1`."""
    match statement:
        case ast.Assign(targets=targets):
            given: list[ast.expr] = list(targets)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            given = [target]
        case _:
            return set()
    names = set()
    while given:
        one = given.pop()
        if isinstance(one, ast.Tuple | ast.List):
            given += one.elts
        elif isinstance(one, ast.Subscript | ast.Starred):
            given.append(one.value)
        elif isinstance(one, ast.Name):
            names.add(one.id)
    return names


def _anonymous(node: ast.stmt, private: Collection[str]) -> str:
    try:
        copy = ast.parse(ast.unparse(node))
        return ast.unparse(ast.fix_missing_locations(_Masked(private).visit(copy)))
    except _UNREADABLE:
        return ""


class _Masked(ast.NodeTransformer):
    """Takes out whatever may say who wrote it."""

    def __init__(self, private: Collection[str]) -> None:
        self.private = private

    def _mask(self, name: str) -> str:
        folded = name.casefold()
        return "hidden" if any(word in folded for word in self.private) else name

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._mask(node.name)
        node.body = _without_docstring(node.body) or [ast.Pass()]
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._mask(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._mask(node.arg)
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.arg = self._mask(node.arg) if node.arg else node.arg
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._mask(node.attr)
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            if len(text) > LONGEST_STRING or self._mask(text) != text:
                node.value = "..." if isinstance(node.value, str) else b"..."
        return node
