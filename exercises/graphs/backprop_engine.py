"""Exercise: backpropagation on any graph, each edge asked for once."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.graphs import graph_slips
from exercises.graphs.random_wires import LOCAL, LONG, graph_with_loss, slope
from exercises.graphs.topo_sort import Edges
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise, Helper
from reference.plain_graphs import backprop

RIGHT = 1e-5
"""Of the sum of the sizes of all paths. An edge that is asked for again is off by 1e-8, and a path has at most
LONG edges, so that asking too often alone stays below LONG · 1e-8 = 1.5e-6."""

ONCE = 1e-11
"""Of the same: a few hundred roundings of 1e-16 stay below, a single 1e-8 of a path that matters does not."""


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    graph, loss = graph_with_loss(rng, size)
    return graph, Helper("local"), loss


def sizes_of_paths(graph: Edges, loss: str) -> dict[str, float]:
    """For every node the sum over its paths to the loss of the products' sizes."""
    return backprop(graph, lambda v, c: abs(slope(v, c)), loss)


def judge_backprop(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Every node's gradient, and whether it is so exact that each edge was asked for once."""
    graph, _, loss = arguments
    if not isinstance(returned, dict):
        wanted = "returned no dictionary of gradients"
        return [(node, wanted) for node in ("reached", "unreached", "edges")]
    right = backprop(graph, slope, loss)
    reach = sizes_of_paths(graph, loss)
    problems: dict[str, str] = {}
    for name in graph:
        node = "reached" if reach[name] else "unreached"
        try:
            number = float(np.asarray(returned[name], dtype=np.float64).reshape(()))
        except KeyError:
            problems.setdefault(node, f"{name} is missing")
            continue
        except (TypeError, ValueError):
            problems.setdefault(node, f"{name} has no number")
            continue
        error = abs(number - right[name])
        if not error <= RIGHT * reach[name]:  # false for nan as well
            why = "" if reach[name] else f": no path leads from it to {loss}"
            problems.setdefault(node, f"{name} has {number:.6g}, expected {right[name]:.6g}{why}")
        elif error > ONCE * reach[name]:
            said = (
                f"{name} shows it, off by a part in a hundred million: an edge was asked for more than once"
            )
            problems.setdefault("edges", said)
    if "reached" in problems:
        # Wrong gradients do not show how often an edge was asked for.
        problems.setdefault("edges", problems["reached"])
    return list(problems.items())


BACKPROP = AlgorithmExercise(
    id="backprop",
    title="Backpropagation on any graph",
    text=r"""The sum over all paths is right and far too slow: twenty diamonds in a row have a million paths and
eighty edges. Backpropagation computes every gradient once, keeps it, and lets everybody else use it:
$$\frac{\partial \ell}{\partial v} =
  \sum_{c \,\in\, \text{out}(v)} \frac{\partial \ell}{\partial c}\,\frac{\partial c}{\partial v}.$$
The right-hand side must be known before the left: go through the nodes back to front.

- `backprop(graph, local, loss)` returns a dictionary from *every* node to $\partial \ell/\partial v$, where
  $\ell$ is the node called `loss`. A node from which no path leads to the loss has gradient 0.

`graph` maps each node's name to the list of the nodes it feeds, as for `topo_sort`:
`{"x": ["q"], "y": ["q"], "q": ["f"], "z": ["f"], "f": []}`. `local(v, c)` is a function that gives
$\partial c/\partial v$ for an edge of the graph. `loss` feeds nothing.

Each edge is worth one question, no more, so that the work grows with $|V| + |E|$ and not with the number of paths.
`local` watches that: the first time it gives the derivative, and when it is asked for the same edge again, one that
is too large by a part in a hundred million. No graph has more than a few hundred nodes. If your `topo_sort` is
right, copy it here; and leave the given dictionary and its lists as they were.
""",
    function="backprop",
    slips=graph_slips.BACKPROP,
    draw=_draw,
    judge=judge_backprop,
    sizes=(1, 2, 3, 5, 8, 12, 16, LONG),
    helpers={"local": LOCAL},
    points={"reached": 3, "unreached": 1, "edges": 2},
    topic="graphs",
    lecture="Training Neural Networks",
    source="Training Neural Networks, section 1.2",
    difficulty=4,
    minutes=30,
    starter=one_call(
        "backprop",
        "graph, local, loss",
        "graph: {node: nodes it feeds}, local(v, c): derivative of c by v -> {node: gradient}.",
        "gradients",
    ),
    solution=(backprop,),
    hints={
        "reached": (
            "Try a graph in which one node feeds two. Is its gradient the sum of both ways, or the last of them?",
            "When a node is worked out, are all the gradients that it adds up already final?",
            "In reverse topological order: gradient[v] = the sum of gradient[c] times local(v, c) over graph[v].",
        ),
        "unreached": (
            "What does your function say of a node that feeds nothing and is not the loss?",
            "Moving it does not move the loss. Is it in your dictionary, and with which number?",
            "Begin every node's gradient at 0.0, and set that of the loss to 1.0.",
        ),
        "edges": (
            "How often does your code call local for the edge from q to f, if two nodes feed q?",
            "A function that calls itself for every node it meets walks each path anew. Where can it look instead?",
            "Keep every finished gradient in the dictionary, and go through the nodes once.",
        ),
    },
    conventions=("the graph maps each node to the nodes it feeds", "the gradient of the loss itself is 1"),
)
