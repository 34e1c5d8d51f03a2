"""Where things stand: an exercise, one of its misconceptions, a line that its solution was taken from."""

from __future__ import annotations

import ast
import os
import sys
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from grader.exercise import Exercise, Misconception
from grader.text import one_line

if TYPE_CHECKING:
    from grader.prove.code import Mutant

Place = tuple[str, int]
"""A file as a person at the terminal would name it, and a line of it, 0 where none is known."""

REFERENCE = "reference"


class Places:
    """Finds lines for one exercise. Nothing is read before a place is asked for."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise

    @cached_property
    def module(self) -> ModuleType | None:
        """The module that the exercise is a constant of."""
        return module_of(self.exercise)

    @cached_property
    def of_exercise(self) -> Place:
        """Where its constant is assigned."""
        if self.module is None:
            return "", 0
        names = {name for name, value in vars(self.module).items() if value is self.exercise}
        for statement in _tree(self.module).body:
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            if isinstance(statement, ast.AnnAssign):
                targets = [statement.target]
            if any(isinstance(target, ast.Name) and target.id in names for target in targets):
                return shown(self.module), statement.lineno
        return shown(self.module), 0

    def of_mistake(self, mistake: Misconception) -> Place:
        """Where its id and its node are written in one call; the exercise where they are not."""
        if self.module is None:
            return "", 0
        calls = [node for node in ast.walk(_tree(self.module)) if isinstance(node, ast.Call)]
        for wanted in ({mistake.id, mistake.node}, {mistake.id}):
            for call in calls:
                words = {n.value for n in ast.walk(call) if isinstance(n, ast.Constant)}
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                direct = {n.value for n in given if isinstance(n, ast.Constant)}
                if wanted <= words and mistake.id in direct:
                    return shown(self.module), call.lineno
        return self.of_exercise

    def of_solution(self, mutant: Mutant) -> Place:
        """The line of the reference, or of the author's own lines, that the changed one was taken from."""
        statement = mutant.statement
        text = ast.unparse(statement)
        found = [place for module in self._sources() for place in _statements(module).get(text, ())]
        same = [place for function, place in found if function == mutant.change.function]
        if same or found:
            return same[0] if same else found[0][1]
        if self.module is not None and any(isinstance(part, str) for part in self.exercise.solution):
            line = mutant.code.text.splitlines()[mutant.line - 1].strip()
            for number, text in enumerate(_text(self.module).splitlines(), 1):
                if text.strip() == line:
                    return shown(self.module), number
        return self.of_exercise

    def _sources(self) -> list[ModuleType]:
        """The modules that its solution may have been taken from, the nearest first."""
        layer = getattr(self.exercise, "layer", None)
        rules = (layer.forward_rule, layer.backward_rule) if layer is not None else ()
        given = [getattr(rule, "__module__", "") for rule in (*rules, *self.exercise.solution)]
        near = [sys.modules[name] for name in dict.fromkeys(given) if name in sys.modules]
        rest = [m for name, m in sorted(sys.modules.items()) if name.partition(".")[0] == REFERENCE]
        return list(dict.fromkeys((*near, *rest)))


def module_of(exercise: Exercise) -> ModuleType | None:
    """The module that holds this very exercise; the one it is written in where others import it."""
    holding = [m for m in list(sys.modules.values()) if _holds(m, exercise)]
    return next((m for m in holding if f'"{exercise.id}"' in _text(m)), holding[0] if holding else None)


def _holds(module: ModuleType, exercise: Exercise) -> bool:
    names = getattr(module, "__dict__", None)
    return isinstance(names, dict) and any(value is exercise for value in list(names.values()))


@cache
def shown(module: ModuleType) -> str:
    """The module's file, from here if it is below, in one line."""
    file = Path(module.__file__ or module.__name__)
    try:
        file = file.resolve().relative_to(Path.cwd())
    except (ValueError, OSError):
        package = getattr(module, "__package__", "") or ""
        if not package.startswith("chainmark_course_"):  # an installed file, by its package
            file = Path(*file.parts[-1 - len(package.split(".")) :])
    return one_line(file.as_posix(), limit=300)


@cache
def _text(module: ModuleType) -> str:
    file = getattr(module, "__file__", None) or os.devnull
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(_text(module))


@cache
def _statements(module: ModuleType) -> dict[str, list[tuple[str, Place]]]:
    """By its text, each line of the module: (the function it is in, its place)."""
    found: dict[str, list[tuple[str, Place]]] = {}
    for function in _tree(module).body:
        name = getattr(function, "name", "")
        for node in ast.walk(function):
            if isinstance(node, ast.stmt) and not hasattr(node, "body"):
                bare = ast.unparse(_without_annotation(node))
                found.setdefault(bare, []).append((name, (shown(module), node.lineno)))
    return found


def _without_annotation(node: ast.stmt) -> ast.stmt:
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return ast.copy_location(ast.Assign([node.target], node.value), node)
    return node
