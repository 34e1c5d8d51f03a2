"""Sum, mean and max over axes: many entries become one, so one gradient goes back to many.

A sum copies its gradient to all entries, a mean to all by 1/n, a max to the winner alone.
Source: CS231n, lecture 4 (add distributes, max routes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.elementwise import nearest
from reference.errors import InputError
from reference.inputs import Array, Input, Sizes, config, draw_shape
from reference.layer import Jacobians, Layer
from reference.options import check_keys

Options = Mapping[str, Any]
INPUTS = (Input("x"), config("options", {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": None}))
SMOOTH = ("axis is None (all entries), an integer or a tuple of them; keepdims is False unless given",)


def _axes(x: Any, options: Options) -> tuple[int, ...]:
    """The reduced axes, counted from 0, in order."""
    axis = options["axis"]
    if axis is None:
        return tuple(range(x.ndim))
    given = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(int(a) % x.ndim for a in given))


def _kept(x: Any, axes: tuple[int, ...]) -> tuple[int, ...]:
    """x's shape with 1 in place of the reduced axes: in it, the result broadcasts to x."""
    return tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))


def sum_forward(x: Array, options: Options) -> tuple[Array, tuple[Array, Options]]:
    """x (...), options {axis, keepdims} -> out, x summed over the axes. Source: CS231n, lecture 4 (add gate)."""
    return np.asarray(x.sum(axis=_axes(x, options), keepdims=options.get("keepdims", False))), (x, options)


def sum_backward(dout: Array, cache: tuple[Array, Options]) -> Array:
    """dout -> dx (...), the gradient of each sum at all its terms."""
    x, options = cache
    return np.broadcast_to(dout.reshape(_kept(x, _axes(x, options))), x.shape).copy()


def mean_forward(x: Array, options: Options) -> tuple[Array, tuple[Array, Options]]:
    """x (...), options {axis, keepdims} -> out, x averaged over the axes. Source: the sum, divided by n."""
    return np.asarray(x.mean(axis=_axes(x, options), keepdims=options.get("keepdims", False))), (x, options)


def mean_backward(dout: Array, cache: tuple[Array, Options]) -> Array:
    """dout -> dx (...), the gradient of each mean at all its terms, divided by their number."""
    x, options = cache
    axes = _axes(x, options)
    count = int(np.prod([x.shape[axis] for axis in axes]))
    return np.broadcast_to(dout.reshape(_kept(x, axes)) / count, x.shape).copy()


def _grouped(x: Array, axes: tuple[int, ...]) -> Array:
    """x with the reduced axes flattened into one, the last: (kept..., n)."""
    rest = tuple(axis for axis in range(x.ndim) if axis not in axes)
    moved = x.transpose(rest + axes)
    count = int(np.prod(moved.shape[len(rest) :]))
    return np.asarray(moved.reshape(*moved.shape[: len(rest)], count))


def _winners(x: Array, axes: tuple[int, ...]) -> Array:
    """True at the first largest entry of each group, in x's shape."""
    rest = tuple(axis for axis in range(x.ndim) if axis not in axes)
    groups = _grouped(x, axes)
    mask = groups.argmax(axis=-1)[..., None] == np.arange(groups.shape[-1])
    moved = mask.reshape([x.shape[axis] for axis in rest + axes])
    return np.asarray(moved.transpose(np.argsort(rest + axes)))


def max_forward(x: Array, options: Options) -> tuple[Array, tuple[Array, Options]]:
    """x (...), options {axis, keepdims} -> out, the largest entries along the axes.

    Source: CS231n, lecture 4 (the max gate is a router).
    """
    return np.asarray(x.max(axis=_axes(x, options), keepdims=options.get("keepdims", False))), (x, options)


def max_backward(dout: Array, cache: tuple[Array, Options]) -> Array:
    """dout -> dx (...), the gradient of each maximum at its first largest entry, 0 elsewhere."""
    x, options = cache
    axes = _axes(x, options)
    if len(axes) != 1:
        return np.where(_winners(x, axes), dout.reshape(_kept(x, axes)), dout.dtype.type(0))
    dx = np.zeros(x.shape, dtype=dout.dtype)
    winner = np.expand_dims(x.argmax(axis=axes[0]), axes[0])
    np.put_along_axis(dx, winner, dout.reshape(winner.shape), axes[0])
    return dx


def max_margin(x: Array, options: Options) -> float:
    """Half the smallest gap between the two largest entries of a group: both may move."""
    groups = _grouped(x, _axes(x, options))
    if groups.shape[-1] < 2 or not groups.size:
        return float("inf")
    top = np.partition(groups, -2, axis=-1)
    return nearest(top[..., -1] - top[..., -2]) / 2


def _members(x: Array, options: Options) -> Array:
    """1 where an entry of x belongs to the group of an entry of the output, shape out_shape + x_shape."""
    axes = _axes(x, options)
    kept = _kept(x, axes)
    number = np.broadcast_to(np.arange(np.prod(kept, dtype=int)).reshape(kept), x.shape)
    flat = np.arange(np.prod(kept, dtype=int))[:, None] == number.reshape(1, -1)
    out = x.sum(axis=axes, keepdims=options.get("keepdims", False))
    return np.asarray(flat.astype(x.dtype).reshape(np.shape(out) + x.shape))


def sum_jacobian(x: Array, options: Options) -> Jacobians:
    """1 at every term of a sum."""
    return {("out", "x"): _members(x, options)}


def mean_jacobian(x: Array, options: Options) -> Jacobians:
    """1/n at every term of a mean."""
    members = _members(x, options)
    groups = max(_grouped(x, _axes(x, options)).shape[-1], 1)
    return {("out", "x"): members / groups}


def max_jacobian(x: Array, options: Options) -> Jacobians:
    """1 at the winner of each group."""
    return {("out", "x"): _members(x, options) * _winners(x, _axes(x, options))}


def _fit(name: str, x: Array, options: Options, *, empty: bool) -> None:
    check_keys(name, "options", options, required=("axis",), optional=("keepdims",))
    if not isinstance(options.get("keepdims", False), bool | np.bool_):
        raise InputError(name, "keepdims", "True or False", repr(options["keepdims"]))
    axis = options["axis"]
    given = () if axis is None else axis if isinstance(axis, tuple) else (axis,)
    whole = all(isinstance(a, int | np.integer) and -x.ndim <= a < x.ndim for a in given)
    if not whole or len({a % x.ndim for a in given}) < len(given):
        raise InputError(name, "axis", f"one or more different axes of x {x.shape}, or None", repr(axis))
    if not empty and not all(x.shape[a] for a in _axes(x, options)):
        raise InputError(name, "x", "of at least one entry along the reduced axes", str(x.shape))


def _draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:  # noqa: ARG001 - the shapes are free
    """Two or three axes, a choice among them."""
    shape = draw_shape(rng)
    choices: list[Any] = [None, 0, -1, len(shape) - 1, tuple(range(0, len(shape), 2))]
    options = {"axis": choices[int(rng.integers(len(choices)))], "keepdims": bool(rng.integers(2))}
    return np.asarray(rng.integers(-900, 901, shape) / 100), options


def _draw_max(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:  # noqa: ARG001 - the shapes are free
    """As `_draw`, with at least two entries in each group: a maximum of one entry routes nothing."""
    shape = draw_shape(rng, least=2)
    choices: list[Any] = [None, 0, -1, tuple(range(0, len(shape), 2))]
    options = {"axis": choices[int(rng.integers(len(choices)))], "keepdims": bool(rng.integers(2))}
    return np.asarray(rng.integers(-900, 901, shape) / 100), options


def _max_oracle(xp: Any, x: Any, options: Options) -> Any:
    """One axis after the other, the largest so far against the next entry."""
    axes = _axes(x, options)
    out = x
    for axis in reversed(axes):
        parts = [xp.moveaxis(out, axis, 0)[i] for i in range(out.shape[axis])]
        best = parts[0]
        for part in parts[1:]:
            best = best * (best >= part) + part * (best < part)
        out = best
    return xp.reshape(out, _kept(x, axes)) if options.get("keepdims", False) else out


def _sum_oracle(xp: Any, x: Any, options: Options) -> Any:
    out = x
    axes = _axes(x, options)
    for axis in axes:
        out = xp.sum(out, axis=axis, keepdims=True)
    kept = options.get("keepdims", False)
    return out if kept else xp.reshape(out, [x.shape[i] for i in range(x.ndim) if i not in axes])


def _mean_oracle(xp: Any, x: Any, options: Options) -> Any:
    out = _sum_oracle(xp, x, options)
    return out * (int(np.prod(out.shape)) / int(np.prod(x.shape)))


SUM = Layer(
    name="sum",
    inputs=INPUTS,
    forward_rule=sum_forward,
    backward_rule=sum_backward,
    jacobian_rule=sum_jacobian,
    oracle=_sum_oracle,
    fit_rule=lambda x, options: _fit("sum", x, options, empty=True),
    draw_rule=_draw,
    conventions=SMOOTH,
    symbol="Σ",
)

MEAN = Layer(
    name="mean",
    inputs=INPUTS,
    forward_rule=mean_forward,
    backward_rule=mean_backward,
    jacobian_rule=mean_jacobian,
    oracle=_mean_oracle,
    fit_rule=lambda x, options: _fit("mean", x, options, empty=False),
    draw_rule=_draw,
    conventions=SMOOTH,
)

MAX = Layer(
    name="max",
    inputs=INPUTS,
    forward_rule=max_forward,
    backward_rule=max_backward,
    jacobian_rule=max_jacobian,
    oracle=_max_oracle,
    margin_rule=max_margin,
    fit_rule=lambda x, options: _fit("max", x, options, empty=False),
    draw_rule=_draw_max,
    conventions=(*SMOOTH, "at a tie the whole gradient goes to the first of the largest entries"),
)
