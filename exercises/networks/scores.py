"""Exercises: the gradients of a score s = uᵀh through one, two and three hidden layers, in column vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.networks.score_mistakes import score_mistakes
from grader.exercise import GraphExercise
from reference.activations import SIGMOID
from reference.graph import Graph, Node
from reference.linear_columns import AFFINE_COLUMNS
from reference.score import SCORE


def score_graph(layers: int) -> Graph:
    """x -> z1 -> h1 -> ... -> s, with W, b, z, h without a number where there is one layer only."""

    def named(letter: str, layer: int) -> str:
        return letter if layers == 1 else f"{letter}{layer}"

    nodes = [Node("x")]
    before = "x"
    for layer in range(1, layers + 1):
        W, b, z, h = (named(letter, layer) for letter in "Wbzh")
        nodes += [Node(W), Node(b), Node(z, AFFINE_COLUMNS, (W, before, b)), Node(h, SIGMOID, (z,))]
        before = h
    return Graph((*nodes, Node("u"), Node("s", SCORE, ("u", before))), name=f"score_{layers}")


def _drawer(graph: Graph) -> Any:
    """All vectors of one length, 2 or 3: a lost transpose runs, so that it is found where it was lost."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        size = int(rng.integers(2, 4))
        shapes = {name: (size, size) if name.startswith("W") else (size,) for name in graph.leaves}
        return {
            name: rng.choice((-1.0, 1.0), shape) * rng.integers(3, 16, shape) / 10
            for name, shape in shapes.items()
        }

    return draw


def _hints(graph: Graph) -> dict[str, tuple[str, ...]]:
    """For every gradient from the operation that uses its node."""
    hints: dict[str, tuple[str, ...]] = {}
    for name in graph.nodes:
        if name == graph.output:
            continue
        (user,) = graph.consumers[name]
        up, arguments = f"d{user}", graph.nodes[user].inputs
        match graph.operation(user).name, arguments.index(name):
            case "score", place:
                other = arguments[1 - place]
                hints[f"d{name}"] = (
                    f"If you raise {name}[0] by 0.01, by how much does s move?",
                    "s is a sum of products. At a product, what stands beside you is your slope.",
                    f"d{name} is {other}.",
                )
            case "sigmoid", _:
                hints[f"d{name}"] = (
                    f"Which entries of {user} move when {name}[0] does?",
                    f"The Jacobian is diagonal, so {up} is multiplied entry by entry. By which slopes?",
                    f"d{name} is {up} times {user} (1 - {user}), entry by entry.",
                )
            case "affine_columns", 0:
                hints[f"d{name}"] = (
                    f"Raise {name}[0, 1] by 0.01. Which entry of {user} moves, and by how much?",
                    f"The entry [i, j] is {up}[i] times entry j of what {name} is multiplied by.",
                    f"np.outer({up}, {arguments[1]}): the column times the row.",
                )
            case "affine_columns", 1:
                hints[f"d{name}"] = (
                    f"{name}[1] goes to every entry of {user}. By which weights?",
                    f"Its gradient sums {arguments[0]}[i, 1] {up}[i] over i, down a column.",
                    f"The transpose of {arguments[0]} times {up}.",
                )
            case _:
                hints[f"d{name}"] = (
                    f"If you raise {name}[0] by 0.01, what happens to {user}[0]?",
                    "The Jacobian of a sum by its bias is the identity.",
                    f"d{name} is {up}.",
                )
    return hints


def _starter(function: str, graph: Graph) -> str:
    asked = [f"d{name}" for name in reversed(graph.order) if name != graph.output]
    return (
        f"import numpy as np\n\n\ndef {function}({', '.join(graph.leaves)}):\n"
        f'    """Vectors and square matrices -> a dictionary with {", ".join(asked)}."""\n'
        f"    {' = '.join(asked)} = None\n"
        "    # your code here: first forward, then backward\n\n    # end of your code\n    return locals()\n"
    )


_COMMON = r"""Every gradient has the shape of what it belongs to. All vectors here have one length, so the
shapes will not warn you of a matrix the wrong way round; work from single entries. `return locals()` is
welcome if your variables have these names; then the forward values are looked at as well.
"""

_ONE = r"""A network with one hidden layer that ends in a single number, in column vectors:
$$z = W x + b, \qquad h = \sigma(z), \qquad s = u^\top h.$$
Break it up into these three steps, write the Jacobian of each, and multiply from the left, starting at
$\partial s/\partial s = 1$:
$$\frac{\partial s}{\partial b} = \frac{\partial s}{\partial h}\,\frac{\partial h}{\partial z}\,
  \frac{\partial z}{\partial b} = u^\top\,\operatorname{diag}(\sigma'(z))\,I.$$
What reaches $z$ is called $\delta$. It is all that the gradients of $W$, $b$ and $x$ need to know of what comes
after them.

- `score_gradients(x, W, b, u)` takes vectors `x`, `b`, `u` and a square matrix `W` and returns a dictionary
  with the gradients of $s$: `"du"`, `"dh"`, `"dz"` (that is $\delta$), `"dW"`, `"db"` and `"dx"`.

"""

_TWO = r"""The same score on two hidden layers:
$$z_1 = W_1 x + b_1, \quad h_1 = \sigma(z_1), \qquad z_2 = W_2 h_1 + b_2, \quad h_2 = \sigma(z_2), \qquad
  s = u^\top h_2.$$
Layer 2 is the layer of the one-layer network with $h_1$ for its input. So its $\partial s/\partial h_1$ is what
$\partial s/\partial x$ was there, and becomes the upstream of layer 1: nothing is derived anew.

- `score_gradients_two(x, W1, b1, W2, b2, u)` takes vectors and square matrices and returns a dictionary with the
  gradients of $s$: `"du"`, `"dh2"`, `"dz2"`, `"dW2"`, `"db2"`, `"dh1"`, `"dz1"`, `"dW1"`, `"db1"` and `"dx"`.

"""

_THREE = r"""Once more, with three hidden layers:
$$z_l = W_l h_{l-1} + b_l, \qquad h_l = \sigma(z_l), \qquad l = 1, 2, 3, \qquad h_0 = x, \qquad s = u^\top h_3.$$
Write $\delta_l$ for what reaches $z_l$. You have $\delta_3$ from $u$; how does $\delta_l$ follow from
$\delta_{l+1}$? If you find yourself writing the same three lines a third time, you have found the algorithm.

- `score_gradients_three(x, W1, b1, W2, b2, W3, b3, u)` takes vectors and square matrices and returns a dictionary
  with the gradients of $s$ by every node: `"du"`, then `"dh3"`, `"dz3"`, `"dW3"`, `"db3"`, the same for layers
  2 and 1, and `"dx"`.

"""


def _exercise(
    layers: int, function: str, title: str, text: str, difficulty: int, minutes: int
) -> GraphExercise:
    graph = score_graph(layers)
    asked = [f"d{name}" for name in reversed(graph.order) if name != graph.output]
    return GraphExercise(
        id=function,
        title=title,
        text=text + _COMMON,
        graph=graph,
        function=function,
        draw=_drawer(graph),
        points=dict.fromkeys(asked, 1),
        topic="jacobians",
        lecture="Multi-layer perceptron",
        source="Multi-layer perceptron: back to neural nets; the deck ends before ∂s/∂W = δxᵀ",
        difficulty=difficulty,
        minutes=minutes,
        starter=_starter(function, graph),
        hints=_hints(graph),
        misconceptions=score_mistakes(graph),
        conventions=(
            "column vectors: z = Wx + b",
            "a gradient has the shape of what it belongs to, not that of a row",
        ),
    )


SCORE_ONE = _exercise(1, "score_gradients", "A score on one hidden layer", _ONE, 2, 20)
SCORE_TWO = _exercise(2, "score_gradients_two", "A score on two hidden layers", _TWO, 3, 20)
SCORE_THREE = _exercise(3, "score_gradients_three", "A score on three hidden layers", _THREE, 3, 20)
