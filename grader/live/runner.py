"""A runner for functions that exist already: it calls them where they live and loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from grader.live.cells import Cell
from grader.runner import Program
from grader.worker.program import Definition, Source
from grader.worker.session import Loaded, Session
from grader.worker.steps import Outcome, Raised, Step


class LiveRunner:
    """Runs the functions of a live namespace, which it leaves as it is. It confines nothing."""

    level = "none"

    def __init__(self, names: dict[str, Any], cells: Sequence[Cell]) -> None:
        self._labels = {cell.filename: cell.label for cell in cells}
        self._session = Session([Source(cell.filename, cell.source) for cell in cells])
        self._session.close()  # it needs no module of its own
        self._session.namespace = self._live = names
        self._aliases: Mapping[str, str] = {}

    def load(self, program: Program) -> Loaded | Outcome:
        """What is defined already, with the cell and line that defined it."""
        self._aliases = _aliases(program)
        with self._in_their_names() as names:
            return self._loaded(program, names)

    def _loaded(self, program: Program, names: Mapping[str, Any]) -> Loaded:
        places = list(self._labels)
        known = []
        for name in program.wanted:
            value = names.get(name)
            if not callable(value):
                continue
            code = getattr(value, "__code__", None)
            filename = getattr(code, "co_filename", "")
            unit = places.index(filename) if filename in places else len(places)
            known.append(Definition(name, unit, getattr(code, "co_firstlineno", 1)))
        others = [
            Definition(name, len(places), 1)
            for name, value in list(names.items())
            if callable(value) and not name.startswith("_") and getattr(value, "__globals__", None) is names
        ]
        return Loaded((*known, *(d for d in others if d.name not in program.wanted)), (), ())

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """As `Runner`."""
        with self._in_their_names():
            return [self._in_cells(outcome) for outcome in self._session.run(steps)]

    @contextmanager
    def _in_their_names(self) -> Iterator[dict[str, Any]]:
        """The live names, for as long as something is run with what a course calls otherwise under our names too.

        A copy would not do: a function whose namespace is another one is no longer known as the student's own.
        """
        names = self._live
        before = {ours: names[ours] for ours in self._aliases if ours in names}
        given = {ours: names[theirs] for ours, theirs in self._aliases.items() if theirs in names}
        names.update(given)
        try:
            yield names
        finally:
            for ours in given:
                names.pop(ours, None)
            names.update(before)

    def _in_cells(self, outcome: Outcome) -> Outcome:
        """Frames by the names of their cells."""
        if not isinstance(outcome, Raised):
            return outcome
        labels: Mapping[str, str] = self._labels
        return replace(
            outcome, frames=tuple(replace(f, unit=labels.get(f.unit, f.unit)) for f in outcome.frames)
        )

    def take_fault(self) -> str:
        """As `Runner`."""
        return ""

    def printed(self) -> str:
        """As `Runner`."""
        return "".join(self._session.printed.kept)

    def close(self) -> None:
        """As `Runner`."""


def _aliases(program: Program) -> dict[str, str]:
    """What the students of a course call a function, by the name that the exercise knows."""
    found = {}
    for source in program.sources:
        ours, sign, theirs = source.text.strip().partition(" = ")
        if sign and ours.isidentifier() and theirs.isidentifier() and "\n" not in source.text.strip():
            found[ours] = theirs
    return found
