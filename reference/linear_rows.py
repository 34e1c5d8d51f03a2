"""Linear and affine maps of a batch of rows: z = xW + b, one example a row.

z[n, m] = Σ_d x[n, d] w[d, m] + b[m], so that x[n, d] meets row d of w: dx = dz wᵀ, and w[d, m] meets column d
of x: dw = xᵀ dz. Sources: lecture "How to train a multi-layer network" (linear layer); CS231n, assignment 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.errors import InputError
from reference.inputs import ANY, Array, Input, Sizes, draw
from reference.layer import Jacobians, Layer

INPUTS = (Input("x", ("N", "D")), Input("w", ("D", "M")))


def linear_forward(x: Array, w: Array) -> tuple[Array, tuple[Array, Array]]:
    """x (N, D), w (D, M) -> out (N, M) = x w. Source: lecture "How to train a multi-layer network"."""
    return x @ w, (x, w)


def linear_backward(dout: Array, cache: tuple[Array, Array]) -> tuple[Array, Array]:
    """dout (N, M) -> dx (N, D) = dout wᵀ, dw (D, M) = xᵀ dout."""
    x, w = cache
    return dout @ w.T, x.T @ dout


def linear_jacobian(x: Array, w: Array) -> Jacobians:
    """∂out[n, m]/∂x[k, d] = [n = k] w[d, m];  ∂out[n, m]/∂w[d, k] = [m = k] x[n, d]."""
    rows = np.eye(x.shape[0], dtype=x.dtype)
    columns = np.eye(w.shape[1], dtype=w.dtype)
    return {
        ("out", "x"): np.einsum("nk,dm->nmkd", rows, w),
        ("out", "w"): np.einsum("nd,mk->nmdk", x, columns),
    }


def _linear_oracle(xp: Any, x: Any, w: Any) -> Any:
    return xp.einsum("nd,dm->nm", x, w)


LINEAR = Layer(
    name="linear",
    inputs=INPUTS,
    forward_rule=linear_forward,
    backward_rule=linear_backward,
    jacobian_rule=linear_jacobian,
    oracle=_linear_oracle,
    conventions=("row batches: an example is a row of x (N, D), and z = xW",),
    symbol="xW",
)


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, tuple[Array, ...]]:
    """x (N, ...), w (D, M), b (M,) -> out (N, M) = x w + b, the rest of x flattened to D entries.

    Source: CS231n, assignment 2.
    """
    return x.reshape(x.shape[0], w.shape[0]) @ w + b, (x, w, b)


def affine_backward(dout: Array, cache: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    """dout (N, M) -> dx (N, ...) = dout wᵀ, dw (D, M) = xᵀ dout, db (M,) = Σ_n dout[n]: b meets every row."""
    x, w, _ = cache
    rows = x.reshape(x.shape[0], w.shape[0])
    return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.sum(axis=0)


def affine_jacobian(x: Array, w: Array, b: Array) -> Jacobians:
    """As for `linear`, and ∂out[n, m]/∂b[k] = [m = k]."""
    rows = x.reshape(x.shape[0], w.shape[0])
    jacobians = linear_jacobian(rows, w)
    out = (x.shape[0], w.shape[1])
    columns = np.eye(b.size, dtype=b.dtype)
    return {
        ("out", "x"): jacobians["out", "x"].reshape(out + x.shape),
        ("out", "w"): jacobians["out", "w"],
        ("out", "b"): np.broadcast_to(columns, (x.shape[0], b.size, b.size)).copy(),
    }


def _affine_fit(x: Array, w: Array, b: Array) -> None:  # noqa: ARG001 - b was compared with w already
    entries = int(np.prod(x.shape[1:]))
    if entries != w.shape[0]:
        expected = f"of shape (N, ...) with D = {w.shape[0]} entries an example, D being set by w"
        raise InputError("affine", "x", expected, str(x.shape))


def _affine_draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Array, ...]:
    """Examples as vectors where D is odd, as 2 × D/2 images where it is even."""
    example = (2, sizes["D"] // 2) if sizes["D"] and sizes["D"] % 2 == 0 else (sizes["D"],)
    return draw((Input("x", ("N", ANY)), *AFFINE.inputs[1:]), rng, sizes, free=example)


def _affine_oracle(xp: Any, x: Any, w: Any, b: Any) -> Any:
    return xp.einsum("nd,dm->nm", xp.reshape(x, (x.shape[0], w.shape[0])), w) + b


AFFINE = Layer(
    name="affine",
    inputs=(Input("x", ("N", ANY)), INPUTS[1], Input("b", ("M",))),
    fit_rule=_affine_fit,
    draw_rule=_affine_draw,
    forward_rule=affine_forward,
    backward_rule=affine_backward,
    jacobian_rule=affine_jacobian,
    oracle=_affine_oracle,
    conventions=("row batches: an example is a row of x (N, D), and z = xW + b",),
    symbol="xW+b",
)
