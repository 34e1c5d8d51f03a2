"""The multiclass support vector machine (hinge) loss: a margin of 1 to every wrong class.

L_n = Σ_{j ≠ y} max(0, s_j - s_y + 1): every violated margin pushes its own score down by one share and the
correct score up by as many shares as margins are violated. Source: CS231n, lecture 4 and assignment 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.elementwise import nearest
from reference.inputs import Array, Input, label
from reference.layer import Jacobians, Layer


def _margins(x: Array, y: Array) -> Array:
    """s_j - s_y + 1, and 0 at the correct class, which the sum leaves out."""
    rows = np.arange(y.size)
    margins = x - x[rows, y][:, None] + 1
    margins[rows, y] = 0
    return margins


def svm_loss_forward(x: Array, y: Array) -> tuple[Array, tuple[Array, Array]]:
    """scores x (N, C), labels y (N,) -> loss () = mean over n of Σ_{j ≠ y} max(0, x[n, j] - x[n, y] + 1).

    Source: CS231n, assignment 2.
    """
    margins = _margins(x, y)
    return np.maximum(margins, 0).sum(axis=1).mean(), (margins, y)


def svm_loss_backward(dloss: Array, cache: tuple[Array, Array]) -> Array:
    """dloss () -> dx (N, C): dloss/N at each violated margin, minus their number at the correct class."""
    margins, y = cache
    dx = (margins > 0).astype(margins.dtype)
    dx[np.arange(y.size), y] = -dx.sum(axis=1)
    return np.asarray(dx * (dloss / y.size), dtype=margins.dtype)


def svm_loss_jacobian(x: Array, y: Array) -> Jacobians:
    """∂loss/∂x as a sum over margins: (e_j - e_y)/N for each wrong class j that violates its margin."""
    eye = np.eye(x.shape[1], dtype=x.dtype)
    violated = _margins(x, y) > 0
    total = np.einsum("nj,njc->nc", violated.astype(x.dtype), eye[None] - eye[y][:, None])
    return {("loss", "x"): total / x.shape[0]}


def svm_loss_margin(x: Array, y: Array) -> float:
    """Half the smallest |s_j - s_y + 1| over the wrong classes: both scores may move."""
    wrong = np.ones(x.shape, dtype=bool)
    wrong[np.arange(y.size), y] = False
    return nearest(np.abs(_margins(x, y)[wrong])) / 2


def _oracle(xp: Any, x: Any, y: Any) -> Any:
    total = 0.0 * xp.sum(x)
    for n in range(len(y)):
        for j in range(x.shape[1]):
            if j != int(y[n]):
                margin = x[n, j] - x[n, int(y[n])] + 1
                total = total + margin * (margin > 0)
    return total / len(y)


SVM_LOSS = Layer(
    name="svm_loss",
    inputs=(Input("x", ("N", "C")), label("y", ("N",), below="C")),
    outputs=("loss",),
    forward_rule=svm_loss_forward,
    backward_rule=svm_loss_backward,
    jacobian_rule=svm_loss_jacobian,
    oracle=_oracle,
    margin_rule=svm_loss_margin,
    conventions=("margin 1, mean over the batch", "a margin of exactly 0 counts as not violated"),
    smallest={"N": 1, "C": 1},
)


def svm_loss(x: Array, y: Array) -> tuple[float, Array]:
    """x (N, C), y (N,) -> loss, dx (N, C), in CS231n's one-call signature. Raises InputError.

    Source: CS231n, assignment 2.
    """
    loss, cache = SVM_LOSS.forward(x, y)
    return float(loss), svm_loss_backward(np.ones_like(loss), cache)
