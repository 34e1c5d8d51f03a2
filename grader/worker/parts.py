"""A student's function rewritten so that each of its statements is run on its own, under the eyes of a keeper.

For every part the keeper is asked whether it may run, and is told when it fails; then each local name that it says
is lost gets a mark in place of its value. What the parts are, read from the source alone, is a `Part` for each.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.worker.names import DEFINITIONS, base_name

KEEPER = "_chainmark_keeper"
TEMPORARY = "_chainmark_"
KEPT_AS_IT_IS = (ast.Pass, ast.Break, ast.Continue)
LEAVES = (ast.Return, ast.Break, ast.Continue, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await)
HARMLESS_CONTEXTS = ("errstate", "printoptions", "catch_warnings")
"""Context managers that let every exception through, so that the statements in them can be told apart."""

FIRST_ARGUMENT = ("at", "copyto", "fill_diagonal", "put", "put_along_axis", "place", "putmask", "shuffle")
"""NumPy functions that change their first argument in place."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one statement reads and changes, by name."""

    loads: frozenset[str]
    stores: frozenset[str]
    """Names that it gives another value."""
    changes: frozenset[str]
    """Names whose contents it changes: `dx[mask] = 0`, `db += 1`, `np.add.at(dw, i, g)`."""
    calls: tuple[tuple[str, frozenset[str]], ...] = ()
    """Functions that it calls by a plain name, with the names among their arguments."""
    methods: frozenset[str] = frozenset()
    """Names whose methods it calls."""
    item: tuple[str, object] | None = None
    """(name, key) for `grads["dx"] = ...`: only that item is lost with it."""
    copies: bool = False
    """It only gives a value another name."""
    leaves: bool = False
    """It may return, raise or leave a loop: what comes after it depends on it."""


def in_parts(node: ast.FunctionDef, assignable: Sequence[str]) -> tuple[ast.FunctionDef, list[Part]]:
    """The rewritten function, and its parts by number. The names that can be lost are `assignable`."""
    made = copy.deepcopy(node)
    made.decorator_list, made.returns = [], None
    rewriter = _Rewriter(assignable)
    made.body = rewriter.block(made.body)
    return ast.fix_missing_locations(made), rewriter.parts


def suitable(node: ast.FunctionDef) -> bool:
    """Whether the function can be run in parts: it changes no other function's names, and is no generator."""
    return not any(
        isinstance(inner, (ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr))
        for inner in ast.walk(node)
    )


def part_of(*nodes: ast.AST) -> Part:
    """What these nodes read and change."""
    loads: set[str] = set()
    stores: set[str] = set()
    changes: set[str] = set()
    calls: list[tuple[str, frozenset[str]]] = []
    methods: set[str] = set()
    for inner in (inner for node in nodes for inner in ast.walk(node)):
        if isinstance(inner, ast.Name):
            (loads if isinstance(inner.ctx, ast.Load) else stores).add(inner.id)
        elif isinstance(inner, (ast.FunctionDef, ast.ClassDef)):
            stores.add(inner.name)
        elif isinstance(inner, (ast.Import, ast.ImportFrom)):
            stores |= {(alias.asname or alias.name).split(".")[0] for alias in inner.names}
        elif isinstance(inner, ast.ExceptHandler) and inner.name:
            stores.add(inner.name)
        elif isinstance(inner, (ast.Subscript, ast.Attribute)) and not isinstance(inner.ctx, ast.Load):
            changes |= set(base_name(inner))
        elif isinstance(inner, ast.AugAssign):
            changed = set(base_name(inner.target))
            loads |= changed
            changes |= changed
        elif isinstance(inner, ast.Call):
            changes |= {n for k in inner.keywords if k.arg == "out" for n in _names(k.value)}
            if isinstance(inner.func, ast.Name):
                arguments = (*inner.args, *(k.value for k in inner.keywords))
                calls.append((inner.func.id, frozenset(n for a in arguments for n in _names(a))))
            elif isinstance(inner.func, ast.Attribute):
                methods |= set(base_name(inner.func))
                if inner.func.attr in FIRST_ARGUMENT and inner.args:
                    changes |= set(_names(inner.args[0]))
    only = nodes[0] if len(nodes) == 1 else None
    if isinstance(only, ast.Expr) and isinstance(only.value, ast.Call):
        changes |= set(base_name(only.value.func)) if isinstance(only.value.func, ast.Attribute) else set()
    leaves = any(_leaves(node) for node in nodes)
    item = _item(only) if only is not None else None
    return Part(
        frozenset(name for name in loads if not name.startswith(TEMPORARY)),
        frozenset(stores),
        frozenset(changes),
        tuple(calls),
        frozenset(methods),
        item,
        isinstance(only, ast.Assign) and isinstance(only.value, ast.Name),
        leaves,
    )


def _leaves(node: ast.AST, *, looping: bool = False) -> bool:
    """Whether it contains a statement that leaves it; a `break` leaves only its own loop."""
    if isinstance(node, LEAVES):
        return not (looping and isinstance(node, (ast.Break, ast.Continue)))
    if isinstance(node, (*DEFINITIONS, ast.Lambda)):
        return False
    inside = looping or isinstance(node, (ast.For, ast.While))
    return any(_leaves(child, looping=inside) for child in ast.iter_child_nodes(node))


def _names(node: ast.AST) -> Iterator[str]:
    return (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def _item(node: ast.AST) -> tuple[str, object] | None:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if (
            isinstance(target, ast.Subscript)
            and isinstance(target.value, ast.Name)
            and isinstance(target.slice, ast.Constant)
        ):
            return target.value.id, target.slice.value
    return None


class _Rewriter:
    def __init__(self, assignable: Sequence[str]) -> None:
        self.assignable = assignable
        self.parts: list[Part] = []
        self.temporaries = 0

    def block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        made = [new for node in body for new in self.statement(node)]
        return made or [ast.Pass()]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        match node:
            case ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
                return [node]
            case ast.Return(value=None):
                return [node]
            case ast.Return(value=value):
                before, value = self.pieces(value)
                return self.located(node, [*before, ast.Return(value)])
            case ast.Assign(targets=targets, value=value) if _display(value) and _item(node) is None:
                before, value = self.pieces(value)
                return self.located(node, [*before, *self.guarded(ast.Assign(targets, value))])
            case ast.If():
                return self.located(node, self.branch(node))
            case ast.For():
                return self.located(node, self.loop(node))
            case ast.With() if _harmless(node):
                lost = self.number(node)
                node.body = self.block(node.body)
                return self.located(node, [self.caught([node], lost), self.marked()])
            case ast.Raise() if _not_implemented(node):
                return self.located(node, [self.tell("unwritten")])
            case ast.Raise() | ast.Assert():
                refuse = ast.ExceptHandler(ast.Name("Exception", ast.Load()), "_chainmark_error", [])
                refuse.body = [self.tell("refuse", ast.Name("_chainmark_error", ast.Load()))]
                number = self.number(node)
                attempt = ast.Try([node], [refuse], [], [])
                return self.located(node, [ast.If(self.ask("may_run", number), [attempt], []), self.marked()])
        if isinstance(node, KEPT_AS_IT_IS):
            return [node]
        return self.located(node, self.guarded(node))

    def branch(self, node: ast.If) -> list[ast.stmt]:
        lost = self.number(node)
        truth = ast.IfExp(node.test, ast.Constant(True), ast.Constant(False))
        before, name = self.piece(truth)
        node.test, node.body, node.orelse = name, self.block(node.body), self.orelse(node.orelse)
        return [*before, self.unless_lost(name, [node], lost), self.marked()]

    def loop(self, node: ast.For) -> list[ast.stmt]:
        lost = self.number(node)
        before, name = self.piece(node.iter)
        node.iter, node.body, node.orelse = name, self.block(node.body), self.orelse(node.orelse)
        return [*before, self.unless_lost(name, [self.caught([node], lost)], lost), self.marked()]

    def orelse(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        return self.block(body) if body else []

    def pieces(self, value: ast.expr | None) -> tuple[list[ast.stmt], ast.expr]:
        """A value computed into temporaries, a display item by item."""
        assert value is not None
        before: list[ast.stmt] = []

        def piece(item: ast.expr) -> ast.expr:
            made, name = self.piece(item)
            before.extend(made)
            return name

        match value:
            case ast.Tuple() | ast.List() if _display(value):
                value.elts = [piece(item) for item in value.elts]
                return before, value
            case ast.Dict() if _display(value):
                value.values = [piece(item) for item in value.values]
                return before, value
            case ast.Call() if _display(value):
                for keyword in value.keywords:
                    keyword.value = piece(keyword.value)
                return before, value
        return before, piece(value)

    def piece(self, value: ast.expr) -> tuple[list[ast.stmt], ast.Name]:
        """Statements that compute one expression into a temporary name, and that name."""
        self.temporaries += 1
        name = f"{TEMPORARY}{self.temporaries}"
        assign = ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), value)
        return self.guarded(assign, temporary=name), ast.Name(name, ast.Load())

    def guarded(self, node: ast.stmt, *, temporary: str = "") -> list[ast.stmt]:
        """The statement if it may run, and the marks if it may not or fails."""
        number = self.number(node)
        attempt = self.caught([node, self.tell("done")], number)
        return [ast.If(self.ask("may_run", number), [attempt], []), self.marked(temporary)]

    def caught(self, body: list[ast.stmt], number: int) -> ast.Try:
        handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), "_chainmark_error", [])
        handler.body = [
            self.tell("failed", ast.Constant(number), ast.Name("_chainmark_error", ast.Load())),
        ]
        return ast.Try(body, [handler], [], [])

    def unless_lost(self, name: ast.Name, body: list[ast.stmt], number: int) -> ast.If:
        return ast.If(self.ask("knows", name), body, [self.tell("lose", ast.Constant(number))])

    def marked(self, temporary: str = "") -> ast.stmt:
        """Give each local name that is lost its mark."""
        keeper = ast.Name(KEEPER, ast.Load())
        marks: list[ast.stmt] = [
            ast.If(
                ast.Compare(ast.Constant(name), [ast.In()], [ast.Attribute(keeper, "losing", ast.Load())]),
                [ast.Assign([ast.Name(name, ast.Store())], ast.Attribute(keeper, "latest", ast.Load()))],
                [],
            )
            for name in (*self.assignable, *([temporary] if temporary else []))
        ]
        body = [*marks, self.tell("lost")]
        return ast.If(ast.Attribute(keeper, "losing", ast.Load()), body, [])

    def number(self, *nodes: ast.AST) -> int:
        self.parts.append(part_of(*nodes))
        return len(self.parts) - 1

    def ask(self, method: str, *arguments: ast.expr | int) -> ast.expr:
        given = [ast.Constant(a) if isinstance(a, int) else a for a in arguments]
        return ast.Call(ast.Attribute(ast.Name(KEEPER, ast.Load()), method, ast.Load()), given, [])

    def tell(self, method: str, *arguments: ast.expr) -> ast.stmt:
        return ast.Expr(self.ask(method, *arguments))

    @staticmethod
    def located(at: ast.stmt, made: list[ast.stmt]) -> list[ast.stmt]:
        return [ast.copy_location(new, at) if not hasattr(new, "lineno") else new for new in made]


def _display(value: ast.expr | None) -> bool:
    """A tuple, list or dictionary written item by item."""
    match value:
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return bool(items) and not any(isinstance(item, ast.Starred) for item in items)
        case ast.Dict(keys=keys):
            return bool(keys) and all(isinstance(key, ast.Constant) for key in keys)
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            return bool(keywords) and all(keyword.arg for keyword in keywords)
    return False


def _harmless(node: ast.With) -> bool:
    return all(
        isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Attribute)
        and item.context_expr.func.attr in HARMLESS_CONTEXTS
        for item in node.items
    )


def _not_implemented(node: ast.Raise) -> bool:
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
