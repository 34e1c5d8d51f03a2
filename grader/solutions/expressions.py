"""Single expressions of a layer's source: conversions taken out, names put in, upstream times local."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from typing import Any


class _Gentle(ast.NodeTransformer):
    """Ones and conversions that change no number taken out; what keeps single precision stays.

    `alone`: all arguments have one precision, so that nothing needs to be kept in it.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self.alone = alone

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(attr="ones_like")):
                return ast.Constant(1)
            case ast.Call(func=ast.Attribute(value=ast.Compare() as mask, attr="astype")):
                return mask
            case ast.Call(func=ast.Attribute(attr="asarray"), args=[inner], keywords=given) if (
                self.alone or not given
            ):
                return inner
        return node


class _Bare(_Gentle):
    """The mathematics alone, as it is written for a number."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(attr="full_like"), args=[_, inner]):
                return inner
            case ast.Call(func=ast.Attribute(attr="asarray"), args=[inner]):
                return inner
            case ast.Call(func=ast.Attribute(value=inner, attr="copy"), args=[]):
                return inner
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(), attr="dtype"), attr="type"),
                args=[inner],
            ):
                return inner
        return super().visit_Call(node)


def gentle(node: Any, *, alone: bool) -> Any:
    """The expression without conversions that change no number."""
    return _Gentle(alone=alone).visit(copy.deepcopy(node))


def bare(node: Any) -> Any:
    """The expression with the mathematics alone."""
    return _Bare().visit(copy.deepcopy(node))


class _Put(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return copy.deepcopy(self.names[node.id]) if node.id in self.names else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult):
            for factor, other in ((node.left, node.right), (node.right, node.left)):
                if number_of(factor) == 1:
                    return other
                if number_of(factor) == -1:
                    return negated(other)
        return node


def put(node: ast.expr, names: Mapping[str, ast.expr]) -> ast.expr:
    """The expression with these names replaced; a factor of 1 or -1 is written as nothing or a sign."""
    put_: ast.expr = _Put(names).visit(copy.deepcopy(node))
    return put_


def number(value: float) -> ast.expr:
    """A number as it is written by hand: 3 rather than 3.0, a sign in front."""
    size = abs(value)
    constant = ast.Constant(int(size) if size == int(size) and size < 1e9 else size)
    return ast.UnaryOp(ast.USub(), constant) if value < 0 else constant


def number_of(node: ast.expr) -> float | None:
    """The value of a number written out; None for everything else."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -float(value)
    return None


def times(upstream: ast.expr, local: ast.expr) -> ast.expr:
    """upstream * local, from left to right: du * f * (1 - f), du / x, -du."""
    match local:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            return ast.BinOp(times(upstream, left), op, right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return negated(times(upstream, operand))
    return upstream if number_of(local) == 1 else ast.BinOp(upstream, ast.Mult(), local)


def negated(node: ast.expr) -> ast.expr:
    """-node, with the sign in front of the first factor."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            return ast.BinOp(negated(left), op, right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operand
    return ast.UnaryOp(ast.USub(), node)
