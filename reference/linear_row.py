"""The linear map of one row vector, z = xW, with W_ij the weight from entry i of x to entry j of z.

z_k = Σ_i x_i W_ik, so ∂z_k/∂x_i = W_ik (as a matrix, Wᵀ) and ∂z_k/∂W_ij = [k = j] x_i.
Source: lecture "How to train a multi-layer network", matrix-vector multiplication.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Input
from reference.layer import Jacobians, Layer


def linear_row_forward(x: Array, W: Array) -> tuple[Array, tuple[Array, Array]]:
    """x (D,), W (D, M) -> z (M,) = xW. Source: lecture "How to train a multi-layer network"."""
    return x @ W, (x, W)


def linear_row_backward(dz: Array, cache: tuple[Array, Array]) -> tuple[Array, Array]:
    """dz (M,) -> dx (D,) = dz Wᵀ, dW (D, M) = xᵀ dz, an outer product."""
    x, W = cache
    return dz @ W.T, np.outer(x, dz)


def linear_row_jacobian(x: Array, W: Array) -> Jacobians:
    """∂z/∂x = Wᵀ (M, D);  ∂z_k/∂W_ij = [k = j] x_i, of shape (M, D, M)."""
    eye = np.eye(W.shape[1], dtype=W.dtype)
    return {("z", "x"): W.T.copy(), ("z", "W"): np.einsum("kj,i->kij", eye, x)}


def _oracle(xp: Any, x: Any, W: Any) -> Any:
    return xp.einsum("d,dm->m", x, W)


LINEAR_ROW = Layer(
    name="linear_row",
    inputs=(Input("x", ("D",)), Input("W", ("D", "M"))),
    outputs=("z",),
    forward_rule=linear_row_forward,
    backward_rule=linear_row_backward,
    jacobian_rule=linear_row_jacobian,
    oracle=_oracle,
    conventions=("one row vector: W_ij leads from entry i of x to entry j of z, and z = xW",),
    symbol="xW",
)
