"""An exception in the student's code as data: what it said, their own lines on the way, what it was applied to."""

from __future__ import annotations

import ast
import inspect
from collections import deque
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

from grader.worker.steps import Frame, Raised
from grader.worker.values import class_name, exact

MOST_FRAMES = 12
LONGEST = 400

Line = Callable[[str, int], str]
"""(unit, line) -> that line of the student's source, or nothing if it is not theirs."""


def raised(error: BaseException, line_of: Line) -> Raised:
    """The exception as an outcome. Asks the exception for its text at most once, and survives what that does."""
    frames: deque[Frame] = deque(maxlen=MOST_FRAMES)
    last: tuple[TracebackType, str] | None = None
    for found in _traceback(error):
        code, line = found.tb_frame.f_code, found.tb_lineno or 0
        text = line_of(code.co_filename, line)
        if text:
            last = found, text
            frames.append(
                Frame(exact(code.co_filename), line, exact(code.co_name)[:200], text.strip()[:LONGEST])
            )
    operands = _operands(last[0].tb_frame, *last) if last else ""
    return Raised(class_name(type(error)), told(error), tuple(frames), operands)


def own_frames(error: BaseException, line_of: Line) -> bool:
    """Whether the exception passed through any of the student's own lines."""
    return any(line_of(f.tb_frame.f_code.co_filename, f.tb_lineno or 0) for f in _traceback(error))


def call_error(function: Any, args: list[Any]) -> Raised | None:
    """Where the arguments do not fit the function's own parameters: said without running it."""
    try:
        signature = inspect.signature(function)
    except Exception:  # a function object of the student's own may do anything here
        return None
    try:
        signature.bind(*args)
    except TypeError:
        pass
    else:
        return None
    try:
        # Names alone: the repr of a default value is the student's code again.
        names = ", ".join(f"{p.name}=..." if p.default is not p.empty else p.name for p in _listed(signature))
        name = exact(getattr(function, "__name__", "the function"))
        count = f"{len(args)} argument{'' if len(args) == 1 else 's'}"
        text = f"{name}({names}) was called with {count}"
        code = getattr(function, "__code__", None)
        frames = (Frame(code.co_filename, code.co_firstlineno, name),) if code is not None else ()
    except Exception:
        return None
    return Raised("TypeError", text[:LONGEST], frames)


def told(error: BaseException) -> str:
    """What the exception says, on one line and not too long."""
    try:
        text = exact(str(error)[: 4 * LONGEST])
    except BaseException:  # an exception of the student's own class may do anything here
        return "(its message cannot be shown)"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _listed(signature: inspect.Signature) -> list[inspect.Parameter]:
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p for p in signature.parameters.values() if p.kind not in starred]


def _traceback(error: BaseException) -> Iterator[TracebackType]:
    # By way of the base class: a class of the student's own may answer anything under this name.
    found = vars(BaseException)["__traceback__"].__get__(error)
    while found is not None:
        yield found
        found = found.tb_next


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
    except BaseException:  # looking at an attribute may be the student's code as well
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
