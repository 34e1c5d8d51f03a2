"""A small graph drawn in box characters, as on a blackboard: values above the wires, gradients below them.

   ▸ -2                A wire runs level in the row of its source. Every gate that is not level with its
x ──────╮      ▸ 3     one input has a vertical of its own, where its inputs meet:  ╮ ╯ ┤ an input ends,
   ◂ -4 ├─(+)───       ● it goes on to another gate as well, ─│─ two wires cross and do not touch.
   ▸ 5  │      ◂ -4
y ──────╯
   ◂ -4
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len
from rich.text import Text

from grader.picture.layout import Layout, Link, Spacing, TooLargeError, layout
from grader.picture.sketch import Box, Sketch

SPACING = Spacing(above=lambda _: 2, below=lambda _: 2, bend=1, symmetric=True)
TALLEST = 60
"""Rows; a taller drawing is not seen at once, and the lanes of `grader.picture.lanes` say as much."""

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
CORNERS = {
    UP | DOWN: "│", LEFT | RIGHT: "─", DOWN | LEFT: "╮", UP | LEFT: "╯", DOWN | RIGHT: "╭", UP | RIGHT: "╰",
    UP | DOWN | LEFT: "┤", UP | DOWN | RIGHT: "├", DOWN | LEFT | RIGHT: "┬", UP | LEFT | RIGHT: "┴",
    UP | DOWN | LEFT | RIGHT: "┼",  # the wires of one gate meet, which is no fan-out
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Joint:
    """A gate (or a bend) at which wires from other rows arrive: its row, its sources' rows."""

    row: int
    sources: frozenset[int]

    @property
    def rows(self) -> range:
        """The rows that its vertical covers."""
        return range(min(self.row, *self.sources), max(self.row, *self.sources) + 1)


def board(drawing: Sketch, *, width: int, written: Callable[[str], str]) -> list[Text] | None:
    """The drawing's lines, or None if it does not fit. `written` puts a symbol into the output's encoding."""
    links = [Link(wire.source, wire.target) for wire in drawing.wires]
    if len(drawing.boxes) > width:
        return None
    try:
        plan = layout(len(drawing.boxes), links, SPACING)
    except TooLargeError:
        return None
    rows = _rows(plan)
    height = max(rows) + 2
    if height > TALLEST:
        return None
    canvas = _Canvas(height)
    gaps = [_tracks(plan, rows, column) for column in range(len(plan.columns))]
    left = 0
    for column, places in enumerate(plan.columns):
        gates = {p: _gate(drawing, p, written) for p in places if p < plan.nodes}
        own = [drawing.boxes[p] for p in gates]
        gate = max((cell_len(text) for text in gates.values()), default=0)
        numbers = max((len(text) for box in own for text in _numbers(box)), default=0)
        right = left + gate + (numbers + 4 if gates else 1)
        texts = [*gates.values(), *(text for box in own for text in _numbers(box))]
        if right > width or any(cell_len(text) != len(text) for text in texts):
            return None  # too wide, or letters that take two places or none
        for place in places:
            canvas.level(rows[place], left, right)
        for place, text in gates.items():
            box, row = drawing.boxes[place], rows[place]
            start = left + (gate - len(text) if box.leaf else 0)
            canvas.blank(row, left, start)
            canvas.put(row, start, text, "node")
            value, gradient = _numbers(box)
            if value:
                canvas.put(row - 1, left + gate + 1, f"▸ {value}", box.value_mark or "value")
            if gradient:
                canvas.put(row + 1, left + gate + 1, f"◂ {gradient}", box.gradient_mark or "gradient")
        tracks = gaps[column]
        if tracks is None:
            return None
        left = right + 2 * max(tracks.values(), default=-1) + 3
        _wires(canvas, plan, rows, column, tracks, right, left)
    return canvas.lines()


def _gate(drawing: Sketch, place: int, written: Callable[[str], str]) -> str:
    box = drawing.boxes[place]
    if box.leaf:
        return written(box.symbol) + " "
    sign = box.mark.sign if box.mark else ""
    caption = f" {written(box.caption)} " if box.caption else " " if sign else ""
    return f"({written(box.symbol)}){sign}{caption}"


def _numbers(box: Box) -> tuple[str, str]:
    """What stands over and under the wire that leaves the box, marks first."""
    value = f"{box.value_mark.sign} {box.value}" if box.value_mark else box.value
    return value, f"{box.gradient_mark.sign} {box.gradient}" if box.gradient_mark else box.gradient


def _rows(plan: Layout) -> list[int]:
    """Whole heights that keep the distances: what is rounded is each height less its least possible one."""
    rows = [0] * len(plan.height)
    for places in plan.columns:
        least = 0.0
        for upper, lower in zip([None, *places], places, strict=False):
            if upper is not None:
                least += 2 if upper < plan.nodes else 1
                least += 2 if lower < plan.nodes else 1
            rows[lower] = math.floor(plan.height[lower] - least + 0.5 + 1e-6) + int(least)
    top = min(row - (2 if place < plan.nodes else 1) for place, row in enumerate(rows))
    return [row - top - 1 for row in rows]


def _joints(plan: Layout, rows: list[int], column: int) -> dict[int, Joint]:
    """The places of the next column that need a vertical: all that are not level with their only input."""
    sources: dict[int, set[int]] = {}
    for route in plan.routes:
        for a, b in pairwise(route):
            if plan.column[a] == column:
                sources.setdefault(b, set()).add(rows[a])
    joints = {place: Joint(rows[place], frozenset(found)) for place, found in sources.items()}
    return {place: joint for place, joint in joints.items() if joint.sources != {joint.row}}


def _tracks(plan: Layout, rows: list[int], column: int) -> dict[int, int] | None:
    """A track for each vertical in the gap after a column; None if there is no assignment.

    A wire that is level with a joint must have turned off before it: its other verticals come first.
    """
    joints = _joints(plan, rows, column)
    earlier = {
        place: {u for u, other in joints.items() if u != place and joint.row in other.sources}
        for place, joint in joints.items()
    }
    tracks: dict[int, int] = {}
    while len(tracks) < len(joints):
        ready = [p for p in joints if p not in tracks and earlier[p] <= tracks.keys()]
        if not ready:
            return None
        place = min(ready, key=lambda p: joints[p].row)
        track = max((tracks[u] + 1 for u in earlier[place]), default=0)
        taken = {t for u, t in tracks.items() if set(joints[u].rows) & set(joints[place].rows)}
        while track in taken:
            track += 1
        tracks[place] = track
    return tracks


def _wires(
    canvas: _Canvas, plan: Layout, rows: list[int], column: int, tracks: dict[int, int], left: int, right: int
) -> None:
    """Draw the gap after a column, which begins at `left`; the next column begins at `right`."""
    joints = _joints(plan, rows, column)
    at = {place: left + 1 + 2 * track for place, track in tracks.items()}
    ends: dict[int, int] = {}  # how far each source's level wire runs
    for route in plan.routes:
        for a, b in pairwise(route):
            if plan.column[a] == column:
                ends[rows[a]] = max(ends.get(rows[a], 0), at.get(b, right))
    for row, end in ends.items():
        canvas.level(row, left, end)
    for place, joint in joints.items():
        canvas.level(joint.row, at[place] + 1, right)
        for row in joint.rows:
            arms = (UP if row > joint.rows[0] else 0) | (DOWN if row < joint.rows[-1] else 0)
            arrives, leaves = row in joint.sources, row == joint.row
            if arrives and not leaves and ends[row] > at[place]:
                glyph = "●"  # it turns off here and runs on
            elif not arrives and not leaves and canvas.is_level(row, at[place]):
                glyph = "│"
            else:
                arms |= (LEFT if arrives else 0) | (RIGHT if leaves else 0)
                glyph = CORNERS.get(arms, "●")
            canvas.put(row, at[place], glyph, "line")


class _Canvas:
    """Characters with styles by row and column."""

    def __init__(self, height: int) -> None:
        self.cells: list[dict[int, tuple[str, str]]] = [{} for _ in range(height)]

    def put(self, row: int, column: int, text: str, style: str) -> None:
        for offset, character in enumerate(text):
            self.cells[row][column + offset] = (character, style)

    def level(self, row: int, start: int, end: int) -> None:
        """A level wire, under the verticals that are there already."""
        for column in range(start, end):
            if self.cells[row].get(column, (" ",))[0] != "│":
                self.cells[row][column] = ("─", "line")

    def blank(self, row: int, start: int, end: int) -> None:
        for column in range(start, end):
            self.cells[row].pop(column, None)

    def is_level(self, row: int, column: int) -> bool:
        return self.cells[row].get(column, (" ",))[0] == "─"

    def lines(self) -> list[Text]:
        lines = []
        for cells in self.cells:
            line = Text()
            for column in range(max(cells, default=-1) + 1):
                line.append(*cells.get(column, (" ", "")))
            lines.append(line)
        return lines
