"""The line of the student's that writes into an argument: `x -= x.max()`, or `dx = dout` and then `dx[...] = 0`.

That an argument has changed is seen from outside, by its values; which line did it is read from the source. Where
no line of the function itself does (it calls another, or a list is changed element by element), none is named.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.exercise import Exercise, LayerExercise
from grader.findings import Finding
from grader.report.report import Place
from grader.text import one_line

VIEWS = frozenset(
    {"T", "reshape", "ravel", "view", "squeeze", "transpose", "swapaxes", "asarray", "atleast_2d"}
)
"""What gives the same numbers under another shape, without a copy; some only where they can."""
CHANGING = frozenset(
    {"sort", "fill", "put", "partition", "resize", "append", "extend", "pop", "clear", "update"}
)
"""Methods that change what they are called on."""
INTO_FIRST = frozenset({"at", "copyto", "put", "place", "putmask", "fill_diagonal", "shuffle"})
"""NumPy's functions that write into their first argument."""
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Written:
    """A line that writes into an argument, and the one before it that gave the argument a second name."""

    line: int
    text: str
    alias: str = ""


def with_lines(
    findings: Sequence[Finding],
    exercise: Exercise,
    places: Sequence[Place],
    sources: Mapping[str, str],
    called: Mapping[str, str],
) -> list[Finding]:
    """The findings, those about a changed argument with the line that does it.

    `sources` are the submission's units by label, `called` what its students call a function of the exercise.
    """
    return [
        _located(f, exercise, places, sources, called) if f.check == "unchanged" and not f.where else f
        for f in findings
    ]


def _located(
    finding: Finding,
    exercise: Exercise,
    places: Sequence[Place],
    sources: Mapping[str, str],
    called: Mapping[str, str],
) -> Finding:
    for place in places:
        written = written_in(
            sources.get(place.unit, ""),
            called.get(place.name, place.name),
            finding.argument,
            _position(exercise, place.name, finding.argument),
        )
        if written is not None:
            said = f"{finding.message}: `{written.text}` writes into it"
            if written.alias:
                said += f", since `{written.alias}` makes no copy, only a second name"
            where = f"{one_line(place.unit, limit=80)}, line {written.line}"
            return replace(finding, message=said, where=where)
    return finding


def _position(exercise: Exercise, function: str, argument: str) -> int | None:
    """At which place the function takes the argument, whatever the student calls it there."""
    if argument.startswith("argument "):
        return int(argument.split()[1]) - 1
    if not isinstance(exercise, LayerExercise):
        return None
    layer = exercise.layer
    names = [f"d{out}" for out in layer.outputs] if function == exercise.backward else []
    names = names or [spec.name for spec in layer.inputs]
    return names.index(argument) if argument in names else None


def written_in(source: str, function: str, argument: str, position: int | None = None) -> Written | None:
    """The first line of the function that writes into the argument; None where none is seen to."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == function]
    if not found:
        return None
    parameters = [each.arg for each in found[-1].args.args]
    mine = parameters[position] if position is not None and position < len(parameters) else argument
    names = {mine: ""}
    for statement in _statements(found[-1]):
        text = one_line(ast.get_source_segment(source, statement) or "", limit=LONGEST)
        root = next((name for name in _roots(statement) if name in names), None)
        if root is not None:
            return Written(statement.lineno, text, names[root])
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                seen = _viewed(statement.value)
                if seen in names:
                    names[target.id] = names[target.id] if target.id == seen else text
                else:
                    names.pop(target.id, None)
    return None


def _statements(function: ast.FunctionDef) -> list[ast.stmt]:
    """Every simple statement, in the order of the lines."""
    simple = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Delete, ast.Return)
    return sorted(
        (n for n in ast.walk(function) if isinstance(n, simple)), key=lambda n: (n.lineno, n.col_offset)
    )


def _roots(statement: ast.stmt) -> Iterator[str]:
    """Names of arrays that a statement writes into."""
    match statement:
        case ast.AugAssign(target=target):
            yield _root(target)
        case ast.Assign(targets=targets):
            yield from (_root(target) for target in targets if isinstance(target, ast.Subscript))
        case ast.Delete(targets=targets):
            yield from (_root(target) for target in targets if isinstance(target, ast.Subscript))
    for call in (n for n in ast.walk(statement) if isinstance(n, ast.Call)):
        if isinstance(call.func, ast.Attribute):
            if call.func.attr in CHANGING:
                yield _root(call.func.value)
            if call.func.attr in INTO_FIRST and call.args:
                yield _root(call.args[0])
        yield from (_root(keyword.value) for keyword in call.keywords if keyword.arg == "out")


def _root(node: ast.expr) -> str:
    """The name at the bottom of `x[0].T[1:]`; empty where there is none."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _viewed(node: ast.expr) -> str:
    """The name whose own numbers an expression hands on, without a copy; empty where it makes new ones."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr="T"):
            return _viewed(value)
        case ast.Subscript(value=value, slice=ast.Slice() | ast.Constant()):
            return _viewed(value)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=attr), args=[first, *_]) if (
            attr in VIEWS
        ):
            return _viewed(first)
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in VIEWS:
            return _viewed(value)
    return ""
