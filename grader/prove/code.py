"""`Code`: the source of a solution, taken apart so that a mutant of it can be made and run quickly."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from grader.prove.operators import Mutation, mutations
from grader.prove.result import Change

FILE = "<solution>"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutation of one of the solution's top-level statements."""

    code: Code
    place: int
    """Which statement."""
    mutation: Mutation
    change: Change

    @property
    def line(self) -> int:
        """Where it stands in the solution."""
        return self.mutation.line

    @property
    def lines(self) -> set[int]:
        """The lines of the statement that is changed; of one that holds others, its first."""
        own = self.statement
        end = own.lineno if hasattr(own, "body") else own.end_lineno or own.lineno
        return set(range(own.lineno, end + 1))

    @property
    def statement(self) -> ast.stmt:
        """The solution's own line that is changed, without what is changed in it."""
        own = [n for n in ast.walk(self.code.tree.body[self.place]) if isinstance(n, ast.stmt)]
        around = [n for n in own if n.lineno <= self.line <= (n.end_lineno or n.lineno)]
        return max(around, key=lambda n: n.lineno, default=self.code.tree.body[self.place])

    def namespace(self) -> dict[str, Any]:
        """What the mutant defines."""
        with self.mutation.applied():
            changed = _compiled(self.code.tree.body[self.place])
        return self.code.namespace({self.place: changed})

    def source(self) -> str:
        """The mutant as a submission."""
        with self.mutation.applied():
            return ast.unparse(self.code.tree) + "\n"


class Code:
    """A solution's source. Its top-level statements are compiled once, and run anew for each mutant."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._compiled = [_compiled(each) for each in self.tree.body]
        self.defines = [set(_defined(statement)) for statement in self.tree.body]
        self.uses = [
            {n.id for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            for s in self.tree.body
        ]

    def namespace(self, changed: dict[int, CodeType] | None = None) -> dict[str, Any]:
        """All that the solution defines, with some of its statements changed."""
        names: dict[str, Any] = {"__name__": "solution"}
        for place, code in enumerate(self._compiled):
            exec((changed or {}).get(place, code), names)  # noqa: S102 - the author's own code
        return names

    def lines_run(self, judged: Callable[[Mapping[str, Any]], object]) -> set[int]:
        """The lines that are run while these functions are judged."""
        lines: set[int] = set()

        def local(frame: FrameType, event: str, _: object) -> Any:
            if event == "line":
                lines.add(frame.f_lineno)
            return local

        before = sys.gettrace()
        sys.settrace(lambda frame, *_: local if frame.f_code.co_filename == FILE else None)
        try:
            judged(self.namespace())
        finally:
            sys.settrace(before)
        return lines

    def reached(self, roots: Collection[str], without: Collection[str] = ()) -> list[int]:
        """The statements that define these names, and those that define what they use."""
        found: dict[int, None] = {}
        pending = list(roots)
        seen = set(without)
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            for place, names in enumerate(self.defines):
                if name in names and place not in found:
                    found[place] = None
                    pending += sorted(self.uses[place])
        return sorted(found)

    def places(self, names: Collection[str]) -> list[int]:
        """The statements that define these names."""
        return [place for place, defined in enumerate(self.defines) if defined & set(names)]

    def mutants(
        self, places: Collection[int], *, names: Mapping[str, str] | None = None, after: int = 0
    ) -> Iterator[Mutant]:
        """All mutants of these statements, as `mutations`; `after` holds for functions that begin above it."""
        for place in places:
            statement = self.tree.body[place]
            if isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            whole = ast.Module([statement], [])
            function = getattr(statement, "name", "") or ", ".join(sorted(self.defines[place]))
            first = after if statement.lineno < after else 0
            for mutation in mutations(whole, names=names, after=first):
                yield Mutant(self, place, mutation, Change(function, mutation.told()))


def _compiled(statement: ast.stmt) -> CodeType:
    return compile(ast.Module([statement], []), FILE, "exec")


def defined_names(text: str) -> list[str]:
    """The names that these lines define at their top level."""
    return [name for statement in ast.parse(text).body for name in _defined(statement)]


def _defined(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id
