"""L2 regularisation: λ times the sum of squared weights. Source: CS231n, lecture 4, R(W) = Σ W_k²."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Input, constant
from reference.layer import Jacobians, Layer


def l2_forward(w: Array, lam: Array) -> tuple[Array, tuple[Array, Array]]:
    """weights w (...), strength lam () -> penalty () = lam · Σ w². Source: CS231n, lecture 4."""
    return np.asarray(lam * (w * w).sum(), dtype=w.dtype), (w, lam)


def l2_backward(dout: Array, cache: tuple[Array, Array]) -> Array:
    """dout () -> dw (...) = dout · 2 lam w."""
    w, lam = cache
    return np.asarray((2 * dout * lam) * w, dtype=w.dtype)


def l2_jacobian(w: Array, lam: Array) -> Jacobians:
    """∂penalty/∂w = 2 lam w; the penalty is a scalar, so this has w's shape."""
    return {("out", "w"): np.asarray(2 * w * lam, dtype=w.dtype)}


def _oracle(xp: Any, w: Any, lam: Any) -> Any:
    return lam * xp.sum(w**2)


L2 = Layer(
    name="l2",
    inputs=(Input("w"), constant("lam")),
    forward_rule=l2_forward,
    backward_rule=l2_backward,
    jacobian_rule=l2_jacobian,
    oracle=_oracle,
    conventions=("λ Σ w² without a half, so the gradient is 2λw", "biases are not regularised"),
    symbol="λΣw²",
)
