"""Which global names a statement gives a value and which it looks up, read from its compiled form.

The compiler knows what is local to a function: a function that happens to use `x` asks for no `x` of a notebook.
"""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterator
from types import CodeType

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
_LOOK = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"})
_GIVE = frozenset({"STORE_NAME", "DELETE_NAME"})
_GIVE_GLOBAL = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})
_OPTIMIZED = 1
"""The flag of a function's code, which a class body lacks."""


def needs(code: CodeType) -> frozenset[str]:
    """Names that it, or any function in it, may look up in the end."""
    return frozenset(
        str(instruction.argval)
        for part in _parts(code)
        for instruction in dis.get_instructions(part)
        if instruction.opname in _LOOK
    )


def needs_now(code: CodeType) -> frozenset[str]:
    """Names that are looked up while it is run: for a definition its decorators, defaults, bases and class body."""
    return frozenset(
        str(instruction.argval)
        for part in _parts(code, functions=False)
        for instruction in dis.get_instructions(part)
        if instruction.opname in _LOOK
    )


def sets_globals(code: CodeType) -> frozenset[str]:
    """Names that its functions declare `global` and give a value."""
    return frozenset(
        str(instruction.argval)
        for part in _parts(code)
        for instruction in dis.get_instructions(part)
        if instruction.opname in _GIVE_GLOBAL
    )


def binds(node: ast.stmt, code: CodeType) -> frozenset[str]:
    """Names that a statement at top level gives a value."""
    found = {str(i.argval) for i in dis.get_instructions(code) if i.opname in _GIVE}
    for part in _parts(code, functions=False):
        found |= {str(i.argval) for i in dis.get_instructions(part) if i.opname in _GIVE_GLOBAL}
    return frozenset(found) | frozenset(_changed(node))


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


def _parts(code: CodeType, *, functions: bool = True) -> Iterator[CodeType]:
    stack = [code]
    while stack:
        current = stack.pop()
        yield current
        for constant in current.co_consts:
            if isinstance(constant, CodeType) and (functions or not constant.co_flags & _OPTIMIZED):
                stack.append(constant)
