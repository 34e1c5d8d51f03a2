"""Exercises: CS231n's class `FullyConnectedNet`, without normalisation, with batch and with layer normalisation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from exercises.networks.class_adapters import FULLY_CONNECTED, with_names
from exercises.networks.class_graphs import (
    BATCHNORM_OPTIONS,
    LAYERNORM_OPTIONS,
    fully_connected,
    fully_connected_draw,
    parameters_of,
)
from exercises.networks.class_slips import (
    Parts,
    label_slips,
    penalty_slips,
    relu_first,
    relu_slips,
    scale_slips,
    statistics_slips,
    without_relu,
)
from exercises.networks.class_texts import STAND_ALONE, hints_of, starter
from grader.exercise import Misconception, NetworkExercise
from reference.batchnorm import batchnorm_backward, batchnorm_forward
from reference.layernorm import layernorm_backward, layernorm_forward

DEPTH = 3
WEIGHTS = ("W1", "W2", "W3")
LAYERS = {
    "affine": ("affine_forward", "affine_backward"),
    "relu": ("relu_forward", "relu_backward"),
    "softmax_loss": ("softmax_loss",),
}


def _judged(normalisation: str) -> tuple[str, ...]:
    """A bias before batch normalisation changes nothing: its gradient is 0 but for rounding."""
    without = ("b1", "b2") if normalisation == "batchnorm" else ()
    return tuple(name for name in parameters_of(DEPTH, normalisation) if name not in without)


def _mistakes(normalisation: str, *, half: bool) -> tuple[Misconception, ...]:
    every = parameters_of(DEPTH, normalisation)
    biases = tuple(name for name in every if name not in WEIGHTS)
    graph = fully_connected(DEPTH, normalisation, half=half)
    parts = Parts(graph, WEIGHTS, biases, _judged(normalisation), half)
    found = [
        *relu_slips(parts),
        *label_slips(parts),
        *penalty_slips(parts),
        *scale_slips(parts),
        without_relu(parts, "W2", "z2", "h1"),
        without_relu(parts, "W3", "s", "h2"),
    ]
    if normalisation:
        behind = tuple(name for name in _judged(normalisation) if name[-1] == "1" or name == "W2")
        found += statistics_slips(parts, normalisation, behind, 0 if normalisation == "batchnorm" else 1)
        found.append(relu_first(parts, DEPTH))
    return tuple(found)


def _hints(normalisation: str, *, half: bool) -> dict[str, tuple[str, ...]]:
    strength = "0.5 * reg" if half else "reg"
    return hints_of(
        _judged(normalisation),
        (
            "With reg = 0, is your loss that of the softmax alone?",
            "Is there a ReLU behind every layer but the last, and is every weight matrix in the penalty?",
            f"The softmax loss of the scores, plus {strength} * np.sum(W * W) for each weight matrix, once.",
        ),
        {},
    )


def _whole(exercise: NetworkExercise) -> NetworkExercise:
    """By the convention without the half."""
    normalisation = next((name for name in ("batchnorm", "layernorm") if name in exercise.layers), "")
    return replace(
        exercise,
        graph=fully_connected(DEPTH, normalisation, half=False),
        misconceptions=_mistakes(normalisation, half=False),
        hints=_hints(normalisation, half=False),
        conventions=(*exercise.conventions[:-1], "the penalty is reg · ΣW², so its gradient is 2 reg W"),
    )


SOLUTION = """
class FullyConnectedNet:
    def __init__(
        self, hidden_dims, input_dim=3072, num_classes=10, normalization=None, reg=0.0,
        weight_scale=1e-2, dtype=np.float32
    ):
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.depth = len(hidden_dims) + 1
        sizes = (input_dim, *hidden_dims, num_classes)
        self.params = {}
        for n in range(1, self.depth + 1):
            W = weight_scale * np.random.randn(sizes[n - 1], sizes[n])
            self.params[f"W{n}"], self.params[f"b{n}"] = W.astype(dtype), np.zeros(sizes[n], dtype)
            if normalization and n < self.depth:
                self.params[f"gamma{n}"] = np.ones(sizes[n], dtype)
                self.params[f"beta{n}"] = np.zeros(sizes[n], dtype)

    def normalised(self, h, n):
        if self.normalization is None:
            return h, None
        gamma, beta = self.params[f"gamma{n}"], self.params[f"beta{n}"]
        if self.normalization == "batchnorm":
            return batchnorm_forward(h, gamma, beta, {"mode": "train"})
        return layernorm_forward(h, gamma, beta, {})

    def normalised_backward(self, dh, cache, n, grads):
        if self.normalization is None:
            return dh
        backward = batchnorm_backward if self.normalization == "batchnorm" else layernorm_backward
        dh, grads[f"gamma{n}"], grads[f"beta{n}"] = backward(dh, cache)
        return dh

    def loss(self, X, y):
        h, penalty, caches, grads = X.astype(self.dtype), 0.0, [], {}
        for n in range(1, self.depth + 1):
            W, normal, mask = self.params[f"W{n}"], None, None
            penalty = penalty + 0.5 * self.reg * np.sum(W * W)
            h, cache = affine_forward(h, W, self.params[f"b{n}"])
            if n < self.depth:
                h, normal = self.normalised(h, n)
                h, mask = relu_forward(h)
            caches.append((cache, normal, mask))
        data, dh = softmax_loss(h, y)
        # Backward: from the last layer to the first; each cache goes back to the layer it came from.
        for n in range(self.depth, 0, -1):
            cache, normal, mask = caches.pop()
            if n < self.depth:
                dh = self.normalised_backward(relu_backward(dh, mask), normal, n, grads)
            dh, dW, grads[f"b{n}"] = affine_backward(dh, cache)
            grads[f"W{n}"] = dW + self.reg * self.params[f"W{n}"]
        return data + penalty, grads
"""
"""One class for all three: what they share is written once."""


INTRODUCTION = r"""The class `FullyConnectedNet` of the course's second assignment, as your file has it{with_}:
({layers}) for every hidden layer, affine, softmax loss, plus half of a penalty on every weight matrix,
$\tfrac12\lambda\sum_k\sum W_k^2$.

- `FullyConnectedNet(hidden_dims, input_dim=D, num_classes=C, reg=λ{argument})` keeps its parameters in the
  dictionary `params`, under `"W1"`, `"b1"`, `"W2"`, … as the course numbers them{names}.
- `loss(X, y)` returns `loss, grads`: a number, and a dictionary with the gradients under the same names.

The net that is made has two hidden layers of different widths{mode}. {stand_alone}
"""


def _exercise(id: str, title: str, normalisation: str, **more: Any) -> NetworkExercise:
    judged = _judged(normalisation)
    first_two = {"loss": 2.0, "dW1": 2.0, "dW2": 2.0}
    return NetworkExercise(
        id=id,
        title=title,
        graph=fully_connected(DEPTH, normalisation, half=True),
        function="FullyConnectedNet",
        adapter=with_names(
            FULLY_CONNECTED, PARAMETERS=parameters_of(DEPTH, normalisation), NORMALISATION=normalisation
        ),
        parameters=judged,
        draw=fully_connected_draw(DEPTH, normalisation),
        points={node: first_two.get(node, 1.0) for node in ("loss", *(f"d{name}" for name in judged))},
        topic="networks",
        lecture="CS231n, lecture 7" if normalisation else "CS231n, lecture 4",
        source="CS231n, assignment 2: fc_net.py",
        hints=_hints(normalisation, half=True),
        misconceptions=_mistakes(normalisation, half=True),
        others={"whole": _whole},
        solution=(batchnorm_forward, batchnorm_backward, layernorm_forward, layernorm_backward, SOLUTION),
        starter=starter(
            "FullyConnectedNet",
            "hidden_dims, input_dim=3072, num_classes=10, normalization=None, reg=0.0, dtype=np.float32",
            "Hidden layers with ReLU, then affine and softmax loss, plus half of reg times all squared weights.",
            ("reg", "dtype", "normalization"),
            "X, y",
        ),
        **more,
    )


CONVENTIONS = (
    "row batches: out = xw + b",
    "mean over the batch",
    "the penalty is ½ reg · ΣW² on all weight matrices, not on the other parameters",
)

FULLY_CONNECTED_NET = _exercise(
    "fully_connected_net",
    "The class FullyConnectedNet",
    "",
    text=INTRODUCTION.format(
        with_=", without normalisation",
        layers="affine - ReLU",
        argument="",
        names="",
        mode="",
        stand_alone=STAND_ALONE,
    ),
    layers=LAYERS,
    difficulty=4,
    minutes=50,
    conventions=CONVENTIONS,
)

FULLY_CONNECTED_BATCHNORM = _exercise(
    "fully_connected_batchnorm",
    "FullyConnectedNet with batch normalisation",
    "batchnorm",
    text=INTRODUCTION.format(
        with_=", with batch normalisation",
        layers="affine - batch normalisation - ReLU",
        argument=', normalization="batchnorm"',
        names=', with `"gamma1"`, `"beta1"`, … for each hidden layer',
        mode=", in train mode (until 2017 the argument was `use_batchnorm=True`)",
        stand_alone=STAND_ALONE,
    )
    + "\nA bias in front of batch normalisation has the gradient 0, but for rounding, and is not looked at. "
    "The normalisation is that of `batchnorm_forward` and `batchnorm_backward`.\n",
    layers={**LAYERS, "batchnorm": ("batchnorm_forward", "batchnorm_backward")},
    options={"batchnorm": (BATCHNORM_OPTIONS,)},
    instead={"batchnorm": ("batchnorm_forward", "batchnorm_backward_alt")},
    difficulty=5,
    minutes=30,
    conventions=("the variance divides by N, not N - 1", *CONVENTIONS),
)

FULLY_CONNECTED_LAYERNORM = _exercise(
    "fully_connected_layernorm",
    "FullyConnectedNet with layer normalisation",
    "layernorm",
    text=INTRODUCTION.format(
        with_=", with layer normalisation",
        layers="affine - layer normalisation - ReLU",
        argument=', normalization="layernorm"',
        names=', with `"gamma1"`, `"beta1"`, … for each hidden layer',
        mode="",
        stand_alone=STAND_ALONE,
    )
    + "\nThe normalisation is that of `layernorm_forward` and `layernorm_backward`.\n",
    layers={**LAYERS, "layernorm": ("layernorm_forward", "layernorm_backward")},
    options={"layernorm": (LAYERNORM_OPTIONS,)},
    difficulty=5,
    minutes=20,
    conventions=("the variance divides by D, not D - 1", *CONVENTIONS),
)
