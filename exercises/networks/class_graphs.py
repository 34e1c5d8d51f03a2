"""Graphs of the networks that CS231n's classes compute: the reference's layers, and the penalty on weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reference.activations import RELU
from reference.batchnorm import BATCHNORM
from reference.gates import ADD, MULTIPLY
from reference.graph import Graph, Node
from reference.inputs import Array
from reference.l2 import L2
from reference.layer import Jacobians, Layer
from reference.layernorm import LAYERNORM
from reference.linear_rows import AFFINE
from reference.softmax import SOFTMAX_LOSS

CLEARANCE = 0.02
"""How far everything that a ReLU is applied to is kept from its kink."""

BATCHNORM_OPTIONS: Mapping[str, Any] = {"mode": "train"}
LAYERNORM_OPTIONS: Mapping[str, Any] = {}


def fixed(layer: Layer, options: Mapping[str, Any]) -> Layer:
    """The layer with these options: its last input, which a node of a graph cannot be, is none any more."""
    *_, last = layer.inputs
    assert last.choices, f"the last input of {layer.name} is no dictionary of options"

    def forward(*inputs: Array) -> tuple[Any, ...]:
        return layer.forward_rule(*inputs, dict(options))

    def jacobian(*inputs: Array) -> Jacobians:
        return layer.jacobian_rule(*inputs, dict(options))

    def oracle(xp: Any, *inputs: Any) -> Any:
        return layer.oracle(xp, *inputs, dict(options))

    def fit(*inputs: Array) -> None:
        if layer.fit_rule is not None:
            layer.fit_rule(*inputs, dict(options))

    margin = layer.margin_rule
    return replace(
        layer,
        inputs=layer.inputs[:-1],
        forward_rule=forward,
        jacobian_rule=jacobian,
        oracle=oracle,
        fit_rule=fit,
        margin_rule=None if margin is None else lambda *inputs: margin(*inputs, dict(options)),
        draw_rule=None,
    )


NORMALISED: Mapping[str, Layer] = {
    "batchnorm": fixed(BATCHNORM, BATCHNORM_OPTIONS),
    "layernorm": fixed(LAYERNORM, LAYERNORM_OPTIONS),
}


def penalised(data: str, weights: Sequence[str], *, half: bool) -> Iterator[Node]:
    """The penalty reg ΣW² on these weights, or half of it, and the loss: the data's and the penalty together."""
    strength = "reg"
    if half:
        strength = "half_reg"
        yield Node(strength, MULTIPLY, ("reg", 0.5))
    total = data
    for number, name in enumerate(weights, 1):
        yield Node(f"penalty{number}", L2, (name, strength))
        last = number == len(weights)
        yield Node("loss" if last else f"data_and_{number}", ADD, (total, f"penalty{number}"))
        total = f"data_and_{number}"


def fully_connected(depth: int, normalisation: str = "", *, half: bool) -> Graph:
    """(affine - [normalisation] - relu) × (depth - 1) - affine - softmax loss, plus the penalty.

    X (N, D), y (N,), reg () -> loss (). Source: CS231n, assignments 1 and 2.
    """
    parameters = parameters_of(depth, normalisation)
    nodes = [Node(name) for name in (*parameters, "X", "y", "reg")]
    before = "X"
    for number in range(1, depth):
        nodes.append(Node(f"z{number}", AFFINE, (before, f"W{number}", f"b{number}")))
        into = f"z{number}"
        if normalisation:
            into = f"n{number}"
            arguments = (f"z{number}", f"gamma{number}", f"beta{number}")
            nodes.append(Node(into, NORMALISED[normalisation], arguments))
        nodes.append(Node(f"h{number}", RELU, (into,)))
        before = f"h{number}"
    nodes.append(Node("s", AFFINE, (before, f"W{depth}", f"b{depth}")))
    nodes.append(Node("data", SOFTMAX_LOSS, ("s", "y")))
    weights = [f"W{number}" for number in range(1, depth + 1)]
    return Graph([*nodes, *penalised("data", weights, half=half)], name="fully_connected")


def parameters_of(depth: int, normalisation: str = "") -> tuple[str, ...]:
    """The names of all parameters, layer by layer."""
    names = []
    for number in range(1, depth + 1):
        names += [f"W{number}", f"b{number}"]
        if normalisation and number < depth:
            names += [f"gamma{number}", f"beta{number}"]
    return tuple(names)


def clear(values: Mapping[str, Any], depth: int, normalisation: str = "") -> bool:
    """Whether no ReLU is near its kink, each lets something pass of every column, and each stops something."""
    h = values["X"]
    for number in range(1, depth):
        z = np.asarray(h @ values[f"W{number}"] + values[f"b{number}"])
        if normalisation:
            scale, shift = values[f"gamma{number}"], values[f"beta{number}"]
            z, _ = NORMALISED[normalisation].forward_rule(z, scale, shift)
        open_ = np.asarray(z > 0)
        if np.abs(z).min() < CLEARANCE or open_.all() or not open_.any(axis=0).all():
            return False
        h = np.maximum(z, 0)
    return True


def decimals(rng: np.random.Generator, most: int, shape: int | tuple[int, ...]) -> Array:
    """Two decimals, at most `most` hundredths from 0."""
    return np.asarray(rng.integers(-most, most + 1, shape) / 100)


def quarters(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Quarters from -2 to 2: the same numbers in single precision, which a class may cast its input to."""
    return np.asarray(rng.integers(-8, 9, shape) / 4)


def labels(rng: np.random.Generator, examples: int, classes: int) -> Array:
    """Classes of so many examples, the last one among them, as in any batch of the size that is trained with."""
    drawn = rng.integers(0, classes, examples)
    drawn[rng.integers(examples)] = classes - 1
    return np.asarray(drawn)


def fully_connected_draw(
    depth: int, normalisation: str = ""
) -> Callable[[np.random.Generator], dict[str, Any]]:
    """Sizes of their own from 3 on, reg from 0.05 to 0.5, everything clear of kinks."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        sizes = [int(size) for size in 3 + rng.permutation(depth + 2)]
        examples, widths = sizes[0] + 1, [size + (size > sizes[0]) for size in sizes[1:]]
        while True:
            values: dict[str, Any] = {}
            for number in range(1, depth + 1):
                into, out = widths[number - 1], widths[number]
                values[f"W{number}"] = decimals(rng, 90, (into, out))
                values[f"b{number}"] = decimals(rng, 50, out)
                if normalisation and number < depth:
                    values[f"gamma{number}"] = rng.choice((-1, 1), out) * rng.integers(50, 151, out) / 100
                    values[f"beta{number}"] = decimals(rng, 50, out)
            values["X"] = quarters(rng, (examples, widths[0]))
            values["y"] = labels(rng, examples, widths[-1])
            values["reg"] = float(rng.integers(1, 11)) / 20
            if clear(values, depth, normalisation):
                return values

    return draw
