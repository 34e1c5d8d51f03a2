"""A graph as a drawing on a blackboard: one SVG file without scripts or fonts of its own, for light and dark pages.

No wire crosses a number or a box, by construction: from left to right each column has its own strips for what
comes back on a fan-out's wires, for the boxes, and for values and gradients; in these all wires run level, and
only in the strip between two columns do they bend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from grader.picture.image import alternative_text
from grader.picture.layout import Layout, Link, Spacing, layout
from grader.picture.sketch import Box, Mark, Sketch, Wire
from grader.picture.theme import LEGEND, MARK_LEGEND, MARKED_STYLE, STYLE, text_width

NUMBER, SMALL, SYMBOL, CAPTION, LEAF = 15.0, 12.0, 17.0, 13.0, 17.0
"""Font sizes in pixels: numbers on wires, contributions, gates, step names, inputs."""
RADIUS, PORT, BEND, MARGIN = 21.0, 28.0, 9.0, 24.0
"""Half a gate's height, the distance of two inputs of a gate, half a wire's room, the margin."""
SIGN = 12.0
"""Room for the triangle before a number."""
TICK = 19.0
"""Room for the mark between the triangle and the number, where there is one."""
SAMPLE = 26.0
"""The width of a frame in the legend."""


@dataclass(frozen=True, slots=True)
class Strips:
    """Where one column begins, its boxes have their centre, its numbers begin and end."""

    left: float
    centre: float
    numbers: float
    right: float


def svg(drawing: Sketch) -> str:
    """The picture as a complete SVG file. Raises TooLargeError."""
    return "\n".join(Board(drawing).lines()) + "\n"


class Board:
    """The drawing's parts, each of which a picture in steps may wrap (`part`)."""

    def __init__(self, drawing: Sketch) -> None:
        self.drawing = drawing
        self.ports = [1] * len(drawing.boxes)
        for wire in drawing.wires:
            self.ports[wire.target] = wire.ports
        links = [Link(wire.source, wire.target, _drop(wire)) for wire in drawing.wires]
        self.plan: Layout = layout(len(drawing.boxes), links, Spacing(self.above, self.below, BEND))
        self.strips = self.measured()

    def part(self, kind: str, number: int, lines: Iterable[str]) -> Iterator[str]:  # noqa: ARG002 - see steps
        """A part as drawn: a box's "value", "gradient", "stub" or "gate", a wire's "path" or what it "sent"."""
        yield from lines

    def half(self, number: int) -> float:
        """Half a box's height."""
        return RADIUS + (max(self.ports[number], 2) - 2) * PORT / 2

    def above(self, number: int) -> float:
        """How far a box and its caption reach above the centre."""
        return self.half(number) + (CAPTION + 10 if self.drawing.boxes[number].caption else 6)

    def below(self, number: int) -> float:
        """How far a box reaches below its centre."""
        return self.half(number) + 12

    def measured(self) -> list[Strips]:
        """The strips of every column, from left to right."""
        boxes, plan = self.drawing.boxes, self.plan
        ports = [10.0] * len(plan.columns)
        ports[0] = 0.0
        for wire in self.drawing.wires:
            if wire.contribution:
                place = plan.column[wire.target]
                ports[place] = max(ports[place], text_width(wire.contribution, SMALL) + SIGN + 14)
        strips: list[Strips] = []
        left = MARGIN
        for column, places in enumerate(plan.columns):
            own = [boxes[p] for p in places if p < plan.nodes]
            box = max((max(_box_width(b), text_width(b.caption, CAPTION) + 8) for b in own), default=0.0)
            stub = max((_number_width(*number) for b in own for number in _numbers(b)), default=0.0)
            numbers = left + ports[column] + box
            right = numbers + stub + SIGN + 20
            strips.append(Strips(left, left + ports[column] + box / 2, numbers, right))
            left = right + self.gap(column)
        return strips

    def gap(self, column: int) -> float:
        """Wide enough that the steepest wire from this column to the next keeps its shape."""
        plan = self.plan
        steep = max(
            (
                abs(plan.height[a] - plan.height[b])
                for route in plan.routes
                for a, b in pairwise(route)
                if plan.column[a] == column
            ),
            default=0.0,
        )
        return min(26 + 0.22 * steep, 120.0)

    def lines(self) -> Iterator[str]:
        """The file, line by line."""
        drawing, plan = self.drawing, self.plan
        bottom = max(
            plan.height[p] + (self.below(p) if p < plan.nodes else BEND)
            for places in plan.columns
            for p in places
        )
        legend = [entry for entry in LEGEND if entry.sign != "dot" or drawing.fans_out]
        legend_width = max(text_width(entry.words(drawing.output), SMALL + 1) for entry in legend) + 30
        for mark in drawing.marks:
            legend_width = max(legend_width, text_width(MARK_LEGEND[mark], SMALL + 1) + SAMPLE + 20)
        width = max(self.strips[-1].right, legend_width + MARGIN) + MARGIN
        title = _wrapped(drawing.title, width - 2 * MARGIN)
        top = MARGIN + 22 * len(title) + 10
        height = top + bottom + 14 + 22 * len(legend) + 26 * len(drawing.marks) + MARGIN
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chainmark" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img" style="max-width:100%;height:auto">'
        )
        yield f"<title>{escape(drawing.title)}</title>"
        yield f"<desc>{escape(alternative_text(drawing))}</desc>"
        yield f"<style>{STYLE}{MARKED_STYLE if drawing.marks else ''}</style>"
        yield f'<rect class="page" width="{width:.0f}" height="{height:.0f}" rx="10"/>'
        for number, line in enumerate(title):
            yield _text(line, MARGIN, MARGIN + 14 + 22 * number, "heading", 16)
        yield f'<g transform="translate(0 {top:.1f})">'
        for number, (wire, route) in enumerate(zip(drawing.wires, plan.routes, strict=True)):
            yield from self.wire(number, wire, route)
        for number, box in enumerate(drawing.boxes):
            yield from self.box(number, box)
        yield "</g>"
        for number, entry in enumerate(legend):
            y = top + bottom + 30 + 22 * number
            yield _sign(entry.sign, MARGIN + 2, y - 4.5, NUMBER)
            yield _text(entry.words(drawing.output), MARGIN + 20, y, "words", SMALL + 1)
        for number, mark in enumerate(drawing.marks):
            y = top + bottom + 34 + 22 * len(legend) + 26 * number
            yield _frame("gate", mark, (MARGIN, y - 14, SAMPLE, 20), 6)
            yield _tick(mark, MARGIN + SAMPLE / 2, y - 4, 5.0)
            yield _text(MARK_LEGEND[mark], MARGIN + SAMPLE + 10, y, "words", SMALL + 1)
        yield "</svg>"

    def wire(self, number: int, wire: Wire, route: list[int]) -> Iterator[str]:
        """From the end of the source's strip, bending between columns only, into the target's box."""
        plan = self.plan
        x, y = self.strips[plan.column[wire.source]].right, plan.height[wire.source]
        path = [f"M{x:.1f} {y:.1f}"]
        for place in route[1:]:
            strips = self.strips[plan.column[place]]
            end = plan.height[place] + (_drop(wire) if place == wire.target else 0.0)
            middle = (x + strips.left) / 2
            path.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {end:.1f} {strips.left:.1f} {end:.1f}")
            x, y = strips.centre if place == wire.target else strips.right, end
            path.append(f"H{x:.1f}")
        yield from self.part("path", number, [f'<path class="wire" d="{"".join(path)}"/>'])
        if wire.contribution:
            left = self.strips[plan.column[wire.target]].left
            sign = _sign("gradient", left + 2, y + 9.5, SMALL)
            text = _text(_minus(wire.contribution), left + 2 + SIGN, y + 14, "gradient", SMALL)
            yield from self.part("sent", number, [sign, text])

    def box(self, number: int, box: Box) -> Iterator[str]:
        """The gate or input, and its value over and its gradient under the wire that leaves it."""
        strips, y = self.strips[self.plan.column[number]], self.plan.height[number]
        half = self.half(number)
        width = _box_width(box)
        yield f"<g><title>{escape(box.alternative)}</title>"
        stub = f'<path class="wire" d="M{strips.centre:.1f} {y:.1f}H{strips.right:.1f}"/>'
        yield from self.part("stub", number, [stub])
        x = strips.centre - width / 2
        if box.leaf:
            yield _frame("leaf", box.mark, (x, y - 16, width, 32), 5)
        else:
            frame = _frame("gate", box.mark, (x, y - half, width, 2 * half), RADIUS)
            yield from self.part("gate", number, [frame])
        size = LEAF if box.leaf else SYMBOL
        yield _text(box.symbol, strips.centre, y + size * 0.35, "name" if box.leaf else "symbol", size)
        if box.caption:
            yield _text(box.caption, strips.centre, y - half - 7, "name", CAPTION)
        if not box.leaf and box.mark:
            yield f'<circle class="badge" cx="{strips.centre:.1f}" cy="{y + half:.1f}" r="9"/>'
            yield _tick(box.mark, strips.centre, y + half, 4.5)
        for kind, mark, dy in (("value", box.value_mark, -7), ("gradient", box.gradient_mark, 19)):
            text, left = getattr(box, kind), strips.numbers + 6
            if not text:
                continue
            shown = [_sign(kind, left, y + dy - 5.5, NUMBER)]
            left += SIGN
            if mark:
                shown.append(_tick(mark, left + TICK / 2 - 1, y + dy - 5.5, 5.0))
                left += TICK
            shown.append(_text(_minus(text), left, y + dy, f"{kind} {mark}" if mark else kind, NUMBER))
            yield from self.part(kind, number, shown)
        if number in self.drawing.fans_out:
            yield f'<circle class="dot" cx="{strips.right:.1f}" cy="{y:.1f}" r="4.5"/>'
        yield "</g>"


def _drop(wire: Wire) -> float:
    return (wire.port - (wire.ports - 1) / 2) * PORT


def _box_width(box: Box) -> float:
    if box.leaf:
        return max(text_width(box.symbol, LEAF) + 14, 30.0)
    return max(text_width(box.symbol, SYMBOL) + 20, 2 * RADIUS)


def _numbers(box: Box) -> tuple[tuple[str, Mark | None], ...]:
    return (box.value, box.value_mark), (box.gradient, box.gradient_mark)


def _number_width(text: str, mark: Mark | None) -> float:
    """Marked numbers are bold, which DejaVu Sans sets about a tenth wider."""
    return TICK + 1.12 * text_width(text, NUMBER) if mark else text_width(text, NUMBER)


def _frame(kind: str, mark: Mark | None, place: tuple[float, float, float, float], radius: float) -> str:
    """A box of (left, top, width, height); double for a slip, dashed by the style for what follows from one."""
    x, y, width, height = place
    at = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height='
    shown = "32" if kind == "leaf" else f"{height:.1f}"
    outer = f'<rect class="{kind}{f" frame {mark}" if mark else ""}" {at}"{shown}" rx="{radius:.0f}"/>'
    if mark is not Mark.ORIGIN:
        return outer
    inner = f'x="{x + 3.5:.1f}" y="{y + 3.5:.1f}" width="{width - 7:.1f}" height="{height - 7:.1f}"'
    return f'{outer}<rect class="inner frame {mark}" {inner} rx="{max(radius - 3.5, 1):.1f}"/>'


def _tick(mark: Mark, x: float, y: float, half: float) -> str:
    """✓ ✗ ↪ around a point; drawn, since not every font has them."""
    steps: tuple[tuple[str, float, float], ...]
    match mark:
        case Mark.RIGHT:
            steps = ("M", -1, 0.1), ("L", -0.3, 0.85), ("L", 1, -0.85)
        case Mark.ORIGIN:
            steps = ("M", -0.8, -0.8), ("L", 0.8, 0.8), ("M", 0.8, -0.8), ("L", -0.8, 0.8)
        case Mark.INHERITED:
            steps = (
                ("M", -0.3, -0.9), ("L", -0.9, -0.9), ("L", -0.9, 0.3), ("L", 1, 0.3),
                ("M", 0.4, -0.35), ("L", 1, 0.3), ("L", 0.4, 0.95),
            )  # fmt: skip
    path = "".join(f"{letter}{x + half * dx:.1f} {y + half * dy:.1f}" for letter, dx, dy in steps)
    return f'<path class="sign {mark}" d="{path}"/>'


def _minus(number: str) -> str:
    return number.replace("-", "−")


def _text(text: str, x: float, y: float, kind: str, size: float) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" font-size="{size:g}">{escape(text)}</text>'


def _sign(kind: str, x: float, y: float, size: float) -> str:
    """▸ before a value, ◂ before a gradient, ● at a fan-out; drawn, since not every font has them."""
    half = size * 0.3
    if kind == "dot":
        return f'<circle class="dot" cx="{x + half:.1f}" cy="{y:.1f}" r="4.5"/>'
    tip, back = (x + 2 * half, x) if kind == "value" else (x, x + 2 * half)
    return f'<path class="{kind}" d="M{tip:.1f} {y:.1f}L{back:.1f} {y - half:.1f}V{y + half:.1f}Z"/>'


def _wrapped(title: str, width: float) -> list[str]:
    """The title in at most three lines of the picture's width."""
    lines = [""]
    for character in title:
        if text_width(lines[-1] + character, 16) > width:
            lines.append("")
        lines[-1] += character
    return lines if len(lines) <= 3 else [*lines[:2], lines[2][:-3] + "..."]
