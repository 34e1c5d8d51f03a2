"""Inputs for layers whose window slides over images: filters with stride and padding, pools that may overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.exercise.cases import Draw
from reference.inputs import Array

Shape = tuple[int, ...]


def filtered(x: Shape, w: Shape, stride: int, pad: int) -> Draw:
    """x (N, C, H, W), w (F, C, HH, WW) and b (F,) in short decimals, with this stride and padding."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        arrays = (rng.integers(-300, 301, shape) / 100 for shape in (x, w, w[:1]))
        return (*arrays, {"stride": stride, "pad": pad})

    return draw


def pooled(x: Shape, height: int, width: int, stride: int, *, below: float = 0.0) -> Draw:
    """x (N, C, H, W) of entries that lie 0.2 apart, so that no window has a tie; `below` takes all of them down."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        count = int(np.prod(x))
        entries = (rng.permutation(count) - count // 2) * 0.2 - below
        return np.round(entries, 2).reshape(x), {
            "pool_height": height,
            "pool_width": width,
            "stride": stride,
        }

    return draw


def places(out: Shape) -> list[tuple[int, ...]]:
    """Rows and columns of the output, in the order in which loops visit them."""
    return list(np.ndindex(*out[2:]))


def per_window(total: Array, height: int, width: int, stride: int, shape: Shape) -> Array:
    """The sum of `total` (N, C, H, W) over the window at each place of the output's shape."""
    sums = np.zeros(shape)
    for i, j in places(shape):
        top, left = i * stride, j * stride
        sums[:, :, i, j] = total[:, :, top : top + height, left : left + width].sum(axis=(2, 3))
    return sums
