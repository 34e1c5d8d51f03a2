"""A message is a small program: steps that are run in order beside the student's code, each with an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from grader.worker.values import Code, Ref


@dataclass(frozen=True, slots=True)
class Put:
    """Keep a value under a name, so that calls can be given that very object and it can be looked at later."""

    register: str
    value: Any


@dataclass(frozen=True, slots=True)
class Call:
    """Call one of the student's functions, by name or by Ref.

    The result is kept under `into`. With `reveal` = k a tuple of k + 1 items answers with its first k, the last (a
    cache) staying where it is. `salvage` runs the function again without the statements that raise, so that a
    mistake in dx does not hide a right dw: what could not be computed comes back as Failed.
    """

    function: str | Ref
    args: tuple[Any, ...] = ()
    into: str = ""
    reveal: int | None = None
    salvage: bool = False


@dataclass(frozen=True, slots=True)
class Get:
    """The present value of a Ref."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Swap:
    """Put `value` in place of a call's output number `place`, wherever the cache that came with it holds that."""

    register: str
    place: int
    value: Any


@dataclass(frozen=True, slots=True)
class Stand:
    """Until the message ends, this code takes the place of one of the student's functions, by whatever name."""

    function: str
    code: Code


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of one of the student's global variables."""

    name: str


@dataclass(frozen=True, slots=True)
class Nudge:
    """`delta` is added to one entry of an argument (`index`), or to all of it (None)."""

    argument: int
    delta: Any
    index: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Evaluate:
    """The function at the arguments moved by each group of nudges in turn: a whole round of differences.

    Answers with a list of results, each a tuple of the first `outputs` items where it returns more (a cache).
    """

    function: str | Ref
    args: tuple[Any, ...]
    rounds: tuple[tuple[Nudge, ...], ...]
    outputs: int


Step = Put | Call | Get | Swap | Stand | Variable | Evaluate


class Prepared(tuple[Step, ...]):
    """Steps that many submissions are tried with: as bytes they are kept with them, once they have been sent."""

    encoded: bytes = b""


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of the student's own on the way to an error."""

    unit: str
    line: int
    function: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """The step ended with this plain value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Raised:
    """The student's code ended in an exception; `frames` from the outermost of their lines to the innermost."""

    error: str
    text: str
    frames: tuple[Frame, ...] = ()
    operands: str = ""
    """What the failing operation was applied to: "dout @ w, shapes (2, 3) @ (4, 3)"."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A value that cannot cross: what, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The step did not end within its time. `waited`: it used little of it for computing."""

    seconds: float
    waited: bool = False


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """The step needed more memory than it may have."""


@dataclass(frozen=True, slots=True)
class Killed:
    """The process ended during the step: by a signal, or by itself."""

    how: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """The answer broke the protocol."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """A step before it did not give what this one needs."""

    reason: str


Outcome = Returned | Raised | Unsupported | TimedOut | OutOfMemory | Killed | Malformed | NotRun

STEPS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Put, Call, Get, Swap, Stand, Variable, Evaluate)
}
FROM_WORKER: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Returned, Raised, Unsupported, OutOfMemory, NotRun)
}
"""The outcomes that the worker may claim; the others are the supervisor's own observations."""

OUTGOING: dict[str, type[Any]] = FROM_WORKER | {"Frame": Frame}
"""All that may be in an answer."""


def packed(item: Any) -> Any:
    """An outcome as a plain value."""
    if type(item).__name__ in OUTGOING and type(item) is OUTGOING[type(item).__name__]:
        return (type(item).__name__, *(packed(getattr(item, f.name)) for f in fields(item)))
    if isinstance(item, tuple):
        return ("", *(packed(part) for part in item))
    return item


def unpacked(value: Any, allowed: dict[str, type[Any]]) -> Any:
    """What `packed` made. Raises ValueError for anything else."""
    if not isinstance(value, tuple):
        return value
    if not value or not isinstance(value[0], str):
        raise ValueError("not a record")
    name, *parts = value
    if not name:
        return tuple(unpacked(part, allowed) for part in parts)
    kind = allowed.get(name)
    if kind is None or len(parts) != len(fields(kind)):
        raise ValueError(f"{name[:40]!r} is not a record that may come here")
    return kind(*(unpacked(part, allowed) for part in parts))


def answers(steps: Sequence[Step], number: int, outcome: Outcome) -> bool:
    """Whether this outcome travels: that of a Put which worked is known from the next one's, and not sent."""
    kept = type(steps[number]) is Put and outcome == KEPT
    return not kept or number == len(steps) - 1


KEPT = Returned(None)
"""The outcome of a Put."""


def check_outcome(outcome: Any) -> Outcome:
    """An outcome with fields of the right types. Raises ValueError."""
    match outcome:
        case Returned() | OutOfMemory():
            return outcome
        case Unsupported(str()) | NotRun(str()):
            return outcome
        case Raised(str(), str(), tuple() as frames, str()) if _frames(frames):
            return outcome
    raise ValueError("not an outcome")


def _frames(frames: Sequence[Any]) -> bool:
    return len(frames) <= 50 and all(
        isinstance(f, Frame)
        and isinstance(f.unit, str)
        and type(f.line) is int
        and isinstance(f.function, str)
        and isinstance(f.text, str)
        for f in frames
    )
