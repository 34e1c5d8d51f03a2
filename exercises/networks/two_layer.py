"""Exercise: a two-layer network put together from the student's own affine, ReLU and softmax loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import NetworkExercise, Situation
from reference.activations import RELU
from reference.graph import Graph, Node
from reference.inputs import Array
from reference.linear_rows import AFFINE
from reference.softmax import SOFTMAX_LOSS

GRAPH = Graph(
    (
        Node("W1"),
        Node("b1"),
        Node("W2"),
        Node("b2"),
        Node("X"),
        Node("y"),
        Node("z1", AFFINE, ("X", "W1", "b1")),
        Node("h1", RELU, ("z1",)),
        Node("s", AFFINE, ("h1", "W2", "b2")),
        Node("loss", SOFTMAX_LOSS, ("s", "y")),
    ),
    name="two_layer",
)
"""X (N, D) -> z1 (N, H) -> h1 (N, H) -> s (N, C) -> loss (). Source: CS231n, lecture 4 and assignment 1."""

CLEARANCE = 0.05
"""How far every z1 is kept from the kink of the ReLU."""


def _draw(rng: np.random.Generator) -> dict[str, Any]:
    """Four sizes of their own, no z1 near 0, and in every example and unit something that passes the ReLU."""
    examples, features, hidden, classes = (int(size) for size in 2 + rng.permutation(4))
    while True:
        values = {
            "W1": rng.integers(-90, 91, (features, hidden)) / 100,
            "b1": rng.integers(-50, 51, hidden) / 100,
            "W2": rng.integers(-90, 91, (hidden, classes)) / 100,
            "b2": rng.integers(-50, 51, classes) / 100,
            "X": rng.integers(-20, 21, (examples, features)) / 10,
            "y": rng.integers(0, classes, examples),
        }
        z1 = values["X"] @ values["W1"] + values["b1"]
        open_ = z1 > 0
        if np.abs(z1).min() >= CLEARANCE and open_.any(axis=0).all() and not open_.all():
            return values


def _pass(s: Situation) -> tuple[Array, Array, Array]:
    """z1, h1 and the gradient of the scores, from the leaves alone."""
    z1 = np.asarray(s["X"] @ s["W1"] + s["b1"])
    h1 = np.maximum(z1, 0)
    scores = h1 @ s["W2"] + s["b2"]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    ds = powers / powers.sum(axis=1, keepdims=True)
    ds[np.arange(len(s["y"])), s["y"]] -= 1
    return z1, h1, ds / len(s["y"])


def _unmasked(s: Situation) -> Array:
    """The gradient that reaches h1, before the ReLU has its say."""
    return np.asarray(_pass(s)[2] @ np.asarray(s["W2"]).T)


def _masked(s: Situation) -> Array:
    return np.asarray(_unmasked(s) * (_pass(s)[0] > 0))


TWO_LAYER = NetworkExercise(
    id="two_layer",
    title="A network of two layers",
    text=r"""Put your own layers together: affine, ReLU, affine, softmax loss.
$$Z_1 = X W_1 + b_1, \qquad H_1 = \max(0, Z_1), \qquad S = H_1 W_2 + b_2, \qquad
  L = \text{softmax loss of } S \text{ and } y.$$

- `two_layer_loss(W1, b1, W2, b2, X, y)` returns `loss, grads`: the number $L$, and a dictionary with the
  gradients of the parameters under their own names, `"W1"`, `"b1"`, `"W2"`, `"b2"`.

`W1` is `(D, H)`, `b1` is `(H,)`, `W2` is `(H, C)`, `b2` is `(C,)`, `X` is `(N, D)` and `y` is `(N,)` with
integer classes. There is no penalty in this loss.

Call the functions that you wrote: `affine_forward`, `affine_backward`, `relu_forward`, `relu_backward`,
`softmax_loss`. The backward pass calls them in the opposite order, and every cache goes back to the layer it
came from. If one of your layers is wrong, or raises an exception, it costs its own marks once; putting the
network together rightly earns its marks here all the same.
""",
    graph=GRAPH,
    function="two_layer_loss",
    layers={
        "affine": ("affine_forward", "affine_backward"),
        "relu": ("relu_forward", "relu_backward"),
        "softmax_loss": ("softmax_loss",),
    },
    parameters=("W1", "b1", "W2", "b2"),
    draw=_draw,
    points={"loss": 2, "dW1": 2, "db1": 1, "dW2": 2, "db2": 1},
    topic="networks",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1; How to train a multi-layer network",
    difficulty=3,
    minutes=25,
    starter=one_call(
        "two_layer_loss",
        "W1, b1, W2, b2, X, y",
        "W1 (D, H), b1 (H,), W2 (H, C), b2 (C,), X (N, D), y (N,) -> loss, gradients by name.",
        "loss, grads",
    ),
    hints={
        "loss": (
            "Write down the shape of everything between X and the loss. Does each fit into the next?",
            "Which of your functions are called on the way forward, and how often?",
            "affine_forward, relu_forward, affine_forward, softmax_loss, which gives the gradient of S too.",
        ),
        "dW2": (
            "Which layer's backward returns dW2, and what upstream does it want?",
            "The second affine layer's input is not X. What is it?",
            "affine_backward of the gradient of S, with the cache of the second affine layer.",
        ),
        "db2": (
            "Which layer's backward returns db2, and what upstream does it want?",
            "It comes from the same call as dW2.",
            "affine_backward of the gradient of S, with the cache of the second affine layer, third result.",
        ),
        "dW1": (
            "Which layers does the gradient pass between S and W1?",
            "What comes between the two affine layers on the way forward must come between them on the way back.",
            "affine_backward (second cache), relu_backward, affine_backward (first cache).",
        ),
        "db1": (
            "Which layers does the gradient pass between S and b1?",
            "It comes from the same call as dW1.",
            "affine_backward (second cache), relu_backward, affine_backward (first cache), third result.",
        ),
    },
    misconceptions=(
        mistake(
            "relu-forgotten-in-backward",
            "computed without the ReLU on the way back",
            "dW1",
            lambda s: np.asarray(s["X"]).T @ _unmasked(s),
        ),
        mistake(
            "relu-forgotten-in-backward",
            "computed without the ReLU on the way back",
            "db1",
            lambda s: _unmasked(s).sum(axis=0),
        ),
        mistake(
            "relu-mask-on-upstream",
            "masked where the upstream is positive, instead of where Z1 is",
            "dW1",
            lambda s: np.asarray(s["X"]).T @ np.maximum(_unmasked(s), 0),
        ),
        mistake(
            "relu-mask-on-upstream",
            "masked where the upstream is positive, instead of where Z1 is",
            "db1",
            lambda s: np.maximum(_unmasked(s), 0).sum(axis=0),
        ),
        mistake(
            "value-for-mask",
            "multiplied by H1 at the ReLU, where its slope belongs",
            "dW1",
            lambda s: np.asarray(s["X"]).T @ (_masked(s) * _pass(s)[1]),
        ),
        mistake(
            "value-for-mask",
            "multiplied by H1 at the ReLU, where its slope belongs",
            "db1",
            lambda s: (_masked(s) * _pass(s)[1]).sum(axis=0),
        ),
        mistake("last-example", "that of the last example alone", "db1", lambda s: _masked(s)[-1]),
        mistake("last-example", "that of the last example alone", "db2", lambda s: _pass(s)[2][-1]),
        mistake(
            "before-the-relu",
            "taken with Z1, where the layer's input H1 belongs",
            "dW2",
            lambda s: _pass(s)[0].T @ _pass(s)[2],
        ),
        mistake(
            "transposed", "the right numbers, transposed", "dW1", lambda s: _masked(s).T @ np.asarray(s["X"])
        ),
        mistake("transposed", "the right numbers, transposed", "dW2", lambda s: _pass(s)[2].T @ _pass(s)[1]),
        mistake(
            "averaged-again",
            "divided by N once more: the loss is a mean already",
            "dW1",
            lambda s: np.asarray(s["X"]).T @ _masked(s) / len(s["y"]),
        ),
        mistake(
            "averaged-again",
            "divided by N once more: the loss is a mean already",
            "db1",
            lambda s: _masked(s).mean(axis=0),
        ),
        mistake(
            "averaged-again",
            "divided by N once more: the loss is a mean already",
            "dW2",
            lambda s: _pass(s)[1].T @ _pass(s)[2] / len(s["y"]),
        ),
        mistake(
            "averaged-again",
            "divided by N once more: the loss is a mean already",
            "db2",
            lambda s: _pass(s)[2].mean(axis=0),
        ),
        mistake(
            "ascent",
            "negated, as if the step had been taken into the gradient",
            "dW1",
            lambda s: -np.asarray(s["X"]).T @ _masked(s),
        ),
        mistake(
            "ascent",
            "negated, as if the step had been taken into the gradient",
            "dW2",
            lambda s: -_pass(s)[1].T @ _pass(s)[2],
        ),
    ),
    conventions=("row batches: out = xw + b", "mean over the batch, no penalty"),
)
