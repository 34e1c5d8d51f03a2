"""Where the nodes of a graph go: columns from left to right, an order in each with few crossings, heights.

The layered method: (1) a node stands one column after the last of its inputs; (2) a wire over several columns
passes through a bend in each; (3) sweeps sort each column by the mean place of its neighbours, and the order with
the fewest crossings wins; (4) heights minimise the squared bends of the wires with that order and the distances
kept, which for one column is an isotonic regression. Source: Sugiyama, Tagawa and Toda 1981.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

MOST_PLACES = 4000
"""Nodes and bends together; what has more is no picture that anybody could read."""

SWEEPS = 90
"""Passes over the heights; the first third suffices for their places, the rest straightens wires."""


class TooLargeError(ValueError):
    """The graph is too large or too tangled to be drawn."""


@dataclass(frozen=True, slots=True)
class Link:
    """A wire from one node to another (by number); `drop`: how far below its centre the target is met."""

    source: int
    target: int
    drop: float = 0.0


@dataclass(frozen=True, slots=True)
class Spacing:
    """How far a node reaches above and below its centre, and how far a bend does."""

    above: Callable[[int], float]
    below: Callable[[int], float]
    bend: float
    symmetric: bool = False
    """Keep a gate midway between its inputs, rather than its wires straight."""


@dataclass(slots=True)
class Layout:
    """Places are numbered: the nodes first, then the bends of long wires."""

    nodes: int
    columns: list[list[int]]
    """The places of each column, from top to bottom."""
    height: list[float]
    """The height (downwards from 0) of each place's centre."""
    routes: list[list[int]]
    """For each link the places it runs through, from its source to its target."""
    column: list[int] = field(default_factory=list)


def layout(nodes: int, links: Sequence[Link], spacing: Spacing) -> Layout:
    """Place `nodes` nodes, numbered in topological order. Raises TooLargeError."""
    column = _columns(nodes, links)
    routes: list[list[int]] = []
    for link in links:
        first, last = column[link.source], column[link.target]
        if len(column) + last - first > MOST_PLACES:
            raise TooLargeError
        bends = range(len(column), len(column) + last - first - 1)
        column.extend(range(first + 1, last))
        routes.append([link.source, *bends, link.target])
    # A segment: (place, place in the next column, how far below its centre the second one is met).
    segments = [
        (a, b, link.drop if b == link.target else 0.0)
        for link, route in zip(links, routes, strict=True)
        for a, b in pairwise(route)
    ]
    columns = _ordered(column, segments, nodes)
    height = _heights(columns, segments, nodes, spacing)
    return Layout(nodes, columns, height, routes, column)


def _columns(nodes: int, links: Sequence[Link]) -> list[int]:
    """Longest path from a leaf. Leaves stand at the left, unless that would draw very many long wires."""
    column = [0] * nodes
    has_input = [False] * nodes
    for link in sorted(links, key=lambda link: link.target):
        column[link.target] = max(column[link.target], column[link.source] + 1)
        has_input[link.target] = True
    leaf_links = [link for link in links if not has_input[link.source]]
    if sum(column[link.target] - 1 for link in leaf_links) > 3 * nodes:
        for link in sorted(leaf_links, key=lambda link: -column[link.target]):  # the nearest use comes last
            column[link.source] = column[link.target] - 1
    return column


Segment = tuple[int, int, float]


def _ordered(column: list[int], segments: list[Segment], nodes: int) -> list[list[int]]:
    """Each column from top to bottom, with few crossings."""
    columns: list[list[int]] = [[] for _ in range(max(column) + 1)]
    before: list[list[tuple[int, float]]] = [[] for _ in column]
    after: list[list[tuple[int, float]]] = [[] for _ in column]
    for a, b, drop in segments:
        tilt = (drop > 0) - (drop < 0)  # wires that end at one node are told apart by where they meet it
        after[a].append((b, tilt * 0.3))
        before[b].append((a, 0.0))
    first_seen = sorted(range(len(column)), key=lambda p: (p if p < nodes else before[p][0][0], p))
    for place in first_seen:
        columns[column[place]].append(place)
    place_of = [0.0] * len(column)

    def number(places: list[int]) -> None:
        for index, place in enumerate(places):
            place_of[place] = index

    for places in columns:
        number(places)
    best, fewest = [list(places) for places in columns], _crossings(columns, segments, column, place_of)
    for sweep in range(24):
        if fewest == 0:
            break
        forwards = sweep % 2 == 0
        neighbours = before if forwards else after
        for places in columns if forwards else reversed(columns):
            wish = {
                p: sum(place_of[q] + tilt for q, tilt in neighbours[p]) / len(neighbours[p])
                if neighbours[p]
                else place_of[p]
                for p in places
            }
            places.sort(key=lambda p: wish[p])
            number(places)
        crossings = _crossings(columns, segments, column, place_of)
        if crossings < fewest:
            best, fewest = [list(places) for places in columns], crossings
    return best


def _crossings(
    columns: list[list[int]], segments: list[Segment], column: list[int], place_of: list[float]
) -> int:
    """Pairs of segments in the same gap whose ends are in opposite orders."""
    gaps: list[list[tuple[float, float]]] = [[] for _ in columns]
    for a, b, drop in segments:
        gaps[column[a]].append((place_of[a], place_of[b] + 0.3 * ((drop > 0) - (drop < 0))))
    total = 0
    for gap in gaps:
        gap.sort()
        seen: list[float] = []
        for _, end in gap:
            total += len(seen) - bisect_left(seen, end + 1e-9)
            insort(seen, end)
    return total


def _heights(columns: list[list[int]], segments: list[Segment], nodes: int, spacing: Spacing) -> list[float]:
    """Heights that keep the wires straight, those through bends above all; the topmost reach is at 0."""

    def above(p: int) -> float:
        return spacing.above(p) if p < nodes else spacing.bend

    def below(p: int) -> float:
        return spacing.below(p) if p < nodes else spacing.bend

    pulls: list[list[tuple[int, float, float]]] = [[] for _ in range(sum(map(len, columns)))]
    for a, b, drop in segments:
        # A long wire runs level from its source and bends at its end.
        weight = 1.0 if b < nodes else 8.0 if a >= nodes else 4.0
        pulls[a].append((b, drop, weight))
        pulls[b].append((a, -drop, weight))
    offsets: dict[int, float] = {}  # the least height of each place below the first of its column
    height = [0.0] * len(pulls)
    for places in columns:
        at = 0.0
        for upper, lower in zip([None, *places], places, strict=False):
            at += 0.0 if upper is None else below(upper) + above(lower)
            offsets[lower] = height[lower] = at
        for place in places:  # start with every column centred
            height[place] -= at / 2
    for sweep in range(SWEEPS):
        for places in columns if sweep % 2 == 0 else reversed(columns):
            wishes, weights = [], []
            for p in places:
                total = wish = 0.0
                for q, drop, weight in pulls[p]:
                    goal = height[q] + drop
                    if sweep > SWEEPS // 3 and not (
                        spacing.symmetric and p < nodes
                    ):  # from squares to absolute values: one bend rather than many small ones
                        weight /= abs(goal - height[p]) + spacing.bend / 4  # noqa: PLW2901
                    total += weight
                    wish += weight * goal
                wishes.append((wish / total if total else height[p]) - offsets[p])
                weights.append(total or 1e-6)
            for p, fitted in zip(places, _isotonic(wishes, weights), strict=True):
                height[p] = fitted + offsets[p]
    within = [spacing.bend / 2 if p < nodes else float("inf") for p in range(len(height))]
    _straighten(columns, pulls, offsets, height, within)
    top = min(height[p] - above(p) for p in range(len(height)))
    return [y - top for y in height]


def _straighten(
    columns: list[list[int]],
    pulls: list[list[tuple[int, float, float]]],
    offsets: dict[int, float],
    height: list[float],
    within: list[float],
) -> None:
    """From left to right, lift or lower each place by at most `within` to be level with one before it.

    Only where the distances in its column allow it: bends as far as it takes, nodes by next to nothing.
    """
    column = {p: number for number, places in enumerate(columns) for p in places}
    for places in columns:
        for index, p in enumerate(places):
            for q, drop, _ in sorted(pulls[p], key=lambda pull: -pull[2]):
                goal = height[q] + drop
                if column[q] > column[p] or abs(goal - height[p]) > within[p]:
                    continue
                upper, lower = places[:index][-1:], places[index + 1 :][:1]
                if all(goal - height[u] >= offsets[p] - offsets[u] for u in upper) and all(
                    height[d] - goal >= offsets[d] - offsets[p] for d in lower
                ):
                    height[p] = goal
                    break


def _isotonic(wishes: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing sequence nearest to the wishes in weighted squares: pool adjacent violators."""
    pools: list[tuple[float, float, int]] = []
    for wish, weight in zip(wishes, weights, strict=True):
        mean, mass, count = wish, weight, 1
        while pools and pools[-1][0] > mean:
            other, other_mass, other_count = pools.pop()
            mean = (mean * mass + other * other_mass) / (mass + other_mass)
            mass, count = mass + other_mass, count + other_count
        pools.append((mean, mass, count))
    return [mean for mean, _, count in pools for _ in range(count)]
