"""Reductions of a matrix that keep it a matrix, and the difference from one: what a batch is normalised with.

A mean over the rows takes one number from each column, a sum over the columns one from each row; what was reduced
keeps its axis with size 1, so that it can be taken from or divided into the matrix it came from.
"""

from __future__ import annotations

import numpy as np

from reference.broadcasting import (
    BROADCAST_ADD,
    INPUTS,
    broadcast_add_backward,
    broadcast_add_jacobian,
)
from reference.errors import InputError
from reference.inputs import Array, Input
from reference.layer import Jacobians, Layer

MATRIX = (Input("x", ("N", "D")),)


def column_mean_forward(x: Array) -> tuple[Array, int]:
    """x (N, D) -> out (1, D), the mean of each column. Source: the sum, divided by N."""
    return np.asarray(x.mean(axis=0, keepdims=True)), x.shape[0]


def column_mean_backward(dout: Array, cache: int) -> Array:
    """dout (1, D) -> dx (N, D): every row gets a share of 1/N."""
    return np.repeat(dout / cache, cache, axis=0)


def column_mean_jacobian(x: Array) -> Jacobians:
    """∂out[0, d]/∂x[n, e] = [d = e]/N."""
    N, D = x.shape
    full = np.einsum("de,n->dne", np.eye(D, dtype=x.dtype), np.ones(N, x.dtype)) / N
    return {("out", "x"): full[None]}


COLUMN_MEAN = Layer(
    name="column_mean",
    inputs=MATRIX,
    forward_rule=column_mean_forward,
    backward_rule=column_mean_backward,
    jacobian_rule=column_mean_jacobian,
    oracle=lambda xp, x: xp.einsum("nd->d", x)[None, :] / x.shape[0],
    smallest={"N": 1},
    conventions=("the axis stays, with size 1",),
    symbol="mean",
)


def row_sum_forward(x: Array) -> tuple[Array, int]:
    """x (N, D) -> out (N, 1), the sum of each row. Source: CS231n, lecture 4 (the add gate)."""
    return np.asarray(x.sum(axis=1, keepdims=True)), x.shape[1]


def row_sum_backward(dout: Array, cache: int) -> Array:
    """dout (N, 1) -> dx (N, D): every entry of a row gets the gradient of its sum."""
    return np.repeat(dout, cache, axis=1)


def row_sum_jacobian(x: Array) -> Jacobians:
    """∂out[n, 0]/∂x[m, d] = [n = m]."""
    N, D = x.shape
    full = np.einsum("nm,d->nmd", np.eye(N, dtype=x.dtype), np.ones(D, x.dtype))
    return {("out", "x"): full[:, None]}


ROW_SUM = Layer(
    name="row_sum",
    inputs=MATRIX,
    forward_rule=row_sum_forward,
    backward_rule=row_sum_backward,
    jacobian_rule=row_sum_jacobian,
    oracle=lambda xp, x: xp.einsum("nd->n", x)[:, None],
    conventions=("the axis stays, with size 1",),
    symbol="Σ",
)


def _fit(x: Array, y: Array) -> None:
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        wanted = f"of a shape that broadcasts with x {x.shape}"
        raise InputError("broadcast_subtract", "y", wanted, str(y.shape)) from None


def broadcast_subtract_forward(x: Array, y: Array) -> tuple[Array, tuple[tuple[int, ...], ...]]:
    """x (*S), y (*R) -> out = x - y, in the shape to which S and R broadcast. Source: NumPy's broadcasting."""
    return np.asarray(x - y), (x.shape, y.shape)


def broadcast_subtract_backward(dout: Array, cache: tuple[tuple[int, ...], ...]) -> tuple[Array, Array]:
    """dout -> dx (*S) = dout, dy (*R) = -dout, each summed over the axes along which it was stretched."""
    dx, dy = broadcast_add_backward(dout, cache)
    return dx, -dy


def broadcast_subtract_jacobian(x: Array, y: Array) -> Jacobians:
    """That of a sum, with a minus at y."""
    added = broadcast_add_jacobian(x, y)
    return {("out", "x"): added["out", "x"], ("out", "y"): -added["out", "y"]}


BROADCAST_SUBTRACT = Layer(
    name="broadcast_subtract",
    inputs=INPUTS,
    forward_rule=broadcast_subtract_forward,
    backward_rule=broadcast_subtract_backward,
    jacobian_rule=broadcast_subtract_jacobian,
    oracle=lambda xp, x, y: x - y,
    fit_rule=_fit,
    draw_rule=BROADCAST_ADD.draw_rule,
    symbol="−",
)
