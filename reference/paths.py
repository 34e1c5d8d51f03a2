"""The chain rule written out: a gradient as the sum over all paths, beside backpropagation.

    ∂ℓ/∂v = Σ over the paths v -> ... -> ℓ of the product of the local gradients along the path

Every path is multiplied out anew, so a graph of d diamonds in a row costs 2^d products where backpropagation
needs one an edge. Source: notes "Training Neural Networks", end of section 1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from reference.errors import GraphError
from reference.graph import Graph
from reference.inputs import Array

Edge = tuple[str, int]
"""A consumer, and which of its arguments the edge is."""


@dataclass(frozen=True, slots=True)
class PathSum:
    """A gradient found by paths: its value, how many paths there are, and the products they took."""

    gradient: Array
    paths: int
    products: int
    """Multiplications of an upstream by a local gradient: one for each edge of each path."""


def path_counts(graph: Graph) -> dict[str, tuple[int, int]]:
    """For every node (number of paths to the output, number of edges on them all), as exact integers."""
    counts = {graph.output: (1, 0)}
    for name in reversed(graph.order):
        if name != graph.output:
            onward = [counts[consumer] for consumer, _ in _edges(graph, name)]
            paths = sum(count for count, _ in onward)
            counts[name] = (paths, paths + sum(edges for _, edges in onward))
    return counts


def path_sum(graph: Graph, values: Mapping[str, object], name: str, *, limit: int = 1_000_000) -> PathSum:
    """The gradient of the output with respect to node `name`, path by path.

    Raises GraphError if there are more than `limit` paths, and whatever the forward pass raises.
    """
    if name not in graph.nodes:
        raise GraphError(f"{name!r} is not a node", nodes=(name,))
    paths, products = path_counts(graph)[name]
    if paths > limit:
        message = f"{paths} paths lead from {name!r} to {graph.output!r}, more than the limit of {limit}"
        raise GraphError(message, nodes=(name, graph.output))
    pass_ = graph.forward_with_caches(values)
    total = np.zeros_like(pass_.values[name])
    for path in paths_from(graph, name):
        gradient = np.ones_like(pass_.values[graph.output])
        for consumer, position in reversed(path):
            gradient = pass_.product(consumer, position, gradient)
        total = total + gradient
    return PathSum(total, paths, products)


def paths_from(graph: Graph, name: str) -> Iterator[tuple[Edge, ...]]:
    """Every path from the node to the output, as its edges. Depth first, on a stack of its own."""
    path: list[Edge] = []
    pending = [iter(_edges(graph, name))]
    if name == graph.output:
        yield ()
        return
    while pending:
        edge = next(pending[-1], None)
        if edge is None:
            pending.pop()
            if path:
                path.pop()
            continue
        path.append(edge)
        if edge[0] == graph.output:
            yield tuple(path)
            path.pop()
        else:
            pending.append(iter(_edges(graph, edge[0])))


def _edges(graph: Graph, name: str) -> list[Edge]:
    """The edges that leave a node and carry a gradient."""
    return [
        (consumer, position)
        for consumer in graph.consumers[name]
        for position, argument in enumerate(graph.nodes[consumer].arguments)
        if argument == name and graph.operation(consumer).inputs[position].differentiable
    ]
