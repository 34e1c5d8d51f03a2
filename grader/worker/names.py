"""Which global names a statement gives a value and which it looks up, read from its compiled form.

The compiler knows what is local to a function: a function that happens to use `x` asks for no `x` of a notebook.
"""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
_OPTIMIZED = 1
"""The flag of a function's code, which a class body lacks."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a statement does with global names. `names_of` reads it from the statement's code."""

    needs: frozenset[str]
    """Names that it, or any function in it, may look up in the end."""
    needs_now: frozenset[str]
    """Names that are looked up while it is run: for a definition its decorators, defaults, bases and class body."""
    gives: frozenset[str]
    """Names that it gives a value."""
    sets_globals: frozenset[str]
    """Names that its functions declare `global` and give a value."""
    imports: bool
    """Whether it, or any function in it, imports anything."""


def names_of(code: CodeType) -> Names:
    """All of it in one pass over the code, of which a large notebook has much."""
    needs: set[str] = set()
    needs_now: set[str] = set()
    gives: set[str] = set()
    sets_globals: set[str] = set()
    imports = False
    stack = [(code, True)]
    while stack:
        part, now = stack.pop()
        for kind, name in _instructions(part):
            if kind == _IMPORT:
                imports = True
            elif kind == _LOOK:
                needs.add(name)
                if now:
                    needs_now.add(name)
            elif kind == _GIVE_GLOBAL:
                sets_globals.add(name)
                if now:
                    gives.add(name)
            elif part is code:
                gives.add(name)
        for constant in part.co_consts:
            if isinstance(constant, CodeType):
                stack.append((constant, now and not constant.co_flags & _OPTIMIZED))
    return Names(frozenset(needs), frozenset(needs_now), frozenset(gives), frozenset(sets_globals), imports)


def binds(node: ast.stmt, names: Names) -> frozenset[str]:
    """Names that a statement at top level gives a value, or whose contents it changes."""
    return names.gives | frozenset(_changed(node))


def called_for_effect(node: ast.stmt) -> frozenset[str]:
    """Names whose method a bare call is: `answers.update(...)` may change the contents of `answers`."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        if isinstance(node.value.func, ast.Attribute):
            return frozenset(base_name(node.value.func))
    elif isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
        inside = [s for s in within(node) if isinstance(s, ast.Expr)]
        return frozenset(name for statement in inside for name in called_for_effect(statement))
    return frozenset()


def base_name(node: ast.expr) -> Iterator[str]:
    """`a` of `a.b[c].d`, if it begins with a name."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def within(node: ast.AST) -> Iterator[ast.AST]:
    """The node's parts that are run in its own scope: not the bodies of functions and classes."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if not isinstance(current, (*DEFINITIONS, ast.Lambda)):
            stack += ast.iter_child_nodes(current)


def _changed(node: ast.stmt) -> Iterator[str]:
    """Names whose contents it changes: `answers["q1"] = 0.2`."""
    if isinstance(node, DEFINITIONS):
        return
    for inner in within(node):
        if isinstance(inner, (ast.Subscript, ast.Attribute)) and isinstance(inner.ctx, (ast.Store, ast.Del)):
            yield from base_name(inner)


_LOOK, _GIVE, _GIVE_GLOBAL, _IMPORT = range(4)
_KINDS = {
    dis.opmap[name]: (kind, 1 if name == "LOAD_GLOBAL" else 0)
    for kind, names in (
        (_LOOK, ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS")),
        (_GIVE, ("STORE_NAME", "DELETE_NAME")),
        (_GIVE_GLOBAL, ("STORE_GLOBAL", "DELETE_GLOBAL")),
        (_IMPORT, ("IMPORT_NAME",)),
    )
    for name in names
    if name in dis.opmap
}
"""By opcode: what is done, and the bits of the argument below the name's place (since 3.11)."""


def _instructions(code: CodeType) -> Iterator[tuple[int, str]]:
    """(what is done, to which name); `dis` itself, which tells much more, takes ten times as long."""
    extended = 0
    raw = code.co_code
    for place in range(0, len(raw), 2):
        if raw[place] == dis.EXTENDED_ARG:
            extended = (extended | raw[place + 1]) << 8
            continue
        found = _KINDS.get(raw[place])
        if found is not None:
            yield found[0], code.co_names[(extended | raw[place + 1]) >> found[1]]
        extended = 0
