"""Exercise: a graph with six nodes, its paths counted and its gradients summed by hand, each student's own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.exercise import AnswersExercise, Question
from reference.plain_graphs import backprop, path_sum

ASKED = ("edges", "out_x", "paths", "products", "dc", "da", "dx", "dy")
ALWAYS = (("x", "a"), ("x", "b"), ("y", "b"), ("a", "c"), ("b", "c"), ("c", "l"))
SOMETIMES = (("x", "c"), ("y", "a"), ("a", "l"), ("b", "l"), ("x", "l"), ("y", "c"))
"""Edges of every paper, from x, y by a, b, c to the loss l; and those of which two to four are drawn."""

Slopes = dict[str, dict[str, float]]


def _wired(edges: Sequence[tuple[str, str]], slopes: Sequence[int]) -> Slopes:
    graph: Slopes = {name: {} for name in "xyabcl"}
    for (v, c), slope in zip(edges, slopes, strict=True):
        graph[v][c] = float(slope)
    return graph


def answers(graph: Slopes) -> dict[str, float]:
    """What is asked, for these derivatives."""
    gradients = backprop({v: list(fed) for v, fed in graph.items()}, lambda v, c: graph[v][c], "l")
    _, paths, products = path_sum(graph, "x", "l")
    return {
        "edges": sum(len(fed) for fed in graph.values()),
        "out_x": len(graph["x"]),
        "paths": paths,
        "products": products,
        **{f"d{name}": gradients[name] for name in ("c", "a", "x", "y")},
    }


def slips(graph: Slopes) -> dict[str, set[float]]:
    """Where classic mistakes lead: one path only, products added, a way left out, x's in place of y's."""
    right = answers(graph)
    gradients = {name: right[f"d{name}"] for name in "cax"} | {"l": 1.0}
    gradients["b"] = path_sum(graph, "b", "l")[0]
    found: dict[str, set[float]] = {}
    for name in ("a", "x", "y"):
        parts = [slope * gradients[fed] for fed, slope in graph[name].items()]
        sums = sum(slope + gradients[fed] for fed, slope in graph[name].items())
        found[f"d{name}"] = {sums, sum(graph[name].values())}
        if len(parts) > 1:
            found[f"d{name}"] |= {*parts, *(sum(parts) - part for part in parts)}
    found["dc"] = {1.0, -right["dc"]}
    found["dx"] |= {right["dy"], -right["dx"]}
    found["dy"] |= {right["dx"], -right["dy"]}
    found["paths"] = {right["edges"], right["out_x"], right["products"]}
    found["products"] = {right["edges"], right["paths"]}
    return found


def _draw(rng: np.random.Generator) -> Slopes:
    """A graph in which a and x feed two nodes at least, and no mistake leads to a right number."""
    while True:
        chosen = [SOMETIMES[int(i)] for i in rng.permutation(len(SOMETIMES))[: int(rng.integers(2, 5))]]
        edges = [*ALWAYS, *chosen]
        slopes = [int(n) for n in rng.choice((-3, -2, -1, 2, 3, 4), len(edges))]
        graph = _wired(edges, slopes)
        right = answers(graph)
        if len(graph["a"]) < 2 or len(graph["x"]) < 2 or abs(right["dc"]) == 1:
            continue
        gradients = [right[name] for name in ("dc", "da", "dx", "dy")]
        clear = all(right[name] not in wrong for name, wrong in slips(graph).items())
        if clear and 0 not in gradients and len(set(gradients)) == len(gradients):
            return graph


def paper(rng: np.random.Generator) -> Sequence[Question]:
    """Eight questions about one graph, with derivatives from `rng`."""
    graph = _draw(rng)
    listed = ", ".join(
        rf"${v} \to {c}$: {slope:g}".replace("l$", r"\ell$")
        for v, fed in graph.items()
        for c, slope in fed.items()
    )
    asked = {
        "edges": "how many edges has the graph?",
        "out_x": r"how many nodes are in $\text{out}(x)$?",
        "paths": r"how many paths lead from $x$ to $\ell$?",
        "products": "how many edges are on all these paths together, each path counted with all of its edges?",
        "dc": r"$\partial \ell/\partial c$",
        "da": r"$\partial \ell/\partial a$",
        "dx": r"$\partial \ell/\partial x$",
        "dy": r"$\partial \ell/\partial y$",
    }
    right = answers(graph)
    return tuple(
        Question(
            name,
            f"The derivatives on the edges are {listed}: {asked[name]}",
            right[name],
            right[name],
            right[name],
        )
        for name in ASKED
    )


PATHS_BY_HAND = AnswersExercise(
    id="paths_by_hand",
    title="A graph and its paths by hand",
    text=r"""A graph leads from $x$ and $y$ by $a$, $b$ and $c$ to a loss $\ell$. What its nodes compute does not
matter; for every edge $v \to c$ the derivative $\partial c/\partial v$ is given as a whole number. Graph and
numbers are yours alone and stand beside the questions.

Draw it, with the numbers on the edges. Then find $\partial \ell/\partial x$ twice: as the sum over all paths from
$x$ to $\ell$, each the product of the numbers along it; and from $\ell$ back, where every node adds up what it gets
from the nodes it feeds.

- `path_answers` is a dictionary from each question's name to a number, as in
  `path_answers = {"edges": 7, "dx": -12}`. An expression (`2*3 - 4`) will do as well.

Both ways must give the same. Which of them would you rather do for a graph of a thousand nodes?
""",
    variable="path_answers",
    paper=paper,
    points=dict.fromkeys(ASKED, 1),
    topic="graphs",
    lecture="Training Neural Networks",
    source="Training Neural Networks, sections 1.1 and 1.2",
    difficulty=2,
    minutes=20,
    starter="path_answers = {\n" + "".join(f'    "{name}": None,\n' for name in ASKED) + "}\n",
    hints={
        "": (
            "Which nodes does x feed, and which of those feed the loss directly?",
            "Write each path down as a word, such as x-a-c-l. The derivatives along a path multiply, paths add.",
            "From the end: dc is the number on c's edge; da adds dc times the number on a's edge to c, and so on.",
        ),
    },
    conventions=("the gradient of the loss itself is 1", "whole numbers, exactly"),
)
