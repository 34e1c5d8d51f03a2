"""Exercise: average pooling, whose gradient is shared out evenly in each window."""

from __future__ import annotations

import numpy as np

from exercises.convolution.window_cases import places, pooled
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from reference.inputs import Array
from reference.pooling import AVG_POOL, avg_pool_forward, max_pool_backward, max_pool_forward


def _a(s: Situation, name: str) -> Array:
    return np.asarray(s[name], np.float64)


def _window(s: Situation) -> tuple[int, int, int]:
    param = s["pool_param"]
    return int(param["pool_height"]), int(param["pool_width"]), int(param["stride"])


def _area(s: Situation) -> int:
    height, width, _ = _window(s)
    return height * width


def _shared(s: Situation, *, overwrite: bool = False, step: bool = True) -> Array:
    """Each window's gradient in equal shares; with = for +=, or without the stride."""
    height, width, stride = _window(s)
    dout = _a(s, "dout")
    dx = np.zeros(np.shape(s["x"]))
    by = stride if step else 1
    for i, j in places(dout.shape):
        place = (slice(None), slice(None), slice(i * by, i * by + height), slice(j * by, j * by + width))
        share = dout[:, :, i, j][:, :, None, None] / (height * width)
        dx[place] = share if overwrite else dx[place] + share
    return dx


def _at_i(s: Situation) -> Array:
    """The right number of windows, but each begins at (i, j)."""
    out = avg_pool_forward(_a(s, "x"), dict(s["pool_param"]) | {"stride": 1})[0]
    rows, columns = np.shape(s["out"])[2:]
    return np.asarray(out[:, :, :rows, :columns])


def _by_stride(s: Situation) -> float:
    """What turns a division by the window's size into one by stride²."""
    return _area(s) / _window(s)[2] ** 2


def _by_side(s: Situation) -> float:
    """What turns a division by the window's size into one by pool_height²."""
    return _area(s) / _window(s)[0] ** 2


def _to_winner(s: Situation) -> Array:
    return np.asarray(
        max_pool_backward(_a(s, "dout"), max_pool_forward(_a(s, "x"), s["pool_param"])[1]), np.float64
    )


def _to_first(s: Situation) -> Array:
    stride, dout = _window(s)[2], _a(s, "dout")
    dx = np.zeros(np.shape(s["x"]))
    for i, j in places(dout.shape):
        dx[:, :, i * stride, j * stride] += dout[:, :, i, j]
    return dx


AVG_POOL_EXERCISE = LayerExercise(
    id="avg_pool",
    title="Average pooling",
    text=r"""Average pooling makes images smaller as max pooling does, except that each window gives the
mean of its $K = \text{pool\_height} \cdot \text{pool\_width}$ pixels. With $s$ the stride,
$$\text{out}_{ncij} = \frac1K \sum_{u,v} x_{n,\,c,\,is+u,\,js+v}, \qquad
H' = 1 + \frac{H - \text{pool\_height}}{s}, \quad W' = 1 + \frac{W - \text{pool\_width}}{s},$$
where $u$ and $v$ count the rows and columns of the window. Nothing is padded, and the stride always
divides.

- `avg_pool_forward(x, pool_param)` returns `out, cache`; `x` is `(N, C, H, W)`, `out` is `(N, C, H', W')`,
  and `pool_param` is a dictionary with `"pool_height"`, `"pool_width"` and `"stride"`.
- `avg_pool_backward(dout, cache)` returns `dx`, of the shape of `x`.

Loops are welcome. Windows may overlap or leave gaps, and neither windows nor images are square. The layer
is linear, so `x` itself plays no part in `dx`; its shape does. Start with one window of four pixels: if one
of them rises by 0.01, by how much does the output rise?
""",
    layer=AVG_POOL,
    cases=(
        Case("generic", pooled((2, 3, 4, 6), 2, 2, 2), basic=True),
        Case("overlapping windows", pooled((2, 2, 4, 5), 3, 2, 1)),
        Case("overlapping in one direction", pooled((2, 2, 4, 7), 2, 3, 2)),
        Case("wide windows", pooled((3, 2, 5, 6), 1, 4, 2)),
        Case("one sample", pooled((1, 3, 3, 4), 3, 2, 1)),
        Case("stride 3", pooled((2, 1, 5, 8), 2, 2, 3)),
        Case("a window as large as the image", pooled((2, 2, 3, 4), 3, 4, 1)),
        Case("float32", pooled((2, 3, 4, 6), 2, 2, 2), float32=True),
    ),
    small=(
        pooled((1, 1, 1, 2), 1, 2, 1),
        pooled((1, 1, 2, 2), 2, 2, 2),
        pooled((1, 1, 1, 3), 1, 2, 1),
        pooled((1, 1, 1, 4), 1, 2, 2),
        pooled((1, 1, 3, 2), 2, 2, 1),
        pooled((1, 1, 3, 3), 2, 2, 1),
        pooled((1, 1, 4, 4), 2, 2, 2),
    ),
    points={"out": 1, "dx": 2},
    topic="space",
    lecture="CS231n, lecture 4",
    source="the mean of each window; CS231n, assignment 2, for the signature of pooling",
    difficulty=2,
    minutes=15,
    starter=pair(
        "avg_pool_forward",
        "x, pool_param",
        "x (N, C, H, W), pool_param {pool_height, pool_width, stride} -> out (N, C, H', W'), cache.",
        "avg_pool_backward",
        "dx",
        "dout (N, C, H', W') -> dx (N, C, H, W).",
    ),
    hints={
        "out": (
            "What is the mean of a window of 2 × 3 pixels divided by?",
            "The window of place (i, j) begins at row i·stride and column j·stride.",
            "np.mean over the last two axes of x[:, :, top : top + pool_height, left : left + pool_width].",
        ),
        "dx": (
            "How much of a window's gradient does each of its pixels get?",
            "A pixel that lies in two windows gets something from both.",
            "To every pixel of the window add dout[:, :, i, j] divided by pool_height times pool_width.",
        ),
    },
    misconceptions=(
        mistake(
            "sum-for-mean",
            "the sum of each window, where its mean is meant",
            "out",
            lambda s: _a(s, "out") * _area(s),
        ),
        mistake(
            "divided-by-stride",
            "divided by stride², which is the window's size only where the window is as long as the stride",
            "out",
            lambda s: _a(s, "out") * _by_stride(s),
        ),
        mistake(
            "divided-by-height-squared",
            "divided by pool_height² as if windows were square",
            "out",
            lambda s: _a(s, "out") * _by_side(s),
        ),
        mistake(
            "stride-forgotten",
            "computed with windows that begin at (i, j) instead of (i·stride, j·stride)",
            "out",
            _at_i,
        ),
        mistake(
            "not-divided",
            "the whole upstream at every pixel, where each gets a share",
            "dx",
            lambda s: _a(s, "dx") * _area(s),
        ),
        mistake(
            "divided-by-stride",
            "divided by stride², which is the window's size only where the window is as long as the stride",
            "dx",
            lambda s: _a(s, "dx") * _by_stride(s),
        ),
        mistake(
            "divided-by-height-squared",
            "divided by pool_height² as if windows were square",
            "dx",
            lambda s: _a(s, "dx") * _by_side(s),
        ),
        mistake(
            "not-accumulated",
            "written with = where += belongs: an overlapping window wipes out what the one before gave",
            "dx",
            lambda s: _shared(s, overwrite=True),
        ),
        mistake(
            "divided-by-windows",
            "divided by the number of windows instead of by a window's size",
            "dx",
            lambda s: _a(s, "dx") * _area(s) / np.prod(np.shape(s["dout"])[2:]),
        ),
        mistake(
            "divided-by-height",
            "divided by pool_height alone",
            "dx",
            lambda s: _a(s, "dx") * _window(s)[1],
        ),
        mistake(
            "divided-by-width",
            "divided by pool_width alone",
            "dx",
            lambda s: _a(s, "dx") * _window(s)[0],
        ),
        mistake(
            "divided-twice",
            "divided by the number of pixels in a window twice",
            "dx",
            lambda s: _a(s, "dx") / _area(s),
        ),
        mistake(
            "divided-by-both-sides",
            "divided by the sum of pool_height and pool_width, where their product belongs",
            "dx",
            lambda s: _a(s, "dx") * _area(s) / sum(_window(s)[:2]),
        ),
        mistake(
            "to-the-first-pixel",
            "the whole upstream at each window's first pixel, and nothing at the others",
            "dx",
            _to_first,
        ),
        mistake(
            "share-to-the-first-pixel",
            "a share at each window's first pixel, and nothing at the others",
            "dx",
            lambda s: _to_first(s) / _area(s),
        ),
        mistake(
            "wrong-window",
            "shared out in windows that begin at (i, j) instead of (i·stride, j·stride)",
            "dx",
            lambda s: _shared(s, step=False),
        ),
        mistake(
            "to-the-winner", "sent to the largest pixel of each window, as in max pooling", "dx", _to_winner
        ),
    ),
    conventions=("no padding; the stride divides what is left",),
)
