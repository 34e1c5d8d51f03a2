"""Broadcasting: an entry that was copied along an axis collects the gradients of all its copies.

NumPy writes x (N, D) + b (D,) and means b copied to (N, D). A copy's gradient is a sum (the copy gate), so the
upstream gradient is summed over every axis along which the input was stretched.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.errors import InputError
from reference.inputs import OWN, Array, Input, Sizes, draw_shape
from reference.layer import Jacobians, Layer

INPUTS = (Input("x", (OWN,)), Input("y", (OWN,)))


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """gradient (*S) -> gradient (*shape), summed over the axes along which an array of `shape` was stretched.

    Raises InputError where `shape` does not broadcast to S. Source: NumPy's broadcasting rules; the copy gate.
    """
    gradient = np.asarray(gradient)
    extra = gradient.ndim - len(shape)
    pairs = list(zip(gradient.shape[max(extra, 0) :], shape, strict=False))
    if extra < 0 or any(small not in (large, 1) for large, small in pairs):
        raise InputError("unbroadcast", "the shape", f"one that broadcasts to {gradient.shape}", str(shape))
    axes = (*range(extra), *(extra + i for i, (large, small) in enumerate(pairs) if small != large))
    return np.asarray(gradient.sum(axis=axes).reshape(shape) if axes else gradient, dtype=gradient.dtype)


def _sum_to(gradient: Array, shape: tuple[int, ...]) -> Array:
    """`unbroadcast` without its check: axis 0 goes as long as there are too many, then the stretched ones."""
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    stretched = tuple(extra + i for i, size in enumerate(shape) if size == 1 != gradient.shape[extra + i])
    return np.asarray(gradient.sum(axis=(*range(extra), *stretched))).reshape(shape)


def broadcast_add_forward(x: Array, y: Array) -> tuple[Array, tuple[tuple[int, ...], ...]]:
    """x (*S), y (*R) -> out = x + y, in the shape to which S and R broadcast. Source: NumPy's broadcasting."""
    return np.asarray(x + y), (x.shape, y.shape)


def broadcast_add_backward(dout: Array, cache: tuple[tuple[int, ...], ...]) -> tuple[Array, Array]:
    """dout -> dx (*S), dy (*R): dout, summed over the axes along which each was stretched."""
    x_shape, y_shape = cache
    return _sum_to(dout, x_shape).copy(), _sum_to(dout, y_shape).copy()


def _copies(shape: tuple[int, ...], out_shape: tuple[int, ...], dtype: Any) -> Array:
    """1 where an entry of the output is a copy of an entry of the input, shape out_shape + shape."""
    size = int(np.prod(shape))
    numbers = np.broadcast_to(np.arange(size).reshape(shape), out_shape)
    flat = (numbers.reshape(-1, 1) == np.arange(size)).astype(dtype)
    return np.asarray(flat.reshape(out_shape + shape))


def broadcast_add_jacobian(x: Array, y: Array) -> Jacobians:
    """1 where an entry of the output uses the entry of the input."""
    out_shape = np.broadcast_shapes(x.shape, y.shape)
    return {
        ("out", "x"): _copies(x.shape, out_shape, x.dtype),
        ("out", "y"): _copies(y.shape, out_shape, y.dtype),
    }


def broadcast_multiply_forward(x: Array, y: Array) -> tuple[Array, tuple[Array, Array]]:
    """x (*S), y (*R) -> out = x · y, in the shape to which S and R broadcast. Source: NumPy's broadcasting."""
    return np.asarray(x * y), (x, y)


def broadcast_multiply_backward(dout: Array, cache: tuple[Array, Array]) -> tuple[Array, Array]:
    """dout -> dx (*S) = dout · y, dy (*R) = dout · x, summed over the axes along which each was stretched."""
    x, y = cache
    return _sum_to(np.asarray(dout * y), x.shape), _sum_to(np.asarray(dout * x), y.shape)


def broadcast_multiply_jacobian(x: Array, y: Array) -> Jacobians:
    """The other factor where an entry of the output uses the entry of the input."""
    out_shape = np.broadcast_shapes(x.shape, y.shape)
    other = {"x": np.broadcast_to(y, out_shape), "y": np.broadcast_to(x, out_shape)}
    return {
        ("out", name): _copies(array.shape, out_shape, array.dtype)
        * other[name].reshape(out_shape + (1,) * array.ndim)
        for name, array in (("x", x), ("y", y))
    }


def _fit(name: str, x: Array, y: Array) -> None:
    try:
        np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        raise InputError(name, "y", f"of a shape that broadcasts with x {x.shape}", str(y.shape)) from None


def _draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Array, ...]:  # noqa: ARG001 - the shapes are free
    """x with an axis of size 1 now and then, y with another, and without some of the leading axes."""
    full = draw_shape(rng, least=2)
    stretched = rng.permutation(len(full) + 1)  # the last one is no axis: nothing is stretched
    x, y = (tuple(1 if axis == one else size for axis, size in enumerate(full)) for one in stretched[:2])
    y = y[int(rng.integers(0, len(full) + 1)) :]
    return tuple(np.asarray(rng.integers(-900, 901, shape) / 100) for shape in (x, y))


BROADCAST_ADD = Layer(
    name="broadcast_add",
    inputs=INPUTS,
    forward_rule=broadcast_add_forward,
    backward_rule=broadcast_add_backward,
    jacobian_rule=broadcast_add_jacobian,
    oracle=lambda xp, x, y: x + y,
    fit_rule=lambda x, y: _fit("broadcast_add", x, y),
    draw_rule=_draw,
    symbol="+",
)

BROADCAST_MULTIPLY = Layer(
    name="broadcast_multiply",
    inputs=INPUTS,
    forward_rule=broadcast_multiply_forward,
    backward_rule=broadcast_multiply_backward,
    jacobian_rule=broadcast_multiply_jacobian,
    oracle=lambda xp, x, y: x * y,
    fit_rule=lambda x, y: _fit("broadcast_multiply", x, y),
    draw_rule=_draw,
    symbol="×",
)
