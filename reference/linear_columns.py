"""Linear and affine maps of one column vector: z = Wa + b, with w_ij the weight from node j to node i.

z_i = Σ_j W_ij a_j + b_i, so that with δ = ∂L/∂z: ∂L/∂a = Wᵀδ, ∂L/∂W = δaᵀ (an outer product), ∂L/∂b = δ.
Source: CSCI 5622, lecture 13; lecture "Multi-layer perceptron", the part on vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Input
from reference.layer import Jacobians, Layer

INPUTS = (Input("W", ("M", "D")), Input("a", ("D",)))


def linear_columns_forward(W: Array, a: Array) -> tuple[Array, tuple[Array, Array]]:
    """W (M, D), a (D,) -> z (M,) = Wa. Source: CSCI 5622, lecture 13."""
    return W @ a, (W, a)


def linear_columns_backward(dz: Array, cache: tuple[Array, Array]) -> tuple[Array, Array]:
    """dz (M,) -> dW (M, D) = dz aᵀ, da (D,) = Wᵀ dz."""
    W, a = cache
    return np.outer(dz, a), W.T @ dz


def linear_columns_jacobian(W: Array, a: Array) -> Jacobians:
    """∂z_i/∂W_kj = [i = k] a_j;  ∂z/∂a = W."""
    eye = np.eye(W.shape[0], dtype=W.dtype)
    return {("z", "W"): np.einsum("ik,j->ikj", eye, a), ("z", "a"): W.copy()}


def _linear_oracle(xp: Any, W: Any, a: Any) -> Any:
    return xp.einsum("md,d->m", W, a)


LINEAR_COLUMNS = Layer(
    name="linear_columns",
    inputs=INPUTS,
    outputs=("z",),
    forward_rule=linear_columns_forward,
    backward_rule=linear_columns_backward,
    jacobian_rule=linear_columns_jacobian,
    oracle=_linear_oracle,
    conventions=("column vectors: W_ij leads from node j to node i, and z = Wa",),
    symbol="Wa",
)


def affine_columns_forward(W: Array, a: Array, b: Array) -> tuple[Array, tuple[Array, Array]]:
    """W (M, D), a (D,), b (M,) -> z (M,) = Wa + b. Source: CSCI 5622, lecture 13."""
    return W @ a + b, (W, a)


def affine_columns_backward(dz: Array, cache: tuple[Array, Array]) -> tuple[Array, Array, Array]:
    """dz (M,) -> dW (M, D) = dz aᵀ, da (D,) = Wᵀ dz, db (M,) = dz."""
    dW, da = linear_columns_backward(dz, cache)
    return dW, da, dz.copy()


def affine_columns_jacobian(W: Array, a: Array, b: Array) -> Jacobians:
    """As for `linear_columns`, and ∂z/∂b = I."""
    return {**linear_columns_jacobian(W, a), ("z", "b"): np.eye(b.size, dtype=b.dtype)}


def _affine_oracle(xp: Any, W: Any, a: Any, b: Any) -> Any:
    return xp.einsum("md,d->m", W, a) + b


AFFINE_COLUMNS = Layer(
    name="affine_columns",
    inputs=(*INPUTS, Input("b", ("M",))),
    outputs=("z",),
    forward_rule=affine_columns_forward,
    backward_rule=affine_columns_backward,
    jacobian_rule=affine_columns_jacobian,
    oracle=_affine_oracle,
    conventions=("column vectors: W_ij leads from node j to node i, and z = Wa + b",),
    symbol="Wa+b",
)
