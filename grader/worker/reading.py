"""A unit as statements: as it stands, by blocks where it does not parse, and as an older Python meant it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.worker.blocks import ERRORS, Unreadable, readable, why
from grader.worker.older import PRINTS, Older, may_be_older, proved
from grader.worker.older_prints import with_print_calls
from grader.worker.older_trees import bound_in, read_anew


@dataclass(slots=True)
class Read:
    """A unit's statements, and what was found while they were read."""

    label: str
    nodes: list[ast.stmt]
    older: Older
    printed: set[int] = field(default_factory=set)
    """Lines of print statements that are read as calls."""
    broken: list[tuple[int, str]] = field(default_factory=list)
    """(line, what the parser says) of what is no Python."""

    def refused(self, node: ast.stmt) -> bool:
        """Whether Python 3 refuses the statement, for a print statement in it."""
        return any(node.lineno <= line <= (node.end_lineno or line) for line in self.printed)


def read(text: str, label: str, *, is_file: bool) -> Read:
    """The unit's statements; of a text that does not parse all blocks that do."""
    older = Older(text)
    try:
        return Read(label, ast.parse(text, label).body, older)
    except ERRORS as error:
        failed = why(error)
    called, lines = with_print_calls(text)
    printed = set(lines)
    broken: list[tuple[int, str]] = []
    try:
        nodes = ast.parse(called, label).body
    except ERRORS:
        printed.clear()
        parts = list(readable(text, label, printed))
        broken = [(part.line, part.said) for part in parts if isinstance(part, Unreadable)]
        broken = broken or [(failed.line, failed.said)]
        nodes = [part for part in parts if not isinstance(part, Unreadable)]
    else:
        older.whole = is_file and proved(nodes, called)
    if printed:
        older.python[PRINTS] = min(printed)
    return Read(label, nodes, older, printed, broken)


def set_aside(units: Sequence[Read]) -> Iterator[tuple[str, int, str]]:
    """What Python 3 refuses for its print statement takes no other definition's place: there it never had it.

    Takes it out of the statements, and gives (label, line, what is to be said) for each.
    """
    if not any(unit.printed for unit in units):
        return
    kinds = (ast.FunctionDef, ast.ClassDef)
    elsewhere = {
        node.name: unit.label
        for unit in units
        for node in unit.nodes
        if isinstance(node, kinds) and not unit.older.whole and not unit.refused(node)
    }
    for unit in units:
        for node in list(unit.nodes):
            if isinstance(node, kinds) and node.name in elsewhere and unit.refused(node):
                unit.nodes.remove(node)
                other = elsewhere[node.name]
                said = f"print is a function in Python 3: this {node.name} is not read, the one in {other} is"
                yield unit.label, node.lineno, said
        if not any(map(unit.refused, unit.nodes)):
            unit.older.python.pop(PRINTS, None)


def read_as_now(units: Sequence[Read]) -> Iterator[list[ast.stmt]]:
    """The statements of each unit, with what is older as what it is called now."""
    bound = frozenset[str]()
    if any(may_be_older(unit.older) for unit in units):
        bound = frozenset(name for unit in units for name in bound_in(unit.nodes))
    for unit in units:
        yield read_anew(unit.nodes, unit.older, bound) if may_be_older(unit.older) else unit.nodes
