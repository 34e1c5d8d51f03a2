"""Exercise: the forward pass of a network of any depth, as one loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.networks.drawn_networks import DEPTHS, FORWARD, draw_network, listed, sigma, slope
from exercises.shared.said import differs, numbers
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.inputs import Array
from reference.linear_columns import affine_columns_forward
from reference.mlp import mlp_forward


def _shaped(value: Any, like: Array) -> Array:
    """The student's array where it can be followed, the right one elsewhere."""
    array = numbers(value)
    return array if array is not None and array.shape == like.shape and np.isfinite(array).all() else like


def judge_forward(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Each z and a is right, or follows from the student's own number before it: a slip is told where it is."""
    x, weights, biases = arguments
    lists = listed(returned, ("zs", "activations"))
    if isinstance(lists, str):
        return [("z", lists), ("a", lists)]
    zs, activations = lists
    right = mlp_forward(x, weights, biases)
    problems: dict[str, str] = {}
    if len(zs) != len(weights):
        problems["z"] = f"zs has {len(zs)} arrays, expected one for each of the {len(weights)} layers"
    if len(activations) != len(weights) + 1:
        problems["a"] = (
            f"activations has {len(activations)} arrays, expected {len(weights) + 1}: x and one for each layer"
        )
    if "a" not in problems and (message := differs("activations[0]", activations[0], x)):
        problems["a"] = f"{message}: it should be x"
    before_all = activations if "a" not in problems else list(right.a)
    own_z = zs if "z" not in problems else list(right.z)
    for place, (W, b) in enumerate(zip(weights, biases, strict=True)):
        if "z" not in problems:
            before = _shaped(before_all[place], right.a[place])
            product = W @ before
            slips = {"without the bias": product}
            if W.shape[0] == W.shape[1]:
                slips["of a W the wrong way round"] = W.T @ before + b
            if place and x.shape == before.shape:
                slips["of a layer fed with x instead of the activations before it"] = W @ x + b
            if message := differs(f"zs[{place}]", zs[place], product + b, slips, also=right.z[place]):
                problems["z"] = message
        if "a" not in problems:
            z = _shaped(own_z[place], right.z[place])
            slips = {
                "of z itself, without σ": z,
                "of the slope σ'": slope(z),
                "of tanh": np.tanh(z),
                "of a ReLU": np.maximum(z, 0),
            }
            name = f"activations[{place + 1}]"
            if message := differs(name, activations[place + 1], sigma(z), slips, also=right.a[place + 1]):
                problems["a"] = message
    return list(problems.items())


FORWARD_LOOP = AlgorithmExercise(
    id="forward_loop",
    title="Forward through L layers",
    text=r"""A network of $L$ layers in column vectors: start from $a^0 = x$, and for $l = 1, \dots, L$ compute
$$z^l = W^l a^{l-1} + b^l, \qquad a^l = \sigma(z^l).$$
The last $a^L$ is the prediction. The way back will need every $z$ and every $a$, so keep them all.

- `forward_loop(x, weights, biases)` takes `x` of shape `(n_0,)`, the list `weights` of $W^1, \dots, W^L$, where
  $W^l$ is $(n_l, n_{l-1})$, and the list `biases` of $b^1, \dots, b^L$, each `(n_l,)`. It returns two lists,
  `zs, activations`: $z^1, \dots, z^L$ and $a^0, a^1, \dots, a^L$. The second is one longer, since it begins
  with `x`.

Any depth is tried, from a single layer up. Python counts from 0: $W^1$ is `weights[0]`.
""",
    function="forward_loop",
    draw=draw_network,
    judge=judge_forward,
    sizes=DEPTHS,
    points={"z": 2, "a": 2},
    topic="networks",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: forward propagation algorithm",
    difficulty=2,
    minutes=15,
    starter=one_call(
        "forward_loop",
        "x, weights, biases",
        "x (n_0,), weights: W^l (n_l, n_(l-1)), biases: b^l (n_l,) -> lists zs (L), activations (L + 1).",
        "zs, activations",
    ),
    solution=(affine_columns_forward, FORWARD.format(name="forward_loop")),
    hints={
        "z": (
            "What is W multiplied by in the second layer? Is it x?",
            "One variable holds the latest a. Each turn of the loop uses it and then replaces it.",
            "for W, b in zip(weights, biases): z = W @ a + b, keep z, then a = sigmoid(z), keep a.",
        ),
        "a": (
            "How many activations are there for L layers, if x counts as the first?",
            "Each a is σ of the z of its own layer, and x goes in unchanged.",
            "Begin with activations = [x] and append 1 / (1 + np.exp(-z)) in every turn.",
        ),
    },
    conventions=("column vectors: W[i, j] leads from node j to node i", "σ in every layer, the last one too"),
)
