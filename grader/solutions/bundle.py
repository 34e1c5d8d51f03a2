"""`Bundle`: definitions gathered for a solution, each once and after all that it needs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from types import MethodType
from typing import Any

from grader.solutions import elementwise
from grader.solutions.edits import tidy
from grader.solutions.errors import SolutionError
from grader.solutions.names import Origin, defined_names, free_names, origin, renamed, text_of
from grader.solutions.rewrite import rewritten, with_needs
from reference.layer import Layer

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """One function, class or constant (or a few lines of an author's own), as it stands in the solution."""

    names: tuple[str, ...]
    code: str

    @property
    def is_block(self) -> bool:
        """Whether two blank lines belong around it, as around a function."""
        return self.code.lstrip().startswith(("def ", "class ", "@")) or "\n\n\n" in self.code


class Bundle:
    """What one file or notebook defines so far. The same source is never written twice.

    `reserved` are the names that exercises ask for: no helper takes one of them.
    """

    def __init__(self, reserved: Collection[str] = ()) -> None:
        self.reserved = frozenset(reserved)
        self.imports: dict[str, None] = {}
        self.definitions: list[Definition] = []
        self._names: dict[Key, str] = {}
        self._owner: dict[str, Key] = {}
        self._shown_imports: set[str] = set()
        self._shown = 0

    def cell(self) -> str:
        """The source of everything that was added since this was last called, its imports first."""
        imports = [line for line in self.imports if line not in self._shown_imports]
        added = self.definitions[self._shown :]
        self._shown_imports |= set(imports)
        self._shown = len(self.definitions)
        plain = sorted(line for line in imports if line.startswith("import "))
        others = sorted(line for line in imports if not line.startswith("import "))
        standard = [line for line in (*plain, *others) if line.split()[1].split(".")[0] != "numpy"]
        numpy = [line for line in (*plain, *others) if line not in standard]
        parts = ["\n".join(group) + "\n" for group in (standard, numpy) if group]
        code = "\n".join(parts)
        last = "import"
        for definition in added:
            now = "block" if definition.is_block else "line"
            gap = "\n\n" if "block" in (last, now) else "\n" if last == "import" else ""
            code += (gap if code else "") + definition.code
            last = now
        return code

    def function(self, function: Callable[..., Any], name: str = "", docstring: str = "") -> str:
        """Adds a function of ours, or a layer's bound forward or backward. Returns what it is called here."""
        owner = getattr(function, "__self__", None)
        if isinstance(function, MethodType) and isinstance(owner, Layer):
            return self.method(owner, function.__func__.__name__, name, docstring)
        rule = elementwise.layer_of(function)
        if rule is not None:
            return self.method(*rule, name, docstring)
        module = sys.modules.get(getattr(function, "__module__", ""))
        called = getattr(function, "__name__", "")
        if module is None or not called:
            raise SolutionError(f"{function!r} is no function with a source of its own")
        if vars(module).get(called) is not function:
            called = next((n for n, value in vars(module).items() if value is function), "")
        if not called:
            raise SolutionError(f"{function!r} is not defined at the top level of {module.__name__}")
        return self._defined(origin(module, called), name, docstring)

    def method(self, layer: Layer, which: str, name: str = "", docstring: str = "") -> str:
        """Adds a layer's forward or backward. Returns what it is called here."""
        rule = layer.forward_rule if which.startswith("forward") else layer.backward_rule
        parts = elementwise.parts(layer)
        if parts is None:
            if rule.__closure__:
                raise SolutionError(
                    f"the layer {layer.name} is made by a function: its rules cannot be shown"
                )
            return self.function(rule, name, docstring)
        which = "forward" if rule is layer.forward_rule else "backward"
        key = ("layer", layer.name, which)
        if key in self._names:
            return self._alias(key, name)
        called = self._call(key, name or f"{layer.name}_{which}", asked=bool(name))
        code = parts.written(which, called, self.named, docstring)
        self._add((called,), code)
        return called

    def layer_method(self, layer: Layer, which: str) -> str:
        """As `method`, under its own name."""
        return self.method(layer, which)

    def lines(self, code: str, known: Iterable[tuple[str, str]] = (), *, where: str) -> None:
        """Adds an author's own lines. `known` are names that they use and what these are called here."""
        key = ("text", code)
        if key in self._names:
            return
        tree = ast.parse(code)
        body = []
        for statement in tree.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.imports.setdefault(ast.unparse(statement))
            else:
                body.append(statement)
        for statement in reversed([s for s in tree.body if s not in body]):
            code = "\n".join(
                line
                for number, line in enumerate(code.splitlines(), 1)
                if not statement.lineno <= number <= (statement.end_lineno or number)
            )
        names = dict(known)
        defined = defined_names(code)
        for name in free_names(code):
            if name in names or name in self._owner or self._is_imported(name):
                continue
            if name == "np":
                self.imports.setdefault("import numpy as np")
            elif name == "math":
                self.imports.setdefault("import math")
            else:
                raise SolutionError(f"{where}: its solution uses {name}, which nothing defines")
        self._names[key] = defined[0] if defined else ""
        for name in defined:
            names[name] = self._call((*key, name), name, asked=name in self.reserved)
        code = renamed(code, names)
        self._add(tuple(names[name] for name in defined), code)

    def add(self, name: str, code: str, key: Key) -> None:
        """Adds source of our own making, whose needs are there already; once for each key."""
        if key in self._names:
            self._alias(key, name)
            return
        self._call(key, name, asked=True)
        self._add((name,), code)

    def helper(self, name: str, code: Callable[[str], str], key: Key) -> str:
        """Adds source of our own making, written under a name that nothing else has. Returns the name."""
        if key not in self._names:
            called = self._call(key, name, asked=False)
            self._add((called,), code(called))
        return self._names[key]

    def named(self, found: Origin) -> str:
        """What a name of one of our modules is called here; it is added if need be."""
        if found.line:
            self.imports.setdefault(found.line)
            return found.line.split()[-1]
        return self._defined(found)

    def _defined(self, found: Origin, name: str = "", docstring: str = "") -> str:
        key = (found.module.__name__, found.name)
        if key in self._names:
            return self._alias(key, name)
        if isinstance(found.value, Layer):
            raise SolutionError(f"{found.module.__name__} uses the layer {found.name} as a value")
        called = self._call(key, name or found.name, asked=bool(name))
        text = text_of(found.module)
        statement = found.statement
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            code = rewritten(text, statement, called, self.named, self.layer_method, docstring=docstring)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if not all(isinstance(target, ast.Name) for target in targets):
                raise SolutionError(
                    f"{found.module.__name__}.{found.name} is one of several assigned together"
                )
            code = f"{found.name} = {text.of(statement.value)}\n"
            code = with_needs(code, found.module, self.named, own={found.name: called})
        else:
            raise SolutionError(f"{found.module.__name__}.{found.name} is no function, class or constant")
        self._add((called,), code)
        return called

    def _add(self, names: tuple[str, ...], code: str) -> None:
        self.definitions.append(Definition(names, tidy_keeping_gaps(code)))

    def _alias(self, key: Key, name: str) -> str:
        known = self._names[key]
        if name and name != known:
            self._owner[name] = (*key, name)
            self._add((name,), f"{name} = {known}\n")
        return name or known

    def _call(self, key: Key, wanted: str, *, asked: bool) -> str:
        """A name for the definition: the one wanted, unless it is a helper's and means something else already."""
        name, number = wanted, 1
        while not asked and (name in self.reserved or self._owner.get(name, key) != key):
            number += 1
            name = f"{wanted}_{number}"
        self._names[key], self._owner[name] = name, key
        return name

    def _is_imported(self, name: str) -> bool:
        return any(line.split()[-1] == name for line in self.imports)


def tidy_keeping_gaps(code: str) -> str:
    """As `tidy`, with two blank lines between functions left alone."""
    return "\n\n\n".join(tidy(part).rstrip("\n") for part in code.split("\n\n\n") if part.strip()) + "\n"
