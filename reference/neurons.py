"""One sigmoid neuron, and a chain of three with a half squared error: small enough to write every factor down.

The neuron is CS231n's, lecture 4: f = σ(w·x). The chain is that of the lecture "Multi-layer perceptron":
a1 = w1 x + b, f1 = σ(a1), a2 = w2 f1, f2 = σ(a2), a3 = w3 f2, f3 = σ(a3), L = ½(y - f3)².
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.activations import SIGMOID
from reference.inputs import Array, Input, constant
from reference.layer import Jacobians, Layer


def _some(rng: np.random.Generator, *shape: int) -> Array:
    """Numbers of size 0.3 to 2 in tenths: nine times nine would leave nothing of a sigmoid's slope."""
    return np.asarray(rng.choice((-1.0, 1.0), shape) * rng.integers(3, 21, shape) / 10)


def neuron_forward(w: Array, x: Array) -> tuple[Array, tuple[Array, Any]]:
    """weights w (D,), inputs x (D,) -> f () = σ(w·x). Source: CS231n, lecture 4."""
    f, cache = SIGMOID.forward_rule(np.asarray(w @ x))
    return f, (x, cache)


def neuron_backward(df: Array, cache: tuple[Array, Any]) -> Array:
    """df () -> dw (D,) = df · σ(1 - σ) · x."""
    x, inner = cache
    return np.asarray(SIGMOID.backward_rule(df, inner) * x, dtype=x.dtype)


def neuron_jacobian(w: Array, x: Array) -> Jacobians:
    """∂f/∂w_i = σ(s) σ(-s) x_i with s = w·x; f is a scalar, so this has w's shape."""
    s = np.asarray(w @ x)
    slope = SIGMOID.forward_rule(s)[0] * SIGMOID.forward_rule(-s)[0]
    return {("f", "w"): np.asarray(slope * x, dtype=w.dtype)}


def _neuron_oracle(xp: Any, w: Any, x: Any) -> Any:
    return 0.5 * (xp.tanh(0.5 * xp.sum(w * x)) + 1)


NEURON = Layer(
    name="neuron",
    inputs=(Input("w", ("D",)), constant("x", ("D",))),
    outputs=("f",),
    forward_rule=neuron_forward,
    backward_rule=neuron_backward,
    jacobian_rule=neuron_jacobian,
    oracle=_neuron_oracle,
    conventions=("no bias apart: an input that is always 1 makes one of its weight",),
    smallest={"D": 1},
    draw_rule=lambda rng, sizes: (_some(rng, sizes["D"]), _some(rng, sizes["D"])),
    symbol="σ(w·x)",
)


def sigmoid_chain_forward(w1: Array, w2: Array, w3: Array, b: Array, x: Array, y: Array) -> tuple[Array, Any]:
    """w1, w2, w3, b, x, y, each () -> L () = ½(y - σ(w3 σ(w2 σ(w1 x + b))))².

    Source: lecture "Multi-layer perceptron".
    """
    f1, cache1 = SIGMOID.forward_rule(w1 * x + b)
    f2, cache2 = SIGMOID.forward_rule(w2 * f1)
    f3, cache3 = SIGMOID.forward_rule(w3 * f2)
    error = f3 - y
    return np.asarray(error * error / 2), (w2, w3, x, f1, f2, error, cache1, cache2, cache3)


def sigmoid_chain_backward(dL: Array, cache: tuple[Any, ...]) -> tuple[Array, Array, Array, Array]:
    """dL () -> dw1, dw2, dw3, db, each (), back to front: what is computed for one weight serves the next."""
    w2, w3, x, f1, f2, error, cache1, cache2, cache3 = cache
    da3 = SIGMOID.backward_rule(dL * error, cache3)
    da2 = SIGMOID.backward_rule(da3 * w3, cache2)
    da1 = SIGMOID.backward_rule(da2 * w2, cache1)
    return np.asarray(da1 * x), np.asarray(da2 * f1), np.asarray(da3 * f2), np.asarray(da1)


def sigmoid_chain_jacobian(w1: Array, w2: Array, w3: Array, b: Array, x: Array, y: Array) -> Jacobians:
    """Each derivative with all its factors, as the lecture writes them:

    ∂L/∂w1 = ∂L/∂f3 · ∂f3/∂a3 · ∂a3/∂f2 · ∂f2/∂a2 · ∂a2/∂f1 · ∂f1/∂a1 · ∂a1/∂w1.
    """

    def sigma(a: Array) -> Array:
        return np.asarray(SIGMOID.forward_rule(np.asarray(a))[0])

    a1 = w1 * x + b
    a2 = w2 * sigma(a1)
    a3 = w3 * sigma(a2)
    s1, s2, s3 = (sigma(a) * sigma(-a) for a in (a1, a2, a3))
    at_a3 = -(y - sigma(a3)) * s3
    products = {
        "w1": at_a3 * w3 * s2 * w2 * s1 * x,
        "w2": at_a3 * w3 * s2 * sigma(a1),
        "w3": at_a3 * sigma(a2),
        "b": at_a3 * w3 * s2 * w2 * s1,
    }
    return {("L", name): np.asarray(value) for name, value in products.items()}


def _chain_oracle(xp: Any, w1: Any, w2: Any, w3: Any, b: Any, x: Any, y: Any) -> Any:
    def sigma(a: Any) -> Any:
        return 0.5 * (xp.tanh(0.5 * a) + 1)

    return 0.5 * (y - sigma(w3 * sigma(w2 * sigma(w1 * x + b)))) ** 2


SIGMOID_CHAIN = Layer(
    name="sigmoid_chain",
    inputs=(*(Input(name, ()) for name in ("w1", "w2", "w3", "b")), constant("x"), constant("y")),
    outputs=("L",),
    forward_rule=sigmoid_chain_forward,
    backward_rule=sigmoid_chain_backward,
    jacobian_rule=sigmoid_chain_jacobian,
    oracle=_chain_oracle,
    conventions=("half squared error of one example, no mean",),
    draw_rule=lambda rng, sizes: tuple(_some(rng) for _ in range(6)),
)
