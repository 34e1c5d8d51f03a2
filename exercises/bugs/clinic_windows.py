"""Exercises: the clinic's windows. A slice that is empty without padding, and windows that overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from exercises.bugs.clinic import CLINIC, parts
from exercises.convolution.window_cases import filtered, pooled
from grader.exercise import Case, FindTheBugExercise
from reference.conv import CONV, conv_backward, conv_forward
from reference.inputs import Array
from reference.pooling import MAX_POOL, max_pool_backward, max_pool_forward


def empty_slice(
    dout: Array,
    x: Array,
    w: Array,
    b: Array,  # noqa: ARG001 - as shown
    conv_param: Any,
) -> tuple[Array, ...]:
    """`dxp[:, :, p:-p, p:-p]` is empty for p = 0. Seen in 12 of 31 public solutions."""
    stride, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    HH, WW = w.shape[2:]
    for n, f, i, j in np.ndindex(dout.shape):
        window = xp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
        dw[f] += dout[n, f, i, j] * window
        dxp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW] += dout[n, f, i, j] * w[f]
    dx = dxp[:, :, p:-p, p:-p]
    return dx, dw, dout.sum(axis=(0, 2, 3))


def overlap_overwritten(dout: Array, x: Array, pool_param: Any) -> Array:
    """`=` for `+=`: where windows overlap, the last one wins. Seen in 8 of 30 public solutions."""
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        rows = slice(i * stride, i * stride + height)
        columns = slice(j * stride, j * stride + width)
        window = x[n, c, rows, columns]
        dx[n, c, rows, columns] = (window == window.max()) * dout[n, c, i, j]
    return dx


CLINIC_PADDING = FindTheBugExercise(
    id="clinic_padding",
    title="Clinic: a convolution without padding",
    text=CLINIC
    + r"""
A convolution with loops: images `x` `(N, C, H, W)`, filters `w` `(F, C, HH, WW)`, biases `b` `(F,)`, and
`conv_param` with `"stride"` and `"pad"`; the images are padded with zeros on all four sides. The test had used
`pad` 1.

```python
def shown_backward(dout, x, w, b, conv_param):
    stride, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    HH, WW = w.shape[2:]
    for n, f, i, j in np.ndindex(dout.shape):
        window = xp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
        dw[f] += dout[n, f, i, j] * window
        dxp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW] += dout[n, f, i, j] * w[f]
    dx = dxp[:, :, p:-p, p:-p]
    return dx, dw, dout.sum(axis=(0, 2, 3))      # dx, dw, db
```
"""
    + parts("padding", "x, w, b, conv_param", "dout", "dx, dw, db")
    + r"""
In a counterexample the stride has to fit: $H + 2\,\text{pad} - HH$ and $W + 2\,\text{pad} - WW$ must be divisible
by it. Images of one pixel are allowed. The mended rule is tried with and without padding, also on images that are
not square.
""",
    layer=CONV,
    shown=empty_slice,
    wrong=("dx",),
    counterexample="padding_counterexample",
    answer="padding_wrong_node",
    mended="padding_mended_backward",
    cases=(
        Case("generic", filtered((2, 3, 4, 5), (2, 3, 3, 3), 1, 1), basic=True),
        Case("no padding", filtered((2, 2, 4, 5), (3, 2, 2, 3), 1, 0)),
        Case("no padding, stride 2", filtered((1, 2, 5, 4), (2, 2, 3, 2), 2, 0)),
        Case("padding 2, stride 2", filtered((2, 1, 3, 4), (2, 1, 3, 2), 2, 2)),
        Case("float32", filtered((2, 3, 4, 5), (2, 3, 3, 3), 1, 1), float32=True),
    ),
    points={"counterexample": 1, "node": 1, "mended": 2},
    topic="capstone",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 2: convolution, naive backward pass",
    difficulty=3,
    minutes=15,
    starter=find_the_bug("padding", "x, w, b, conv_param", "dout", "dx, dw, db"),
    solution=(
        conv_forward,
        conv_backward,
        '''def padding_counterexample():
    """One pixel, one weight, and no padding: dx should hold one number, and the rule returns none."""
    x = np.array([[[[2.0]]]])
    return x, np.array([[[[3.0]]]]), np.array([0.0]), {"stride": 1, "pad": 0}


padding_wrong_node = "dx"


def padding_mended_backward(dout, x, w, b, conv_param):
    """The padding is cut off from p to p + H, which is right for p = 0 too."""
    out, cache = conv_forward(x, w, b, conv_param)
    return conv_backward(dout, cache)
''',
    ),
    hints={
        "counterexample": (
            "What is [1, 2, 3][0:-0] in Python?",
            "Which value of pad makes the last slice empty?",
        ),
        "node": (
            "Which of the three gradients has the wrong shape there?",
            "dw and db never look at the slice.",
        ),
        "mended": (
            "How can the end of the slice be counted from the front?",
            "The image starts at p and is H pixels high.",
            "dx = dxp[:, :, p : p + H, p : p + W].",
        ),
    },
    conventions=("the filter is not flipped (cross-correlation)", "zeros are padded on all four sides"),
)

CLINIC_OVERLAP = FindTheBugExercise(
    id="clinic_overlap",
    title="Clinic: windows that share a pixel",
    text=CLINIC
    + r"""
Max pooling with loops: of each window of `pool_height` × `pool_width` pixels of `x` `(N, C, H, W)` the largest is
kept; the windows are `stride` pixels apart, and `pool_param` holds these three numbers. The test had used windows
of 2 × 2 with stride 2.

```python
def shown_backward(dout, x, pool_param):
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        rows = slice(i * stride, i * stride + height)
        columns = slice(j * stride, j * stride + width)
        window = x[n, c, rows, columns]
        dx[n, c, rows, columns] = (window == window.max()) * dout[n, c, i, j]
    return dx
```
"""
    + parts("overlap", "x, pool_param", "dout", "dx")
    + r"""
In a counterexample the stride has to fit: $H$ less the window's height, and $W$ less its width, must be divisible
by it. Choose pixels that are all different: a tie would be another story.
""",
    layer=MAX_POOL,
    shown=overlap_overwritten,
    wrong=("dx",),
    counterexample="overlap_counterexample",
    answer="overlap_wrong_node",
    mended="overlap_mended_backward",
    cases=(
        Case("generic", pooled((2, 2, 4, 6), 2, 2, 2), basic=True),
        Case("overlapping", pooled((2, 3, 5, 4), 3, 2, 1)),
        Case("overlapping, stride 2", pooled((1, 2, 5, 7), 3, 3, 2)),
        Case("wide windows", pooled((2, 1, 2, 6), 1, 3, 1)),
        Case("float32", pooled((2, 2, 4, 6), 2, 2, 2), float32=True),
    ),
    points={"counterexample": 1, "node": 1, "mended": 2},
    topic="capstone",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 2: max pooling, naive backward pass",
    difficulty=3,
    minutes=15,
    starter=find_the_bug("overlap", "x, pool_param", "dout", "dx"),
    solution=(
        max_pool_forward,
        max_pool_backward,
        '''def overlap_counterexample():
    """Three pixels, the middle one largest: it wins in both windows, and the rule keeps one gradient."""
    return np.array([[[[1.0, 3.0, 2.0]]]]), {"pool_height": 1, "pool_width": 2, "stride": 1}


overlap_wrong_node = "dx"


def overlap_mended_backward(dout, x, pool_param):
    """Each window's gradient is added to what its pixels have already."""
    out, cache = max_pool_forward(x, pool_param)
    return max_pool_backward(dout, cache)
''',
    ),
    hints={
        "counterexample": (
            "Can a pixel win in two windows?",
            "Make the stride smaller than the window; three pixels in a row are enough.",
        ),
        "node": ("How many gradients are there?", "There is one only."),
        "mended": (
            "What happens to a pixel's gradient when the next window comes along?",
            "A pixel that is used by several windows is a fan-out.",
            "+= where = stands.",
        ),
    },
    conventions=("no ties are tried",),
)
