"""What the benchmarks share: interleaved timing, and one table in two forms."""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ROUNDS = 7
BATCH = 5e-3
"""Seconds of one sample at least: a call that takes less is repeated, so that the clock's ticks do not count."""

BUDGET = 1.5
"""Seconds for one function; who used them up gets no more rounds, but two at least."""


@dataclass(slots=True)
class Table:
    """Rows of text under columns. `left` counts the columns that hold words and are aligned left."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: Sequence[str] = ()
    left: int = 1

    def markdown(self) -> str:
        """The table for a README; a column's lines become one."""
        head = [name.replace("\n", " ") for name in self.columns]
        rule = ["---" if place < self.left else "---:" for place in range(len(head))]
        lines = [f"| {' | '.join(cells)} |" for cells in (head, rule, *self.rows)]
        return "\n".join([f"**{self.title}**", "", *lines, "", *(f"{note}\n" for note in self.notes)])

    def show(self, *, markdown: bool) -> None:
        """Print it, in Markdown or as a table of at most 100 columns."""
        if markdown:
            print(self.markdown())
            return
        from rich import box
        from rich.console import Console
        from rich.table import Table as RichTable

        console = Console()
        if console.width > 100:
            console = Console(width=100)
        table = RichTable(title=self.title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left")
        for place, name in enumerate(self.columns):
            words = place < self.left
            table.add_column(name, justify="left" if words else "right", no_wrap=not words)
        for row in self.rows:
            table.add_row(*row)
        console.print(table)
        for note in self.notes:
            console.print(note, style="dim", highlight=False)


def interleaved(
    functions: Mapping[str, Callable[[], Any]],
    *,
    rounds: int = ROUNDS,
    batch: float = BATCH,
    budget: float = BUDGET,
) -> dict[str, float]:
    """Best seconds a call of each function. They take turns, so that a slow moment of the machine hits all."""
    calls = {name: _calls(function, batch) for name, function in functions.items()}
    best = dict.fromkeys(functions, float("inf"))
    spent = dict.fromkeys(functions, 0.0)
    enabled = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds):
            for name, function in functions.items():
                if turn >= 2 and spent[name] > budget:
                    continue
                taken = _timed(function, calls[name])
                spent[name] += taken
                best[name] = min(best[name], taken / calls[name])
    finally:
        if enabled:
            gc.enable()
    return best


def _calls(function: Callable[[], Any], batch: float) -> int:
    """How many calls fill a batch; the calls made to find out are the warm-up."""
    calls = 1
    while (taken := _timed(function, calls)) < batch:
        calls = max(calls + 1, int(calls * min(10.0, 1.2 * batch / max(taken, 1e-9))))
    return calls


def _timed(function: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return time.perf_counter() - start


def options(description: str) -> argparse.ArgumentParser:
    """A parser with what every benchmark takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--quick", action="store_true", help="smallest sizes, one round: does it run at all?")
    return parser


def effort(*, quick: bool) -> dict[str, Any]:
    """Arguments for `interleaved`."""
    return {"rounds": 1, "batch": 0.0} if quick else {}


def ratio(other: float | None, ours: float) -> str:
    """other / ours in two or three digits; a dash where there is nothing to compare with."""
    if other is None:
        return "-"
    quotient = other / ours
    if quotient < 0.1:
        return f"{quotient:.2g}"
    return f"{quotient:.2f}" if quotient < 10 else f"{quotient:,.0f}"


def count(number: int) -> str:
    """An exact integer with separators; above 10^12 its leading digits and its order of magnitude."""
    digits = str(number)
    return f"{number:,}" if len(digits) <= 12 else f"{digits[0]}.{digits[1:3]}e{len(digits) - 1}"


def duration(seconds: float) -> str:
    """Seconds in the unit that leaves one to three digits before the point."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"
