"""What is seen while a class is graded: counts by outcome and the time left; plain lines in a file or pipe."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

SORTS = ("right", "partly right", "not started", "could not be graded", "unchanged", "forgotten")
EVERY = 10.0
"""Seconds between two plain lines."""
REDRAW = 0.1


class Progress:
    """Counts results and shows them. Use it as a context manager."""

    def __init__(self, total: int, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self.total, self.counts = total, Counter[str]()
        self.started = time.monotonic()
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._said = self.started
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if not self._quiet and self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            # No thread of its own: forked processes and threads do not go together.
            self._bar = Progress(
                TextColumn("grading"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeRemainingColumn(compact=True),
                TextColumn("{task.fields[counts]}"),
                console=Console(file=self._stream, highlight=False),
                auto_refresh=False,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=self.total, counts="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def done(self) -> int:
        """How many results have come."""
        return sum(self.counts.values())

    def add(self, sort: str, count: int = 1) -> None:
        """One more result (or several) of this sort."""
        self.counts[sort] += count
        now = time.monotonic()
        if self._quiet:
            return
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=count, counts=self.told())
            if now - self._said >= REDRAW or self.done == self.total:
                self._bar.refresh()
                self._said = now
        elif now - self._said >= EVERY:
            self.line(f"{self.done} of {self.total}: {self.told()}; {self.left()}")
            self._said = now

    def line(self, text: str) -> None:
        """One line of its own, above the bar where there is one."""
        if self._bar is not None:
            self._bar.console.print(text, markup=False, soft_wrap=True)
        else:
            print(text, file=self._stream, flush=True)

    def told(self) -> str:
        """The counts in words, those that are not zero."""
        return ", ".join(f"{self.counts[sort]} {sort}" for sort in SORTS if self.counts[sort])

    def left(self) -> str:
        """About how long the rest will take."""
        graded = self.done - self.counts["unchanged"]
        if not graded:
            return "time left unknown"
        return f"about {duration((time.monotonic() - self.started) / graded * (self.total - self.done))} left"


def duration(seconds: float) -> str:
    """In the units that a person would use."""
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes} min {rest} s"
        if minutes < 10
        else f"{minutes // 60} h {minutes % 60} min" * (minutes >= 60) or (f"{minutes} min")
    )
