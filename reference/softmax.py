"""Softmax, and the cross-entropy of a softmax with integer labels.

p_i = e^{s_i} / Σ_j e^{s_j};  ∂p_i/∂s_j = p_i([i = j] - p_j): dense, since all entries share the sum.
The scores are shifted by their largest first, which changes nothing and overflows never.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Input, label
from reference.layer import Jacobians, Layer


def _softmax(x: Array) -> Array:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def softmax_forward(x: Array) -> tuple[Array, Array]:
    """scores x (..., C) -> probabilities p (..., C), each row summing to 1. Source: CS231n, lecture 3."""
    p = _softmax(x)
    return p, p


def softmax_backward(dp: Array, cache: Array) -> Array:
    """dp (..., C) -> dx (..., C) = p ⊙ (dp - Σ_j dp_j p_j), without the C × C Jacobian."""
    p = cache
    return np.asarray(p * (dp - (dp * p).sum(axis=-1, keepdims=True)))


def softmax_jacobian(x: Array) -> Jacobians:
    """∂p_i/∂x_j = p_i([i = j] - p_j) within a row, 0 between rows."""
    p = _softmax(x).reshape(-1, x.shape[-1])
    rows, classes = p.shape
    full = np.zeros((rows, classes, rows, classes), dtype=p.dtype)
    for n in range(rows):
        full[n, :, n, :] = np.diag(p[n]) - np.outer(p[n], p[n])
    return {("p", "x"): full.reshape(x.shape + x.shape)}


def _softmax_oracle(xp: Any, x: Any) -> Any:
    powers = xp.exp(x)
    return powers / xp.sum(powers, axis=-1, keepdims=True)


SOFTMAX = Layer(
    name="softmax",
    inputs=(Input("x", ("...", "C")),),
    outputs=("p",),
    forward_rule=softmax_forward,
    backward_rule=softmax_backward,
    jacobian_rule=softmax_jacobian,
    oracle=_softmax_oracle,
    smallest={"C": 1},
)


def softmax_loss_forward(x: Array, y: Array) -> tuple[Array, tuple[Array, Array]]:
    """scores x (N, C), labels y (N,) -> loss () = mean of -log p[n, y[n]]. Source: CS231n, assignment 2."""
    shifted = x - x.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    log_p = shifted - log_sums[:, None]
    return -log_p[np.arange(y.size), y].mean(), (log_p, y)


def softmax_loss_backward(dloss: Array, cache: tuple[Array, Array]) -> Array:
    """dloss () -> dx (N, C) = dloss · (p - onehot(y)) / N."""
    log_p, y = cache
    dx = np.exp(log_p)
    dx[np.arange(y.size), y] -= 1
    return np.asarray(dx * (dloss / y.size), dtype=log_p.dtype)


def softmax_loss_jacobian(x: Array, y: Array) -> Jacobians:
    """∂loss/∂x[n, c] = (p[n, c] - [c = y[n]]) / N; the loss is a scalar, so this has x's shape."""
    onehot = np.eye(x.shape[1], dtype=x.dtype)[y]
    return {("loss", "x"): (_softmax(x) - onehot) / x.shape[0]}


def _softmax_loss_oracle(xp: Any, x: Any, y: Any) -> Any:
    total = 0.0 * xp.sum(x)
    for n in range(len(y)):
        total = total + xp.log(xp.sum(xp.exp(x[n]))) - x[n, int(y[n])]
    return total / len(y)


SOFTMAX_LOSS = Layer(
    name="softmax_loss",
    inputs=(Input("x", ("N", "C")), label("y", ("N",), below="C")),
    outputs=("loss",),
    forward_rule=softmax_loss_forward,
    backward_rule=softmax_loss_backward,
    jacobian_rule=softmax_loss_jacobian,
    oracle=_softmax_loss_oracle,
    conventions=("mean over the batch, natural logarithm",),
    smallest={"N": 1, "C": 1},
)


def softmax_loss(x: Array, y: Array) -> tuple[float, Array]:
    """x (N, C), y (N,) -> loss, dx (N, C), in CS231n's one-call signature. Raises InputError.

    Source: CS231n, assignment 2.
    """
    loss, cache = SOFTMAX_LOSS.forward(x, y)
    return float(loss), softmax_loss_backward(np.ones_like(loss), cache)
