"""What an older Python or NumPy called otherwise, in a tree: names, methods, lists and division as they were."""

from __future__ import annotations

import ast
import contextlib
import copy
from collections.abc import Iterator, Sequence

import numpy as np

from grader.worker.older import (
    DIVIDED,
    DIVIDED_IN_PLACE,
    GONE,
    LISTED,
    LISTS,
    METHOD,
    METHODS,
    NAMES,
    NUMPY,
    VIEWS,
    Older,
)


def read_anew(nodes: list[ast.stmt], older: Older, bound: frozenset[str]) -> list[ast.stmt]:
    """The statements with what is older as what it is called now; what was changed is noted in `older`.

    `bound` are all names that the submission itself gives a value.
    """
    readers: list[ast.NodeTransformer] = [_Names(older, {*NAMES, *METHODS} - bound)]
    if older.whole:
        readers.insert(0, _Lists(older, LISTS - bound))
        if not any(_divides_truly(node) for node in nodes):
            readers.append(_Division(older))
    for reader in readers:
        for place, node in enumerate(nodes):
            with contextlib.suppress(RecursionError):  # nested too deep to be read anew: it stays as it is
                nodes[place] = reader.visit(node)
    return nodes


def bound_in(nodes: Sequence[ast.stmt]) -> Iterator[str]:
    """Names that the statements, or anything within them, give a value."""
    for node in nodes:
        for inner in ast.walk(node):
            match inner:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    yield name
                case ast.alias():
                    yield inner.asname or inner.name
                case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")]):
                    yield from NAMES.keys() & vars(np).keys() if module in ("numpy", "pylab") else ()
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    yield inner.name
                case (
                    ast.ExceptHandler(name=str(name))
                    | ast.MatchAs(name=str(name))
                    | ast.MatchStar(name=str(name))
                ):
                    yield name
                case ast.MatchMapping(rest=str(name)):
                    yield name
                case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Store()):
                    yield name  # globals()["long"] = 3


def _divides_truly(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and "division" in {alias.name for alias in node.names}
    )


def _called(name: str, at: ast.expr, *args: ast.expr) -> ast.Call:
    """The call of a helper, at the place of what it stands for."""
    function = ast.copy_location(ast.Name(name, ast.Load()), at)
    return ast.copy_location(ast.Call(function, list(args), []), at)


class _Names(ast.NodeTransformer):
    """Names of Python 2 that nobody defines, methods that dictionaries had, and what NumPy no longer has."""

    def __init__(self, older: Older, free: set[str]) -> None:
        self.older, self.free = older, free

    def visit_Try(self, node: ast.Try) -> ast.AST:
        """`try: unicode` is how code of both Pythons asks which one it is in."""
        probes = any(handler.type is None or _catches(handler.type) for handler in node.handlers)
        for part in (*(() if probes else node.body), *node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.free or node.id not in NAMES:
            return node
        now = "functools.reduce" if node.id == "reduce" else NAMES[node.id]
        self.older.python.setdefault(f"{node.id} is {now}", node.lineno)
        return ast.copy_location(ast.Name(NAMES[node.id], node.ctx), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        if node.attr in self.free and node.attr in METHODS:
            now = "in" if node.attr == "has_key" else METHODS[node.attr]
            self.older.python.setdefault(f"{node.attr} is {now}", node.lineno)
            return _called(METHOD, node, node.value, ast.copy_location(ast.Constant(node.attr), node))
        of_numpy = isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy")
        if of_numpy and node.attr in GONE and node.attr not in vars(np):
            self.older.numpy.setdefault(node.attr, node.lineno)
            node.value = _called(NUMPY, node.value, node.value)
        return node


def _catches(type: ast.expr) -> bool:
    """Whether a handler of this type is there for a name or an attribute that is missing."""
    names = {inner.id for inner in ast.walk(type) if isinstance(inner, ast.Name)}
    return bool(names & {"NameError", "AttributeError", "Exception", "BaseException", "StandardError"})


class _Lists(ast.NodeTransformer):
    """`range` and others as the lists that they gave, where that is not lost on a loop."""

    def __init__(self, older: Older, free: frozenset[str]) -> None:
        self.older, self.free = older, free

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._loop(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        return self._loop(node)

    def _loop(self, node: ast.For | ast.comprehension) -> ast.AST:
        """Going over them needs no list, except where a dictionary may lose or gain keys meanwhile."""
        iterated = node.iter
        plain = (
            isinstance(iterated, ast.Call)
            and isinstance(iterated.func, ast.Name)
            and iterated.func.id == "range"
        )
        if isinstance(iterated, ast.Call) and plain and self._gives_a_list(iterated):
            iterated.args = [self.visit(argument) for argument in iterated.args]
            node.iter = ast.copy_location(ast.Constant(None), iterated)  # is not to be visited itself
        self.generic_visit(node)
        if plain:
            node.iter = iterated
        return node

    def _gives_a_list(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Name(id=name)):
                return name in self.free
            case ast.Call(func=ast.Attribute(attr=name), args=[], keywords=[]):
                return name in VIEWS
        return False

    def visit_Call(self, node: ast.Call) -> ast.AST:
        lists = self._gives_a_list(node)
        self.generic_visit(node)
        if not lists:
            return node
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        self.older.python.setdefault(f"{name} gives a list", node.lineno)
        return _called(LISTED, node, node)


class _Division(ast.NodeTransformer):
    """`/` as Python 2 had it."""

    def __init__(self, older: Older) -> None:
        self.older = older

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        self._note(node)
        return _called(DIVIDED, node, node.left, node.right)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        twice = any(isinstance(inner, (ast.Call, ast.Yield)) for inner in ast.walk(node.target))
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div) or twice:
            return node  # a call in its target would be made a second time
        self._note(node)
        value = copy.deepcopy(node.target)
        value.ctx = ast.Load()
        new = ast.Assign([node.target], _called(DIVIDED_IN_PLACE, node.target, value, node.value))
        return ast.copy_location(new, node)

    def _note(self, node: ast.AST) -> None:
        self.older.python.setdefault("/ between whole numbers is //", getattr(node, "lineno", 1))
