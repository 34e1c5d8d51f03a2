"""Exercises: the losses of one linear unit, (y - wᵀx)² and -log σ(wᵀx), piece by piece and for a whole vector w."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.circuits.function_mistakes import log_mistakes, sigmoid_mistakes, square_mistakes
from exercises.circuits.small_chains import returning
from exercises.shared.predictions import mistake
from grader.exercise import GraphExercise, Misconception
from reference.activations import SIGMOID
from reference.dot import DOT
from reference.gates import LOG, SCALE, SQUARE, SUBTRACT
from reference.graph import Graph, Node

SQUARED = Graph(
    (
        Node("w"),
        Node("x"),
        Node("y"),
        Node("h", DOT, ("w", "x")),
        Node("r", SUBTRACT, ("y", "h")),
        Node("e", SQUARE, ("r",)),
    ),
    name="sq_err_named",
)
"""e = (y - wᵀx)²: w (D,), x (D,), y (). Source: lecture "How to train a multi-layer network"."""

LOGISTIC = Graph(
    (
        Node("w"),
        Node("x"),
        Node("h1", DOT, ("w", "x")),
        Node("h2", SIGMOID, ("h1",)),
        Node("l", LOG, ("h2",)),
        Node("e", SCALE, ("l", -1.0), "×(−1)"),
    ),
    name="neg_log_sigmoid_named",
)
"""e = -log σ(wᵀx): w (D,), x (D,). Source: lecture "How to train a multi-layer network"."""


def _vectors(rng: np.random.Generator) -> tuple[Any, Any]:
    """w and x of 2 to 4 entries, from 0.3 to 2 with signs, their inner product neither small nor large."""
    while True:
        size = int(rng.integers(2, 5))
        w, x = (rng.choice((-1.0, 1.0), size) * rng.integers(3, 21, size) / 10 for _ in range(2))
        if 0.3 <= abs(w @ x) <= 3:
            return w, x


def _squared(rng: np.random.Generator) -> dict[str, Any]:
    """y so far from wᵀx that the error counts, and not by 1, which hides factors."""
    while True:
        w, x = _vectors(rng)
        y = float(rng.choice((-1, 1)) * rng.integers(3, 31) / 10)
        if 0.3 <= abs(y - w @ x) <= 4 and abs(abs(y - w @ x) - 1) > 0.05:
            return {"w": w, "x": x, "y": y}


def _logistic(rng: np.random.Generator) -> dict[str, Any]:
    w, x = _vectors(rng)
    return {"w": w, "x": x}


def _at_the_dot(unit: str) -> tuple[Misconception, ...]:
    """Mistakes in dw and dx below h = wᵀx, whose gradient is d<unit>."""
    return (*_beside(f"d{unit}", "w", "x"), *_beside(f"d{unit}", "x", "w"))


def _beside(up: str, mine: str, other: str) -> tuple[Misconception, ...]:
    node = f"d{mine}"
    return (
        mistake(
            "dot-not-swapped",
            f"multiplied by {mine} itself instead of by {other}",
            node,
            lambda s: s[up] * s[mine],
        ),
        mistake("ignores-upstream", f"{other} alone, without the upstream {up}", node, lambda s: s[other]),
        mistake(
            "factor-missing",
            f"{up} in every entry, without {other}",
            node,
            lambda s: np.full_like(s[mine], s[up]),
        ),
        mistake(
            "summed",
            f"one number where each entry of {mine} has a slope of its own: the entries were added up",
            node,
            lambda s: s[up] * np.sum(s[other]),
        ),
        mistake("sign", "negated", node, lambda s: -s[up] * s[other]),
    )


_DOT_HINTS = {
    "dw": (
        "If you raise w[0] by 0.01, by how much does the inner product move?",
        "In the sum of the products w[i] x[i], what stands beside w[i]?",
        "dw is the upstream times x: a number times a vector.",
    ),
    "dx": (
        "If x[0] rises by 0.01, which of the products w[i] x[i] moves, and by how much?",
        "In the sum of the products w[i] x[i], what stands beside x[i]?",
        "dx is the upstream times w: a number times a vector.",
    ),
}

SQ_ERR_GRAD = GraphExercise(
    id="sq_err_grad",
    title="The squared error of a linear unit",
    text=r"""A network of one layer with one output, for one example, and its squared error:
$$h = w^\top x, \qquad r = y - h, \qquad e = r^2 = (y - w^\top x)^2.$$
`w` and `x` are vectors of shape `(D,)`, `y` is a number. To train it you need $\partial e/\partial w$. Do not
differentiate the whole; take one step at a time and multiply, from the loss backwards:
$$\frac{\partial e}{\partial w} = \frac{\partial e}{\partial r}\,
  \frac{\partial r}{\partial h}\,\frac{\partial h}{\partial w}.$$

- `sq_err_grad(w, x, y)` returns a dictionary with the gradients of $e$: `"dr"`, `"dh"` and `"dy"`, which are
  numbers, and `"dw"` and `"dx"`, of shape `(D,)`. More keys do no harm.

Nobody updates `x`. But if `x` came out of an earlier layer, `dx` is all that this layer would want to know. And
mind the signs: if the prediction $h$ is too low, a higher $h$ must make the error smaller.
""",
    graph=SQUARED,
    function="sq_err_grad",
    shown={"w": np.array([2.0, -1.0, 0.5]), "x": np.array([1.0, 3.0, -2.0]), "y": 1.0},
    draw=_squared,
    points={"dr": 1, "dh": 1, "dy": 1, "dw": 2, "dx": 1},
    topic="scalar circuits",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: the chain rule, first example",
    difficulty=2,
    minutes=12,
    starter=returning(
        "sq_err_grad",
        "w, x, y",
        "w, x (D,), y a number -> a dictionary with dr, dh, dy (numbers) and dw, dx (D,).",
        "dr, dh, dy, dw, dx",
    ),
    hints={
        "dr": (
            "At r = 3, raise r by 0.01. By how much does its square rise?",
            "The upstream is 1. What is the derivative of a square?",
            "dr is 2r.",
        ),
        "dh": (
            "If h rises by 0.01, what does r = y - h do?",
            "Upstream times local: the upstream is dr, and the local gradient is a number with a sign.",
            "dh is minus dr, that is -2(y - h).",
        ),
        "dy": (
            "If y rises by 0.01, what does r = y - h do?",
            "Upstream times local: the upstream is dr.",
            "The local gradient is 1: dy is dr.",
        ),
        **_DOT_HINTS,
    },
    misconceptions=(
        *(m for m in square_mistakes("r", "e") if m.id not in ("ignores-upstream",)),
        mistake("sign", "that of y + h: the minus of y - h is missing", "dh", lambda s: s["dr"]),
        mistake("two-missing", "computed without the 2 of the square", "dh", lambda s: -s["dr"] / 2),
        mistake("ignores-upstream", "the local gradient -1 alone, without dr", "dh", lambda s: -1.0),
        mistake("swap", "multiplied by y, as at a product", "dh", lambda s: -s["dr"] * s["y"]),
        mistake("sign", "negated: y stands in r with a plus", "dy", lambda s: -s["dr"]),
        mistake("ignores-upstream", "the local gradient 1 alone, without dr", "dy", lambda s: 1.0),
        mistake(
            "constant", "0: y is given and does not move, but its slope can be asked for", "dy", lambda s: 0.0
        ),
        *_at_the_dot("h"),
    ),
    conventions=("squared error of one example, without a half", "the gradient of e itself is 1"),
)

NEG_LOG_SIGMOID_GRAD = GraphExercise(
    id="neg_log_sigmoid_grad",
    title="The log loss of a sigmoid unit",
    text=r"""A unit that says how probable "yes" is, and its loss on an example whose answer is yes:
$$h_1 = w^\top x, \qquad h_2 = \sigma(h_1), \qquad l = \log h_2, \qquad e = -l = -\log\sigma(w^\top x).$$
`w` and `x` have shape `(D,)`, everything else is a number, and the logarithm is the natural one.

- `neg_log_sigmoid_grad(w, x)` returns a dictionary with the gradients of $e$: `"dl"`, `"dh2"` and `"dh1"`,
  which are numbers, and `"dw"` and `"dx"`, of shape `(D,)`. More keys do no harm.

Three of the slopes are $-1$, $1/h_2$ and $h_2(1 - h_2)$. Multiply them from the end and watch what cancels: what
arrives at $h_1$ is simpler than any of its pieces, and that is why this loss and this activation go together.
""",
    graph=LOGISTIC,
    function="neg_log_sigmoid_grad",
    shown={"w": np.array([2.0, -1.0, 0.5]), "x": np.array([1.0, 3.0, 1.0])},
    draw=_logistic,
    points={"dl": 1, "dh2": 1, "dh1": 2, "dw": 2, "dx": 1},
    topic="scalar circuits",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: the chain rule, second example",
    difficulty=2,
    minutes=15,
    starter=returning(
        "neg_log_sigmoid_grad",
        "w, x",
        "w, x (D,) -> a dictionary with dl, dh2, dh1 (numbers) and dw, dx (D,).",
        "dl, dh2, dh1, dw, dx",
    ),
    hints={
        "dl": (
            "If l rises by 0.01, what does e do?",
            "e is l times a constant. Which?",
            "dl is -1.",
        ),
        "dh2": (
            "Should a higher probability of the right answer raise the loss or lower it?",
            "Upstream times local: the upstream is dl. What is the derivative of the logarithm?",
            "dh2 is dl divided by h2, that is -1/h2.",
        ),
        "dh1": (
            "What is the slope of the sigmoid in terms of its output h2?",
            "Upstream times local: -1/h2 times h2(1 - h2). What is left?",
            "dh1 is h2 - 1.",
        ),
        **_DOT_HINTS,
    },
    misconceptions=(
        mistake("sign", "1: the minus of e = -l is missing", "dl", lambda s: 1.0),
        mistake("scale-multiplies-by-x", "l itself: the local gradient is -1", "dl", lambda s: s["l"]),
        *(m for m in log_mistakes("h2", "l") if m.id != "ignores-upstream"),
        # With an upstream of -1, ignoring it is the same.
        mistake("sign", "positive: the minus of e = -l is missing", "dh2", lambda s: -s["dl"] / s["h2"]),
        *sigmoid_mistakes("h1", "h2"),
        mistake(
            "label-missing",
            "h2 where h2 - 1 belongs: the loss is that of an example whose answer is no",
            "dh1",
            lambda s: s["h2"],
        ),
        *_at_the_dot("h1"),
    ),
    conventions=("one example with answer yes, natural logarithm", "the gradient of e itself is 1"),
)
