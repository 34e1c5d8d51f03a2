"""Where the gradient of a max pooling goes by mistake: to another pixel of the window, or by another window."""

from __future__ import annotations

import numpy as np

from exercises.convolution.window_cases import places
from grader.exercise import Situation
from reference.inputs import Array


def array(s: Situation, name: str) -> Array:
    """One of a situation's arrays, in double precision."""
    return np.asarray(s[name], np.float64)


def window_size(s: Situation) -> tuple[int, int, int]:
    """Height and width of the windows, and their stride."""
    param = s["pool_param"]
    return int(param["pool_height"]), int(param["pool_width"]), int(param["stride"])


def routed(
    s: Situation,
    *,
    overwrite: str = "",
    step: bool = True,
    least: bool = False,
    value: bool = False,
    size: bool = False,
) -> Array:
    """Each window's gradient at its winner; with = for +=, without the stride, to the loser, times the value, to
    what is largest in size.

    `overwrite`: "window" writes the whole window anew (mask times upstream), "pixel" its winner alone.
    """
    height, width, stride = window_size(s)
    x, dout = array(s, "x"), array(s, "dout")
    dx = np.zeros_like(x)
    by = stride if step else 1
    for i, j in places(dout.shape):
        for n, c in np.ndindex(*x.shape[:2]):
            place = (n, c, slice(i * by, i * by + height), slice(j * by, j * by + width))
            window = x[place]
            best = window.argmin() if least else (np.abs(window) if size else window).argmax()
            share = np.zeros_like(window)
            share.flat[best] = dout[n, c, i, j] * (window.flat[best] if value else 1)
            if overwrite == "window":
                dx[place] = share
            elif overwrite == "pixel":
                dx[place] = np.where(np.arange(window.size).reshape(window.shape) == best, share, dx[place])
            else:
                dx[place] += share
    return dx


def misplaced(s: Situation, *, first: bool = False, last: bool = False, image: bool = False) -> Array:
    """Each window's gradient at the winner's place within it, counted from (i, j); or at its first or last pixel.

    `image`: counted from the image's corner.
    """
    height, width, stride = window_size(s)
    x, dout = array(s, "x"), array(s, "dout")
    dx = np.zeros_like(x)
    for i, j in places(dout.shape):
        top, left = i * stride, j * stride
        for n, c in np.ndindex(*x.shape[:2]):
            row, column = divmod(int(x[n, c, top : top + height, left : left + width].argmax()), width)
            if last:
                place = (top + height - 1, left + width - 1)
            else:
                place = (top, left) if first else (row, column) if image else (i + row, j + column)
            dx[n, c, *place] += dout[n, c, i, j]
    return dx


def padded_after(s: Situation) -> Array:
    """A convolution's dw, read from an image with all its zeros behind it."""
    stride, pad = int(s["conv_param"]["stride"]), int(s["conv_param"]["pad"])
    image, dout, dw = (
        np.pad(array(s, "x"), [(0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)]),
        array(s, "dout"),
        array(s, "dw"),
    )
    found = np.zeros_like(dw)
    for i, j in places(dout.shape):
        top, left = i * stride, j * stride
        window = image[:, :, top : top + dw.shape[2], left : left + dw.shape[3]]
        found += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
    return found
