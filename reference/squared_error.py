"""Squared error, with and without the half that cancels the 2 of its derivative.

e = Σ (y - h)²: ∂e/∂h = -2(y - h) (lecture "How to train a multi-layer network");
e = ½ Σ (y - a)²: ∂e/∂a = a - y (CSCI 5622, lecture 13). Both sum over the entries; neither averages.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Input, constant
from reference.layer import Jacobians, Layer


def squared_error_forward(h: Array, y: Array) -> tuple[Array, Array]:
    """prediction h (...), target y (...) -> e () = Σ (y - h)².

    Source: lecture "How to train a multi-layer network".
    """
    error = h - y
    return np.asarray((error * error).sum()), error


def squared_error_backward(de: Array, cache: Array) -> Array:
    """de () -> dh (...) = de · 2(h - y)."""
    return 2 * de * cache


def squared_error_jacobian(h: Array, y: Array) -> Jacobians:
    """∂e/∂h = -2(y - h); e is a scalar, so this has h's shape."""
    return {("e", "h"): -2 * (y - h)}


def _squared_oracle(xp: Any, h: Any, y: Any) -> Any:
    return xp.sum((y - h) ** 2)


SQUARED_ERROR = Layer(
    name="squared_error",
    inputs=(Input("h"), constant("y", ("...",))),
    outputs=("e",),
    forward_rule=squared_error_forward,
    backward_rule=squared_error_backward,
    jacobian_rule=squared_error_jacobian,
    oracle=_squared_oracle,
    conventions=("sum over entries, no half, no mean",),
    symbol="Σ(y−h)²",
)


def half_squared_error_forward(a: Array, y: Array) -> tuple[Array, Array]:
    """prediction a (...), target y (...) -> e () = ½ Σ (y - a)². Source: CSCI 5622, lecture 13."""
    error = a - y
    return np.asarray((error * error).sum() / 2), error


def half_squared_error_backward(de: Array, cache: Array) -> Array:
    """de () -> da (...) = de · (a - y)."""
    return de * cache


def half_squared_error_jacobian(a: Array, y: Array) -> Jacobians:
    """∂e/∂a = a - y; e is a scalar, so this has a's shape."""
    return {("e", "a"): -(y - a)}


def _half_oracle(xp: Any, a: Any, y: Any) -> Any:
    return xp.sum((y - a) ** 2) * 0.5


HALF_SQUARED_ERROR = Layer(
    name="half_squared_error",
    inputs=(Input("a"), constant("y", ("...",))),
    outputs=("e",),
    forward_rule=half_squared_error_forward,
    backward_rule=half_squared_error_backward,
    jacobian_rule=half_squared_error_jacobian,
    oracle=_half_oracle,
    conventions=("sum over entries with the half, no mean",),
    symbol="½Σ(y−a)²",
)
