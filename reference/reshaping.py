"""Reshape and transpose: every entry moves to another place, and its gradient moves back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.errors import InputError
from reference.inputs import Array, Input, Sizes, config, draw_shape
from reference.layer import Jacobians, Layer
from reference.options import check_keys

Options = Mapping[str, Any]


def reshape_forward(x: Array, options: Options) -> tuple[Array, tuple[int, ...]]:
    """x (...), options {shape} -> out (*shape), the same entries in the same (row-major) order.

    Source: NumPy's reshape; the gradient of a permutation is its inverse.
    """
    return x.reshape(options["shape"]).copy(), x.shape


def reshape_backward(dout: Array, cache: tuple[int, ...]) -> Array:
    """dout (*shape) -> dx (...), the same entries in x's shape."""
    return dout.reshape(cache).copy()


def reshape_jacobian(x: Array, options: Options) -> Jacobians:
    """1 where the entry of the output has the same row-major number as the entry of x."""
    shape = x.reshape(options["shape"]).shape
    return {("out", "x"): np.eye(x.size, dtype=x.dtype).reshape(shape + x.shape)}


def _reshape_fit(x: Array, options: Options) -> None:
    check_keys("reshape", "options", options, required=("shape",))
    try:
        x.reshape(options["shape"])
    except (TypeError, ValueError):
        raise InputError(
            "reshape", "shape", f"a shape for the {x.size} entries of x", repr(options["shape"])
        ) from None


def _reshape_draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:  # noqa: ARG001 - free shapes
    """Two or three axes, flattened or regrouped."""
    shape = draw_shape(rng)
    targets: list[tuple[int, ...]] = [(-1,), shape[::-1], (shape[0], -1), (1, -1)]
    x = np.asarray(rng.integers(-900, 901, shape) / 100)
    return x, {"shape": targets[int(rng.integers(len(targets)))]}


RESHAPE = Layer(
    name="reshape",
    inputs=(Input("x"), config("options", {"shape": (-1,)})),
    forward_rule=reshape_forward,
    backward_rule=reshape_backward,
    jacobian_rule=reshape_jacobian,
    oracle=lambda xp, x, options: xp.reshape(x * 1.0, options["shape"]),
    fit_rule=_reshape_fit,
    draw_rule=_reshape_draw,
    conventions=("row-major order, the last axis fastest",),
)


def transpose_forward(x: Array, options: Options) -> tuple[Array, tuple[int, ...]]:
    """x (...), options {axes} -> out, whose axis i is x's axis axes[i]. Source: NumPy's transpose."""
    axes = tuple(axis % x.ndim for axis in options["axes"])
    return x.transpose(axes).copy(), axes


def transpose_backward(dout: Array, cache: tuple[int, ...]) -> Array:
    """dout -> dx (...), transposed by the inverse permutation: x's axis axes[i] is dout's axis i."""
    inverse = [0] * len(cache)
    for place, axis in enumerate(cache):
        inverse[axis] = place
    return dout.transpose(inverse).copy()


def transpose_jacobian(x: Array, options: Options) -> Jacobians:
    """1 where the entry of the output is the entry of x, found by moving the entries' numbers."""
    moved = np.arange(x.size).reshape(x.shape).transpose(options["axes"])
    flat = (moved.reshape(-1, 1) == np.arange(x.size)).astype(x.dtype)
    return {("out", "x"): flat.reshape(moved.shape + x.shape)}


def _transpose_fit(x: Array, options: Options) -> None:
    check_keys("transpose", "options", options, required=("axes",))
    axes = options["axes"]
    whole = isinstance(axes, tuple | list) and all(isinstance(axis, int | np.integer) for axis in axes)
    if not whole or sorted(axis + x.ndim * (axis < 0) for axis in axes) != list(range(x.ndim)):
        raise InputError("transpose", "axes", f"each of x's {x.ndim} axes once", repr(axes))


def _transpose_draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:  # noqa: ARG001 - free shapes
    """Two to four axes in any order."""
    shape = draw_shape(rng, axes=(2, 4))
    axes = tuple(int(axis) for axis in rng.permutation(len(shape)))
    return np.asarray(rng.integers(-900, 901, shape) / 100), {"axes": axes}


def _transpose_oracle(xp: Any, x: Any, options: Options) -> Any:
    letters = "abcdefgh"[: x.ndim]
    return xp.einsum(letters + "->" + "".join(letters[axis] for axis in options["axes"]), x * 1.0)


TRANSPOSE = Layer(
    name="transpose",
    inputs=(Input("x"), config("options", {"axes": (1, 0)})),
    forward_rule=transpose_forward,
    backward_rule=transpose_backward,
    jacobian_rule=transpose_jacobian,
    oracle=_transpose_oracle,
    fit_rule=_transpose_fit,
    draw_rule=_transpose_draw,
    symbol="ᵀ",
)
