"""Exercises: out(v) from a list of edges, and a gradient as the sum over all paths."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from exercises.graphs import graph_slips
from exercises.graphs.random_wires import ancestors, graph_with_loss, wired
from exercises.graphs.topo_sort import random_graph
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.plain_graphs import out_nodes, path_sum

CLOSE = 1e-9
"""Of the sum of the paths' sizes: sums of products of a few factors, in whatever order."""

NO_WAY = 5
"""The size at which the question is asked the wrong way round: nothing leads from the loss anywhere."""


def _draw_edges(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """The nodes in one order and the edges in another, as pairs [v, c] for "v feeds c"."""
    graph = random_graph(rng, size)
    edges = [[v, c] for v, fed in graph.items() for c in fed]
    shuffled = [edges[int(i)] for i in rng.permutation(len(edges))]
    return list(graph), shuffled


def judge_out(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Every node a key, and each with exactly the nodes it feeds, in any order."""
    nodes, edges = arguments
    if not isinstance(returned, dict):
        wanted = "returned no dictionary"
        return [("keys", wanted), ("neighbours", wanted)]
    problems = []
    missing = [node for node in nodes if node not in returned]
    strange = [key for key in returned if key not in nodes]
    if missing:
        fed = any(missing[0] == v for v, _ in edges)
        why = "" if fed else "; it feeds nothing, but it is a node all the same"
        problems.append(("keys", f"{missing[0]} is missing, one of {len(missing)}{why}"))
    elif strange:
        problems.append(("keys", f"{strange[0]} is no node of the graph"))
    right = out_nodes(nodes, edges)
    for node in nodes:
        said = _neighbours(node, returned[node], right[node], edges) if node in returned else ""
        if said or (node in missing and right[node]):
            problems.append(("neighbours", said or f"{node} feeds {right[node][0]} and is missing"))
            break
    return problems


def _neighbours(node: str, got: Any, right: list[str], edges: list[list[str]]) -> str:
    if not isinstance(got, (list, tuple)) or not all(isinstance(name, str) for name in got):
        return f"{node} has no list of names"
    for name, count in Counter(got).items():
        if name not in right:
            turned = " (it is the other way round)" if [name, node] in edges else ""
            return f"{node} does not feed {name}{turned}"
        if count > 1:
            return f"{node} lists {name} {count} times"
    lacking = [name for name in right if name not in got]
    return f"{node} feeds {lacking[0]} too" if lacking else ""


OUT_NODES = AlgorithmExercise(
    id="out_nodes",
    title="Which nodes does a node feed?",
    text=r"""A computational graph is a set of nodes $V$ and a set of edges $E$. An edge $(v, c)$ says that the
value of $v$ is used to compute $c$: $v$ *feeds* $c$. The outgoing neighbours of $v$ are
$$\text{out}(v) = \{c \in V : (v, c) \in E\},$$
and it is they who send $v$ its gradient.

- `out_nodes(nodes, edges)` returns a dictionary with every node as a key and the list of the nodes it feeds
  as its value, in any order.

`nodes` is a list of names, `edges` a list of pairs `[v, c]` in no particular order. For the circuit $(x + y)z$:
`nodes = ["x", "y", "z", "q", "f"]`, `edges = [["x", "q"], ["y", "q"], ["q", "f"], ["z", "f"]]`, and the answer is
`{"x": ["q"], "y": ["q"], "z": ["f"], "q": ["f"], "f": []}`.

Start with a dictionary in which nobody feeds anybody. The loss is such a node to the end.
""",
    function="out_nodes",
    slips=graph_slips.OUT_NODES,
    draw=_draw_edges,
    judge=judge_out,
    sizes=(1, 2, 3, 5, 8, 20, 60),
    points={"keys": 1, "neighbours": 1},
    topic="graphs",
    lecture="Training Neural Networks",
    source="Training Neural Networks, section 1.1",
    difficulty=1,
    minutes=8,
    starter=one_call(
        "out_nodes",
        "nodes, edges",
        "nodes: a list of names; edges: a list of pairs [v, c] -> {node: list of the nodes it feeds}.",
        "out",
    ),
    solution=(out_nodes,),
    hints={
        "keys": (
            "What does your function return for one node and no edge?",
            "A node that feeds nothing stands first in no pair. Make the keys from the nodes, not from the edges.",
            "Begin with {node: [] for node in nodes}.",
        ),
        "neighbours": (
            "For the pair [x, q], whose list grows, and by which name?",
            "Go through all pairs once and append the second name to the list of the first.",
            "for v, c in edges: out[v].append(c).",
        ),
    },
    conventions=("an edge [v, c] means that v feeds c", "the order within a list does not matter"),
)


def _draw_paths(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """From the node that leads to the end by most ways; at one size from the end, where no way leads on."""
    graph, end = graph_with_loss(rng, size)
    weights = wired(graph)
    start = max(sorted(ancestors(graph, end)), key=lambda name: path_sum(weights, name, end)[1])
    return (weights, end, start) if size == NO_WAY else (weights, start, end)


def judge_paths(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """The gradient, the number of paths and the number of multiplications, each on its own."""
    weights, start, end = arguments
    if not isinstance(returned, (list, tuple)) or len(returned) != 3:
        wanted = "expected gradient, paths, products"
        return [(node, wanted) for node in ("gradient", "paths", "products")]
    total, paths, products = path_sum(weights, start, end)
    sizes = {v: {c: abs(slope) for c, slope in fed.items()} for v, fed in weights.items()}
    reach = path_sum(sizes, start, end)[0]
    problems = []
    for node, got, right, room in (
        ("gradient", returned[0], total, CLOSE * reach),
        ("paths", returned[1], paths, 0.0),
        ("products", returned[2], products, 0.0),
    ):
        try:
            number = float(np.asarray(got, dtype=np.float64).reshape(()))
        except (TypeError, ValueError):
            problems.append((node, f"{node} is no number"))
            continue
        if not abs(number - right) <= room:  # false for nan as well
            way = f"from {start} to {end}"
            problems.append((node, f"{way}, {node} is {number:.6g}, expected {right:.6g}"))
    return problems


PATH_SUM = AlgorithmExercise(
    id="path_sum",
    title="The gradient as a sum over all paths",
    text=r"""Applied again and again, the chain rule says: the derivative of one node by another is a sum over all
paths that lead from the one to the other, and each path contributes the product of the derivatives on its edges,
$$\frac{\partial \ell}{\partial v} = \sum_{\text{paths } v \to \cdots \to \ell}\;
  \prod_{\text{edges } (a, b)} \frac{\partial b}{\partial a}.$$

- `path_sum(graph, start, end)` returns three numbers: `gradient`, the sum for $v$ = `start` and $\ell$ =
  `end`; `paths`, how many paths there are; and `products`, the number of edges on all of them together, each path
  counted with all of its edges.

`graph` is a dictionary of dictionaries: `graph[a][b]` is $\partial b/\partial a$ where `a` feeds `b`, as in
`{"x": {"a": 2.0, "b": -1.0}, "a": {"f": 3.0}, "b": {"f": 0.5}, "f": {}}`, where two paths lead from `x` to `f`:
$2 \cdot 3 + (-1) \cdot 0.5 = 5.5$, with 4 edges. There is no cycle, and not every node leads to `end`. If no path
does, all three are 0; from a node to itself leads one path without any edge, of product 1.

Start at `start` and let a function, or a list of what is still to be visited, go on to every node that is fed.
`products` is what this way of computing costs. Compare it with the number of edges of the graph, each of which
backpropagation uses once.
""",
    function="path_sum",
    slips=graph_slips.PATH_SUM,
    draw=_draw_paths,
    judge=judge_paths,
    sizes=(1, 2, 3, 4, NO_WAY, 6, 8, 12, 16),
    points={"gradient": 3, "paths": 1, "products": 1},
    topic="graphs",
    lecture="Training Neural Networks",
    source="Training Neural Networks, section 1.1: the expanded chain rule",
    difficulty=3,
    minutes=20,
    starter=one_call(
        "path_sum",
        "graph, start, end",
        "graph[a][b]: the derivative of b by a; start, end: names -> three numbers.",
        "gradient, paths, products",
    ),
    solution=(path_sum,),
    hints={
        "gradient": (
            "In the example, which two products do you add? Does your code multiply along and add across?",
            "What is the sum over all paths from a node, if you know it for each of the nodes it feeds?",
            "It is 1 at the end; elsewhere add graph[node][fed] times the sum from fed, over all that are fed.",
        ),
        "paths": (
            "How many paths lead from the end to itself?",
            "Every path goes on through exactly one of the nodes that are fed.",
            "1 at the end; elsewhere the sum of the counts of all nodes that are fed.",
        ),
        "products": (
            "If three paths lead on from a node, how many edges does one edge before it add?",
            "An edge counts once for every path that uses it.",
            "Carry each path's length along and add it up at the end; or add paths to the counts of what is fed.",
        ),
    },
    conventions=("graph[a][b] is ∂b/∂a", "the path from a node to itself has no edge and product 1"),
)
