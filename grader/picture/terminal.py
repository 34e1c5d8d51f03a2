"""A trace in a terminal: a drawing or lanes, the forward pass from top to bottom, then the backward pass.

Values are blue and led by ▸, gradients are orange and led by ◂, so that neither needs the other. Every line fits
the width; long names are folded, never cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from rich.theme import Theme

from grader.passes import Trace, TracedNode, TracedWire
from grader.picture.board import board
from grader.picture.lanes import Row, backward_lanes, forward_lanes
from grader.picture.numbers import short
from grader.picture.sketch import sketch
from grader.text import encodable, in_encoding

THEME = Theme({
    "value": "bold color(32)",
    "gradient": "bold color(166)",
    "node": "bold",
    "line": "dim",
    "quiet": "dim",
})  # fmt: skip
"""Both hues have the same middling lightness, readable on a black and on a white page."""

SIGNS = "▸◂●○│─╭╮╰╯├┤┬┴┼×−²∂"
GLUE = "\ue000"
"""Stands for the space between a sign and its number while lines are broken; no text that we show contains it."""
LEGEND = "○ an input, ● an operation; each line carries a value to where it is used"
"""Above the lanes, which stand where a drawing would be too wide."""
Pieces = list[tuple[str, str]]


def show(trace: Trace, *, digits: int, console: Console) -> None:
    """Print the trace. The console should have THEME and interpret no markup."""
    report = _Report(trace, digits, console)
    for line in report.lines():
        line.rstrip()
        console.print(line, soft_wrap=True)


class _Report:
    def __init__(self, trace: Trace, digits: int, console: Console) -> None:
        self.trace, self.digits, self.console = trace, digits, console
        self.width = console.width
        self.rich_signs = encodable(SIGNS, console.encoding)
        self.named = {node.name: node for node in trace.nodes}
        self.arrival = {name: number for number, name in enumerate(trace.backward_order)}

    def lines(self) -> Iterator[Text]:
        trace = self.trace
        yield from self.folded([(trace.title, "node")], self.width)
        yield Text()
        picture = board(sketch(trace, digits=self.digits), width=self.width, written=self.written)
        for line in picture or []:
            line.plain = self.written(
                line.plain
            )  # its lines and signs keep their width; its names have it already
            yield line
        if picture:
            yield Text()
        out = trace.output if self.named[trace.output].named else "the output"
        yield from self.folded(
            [("Forward: ", "node"), ("▸ values", "value"), (f", from the inputs to {out}", "")], self.width
        )
        lanes = {} if picture else forward_lanes(trace)
        if self.fitting(lanes):
            yield from self.folded([(LEGEND, "quiet")], self.width)
        yield from self.forward(lanes)
        yield Text()
        heading: Pieces = [
            ("Backward: ", "node"),
            ("◂ gradients", "gradient"),
            (f" of {out} = upstream × local", ""),
        ]
        if any(len(wires) > 1 for wires in trace.leaving.values()):
            heading.append((", summed where a value fans out", ""))
        yield from self.folded(heading, self.width)
        yield from self.backward({} if picture else backward_lanes(trace))
        for remark in trace.remarks:
            yield Text()
            yield from self.folded([(remark, "")], self.width)

    def forward(self, lanes: dict[str, Row]) -> Iterator[Text]:
        statements = [f"{n.name} = {n.expression}" if n.op else n.name for n in self.trace.nodes]
        lanes = self.fitting(lanes)
        room = self.width - _lane_width(lanes) - max(len(self.value(n)) for n in self.trace.nodes) - 4
        wide = min(max(map(self.cells, statements)), max(room, 12))
        for node, statement in zip(self.trace.nodes, statements, strict=True):
            cells: list[tuple[Pieces, int]] = [([(statement, "")], wide), ([(self.value(node), "value")], 0)]
            yield from self.row(lanes.get(node.name), cells)

    def backward(self, lanes: dict[str, Row]) -> Iterator[Text]:
        lanes = self.fitting(lanes)
        wires = [wire for wire in self.trace.wires if wire.target in self.trace.on_path]
        upstream = max((len(self.number(wire.upstream)) for wire in wires), default=0)
        local = max((len(self.number(wire.local)) for wire in wires), default=0)
        sent = max((len(self.number(wire.contribution)) for wire in wires), default=0)
        room = self.width - _lane_width(lanes) - 6 - (upstream + local + sent + 8)
        wide = max(map(self.cells, self.named))
        texts = [self.through(wire) for wire in wires]
        wide_through = max(map(self.cells, [*texts, "adds up"]))
        if wide + wide_through > room:
            wide = min(wide, max(room // 2, 10))
            wide_through = min(wide_through, max(room - wide, 10))
        for name in self.trace.backward_order:
            row, first = lanes.get(name), True
            for words, pieces in self.steps(self.named[name], upstream, local):
                title: Pieces = [(name if first else "", "node")]
                cells = [(title, wide), ([(words, "quiet")], wide_through), (pieces, 0)]
                yield from self.row(row if first or row is None else Row(row.after, row.after), cells)
                first = False

    def steps(self, node: TracedNode, upstream: int, local: int) -> Iterator[tuple[str, Pieces]]:
        """(through what, upstream × local = contribution) for each use of a node; their sum if several."""
        total: Pieces = [(f"◂ {self.number(node.gradient)}", "gradient")]
        if node.name == self.trace.output:
            yield "", [*total, ("  (the output)", "quiet")]
            return
        if node.name not in self.trace.on_path:
            yield "", [*total, ("  (the output does not depend on it)", "quiet")]
            return
        wires = [w for w in self.trace.leaving[node.name] if w.target in self.trace.on_path]
        wires.sort(key=lambda w: (self.arrival[w.target], w.position))
        for wire in wires:
            product = f"{self.number(wire.upstream):>{upstream}} × {self.number(wire.local):<{local}} = "
            sent = self.number(wire.contribution)
            yield self.through(wire), [(product, ""), *(total if len(wires) == 1 else [(sent, "")])]
        if len(wires) > 1:
            sent_all = [self.number(wire.contribution) for wire in wires]
            shown = " + ".join(f"({s})" if s[0] == "-" and k else s for k, s in enumerate(sent_all))
            if len(wires) > 12:
                shown = f"the {len(wires)} above"
            yield "adds up", [(f"{shown} = ", ""), *total]

    def through(self, wire: TracedWire) -> str:
        twice = sum(other.target == wire.target for other in self.trace.leaving[wire.source]) > 1
        return f"from {wire.target}" + (f", input {wire.position + 1}" if twice else "")

    def number(self, value: float) -> str:
        return short(value, self.digits)

    def value(self, node: TracedNode) -> str:
        return f"▸ {self.number(node.value)}"

    def fitting(self, lanes: dict[str, Row]) -> dict[str, Row]:
        """The lanes, narrowed or left out where they would take more than a third of the width."""
        if _lane_width(lanes) > self.width // 3:
            lanes = {name: Row(row.node[::2], row.after[::2]) for name, row in lanes.items()}
        return {} if _lane_width(lanes) > self.width // 3 else lanes

    def row(self, lanes: Row | None, cells: list[tuple[Pieces, int]]) -> Iterator[Text]:
        """Lines of a table: each cell (pieces, width) folded to its width, the last one to what is left."""
        lane = lanes or Row("", "")
        left = self.width - (len(lane.node) + 1 if lane.node else 2)
        blocks: list[tuple[list[Text], int]] = []
        for pieces, wanted in cells:
            width = wanted or max(left, 8)
            blocks.append((self.folded(pieces, width), width))
            left -= width + 2
        for index in range(max(len(lines) for lines, _ in blocks)):
            line = Text().append(self.written(lane.node if index == 0 else lane.after), "line")
            line.append(" " if lane.node else "  ")
            for lines, width in blocks:
                cell = lines[index].copy() if index < len(lines) else Text()
                cell.pad_right(max(width - cell.cell_len, 0) + 2)
                line.append_text(cell)
            yield line

    def folded(self, pieces: Pieces, width: int) -> list[Text]:
        """The text in lines of at most this width, broken at spaces where there are some."""
        text = Text()
        for part, style in pieces:
            kept = re.sub("(?<=[▸◂]) ", GLUE, part)
            text.append(GLUE.join(map(self.written, kept.split(GLUE))), style)
        lines = list(text.wrap(self.console, width, overflow="fold", no_wrap=False)) or [Text()]
        for line in lines:
            line.plain = line.plain.replace(GLUE, " ")
        return lines

    def cells(self, text: str) -> int:
        """Columns that the text takes."""
        return cell_len(self.written(text))

    def written(self, text: str) -> str:
        return (
            text if self.rich_signs and encodable(text, self.console.encoding) else in_encoding(text, "ascii")
        )


def _lane_width(lanes: dict[str, Row]) -> int:
    return len(next(iter(lanes.values())).node) if lanes else 0
