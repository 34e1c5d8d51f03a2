"""Exercise: CS231n's class `TwoLayerNet`, in either of the forms that the course has had."""

from __future__ import annotations

from dataclasses import replace

from exercises.networks.class_adapters import TWO_LAYER
from exercises.networks.class_graphs import fully_connected, fully_connected_draw, parameters_of
from exercises.networks.class_slips import (
    Parts,
    forgotten_bias,
    label_slips,
    penalty_slips,
    relu_slips,
    scale_slips,
    without_relu,
)
from exercises.networks.class_texts import STAND_ALONE, hints_of, starter
from grader.exercise import Misconception, NetworkExercise

PARAMETERS = parameters_of(2)


def _mistakes(*, half: bool) -> tuple[Misconception, ...]:
    graph = fully_connected(2, half=half)
    parts = Parts(graph, ("W1", "W2"), ("b1", "b2"), PARAMETERS, half)
    return (
        *relu_slips(parts),
        *label_slips(parts),
        *penalty_slips(parts),
        *scale_slips(parts),
        without_relu(parts, "W2", "s", "h1"),
        forgotten_bias(parts, "b1"),
    )


def _with_half(exercise: NetworkExercise) -> NetworkExercise:
    """By the convention of the course's early and of its present years: half of the penalty."""
    return replace(
        exercise,
        graph=fully_connected(2, half=True),
        misconceptions=_mistakes(half=True),
        hints=_hints("0.5 * reg", "reg W"),
        conventions=(*exercise.conventions[:-1], "the penalty is ½ reg · ΣW², so its gradient is reg W"),
    )


def _hints(strength: str, slope: str) -> dict[str, tuple[str, ...]]:
    return hints_of(
        PARAMETERS,
        (
            "With reg = 0, is your loss that of the softmax alone?",
            "Mean over the examples for the data, no mean for the penalty, and both matrices are in it.",
            f"Add {strength} * (np.sum(W1 * W1) + np.sum(W2 * W2)) to the softmax loss.",
        ),
        {
            "W1": (
                "Through which layers does the gradient pass on its way from the scores to W1?",
                "In how many places of the loss does W1 stand, and what comes between the two matrices?",
                "Back through the second matrix, the ReLU, then X transposed times that; plus the penalty's "
                f"{slope}.",
            ),
            "W2": (
                "In how many places of the loss does W2 stand?",
                "The second layer's input is not X. What is it?",
                f"The hidden layer transposed times the gradient of the scores, plus the penalty's {slope}.",
            ),
            "b1": (
                "To how many rows was b1 added?",
                "What arrives at the hidden layer, where the ReLU let something pass; no penalty.",
                "Its sum over the examples.",
            ),
            "b2": (
                "To how many rows was b2 added?",
                "It is made of the gradient of the scores alone; no penalty.",
                "The sum of the gradient of the scores over the examples.",
            ),
        },
    )


SOLUTION = """
class TwoLayerNet:
    def __init__(self, input_dim, hidden_dim, num_classes, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {
            "W1": weight_scale * np.random.randn(input_dim, hidden_dim),
            "b1": np.zeros(hidden_dim),
            "W2": weight_scale * np.random.randn(hidden_dim, num_classes),
            "b2": np.zeros(num_classes),
        }

    def loss(self, X, y):
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        z1, first = affine_forward(X, W1, b1)
        h1, mask = relu_forward(z1)
        s, second = affine_forward(h1, W2, b2)
        data, ds = softmax_loss(s, y)
        loss = data + self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        # Backward: each cache goes back to the layer it came from; the penalty adds its own part.
        dh1, dW2, db2 = affine_backward(ds, second)
        dz1 = relu_backward(dh1, mask)
        _, dW1, db1 = affine_backward(dz1, first)
        dW1 = dW1 + 2 * self.reg * W1
        dW2 = dW2 + 2 * self.reg * W2
        return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""

TWO_LAYER_CLASS = NetworkExercise(
    id="two_layer_class",
    title="The class TwoLayerNet",
    text=rf"""The class `TwoLayerNet` of the course's first assignment, as your file has it:
affine - ReLU - affine - softmax loss, with a penalty on both weight matrices.
$$L = \frac1N \sum_n -\log \frac{{e^{{S_{{n y_n}}}}}}{{\sum_c e^{{S_{{nc}}}}}}
  + \lambda \Bigl(\sum W_1^2 + \sum W_2^2\Bigr), \qquad S = \max(0, X W_1 + b_1) W_2 + b_2.$$

- `TwoLayerNet(D, H, C)` keeps its parameters in the dictionary `params`, under `"W1"` `(D, H)`, `"b1"` `(H,)`,
  `"W2"` `(H, C)`, `"b2"` `(C,)`.
- `loss(X, y)` returns `loss, grads`: the number $L$ and a dictionary with the gradients under the same names. The
  strength $\lambda$ is `reg`: an argument of the constructor, or of `loss` as in `neural_net.py` of earlier years.

{STAND_ALONE}
""",
    graph=fully_connected(2, half=False),
    function="TwoLayerNet",
    adapter=TWO_LAYER,
    layers={
        "affine": ("affine_forward", "affine_backward"),
        "relu": ("relu_forward", "relu_backward"),
        "softmax_loss": ("softmax_loss",),
    },
    parameters=PARAMETERS,
    draw=fully_connected_draw(2),
    points={"loss": 2, "dW1": 2, "db1": 1, "dW2": 2, "db2": 1},
    topic="networks",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 1: neural_net.py until 2019, fc_net.py since",
    difficulty=4,
    minutes=40,
    starter=starter(
        "TwoLayerNet",
        "input_dim, hidden_dim, num_classes, weight_scale=1e-3, reg=0.0",
        "affine - ReLU - affine - softmax loss, plus reg times the sum of all squared weights.",
        ("reg",),
        "X, y",
    ),
    solution=(SOLUTION,),
    hints=_hints("reg", "2 reg W"),
    misconceptions=_mistakes(half=False),
    conventions=(
        "row batches: out = xw + b",
        "mean over the batch",
        "the penalty is reg · ΣW² without a half, on both weight matrices, not on biases",
    ),
    others={"half": _with_half},
)
