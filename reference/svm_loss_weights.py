"""The full loss of a linear classifier with hinge margins: scores XW, mean of margins, and λΣW².

A violated margin of example n moves column j of W towards -x_n and column y_n towards +x_n; the penalty adds
2λW. Source: CS231n, lecture 4 (the loss and its parts) and assignment 1 (signatures).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.elementwise import nearest
from reference.inputs import Array, Input, constant, label
from reference.layer import Jacobians, Layer


def _margins(W: Array, X: Array, y: Array) -> Array:
    """s_j - s_y + 1, and 0 at the correct class, which the sum leaves out."""
    rows = np.arange(y.size)
    scores = X @ W
    margins = scores - scores[rows, y][:, None] + 1
    margins[rows, y] = 0
    return np.asarray(margins)


def svm_loss_weights_forward(W: Array, X: Array, y: Array, reg: Array) -> tuple[Array, tuple[Array, ...]]:
    """weights W (D, C), examples X (N, D), labels y (N,), strength reg () -> loss ().

    loss = mean over n of Σ_{j ≠ y} max(0, s_j - s_y + 1), plus reg · ΣW², with s = X[n] W.

    Source: CS231n, lecture 4 and assignment 1.
    """
    strength = W.dtype.type(reg)
    margins = _margins(W, X, y)
    data = np.maximum(margins, 0).sum(axis=1).mean()
    return np.asarray(data + strength * (W * W).sum(), dtype=W.dtype), (W, X, y, strength, margins)


def svm_loss_weights_backward(dloss: Array, cache: tuple[Array, ...]) -> Array:
    """dloss () -> dW (D, C) = dloss · (Xᵀ ds + 2 reg W), ds (N, C) as in `svm_loss`."""
    W, X, y, strength, margins = cache
    ds = (margins > 0).astype(W.dtype)
    ds[np.arange(y.size), y] = -ds.sum(axis=1)
    return np.asarray(dloss * (X.T @ ds / y.size + 2 * strength * W), dtype=W.dtype)


def svm_loss_weights_jacobian(W: Array, X: Array, y: Array, reg: Array) -> Jacobians:
    """∂loss/∂W as a sum over violated margins: +X[n]/N in column j, -X[n]/N in column y[n]; and 2 reg W."""
    dW = 2 * W.dtype.type(reg) * W
    for n, j in np.argwhere(_margins(W, X, y) > 0):
        dW[:, j] += X[n] / y.size
        dW[:, y[n]] -= X[n] / y.size
    return {("loss", "W"): dW}


def svm_loss_weights_margin(W: Array, X: Array, y: Array, reg: Array) -> float:  # noqa: ARG001 - the penalty is smooth
    """The smallest |margin| / 2Σ_d|x_nd|: two columns of W move a margin against each other."""
    wrong = np.ones((y.size, W.shape[1]), dtype=bool)
    wrong[np.arange(y.size), y] = False
    reach = np.broadcast_to(2 * np.abs(X).sum(axis=1)[:, None], wrong.shape)
    movable = wrong & (reach > 0)
    return nearest(np.abs(_margins(W, X, y)[movable]) / reach[movable])


def _oracle(xp: Any, W: Any, X: Any, y: Any, reg: Any) -> Any:
    total = 0.0 * xp.sum(W)
    for n in range(len(y)):
        scores = xp.einsum("d,dc->c", X[n], W)
        for j in range(W.shape[1]):
            if j != int(y[n]):
                margin = scores[j] - scores[int(y[n])] + 1
                total = total + margin * (margin > 0)
    return total / len(y) + reg * xp.sum(W**2)


SVM_LOSS_W = Layer(
    name="svm_loss_W",
    inputs=(
        Input("W", ("D", "C")),
        constant("X", ("N", "D")),
        label("y", ("N",), below="C"),
        constant("reg"),
    ),
    outputs=("loss",),
    forward_rule=svm_loss_weights_forward,
    backward_rule=svm_loss_weights_backward,
    jacobian_rule=svm_loss_weights_jacobian,
    oracle=_oracle,
    margin_rule=svm_loss_weights_margin,
    conventions=(
        "margin 1, mean over the batch",
        "a margin of exactly 0 counts as not violated",
        "the penalty is reg · ΣW² without a half, so its gradient is 2 reg W",
    ),
    smallest={"N": 1, "C": 1},
)


def svm_loss_naive(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
    """W (D, C), X (N, D), y (N,), reg -> loss, dW (D, C), margin by margin. Raises InputError.

    Source: CS231n, assignment 1.
    """
    W, X, y, strength = SVM_LOSS_W.check(W, X, y, reg)
    loss = W.dtype.type(0)
    dW = np.zeros_like(W)
    for n in range(y.size):
        scores = X[n] @ W
        for j in range(W.shape[1]):
            margin = scores[j] - scores[y[n]] + 1
            if j != y[n] and margin > 0:
                loss += margin
                dW[:, j] += X[n]
                dW[:, y[n]] -= X[n]
    penalty = W.dtype.type(strength)
    return float(loss / y.size + penalty * (W * W).sum()), dW / y.size + 2 * penalty * W


def svm_loss_vectorized(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
    """W (D, C), X (N, D), y (N,), reg -> loss, dW (D, C), without loops. Raises InputError.

    Source: CS231n, assignment 1.
    """
    loss, cache = SVM_LOSS_W.forward(W, X, y, reg)
    return float(loss), svm_loss_weights_backward(np.ones_like(loss), cache)
