"""Pooling: a window slides over each channel and keeps its maximum, or its mean.

Max pooling routes the gradient to the winner of each window, average pooling shares it out evenly. Where
windows overlap, a pixel collects from all of them. Source: CS231n, assignment 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from reference.elementwise import nearest
from reference.inputs import Array, Input, Sizes, config, draw
from reference.layer import Jacobians, Layer
from reference.options import check_keys, whole
from reference.windows import add_windows, check_window, fitting_size, windows

Options = Mapping[str, Any]
KEYS = ("pool_height", "pool_width", "stride")


def _window(pool_param: Options) -> tuple[int, int, int]:
    return pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]


def max_pool_forward(x: Array, pool_param: Options) -> tuple[Array, tuple[Array, tuple[int, ...], Options]]:
    """x (N, C, H, W), pool_param {pool_height, pool_width, stride} -> out (N, C, H', W'), window maxima.

    H' = 1 + (H - pool_height)/stride, W' = 1 + (W - pool_width)/stride. Source: CS231n, assignment 2.
    """
    height, width, stride = _window(pool_param)
    rows, columns = 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride
    # One comparison of whole images for each place in the window; a later place wins only if it is larger.
    out = x[:, :, : stride * rows : stride, : stride * columns : stride].copy()
    winner = np.zeros(out.shape, dtype=np.intp)
    for place in range(1, height * width):
        i, j = divmod(place, width)
        entry = x[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]
        larger = entry > out
        winner[larger] = place
        np.maximum(out, entry, out=out)
    return out, (winner, x.shape, pool_param)


def max_pool_backward(dout: Array, cache: tuple[Array, tuple[int, ...], Options]) -> Array:
    """dout (N, C, H', W') -> dx (N, C, H, W), each window's gradient added at its winner."""
    winner, shape, pool_param = cache
    height, width, stride = _window(pool_param)
    places = np.arange(height * width).reshape(height, width, 1, 1, 1, 1)
    return add_windows(np.where(winner == places, dout, dout.dtype.type(0)), shape, stride)


def max_pool_jacobian(x: Array, pool_param: Options) -> Jacobians:
    """1 at the first largest pixel of each window."""
    height, width, stride = _window(pool_param)
    view = windows(x, height, width, stride)
    full = np.zeros(view.shape[:4] + x.shape, dtype=x.dtype)
    for n, c, i, j in np.ndindex(view.shape[:4]):
        u, v = np.unravel_index(view[n, c, i, j].argmax(), (height, width))
        full[n, c, i, j, n, c, i * stride + int(u), j * stride + int(v)] = 1
    return {("out", "x"): full}


def max_pool_margin(x: Array, pool_param: Options) -> float:
    """Half the smallest gap between the two largest pixels of a window: both may move."""
    view = windows(x, *_window(pool_param))
    flat = view.reshape(*view.shape[:4], view.shape[4] * view.shape[5])
    if flat.shape[-1] < 2 or not flat.size:
        return float("inf")
    top = np.partition(flat, -2, axis=-1)
    return nearest(top[..., -1] - top[..., -2]) / 2


def avg_pool_forward(x: Array, pool_param: Options) -> tuple[Array, tuple[tuple[int, ...], Options]]:
    """x (N, C, H, W), pool_param {pool_height, pool_width, stride} -> out (N, C, H', W'), window means.

    H' = 1 + (H - pool_height)/stride, W' = 1 + (W - pool_width)/stride. Source: the mean of each window.
    """
    height, width, stride = _window(pool_param)
    rows, columns = 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride
    out = np.zeros((*x.shape[:2], rows, columns), dtype=x.dtype)
    for i in range(height):
        for j in range(width):
            out += x[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]
    return out / (height * width), (x.shape, pool_param)


def avg_pool_backward(dout: Array, cache: tuple[tuple[int, ...], Options]) -> Array:
    """dout (N, C, H', W') -> dx (N, C, H, W), each window's gradient in equal shares at its pixels."""
    shape, pool_param = cache
    height, width, stride = _window(pool_param)
    share = dout / (height * width)
    return add_windows(np.broadcast_to(share, (height, width, *share.shape)), shape, stride)


def avg_pool_jacobian(x: Array, pool_param: Options) -> Jacobians:
    """1/(pool_height · pool_width) at every pixel of a window."""
    height, width, stride = _window(pool_param)
    out_shape = windows(x, height, width, stride).shape[:4]
    full = np.zeros(out_shape + x.shape, dtype=x.dtype)
    for n, c, i, j in np.ndindex(out_shape):
        top, left = i * stride, j * stride
        full[n, c, i, j, n, c, top : top + height, left : left + width] = x.dtype.type(1) / (height * width)
    return {("out", "x"): full}


def _oracle(whole_window: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def oracle(xp: Any, x: Any, pool_param: Options) -> Any:
        """Window by window."""
        height, width, stride = _window(pool_param)
        N, C, H, W = x.shape
        rows, columns = 1 + (H - height) // stride, 1 + (W - width) // stride
        places = [
            whole_window(xp, x[:, :, i * stride : i * stride + height, j * stride : j * stride + width])
            for i, j in np.ndindex(rows, columns)
        ]
        return xp.reshape(xp.stack(places, 2), (N, C, rows, columns))

    return oracle


def _largest(xp: Any, window: Any) -> Any:  # noqa: ARG001 - comparisons need no function of xp
    best = window[:, :, 0, 0]
    for i, j in np.ndindex(*window.shape[2:]):
        entry = window[:, :, i, j]
        best = best * (best >= entry) + entry * (best < entry)
    return best


def _fit(name: str) -> Callable[..., None]:
    def fit(x: Array, pool_param: Options) -> None:
        check_keys(name, "pool_param", pool_param, required=KEYS)
        height, width, stride = (whole(name, key, pool_param[key], least=1) for key in KEYS)
        check_window(name, x.shape[2:], (height, width), stride=stride, pad=0)

    return fit


INPUTS = (
    Input("x", ("N", "C", "H", "W")),
    config(
        "pool_param",
        {"pool_height": 2, "pool_width": 2, "stride": 2},
        {"pool_height": 3, "pool_width": 2, "stride": 1},  # overlapping
        {"pool_height": 2, "pool_width": 3, "stride": 2},  # overlapping in one direction
    ),
)


def _draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
    """A window, and an image that it tiles."""
    pool_param = dict(INPUTS[1].choices[int(rng.integers(len(INPUTS[1].choices)))])
    height, width, stride = _window(pool_param)
    H = fitting_size(sizes["H"], height, stride=stride, pad=0)
    W = fitting_size(sizes["W"], width, stride=stride, pad=0)
    return *draw(INPUTS[:1], rng, {**sizes, "H": H, "W": W}), pool_param


MAX_POOL = Layer(
    name="max_pool",
    inputs=INPUTS,
    forward_rule=max_pool_forward,
    backward_rule=max_pool_backward,
    jacobian_rule=max_pool_jacobian,
    oracle=_oracle(_largest),
    margin_rule=max_pool_margin,
    fit_rule=_fit("max_pool"),
    draw_rule=_draw,
    smallest={"H": 1, "W": 1},
    conventions=("at a tie the whole gradient goes to the first of the largest pixels, row by row",),
)

AVG_POOL = Layer(
    name="avg_pool",
    inputs=INPUTS,
    forward_rule=avg_pool_forward,
    backward_rule=avg_pool_backward,
    jacobian_rule=avg_pool_jacobian,
    oracle=_oracle(lambda xp, window: xp.sum(window, axis=(2, 3)) / (window.shape[2] * window.shape[3])),
    fit_rule=_fit("avg_pool"),
    draw_rule=_draw,
    smallest={"H": 1, "W": 1},
)
