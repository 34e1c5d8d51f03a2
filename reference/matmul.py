"""Batched matrix product: one product of matrices for each leading index.

out[.., n, m] = Σ_k a[.., n, k] b[.., k, m], so da = dout bᵀ and db = aᵀ dout, matrix by matrix.
"""

from __future__ import annotations

import numpy as np

from reference.inputs import Array, Input
from reference.layer import Jacobians, Layer


def matmul_forward(a: Array, b: Array) -> tuple[Array, tuple[Array, Array]]:
    """a (..., N, K), b (..., K, M) -> out (..., N, M) = a b for each leading index. Source: linear algebra."""
    return a @ b, (a, b)


def matmul_backward(dout: Array, cache: tuple[Array, Array]) -> tuple[Array, Array]:
    """dout (..., N, M) -> da (..., N, K) = dout bᵀ, db (..., K, M) = aᵀ dout."""
    a, b = cache
    return dout @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ dout


def matmul_jacobian(a: Array, b: Array) -> Jacobians:
    """∂out[i, n, m]/∂a[i, n, k] = b[i, k, m];  ∂out[i, n, m]/∂b[i, k, m] = a[i, n, k];  0 elsewhere."""
    batch = a.shape[:-2]
    count = int(np.prod(batch))
    N, K, M = a.shape[-2], a.shape[-1], b.shape[-1]
    same = np.eye(count, dtype=a.dtype)
    rows, columns = np.eye(N, dtype=a.dtype), np.eye(M, dtype=a.dtype)
    by_a = np.einsum("ij,nl,ikm->inmjlk", same, rows, b.reshape(count, K, M))
    by_b = np.einsum("ij,ml,ink->inmjkl", same, columns, a.reshape(count, N, K))
    out = (*batch, N, M)
    return {("out", "a"): by_a.reshape(out + a.shape), ("out", "b"): by_b.reshape(out + b.shape)}


MATMUL = Layer(
    name="matmul",
    inputs=(Input("a", ("...", "N", "K")), Input("b", ("...", "K", "M"))),
    forward_rule=matmul_forward,
    backward_rule=matmul_backward,
    jacobian_rule=matmul_jacobian,
    oracle=lambda xp, a, b: xp.einsum("...nk,...km->...nm", a, b),
    conventions=("both have the same leading axes, there is no broadcasting",),
    symbol="AB",
)
