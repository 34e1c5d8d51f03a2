"""The full loss of a linear classifier with softmax: scores XW, mean cross-entropy, and λΣW².

∂loss/∂W = Xᵀ(p - onehot(y))/N + 2λW. Source: CS231n, lectures 3 and 4 and assignment 1 (signatures).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Input, constant, label
from reference.layer import Jacobians, Layer


def softmax_loss_weights_forward(W: Array, X: Array, y: Array, reg: Array) -> tuple[Array, tuple[Array, ...]]:
    """weights W (D, C), examples X (N, D), labels y (N,), strength reg () -> loss ().

    loss = mean of -log p[n, y[n]] + reg · ΣW², with p the softmax of X W.

    Source: CS231n, lecture 4 and assignment 1.
    """
    strength = W.dtype.type(reg)
    scores = X @ W
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1))[:, None]
    data = -log_p[np.arange(y.size), y].mean()
    return np.asarray(data + strength * (W * W).sum(), dtype=W.dtype), (W, X, y, strength, log_p)


def softmax_loss_weights_backward(dloss: Array, cache: tuple[Array, ...]) -> Array:
    """dloss () -> dW (D, C) = dloss · (Xᵀ(p - onehot(y))/N + 2 reg W)."""
    W, X, y, strength, log_p = cache
    ds = np.exp(log_p)
    ds[np.arange(y.size), y] -= 1
    return np.asarray(dloss * (X.T @ ds / y.size + 2 * strength * W), dtype=W.dtype)


def softmax_loss_weights_jacobian(W: Array, X: Array, y: Array, reg: Array) -> Jacobians:
    """∂loss/∂W[d, c] = mean over n of X[n, d](p[n, c] - [c = y[n]]), plus 2 reg W[d, c]."""
    powers = np.exp(X @ W - (X @ W).max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    each = np.einsum("nd,nc->ndc", X, p - np.eye(W.shape[1], dtype=W.dtype)[y])
    return {("loss", "W"): each.mean(axis=0) + 2 * W.dtype.type(reg) * W}


def _oracle(xp: Any, W: Any, X: Any, y: Any, reg: Any) -> Any:
    total = 0.0 * xp.sum(W)
    for n in range(len(y)):
        scores = xp.einsum("d,dc->c", X[n], W)
        right = scores[int(y[n])]
        total = total + xp.log(xp.sum(xp.exp(scores - right)))
    return total / len(y) + reg * xp.sum(W**2)


SOFTMAX_LOSS_W = Layer(
    name="softmax_loss_W",
    inputs=(
        Input("W", ("D", "C")),
        constant("X", ("N", "D")),
        label("y", ("N",), below="C"),
        constant("reg"),
    ),
    outputs=("loss",),
    forward_rule=softmax_loss_weights_forward,
    backward_rule=softmax_loss_weights_backward,
    jacobian_rule=softmax_loss_weights_jacobian,
    oracle=_oracle,
    conventions=(
        "mean over the batch, natural logarithm",
        "the penalty is reg · ΣW² without a half, so its gradient is 2 reg W",
    ),
    smallest={"N": 1, "C": 1},
)


def softmax_loss_naive(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
    """W (D, C), X (N, D), y (N,), reg -> loss, dW (D, C), example by example. Raises InputError.

    Source: CS231n, assignment 1.
    """
    W, X, y, strength = SOFTMAX_LOSS_W.check(W, X, y, reg)
    loss = W.dtype.type(0)
    dW = np.zeros_like(W)
    for n in range(y.size):
        scores = X[n] @ W
        powers = np.exp(scores - scores.max())
        total = powers.sum()
        loss += np.log(total) - (scores[y[n]] - scores.max())
        for c in range(W.shape[1]):
            dW[:, c] += (powers[c] / total - (c == y[n])) * X[n]
    penalty = W.dtype.type(strength)
    return float(loss / y.size + penalty * (W * W).sum()), dW / y.size + 2 * penalty * W


def softmax_loss_vectorized(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
    """W (D, C), X (N, D), y (N,), reg -> loss, dW (D, C), without loops. Raises InputError.

    Source: CS231n, assignment 1.
    """
    loss, cache = SOFTMAX_LOSS_W.forward(W, X, y, reg)
    return float(loss), softmax_loss_weights_backward(np.ones_like(loss), cache)
