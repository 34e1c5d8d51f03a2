"""Exercise: max pooling, whose gradient goes to the winner of each window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exercises.convolution.misrouted import array, misplaced, routed, window_size
from exercises.convolution.window_cases import per_window, places, pooled
from exercises.shared.drawing import given
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from reference.inputs import Array
from reference.pooling import MAX_POOL, avg_pool_backward, avg_pool_forward, max_pool_forward


def _to_all(s: Situation) -> Array:
    height, width, _ = window_size(s)
    return (
        np.asarray(avg_pool_backward(array(s, "dout"), (np.shape(s["x"]), s["pool_param"]))) * height * width
    )


def _at_i(s: Situation) -> Array:
    """The right number of windows, but each begins at (i, j)."""
    out = max_pool_forward(array(s, "x"), dict(s["pool_param"]) | {"stride": 1})[0]
    rows, columns = np.shape(s["out"])[2:]
    return np.asarray(out[:, :, :rows, :columns])


def hands_out_once(s: Situation) -> bool:
    """Where windows do not overlap, what all pixels of a window get together is what the window was given."""
    height, width, stride = window_size(s)
    if stride < max(height, width):
        return True
    total = per_window(array(s, "dx"), height, width, stride, np.shape(s["dout"]))
    scale = float(np.abs(array(s, "dout")).max(initial=1.0))
    return bool(np.abs(total - array(s, "dout")).max(initial=0.0) <= 1e-5 * scale)


_TIES = np.array(
    [[[[2.0, 2.0, -1.0, 0.5], [1.0, 2.0, -1.0, 0.5], [0.0, 0.0, 3.0, 1.5], [0.0, 0.0, 3.0, 2.5]]]]
)


def goes_to_all(s: Situation) -> bool:
    """Whether every largest pixel of a window has its whole gradient: all of it, and nobody else any."""
    height, width, stride = window_size(s)
    x, dout = array(s, "x"), array(s, "dout")
    right = np.zeros_like(x)
    for i, j in places(dout.shape):
        place = (
            slice(None),
            slice(None),
            slice(i * stride, i * stride + height),
            slice(j * stride, j * stride + width),
        )
        largest = x[place] == x[place].max(axis=(2, 3), keepdims=True)
        right[place] += largest * dout[:, :, i, j, None, None]
    scale = float(np.abs(dout).max(initial=1.0))
    return bool(np.abs(array(s, "dx") - right).max(initial=0.0) <= 1e-5 * scale)


def ties_to_all(exercise: LayerExercise) -> LayerExercise:
    """The exercise where every largest pixel of a window has its whole gradient.

    That is no gradient of anything, but only at ties, which real images hardly have; CS231n's fast layers do it.
    Handing a window's gradient out once is right by the exercise itself, so here it is this answer and no other.
    """
    conventions = (
        *exercise.conventions[1:],
        "at a tie each of the largest pixels has the window's whole gradient",
    )
    return replace(exercise, joint=goes_to_all, conventions=conventions)


MAX_POOL_EXERCISE = LayerExercise(
    id="max_pool",
    title="Max pooling",
    text=r"""Max pooling makes images smaller: a window of `pool_height` × `pool_width` pixels moves over
each channel by `stride` pixels at a time, and of each window only the largest entry is kept. With $s$ the
stride,
$$\text{out}_{ncij} = \max_{u,v}\; x_{n,\,c,\,is+u,\,js+v}, \qquad
H' = 1 + \frac{H - \text{pool\_height}}{s}, \quad W' = 1 + \frac{W - \text{pool\_width}}{s},$$
where $u$ and $v$ count the rows and columns of the window. Nothing is padded, and the stride always
divides.

- `max_pool_forward_naive(x, pool_param)` returns `out, cache`; `x` is `(N, C, H, W)`, `out` is
  `(N, C, H', W')`, and `pool_param` is a dictionary with `"pool_height"`, `"pool_width"` and `"stride"`.
- `max_pool_backward_naive(dout, cache)` returns `dx`, of the shape of `x`.

Loops are welcome. Windows may overlap (a stride smaller than the window), and neither windows nor images
are square. Where several pixels of a window are equally large, the window's gradient is handed out once: to
one of them, or in shares that add up to it.

Start with one window of four numbers. If its largest entry rises by 0.01, what happens to the output? And
if another one does?
""",
    layer=MAX_POOL,
    forward="max_pool_forward_naive",
    backward="max_pool_backward_naive",
    cases=(
        Case("generic", pooled((2, 3, 4, 6), 2, 2, 2), basic=True),
        Case("overlapping windows", pooled((2, 2, 4, 5), 3, 2, 1)),
        Case("overlapping in one direction", pooled((2, 2, 4, 7), 2, 3, 2)),
        Case("wide windows", pooled((3, 2, 5, 6), 1, 4, 2)),
        Case("all negative", pooled((2, 2, 4, 4), 2, 2, 2, below=20.0)),
        Case("one sample", pooled((1, 3, 3, 4), 3, 2, 1)),
        Case("stride 3", pooled((2, 1, 5, 8), 2, 2, 3)),
        Case("a window as large as the image", pooled((2, 2, 3, 4), 3, 4, 1)),
        given("ties", _TIES, {"pool_height": 2, "pool_width": 2, "stride": 2}, kink=True),
        Case("float32", pooled((2, 3, 4, 6), 2, 2, 2), float32=True),
    ),
    joint=hands_out_once,
    small=(
        pooled((1, 1, 1, 2), 1, 2, 1),
        pooled((1, 1, 2, 2), 2, 2, 2),
        pooled((1, 1, 1, 3), 1, 2, 1),
        pooled((1, 1, 1, 4), 1, 2, 2),
        pooled((1, 1, 3, 2), 2, 2, 1),
        pooled((1, 1, 3, 3), 2, 2, 1),
        pooled((1, 1, 4, 4), 2, 2, 2),
    ),
    points={"out": 2, "dx": 3},
    topic="space",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 2: max pooling; lecture 4: max router",
    difficulty=3,
    minutes=25,
    starter=pair(
        "max_pool_forward_naive",
        "x, pool_param",
        "x (N, C, H, W), pool_param {pool_height, pool_width, stride} -> out (N, C, H', W'), cache.",
        "max_pool_backward_naive",
        "dx",
        "dout (N, C, H', W') -> dx (N, C, H, W).",
    ),
    hints={
        "out": (
            "For a row of 5 pixels, a window of 3 and stride 2: where does each window begin, and how many fit?",
            "The window of place (i, j) begins at row i·stride and column j·stride.",
            "The maximum of x[n, c, top : top + pool_height, left : left + pool_width], for each n and c.",
        ),
        "dx": (
            "Which pixel of a window does its output depend on, if all are moved by very little?",
            "A max gate is a router. If two windows overlap, can one pixel win in both?",
            "Find the winner of each window again, by np.argmax or a mask, and add the window's dout there.",
        ),
    },
    misconceptions=(
        mistake(
            "mean-for-maximum",
            "the mean of each window",
            "out",
            lambda s: avg_pool_forward(array(s, "x"), s["pool_param"])[0],
        ),
        mistake(
            "minimum",
            "the smallest entry of each window",
            "out",
            lambda s: -max_pool_forward(-array(s, "x"), s["pool_param"])[0],
        ),
        mistake(
            "started-at-zero",
            "0 where all entries of a window are negative",
            "out",
            lambda s: np.maximum(array(s, "out"), 0),
        ),
        mistake(
            "stride-forgotten",
            "computed with windows that begin at (i, j) instead of (i·stride, j·stride)",
            "out",
            _at_i,
        ),
        mistake(
            "not-accumulated",
            "written with = where += belongs: an overlapping window wipes out what the one before gave",
            "dx",
            lambda s: routed(s, overwrite="window"),
        ),
        mistake(
            "winner-overwritten",
            "written with = where += belongs: a pixel that wins in several windows keeps the last one's alone",
            "dx",
            lambda s: routed(s, overwrite="pixel"),
        ),
        mistake(
            "to-all-pixels", "handed to every pixel of the window, not to the winner alone", "dx", _to_all
        ),
        mistake(
            "shared-evenly",
            "shared out evenly in each window, as in average pooling",
            "dx",
            lambda s: avg_pool_backward(array(s, "dout"), (np.shape(s["x"]), s["pool_param"])),
        ),
        mistake(
            "to-the-smallest",
            "sent to the smallest entry of each window",
            "dx",
            lambda s: routed(s, least=True),
        ),
        mistake(
            "winner-divided",
            "divided by the number of pixels in a window: the winner moves the output one to one",
            "dx",
            lambda s: array(s, "dx") / np.prod(window_size(s)[:2]),
        ),
        mistake(
            "to-the-largest-in-size",
            "sent to the entry that is largest without its sign",
            "dx",
            lambda s: routed(s, size=True),
        ),
        mistake(
            "wrong-window",
            "routed by windows that begin at (i, j) instead of (i·stride, j·stride)",
            "dx",
            lambda s: routed(s, step=False),
        ),
        mistake(
            "winner-misplaced",
            "put at (i, j) and the place within the window, where the window begins at (i·stride, j·stride)",
            "dx",
            misplaced,
        ),
        mistake(
            "place-in-window",
            "put at the winner's place within its window, counted from the corner of the image",
            "dx",
            lambda s: misplaced(s, image=True),
        ),
        mistake(
            "to-the-first-pixel",
            "given to each window's first pixel, whichever is the largest",
            "dx",
            lambda s: misplaced(s, first=True),
        ),
        mistake(
            "to-the-last-pixel",
            "given to each window's last pixel, whichever is the largest",
            "dx",
            lambda s: misplaced(s, last=True),
        ),
        mistake(
            "times-the-value",
            "multiplied by the largest entry itself: the slope of the winner is 1",
            "dx",
            lambda s: routed(s, value=True),
        ),
    ),
    conventions=(
        "at a tie a window's gradient is handed out once, to one of the largest pixels or in shares",
        "no padding; the stride divides what is left",
    ),
    others={"ties-to-all": ties_to_all},
)
