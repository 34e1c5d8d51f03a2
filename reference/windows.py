"""Sliding windows over images, shared by convolution and pooling.

A view holds every window at once without copying; its adjoint adds what the windows carry back to the pixels,
one addition for each place in the window, so that overlapping windows accumulate.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from reference.errors import InputError
from reference.inputs import Array


def padded(x: Array, pad: int) -> Array:
    """x (N, C, H, W) -> (N, C, H + 2 pad, W + 2 pad) with zeros around; x itself without padding."""
    if not pad:
        return x
    N, C, H, W = x.shape
    out = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
    out[:, :, pad : pad + H, pad : pad + W] = x
    return out


def windows(x: Array, height: int, width: int, stride: int) -> Array:
    """x (N, C, H, W) -> read-only view (N, C, H', W', height, width): the window at each place.

    H' = 1 + (H - height)/stride, W' = 1 + (W - width)/stride.
    """
    N, C, H, W = x.shape
    rows, columns = 1 + (H - height) // stride, 1 + (W - width) // stride
    n, c, h, w = x.strides
    shape = (N, C, rows, columns, height, width)
    return as_strided(x, shape, (n, c, h * stride, w * stride, h, w), writeable=False)


def add_windows(pieces: Array, shape: tuple[int, ...], stride: int) -> Array:
    """pieces (height, width, N, C, H', W') -> sum (N, C, H, W): each piece added where its window was."""
    height, width, N, C, rows, columns = pieces.shape
    total = np.zeros((N, C, *shape[2:]), dtype=pieces.dtype)
    for i in range(height):
        for j in range(width):
            total[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride] += pieces[i, j]
    return total


def check_window(
    layer: str, image: tuple[int, ...], window: tuple[int, int], *, stride: int, pad: int
) -> None:
    """Raises InputError unless the windows tile the padded image: none larger, no pixels left over."""
    for side, size, extent in zip(("height", "width"), image, window, strict=True):
        room = size + 2 * pad
        if extent > room:
            raise InputError(layer, f"the window's {side}", f"at most {room}, the padded image", str(extent))
        if (room - extent) % stride:
            expected = f"a divisor of {room} - {extent} = {room - extent} ({side})"
            raise InputError(layer, "stride", expected, str(stride))


def fitting_size(size: int, extent: int, *, stride: int, pad: int) -> int:
    """The smallest image size from `size` on (and above 0) that windows of `extent` tile."""
    size = max(size, extent - 2 * pad, 1)
    while (size + 2 * pad - extent) % stride:
        size += 1
    return size
