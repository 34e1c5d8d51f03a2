"""Rewriting a function's source without losing its comments and line breaks.

Positions in an `ast` count UTF-8 bytes, so the text is edited as bytes: each edit replaces a stretch, and of two
that overlap the outer one counts.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import textwrap
import tokenize
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import ModuleType

Edit = tuple[int, int, str]
"""From where, to where (in bytes), and what stands there instead."""

WIDTH = 104
"""Characters that a line of a docstring may take."""

FOR_TOOLS = re.compile(r"[ \t]*# (?:noqa|fmt|type|pragma|mypy)\b[^\n]*")
"""Comments that speak to a linter and not to a reader."""


class Text:
    """A piece of source with its tree."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.bytes = source.encode()

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return ast.parse(self.source)

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins, in bytes."""
        found = [0]
        for line in self.bytes.splitlines(keepends=True):
            found.append(found[-1] + len(line))
        return found

    def span(self, node: ast.AST) -> tuple[int, int]:
        """From where to where a node stands."""
        line, end = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1)
        return (
            self.starts[line - 1] + getattr(node, "col_offset", 0),
            self.starts[end - 1] + getattr(node, "end_col_offset", 0),
        )

    def of(self, node: ast.AST) -> str:
        """A node's own text."""
        start, end = self.span(node)
        return self.bytes[start:end].decode()

    def lines(self, node: ast.AST) -> tuple[int, int]:
        """The whole lines of a statement."""
        return (
            self.starts[getattr(node, "lineno", 1) - 1],
            self.starts[getattr(node, "end_lineno", 1)],
        )

    def edited(self, start: int, end: int, edits: Iterable[Edit]) -> str:
        """The stretch from start to end with these edits made."""
        parts, place = [], start
        for first, last, instead in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
            if first < place or first < start or last > end:
                continue
            parts += [self.bytes[place:first], instead.encode()]
            place = last
        return b"".join([*parts, self.bytes[place:end]]).decode()


class ModuleText(Text):
    """The source of a module."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(inspect.getsource(module))
        self.module = module


def header(text: Text, node: ast.FunctionDef) -> Edit:
    """The edit that turns a function's first lines into `def name(arguments):` without annotations."""
    start = text.span(node)[0]
    until = text.span(node.body[0])[0]
    head = text.bytes[start:until].decode()
    bare = ast.arguments(
        posonlyargs=[ast.arg(a.arg) for a in node.args.posonlyargs],
        args=[ast.arg(a.arg) for a in node.args.args],
        vararg=ast.arg(node.args.vararg.arg) if node.args.vararg else None,
        kwonlyargs=[ast.arg(a.arg) for a in node.args.kwonlyargs],
        kw_defaults=node.args.kw_defaults,
        kwarg=ast.arg(node.args.kwarg.arg) if node.args.kwarg else None,
        defaults=node.args.defaults,
    )
    colon = _colon(head)
    return start, start + len(head[:colon].encode()), f"def {node.name}({ast.unparse(bare)}):"


def _colon(head: str) -> int:
    """How many characters a `def` takes, its colon included; what follows may be comments."""
    starts = [0]
    for line in head.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(head.rstrip() + "\n    pass\n").readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == ":" and depth == 0:
                return starts[token.end[0] - 1] + token.end[1]
    raise AssertionError("a def has a colon")


def short(docstring: str) -> str:
    """The first paragraph of a docstring, without sources and without what our own checks raise."""
    paragraph = inspect.cleandoc(docstring).split("\n\n")[0]
    paragraph = re.sub(r"\s*Raises \w*Error\b[^.]*\.", "", paragraph)
    return re.sub(r"\s*Sources?:.*\Z", "", paragraph, flags=re.DOTALL).strip()


def quoted(docstring: str, indent: str) -> str:
    """A docstring as it stands in code."""
    whole = docstring.replace("\\", "\\\\").splitlines() or [""]
    lines = [part for line in whole for part in (textwrap.wrap(line, WIDTH) if len(line) > WIDTH else [line])]
    body = f"\n{indent}".join(lines)
    return f'"""{body}"""' if len(lines) == 1 else f'"""{body}\n{indent}"""'


def is_docstring(statement: ast.stmt) -> bool:
    """Whether the statement is a text alone."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def statements(node: ast.AST) -> Iterator[tuple[list[ast.stmt], ast.stmt]]:
    """Every statement below a node, each with the block that it stands in."""
    for child in ast.walk(node):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(child, name, None)
            if isinstance(block, list):
                for statement in block:
                    if isinstance(statement, ast.stmt):
                        yield block, statement


def unannotated(text: Text, node: ast.AST) -> Iterator[Edit]:
    """The edits that take the types from `x: int = 1` below a node."""
    for _, statement in statements(node):
        if not isinstance(statement, ast.AnnAssign):
            continue
        if statement.value is None:
            yield (*text.lines(statement), "")
        else:
            yield text.span(statement.target)[1], text.span(statement.annotation)[1], ""


def tidy(code: str) -> str:
    """Dedented, without comments for tools, without two blank lines in a row, ending in one line break."""
    code = FOR_TOOLS.sub("", textwrap.dedent(code))
    code = re.sub(r"[ \t]+$", "", code, flags=re.MULTILINE)
    code = re.sub(r"\n{3,}", "\n\n", code)
    return code.strip("\n") + "\n"
