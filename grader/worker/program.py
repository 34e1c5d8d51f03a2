"""Reading a student's source: which statements define, which compute, and which are needed for a wanted name.

Imports, definitions and literal assignments are always run. Everything else at top level is run only as far as a
wanted function or variable asks for it, which a notebook's training loop never does; what is run keeps its order.
"""

from __future__ import annotations
import __future__

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class Source:
    """A unit of the submission: a cell or a file, under the label that messages use."""

    label: str
    text: str
    module: str = ""
    """The dotted name under which the other files may import it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something at top level that did not work, and did not stop the rest."""

    kind: str
    """syntax | raised | budget"""
    unit: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One place where a function is defined; several of one name are kept in their order."""

    name: str
    unit: int
    """The source's place in the program, from 0."""
    line: int


@dataclass(slots=True)
class Statement:
    """A top-level statement with what it binds and what it needs."""

    unit: int
    node: ast.stmt
    flags: int
    eager: bool
    binds: frozenset[str]
    """Names that it gives a value, or changes the contents of."""
    needs: frozenset[str]
    """Names that it, or a function that it defines, may look up."""
    needs_now: frozenset[str]
    """Names that it looks up while it is run: for a definition its decorators, defaults and bases."""
    done: bool = False


@dataclass(slots=True)
class Analysis:
    """All statements of a program, and what could not be read."""

    statements: list[Statement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    guarded: set[tuple[str, int]] = field(default_factory=set)
    """Lines (unit, line) of imports inside a `try` that catches their failure."""

    @property
    def definitions(self) -> list[Definition]:
        """Every function definition, in order, also where it stands in an `if` or is assigned."""
        return [
            Definition(name, s.unit, getattr(s.node, "lineno", 0))
            for s in self.statements
            for name in sorted(s.binds)
            if _defines(s.node, name)
        ]

    def wanted(self, names: Iterable[str]) -> list[Statement]:
        """The waiting statements that these names ask for, themselves or through others, in source order."""
        binders: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for name in statement.binds:
                binders.setdefault(name, []).append(statement)
        seen: set[str] = set()
        chosen: set[int] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            for statement in binders.get(name, ()):
                chosen.add(id(statement))
                pending += statement.needs
        return [s for s in self.statements if id(s) in chosen and not s.eager]


def analyse(sources: Sequence[Source]) -> Analysis:
    """Parse every unit; a unit that does not parse is read definition by definition as far as it does."""
    analysis = Analysis()
    for unit, source in enumerate(sources):
        nodes, flags = _parsed(source, analysis)
        for node in nodes:
            if _is_main_guard(node):
                continue
            analysis.statements.append(_statement(unit, node, flags))
            analysis.guarded |= {(source.label, line) for line in _guarded_imports(node)}
    return analysis


def _parsed(source: Source, analysis: Analysis) -> tuple[list[ast.stmt], int]:
    try:
        nodes = ast.parse(source.text, source.label).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        said = getattr(error, "msg", None) or type(error).__name__
        text = (getattr(error, "text", None) or "").strip()
        shown = f"{said}: {text}" if text else said
        analysis.problems.append(Problem("syntax", source.label, line, shown))
        nodes = list(_readable_parts(source))
    flags = 0
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
    return [n for n in nodes if not (isinstance(n, ast.ImportFrom) and n.module == "__future__")], flags


def _readable_parts(source: Source) -> Iterator[ast.stmt]:
    """The definitions and imports of a text that does not parse as a whole: each top-level block on its own."""
    lines = source.text.splitlines()
    starts = [
        number
        for number, line in enumerate(lines)
        if line.startswith(("def ", "class ", "import ", "from ", "async def ", "@"))
        and not (number and lines[number - 1].startswith("@"))
    ]
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else len(lines)
        block = lines[start:end]
        # What follows the definition at column 0 is not part of it.
        body = next(
            (n for n, line in enumerate(block) if n and line[:1].strip() and line[0] not in "@#)]}d"),
            len(block),
        )
        try:
            # Blank lines before it keep the numbers of the lines.
            nodes = ast.parse("\n" * start + "\n".join(block[:body]), source.label).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        yield from nodes


def _statement(unit: int, node: ast.stmt, flags: int) -> Statement:
    eager = (
        isinstance(node, (*DEFINITIONS, ast.Import, ast.ImportFrom))
        or _is_literal(node)
        or _is_import_try(node)
    )
    loads = frozenset(_loads(node))
    now = frozenset(_loads_now(node)) if isinstance(node, DEFINITIONS) else loads
    return Statement(unit, node, flags, eager, frozenset(_binds(node)), loads, now)


def _is_literal(node: ast.stmt) -> bool:
    """`eps = 1e-5`, `a, b = 1, 2`, `config = {"pad": 1}`: assignments whose value is written out."""
    if isinstance(node, ast.Assign) and all(isinstance(t, (ast.Name, ast.Tuple)) for t in node.targets):
        value: ast.expr | None = node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        value = node.value
    else:
        return False
    if value is None:
        return False
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _is_import_try(node: ast.stmt) -> bool:
    """`try: import x; except ImportError: x = None`: runs at once, since it computes nothing."""
    if not isinstance(node, ast.Try):
        return False
    simple = (ast.Import, ast.ImportFrom, ast.Pass)
    handled = [statement for handler in node.handlers for statement in handler.body]
    return all(isinstance(s, simple) for s in node.body) and all(
        isinstance(s, (*simple, *DEFINITIONS)) or _is_literal(s) for s in (*handled, *node.orelse)
    )


def _is_main_guard(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and isinstance(node.test.left, ast.Name)
        and node.test.left.id == "__name__"
    )


def _guarded_imports(node: ast.stmt) -> Iterator[int]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Try) and any(_catches_import(handler.type) for handler in inner.handlers):
            for statement in inner.body:
                for part in ast.walk(statement):
                    if isinstance(part, (ast.Import, ast.ImportFrom)):
                        yield part.lineno


def _catches_import(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(k, ast.Name) and k.id in IMPORT_ERRORS for k in kinds)


def _binds(node: ast.stmt) -> Iterator[str]:
    """Names that a statement binds at top level, or whose contents it changes."""
    if isinstance(node, DEFINITIONS):
        yield node.name
        return
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield (alias.asname or alias.name).split(".")[0]
        return
    for inner in _within(node):
        if isinstance(inner, DEFINITIONS):
            yield inner.name
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, (ast.Store, ast.Del)):
            yield inner.id
        elif isinstance(inner, (ast.Subscript, ast.Attribute)) and isinstance(
            inner.ctx, (ast.Store, ast.Del)
        ):
            yield from _base(inner)
        elif isinstance(inner, (ast.Import, ast.ImportFrom)):
            for alias in inner.names:
                yield (alias.asname or alias.name).split(".")[0]
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
    ):
        yield from _base(node.value.func)  # answers.update(...)


def _base(node: ast.expr) -> Iterator[str]:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """The node's parts that are run in its own scope: not the bodies of functions and classes."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if not isinstance(current, (*DEFINITIONS, ast.Lambda)):
            stack += ast.iter_child_nodes(current)


def _loads(node: ast.AST) -> Iterator[str]:
    known = vars(builtins)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load) and inner.id not in known:
            yield inner.id


def _loads_now(node: ast.stmt) -> Iterator[str]:
    parts: list[ast.AST] = list(getattr(node, "decorator_list", ()))
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        parts += [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
    elif isinstance(node, ast.ClassDef):
        parts += [*node.bases, *(k.value for k in node.keywords)]
        parts += [inner for inner in node.body if not isinstance(inner, DEFINITIONS)]
    for part in parts:
        yield from _loads(part)


def _defines(node: ast.stmt, name: str) -> bool:
    """Whether the statement makes this name a function (a definition, or an assigned lambda)."""
    for inner in _within(node):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)) and inner.name == name:
            return True
        if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Lambda):
            return any(isinstance(t, ast.Name) and t.id == name for t in inner.targets)
    return False
