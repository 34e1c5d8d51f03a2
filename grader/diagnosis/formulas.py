"""Formulas as text, one a line, and what they come to: the words that `grader.diagnosis.worked` is written in.

    N = rows(x)
    ---
    p = exp(x) / total(exp(x), 1)
    dx = (p - onehot(y, x)) / N

Above the dashes stands what is given, below them what may be got wrong. A formula with one thing changed shares
all but a few of its parts with the right one, and those are not worked out again.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from grader.exercise.exercise import Array, Situation

DASHES = "---"
EACH_STEP = "each step:"
"""Where formulas begin with this, they are those of one step of a sequence: see `worked_steps`."""

Values = Mapping[str, Any]


def _sigmoid(x: Array) -> Array:
    z = np.exp(-np.abs(x))
    return np.asarray(np.where(np.asarray(x) >= 0, 1, z) / (1 + z))


def _onehot(y: Array, like: Array) -> Array:
    return np.asarray(np.eye(np.shape(like)[-1])[np.asarray(y).astype(int)])


def _heads(a: Array, heads: float) -> Array:
    """(N, T, E) -> (N, H, T, E/H)."""
    n, t, e = a.shape
    return a.reshape(n, t, int(heads), e // int(heads)).swapaxes(1, 2)


def _joined(a: Array) -> Array:
    """(N, H, T, D) -> (N, T, H D)."""
    n, h, t, d = a.shape
    return a.swapaxes(1, 2).reshape(n, t, h * d)


def _folded(a: Array, shape: tuple[int, ...]) -> Array:
    """Summed over the axes along which something of this shape was stretched."""
    a = np.sum(a, axis=tuple(range(np.ndim(a) - len(shape))))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1 and np.shape(a)[axis] != 1)
    return np.asarray(np.sum(a, axis=stretched, keepdims=True))


VOCABULARY: Mapping[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "cosh": np.cosh,
    "σ": _sigmoid,
    "sqrt": np.sqrt,
    "sign": np.sign,
    "abs": np.abs,
    "least": np.minimum,
    "where": np.where,
    "outer": np.outer,
    "sum": lambda a, axis: np.sum(a, axis=axis),
    "total": lambda a, axis: np.sum(a, axis=axis, keepdims=True),
    "mean": lambda a, axis: np.mean(a, axis=axis, keepdims=True),
    "average": lambda a, axis: np.mean(a, axis=axis),
    "highest": lambda a, axis: np.max(a, axis=axis),
    "largest": lambda a, axis: np.max(a, axis=axis, keepdims=True),
    "everything": lambda a: np.sum(a) * np.ones_like(a),
    "ones": np.ones_like,
    "zeros": np.zeros_like,
    "rows": lambda a: float(np.shape(a)[0]),
    "columns": lambda a: float(np.shape(a)[1]),
    "entries": lambda a: float(np.size(a)),
    "size": lambda a, axis: float(np.shape(a)[axis]),
    "onehot": _onehot,
    "moved_on": lambda a, classes: np.roll(a, classes, axis=-1),
    "column": lambda y: np.asarray(y, np.float64)[:, None],
    "T": lambda a: np.swapaxes(a, -1, -2) if np.ndim(a) > 1 else a,
    "option": lambda options, name, otherwise: options.get(name, otherwise),
    "reshape": lambda a, *shape: np.reshape(a, [int(n) for n in shape]),
    "like": lambda a, other: np.reshape(a, np.shape(other)),
    "part": lambda a, place, count: np.split(a, count, axis=-1)[place],
    "side_by_side": lambda *parts: np.concatenate(parts, axis=-1),
    "heads": _heads,
    "joined": _joined,
    "over_steps": lambda a, b: np.einsum("ntd,ntm->dm", a, b),
    "folded": lambda a, other: _folded(a, np.shape(other)),
    "spread": lambda a, other: np.broadcast_to(a, np.shape(other)),
    "diagonal": lambda a: np.diag(np.asarray(a, np.float64)),
}
"""What formulas may be made of. `total`, `mean` and `largest` keep the axis they go
over, with size 1; `sum`, `average` and `highest` drop it."""

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One formula: `name` = `formula`."""

    name: str
    formula: ast.expr
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Formulas:
    """All lines, how many of them are given, and for each part of a formula (by its id) what it reads."""

    lines: tuple[Line, ...]
    given: int
    reads: Mapping[int, frozenset[str]]

    @property
    def counts(self) -> tuple[str, ...]:
        """Names that count something, as is given."""
        return tuple(line.name for line in self.lines[: self.given] if _counts(line.formula))

    def leading_to(self, name: str) -> frozenset[int]:
        """The lines on which the last one of this name depends, itself included."""
        wanted, found = {name}, set()
        for place in reversed(range(len(self.lines))):
            if self.lines[place].name in wanted:
                found.add(place)
                wanted |= self.lines[place].reads
        return frozenset(found)


def _counts(formula: ast.expr) -> bool:
    called = [
        n.func.id for n in ast.walk(formula) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    ]
    return bool(called) and set(called) <= {"rows", "columns", "entries", "size"}


@cache
def parsed(text: str) -> Formulas:
    """Formulas from their text. Raises SyntaxError for a line that is not a name, = and an expression."""
    above, dashes, below = text.partition(DASHES)
    parts = [[_line(line.strip()) for line in part.splitlines() if line.strip()] for part in (above, below)]
    lines = (*parts[0], *parts[1])
    reads: dict[int, frozenset[str]] = {}
    for line in lines:
        _note(line.formula, reads)
    return Formulas(lines, len(parts[0]) if dashes else 0, reads)


def _line(text: str) -> Line:
    name, equals, formula = text.partition(" = ")
    if not equals or not name.isidentifier():
        raise SyntaxError(f"a worked formula is a name, = and an expression, but this is {text!r}")
    tree = ast.parse(formula, mode="eval").body
    named = frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))
    return Line(ast.parse(name).body[0].value.id, tree, named - set(VOCABULARY))  # type: ignore[attr-defined]


def _note(node: ast.expr, reads: dict[int, frozenset[str]]) -> frozenset[str]:
    found = frozenset((node.id,)) if isinstance(node, ast.Name) else frozenset()
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.expr):
            found |= _note(part, reads)
    reads[id(node)] = found
    return found


class Worked:
    """All the formulas worked out in one situation, and again with one of them changed."""

    def __init__(self, formulas: Formulas, situation: Situation) -> None:
        own = {line.name for line in formulas.lines}
        self._formulas = formulas
        self._parts: dict[int, Any] = {}
        self.values: dict[str, Any] = {
            name: np.asarray(value, np.float64) if isinstance(value, np.ndarray) else value
            for name, value in situation.items()
            if name not in own
        }
        for line in formulas.lines:
            self.values[line.name] = self._value(line.formula, self.values, frozenset(), keep=True)

    def changed(self, place: int, formula: ast.expr, node: str) -> Any:
        """What `node` comes to with another formula at this line."""
        lines = self._formulas.lines
        values = dict(self.values)
        values[lines[place].name] = self._value(formula, values, frozenset())
        touched = frozenset((lines[place].name,))
        for line in lines[place + 1 :]:
            if line.reads & touched:
                values[line.name] = self._value(line.formula, values, touched)
                touched |= {line.name}
        return values[node]

    def _value(
        self, node: ast.expr, values: Mapping[str, Any], touched: frozenset[str], *, keep: bool = False
    ) -> Any:
        """A part's value; one that reads nothing touched is as it was."""
        key = id(node)
        if not keep and key in self._parts and not (touched and self._formulas.reads[key] & touched):
            return self._parts[key]
        found = self._worked_out(node, values, touched, keep)
        if keep:
            self._parts[key] = found
        return found

    def _worked_out(
        self, node: ast.expr, values: Mapping[str, Any], touched: frozenset[str], keep: bool
    ) -> Any:
        return _combined(node, values, lambda part: self._value(part, values, touched, keep=keep))


def value(formula: ast.expr, values: Values) -> Any:
    """What a formula comes to."""
    return _combined(formula, values, lambda part: value(part, values))


def _combined(node: ast.expr, values: Values, part: Callable[[ast.expr], Any]) -> Any:
    """A formula's value from those of its parts."""
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=number):
            return number
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](part(left), part(right))
        case ast.UnaryOp(operand=operand):
            return -part(operand)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            larger = part(left) > part(right) if isinstance(op, ast.Gt) else part(left) < part(right)
            return np.asarray(larger, np.float64)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return VOCABULARY[name](*map(part, arguments))
        case ast.Tuple(elts=elements):
            return tuple(map(part, elements))
        case ast.Subscript(value=array, slice=index):
            return part(array)[part(index)]
        case ast.Slice(lower=None, upper=None, step=None):
            return slice(None)
    raise SyntaxError(f"no formula is made of this: {ast.unparse(node)}")
