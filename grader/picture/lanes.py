"""A graph as lanes beside its list of nodes: one row a node, one lane for each value that is still needed.

○       x              Lanes run down from a value to its last use. A row's lines lead from the lanes of its
│ ○     y              inputs to the node: ╯ the value is used up here, ┤ it is needed again further down,
●─╯     q = x + y      ┼ the same between two others; a lane that the lines only pass is drawn through, ─│─.
│ ○     z
●─╯     f = q * z
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.passes import Trace

UPSIDE_DOWN = str.maketrans("╯╰┴╮╭┬", "╮╭┬╯╰┴")


@dataclass(frozen=True, slots=True)
class Row:
    """The lanes beside one node, and those that run on beside a second line of its text."""

    node: str
    after: str

    def flipped(self, before: str) -> Row:
        """The row of a picture that is read from the bottom up."""
        return Row(self.node.translate(UPSIDE_DOWN), before)


def forward_lanes(trace: Trace) -> dict[str, Row]:
    """For each node its row, all of one width; the nodes in the trace's order."""
    last_use: dict[str, str] = {wire.source: wire.target for wire in trace.wires}
    inputs: dict[str, list[str]] = {node.name: [] for node in trace.nodes}
    for wire in trace.wires:
        inputs[wire.target].append(wire.source)
    lanes: list[str] = []  # which node's value runs in each lane; "" is free
    drawn: dict[str, tuple[list[str], list[str]]] = {}
    for node in trace.nodes:
        used = sorted({lanes.index(source) for source in inputs[node.name]})
        ending = [lane for lane in used if last_use[lanes[lane]] == node.name]
        free = [lane for lane, name in enumerate(lanes) if not name and lane > max(used, default=-1)]
        here = (ending or free or [len(lanes)])[0]
        if here == len(lanes):
            lanes.append("")
        cells = [" "] * (2 * len(lanes))
        for lane, name in enumerate(lanes):
            cells[2 * lane] = "│" if name else " "
        first, last = min([here, *used]), max([here, *used])
        for position in range(2 * first + 1, 2 * last):
            cells[position] = cells[position].replace(" ", "─")  # a lane that is not used here passes over
        for lane in used:
            cells[2 * lane] = _corner(lane, ends=lane in ending, first=first, last=last)
        cells[2 * here] = "●" if node.op else "○"
        for lane in ending:
            lanes[lane] = ""
        if node.name in last_use:
            lanes[here] = node.name
        drawn[node.name] = (cells, ["│" if name else " " for name in lanes])
        while lanes and not lanes[-1]:
            lanes.pop()
    width = max(len(cells) for cells, _ in drawn.values())
    return {
        name: Row("".join(cells).ljust(width), " ".join(after).ljust(width))
        for name, (cells, after) in drawn.items()
    }


def backward_lanes(trace: Trace) -> dict[str, Row]:
    """The same picture upside down, for a list that goes from the output to the inputs."""
    rows = forward_lanes(trace)
    befores = ["", *(row.after for row in rows.values())]
    flipped = {
        name: row.flipped(before.ljust(len(row.node)))
        for (name, row), before in zip(rows.items(), befores, strict=False)
    }
    return dict(reversed(flipped.items()))


def _corner(lane: int, *, ends: bool, first: int, last: int) -> str:
    """How an input's lane meets the row's line."""
    if lane == first:
        return "╰" if ends else "├"
    if lane == last:
        return "╯" if ends else "┤"
    return "┴" if ends else "┼"
