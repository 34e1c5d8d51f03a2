"""`Sketch`: what a picture of a graph says, in words, before anybody decides where it goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from grader.passes import Trace
from grader.picture.numbers import short


class Mark(StrEnum):
    """What became of a number that somebody worked out by hand."""

    RIGHT = "right"
    ORIGIN = "origin"
    """Wrong, and not only because of the numbers it was made from."""
    INHERITED = "inherited"
    """Right work on a number that was wrong already."""

    @property
    def sign(self) -> str:
        """One character for it."""
        return {"right": "✓", "origin": "✗", "inherited": "↪"}[self.value]


@dataclass(frozen=True, slots=True)
class Box:
    """One node: what is written in it, over it, and on the wire that leaves it."""

    name: str
    symbol: str
    leaf: bool
    caption: str
    """A step's own name, to be written over its gate; empty if it has none."""
    value: str
    gradient: str
    alternative: str
    """The same in words, for who cannot see the picture."""
    mark: Mark | None = None
    """How the box is framed; the numbers' own marks stand before them."""
    value_mark: Mark | None = None
    gradient_mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """From one box (by its place in the list) to input number `port` of another one, which has `ports`."""

    source: int
    target: int
    port: int
    ports: int
    contribution: str
    """What comes back along this wire, where several leave the source; else empty."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A graph to draw; the boxes are in topological order."""

    title: str
    output: str
    """What to call the output: its name if the author gave it one."""
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]

    @property
    def fans_out(self) -> frozenset[int]:
        """The boxes that more than one wire leaves."""
        leaving = Counter(wire.source for wire in self.wires)
        return frozenset(source for source, count in leaving.items() if count > 1)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that occur, for the legend."""
        found = {mark for box in self.boxes for mark in (box.mark, box.value_mark, box.gradient_mark)}
        return tuple(mark for mark in Mark if mark in found)


def sketch(trace: Trace, *, digits: int) -> Sketch:
    """The picture of a trace, its numbers to so many significant digits."""
    place = {node.name: number for number, node in enumerate(trace.nodes)}
    ports: dict[str, int] = {}
    for wire in trace.wires:
        ports[wire.target] = ports.get(wire.target, 0) + 1
    used: dict[str, int] = {}
    wires = []
    for wire in trace.wires:
        port = used[wire.target] = used.get(wire.target, -1) + 1
        alone = len(trace.leaving[wire.source]) == 1
        contribution = "" if alone else short(wire.contribution, digits)
        wires.append(Wire(place[wire.source], place[wire.target], port, ports[wire.target], contribution))
    boxes = []
    for node in trace.nodes:
        value, gradient = short(node.value, digits), short(node.gradient, digits)
        what = f"{node.name} = {node.expression}" if node.op else node.name
        words = f"{what}: value {value}, gradient {gradient}"
        caption = node.name if node.op and node.named else ""
        boxes.append(Box(node.name, node.label, not node.op, caption, value, gradient, words))
    named = next(node.named for node in trace.nodes if node.name == trace.output)
    return Sketch(trace.title, trace.output if named else "the output", tuple(boxes), tuple(wires))
