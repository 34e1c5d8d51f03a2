"""Reading a student's source: which statements define, which compute, and which are needed for a wanted name.

Imports, definitions and literal assignments run first, so that cells in any order find each other. Everything else
at top level is run only as far as a wanted function or variable asks for it, which a notebook's training loop
never does; what is run is run in the source's order, so that the last value of a name is a notebook's.
"""

from __future__ import annotations
import __future__

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType

from grader.worker.blocks import ERRORS, why
from grader.worker.kinds import defines, guarded_imports, is_guarded_import, is_literal, is_main_guard
from grader.worker.names import (
    DEFINITIONS,
    IMPORTS,
    binds,
    called_for_effect,
    names_of,
)
from grader.worker.older import notes
from grader.worker.reading import read, read_as_now, set_aside


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
    """syntax | raised | budget | ended | Python 2 | older NumPy"""
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

    number: int
    unit: int
    node: ast.stmt
    code: CodeType
    flags: int
    eager: bool
    binds: frozenset[str]
    """Names that it gives a value, or changes the contents of."""
    needs: frozenset[str]
    """Names that it, or a function that it defines, may look up."""
    needs_now: frozenset[str]
    """Names that it looks up while it is run: for a definition its decorators, defaults and bases."""
    sets_globals: frozenset[str]
    """Names that its functions declare `global` and give a value."""

    @property
    def risky(self) -> bool:
        """Whether running it runs any of the student's own expressions."""
        if not self.eager or isinstance(self.node, ast.ClassDef):
            return True
        if not isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        arguments = self.node.args
        defaults = [d for d in (*arguments.defaults, *arguments.kw_defaults) if d is not None]
        return bool(self.needs_now) or not all(isinstance(d, ast.Constant) for d in defaults)


@dataclass(slots=True)
class Analysis:
    """All statements of a program, and what could not be read."""

    statements: list[Statement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    guarded: set[tuple[str, int]] = field(default_factory=set)
    """Lines (unit, line) of imports inside a `try` that catches their failure."""

    @property
    def definitions(self) -> list[Definition]:
        """Every place where a name is made a function or may be, in order: also in an `if`, or by assigning."""
        return [
            Definition(name, s.unit, getattr(s.node, "lineno", 0))
            for s in self.statements
            for name in sorted(s.binds)
            if defines(s.node, name)
        ]

    @property
    def names(self) -> frozenset[str]:
        """All names that the program itself gives a value, rather than import it."""
        return frozenset().union(*(s.binds for s in self.statements if not isinstance(s.node, IMPORTS)))

    def asked_for(self, names: Iterable[str]) -> set[int]:
        """Numbers of the statements that these names ask for, themselves or through others."""
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
                if statement.number not in chosen:
                    chosen.add(statement.number)
                    pending += statement.needs
        return chosen

    def order(self, names: Iterable[str]) -> tuple[list[Statement], list[Statement]]:
        """(what runs first, what runs then) for these wanted names, each in source order.

        A definition or literal whose name has other values as well runs again in its place among the second: with
        `eps = 1`, `y = 2 * eps`, `eps = 5` y is 2, as in a notebook.
        """
        asked = self.asked_for(names)
        first = [s for s in self.statements if s.eager]
        if not any(n in asked for n in (s.number for s in self.statements if not s.eager)):
            return first, []
        bound: dict[str, int] = {}
        for statement in self.statements:
            if not isinstance(statement.node, IMPORTS):
                for name in statement.binds:
                    bound[name] = bound.get(name, 0) + 1
        several = {name for name, times in bound.items() if times > 1}
        then = [
            s
            for s in self.statements
            if s.number in asked
            and not isinstance(s.node, IMPORTS)
            and (not s.eager or (s.binds | s.needs_now) & several)
        ]
        return first, then


def analyse(sources: Sequence[Source]) -> Analysis:
    """Parse every unit; a unit that does not parse is read block by block as far as it does."""
    analysis = Analysis()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in a student's docstring is no news
        units = [read(source.text, source.label, is_file=bool(source.module)) for source in sources]
        refused = [Problem("syntax", *each) for each in set_aside(units)]
        broken = [Problem("syntax", unit.label, line, said) for unit in units for line, said in unit.broken]
        analysis.problems += broken + refused
        for number, nodes in enumerate(read_as_now(units)):
            rest, flags = _without_future(nodes)
            for node, plain in _flattened(rest):
                _add(analysis, number, sources[number], node, flags, plain=plain)
    analysis.problems += [Problem(*note) for note in notes([(unit.label, unit.older) for unit in units])]
    _calls_change(analysis.statements)
    _calls_set_globals(analysis.statements)
    _defer(analysis)
    return analysis


def _without_future(nodes: list[ast.stmt]) -> tuple[list[ast.stmt], int]:
    """The statements but for imports from `__future__`, and the compiler's flags by these."""
    flags = __future__.annotations.compiler_flag  # `x: torch.Tensor` is there to be read, not to be computed
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
    return [n for n in nodes if not (isinstance(n, ast.ImportFrom) and n.module == "__future__")], flags


def _flattened(nodes: Iterable[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements, and whether each stands plainly at top level; those of a main guard follow in its place."""
    for node in nodes:
        if is_main_guard(node):
            assert isinstance(node, ast.If)
            yield from ((inner, False) for inner in node.body)
        else:
            yield node, True


def _add(analysis: Analysis, unit: int, source: Source, node: ast.stmt, flags: int, *, plain: bool) -> None:
    try:
        code = compile(ast.Module([node], []), source.label, "exec", flags=flags, dont_inherit=True)
    except ERRORS as error:  # what only the compiler refuses: `return` outside a function
        refused = why(error)
        line = refused.line if refused.line > 1 else node.lineno
        analysis.problems.append(Problem("syntax", source.label, line, refused.said))
        return
    imports = isinstance(node, IMPORTS) or is_guarded_import(node)
    eager = isinstance(node, DEFINITIONS) or imports or (plain and is_literal(node))
    names = names_of(code)
    needed = names.needs
    if isinstance(node, ast.For):  # its own variable it gives a value first
        looped = {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
        needed -= looped - {n.id for n in ast.walk(node.iter) if isinstance(n, ast.Name)}
    analysis.statements.append(
        Statement(
            len(analysis.statements),
            unit,
            node,
            code,
            flags,
            eager,
            binds(node, names),
            needed,
            names.needs_now if isinstance(node, DEFINITIONS) else frozenset() if imports else needed,
            names.sets_globals,
        )
    )
    if names.imports:
        analysis.guarded |= {(source.label, line) for line in guarded_imports(node)}


def _calls_change(statements: Sequence[Statement]) -> None:
    """`answers.update(...)` gives `answers` its contents; a module's function changes nothing that is asked for."""
    imported = {name for s in statements if isinstance(s.node, IMPORTS) for name in s.binds}
    for statement in statements:
        statement.binds |= called_for_effect(statement.node) - imported


def _calls_set_globals(statements: Sequence[Statement]) -> None:
    """A waiting statement that calls a function with `global W` in it binds W."""
    setters: dict[str, set[str]] = {}
    for statement in statements:
        if isinstance(statement.node, DEFINITIONS) and statement.sets_globals:
            for name in statement.binds:
                setters.setdefault(name, set()).update(statement.sets_globals)
    if setters:
        for statement in statements:
            if not statement.eager:
                statement.binds |= {n for name in statement.needs & setters.keys() for n in setters[name]}


def _defer(analysis: Analysis) -> None:
    """A definition whose decorator or default comes from a waiting statement waits as well."""
    while True:
        eager = {name for s in analysis.statements if s.eager for name in s.binds}
        changed = False
        for statement in analysis.statements:
            if statement.eager and isinstance(statement.node, DEFINITIONS) and statement.needs_now:
                asked = analysis.asked_for(statement.needs_now)
                if any(
                    not other.eager and other.number in asked and not other.binds <= eager
                    for other in analysis.statements
                ):
                    statement.eager = False
                    changed = True
        if not changed:
            return
