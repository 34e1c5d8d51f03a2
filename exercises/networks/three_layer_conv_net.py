"""Exercise: CS231n's class `ThreeLayerConvNet`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from exercises.networks.class_adapters import THREE_LAYER_CONV
from exercises.networks.class_graphs import (
    CLEARANCE,
    decimals,
    fixed,
    labels,
    parameters_of,
    penalised,
    quarters,
)
from exercises.networks.class_slips import (
    Parts,
    label_slips,
    penalty_slips,
    relu_slips,
    scale_slips,
    way_back,
    without_relu,
)
from exercises.networks.class_texts import STAND_ALONE, hints_of, starter
from grader.exercise import Misconception, NetworkExercise
from reference.activations import RELU
from reference.conv import CONV, conv_backward, conv_forward
from reference.graph import Graph, Node
from reference.inputs import Array
from reference.linear_rows import AFFINE
from reference.pooling import MAX_POOL, max_pool_backward, max_pool_forward
from reference.softmax import SOFTMAX_LOSS

CONV_OPTIONS = {"stride": 1, "pad": 1}
POOL_OPTIONS = {"pool_height": 2, "pool_width": 2, "stride": 2}
CONV_LAYER = fixed(CONV, CONV_OPTIONS)
POOL_LAYER = fixed(MAX_POOL, POOL_OPTIONS)
PARAMETERS = parameters_of(3)
WEIGHTS = ("W1", "W2", "W3")


def graph(*, half: bool) -> Graph:
    """conv - relu - 2 × 2 max pool - affine - relu - affine - softmax loss, plus the penalty on the weights.

    X (N, C, H, W), y (N,), reg () -> loss (). Source: CS231n, assignment 2.
    """
    nodes = (
        *(Node(name) for name in (*PARAMETERS, "X", "y", "reg")),
        Node("z1", CONV_LAYER, ("X", "W1", "b1")),
        Node("h1", RELU, ("z1",)),
        Node("pooled", POOL_LAYER, ("h1",)),
        Node("z2", AFFINE, ("pooled", "W2", "b2")),
        Node("h2", RELU, ("z2",)),
        Node("s", AFFINE, ("h2", "W3", "b3")),
        Node("data", SOFTMAX_LOSS, ("s", "y")),
    )
    return Graph([*nodes, *penalised("data", WEIGHTS, half=half)], name="three_layer_conv_net")


def _clear(values: dict[str, Any]) -> bool:
    """No ReLU near its kink, no two largest pixels in a window, and something to pass in every one of them."""
    z1, _ = conv_forward(values["X"], values["W1"], values["b1"], CONV_OPTIONS)
    h1 = np.maximum(z1, 0)
    N, F, H, W = h1.shape
    windows = h1.reshape(N, F, H // 2, 2, W // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    largest = np.sort(windows.reshape(N, -1, 4), axis=2)[:, :, -2:]
    if np.abs(z1).min() < CLEARANCE or (z1 > 0).all() or np.diff(largest).min() < CLEARANCE:
        return False
    z2 = largest[:, :, 1] @ values["W2"] + values["b2"]
    return bool(np.abs(z2).min() >= CLEARANCE and (z2 > 0).any(axis=0).all() and not (z2 > 0).all())


def _draw(rng: np.random.Generator) -> dict[str, Any]:
    """Images that are not square, sizes of their own, windows without ties."""
    examples, filters = 4, 2
    channels, height, width = (3, 4, 2) if rng.integers(2) else (3, 2, 4)
    hidden, classes = (5, 6) if rng.integers(2) else (6, 5)
    pooled = filters * height * width // 4
    while True:
        values: dict[str, Any] = {
            "W1": decimals(rng, 40, (filters, channels, 3, 3)),
            "b1": rng.integers(50, 151, filters) / 100,
            "W2": decimals(rng, 60, (pooled, hidden)),
            "b2": decimals(rng, 50, hidden),
            "W3": decimals(rng, 60, (hidden, classes)),
            "b3": decimals(rng, 50, classes),
            "X": quarters(rng, (examples, channels, height, width)),
            "y": labels(rng, examples, classes),
            "reg": float(rng.integers(1, 11)) / 20,
        }
        if _clear(values):
            return values


def _spread_evenly(dout: Array, shape: tuple[int, ...]) -> Array:
    """What average pooling hands back."""
    assert shape[2] == 2 * dout.shape[2]
    return np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3) / 4


def _pool_slips(parts: Parts) -> Iterator[Misconception]:
    def forward(x: Array) -> tuple[Array, Any]:
        out, _ = max_pool_forward(x, POOL_OPTIONS)
        return out, x.shape

    averaged = replace(POOL_LAYER, forward_rule=forward, backward_rule=_spread_evenly)
    title = "computed as if the pool had taken means: the gradient goes to the largest pixel alone"
    yield from way_back(parts, "pool-averaged", title, {"max_pool": averaged})


def _mistakes(*, half: bool) -> tuple[Misconception, ...]:
    parts = Parts(graph(half=half), WEIGHTS, ("b1", "b2", "b3"), PARAMETERS, half)
    return (
        *relu_slips(parts),
        *label_slips(parts),
        *penalty_slips(parts),
        *scale_slips(parts),
        *_pool_slips(parts),
        without_relu(parts, "W3", "s", "h2"),
    )


def _hints(*, half: bool) -> dict[str, tuple[str, ...]]:
    strength, slope = ("0.5 * reg", "reg W") if half else ("reg", "2 reg W")
    return hints_of(
        PARAMETERS,
        (
            "With reg = 0, is your loss that of the softmax alone?",
            "Which shape does what leaves the pool have, and how many rows does W2 need for it?",
            f"conv_relu_pool, affine_relu, affine, softmax loss; plus {strength} * np.sum(W * W) for all three.",
        ),
        {
            "W1": (
                "Through which layers does the gradient pass on its way from the scores to W1?",
                "What your affine layers hand back has the shape of what left the pool already.",
                f"conv_relu_pool_backward, or the three one by one; plus the penalty's {slope}.",
            ),
            "b1": (
                "Which layer's backward returns it, and what upstream does that want?",
                "It comes from the same call as the gradient of W1, and has no penalty.",
                "The third result of the convolution's backward.",
            ),
        },
    )


def _whole(exercise: NetworkExercise) -> NetworkExercise:
    """By the convention without the half."""
    return replace(
        exercise,
        graph=graph(half=False),
        misconceptions=_mistakes(half=False),
        hints=_hints(half=False),
        conventions=(*exercise.conventions[:-1], "the penalty is reg · ΣW², so its gradient is 2 reg W"),
    )


NAMES = """
conv_forward_naive = conv_forward
conv_backward_naive = conv_backward
max_pool_forward_naive = max_pool_forward
max_pool_backward_naive = max_pool_backward
"""

SOLUTION = """
class ThreeLayerConvNet:
    def __init__(
        self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
        weight_scale=1e-3, reg=0.0, dtype=np.float32
    ):
        self.reg, self.dtype = reg, dtype
        C, H, W = input_dim
        self.params = {
            "W1": weight_scale * np.random.randn(num_filters, C, filter_size, filter_size),
            "b1": np.zeros(num_filters),
            "W2": weight_scale * np.random.randn(num_filters * (H // 2) * (W // 2), hidden_dim),
            "b2": np.zeros(hidden_dim),
            "W3": weight_scale * np.random.randn(hidden_dim, num_classes),
            "b3": np.zeros(num_classes),
        }

    def loss(self, X, y):
        W1, b1, W2, b2, W3, b3 = (self.params[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3"))
        conv_param = {"stride": 1, "pad": (W1.shape[2] - 1) // 2}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        z1, conv = conv_forward_naive(X, W1, b1, conv_param)
        h1, first = relu_forward(z1)
        pooled, pool = max_pool_forward_naive(h1, pool_param)
        z2, hidden = affine_forward(pooled, W2, b2)
        h2, second = relu_forward(z2)
        s, scores = affine_forward(h2, W3, b3)
        data, ds = softmax_loss(s, y)
        loss = data + 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2) + np.sum(W3 * W3))
        # Backward: the same layers in the opposite order; the penalty adds its own part.
        dh2, dW3, db3 = affine_backward(ds, scores)
        dz2 = relu_backward(dh2, second)
        dpooled, dW2, db2 = affine_backward(dz2, hidden)
        dh1 = max_pool_backward_naive(dpooled, pool)
        dz1 = relu_backward(dh1, first)
        _, dW1, db1 = conv_backward_naive(dz1, conv)
        dW1 = dW1 + self.reg * W1
        dW2 = dW2 + self.reg * W2
        dW3 = dW3 + self.reg * W3
        return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
"""

THREE_LAYER_CONV_NET = NetworkExercise(
    id="three_layer_conv_net",
    title="The class ThreeLayerConvNet",
    text=rf"""The class `ThreeLayerConvNet` of the course's second assignment, as your file has it:
conv - ReLU - 2 × 2 max pool - affine - ReLU - affine - softmax loss, plus half of a penalty on all three weights,
$\tfrac12\lambda\sum_k\sum W_k^2$.

- `ThreeLayerConvNet(input_dim=(C, H, W), num_filters=F, filter_size=3, hidden_dim=M, num_classes=K, reg=λ)` keeps
  its parameters in the dictionary `params`, under `"W1"` `(F, C, 3, 3)`, `"b1"`, `"W2"` `(F·H/2·W/2, M)`, `"b2"`,
  `"W3"` `(M, K)`, `"b3"`. The convolution has stride 1 and keeps height and width.
- `loss(X, y)` returns `loss, grads`: a number, and a dictionary with the gradients under the same names.

The course's fast layers need a compiled module, which is not there: your `conv_forward_naive`,
`conv_backward_naive`, `max_pool_forward_naive` and `max_pool_backward_naive` are called in their place.

{STAND_ALONE}
""",
    graph=graph(half=True),
    function="ThreeLayerConvNet",
    adapter=THREE_LAYER_CONV,
    layers={
        "conv": ("conv_forward_naive", "conv_backward_naive"),
        "max_pool": ("max_pool_forward_naive", "max_pool_backward_naive"),
        "affine": ("affine_forward", "affine_backward"),
        "relu": ("relu_forward", "relu_backward"),
        "softmax_loss": ("softmax_loss",),
    },
    options={"conv": (CONV_OPTIONS,), "max_pool": (POOL_OPTIONS,)},
    cut=False,
    parameters=PARAMETERS,
    draw=_draw,
    points={"loss": 2, "dW1": 2, "db1": 1, "dW2": 1, "db2": 1, "dW3": 1, "db3": 1},
    topic="networks",
    lecture="CS231n, lecture 5",
    source="CS231n, assignment 2: cnn.py",
    difficulty=4,
    minutes=40,
    starter=starter(
        "ThreeLayerConvNet",
        "input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10, reg=0.0, "
        "dtype=np.float32",
        "conv - ReLU - max pool - affine - ReLU - affine - softmax loss, plus half of reg times squared weights.",
        ("reg", "dtype"),
        "X, y",
    ),
    solution=(conv_forward, conv_backward, max_pool_forward, max_pool_backward, NAMES, SOLUTION),
    hints=_hints(half=True),
    misconceptions=_mistakes(half=True),
    others={"whole": _whole},
    conventions=(
        "images are (N, C, H, W)",
        "mean over the batch",
        "the penalty is ½ reg · ΣW² on all weights, not on biases",
    ),
)
