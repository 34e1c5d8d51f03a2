"""Convolution of images (cross-correlation, as deep learning has it): a filter slides over a padded image.

out[n, f, i, j] = b[f] + Σ_c,u,v w[f, c, u, v] x[n, c, i·stride + u - pad, j·stride + v - pad].
A pixel is used by every window that covers it, a weight at every place: both gradients are sums over these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.inputs import Array, Input, Sizes, config, draw
from reference.layer import Jacobians, Layer
from reference.options import check_keys, whole
from reference.windows import add_windows, check_window, fitting_size, padded, windows

Options = Mapping[str, Any]
Cache = tuple[Array, Array, tuple[int, ...], Options]


def conv_forward(x: Array, w: Array, b: Array, conv_param: Options) -> tuple[Array, Cache]:
    """x (N, C, H, W), w (F, C, HH, WW), b (F,), conv_param {stride, pad} -> out (N, F, H', W').

    H' = 1 + (H + 2 pad - HH)/stride, W' = 1 + (W + 2 pad - WW)/stride. Source: CS231n, assignment 2.
    """
    F, C, HH, WW = w.shape
    image = padded(x, conv_param["pad"])
    view = windows(image, HH, WW, conv_param["stride"])
    N, _, rows, columns = view.shape[:4]
    # One matrix product an image: filters (F, C·HH·WW) times patches (C·HH·WW, H'·W').
    patches = view.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * HH * WW, rows * columns)
    out = w.reshape(F, -1) @ patches + b[:, None]
    return out.reshape(N, F, rows, columns), (patches, w, x.shape, conv_param)


def conv_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """dout (N, F, H', W') -> dx (N, C, H, W), dw (F, C, HH, WW), db (F,)."""
    patches, w, shape, conv_param = cache
    pad, stride = conv_param["pad"], conv_param["stride"]
    F, C, HH, WW = w.shape
    N, _, rows, columns = dout.shape
    flat = dout.reshape(N, F, rows * columns)
    dw = (flat @ patches.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    # What each window carries back to its pixels, then all windows added in their places.
    pieces = (w.reshape(F, -1).T @ flat).reshape(N, C, HH, WW, rows, columns)
    H, W = shape[2:]
    dimage = add_windows(pieces.transpose(2, 3, 0, 1, 4, 5), (N, C, H + 2 * pad, W + 2 * pad), stride)
    # pad : pad + H, for pad : -pad would be empty without padding.
    return dimage[:, :, pad : pad + H, pad : pad + W], dw, flat.sum(axis=(0, 2))


def conv_jacobian(x: Array, w: Array, b: Array, conv_param: Options) -> Jacobians:
    """The weight that joins an output to a pixel, the pixel that joins it to a weight, and 1 for its bias."""
    pad, stride = conv_param["pad"], conv_param["stride"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    rows, columns = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    by_x = np.zeros((N, F, rows, columns, N, C, H, W), dtype=x.dtype)
    by_w = np.zeros((N, F, rows, columns, F, C, HH, WW), dtype=x.dtype)
    by_b = np.zeros((N, F, rows, columns, b.size), dtype=x.dtype)
    images, filters = np.arange(N), np.arange(F)
    for i, j, u, v in np.ndindex(rows, columns, HH, WW):
        h, k = i * stride + u - pad, j * stride + v - pad
        if 0 <= h < H and 0 <= k < W:
            for n in images:
                by_x[n, :, i, j, n, :, h, k] = w[:, :, u, v]
            for f in filters:
                by_w[:, f, i, j, f, :, u, v] = x[:, :, h, k]
    by_b[:, filters, :, :, filters] = 1
    return {("out", "x"): by_x, ("out", "w"): by_w, ("out", "b"): by_b}


def _oracle(xp: Any, x: Any, w: Any, b: Any, conv_param: Options) -> Any:
    """Place by place, over the part of each window that lies inside the image."""
    pad, stride = conv_param["pad"], conv_param["stride"]
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    places = []
    rows, columns = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    for i, j in np.ndindex(rows, columns):
        top, left = i * stride - pad, j * stride - pad
        up, down = max(top, 0), max(min(top + HH, H), 0)
        west, east = max(left, 0), max(min(left + WW, W), 0)
        window = x[:, :, up:down, west:east]
        part = w[:, :, up - top : max(down, up) - top, west - left : max(east, west) - left]
        places.append(xp.einsum("nchw,fchw->nf", window, part) + b)
    return xp.reshape(xp.stack(places, 2), (x.shape[0], w.shape[0], rows, columns))


def _fit(x: Array, w: Array, b: Array, conv_param: Options) -> None:  # noqa: ARG001 - b was compared with w
    check_keys("conv", "conv_param", conv_param, required=("stride", "pad"))
    stride = whole("conv", "stride", conv_param["stride"], least=1)
    pad = whole("conv", "pad", conv_param["pad"], least=0)
    check_window("conv", x.shape[2:], w.shape[2:], stride=stride, pad=pad)


def _draw(rng: np.random.Generator, sizes: Sizes) -> tuple[Any, ...]:
    """A kernel of at most 3 × 2, and an image that its windows tile."""
    conv_param = dict(CONV.inputs[3].choices[int(rng.integers(len(CONV.inputs[3].choices)))])
    stride, pad = conv_param["stride"], conv_param["pad"]
    HH, WW = min(sizes["HH"], 3), min(sizes["WW"], 2)
    H = fitting_size(sizes["H"], HH, stride=stride, pad=pad)
    W = fitting_size(sizes["W"], WW, stride=stride, pad=pad)
    return *draw(CONV.inputs[:3], rng, {**sizes, "HH": HH, "WW": WW, "H": H, "W": W}), conv_param


CONV = Layer(
    name="conv",
    inputs=(
        Input("x", ("N", "C", "H", "W")),
        Input("w", ("F", "C", "HH", "WW")),
        Input("b", ("F",)),
        config(
            "conv_param",
            {"stride": 1, "pad": 1},
            {"stride": 1, "pad": 0},
            {"stride": 2, "pad": 1},
            {"stride": 2, "pad": 0},
        ),
    ),
    forward_rule=conv_forward,
    backward_rule=conv_backward,
    jacobian_rule=conv_jacobian,
    oracle=_oracle,
    fit_rule=_fit,
    draw_rule=_draw,
    smallest={"C": 1, "H": 1, "W": 1, "F": 1, "HH": 1, "WW": 1},
    conventions=(
        "cross-correlation: the filter is not flipped",
        "zeros are padded on all four sides, and the stride must divide what is left",
    ),
)

conv_forward_naive, conv_backward_naive = CONV.forward, conv_backward
"""CS231n's names; nothing here is naive."""
