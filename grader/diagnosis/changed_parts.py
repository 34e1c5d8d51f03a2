"""One part of a formula in the place of another, and what to call that."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from grader.diagnosis.words_of_formulas import words

Said = Callable[[], tuple[str, str]]
"""What was changed, as an id without blanks, and in words that complete "computed ...": put into words when it is
asked for, since few of many changes ever are."""

Edit = tuple[ast.expr, Said]


def joined(id: str) -> str:
    """An id without blanks."""
    return id.replace(" ", "")


def instead(new: ast.expr, old: ast.expr) -> Edit:
    """One part in the place of another."""
    return new, partial(_said_instead, new, old)


def _said_instead(new: ast.expr, old: ast.expr) -> tuple[str, str]:
    id = joined(f"{ast.unparse(old)}->{ast.unparse(new)}")
    return id, f"with {words(new, 1)} instead of {words(old, 1)}"


def without(new: ast.expr, what: str, left_out: ast.expr) -> Edit:
    """What remains where a part was left out; `what` says what that was: a factor, a term."""
    return new, partial(_said_without, what, left_out)


def _said_without(what: str, left_out: ast.expr) -> tuple[str, str]:
    id = joined(f"without-{what.split()[0]}-{ast.unparse(left_out)}")
    return id, f"without the {what} {words(left_out, 1)}"


def with_part(new: ast.expr, part: ast.expr, before: str, after: str) -> Edit:
    """Another formula that is best said of one part: "with the term", the part, "doubled"."""
    return new, partial(_said_with, part, before, after)


def _said_with(part: ast.expr, before: str, after: str) -> tuple[str, str]:
    return joined(f"{after}:{ast.unparse(part)}").replace(" ", "-"), f"with {before} {words(part, 2)} {after}"


def binary(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
    """Two parts with a sign between them."""
    return ast.BinOp(left, op, right)


def call(name: str, *arguments: ast.expr) -> ast.expr:
    """A function of the vocabulary, of these parts."""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def number(value: float) -> ast.expr:
    """A number that is written out."""
    return ast.Constant(value)


def scaled(factor: float, node: ast.expr) -> ast.expr:
    """A part times a number; of a number, the product."""
    match node:
        case ast.Constant(value=float() | int() as value):
            return number(factor * value)
    return binary(number(factor), ast.Mult(), node)
