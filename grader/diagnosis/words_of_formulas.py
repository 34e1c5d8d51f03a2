"""A formula as one line of plain text, close to how a blackboard has it."""

from __future__ import annotations

import ast

SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "·", ast.Div: "/", ast.MatMult: "@"}
BINDS = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.MatMult: 2, ast.Pow: 4}
MINUS, WHOLE = 3, 5
RAISED = {2: "²", 3: "³"}


def words(node: ast.AST, least: int = 0) -> str:
    """The formula; in brackets if it binds less than `least`."""
    text, binds = _said(node)
    return f"({text})" if binds < least else text


def _said(node: ast.AST) -> tuple[str, int]:
    match node:
        case ast.Name(id=name):
            return name.replace("_", " "), WHOLE
        case ast.Constant(value=float() | int() as number):
            return ("½" if number == 0.5 else f"{number:g}"), WHOLE if number >= 0 else MINUS
        case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int() as power)) if power in RAISED:
            return words(base, WHOLE) + RAISED[power], BINDS[ast.Pow]
        case ast.BinOp(left=base, op=ast.Pow(), right=power):
            return f"{words(base, WHOLE)}^{words(power, WHOLE)}", BINDS[ast.Pow]
        case ast.BinOp(left=left, op=op, right=right):
            binds = BINDS[type(op)]
            return f"{words(left, binds)} {SIGNS[type(op)]} {words(right, binds + 1)}", binds
        case ast.UnaryOp(operand=operand):
            return f"-{words(operand, MINUS)}", MINUS
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{words(left, 1)} {'>' if isinstance(op, ast.Gt) else '<'} {words(right, 1)}", 0
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments)
        case ast.Subscript(value=array):
            return _said(array)
    return ast.unparse(node), WHOLE


def _called(name: str, arguments: list[ast.expr]) -> tuple[str, int]:
    first = arguments[0]
    match name:
        case "T":
            return f"{words(first, WHOLE)}ᵀ", WHOLE
        case "abs":
            return f"|{words(first)}|", WHOLE
        case "sqrt":
            return f"√{words(first, WHOLE)}", WHOLE
        case "ones":
            return "1", WHOLE
        case "zeros":
            return "0", WHOLE
        case "least" | "like" | "reshape":
            return _said(first)
        case "column":
            return f"the labels {words(first)} themselves", 0
        case "everything":
            return f"the sum of all {words(first, 2)}", 0
        case "sum" | "total" | "mean" | "average" | "largest" | "highest":
            axis = ast.literal_eval(arguments[1])
            over = f"axis {axis}" if isinstance(axis, int) else f"axes {', '.join(map(str, axis))}"
            what = {"sum": "sum", "total": "sum", "mean": "mean", "average": "mean"}.get(name, "largest")
            return f"{what}({words(first)} over {over})", WHOLE
        case "where":
            return f"{words(arguments[1], 1)} where {words(first)}, else {words(arguments[2], 1)}", 0
        case "onehot":
            return f"onehot({words(first)})", WHOLE
    return f"{name.replace('_', ' ')}({', '.join(words(each) for each in arguments)})", WHOLE
