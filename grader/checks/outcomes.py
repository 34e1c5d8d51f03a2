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
    line = one_line(outcome.frames[-1].text, limit=100).rstrip(": ") if outcome.frames else ""
    if outcome.error == "SystemExit":
        return f"{line or function}: SystemExit ends the whole program"
    if outcome.error == "NotImplementedError" and not outcome.text:
        return f"{line or function}: this part is still to be written"
    said = one_line(": ".join(part for part in (outcome.error, outcome.text) if part)) + _advice(outcome)
    if outcome.operands:
        operands = one_line(outcome.operands)
        expression, _, shapes = operands.rpartition(", shapes ")
        shown = operands if line.endswith(expression) or not line else f"{line}: {operands}"
        if line and line.endswith(expression):
            shown = f"{line}, shapes {shapes}"
        return f"{shown}: {_misfit(shapes) or said}"
    return f"{line}: {said}" if line else f"{function} raised {said}"


FLOAT = re.compile(
    r"'(numpy\.)?float(16|32|64)?' object cannot be interpreted as an integer|slice indices must be integers"
    r"|indices must be integers or slices, not float|a single integer, got '[\d.]+'"
)
"""What Python says where a whole number is needed and another came."""
INDEX = re.compile(r"only integers, slices")
"""What NumPy says where something is no index: a number with a point, but a name like "w" as well."""
DIVIDES = re.compile(r"(?<!/)/(?![/=])")


def _advice(outcome: Raised) -> str:
    """For whoever learnt Python 2, or from a book that did; and for a mask of numbers."""
    if outcome.error not in ("TypeError", "IndexError"):
        return ""
    line = outcome.frames[-1].text if outcome.frames else ""
    if FLOAT.search(outcome.text) or (INDEX.search(outcome.text) and DIVIDES.search(line)):
        return "; 6 / 2 is 3.0, and 6 // 2 is 3"
    if outcome.text.startswith("arrays used as indices must be of integer"):
        return "; a mask holds True and False, as x > 0 gives it"
    return ""


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
