"""The full loss of a two-layer network: the mean of the data losses, and a penalty on both weight matrices.

L = 1/N Σ L_i + λ Σ W1² + λ Σ W2²; a weight's gradient from the penalty is 2λW. Source: CS231n, lecture 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Input, constant
from reference.layer import Jacobians, Layer


def full_loss_forward(losses: Array, W1: Array, W2: Array, lam: Array) -> tuple[Array, tuple[Array, ...]]:
    """losses (N,), W1 (D, H), W2 (H, C), strength lam () -> L () = mean of losses + lam (ΣW1² + ΣW2²).

    Source: CS231n, lecture 4: data loss and regularisation.
    """
    penalty = lam * ((W1 * W1).sum() + (W2 * W2).sum())
    return np.asarray(losses.mean() + penalty, dtype=losses.dtype), (losses, W1, W2, lam)


def full_loss_backward(dL: Array, cache: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    """dL () -> dlosses (N,) = dL/N, dW1 (D, H) = dL · 2 lam W1, dW2 (H, C) = dL · 2 lam W2."""
    losses, W1, W2, lam = cache
    dlosses = np.full_like(losses, dL / losses.size)
    twice = 2 * dL * lam
    return dlosses, np.asarray(twice * W1, dtype=W1.dtype), np.asarray(twice * W2, dtype=W2.dtype)


def full_loss_jacobian(losses: Array, W1: Array, W2: Array, lam: Array) -> Jacobians:
    """∂L/∂L_i = 1/N, ∂L/∂W = 2 lam W; L is a scalar, so each has its input's shape."""
    return {
        ("L", "losses"): np.ones_like(losses) / losses.size,
        ("L", "W1"): np.asarray(2 * W1 * lam, dtype=W1.dtype),
        ("L", "W2"): np.asarray(2 * W2 * lam, dtype=W2.dtype),
    }


def _oracle(xp: Any, losses: Any, W1: Any, W2: Any, lam: Any) -> Any:
    return xp.sum(losses) / len(losses) + lam * (xp.sum(W1**2) + xp.sum(W2**2))


FULL_LOSS = Layer(
    name="full_loss",
    inputs=(Input("losses", ("N",)), Input("W1", ("D", "H")), Input("W2", ("H", "C")), constant("lam")),
    outputs=("L",),
    forward_rule=full_loss_forward,
    backward_rule=full_loss_backward,
    jacobian_rule=full_loss_jacobian,
    oracle=_oracle,
    conventions=("mean over the examples", "λΣW² without a half, so the gradient is 2λW; no mean, no biases"),
    smallest={"N": 1},
)
