"""A function of the reference as a student would write it: without types, and without checks of its arguments.

    x, w = AFFINE.check(x, w)                     nothing
    loss, cache = SOFTMAX_LOSS.forward(x, y)      loss, cache = softmax_loss_forward(x, y)
    t = whole("adam", "t", t, least=0) + 1        t = t + 1
    if x.size == 0: raise InputError(...)         nothing

What `reference.options` offers are checks, (subject, argument, value, ...) -> value; what stands in
`reference.errors` is raised by checks alone.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from grader.solutions.edits import (
    Edit,
    ModuleText,
    Text,
    header,
    is_docstring,
    quoted,
    short,
    statements,
    tidy,
    unannotated,
)
from grader.solutions.errors import SolutionError
from grader.solutions.names import Origin, free_names, origin, renamed
from reference.layer import Layer

CHECKS = "reference.options"
ERRORS = "reference.errors"
VALUE = 2
"""Which argument of a check is the value that it returns."""

Named = Callable[[Origin], str]
"""What a definition is called in the solution."""
Method = Callable[[Layer, str], str]
"""What a layer's forward or backward is called in the solution."""


def rewritten(
    text: ModuleText,
    node: ast.FunctionDef | ast.ClassDef,
    name: str,
    named: Named,
    method: Method,
    *,
    docstring: str = "",
) -> str:
    """The definition under a new name, with everything that it needs named by `named` and `method`.

    `docstring` takes the place of the function's own.
    """
    written: dict[str, str] = {}

    def noted(layer: Layer, which: str) -> str:
        called = method(layer, which)
        written[called] = called
        return called

    edits = [*_checks(text, node), *_methods(text, node, noted), *unannotated_in(text, node)]
    for child in ast.walk(node):
        if isinstance(child, ast.FunctionDef):
            edits.append(header(text, child))
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and is_docstring(child.body[0]):
            edits.append(_docstring(text, child, docstring if child is node else ""))
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    code = tidy(text.edited(text.starts[first - 1], text.span(node)[1], edits))
    return with_needs(_without_idle_lines(code), text.module, named, own={**written, node.name: name})


def with_needs(code: str, module: ModuleType, named: Named, *, own: Mapping[str, str]) -> str:
    """The code with every name that it uses as `named` calls it; `own` are those that it defines itself."""
    needs = {name: named(origin(module, name)) for name in free_names(code) if name not in own}
    return renamed(code, {**needs, **own})


def unannotated_in(text: Text, node: ast.AST) -> Iterator[Edit]:
    """Types taken away; the fields of a dataclass keep the word `object`, without which they are none."""
    if not isinstance(node, ast.ClassDef):
        yield from unannotated(text, node)
        return
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign):
            yield (*text.span(statement.annotation), "object")
        else:
            yield from unannotated(text, statement)


def _docstring(text: Text, node: ast.FunctionDef | ast.ClassDef, instead: str) -> Edit:
    indent = " " * node.body[0].col_offset
    said = instead or short(ast.get_docstring(node) or "")
    return (*text.span(node.body[0]), quoted(said, indent))


def _is_from(module: ModuleType, name: str, home: str) -> bool:
    try:
        return origin(module, name).module.__name__ == home
    except SolutionError:
        return False  # a local name


def _checks(text: ModuleText, node: ast.AST) -> Iterator[Edit]:
    """The edits that take out what only checks arguments."""
    for block, statement in statements(node):
        if _only_checks(text, statement):
            start, end = text.lines(statement)
            kept = [other for other in block if not _only_checks(text, other) and not is_docstring(other)]
            indent = " " * statement.col_offset
            yield start, end, "" if kept else f"{indent}pass\n"
    for call in ast.walk(node):
        match call:
            case ast.Call(func=ast.Name(id=name), args=given) if len(given) > VALUE:
                if _is_from(text.module, name, CHECKS):
                    yield (*text.span(call), text.of(given[VALUE]))
            case ast.Return(
                value=ast.Call(func=ast.Attribute(attr="asarray"), args=[ast.BinOp() as inner], keywords=[])
            ):
                yield (*text.span(call), f"return {text.of(inner)}")  # it keeps a type checker content


def _only_checks(text: ModuleText, statement: ast.stmt) -> bool:
    match statement:
        case ast.If(body=body, orelse=[]) | ast.For(body=body, orelse=[]):
            return all(_only_checks(text, inner) for inner in body)
        case ast.Raise(exc=ast.Call(func=ast.Name(id=error))):
            return _is_from(text.module, error, ERRORS)
        case ast.Expr(value=ast.Call(func=ast.Name(id=function))):
            return _is_from(text.module, function, CHECKS)
    return False


def _methods(text: ModuleText, node: ast.AST, method: Method) -> Iterator[Edit]:
    """The edits that turn a layer's methods into plain functions."""
    for call in ast.walk(node):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=arguments):
                layer = _layer(text.module, name)
                if layer is None:
                    continue
                given = ", ".join(text.of(argument) for argument in arguments)
                if attr == "check":
                    yield (*text.span(call), given if len(arguments) > 1 else f"({given},)")
                elif attr in ("forward", "forward_rule"):
                    yield (*text.span(call.func), method(layer, "forward"))
                elif attr == "backward_rule" or (attr == "backward" and len(layer.differentiable) > 1):
                    yield (*text.span(call.func), method(layer, "backward"))
                elif attr == "backward":
                    yield (*text.span(call), f"({method(layer, 'backward')}({given}),)")
                else:
                    raise SolutionError(f"{text.module.__name__}: {name}.{attr} cannot be written out")


def _layer(module: ModuleType, name: str) -> Layer | None:
    try:
        value = origin(module, name).value
    except SolutionError:
        return None
    return value if isinstance(value, Layer) else None


def _without_idle_lines(code: str) -> str:
    """What is left of a check, taken out: `W, X, strength = W, X, reg`, and a loop that names what nobody reads."""
    text = Text(code)
    edits: list[Edit] = []
    for block, statement in statements(text.tree):
        match statement:
            case ast.For() if len(block) > 1 and _is_idle(statement, text.tree):
                edits.append((*text.lines(statement), ""))
                continue
            case ast.Assign(targets=[ast.Tuple(elts=left)], value=ast.Tuple(elts=right)):
                pairs = [(text.of(a), text.of(b)) for a, b in zip(left, right, strict=False)]
                if len(left) != len(right):
                    continue
            case ast.Assign(targets=[ast.Name() as one], value=ast.Name() as other):
                pairs = [(text.of(one), text.of(other))]
            case _:
                continue
        kept = [(a, b) for a, b in pairs if a not in (b, "_")]
        if kept == pairs:
            continue
        if kept:
            line = f"{', '.join(a for a, _ in kept)} = {', '.join(b for _, b in kept)}"
            edits.append((*text.span(statement), line))
        elif len(block) > 1:
            edits.append((*text.lines(statement), ""))
    return tidy(text.edited(0, len(text.bytes), edits))


def _is_idle(loop: ast.For, tree: ast.Module) -> bool:
    """Whether a loop does nothing but give names to parts of things, and nothing outside reads these names."""
    given: set[str] = set()
    for statement in loop.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() | ast.Subscript()):
                given.add(name)
            case _:
                return False
    inside = {id(node) for node in ast.walk(loop)}
    return not any(
        isinstance(node, ast.Name) and node.id in given and id(node) not in inside for node in ast.walk(tree)
    )
