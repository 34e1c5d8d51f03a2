"""What people get wrong at one place of a formula, in every way there is.

A factor or a term is left out, a sum is a product, a bracket is forgotten, a power stays, a mean is a sum, one name
stands where another belongs. Nothing here knows what a formula is about: it works on the tree of any expression.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.diagnosis.changed_parts import Edit, binary, call, instead, number, scaled, with_part, without

OF_ONE = ("exp", "log", "tanh", "σ", "sqrt", "sign", "abs")
"""Functions of a number: each may have been taken for another, left out, or taken twice."""

AXES = ("sum", "total", "mean")
"""Functions of an array and an axis."""

BESIDE = {
    "sum": ("total", "mean", "average", "highest"),
    "total": ("sum", "mean", "largest"),
    "mean": ("total", "average", "largest"),
}
"""What each of them may have been taken for."""

FEW = 8
"""Of so many names each may stand beside another as one factor too many; of more, that would be too much to try."""

HIGHEST = 4
"""No array of any exercise has more axes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a student has at hand where a formula stands."""

    names: tuple[str, ...]
    counts: tuple[str, ...] = ()
    """Those of the names that count something: examples, classes, pixels."""
    numbers: frozenset[str] = frozenset()
    """Those that are one number: nobody takes them for an array, nor an array for one of them."""

    def like(self, name: str) -> Iterator[str]:
        """What may be taken for this name."""
        for other in self.names:
            if (
                other != name
                and (other in self.numbers) == (name in self.numbers)
                and other not in self.counts
            ):
                yield other


def slips(node: ast.expr, scope: Scope) -> Iterator[Edit]:
    """All changes at this place of a formula, those in its parts left aside."""
    match node:
        case ast.BinOp(op=ast.Mult()):
            yield from _product(node)
        case ast.BinOp(op=ast.Div()):
            yield from _quotient(node)
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield from _sum(node)
        case ast.BinOp(op=ast.Pow()):
            yield from _power(node)
        case ast.BinOp(op=ast.MatMult()):
            yield from _matrices(node)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield without(operand, "minus of", node)
        case ast.Compare(left=left, ops=[op], comparators=right):
            yield instead(ast.Compare(left, [ast.Lt() if isinstance(op, ast.Gt) else ast.Gt()], right), node)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            yield from _function(node, name, arguments)
        case ast.Name(id=name) if name in scope.counts:
            yield from _count(node, scope)
        case ast.Name():
            yield from _name(node, scope)
        case ast.Constant(value=float() | int() as value) if value not in (0, 1):
            yield from (
                instead(number(other), node)
                for other in (1 / value, 2 * value, value / 2, value - 1, value + 1)
            )
    if isinstance(node, ast.BinOp | ast.Call):
        yield from _of_all(node)


def _of_all(node: ast.expr) -> Iterator[Edit]:
    """Of a whole part of a formula a sign, a square, a size, a sum over everything, or 1 in its place."""
    yield with_part(ast.UnaryOp(ast.USub(), node), node, "the sign of", "reversed")
    yield instead(binary(node, ast.Pow(), number(2)), node)
    yield instead(call("abs", node), node)
    yield instead(call("sqrt", node), node)
    yield instead(call("everything", node), node)
    yield instead(binary(number(1), ast.Sub(), node), node)
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)):
        yield instead(call("ones", node), node)


def _product(node: ast.BinOp) -> Iterator[Edit]:
    a, b = node.left, node.right
    yield without(a, "factor", b)
    yield without(b, "factor", a)
    yield instead(binary(a, ast.Add(), b), node)
    yield instead(binary(a, ast.Div(), b), node)
    yield instead(binary(a, ast.Sub(), b), node)
    yield instead(binary(b, ast.Sub(), a), node)
    yield from _brackets(node, b, lambda part: binary(a, ast.Mult(), part))
    yield from _brackets(node, a, lambda part: binary(part, ast.Mult(), b))
    match b:
        case ast.BinOp(left=base, op=ast.Pow(), right=power):
            yield instead(binary(binary(a, ast.Mult(), base), ast.Pow(), power), node)


def _brackets(node: ast.BinOp, inner: ast.expr, onto: Callable[[ast.expr], ast.expr]) -> Iterator[Edit]:
    """a · b + c, where a · (b + c) belongs; and what was meant for one term alone, or for the other."""
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Add | ast.Sub):
        yield instead(binary(onto(inner.left), inner.op, inner.right), node)
        yield instead(binary(inner.left, inner.op, onto(inner.right)), node)


def _quotient(node: ast.BinOp) -> Iterator[Edit]:
    a, b = node.left, node.right
    yield without(a, "division by", b)
    if not isinstance(a, ast.Constant):
        yield without(binary(number(1), ast.Div(), b), "factor", a)
    yield instead(binary(a, ast.Mult(), b), node)
    yield instead(binary(b, ast.Div(), a), node)
    yield from _brackets(node, a, lambda part: binary(part, ast.Div(), b))


def _sum(node: ast.BinOp) -> Iterator[Edit]:
    a, b = node.left, node.right
    plus = isinstance(node.op, ast.Add)
    other: ast.operator = ast.Sub() if plus else ast.Add()
    yield without(a, "term", b)
    yield without(b if plus else ast.UnaryOp(ast.USub(), b), "term", a)
    if not plus:
        yield instead(b, node)
        yield with_part(binary(b, ast.Sub(), a), node, "the sign of", "reversed")
    yield with_part(binary(a, other, b), b, "the term", "taken off" if plus else "added")
    yield instead(binary(a, ast.Mult(), b), node)
    for factor, after in ((2, "doubled"), (0.5, "halved")):
        yield with_part(binary(a, node.op, scaled(factor, b)), b, "the term", after)
        if not isinstance(a, ast.Constant):
            yield with_part(binary(scaled(factor, a), node.op, b), a, "the term", after)
    match a:
        case ast.BinOp(left=first, op=ast.Add() | ast.Sub() as op, right=second):
            turned: ast.operator = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
            yield instead(binary(binary(first, turned, second), other, b), node)
            yield with_part(first, binary(second, node.op, b), "the terms", "left out")
    match b:
        case ast.BinOp(left=base, op=ast.Pow(), right=power):
            yield instead(binary(binary(a, node.op, base), ast.Pow(), power), node)
            yield instead(binary(number(2), ast.Mult(), base), node)


def _power(node: ast.BinOp) -> Iterator[Edit]:
    base, power = node.left, node.right
    yield instead(base, node)
    match power:
        case ast.Constant(value=float() | int() as n):
            lower = base if n == 2 else binary(base, ast.Pow(), number(n - 1))
            yield instead(lower, node)
            yield instead(binary(power, ast.Mult(), lower), node)
            yield instead(binary(power, ast.Mult(), base), node)
            yield instead(binary(base, ast.Pow(), number(n + 1)), node)


def _matrices(node: ast.BinOp) -> Iterator[Edit]:
    """All ways to put two matrices together, turned or not, and in the other order."""
    for left, right in ((node.left, node.right), (node.right, node.left)):
        for first in (left, _turned(left)):
            for second in (right, _turned(right)):
                if (first, second) != (node.left, node.right):
                    yield instead(binary(first, ast.MatMult(), second), node)


def _turned(node: ast.expr) -> ast.expr:
    match node:
        case ast.Call(func=ast.Name(id="T"), args=[inner]):
            return inner
    return call("T", node)


def _function(node: ast.Call, name: str, arguments: list[ast.expr]) -> Iterator[Edit]:
    first = arguments[0]
    if name in OF_ONE:
        yield instead(first, node)
        yield instead(call(name, node), node)
        if name == "exp":
            yield instead(binary(first, ast.Mult(), call("exp", binary(first, ast.Sub(), number(1)))), node)
        yield from (instead(call(other, first), node) for other in OF_ONE if other != name)
    elif name in AXES:
        axes = arguments[1]
        yield from (instead(call(other, first, axes), node) for other in BESIDE[name])
        yield instead(first, node)
        yield instead(call("everything", first), node)
        yield from (instead(call(name, first, axis), node) for axis in axes_beside(axes))
    elif name == "where":
        condition, yes, no = arguments
        yield instead(call("where", condition, no, yes), node)
        yield instead(yes, node)
        yield instead(no, node)
        for constant in (number(0), number(1)):
            yield instead(call("where", condition, yes, constant), node)
            yield instead(call("where", condition, constant, no), node)
    elif name == "onehot":
        yield instead(call("column", first), node)
        for classes, after in ((1, "one class too far"), (-1, "one class too early")):
            yield with_part(call("moved_on", node, number(classes)), node, "the 1 of", after)
    elif name == "outer":
        yield instead(call("outer", arguments[1], first), node)
    elif name == "T":
        yield instead(first, node)


def axes_beside(node: ast.expr) -> Iterator[ast.expr]:
    """Other axes than these: the one beside, each alone, all but one, one more."""
    axes = ast.literal_eval(node)
    if isinstance(axes, int):
        yield number(1 - axes if axes in (0, 1) else axes - 1)
        return
    for axis in axes:
        yield number(axis)
        yield _tuple(other for other in axes if other != axis)
    for axis in range(HIGHEST):
        if axis not in axes:
            yield _tuple(sorted((*axes, axis)))


def _tuple(axes: Iterator[int] | list[int]) -> ast.expr:
    return ast.Tuple([number(axis) for axis in axes], ast.Load())


def _count(node: ast.Name, scope: Scope) -> Iterator[Edit]:
    """One more or one fewer, another count, a product of two, the square, its inverse."""
    for other in scope.counts:
        if other != node.id:
            yield instead(ast.Name(other, ast.Load()), node)
        yield instead(binary(node, ast.Mult(), ast.Name(other, ast.Load())), node)
    yield instead(binary(node, ast.Sub(), number(1)), node)
    yield instead(binary(node, ast.Add(), number(1)), node)
    yield instead(binary(number(1), ast.Div(), node), node)


def _name(node: ast.Name, scope: Scope) -> Iterator[Edit]:
    yield from (instead(ast.Name(other, ast.Load()), node) for other in scope.like(node.id))
    yield instead(binary(number(1), ast.Sub(), node), node)
    yield instead(binary(number(1), ast.Div(), node), node)
    for power in (2, 3):
        yield instead(binary(node, ast.Pow(), number(power)), node)
    if len(scope.names) <= FEW:
        for other in scope.names:
            yield instead(binary(node, ast.Mult(), ast.Name(other, ast.Load())), node)
    yield instead(binary(number(2), ast.Mult(), node), node)
    yield instead(binary(node, ast.Div(), number(2)), node)
    for name in ("abs", "sign", "sqrt", "everything", "ones"):
        yield instead(call(name, node), node)
    yield with_part(ast.UnaryOp(ast.USub(), node), node, "the sign of", "reversed")
