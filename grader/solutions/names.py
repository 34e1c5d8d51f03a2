"""Which names a piece of source uses and defines, where a name comes from, and renaming."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
import symtable
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from types import ModuleType

from grader.solutions.edits import Edit, ModuleText, Text
from grader.solutions.errors import SolutionError

PLAIN = ("numpy",)
"""What a solution may import besides the standard library."""


@cache
def text_of(module: ModuleType) -> ModuleText:
    """The module's source, read once."""
    return ModuleText(module)


def free_names(code: str) -> list[str]:
    """The names that this code uses and does not define, builtins left out, in order of first use."""
    table = symtable.symtable(code, "solution", "exec")
    found: dict[str, None] = {}

    def walk(scope: symtable.SymbolTable) -> None:
        for symbol in scope.get_symbols():
            name = symbol.get_name()
            outer = scope.get_type() == "module" and not symbol.is_assigned() and not symbol.is_imported()
            if symbol.is_referenced() and (outer or symbol.is_global()):
                found.setdefault(name)
        for child in scope.get_children():
            walk(child)

    walk(table)
    own = set(defined_names(code))
    order = {node.id: None for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    return [n for n in order if n in found and n not in own and not hasattr(builtins, n)]


def defined_names(code: str) -> list[str]:
    """The names that this code defines at its top level."""
    return list(dict.fromkeys(name for statement in ast.parse(code).body for name in _bound(statement)))


def _bound(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            for alias in names:
                yield (alias.asname or alias.name).partition(".")[0]
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id


def renamed(code: str, names: Mapping[str, str]) -> str:
    """The code with these names replaced wherever they stand for a variable, a function or a class."""
    if not any(old != new for old, new in names.items()):
        return code
    text = Text(code)
    edits: list[Edit] = []
    for node in ast.walk(text.tree):
        if isinstance(node, ast.Name) and node.id in names:
            edits.append((*text.span(node), names[node.id]))
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
            start, end = text.span(node)
            head = text.bytes[start:end].decode()
            found = re.match(r"(?:def|class)\s+", head)
            assert found is not None
            first = start + found.end()
            edits.append((first, first + len(node.name.encode()), names[node.name]))
    return text.edited(0, len(text.bytes), edits)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a name is defined: a statement of one of our modules, or an import of somebody else's."""

    module: ModuleType
    name: str
    statement: ast.stmt | None = None
    line: str = ""
    """The import statement, where the name is not ours."""

    @property
    def value(self) -> object:
        """What it stands for."""
        return vars(self.module).get(self.name)


def origin(module: ModuleType, name: str) -> Origin:
    """Follows imports from module to module. Raises SolutionError for a name that nothing defines."""
    for statement in reversed(text_of(module).tree.body):
        if name not in _bound(statement):
            continue
        if isinstance(statement, ast.Import):
            alias = next(a for a in statement.names if (a.asname or a.name).partition(".")[0] == name)
            _plain(alias.name, module)
            line = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            return Origin(module, name, line=line)
        if isinstance(statement, ast.ImportFrom):
            alias = next(a for a in statement.names if (a.asname or a.name) == name)
            target = "." * statement.level + (statement.module or "")
            target = resolve_name(target, module.__package__) if statement.level else target
            if _is_plain(target):
                line = f"from {target} import {alias.name}"
                return Origin(module, name, line=line + (f" as {alias.asname}" if alias.asname else ""))
            return origin(importlib.import_module(target), alias.name)
        return Origin(module, name, statement)
    raise SolutionError(f"{module.__name__} uses {name}, and nothing at its top level defines it")


def _is_plain(module: str) -> bool:
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in PLAIN


def _plain(module: str, where: ModuleType) -> None:
    if not _is_plain(module):
        raise SolutionError(f"{where.__name__} imports {module}; a solution is made of plain NumPy")
