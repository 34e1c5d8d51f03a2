"""Exercises: layers that only move entries, and have to move gradients back: reshape, and an exchange of axes."""

from __future__ import annotations

import numpy as np

from exercises.linear.sum_axes import with_options
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise
from reference.reshaping import RESHAPE, TRANSPOSE

RESHAPE_LAYER = LayerExercise(
    id="reshape",
    title="Reshape",
    text=r"""An image of 3 × 32 × 32 numbers becomes a vector of 3072 for the first linear layer. Nothing is
computed, the entries only move to other places. Each gradient has to find its way back to the place its entry
came from.

- `reshape_forward(x, options)` returns `out, cache`: the entries of `x` in the shape `options["shape"]`, a tuple
  that may contain a `-1`, in NumPy's usual order (the last axis runs fastest).
- `reshape_backward(dout, cache)`, with `dout` in the shape of `out`, returns `dx` in the shape of `x`.

What does the way back have to know of `x`? Not its numbers.
""",
    layer=RESHAPE,
    cases=(
        with_options("generic", (2, 6), {"shape": (3, 4)}, basic=True),
        with_options("to a vector", (2, 3), {"shape": (-1,)}),
        with_options("images to rows", (2, 3, 2, 2), {"shape": (2, -1)}),
        with_options("axes exchanged in size", (2, 3), {"shape": (3, 2)}),
        with_options("an axis of 1", (4,), {"shape": (1, 4)}),
        with_options("float32", (2, 6), {"shape": (3, 4)}, float32=True),
    ),
    small=(with_options("", (1, 2), {"shape": (-1,)}).draw, with_options("", (2, 3), {"shape": (3, 2)}).draw),
    points={"out": 1, "dx": 1},
    topic="shapes",
    lecture="How to train a multi-layer network",
    source="CS231n, assignment 2: the affine layer flattens its input",
    difficulty=1,
    minutes=5,
    starter=pair(
        "reshape_forward",
        "x, options",
        'x (any shape), options with "shape" -> out of that shape, cache.',
        "reshape_backward",
        "dx",
        "dout (the shape of out) -> dx (the shape of x).",
    ),
    hints={
        "out": ("Which method of an array gives it another shape?", 'x.reshape(options["shape"]).'),
        "dx": (
            "An entry of x sits at one place of out. Where does its gradient sit in dout, and where must it go?",
            "A reshape is undone by another reshape. To which shape?",
            "Keep x.shape in the cache; dx is dout.reshape of it.",
        ),
    },
    misconceptions=(
        mistake("shape-kept", "left in the shape of the output", "dx", lambda s: s["dout"]),
        mistake(
            "columns-first",
            "put back with the first axis running fastest",
            "dx",
            lambda s: np.reshape(s["dout"], np.shape(s["x"]), order="F"),
        ),
        mistake("ignores-dout", "ones, without the upstream", "dx", lambda s: np.ones_like(s["x"])),
        mistake(
            "times-x", "multiplied by x", "dx", lambda s: s["x"] * np.reshape(s["dout"], np.shape(s["x"]))
        ),
        mistake(
            "columns-first",
            "filled with the first axis running fastest",
            "out",
            lambda s: np.reshape(s["x"], np.shape(s["out"]), order="F"),
        ),
    ),
    conventions=("row-major order: the last axis runs fastest",),
)

TRANSPOSE_LAYER = LayerExercise(
    id="transpose",
    title="Axes in another order",
    text=r"""Attention heads and convolutions keep exchanging axes. With `axes = (2, 0, 1)`, axis 0 of the
output is axis 2 of the input, axis 1 is the input's axis 0, and axis 2 its axis 1.

- `transpose_forward(x, options)` returns `out, cache`: `x` with its axes in the order `options["axes"]`, a tuple
  that names each axis once (negative ones count from the end).
- `transpose_backward(dout, cache)`, with `dout` in the shape of `out`, returns `dx` in the shape of `x`.

With two axes the way back is the way there. With three it is not: follow the axes of `(2, 0, 1)` with a pencil.
""",
    layer=TRANSPOSE,
    cases=(
        with_options("generic", (2, 3, 4), {"axes": (2, 0, 1)}, basic=True),
        with_options("generic, the other way round", (2, 3, 4), {"axes": (1, 2, 0)}),
        with_options("cube", (3, 3, 3), {"axes": (2, 0, 1)}),
        with_options("square, two axes", (3, 3), {"axes": (1, 0)}),
        with_options("negative axes", (2, 3, 2), {"axes": (-1, 0, 1)}),
        with_options("four axes", (2, 3, 4, 2), {"axes": (1, 2, 3, 0)}),
        with_options("nothing moves", (2, 3), {"axes": (0, 1)}),
        with_options("float32", (2, 3, 4), {"axes": (2, 0, 1)}, float32=True),
    ),
    small=(
        with_options("", (1, 2, 2), {"axes": (2, 0, 1)}).draw,
        with_options("", (2, 2, 2), {"axes": (2, 0, 1)}).draw,
    ),
    points={"out": 1, "dx": 2},
    topic="shapes",
    lecture="How to train a multi-layer network",
    source="NumPy's order of axes; the gradient of a permutation is its inverse",
    difficulty=3,
    minutes=12,
    starter=pair(
        "transpose_forward",
        "x, options",
        'x (any shape), options with "axes" -> out, cache.',
        "transpose_backward",
        "dx",
        "dout (the shape of out) -> dx (the shape of x).",
    ),
    hints={
        "out": (
            "Which function of NumPy takes an order of axes?",
            "Its second argument says where each axis is from.",
        ),
        "dx": (
            "Axis 0 of dout belongs to which axis of x, when axes is (2, 0, 1)?",
            "axes[i] says where axis i of the output came from. You need where each one goes to.",
            "np.argsort(axes) is the inverse order (of axes without negative numbers): dout.transpose by it.",
        ),
    },
    misconceptions=(
        mistake(
            "same-axes-again",
            "moved by the same axes again instead of by their inverse",
            "dx",
            lambda s: np.transpose(s["dout"], s["options"]["axes"]),
        ),
        mistake(
            "reshaped",
            "reshaped instead of moved: the shape is right and the entries are not",
            "dx",
            lambda s: np.reshape(s["dout"], np.shape(s["x"])),
        ),
        mistake(
            "all-reversed",
            "moved by .T, which reverses the order of all axes",
            "dx",
            lambda s: np.asarray(s["dout"]).T,
        ),
        mistake("not-moved", "the upstream as it came", "dx", lambda s: s["dout"]),
        mistake(
            "reshaped",
            "reshaped instead of moved: the shape is right and the entries are not",
            "out",
            lambda s: np.reshape(s["x"], np.shape(s["out"])),
        ),
        mistake(
            "inverse-axes",
            "moved by the inverse of the axes",
            "out",
            lambda s: np.transpose(s["x"], np.argsort(np.mod(s["options"]["axes"], np.ndim(s["x"])))),
        ),
    ),
    conventions=("axis i of the output is axis axes[i] of the input, as in NumPy",),
)
