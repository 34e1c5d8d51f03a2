"""An exception in the student's code as data: what it said, their own lines on the way, what it was applied to."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from grader.worker.steps import Frame, Raised

MOST_FRAMES = 12
LONGEST = 400

Line = Callable[[str, int], str]
"""(unit, line) -> that line of the student's source, or nothing if it is not theirs."""


def raised(error: BaseException, line_of: Line) -> Raised:
    """The exception as an outcome. Asks the exception for its text at most once, and survives what that does."""
    frames: list[Frame] = []
    operands = ""
    found = error.__traceback__
    while found is not None:
        code = found.tb_frame.f_code
        text = line_of(code.co_filename, found.tb_lineno)
        if text:
            frames.append(Frame(code.co_filename, found.tb_lineno, code.co_name, text.strip()[:LONGEST]))
            operands = _operands(found.tb_frame, found, text)
        found = found.tb_next
    return Raised(type(error).__name__[:60], _text(error), tuple(frames[-MOST_FRAMES:]), operands)


def own_frames(error: BaseException, line_of: Line) -> bool:
    """Whether the exception passed through any of the student's own lines."""
    found = error.__traceback__
    while found is not None:
        if line_of(found.tb_frame.f_code.co_filename, found.tb_lineno):
            return True
        found = found.tb_next
    return False


def call_error(function: Any, args: list[Any]) -> Raised | None:
    """Where the arguments do not fit the function's own parameters: said without running it."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*args)
    except TypeError:
        name = getattr(function, "__name__", "the function")
        text = f"{name}{signature} was called with {len(args)} arguments"
        code = getattr(function, "__code__", None)
        frames = (Frame(code.co_filename, code.co_firstlineno, name),) if code is not None else ()
        return Raised("TypeError", text[:LONGEST], frames)
    return None


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # an exception of the student's own class may do anything here
        return "(its message cannot be shown)"
    text = " ".join(text[: 4 * LONGEST].split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _operands(frame: FrameType, at: TracebackType, line: str) -> str:
    """The failing operation with the shapes of its two sides: "dout @ w, shapes (2, 3) @ (4, 3)"."""
    try:
        segment = _segment(frame, at, line)
        node = ast.parse(segment, mode="eval").body if segment else None
        if isinstance(node, ast.BinOp):
            sides, sign = (node.left, node.right), _sign(node.op)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("dot", "matmul")
            and len(node.args) in (1, 2)
        ):
            left = node.args[0] if len(node.args) == 2 else node.func.value
            sides, sign = (left, node.args[-1]), "@"
        else:
            return ""
        shapes = [_shape(side, frame) for side in sides]
    except Exception:
        return ""
    if None in shapes or not sign:
        return ""
    return f"{segment}, shapes {shapes[0]} {sign} {shapes[1]}"[:LONGEST]


def _segment(frame: FrameType, at: TracebackType, line: str) -> str:
    """The source of the very expression that failed, by the positions that Python 3.11 keeps."""
    first, last, start, end = list(frame.f_code.co_positions())[at.tb_lasti // 2]
    if first is None or first != last or start is None or end is None:
        return ""
    return line.encode()[start:end].decode(errors="replace")


def _sign(operator: ast.operator) -> str:
    signs = {ast.MatMult: "@", ast.Mult: "*", ast.Add: "+", ast.Sub: "-", ast.Div: "/"}
    return signs.get(type(operator), "")


def _shape(side: ast.expr, frame: FrameType) -> tuple[int, ...] | None:
    """The shape of a side that is written with names, attributes and .T alone; nothing is called to find it."""
    for inner in ast.walk(side):
        if not isinstance(inner, (ast.Name, ast.Attribute, ast.Load, ast.Subscript, ast.Constant, ast.Tuple)):
            return None
    value = eval(compile(ast.Expression(side), "<shape>", "eval"), frame.f_globals, frame.f_locals)  # noqa: S307
    shape = getattr(value, "shape", None)
    return tuple(int(n) for n in shape) if isinstance(shape, tuple) else None
