"""Backpropagation beside the chain rule written out over all paths, on ladders of growing depth.

A ladder of d diamonds has 3d + 1 nodes, 4d edges and 2^d paths of 2d edges each: 2^d · 2d products by paths,
4d by backpropagation. Source: notes "Training Neural Networks", end of section 1.1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from reference.paths import path_counts, path_sum
from tests.benchmarks.side_by_side import Table, count, duration, effort, interleaved, options
from tests.reference.test_graph import ladder

DEPTHS = (1, 2, 4, 6, 8, 10, 12, 13, 16, 20, 24, 400)
PATIENCE = 1.5
"""Seconds that the sum over paths may take by extrapolation; beyond, its paths are counted, not walked."""


def measure(depths: Sequence[int], *, quick: bool) -> Table:
    """One row a depth."""
    table = Table(
        "Gradients on a ladder: the sum over all paths, and backpropagation",
        (
            "depth",
            "nodes",
            "paths",
            "products,\npaths",
            "products,\nbackprop",
            "time,\npaths",
            "time,\nbackprop",
            "ratio\nof times",
        ),
        notes=(
            f"Paths are walked up to about {PATIENCE:g} s, then counted exactly (-: not run). "
            "Times include the forward pass.",
        ),
        left=0,
    )
    pace = 0.0  # seconds a product, from the last depth that was run
    patience = 0.05 if quick else PATIENCE
    for depth in depths:
        graph, start = ladder(depth), {"v0": 1.0}
        paths, products = path_counts(graph)["v0"]
        functions = {"backprop": lambda graph=graph, start=start: graph.backward(start)}
        if products * pace <= patience:
            functions["paths"] = lambda graph=graph, start=start: path_sum(graph, start, "v0")
        taken = interleaved(functions, **effort(quick=quick))
        by_paths = taken.get("paths")
        if by_paths is not None:
            pace = by_paths / products
        table.rows.append(
            (
                str(depth),
                count(len(graph.nodes)),
                count(paths),
                count(products),
                count(graph.backward(start).products),
                "-" if by_paths is None else duration(by_paths),
                duration(taken["backprop"]),
                "-" if by_paths is None else f"{by_paths / taken['backprop']:,.1f}",
            )
        )
    return table


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    chosen = options(__doc__.splitlines()[0]).parse_args(arguments)
    began = time.perf_counter()
    table = measure(DEPTHS, quick=chosen.quick)
    table.show(markdown=chosen.markdown)
    if not chosen.markdown:
        print(f"{time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
