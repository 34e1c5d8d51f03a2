"""Exercise: the loss of a two-layer network with a penalty on its weights, as a whole, in one function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import Misconception, NetworkExercise, Situation
from reference.activations import RELU
from reference.gates import ADD
from reference.graph import Graph, Node
from reference.inputs import Array
from reference.l2 import L2
from reference.linear_rows import AFFINE
from reference.softmax import SOFTMAX_LOSS

GRAPH = Graph(
    (
        *(Node(name) for name in ("W1", "b1", "W2", "b2", "X", "y", "reg")),
        Node("z1", AFFINE, ("X", "W1", "b1")),
        Node("h1", RELU, ("z1",)),
        Node("s", AFFINE, ("h1", "W2", "b2")),
        Node("data", SOFTMAX_LOSS, ("s", "y")),
        Node("penalty1", L2, ("W1", "reg")),
        Node("penalty2", L2, ("W2", "reg")),
        Node("penalty", ADD, ("penalty1", "penalty2")),
        Node("loss", ADD, ("data", "penalty")),
    ),
    name="two_layer_net",
)
"""X (N, D), y (N,), reg () -> loss () = softmax loss + reg (ΣW1² + ΣW2²). Source: CS231n, lecture 4,
assignment 1."""

CLEARANCE = 0.05
"""How far every z1 is kept from the kink of the ReLU."""


def _draw(rng: np.random.Generator) -> dict[str, Any]:
    """Sizes of their own, reg from 0.05 to 0.5, and in every example and unit something that passes the ReLU."""
    examples, features, hidden, classes = (int(size) for size in 2 + rng.permutation(4))
    while True:
        values: dict[str, Any] = {
            "W1": rng.integers(-90, 91, (features, hidden)) / 100,
            "b1": rng.integers(-50, 51, hidden) / 100,
            "W2": rng.integers(-90, 91, (hidden, classes)) / 100,
            "b2": rng.integers(-50, 51, classes) / 100,
            "X": rng.integers(-20, 21, (examples, features)) / 10,
            "y": rng.integers(0, classes, examples),
            "reg": float(rng.integers(1, 11)) / 20,
        }
        z1 = values["X"] @ values["W1"] + values["b1"]
        open_ = z1 > 0
        if np.abs(z1).min() >= CLEARANCE and open_.any(axis=0).all() and not open_.all():
            return values


def _of_data(s: Situation, name: str) -> Array:
    """The gradient of a weight matrix without the penalty's part."""
    return np.asarray(np.asarray(s[f"d{name}"]) - 2 * s["reg"] * np.asarray(s[name]))


def _squares(s: Situation) -> float:
    return float(np.sum(np.square(s["W1"])) + np.sum(np.square(s["W2"])))


def _z1(s: Situation) -> Array:
    return np.asarray(s["X"] @ s["W1"] + s["b1"])


def _ds(s: Situation, *, label: bool = True) -> Array:
    """The gradient of the scores, with or without the -1 at the right class."""
    scores = np.asarray(np.maximum(_z1(s), 0) @ s["W2"] + s["b2"])
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    ds = powers / powers.sum(axis=1, keepdims=True)
    if label:
        ds[np.arange(len(s["y"])), s["y"]] -= 1
    return np.asarray(ds / len(s["y"]))


def _unmasked(s: Situation) -> Array:
    """What reaches the first layer when the ReLU is left out on the way back."""
    return np.asarray(_ds(s) @ np.asarray(s["W2"]).T)


def _slip(id: str, title: str, dh1: Callable[[Situation], Array]) -> Iterator[Misconception]:
    """A slip in what reaches z1, seen in the first layer's two gradients."""
    yield mistake(
        id, title, "dW1", lambda s: np.asarray(s["X"]).T @ dh1(s) + 2 * s["reg"] * np.asarray(s["W1"])
    )
    yield mistake(id, title, "db1", lambda s: dh1(s).sum(axis=0))


def _in_the_network() -> Iterator[Misconception]:
    """What is done wrong between the loss and the parameters."""
    yield from _slip("relu-forgotten-in-backward", "computed without the ReLU on the way back", _unmasked)
    yield from _slip(
        "mask-on-upstream",
        "computed with a ReLU on the way back that asks the gradient's sign instead of z1's",
        lambda s: np.maximum(_unmasked(s), 0),
    )
    yield from _slip(
        "value-for-mask",
        "multiplied by h1 at the ReLU, where its slope belongs",
        lambda s: _unmasked(s) * np.maximum(_z1(s), 0),
    )
    label = "computed without the -1 at the right class"
    yield from _slip(
        "label-missing", label, lambda s: _ds(s, label=False) @ np.asarray(s["W2"]).T * (_z1(s) > 0)
    )
    yield mistake(
        "label-missing",
        label,
        "dW2",
        lambda s: np.maximum(_z1(s), 0).T @ _ds(s, label=False) + 2 * s["reg"] * np.asarray(s["W2"]),
    )
    yield mistake("label-missing", label, "db2", lambda s: _ds(s, label=False).sum(axis=0))
    yield mistake(
        "relu-forgotten",
        "computed with z1, from before the ReLU, where h1 belongs",
        "dW2",
        lambda s: _z1(s).T @ _ds(s) + 2 * s["reg"] * np.asarray(s["W2"]),
    )


def _weights(name: str) -> Iterator[Misconception]:
    """What is done to the penalty's part of a weight matrix, or to the data's."""
    node = f"d{name}"

    def penalty(s: Situation) -> Array:
        return np.asarray(s["reg"] * np.asarray(s[name]))

    yield mistake("penalty-missing", "without the penalty's part, 2 reg W", node, lambda s: _of_data(s, name))
    yield mistake(
        "factor-two-missing",
        "computed with reg W for the penalty, where the derivative of reg W² is 2 reg W",
        node,
        lambda s: _of_data(s, name) + penalty(s),
    )
    yield mistake(
        "penalty-averaged",
        "computed with the penalty's part divided by the number of examples",
        node,
        lambda s: _of_data(s, name) + 2 * penalty(s) / len(s["y"]),
    )
    yield mistake(
        "summed",
        "computed with the data's part summed over the examples instead of averaged",
        node,
        lambda s: _of_data(s, name) * len(s["y"]) + 2 * penalty(s),
    )
    yield mistake(
        "penalty-twice",
        "computed with the penalty's part counted twice",
        node,
        lambda s: _of_data(s, name) + 4 * penalty(s),
    )
    yield mistake(
        "penalty-not-differentiated",
        "computed with reg W² for the penalty, which was not differentiated",
        node,
        lambda s: _of_data(s, name) + penalty(s) * np.asarray(s[name]),
    )
    yield mistake(
        "penalty-sign",
        "computed with the penalty's part taken off",
        node,
        lambda s: _of_data(s, name) - 2 * penalty(s),
    )
    yield mistake(
        "averaged-again",
        "computed with the data's part divided by N once more: the loss is a mean already",
        node,
        lambda s: _of_data(s, name) / len(s["y"]) + 2 * penalty(s),
    )
    yield mistake("data-missing", "the penalty's part alone", node, lambda s: 2 * penalty(s))


def _biases(name: str) -> Iterator[Misconception]:
    node = f"d{name}"
    yield mistake(
        "bias-regularised",
        "computed with a penalty on the bias, which has none",
        node,
        lambda s: np.asarray(s[node]) + 2 * s["reg"] * np.asarray(s[name]),
    )
    yield mistake(
        "summed",
        "summed over the examples instead of averaged",
        node,
        lambda s: np.asarray(s[node]) * len(s["y"]),
    )
    yield mistake(
        "averaged-again",
        "divided by N once more: the loss is a mean already",
        node,
        lambda s: np.asarray(s[node]) / len(s["y"]),
    )


def _mistakes() -> Iterator[Misconception]:
    yield from _in_the_network()
    yield from (*_weights("W1"), *_weights("W2"), *_biases("b1"), *_biases("b2"))
    yield mistake(
        "penalty-missing", "without the penalty", "loss", lambda s: s["loss"] - s["reg"] * _squares(s)
    )
    yield mistake(
        "penalty-halved",
        "computed with half the penalty",
        "loss",
        lambda s: s["loss"] - 0.5 * s["reg"] * _squares(s),
    )
    yield mistake(
        "one-layer-penalised",
        "computed with a penalty on W1 only",
        "loss",
        lambda s: s["loss"] - s["reg"] * np.sum(np.square(s["W2"])),
    )
    yield mistake(
        "bias-regularised",
        "computed with a penalty on the biases as well",
        "loss",
        lambda s: s["loss"] + s["reg"] * (np.sum(np.square(s["b1"])) + np.sum(np.square(s["b2"]))),
    )


_TWICE = "It is part of the data loss and of the penalty. What do gradients do where a value is used twice?"

TWO_LAYER_NET = NetworkExercise(
    id="two_layer_net",
    title="A two-layer network with a penalty",
    text=r"""The whole loss of a classifier, data and penalty, and all its gradients, in one function:
$$Z_1 = X W_1 + b_1, \qquad H_1 = \max(0, Z_1), \qquad S = H_1 W_2 + b_2,$$
$$L = \frac1N \sum_n -\log \frac{e^{S_{n y_n}}}{\sum_c e^{S_{nc}}}
  + \lambda \Bigl(\sum W_1^2 + \sum W_2^2\Bigr).$$
The penalty is $\lambda \sum W^2$ without a half; its strength $\lambda$ is called `reg`. Biases are not penalised.

- `two_layer_net(W1, b1, W2, b2, X, y, reg)` returns `loss, grads`: the number $L$ and a dictionary with the
  gradients under `"W1"`, `"b1"`, `"W2"`, `"b2"`.

`W1` is `(D, H)`, `b1` `(H,)`, `W2` `(H, C)`, `b2` `(C,)`, `X` `(N, D)`, `y` `(N,)` with integer classes, and
`reg` is a number above 0. Write it out in full, or call layers that you have written; only the results count
here. Each weight matrix is used in two places. What does that mean for its gradient?
""",
    graph=GRAPH,
    function="two_layer_net",
    layers={},
    parameters=("W1", "b1", "W2", "b2"),
    draw=_draw,
    count=5,
    points={"loss": 2, "dW1": 2, "db1": 1, "dW2": 2, "db2": 1},
    topic="networks",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1: a two-layer network with regularisation",
    difficulty=4,
    minutes=35,
    starter=one_call(
        "two_layer_net",
        "W1, b1, W2, b2, X, y, reg",
        "W1 (D, H), b1 (H,), W2 (H, C), b2 (C,), X (N, D), y (N,), reg -> loss, gradients by name.",
        "loss, grads",
    ),
    hints={
        "loss": (
            "With reg = 0, is your loss that of the softmax alone? And with W1 = W2 = 0?",
            "Mean over the examples for the data, no mean for the penalty, and both matrices are in it.",
            "Add reg * (np.sum(W1 * W1) + np.sum(W2 * W2)) to the mean of the softmax losses.",
        ),
        "dW2": (
            "In how many places of L does W2 stand?",
            _TWICE,
            "The transpose of H1 times the gradient of S, plus 2 reg W2.",
        ),
        "db2": (
            "To how many rows of S was b2 added?",
            "No penalty here: it is the gradient of S, and something summed.",
            "Sum the gradient of S over its rows.",
        ),
        "dW1": (
            "Through which layers does the gradient pass on its way from S to W1, and what comes beside it?",
            _TWICE,
            "The transpose of X times the masked gradient of H1, plus 2 reg W1.",
        ),
        "db1": (
            "To how many rows of Z1 was b1 added?",
            "No penalty here. Which entries of the gradient of H1 does the ReLU let through?",
            "Sum the masked gradient of H1 over its rows.",
        ),
    },
    misconceptions=tuple(_mistakes()),
    conventions=(
        "row batches: out = xw + b",
        "mean over the batch",
        "the penalty is reg · ΣW² without a half, on both weight matrices, not on biases",
    ),
)
