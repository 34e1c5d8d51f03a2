"""What kind of statement stands at top level: a literal, a guarded import, a main guard, something that defines."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.worker.names import DEFINITIONS, IMPORTS, within

IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def is_literal(node: ast.stmt) -> bool:
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


def is_guarded_import(node: ast.stmt) -> bool:
    """`try: import x; except ImportError: x = None`: runs at once, since it computes nothing."""
    simple = (*IMPORTS, ast.Pass)
    if isinstance(node, ast.With):
        return all(isinstance(s, simple) for s in node.body) and _suppresses(node)
    if not isinstance(node, ast.Try):
        return False
    handled = [statement for handler in node.handlers for statement in handler.body]
    return all(isinstance(s, simple) for s in node.body) and all(
        isinstance(s, (*simple, *DEFINITIONS)) or is_literal(s) for s in (*handled, *node.orelse)
    )


def is_main_guard(node: ast.stmt) -> bool:
    """`if __name__ == "__main__":`"""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and isinstance(node.test.left, ast.Name)
        and node.test.left.id == "__name__"
    )


def guarded_imports(node: ast.stmt) -> Iterator[int]:
    """Lines of imports whose failure is caught around them."""
    for inner in ast.walk(node):
        caught = isinstance(inner, ast.Try) and any(_catches_import(h.type) for h in inner.handlers)
        if caught or (isinstance(inner, ast.With) and _suppresses(inner)):
            assert isinstance(inner, (ast.Try, ast.With))
            for statement in inner.body:
                for part in ast.walk(statement):
                    if isinstance(part, IMPORTS):
                        yield part.lineno


def _suppresses(node: ast.With) -> bool:
    """`with contextlib.suppress(ImportError):`"""
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(
        (getattr(call.func, "attr", None) or getattr(call.func, "id", "")) == "suppress"
        and any(_catches_import(argument) for argument in call.args)
        for call in calls
    )


def _catches_import(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(k, ast.Name) and k.id in IMPORT_ERRORS for k in kinds)


def defines(node: ast.stmt, name: str) -> bool:
    """Whether the statement makes this name something that can be called, without using what it was before."""
    for inner in within(node):
        if isinstance(inner, DEFINITIONS) and inner.name == name:
            return True
        if isinstance(inner, (ast.Assign, ast.AnnAssign)) and isinstance(
            inner.value, (ast.Lambda, ast.Call, ast.Name, ast.Attribute)
        ):
            targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
            uses = {part.id for part in ast.walk(inner.value) if isinstance(part, ast.Name)}
            if name not in uses and any(isinstance(t, ast.Name) and t.id == name for t in targets):
                return True
    return False
