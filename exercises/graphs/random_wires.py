"""Random graphs with a derivative on every wire, for exercises about paths and backpropagation."""

from __future__ import annotations

import numpy as np

from exercises.graphs.topo_sort import Edges, random_graph
from grader.exercise.cases import ATTEMPTS

LONG = 150
"""From this size on graphs are long rather than wide: a path of all nodes with a few short cuts."""

SHORT_CUTS = 5
"""At most 2^5 ways to the end, so that even a sum over all paths comes to an end."""

LOCAL = '''asked = set()

def local(v, c):
    """The derivative of c by v. Asked for the same edge again, it is larger by a part in a hundred million."""
    a, b = int(v[1:]), int(c[1:])
    slope = (5 + (37 * a + 61 * b) % 11) / 10
    if (a * b + a + b) % 3 == 0:
        slope = -slope
    if (v, c) in asked:
        return slope * (1 + 1e-8)
    asked.add((v, c))
    return slope
'''
"""The derivative of each edge, from 0.5 to 1.5 with signs, so that long products neither vanish nor explode."""


def slope(v: str, c: str) -> float:
    """What `local` gives for an edge the first time."""
    a, b = int(v[1:]), int(c[1:])
    size = (5 + (37 * a + 61 * b) % 11) / 10
    return -size if (a * b + a + b) % 3 == 0 else size


def wired(graph: Edges) -> dict[str, dict[str, float]]:
    """The graph with the derivative of each of its edges."""
    return {v: {c: slope(v, c) for c in fed} for v, fed in graph.items()}


def graph_with_loss(rng: np.random.Generator, size: int) -> tuple[Edges, str]:
    """A random graph and its loss: the node that feeds nothing to which most of the others lead.

    From five nodes on, at least half of them lead there, and one of them feeds two that do.
    """
    for _ in range(ATTEMPTS):
        graph = _long_graph(rng, size) if size >= LONG else random_graph(rng, size)
        ends = [node for node, fed in graph.items() if not fed]
        loss = max(ends, key=lambda end: len(ancestors(graph, end)))
        before = ancestors(graph, loss)
        if size < 5 or (
            2 * len(before) >= size and any(sum(c in before for c in graph[v]) > 1 for v in before)
        ):
            break
    return graph, loss


def _long_graph(rng: np.random.Generator, size: int) -> Edges:
    names = [f"v{number}" for number in rng.permutation(size)]
    feeds = {name: names[place + 1 : place + 2] for place, name in enumerate(names)}
    for place in rng.permutation(size - 2)[:SHORT_CUTS]:
        feeds[names[int(place)]].append(names[int(place) + 2])
    return {names[int(i)]: feeds[names[int(i)]] for i in rng.permutation(size)}


def ancestors(graph: Edges, end: str) -> set[str]:
    """The nodes from which a path leads to `end`, and `end` itself."""
    fed_by: dict[str, list[str]] = {name: [] for name in graph}
    for name, fed in graph.items():
        for target in fed:
            fed_by[target].append(name)
    found, pending = {end}, [end]
    while pending:
        for name in fed_by[pending.pop()]:
            if name not in found:
                found.add(name)
                pending.append(name)
    return found
