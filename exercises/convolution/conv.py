"""Exercise: convolution of images with loops, as CS231n's second assignment signs it."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.convolution.misrouted import padded_after
from exercises.convolution.window_cases import filtered, places
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from reference.conv import CONV, conv_backward, conv_forward
from reference.inputs import Array
from reference.windows import padded


def _a(s: Situation, name: str) -> Array:
    return np.asarray(s[name], np.float64)


def _options(s: Situation) -> tuple[int, int]:
    return int(s["conv_param"]["stride"]), int(s["conv_param"]["pad"])


def _flipped(w: Array) -> Array:
    return w[:, :, ::-1, ::-1]


def _out(s: Situation, *, b: bool = True, flip: bool = False, pad: bool = True) -> Array:
    w = _flipped(_a(s, "w")) if flip else _a(s, "w")
    param = dict(s["conv_param"]) | ({} if pad else {"pad": 0})
    return np.asarray(conv_forward(_a(s, "x"), w, _a(s, "b") * b, param)[0])


def _at_i(s: Situation) -> Array:
    """The right number of windows, but each starts at (i, j) instead of (i·stride, j·stride)."""
    out = conv_forward(_a(s, "x"), _a(s, "w"), _a(s, "b"), {"stride": 1, "pad": s["conv_param"]["pad"]})[0]
    rows, columns = np.shape(s["out"])[2:]
    return np.asarray(out[:, :, :rows, :columns])


def _loops(s: Situation, *, overwrite: bool = False, step: bool = True) -> tuple[Array, Array]:
    """dx on the padded image, and dw, window by window; with = for +=, or without the stride."""
    stride, pad = _options(s)
    image, w, dout = padded(_a(s, "x"), pad), _a(s, "w"), _a(s, "dout")
    dimage, dw = np.zeros_like(image), np.zeros_like(w)
    HH, WW = w.shape[2:]
    by = stride if step else 1
    for i, j in places(dout.shape):
        window = (slice(None), slice(None), slice(i * by, i * by + HH), slice(j * by, j * by + WW))
        if overwrite:  # of several filters and examples, the last one stays
            dimage[window] = dout[:, -1, i, j][:, None, None, None] * w[-1]
            dw = dout[-1, :, i, j][:, None, None, None] * image[window][-1]
        else:
            dimage[window] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], image[window])
    return dimage, dw


def _cut(s: Situation, dimage: Array) -> Array:
    pad = _options(s)[1]
    H, W = np.shape(s["x"])[2:]
    return dimage[:, :, pad : pad + H, pad : pad + W]


def _dx_flipped(s: Situation) -> Array:
    _, cache = conv_forward(_a(s, "x"), _flipped(_a(s, "w")), _a(s, "b"), s["conv_param"])
    return np.asarray(conv_backward(_a(s, "dout"), cache)[0])


def _minus_pad(s: Situation) -> Any:
    """pad : -pad, which is 0 : 0 and empty without padding."""
    pad = _options(s)[1]
    return _loops(s)[0][:, :, pad:-pad, pad:-pad]


CASES = (
    Case("generic", filtered((2, 3, 4, 5), (2, 3, 3, 2), 1, 1), basic=True),
    Case("no padding", filtered((2, 3, 5, 4), (4, 3, 3, 2), 1, 0)),
    Case("stride 2", filtered((3, 2, 5, 6), (2, 2, 3, 2), 2, 1)),
    Case("stride 2, no padding", filtered((2, 2, 7, 4), (3, 2, 3, 2), 2, 0)),
    Case("padding 2", filtered((1, 2, 3, 5), (2, 2, 2, 3), 1, 2)),
    Case("stride 3", filtered((2, 1, 7, 4), (2, 1, 3, 3), 3, 1)),
    Case("square", filtered((2, 2, 2, 2), (2, 2, 2, 2), 1, 1)),
    Case("one sample", filtered((1, 3, 4, 3), (2, 3, 2, 2), 1, 0)),
    Case("a filter of one pixel", filtered((2, 3, 2, 3), (2, 3, 1, 1), 1, 0)),
    Case("a filter as large as the image", filtered((2, 2, 3, 4), (3, 2, 3, 4), 1, 0)),
    Case("float32", filtered((2, 3, 4, 5), (2, 3, 3, 2), 1, 1), float32=True),
)

SMALL = (
    filtered((1, 1, 1, 2), (1, 1, 1, 1), 1, 0),
    filtered((1, 1, 2, 2), (1, 1, 2, 2), 1, 0),
    filtered((1, 1, 1, 3), (1, 1, 1, 2), 1, 0),
    filtered((1, 1, 1, 2), (1, 1, 3, 2), 1, 1),
    filtered((1, 1, 1, 4), (1, 1, 1, 2), 2, 0),
    filtered((2, 1, 1, 2), (1, 1, 1, 2), 1, 0),
    filtered((1, 1, 1, 2), (2, 1, 1, 2), 1, 0),
    filtered((1, 1, 3, 3), (1, 1, 2, 2), 1, 0),
    filtered((1, 1, 3, 3), (1, 1, 3, 3), 2, 1),
    filtered((2, 1, 2, 2), (2, 1, 2, 1), 1, 0),
)

_HOW = "Give every pixel of the window what it is owed, one window after the other, and let it add up."

CONV_EXERCISE = LayerExercise(
    id="conv",
    title="Convolution",
    text=r"""A filter is a small window of weights that slides over an image; at each place it multiplies
what it covers and sums. `x` is `(N, C, H, W)`: $N$ images of $C$ channels. `w` is `(F, C, HH, WW)`: $F$
filters, each of which covers all channels. `b` is `(F,)`. `conv_param` is a dictionary: `"pad"` is how many
rows and columns of zeros are put on each of the four sides first, `"stride"` how far the window moves. With
$x^+$ the padded image and $s$ the stride,
$$\text{out}_{nfij} = b_f + \sum_{c,u,v} w_{fcuv}\; x^+_{n,\,c,\,is+u,\,js+v}, \qquad
H' = 1 + \frac{H + 2\,\text{pad} - HH}{s}, \quad W' = 1 + \frac{W + 2\,\text{pad} - WW}{s}.$$
Nothing is flipped, and the stride always divides.

- `conv_forward_naive(x, w, b, conv_param)` returns `out, cache`, with `out` of shape `(N, F, H', W')`.
- `conv_backward_naive(dout, cache)` returns `dx, dw, db`, each of the shape of what it is the gradient of.

Loops are welcome: the images are small. The padding may be 0, and images and filters are not square. Begin
with one entry of the output, `out[0, 0, 0, 0]`: write down which pixels and which weights it is made of.
Each of them is owed something by `dout[0, 0, 0, 0]`. Then ask how many outputs a pixel in the middle is
part of.
""",
    layer=CONV,
    forward="conv_forward_naive",
    backward="conv_backward_naive",
    cases=CASES,
    small=SMALL,
    points={"out": 3, "dx": 3, "dw": 2, "db": 1},
    topic="space",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 2: convolutional layer",
    difficulty=4,
    minutes=45,
    starter=pair(
        "conv_forward_naive",
        "x, w, b, conv_param",
        "x (N, C, H, W), w (F, C, HH, WW), b (F,), conv_param {stride, pad} -> out (N, F, H', W'), cache.",
        "conv_backward_naive",
        "dx, dw, db",
        "dout (N, F, H', W') -> dx (N, C, H, W), dw (F, C, HH, WW), db (F,).",
    ),
    hints={
        "out": (
            "A row of 5 pixels, pad 1, a filter of 3, stride 2: where does each window begin, and how many fit?",
            "Make the padded image first. The window of place (i, j) begins at its row i·stride, column j·stride.",
            "np.sum(window * w[f]) + b[f], with the window cut from all channels of one padded image.",
        ),
        "dx": (
            "One pixel in the middle of the image, a filter of 3 × 3, stride 1: in how many windows does it lie?",
            _HOW,
            "To the window of place (i, j), in an array of the padded size, add w[f] times dout[n, f, i, j]; at "
            "last cut out H rows and W columns, from pad on. (What is a[pad:-pad] if pad is 0?)",
        ),
        "dw": (
            "How many outputs does one weight take part in?",
            "A weight meets a pixel at every place of every image. What does that ask for, = or +=?",
            "To dw[f] add the window times dout[n, f, i, j], with the same window as on the way forward.",
        ),
        "db": (
            "b[0] is added to how many numbers?",
            "It reaches every image and every place of its filter's output.",
            "Sum dout over images, rows and columns: axes 0, 2 and 3.",
        ),
    },
    misconceptions=(
        mistake("bias-forgotten", "computed without the bias", "out", lambda s: _out(s, b=False)),
        mistake(
            "bias-in-the-sum",
            "computed with the bias inside the sum over the window, so that it is added once for each weight",
            "out",
            lambda s: _out(s) + (_a(s, "w")[0].size - 1) * _a(s, "b")[:, None, None],
        ),
        mistake("filter-flipped", "computed with the filter flipped", "out", lambda s: _out(s, flip=True)),
        mistake("padding-forgotten", "computed without the padding", "out", lambda s: _out(s, pad=False)),
        mistake(
            "stride-forgotten",
            "computed with windows that begin at (i, j) instead of (i·stride, j·stride)",
            "out",
            _at_i,
        ),
        mistake("filter-flipped", "computed with the filter flipped", "dx", _dx_flipped),
        mistake(
            "not-accumulated",
            "what the last window brought, where all that cover a pixel add up",
            "dx",
            lambda s: _cut(s, _loops(s, overwrite=True)[0]),
        ),
        mistake("padding-not-cut-off", "still of the padded image's size", "dx", lambda s: _loops(s)[0]),
        mistake(
            "empty-without-padding",
            "cut off by pad:-pad, and that is 0:0 and empty where pad is 0",
            "dx",
            _minus_pad,
        ),
        mistake(
            "cut-off-on-one-side",
            "cut out from the first row and column, where it begins at pad",
            "dx",
            lambda s: _loops(s)[0][:, :, : np.shape(s["x"])[2], : np.shape(s["x"])[3]],
        ),
        mistake(
            "cut-off-at-the-end",
            "cut out from row and column 2·pad on, where it begins at pad",
            "dx",
            lambda s: _loops(s)[0][:, :, 2 * _options(s)[1] :, 2 * _options(s)[1] :],
        ),
        mistake(
            "border-of-one",
            "cut out as if one row and column had been padded on each side, whatever pad is",
            "dx",
            lambda s: _loops(s)[0][:, :, 1:-1, 1:-1],
        ),
        mistake(
            "stride-forgotten",
            "computed with windows that begin at (i, j) instead of (i·stride, j·stride)",
            "dx",
            lambda s: _cut(s, _loops(s, step=False)[0]),
        ),
        mistake(
            "not-accumulated",
            "that of the last window alone, where all windows add up",
            "dw",
            lambda s: _loops(s, overwrite=True)[1],
        ),
        mistake("filter-flipped", "flipped in both directions", "dw", lambda s: _flipped(_a(s, "dw"))),
        mistake("averaged", "divided by the number of images", "dw", lambda s: _a(s, "dw") / len(_a(s, "x"))),
        mistake(
            "stride-forgotten",
            "computed with windows that begin at (i, j) instead of (i·stride, j·stride)",
            "dw",
            lambda s: _loops(s, step=False)[1],
        ),
        mistake(
            "padding-at-the-end",
            "computed from the image without the zeros before it, so that each window reads pixels further on",
            "dw",
            padded_after,
        ),
        mistake(
            "averaged-over-pixels",
            "divided by the number of places at which a filter stands",
            "dw",
            lambda s: _a(s, "dw") / np.prod(np.shape(s["dout"])[2:]),
        ),
        mistake(
            "averaged-over-pixels",
            "a mean over rows and columns where a sum belongs",
            "db",
            lambda s: _a(s, "db") / np.prod(np.shape(s["dout"])[2:]),
        ),
        mistake("averaged", "divided by the number of images", "db", lambda s: _a(s, "db") / len(_a(s, "x"))),
        mistake(
            "averaged-over-everything",
            "a mean over images, rows and columns where a sum belongs",
            "db",
            lambda s: _a(s, "dout").mean(axis=(0, 2, 3)),
        ),
        mistake(
            "not-accumulated",
            "the upstream of the last window of the last image alone",
            "db",
            lambda s: _a(s, "dout")[-1, :, -1, -1],
        ),
        mistake(
            "pixels-not-summed", "summed over the images alone", "db", lambda s: _a(s, "dout").sum(axis=0)
        ),
        mistake(
            "images-not-summed",
            "summed over rows and columns, and not over the images",
            "db",
            lambda s: _a(s, "dout").sum(axis=(2, 3)),
        ),
        mistake(
            "wrong-axes",
            "summed over the wrong axes: the filters' axis is gone",
            "db",
            lambda s: _a(s, "dout").sum(axis=(0, 1, 2)),
        ),
    ),
    conventions=(
        "cross-correlation: the filter is not flipped",
        "zeros are padded on all four sides; the stride divides what is left",
    ),
)
