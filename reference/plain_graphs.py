"""Backpropagation on a graph that is a plain dictionary, as notes on algorithms have it.

    {"x": ["q"], "y": ["q"], "q": ["f"], "z": ["f"], "f": []}      each node with out(v), the nodes it feeds

What the nodes compute is left out: the local derivatives ∂c/∂v of the edges are given. Source: notes "Training
Neural Networks", sections 1.1 and 1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

Wired = Mapping[str, Mapping[str, float]]
"""For each node v the nodes c that it feeds, each with ∂c/∂v."""


def out_nodes(nodes: Iterable[str], edges: Iterable[Sequence[str]]) -> dict[str, list[str]]:
    """V and E as lists of names and of pairs (v, c) -> out(v) for every node v. Source: notes, section 1.1."""
    out: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        out[source].append(target)
    return out


def topological_order(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Every node once, each before all the nodes it feeds (Kahn's algorithm). Source: notes, section 1.2."""
    waiting = dict.fromkeys(graph, 0)
    for fed in graph.values():
        for node in fed:
            waiting[node] += 1
    order = [node for node, count in waiting.items() if count == 0]
    for node in order:  # the list grows while it is walked
        for fed_by_it in graph[node]:
            waiting[fed_by_it] -= 1
            if waiting[fed_by_it] == 0:
                order.append(fed_by_it)
    return order


def path_sum(graph: Wired, start: str, end: str) -> tuple[float, int, int]:
    """(Σ over the paths from start to end of the product of their derivatives, paths, edges on all of them).

    Every path is walked, on a stack of its own. Source: notes, end of section 1.1.
    """
    total, paths, products = 0.0, 0, 0
    pending = [(start, 1.0, 0)]
    while pending:
        node, product, length = pending.pop()
        if node == end:
            total, paths, products = total + product, paths + 1, products + length
        else:
            for fed, slope in graph[node].items():
                pending.append((fed, product * slope, length + 1))
    return total, paths, products


def backprop(
    graph: Mapping[str, Iterable[str]], local: Callable[[str, str], float], loss: str
) -> dict[str, float]:
    """graph and local(v, c) = ∂c/∂v -> ∂loss/∂v for every node v, asking for each edge once.

    A node on no path to the loss has gradient 0. Source: notes, section 1.2.
    """
    gradients: dict[str, float] = {}
    for node in reversed(topological_order(graph)):
        gradients[node] = 1.0 if node == loss else 0.0
        for fed in graph[node]:
            gradients[node] += gradients[fed] * local(node, fed)
    return gradients
