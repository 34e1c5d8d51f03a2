"""Words for what ended a student's code: one line that says where, what, and with which shapes."""

from __future__ import annotations

import re

from grader.text import one_line
from grader.worker.steps import (
    Killed,
    Malformed,
    NotRun,
    Outcome,
    OutOfMemory,
    Raised,
    Returned,
    TimedOut,
    Unsupported,
)


def place(outcome: Outcome) -> str:
    """The innermost of the student's own lines: "cell 12, line 4"; empty where none is known."""
    if isinstance(outcome, Raised) and outcome.frames:
        frame = outcome.frames[-1]
        return f"{one_line(frame.unit, limit=80)}, line {frame.line}"
    return ""


def told(outcome: Outcome, function: str) -> str:
    """Why there is no result, as a sentence about the function."""
    match outcome:
        case Raised():
            return _raised(outcome, function)
        case TimedOut(seconds):
            return f"{function} did not end within {seconds:.3g} seconds"
        case OutOfMemory():
            return f"{function} needed more memory than it may have"
        case Killed(how):
            return f"{function} ended the whole process ({one_line(how, limit=60)})"
        case Malformed():
            return f"{function} interfered with the grader's own messages"
        case Unsupported(reason):
            return f"{function}: {one_line(reason)}"
        case NotRun(reason):
            return f"{function} could not be called: {one_line(reason)}"
        case Returned():
            return f"{function} returned"


def _raised(outcome: Raised, function: str) -> str:
    line = one_line(outcome.frames[-1].text, limit=100) if outcome.frames else ""
    said = one_line(": ".join(part for part in (outcome.error, outcome.text) if part))
    if outcome.operands:
        operands = one_line(outcome.operands)
        expression, _, shapes = operands.rpartition(", shapes ")
        shown = operands if line.endswith(expression) or not line else f"{line}: {operands}"
        if line and line.endswith(expression):
            shown = f"{line}, shapes {shapes}"
        return f"{shown}: {_misfit(shapes) or said}"
    return f"{line}: {said}" if line else f"{function} raised {said}"


def _misfit(shapes: str) -> str:
    """Which two sizes of a matrix product do not meet."""
    found = re.fullmatch(r"\(([\d, ]+)\) @ \(([\d, ]+)\)", shapes)
    if not found:
        return ""
    left, right = ([int(n) for n in group.split(",") if n.strip()] for group in found.groups())
    inner = right[-2] if len(right) > 1 else right[0]
    return f"{left[-1]} and {inner} do not meet" if left[-1] != inner else ""


def ended_badly(outcome: Outcome) -> bool:
    """Whether the process is gone: what comes after cannot have run."""
    return isinstance(outcome, (TimedOut, OutOfMemory, Killed, Malformed))
