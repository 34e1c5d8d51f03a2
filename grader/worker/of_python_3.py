"""What Python 2 could not read: where a file holds any of it, it is no file of Python 2.

A print statement left in a file says little of the rest, and a division that is read as Python 2 had it turns
right numbers into zeros. So a file must hold nothing of Python 3 besides: by its grammar (Python 2.7's language
reference, chapter 10), by what it takes from `__future__`, and by modules and functions that came later.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence

SYNTAX = tuple(
    getattr(ast, name)
    for name in (
        "MatMult", "JoinedStr", "TemplateStr", "AnnAssign", "Nonlocal", "YieldFrom", "Await", "AsyncFunctionDef",
        "AsyncFor", "AsyncWith", "NamedExpr", "Match", "TryStar", "TypeAlias",
    )
    if hasattr(ast, name)
)  # fmt: skip
MODULES = frozenset(
    {
        "asyncio", "concurrent", "contextvars", "dataclasses", "enum", "graphlib", "ipaddress", "jax", "pathlib",
        "secrets", "selectors", "statistics", "tomllib", "typing", "typing_extensions", "venv", "zoneinfo",
    }
)  # fmt: skip
LATER = frozenset({"default_rng", "lru_cache", "cached_property", "perf_counter"})
"""Attributes and imported names that came after Python 2, or with a NumPy that it never had."""
FUTURE = frozenset({"print_function", "annotations", "generator_stop"})
"""Imported from `__future__`: with the first of them no print statement is one in Python 2 either."""
CODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def holds_python_3(nodes: Sequence[ast.stmt], text: str) -> bool:
    """Whether anything could not be of Python 2. Text and statements have their print statements as calls."""
    return _spelt(text) or any(_newer(node) for node in nodes) or _uses_print_as_a_name(nodes)


def _spelt(text: str) -> bool:
    """Letters outside ASCII with no word on their encoding, 1_000, and rb"..."."""
    first_lines = text.split("\n", 2)[:2]
    if not text.isascii() and not text.startswith("\ufeff") and not any(map(CODING.match, first_lines)):
        return True
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NUMBER and "_" in token.string:
                return True
            if token.type == tokenize.STRING and token.string[:2].lower() == "rb":
                return True
            if token.type == tokenize.NAME and not token.string.isascii():
                return True
    except (tokenize.TokenError, SyntaxError, RecursionError, ValueError):
        return True  # cannot be told
    return False


def _newer(tree: ast.stmt) -> bool:
    indices = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        for part in (node.slice, *(node.slice.elts if isinstance(node.slice, ast.Tuple) else ()))
    }
    spread = {id(node.args[-1]) for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args}
    for node in ast.walk(tree):
        if isinstance(node, ast.Starred) and id(node) not in spread:
            return True  # a, *b = c; [*a]; f(*a, b)
        if isinstance(node, ast.Constant) and node.value is ... and id(node) not in indices:
            return True
        if isinstance(node, SYNTAX) or any(_signs(node)):
            return True
    return False


def _signs(node: ast.AST) -> Iterator[bool]:
    """What makes this node one of Python 3."""
    match node:
        case ast.arg():
            yield node.annotation is not None
        case ast.arguments():
            yield bool(node.kwonlyargs or node.posonlyargs)
        case ast.FunctionDef():
            yield node.returns is not None
        case ast.ClassDef():
            yield bool(node.keywords)
        case ast.Raise():
            yield node.cause is not None
        case ast.comprehension():
            yield bool(node.is_async)
        case ast.Dict():
            yield None in node.keys  # {**a}
        case ast.Call():
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            yield name == "print" and bool(node.keywords)
            yield name == "super" and not node.args
            yield any(keyword.arg is None for keyword in node.keywords[:-1])  # f(**a, b=1)
        case ast.Import():
            yield any(alias.name.partition(".")[0] in MODULES for alias in node.names)
        case ast.ImportFrom():
            names = {alias.name for alias in node.names}
            yield (node.module or "").partition(".")[0] in MODULES
            yield bool(names & (FUTURE if node.module == "__future__" else LATER))
        case ast.Attribute():
            yield node.attr in LATER


def _uses_print_as_a_name(nodes: Sequence[ast.stmt]) -> bool:
    """`log = print`, `[print(x) for x in y]`: in Python 2 it begins a statement and is nothing else."""
    begins = set()
    for tree in nodes:
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr):
                begins.add(id(_leftmost(node.value)))
    return any(
        isinstance(node, ast.Name) and node.id == "print" and id(node) not in begins
        for tree in nodes
        for node in ast.walk(tree)
    )


def _leftmost(node: ast.expr) -> ast.expr:
    """What the expression begins with."""
    while True:
        match node:
            case ast.Tuple(elts=[first, *_]) | ast.BoolOp(values=[first, *_]):
                node = first
            case (
                ast.BinOp(left=first) | ast.Compare(left=first) | ast.Call(func=first) | ast.IfExp(body=first)
            ):
                node = first
            case ast.Attribute(value=first) | ast.Subscript(value=first):
                node = first
            case _:
                return node
