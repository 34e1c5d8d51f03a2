"""Layers over time: the same affine map, and the same softmax loss, at every step of every example.

Time is a second batch axis: what a map of rows does with N rows it does here with N · T of them. Only the loss
knows which steps are padding, and leaves them out. Source: CS231n, assignment 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array, Domain, Input, Sizes, constant, draw, label
from reference.layer import Jacobians, Layer


def temporal_affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, tuple[Array, ...]]:
    """x (N, T, D), w (D, M), b (M,) -> out (N, T, M) = x w + b at every step. Source: CS231n, assignment 3."""
    return x @ w + b, (x, w, b)


def temporal_affine_backward(dout: Array, cache: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    """dout (N, T, M) -> dx (N, T, D) = dout wᵀ, dw (D, M) = Σ_nt x[n, t] ⊗ dout[n, t], db (M,) = Σ_nt dout."""
    x, w, _ = cache
    return dout @ w.T, np.tensordot(x, dout, ((0, 1), (0, 1))), dout.sum(axis=(0, 1))


def temporal_affine_jacobian(x: Array, w: Array, b: Array) -> Jacobians:
    """∂out[n, t, m]/∂x[n, t, d] = w[d, m];  /∂w[d, m] = x[n, t, d];  /∂b[m] = 1;  0 elsewhere."""
    N, T, _ = x.shape
    examples, steps, columns = (np.eye(size, dtype=x.dtype) for size in (N, T, b.size))
    return {
        ("out", "x"): np.einsum("nk,ts,dm->ntmksd", examples, steps, w),
        ("out", "w"): np.einsum("ntd,mk->ntmdk", x, columns),
        ("out", "b"): np.broadcast_to(columns, (N, T, b.size, b.size)).copy(),
    }


def _affine_oracle(xp: Any, x: Any, w: Any, b: Any) -> Any:
    return xp.einsum("ntd,dm->ntm", x, w) + b


TEMPORAL_AFFINE = Layer(
    name="temporal_affine",
    inputs=(Input("x", ("N", "T", "D")), Input("w", ("D", "M")), Input("b", ("M",))),
    forward_rule=temporal_affine_forward,
    backward_rule=temporal_affine_backward,
    jacobian_rule=temporal_affine_jacobian,
    oracle=_affine_oracle,
    conventions=("row batches: a step is a row, and out = xW + b",),
)


def _log_softmax(x: Array) -> Array:
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def temporal_softmax_loss_forward(x: Array, y: Array, mask: Array) -> tuple[Array, tuple[Array, ...]]:
    """scores x (N, T, V), labels y (N, T), mask (N, T) of 0 and 1 -> loss (): Σ mask · -log p[n, t, y[n, t]] / N.

    Summed over the steps whose mask is 1, divided by N and not by their number. Source: CS231n, assignment 3.
    """
    log_p = _log_softmax(x)
    chosen = np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    return -(mask * chosen).sum() / x.dtype.type(x.shape[0]), (log_p, y, mask)


def temporal_softmax_loss_backward(dloss: Array, cache: tuple[Array, ...]) -> Array:
    """dloss () -> dx (N, T, V) = dloss · mask · (p - onehot(y)) / N."""
    log_p, y, mask = cache
    dx = np.exp(log_p)
    n, t = np.indices(y.shape)
    dx[n, t, y] -= 1
    return np.asarray(dx * mask[..., None] * (dloss / y.shape[0]), dtype=log_p.dtype)


def temporal_softmax_loss_jacobian(x: Array, y: Array, mask: Array) -> Jacobians:
    """∂loss/∂x[n, t, v] = mask[n, t] / (1 + Σ_{u ≠ v} e^{x_u - x_v}) / N, less mask[n, t]/N at v = y[n, t]."""
    p = np.zeros_like(x)
    for n, t in np.ndindex(*y.shape):
        row = x[n, t]
        # The differences are cut at 700, where e^-700 has long been nothing beside 1.
        p[n, t] = 1 / np.exp(np.minimum(row[None, :] - row[:, None], 700)).sum(axis=1)
        p[n, t, y[n, t]] -= 1
    return {("loss", "x"): p * mask[..., None] / x.shape[0]}


def _loss_oracle(xp: Any, x: Any, y: Any, mask: Any) -> Any:
    total = 0.0 * xp.sum(x)
    for n, t in np.ndindex(*y.shape):
        total = total + mask[n, t] * xp.log(xp.sum(xp.exp(x[n, t] - x[n, t, int(y[n, t])])))
    return total / x.shape[0]


def _draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
    """As elsewhere, with the first step of each example unmasked, as a sentence has a first word."""
    x, y, mask = draw(TEMPORAL_SOFTMAX_LOSS.inputs, rng, sizes)
    mask[:, :1] = 1
    return x, y, mask


TEMPORAL_SOFTMAX_LOSS = Layer(
    name="temporal_softmax_loss",
    inputs=(
        Input("x", ("N", "T", "V")),
        label("y", ("N", "T"), below="V"),
        constant("mask", ("N", "T"), Domain.MASK),
    ),
    outputs=("loss",),
    forward_rule=temporal_softmax_loss_forward,
    backward_rule=temporal_softmax_loss_backward,
    jacobian_rule=temporal_softmax_loss_jacobian,
    oracle=_loss_oracle,
    conventions=("summed over the unmasked steps, divided by N; natural logarithm",),
    smallest={"N": 1, "V": 1},
    draw_rule=_draw,
)


def temporal_softmax_loss(x: Array, y: Array, mask: Array) -> tuple[float, Array]:
    """x (N, T, V), y (N, T), mask (N, T) -> loss, dx (N, T, V), in CS231n's one-call signature. Raises InputError.

    Source: CS231n, assignment 3.
    """
    loss, cache = TEMPORAL_SOFTMAX_LOSS.forward(x, y, mask)
    return float(loss), temporal_softmax_loss_backward(np.ones_like(loss), cache)
