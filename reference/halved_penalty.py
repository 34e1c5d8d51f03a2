"""The full losses of a linear classifier with half of the penalty, ½λΣW², whose gradient is λW; and by columns.

Both conventions are in use: CS231n's assignments had the half until 2016 and have gone without it since. With λ/2
in the place of λ the one is the other. In its first year, 2015, an example was a column of X and a class a row of W
besides. Source: CS231n, assignment 1 of winter 2016 and of winter 2015.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from reference.inputs import Array, Input, constant
from reference.layer import Jacobians, Layer
from reference.softmax_loss_weights import (
    SOFTMAX_LOSS_W,
    softmax_loss_weights_backward,
    softmax_loss_weights_forward,
)
from reference.svm_loss_weights import SVM_LOSS_W, svm_loss_weights_backward, svm_loss_weights_forward


def svm_loss_weights_half_forward(
    W: Array, X: Array, y: Array, reg: Array
) -> tuple[Array, tuple[Array, ...]]:
    """weights W (D, C), examples X (N, D), labels y (N,), strength reg () -> loss ().

    loss = mean over n of Σ_{j ≠ y} max(0, s_j - s_y + 1), plus ½ reg · ΣW², with s = X[n] W.

    Source: CS231n, assignment 1 of winter 2016.
    """
    return svm_loss_weights_forward(W, X, y, reg / 2)


def softmax_loss_weights_half_forward(
    W: Array, X: Array, y: Array, reg: Array
) -> tuple[Array, tuple[Array, ...]]:
    """weights W (D, C), examples X (N, D), labels y (N,), strength reg () -> loss ().

    loss = mean over n of -log softmax(X[n] W)_y, plus ½ reg · ΣW².

    Source: CS231n, assignment 1 of winter 2016.
    """
    return softmax_loss_weights_forward(W, X, y, reg / 2)


def _halved(layer: Layer, forward: Callable[..., Any]) -> Layer:
    """The layer with reg / 2 for reg; its backward finds that in the cache."""

    def jacobian(W: Array, X: Array, y: Array, reg: Array) -> Jacobians:
        return layer.jacobian_rule(W, X, y, reg / 2)

    def oracle(xp: Any, W: Any, X: Any, y: Any, reg: Any) -> Any:
        assert layer.oracle is not None
        return layer.oracle(xp, W, X, y, reg / 2)

    return replace(
        layer,
        name=f"{layer.name}_half",
        forward_rule=forward,
        jacobian_rule=jacobian,
        oracle=oracle,
        conventions=(*layer.conventions[:-1], "the penalty is ½ reg · ΣW², so its gradient is reg W"),
    )


def svm_loss_columns_forward(W: Array, X: Array, y: Array, reg: Array) -> tuple[Array, tuple[Array, ...]]:
    """weights W (C, D), examples X (D, N), labels y (N,), strength reg () -> loss (), as by rows and with the half.

    Source: CS231n, assignment 1 of winter 2015.
    """
    return svm_loss_weights_half_forward(W.T, X.T, y, reg)


def softmax_loss_columns_forward(W: Array, X: Array, y: Array, reg: Array) -> tuple[Array, tuple[Array, ...]]:
    """weights W (C, D), examples X (D, N), labels y (N,), strength reg () -> loss (), as by rows and with the half.

    Source: CS231n, assignment 1 of winter 2015.
    """
    return softmax_loss_weights_half_forward(W.T, X.T, y, reg)


def svm_loss_columns_backward(dloss: Array, cache: tuple[Array, ...]) -> Array:
    """dloss () -> dW (C, D)."""
    return np.ascontiguousarray(svm_loss_weights_backward(dloss, cache).T)


def softmax_loss_columns_backward(dloss: Array, cache: tuple[Array, ...]) -> Array:
    """dloss () -> dW (C, D)."""
    return np.ascontiguousarray(softmax_loss_weights_backward(dloss, cache).T)


def _by_columns(layer: Layer, forward: Callable[..., Any], backward: Callable[..., Any]) -> Layer:
    """The layer of rows and with the half, with W and X transposed."""

    def jacobian(W: Array, X: Array, y: Array, reg: Array) -> Jacobians:
        return {key: value.T for key, value in layer.jacobian_rule(W.T, X.T, y, reg).items()}

    def margin(W: Array, X: Array, y: Array, reg: Array) -> float:
        return layer.kink_margin(W.T, X.T, y, reg)

    def oracle(xp: Any, W: Any, X: Any, y: Any, reg: Any) -> Any:
        assert layer.oracle is not None
        return layer.oracle(xp, W.T, X.T, y, reg)

    return replace(
        layer,
        name=layer.name.removesuffix("half") + "columns",
        inputs=(Input("W", ("C", "D")), constant("X", ("D", "N")), *layer.inputs[2:]),
        forward_rule=forward,
        backward_rule=backward,
        jacobian_rule=jacobian,
        margin_rule=None if layer.margin_rule is None else margin,
        oracle=oracle,
        conventions=(*layer.conventions, "an example is a column of X (D, N), and a class a row of W (C, D)"),
    )


SVM_LOSS_W_HALF = _halved(SVM_LOSS_W, svm_loss_weights_half_forward)
SOFTMAX_LOSS_W_HALF = _halved(SOFTMAX_LOSS_W, softmax_loss_weights_half_forward)
SVM_LOSS_W_COLUMNS = _by_columns(SVM_LOSS_W_HALF, svm_loss_columns_forward, svm_loss_columns_backward)
SOFTMAX_LOSS_W_COLUMNS = _by_columns(
    SOFTMAX_LOSS_W_HALF, softmax_loss_columns_forward, softmax_loss_columns_backward
)
