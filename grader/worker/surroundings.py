"""What surrounds the student's code while it runs: its output, warnings, settings and randomness are kept apart."""

from __future__ import annotations

import contextlib
import io
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.worker.values import exact

MOST_OUTPUT = 20_000
"""Characters of what a student's code prints that are kept."""

# Held here, so that a submission that puts others in their place cannot change what we do.
_GET_GENERATOR: Callable[[], Any] = vars(np.random)["get_bit_generator"]  # not in NumPy's own stubs
_SET_GENERATOR: Callable[[Any], None] = vars(np.random)["set_bit_generator"]


class OverBudgetError(BaseException):
    """A top-level statement took too long. Not an Exception, so that `except Exception` does not swallow it."""


@dataclass(slots=True)
class Printed(io.TextIOBase):
    """Keeps the beginning of what is printed."""

    kept: list[str] = field(default_factory=list)
    length: int = 0

    def write(self, text: str) -> int:
        """As a text stream; never full, never closed."""
        text = exact(str(text))
        if self.length < MOST_OUTPUT:
            self.kept.append(text[: MOST_OUTPUT - self.length])
        self.length += len(text)
        return len(text)

    def writable(self) -> bool:
        """It is."""
        return True


@contextlib.contextmanager
def apart(printed: Printed) -> Iterator[None]:
    """What is printed goes to `printed`; warnings, NumPy's error state and the recursion limit are kept."""
    deepest = sys.getrecursionlimit()
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # a warning that costs marks would be the grader's mistake
        try:
            yield
        finally:
            if sys.getrecursionlimit() != deepest:
                sys.setrecursionlimit(deepest)


@contextlib.contextmanager
def randomness(seed: int) -> Iterator[None]:
    """The global generators start from `seed`, so that a report can be had again; afterwards they are as before."""
    before = random.getstate(), _GET_GENERATOR()
    random.seed(seed)
    _SET_GENERATOR(np.random.MT19937(seed))  # another one in its place: the old one keeps its state
    try:
        yield
    finally:
        random.setstate(before[0])
        _SET_GENERATOR(before[1])


@contextlib.contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether somebody pressed Ctrl-C: `raise KeyboardInterrupt` is something else."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: False
        return
    handler = before
    pressed = False

    def note(number: int, frame: Any) -> None:
        nonlocal pressed
        pressed = True
        handler(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises OverBudgetError in what takes longer, where the platform and the thread allow it."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: Any) -> None:
        raise OverBudgetError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def no_input(*_: Any, **__: Any) -> Any:
    """In place of `input` and `breakpoint`. Raises EOFError."""
    raise EOFError("nobody is there to answer while the code is graded")


def leave(code: Any = None) -> Any:
    """In place of `exit` and `quit`, which would close the standard input of a notebook. Raises SystemExit."""
    raise SystemExit(code)
