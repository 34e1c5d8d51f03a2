"""A formula with one thing changed, wherever in it, and what to call it.

What can be changed at one place is in `slips`: here a formula is walked through, and what concerns more than one
place of it is added: a name or an axis that is wrong throughout, two names exchanged.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from functools import partial

from grader.diagnosis.changed_parts import Edit, instead, joined
from grader.diagnosis.formulas import VOCABULARY
from grader.diagnosis.slips import AXES, Scope, axes_beside, slips
from grader.diagnosis.words_of_formulas import words


def edits(formula: ast.expr, scope: Scope) -> Iterator[Edit]:
    """Every copy of a formula with one change, those at one place first."""
    nothing = ast.Call(ast.Name("zeros", ast.Load()), [formula], [])
    yield instead(nothing, formula)
    yield from _within(formula, scope)
    yield from _renamed(formula, scope)
    yield from _other_axes(formula)
    for count in scope.counts:
        size = ast.Name(count, ast.Load())
        yield ast.BinOp(formula, ast.Div(), size), partial(_divided, count, formula)
    for name in scope.names:
        other = ast.Name(name, ast.Load())
        yield ast.BinOp(formula, ast.Add(), other), partial(_added, name, formula)
        yield ast.BinOp(formula, ast.Sub(), other), partial(_taken_off, name, formula)
    for name in () if isinstance(formula, ast.Name) else scope.names:
        other = ast.Name(name, ast.Load())
        yield instead(other, formula)
        yield ast.BinOp(formula, ast.Mult(), other), partial(_one_too_many, name, formula)


def _added(name: str, formula: ast.expr) -> tuple[str, str]:
    return joined(f"({ast.unparse(formula)})+{name}"), f"with {words(ast.Name(name))} added"


def _taken_off(name: str, formula: ast.expr) -> tuple[str, str]:
    return joined(f"({ast.unparse(formula)})-{name}"), f"with {words(ast.Name(name))} taken off"


def _divided(count: str, formula: ast.expr) -> tuple[str, str]:
    return joined(f"({ast.unparse(formula)})/{count}"), f"and divided by {words(ast.Name(count))}"


def _one_too_many(name: str, formula: ast.expr) -> tuple[str, str]:
    return joined(f"{name}*({ast.unparse(formula)})"), f"with {words(ast.Name(name))} as one factor too many"


def _within(node: ast.expr, scope: Scope) -> Iterator[Edit]:
    yield from slips(node, scope)
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.expr) and field != "func" and not isinstance(node, ast.Subscript):
            for new, said in _within(value, scope):
                yield _with(node, field, new), said
        elif isinstance(value, list):
            for place, part in enumerate(value):
                if isinstance(part, ast.expr) and not (isinstance(node, ast.Call) and _is_fixed(node, place)):
                    for new, said in _within(part, scope):
                        yield _with(node, field, [*value[:place], new, *value[place + 1 :]]), said


def _with(node: ast.expr, field: str, value: object) -> ast.expr:
    copied = copy.copy(node)
    setattr(copied, field, value)
    return copied


def _is_fixed(call: ast.Call, place: int) -> bool:
    """Whether this argument says over what is summed, of what something has the shape, or which class is right."""
    return _called(call) == "onehot" or (
        place > 0 and _called(call) not in ("where", "outer", "over_steps", "side_by_side")
    )


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _renamed(formula: ast.expr, scope: Scope) -> Iterator[Edit]:
    """One name for another wherever it stands in a formula, and two names exchanged."""
    standing = [n.id for n in ast.walk(formula) if isinstance(n, ast.Name) and n.id not in VOCABULARY]
    several = list(dict.fromkeys(standing))
    for old in several:
        for new in scope.counts if old in scope.counts and standing.count(old) > 1 else ():
            yield _with_names(formula, {old: new}), partial(_said_renamed, old, new)
        for new in scope.like(old) if standing.count(old) > 1 else ():
            yield _with_names(formula, {old: new}), partial(_said_renamed, old, new)
    for place, one in enumerate(several):
        for other in several[place + 1 :]:
            yield _with_names(formula, {one: other, other: one}), partial(_said_exchanged, one, other)


def _said_renamed(old: str, new: str) -> tuple[str, str]:
    return f"{old}->{new}", f"with {words(ast.Name(new))} instead of {words(ast.Name(old))} throughout"


def _said_exchanged(one: str, other: str) -> tuple[str, str]:
    return f"{one}<->{other}", f"with {words(ast.Name(one))} and {words(ast.Name(other))} exchanged"


def _with_names(formula: ast.expr, names: dict[str, str]) -> ast.expr:
    copied = copy.deepcopy(formula)
    for part in ast.walk(copied):
        if isinstance(part, ast.Name):
            part.id = names.get(part.id, part.id)
    return copied


def _other_axes(formula: ast.expr) -> Iterator[Edit]:
    """All sums and means of a formula over another axis."""
    calls = [n for n in ast.walk(formula) if isinstance(n, ast.Call) and _called(n) in AXES]
    if len(calls) > 1 and len({ast.unparse(call.args[1]) for call in calls}) == 1:
        for axes in axes_beside(calls[0].args[1]):
            copied = copy.deepcopy(formula)
            for part in ast.walk(copied):
                if isinstance(part, ast.Call) and _called(part) in AXES:
                    part.args[1] = axes
            said = f"axes->{ast.unparse(axes)}", f"with sums and means over {_axes_said(axes)} throughout"
            yield copied, partial(_as_it_is, said)


def _as_it_is(said: tuple[str, str]) -> tuple[str, str]:
    return joined(said[0]), said[1]


def _axes_said(axes: ast.expr) -> str:
    found = ast.literal_eval(axes)
    return f"axis {found}" if isinstance(found, int) else f"axes {', '.join(map(str, found))}"
