"""What one node of Python's syntax tree may be rewritten to, so that it is wrong as a student's may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator

SWAPPED = {
    "sum": "mean", "mean": "sum", "max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum",
    "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like", "ones_like": "zeros_like", "argmax": "argmin",
    "argmin": "argmax", "any": "all", "all": "any", "var": "std", "std": "var",
}  # fmt: skip
"""Functions, and what is written in their stead."""

DROPPED = {"exp", "log", "sqrt", "abs", "tanh", "sign", "square", "reversed"}
"""Functions of one argument that are left out."""

REORDERED = {"transpose", "swapaxes"}
"""Methods that are left out."""

EITHER_WAY = {
    "maximum", "minimum", "max", "min", "add", "multiply", "array_equal", "isinstance", "zip", "swapaxes", "clip",
}  # fmt: skip
"""Functions that take their first two arguments in any order, or whose order no student mistakes."""

STORAGE = {"astype", "empty", "empty_like", "dtype", "type", "finfo"}
"""Calls, and below them keywords, that say how numbers are stored, not which."""

KEYWORDS = {"dtype", "casting", "order", "copy", "strict"}

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Gt: (ast.GtE, ast.Lt), ast.Lt: (ast.LtE, ast.Gt), ast.GtE: (ast.Gt, ast.LtE), ast.LtE: (ast.Lt, ast.GtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip

_AUGMENTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip


def rewrites(node: ast.AST, above: tuple[ast.AST, ...], *, assigned: bool) -> Iterator[ast.AST]:
    """All that may stand in place of `node`. `assigned`: it gives a value to names that had one before."""
    if _says_how_stored(node, above):
        return
    match node:
        case ast.BinOp():
            yield from _of_product(node)
        case ast.UnaryOp(op=ast.USub() | ast.Not() | ast.Invert(), operand=inner):
            if not isinstance(inner, ast.Constant) or not isinstance(above[-1], ast.keyword | ast.Call):
                yield inner
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            for other in _COMPARED.get(type(op), ()):
                yield ast.Compare(left, [other()], [right])
        case ast.BoolOp(op=op, values=[first, *rest]):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), [first, *rest])
            yield first
            yield rest[-1]
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Constant():
            if not (isinstance(above[-1], ast.UnaryOp) and isinstance(above[-2], ast.Call)):  # reshape(-1)
                yield from _of_constant(node, above)
        case ast.Attribute(value=value, attr="T"):
            yield value
        case ast.Call():
            yield from _of_call(node)
        case ast.Name(ctx=ast.Load()) if _is_handed_on(above):
            yield ast.UnaryOp(ast.USub(), node)
        case ast.Tuple(ctx=ast.Load()):
            yield from _of_tuple(node, above)
        case ast.stmt():
            yield from _of_statement(node, assigned)


def _is_handed_on(above: tuple[ast.AST, ...]) -> bool:
    """Whether a name is returned, or given to another name, as it is: there its sign may be lost."""
    holder = above[-2] if isinstance(above[-1], ast.Tuple) and len(above) > 1 else above[-1]
    return isinstance(holder, ast.Return) or isinstance(above[-1], ast.Assign)


def _says_how_stored(node: ast.AST, above: tuple[ast.AST, ...]) -> bool:
    for outer, inner in zip(above, (*above[1:], node), strict=True):
        if isinstance(outer, ast.keyword) and outer.arg in KEYWORDS:
            return True
        if isinstance(outer, ast.Call) and _name(outer) in STORAGE and inner is not outer.func:
            return True
    return False


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def _of_product(node: ast.BinOp) -> Iterator[ast.AST]:
    left, right = node.left, node.right
    match node.op:
        case ast.Add():
            yield ast.BinOp(left, ast.Sub(), right)
            yield left
            yield right
        case ast.Sub():
            yield ast.BinOp(left, ast.Add(), right)
            yield ast.BinOp(right, ast.Sub(), left)
            yield left
        case ast.Mult():
            yield ast.BinOp(left, ast.Add(), right)
            yield left
            yield right
        case ast.Div():
            yield ast.BinOp(left, ast.Mult(), right)
            yield left
        case ast.Pow():
            yield left
        case ast.MatMult():
            yield ast.BinOp(right, ast.MatMult(), left)
            yield ast.BinOp(left, ast.Mult(), right)
            for place, operand in enumerate((left, right)):
                if not isinstance(operand, ast.Attribute) or operand.attr != "T":
                    turned = ast.Attribute(operand, "T", ast.Load())
                    yield ast.BinOp(left, node.op, turned) if place else ast.BinOp(turned, node.op, right)


def _of_constant(node: ast.Constant, above: tuple[ast.AST, ...]) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        place = any(isinstance(each, ast.Subscript | ast.keyword | ast.Slice) for each in above[-3:])
        yield ast.Constant(0 if value == 1 and place else value + 1)
    elif isinstance(value, float):
        yield ast.Constant(2 * value if value else 1.0)


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    called, arguments = _name(node), node.args
    if called in STORAGE:
        return
    if called in SWAPPED:
        yield ast.Call(_called(node.func, SWAPPED[called]), arguments, node.keywords)
    if called in DROPPED and len(arguments) == 1:
        yield arguments[0]
    if called in REORDERED and isinstance(node.func, ast.Attribute):
        yield node.func.value if getattr(node.func.value, "id", "") != "np" else arguments[0]
    if len(arguments) > 1 and called not in EITHER_WAY:
        yield ast.Call(node.func, [arguments[1], arguments[0], *arguments[2:]], node.keywords)
    for place, keyword in enumerate(node.keywords):
        if keyword.arg in ("axis", "keepdims"):
            kept = [*node.keywords[:place], *node.keywords[place + 1 :]]
            yield ast.Call(node.func, arguments, kept)


def _called(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return ast.Attribute(function.value, name, ast.Load())
    return ast.Name(name, ast.Load())


def _of_tuple(node: ast.Tuple, above: tuple[ast.AST, ...]) -> Iterator[ast.AST]:
    """Two neighbours swapped; of several axes, whose order is nothing, one left out."""
    parts = node.elts
    if isinstance(above[-1], ast.keyword) and above[-1].arg == "axis":
        for place in range(len(parts)):
            yield ast.Tuple([*parts[:place], *parts[place + 1 :]], ast.Load())
        return
    for place in range(len(parts) - 1):
        yield ast.Tuple([*parts[:place], parts[place + 1], parts[place], *parts[place + 2 :]], ast.Load())


def _of_statement(node: ast.stmt, assigned: bool) -> Iterator[ast.AST]:
    match node:
        case ast.AugAssign(target=target, op=op, value=value):
            if type(op) in _AUGMENTED:
                yield ast.AugAssign(target, _AUGMENTED[type(op)](), value)
            yield ast.Assign([target], value)
            yield ast.Pass()
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="at"), args=[array, index, value])):
            yield ast.Assign([ast.Subscript(array, index, ast.Store())], value)
            yield ast.Pass()
        case ast.Expr():
            yield ast.Pass()
        case ast.Assign(targets=targets):
            if assigned or not all(isinstance(target, ast.Name | ast.Tuple) for target in targets):
                yield ast.Pass()
        case ast.If(test=test):
            yield ast.If(ast.UnaryOp(ast.Not(), test), node.body, node.orelse)
