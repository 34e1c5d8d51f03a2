"""Layers that work entry by entry: their value and local gradients, as functions and as expressions.

Such a layer's rules are made by one function of the reference from `value(*inputs)` and `local(out, *inputs)`;
a student writes them out:

    out = value(x); cache = what backward needs        dx = dout * local
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from grader.solutions.edits import ModuleText, quoted, short
from grader.solutions.errors import SolutionError
from grader.solutions.expressions import bare, gentle, put, times
from grader.solutions.names import text_of
from grader.solutions.rewrite import Named, with_needs
from reference.layer import Layer

HERE = "function_being_written"
"""A name that nothing else has, until the function's own takes its place."""
MADE = {"value", "local"}
"""The functions that a made rule closes over."""


@dataclass(frozen=True, slots=True)
class Elementwise:
    """The two functions behind an elementwise layer."""

    layer: Layer
    value: Callable[..., Any]
    local: Callable[..., Any]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the arguments of `value`."""
        return tuple(_arguments(self.value))

    def written(self, which: str, name: str, named: Named, docstring: str) -> str:
        """The source of a forward or backward that a student could have written."""
        used = self._remembered()
        held = ", ".join(used) if used else "None"
        if which == "forward":
            before, result = _parted(self.value)
            said = docstring or short(inspect.getdoc(self.value) or "")
            arguments, text = self.inputs, source(self.value)
            grouped = f"({held})" if used[1:] else held
            body = [*before, *_indented(f"out = {_plain_text(text, result)}"), f"    return out, {grouped}"]
        else:
            before, result = _parted(self.local)
            gradients = ", ".join(f"d{spec}" for spec in self.layer.differentiable)
            said = docstring or f"dout (...) -> {gradients}, of the shape of dout."
            arguments, text = ("dout", "cache"), source(self.local)
            results = result.elts if isinstance(result, ast.Tuple) else [result]
            products = [ast.unparse(times(ast.Name("dout"), self._gentle(each))) for each in results]
            unpacked = [f"    {held} = cache"] if used else []
            body = [*unpacked, *before, f"    return {', '.join(products)}"]
        lines = [f"def {HERE}({', '.join(arguments)}):", f"    {quoted(said, '    ')}", *body]
        return with_needs("\n".join(lines) + "\n", text.module, named, own={HERE: name})

    def _gentle(self, node: Any) -> Any:
        return gentle(node, alone=all(spec.differentiable for spec in self.layer.inputs))

    def _remembered(self) -> list[str]:
        """What backward looks at of (out, *inputs)."""
        shown: ast.AST = ast.Module(body=[*_body(definition(self.local))], type_ignores=[])
        used = {n.id for n in ast.walk(self._gentle(shown)) if isinstance(n, ast.Name)}
        return [name for name in _arguments(self.local) if name in used]

    def expressions(
        self, names: Mapping[str, ast.expr], out: ast.expr
    ) -> tuple[ast.expr, list[ast.expr]] | None:
        """The value and the local gradients in terms of these expressions; None unless each is a single one."""
        value, local = _single(self.value), _single(self.local)
        if value is None or not isinstance(local, ast.Tuple):
            return None
        first, *others = _arguments(self.local)
        at = {first: out, **{own: names[given] for own, given in zip(others, self.inputs, strict=True)}}
        return put(bare(value), names), [put(bare(each), at) for each in local.elts]

    def needs(self, named: Named) -> None:
        """Adds what the two expressions use besides their arguments."""
        for function in (self.value, self.local):
            single = _single(function)
            assert single is not None
            arguments = ", ".join(_arguments(function))
            code = f"def {HERE}({arguments}):\n    return {ast.unparse(bare(single))}\n"
            with_needs(code, source(function).module, named, own={HERE: HERE})

    def function(self, which: str, called: str, named: Named) -> str:
        """`value` as a function called(x), or `slope` as called(out, x), where a rule takes several lines."""
        function = self.value if which == "value" else self.local
        said = short(inspect.getdoc(self.value) or "")
        if which == "slope":
            said = f"The slope of {self.layer.name}, where its value is {_arguments(self.local)[0]}."
        before, result = _parted(function)
        if isinstance(result, ast.Tuple) and len(result.elts) == 1:
            result = result.elts[0]
        returned = ast.unparse(self._gentle(result))
        head = f"def {HERE}({', '.join(_arguments(function))}):"
        code = "\n".join([head, f"    {quoted(said, '    ')}", *before, f"    return {returned}\n"])
        return with_needs(code, source(function).module, named, own={HERE: called})


def parts(layer: Layer) -> Elementwise | None:
    """The functions that an elementwise layer was made of; None for other layers."""
    value = _cell(layer.forward_rule, "value")
    local = _cell(layer.backward_rule, "local")
    return Elementwise(layer, value, local) if value is not None and local is not None else None


def layer_of(rule: Callable[..., Any]) -> tuple[Layer, str] | None:
    """The layer and the way that a made rule belongs to."""
    if not MADE & set(getattr(getattr(rule, "__code__", None), "co_freevars", ())):
        return None
    from reference.catalogue import layers

    for layer in layers().values():
        if rule is layer.forward_rule:
            return layer, "forward"
        if rule is layer.backward_rule:
            return layer, "backward"
    return None


def _cell(rule: Callable[..., Any], name: str) -> Callable[..., Any] | None:
    names = getattr(getattr(rule, "__code__", None), "co_freevars", ())
    cells = getattr(rule, "__closure__", None) or ()
    found = dict(zip(names, cells, strict=True)).get(name)
    return None if found is None else found.cell_contents


def source(function: Callable[..., Any]) -> ModuleText:
    """The module that a function stands in."""
    module = inspect.getmodule(function)
    assert module is not None, function
    return text_of(module)


@cache
def definition(function: Callable[..., Any]) -> ast.FunctionDef | ast.Lambda:
    """The `def` or `lambda` of a function."""
    place = function.__code__
    arguments = list(place.co_varnames[: place.co_argcount])
    for node in ast.walk(source(function).tree):
        if (
            isinstance(node, ast.FunctionDef)
            and node.name == function.__name__
            and node.lineno == (place.co_firstlineno + len(node.decorator_list))
        ):
            return node
        if (
            isinstance(node, ast.Lambda)
            and node.lineno == place.co_firstlineno
            and [a.arg for a in node.args.args] == arguments
        ):
            return node
    raise SolutionError(f"{function.__qualname__} has no source")


def _arguments(function: Callable[..., Any]) -> list[str]:
    return [argument.arg for argument in definition(function).args.args]


def _body(node: ast.FunctionDef | ast.Lambda) -> list[ast.stmt]:
    if isinstance(node, ast.Lambda):
        returned = ast.Return(node.body)
        ast.copy_location(returned, node.body)
        return [returned]
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def _single(function: Callable[..., Any]) -> ast.expr | None:
    """What a function returns, where it does nothing else."""
    body = _body(definition(function))
    last = body[-1]
    return last.value if len(body) == 1 and isinstance(last, ast.Return) else None


def _parted(function: Callable[..., Any]) -> tuple[list[str], ast.expr]:
    """The lines of a function before its return, comments with them, and what it returns."""
    node, text = definition(function), source(function)
    *before, final = _body(node)
    result = final.value if isinstance(final, ast.Return) else None
    if result is None or any(isinstance(n, ast.Return) for each in before for n in ast.walk(each)):
        raise SolutionError(f"{function.__qualname__} returns in several places")
    if isinstance(node, ast.Lambda):
        return [], result
    described = node.body[0] is not before[0] if before else len(node.body) > 1
    start = text.lines(node.body[0])[1] if described else text.starts[node.lineno]
    between = text.bytes[start : text.starts[final.lineno - 1]].decode()
    return [line for line in between.splitlines() if line.strip()], result


def _plain_text(text: ModuleText, result: ast.expr) -> str:
    """The text of an expression, without an np.asarray around it that only keeps a type checker content."""
    match result:
        case ast.Call(func=ast.Attribute(attr="asarray"), args=[inner], keywords=[]):
            result = inner
    shown = text.of(result)
    return f"(\n        {shown}\n    )" if "\n" in shown else shown


def _indented(code: str) -> list[str]:
    first, *rest = code.splitlines()
    return [f"    {first}", *rest]
