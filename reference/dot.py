"""The inner product of two vectors, h = wᵀx: a linear layer with a single output.

∂h/∂w = xᵀ and ∂h/∂x = wᵀ, so dw = dh · x and dx = dh · w. Source: lecture "How to train a multi-layer network".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Input
from reference.layer import Jacobians, Layer


def dot_forward(w: Array, x: Array) -> tuple[Array, tuple[Array, Array]]:
    """weights w (D,), inputs x (D,) -> h () = wᵀx. Source: lecture "How to train a multi-layer network"."""
    return np.asarray(w @ x), (w, x)


def dot_backward(dh: Array, cache: tuple[Array, Array]) -> tuple[Array, Array]:
    """dh () -> dw (D,) = dh · x, dx (D,) = dh · w."""
    w, x = cache
    return np.asarray(dh * x, dtype=x.dtype), np.asarray(dh * w, dtype=w.dtype)


def dot_jacobian(w: Array, x: Array) -> Jacobians:
    """∂h/∂w = xᵀ, ∂h/∂x = wᵀ; h is a scalar, so these have the vectors' shapes."""
    return {("h", "w"): x.copy(), ("h", "x"): w.copy()}


def _oracle(xp: Any, w: Any, x: Any) -> Any:
    return xp.sum(w * x)


DOT = Layer(
    name="dot",
    inputs=(Input("w", ("D",)), Input("x", ("D",))),
    outputs=("h",),
    forward_rule=dot_forward,
    backward_rule=dot_backward,
    jacobian_rule=dot_jacobian,
    oracle=_oracle,
    symbol="wᵀx",
)
