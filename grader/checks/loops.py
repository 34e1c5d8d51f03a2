"""Loops where an exercise asks for none: said, and never a matter of marks, since the numbers are what is judged.

What counts is Python's own looping in the function itself, not in what it calls: `for`, `while` and comprehensions.
A loop over what stands written out, such as `for W in (W1, W2)` or `range(2)`, has as many rounds for any data and
is none over examples or classes.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.exercise.exercise import Exercise
from grader.findings import Finding, Verdict
from grader.report.report import Place
from grader.text import one_line

LONGEST = 60


@dataclass(frozen=True, slots=True)
class Loop:
    """The first loop of a function: its line in the source, and how it begins."""

    line: int
    text: str


def loop_findings(
    exercise: Exercise,
    places: Sequence[Place],
    sources: Mapping[str, str],
    called: Mapping[str, str],
    *,
    right: bool,
) -> list[Finding]:
    """A note for each function that loops where the exercise asks for no loop.

    `sources` are the submission's units by label, `called` what its students call a function of the exercise.
    """
    if exercise.loops:
        return []
    found = []
    for place in places:
        loop = loop_in(sources.get(place.unit, ""), called.get(place.name, place.name))
        if loop is not None:
            begins = "right, but it loops" if right else "it loops"
            said = (
                f"{begins}, and the exercise asks for no loop over the data (it costs nothing): `{loop.text}`"
            )
            where = f"{one_line(place.unit, limit=80)}, line {loop.line}"
            found.append(Finding("loops", Verdict.WARN, said, place.name, where=where))
    return found


def loop_in(source: str, function: str) -> Loop | None:
    """The first loop over data in the last function of this name; None where there is none, or nothing to read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    defined = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == function]
    if not defined:
        return None
    last = max(defined, key=lambda n: n.lineno)
    loops = [n for statement in last.body for n in ast.walk(statement) if _loops(n)]
    first = min(loops, key=lambda n: (n.lineno, n.col_offset), default=None)  # type: ignore[attr-defined]
    if first is None:
        return None
    line: int = first.lineno  # type: ignore[attr-defined]
    return Loop(line, one_line(source.splitlines()[line - 1].strip(), limit=LONGEST))


def _loops(node: ast.AST) -> bool:
    match node:
        case ast.While():
            return True
        case ast.For(iter=over) | ast.AsyncFor(iter=over):
            return not _written_out(over)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return not all(_written_out(part.iter) for part in node.generators)
    return False


def _written_out(over: ast.expr) -> bool:
    """Whether the number of rounds stands in the source: `(W1, W2)`, `range(2)`, `zip((W1, W2), (b1, b2))`."""
    match over:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return not any(isinstance(part, ast.Starred) for part in parts)
        case ast.Call(func=ast.Name(id="range"), args=parts):
            return all(isinstance(part, ast.Constant) for part in parts)
        case ast.Call(func=ast.Name(id="zip" | "enumerate" | "reversed"), args=parts):
            return bool(parts) and any(_written_out(part) for part in parts)
    return False
