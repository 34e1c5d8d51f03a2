"""The end of the delta recursion, δ^L of a squared error; one step of it, Wᵀδ ⊙ σ'; one whole layer, σ(Wa + b).

The step has its three hidden units as inputs of their own, the layer is as wide as the one before it: in
these shapes slips of a lecture's slides run as code. Source: CSCI 5622, lecture 13.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.activations import SIGMOID
from reference.inputs import Array, Input, constant
from reference.layer import Jacobians, Layer


def hidden_to_output_forward(z1: Array, z2: Array, z3: Array, W: Array) -> tuple[Array, tuple[Any, ...]]:
    """z1, z2, z3, each (), W (2, 3) -> z (2,) = W σ((z1, z2, z3)). Source: CSCI 5622, lecture 13."""
    a, cache = SIGMOID.forward_rule(np.stack([z1, z2, z3]))
    return W @ a, (W, cache)


def hidden_to_output_backward(dz: Array, cache: tuple[Any, ...]) -> tuple[Array, Array, Array]:
    """dz = δ² (2,) -> dz1, dz2, dz3, each (): δ¹ = Wᵀδ² ⊙ σ'."""
    W, inner = cache
    first, second, third = SIGMOID.backward_rule(W.T @ dz, inner)
    return np.asarray(first), np.asarray(second), np.asarray(third)


def hidden_to_output_jacobian(z1: Array, z2: Array, z3: Array, W: Array) -> Jacobians:
    """∂z_j/∂z_k = w_jk σ'(z_k), one column of W for each hidden unit."""
    slopes = [SIGMOID.forward_rule(z)[0] * SIGMOID.forward_rule(-z)[0] for z in (z1, z2, z3)]
    return {("z", f"z{k + 1}"): np.asarray(W[:, k] * slope, dtype=W.dtype) for k, slope in enumerate(slopes)}


def _oracle(xp: Any, z1: Any, z2: Any, z3: Any, W: Any) -> Any:
    return sum(W[:, k] * (0.5 * (xp.tanh(0.5 * z) + 1)) for k, z in enumerate((z1, z2, z3)))


HIDDEN_TO_OUTPUT = Layer(
    name="hidden_to_output",
    inputs=(*(Input(name, ()) for name in ("z1", "z2", "z3")), constant("W", ("2", "3"))),
    outputs=("z",),
    forward_rule=hidden_to_output_forward,
    backward_rule=hidden_to_output_backward,
    jacobian_rule=hidden_to_output_jacobian,
    oracle=_oracle,
    conventions=("column vectors: W_jk leads from hidden unit k to output j",),
    draw_rule=lambda rng, sizes: (
        *(np.asarray(z) for z in rng.choice((-1.0, 1.0), 3) * rng.integers(3, 21, 3) / 10),
        rng.choice((-1.0, 1.0), (2, 3)) * rng.integers(3, 31, (2, 3)) / 10,
    ),
)


def square_sigmoid_forward(W: Array, a: Array, b: Array) -> tuple[Array, tuple[Any, ...]]:
    """W (M, M), a (M,), b (M,) -> out (M,) = σ(Wa + b): a layer as wide as the one before it.

    Source: CSCI 5622, lecture 13.
    """
    out, cache = SIGMOID.forward_rule(W @ a + b)
    return out, (W, a, cache)


def square_sigmoid_backward(dout: Array, cache: tuple[Any, ...]) -> tuple[Array, Array, Array]:
    """dout (M,) -> dW (M, M) = δaᵀ, da (M,) = Wᵀδ, db (M,) = δ, with δ = dout ⊙ σ'."""
    W, a, inner = cache
    delta = SIGMOID.backward_rule(dout, inner)
    return np.outer(delta, a), W.T @ delta, delta


def square_sigmoid_jacobian(W: Array, a: Array, b: Array) -> Jacobians:
    """∂out_i/∂W_kj = [i = k] σ'_i a_j;  ∂out/∂a = diag(σ') W;  ∂out/∂b = diag(σ')."""
    z = W @ a + b
    slopes = np.diag(SIGMOID.forward_rule(z)[0] * SIGMOID.forward_rule(-z)[0])
    return {("out", "W"): np.einsum("ik,j->ikj", slopes, a), ("out", "a"): slopes @ W, ("out", "b"): slopes}


def _square_oracle(xp: Any, W: Any, a: Any, b: Any) -> Any:
    return 0.5 * (xp.tanh(0.5 * (xp.einsum("ij,j->i", W, a) + b)) + 1)


def _square_draw(rng: np.random.Generator, sizes: Any) -> tuple[Array, ...]:
    M = sizes["M"]
    shapes: tuple[tuple[int, ...], ...] = ((M, M), (M,), (M,))
    return tuple(rng.choice((-1.0, 1.0), s) * rng.integers(2, 16, s) / 10 for s in shapes)


SQUARE_SIGMOID = Layer(
    name="square_sigmoid",
    inputs=(Input("W", ("M", "M")), Input("a", ("M",)), Input("b", ("M",))),
    forward_rule=square_sigmoid_forward,
    backward_rule=square_sigmoid_backward,
    jacobian_rule=square_sigmoid_jacobian,
    oracle=_square_oracle,
    conventions=("column vectors: W_ij leads from node j to node i, and z = Wa + b",),
    draw_rule=_square_draw,
    symbol="σ(Wa+b)",
)


def output_error_forward(z: Array, y: Array) -> tuple[Array, tuple[Array, Any]]:
    """z (M,), targets y (M,) -> L () = ½ Σ (σ(z) - y)², one example. Source: CSCI 5622, lecture 13."""
    a, cache = SIGMOID.forward_rule(z)
    return np.asarray(((a - y) ** 2).sum() / 2), (a - y, cache)


def output_error_backward(dL: Array, cache: tuple[Array, Any]) -> Array:
    """dL () -> dz (M,) = dL · (a - y) ⊙ σ(1 - σ): the δ of the last layer."""
    error, inner = cache
    return np.asarray(SIGMOID.backward_rule(dL * error, inner), dtype=error.dtype)


def output_error_jacobian(z: Array, y: Array) -> Jacobians:
    """∂L/∂z_j = (a_j - y_j) σ(z_j) σ(-z_j); L is a scalar, so this has z's shape."""
    a = SIGMOID.forward_rule(z)[0]
    return {("L", "z"): np.asarray((a - y) * a * SIGMOID.forward_rule(-z)[0], dtype=z.dtype)}


def _output_oracle(xp: Any, z: Any, y: Any) -> Any:
    return 0.5 * xp.sum((0.5 * (xp.tanh(0.5 * z) + 1) - y) ** 2)


OUTPUT_ERROR = Layer(
    name="output_error",
    inputs=(Input("z", ("M",)), constant("y", ("M",))),
    outputs=("L",),
    forward_rule=output_error_forward,
    backward_rule=output_error_backward,
    jacobian_rule=output_error_jacobian,
    oracle=_output_oracle,
    conventions=("half squared error of one example, no mean",),
    draw_rule=lambda rng, sizes: (
        rng.choice((-1.0, 1.0), sizes["M"]) * rng.integers(2, 21, sizes["M"]) / 10,
        rng.choice((-0.5, 1.5), sizes["M"]),  # outside what a sigmoid reaches, so that no error is 0
    ),
    symbol="½Σ(σ(z)−y)²",
)
