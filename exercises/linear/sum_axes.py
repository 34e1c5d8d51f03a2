"""Exercise: a sum over axes, whose gradient goes back to all its terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from reference.inputs import Array
from reference.reductions import SUM


def with_options(name: str, shape: tuple[int, ...], options: Mapping[str, Any], **more: bool) -> Case:
    """x of this shape in short decimals, with these options."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        return np.asarray(rng.integers(-900, 901, shape) / 100), dict(options)

    return Case(name, draw, **more)


def _kept(s: Situation) -> Array:
    """The upstream with the summed axes back in place, of size 1."""
    axis = s["options"]["axis"]
    shape = np.sum(s["x"], axis=axis, keepdims=True).shape
    return np.asarray(s["dout"]).reshape(shape)


def _back(s: Situation) -> Array:
    return np.broadcast_to(_kept(s), np.shape(s["x"]))


def _copies(s: Situation) -> float:
    return np.size(s["x"]) / np.size(s["dout"])


def _at_first(s: Situation) -> Array:
    kept = _kept(s)
    dx = np.zeros(np.shape(s["x"]))
    dx[tuple(slice(size) for size in kept.shape)] = kept
    return dx


SUM_AXES = LayerExercise(
    id="sum_axes",
    title="A sum over axes",
    text=r"""A sum hands its gradient to every one of its terms. With arrays, the work lies in the axes: what
was summed away has to come back.

- `sum_forward(x, options)` returns `out, cache`: `x`, of any shape, summed over `options["axis"]`. That is an
  integer, a tuple of integers, or `None` for all axes; negative ones count from the end. If `options` has
  `"keepdims"` and it is `True`, summed axes stay with size 1.
- `sum_backward(dout, cache)`, with `dout` in the shape of `out`, returns `dx` in the shape of `x`.

`np.sum` does the forward pass. For the way back, bring `dout` into a shape that NumPy can broadcast to `x`'s.
""",
    layer=SUM,
    forward="sum_forward",
    backward="sum_backward",
    cases=(
        with_options("generic", (2, 3), {"axis": 0}, basic=True),
        with_options("last axis", (2, 3), {"axis": -1}),
        with_options("square", (3, 3), {"axis": 1}),
        with_options("axes kept", (2, 3, 4), {"axis": 1, "keepdims": True}),
        with_options("middle axis", (2, 3, 4), {"axis": 1}),
        with_options("two axes", (2, 3, 4), {"axis": (0, 2)}),
        with_options("everything", (3, 2), {"axis": None}),
        with_options("a vector", (4,), {"axis": 0, "keepdims": False}),
        with_options("float32", (2, 3), {"axis": 0}, float32=True),
    ),
    small=(
        with_options("", (1, 2), {"axis": 1}).draw,
        with_options("", (2, 2), {"axis": 0}).draw,
        with_options("", (2, 1, 2), {"axis": (0, 2)}).draw,
    ),
    points={"out": 1, "dx": 2},
    topic="shapes",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the add gate distributes",
    difficulty=2,
    minutes=12,
    starter=pair(
        "sum_forward",
        "x, options",
        'x (any shape), options with "axis" and perhaps "keepdims" -> out, cache.',
        "sum_backward",
        "dx",
        "dout (the shape of out) -> dx (the shape of x).",
    ),
    hints={
        "out": (
            "What does np.sum take besides x?",
            'options.get("keepdims", False) is there even if it is not given.',
        ),
        "dx": (
            "If x[0, 0] rises by 0.01, which entry of out rises, and by how much?",
            "Every term gets the gradient of its own sum. Which axes of dout are missing for NumPy to copy it?",
            "np.expand_dims(dout, axis), unless axes were kept or all were summed; then np.broadcast_to x's shape.",
        ),
    },
    misconceptions=(
        mistake(
            "averaged",
            "divided by the number of terms: that is the gradient of a mean",
            "dx",
            lambda s: _back(s) / _copies(s),
        ),
        mistake("ignores-dout", "ones, without the upstream", "dx", lambda s: np.ones_like(s["x"])),
        mistake("not-copied", "the upstream as it came, not copied to all terms", "dx", lambda s: s["dout"]),
        mistake("times-x", "multiplied by x, as at a multiply gate", "dx", lambda s: _back(s) * s["x"]),
        mistake(
            "times-copies",
            "multiplied by the number of terms: each term gets its sum's gradient once",
            "dx",
            lambda s: _back(s) * _copies(s),
        ),
        mistake(
            "upstream-summed",
            "the sum of the whole upstream at every entry, where each gets that of its own sum",
            "dx",
            lambda s: np.sum(s["dout"]) * np.ones_like(s["x"]),
        ),
        mistake(
            "first-term-alone",
            "handed to the first term of each sum alone, and 0 at the others",
            "dx",
            _at_first,
        ),
        mistake(
            "mean-for-sum", "the mean instead of the sum", "out", lambda s: np.asarray(s["out"]) / _copies(s)
        ),
    ),
    conventions=("axis as in NumPy: an integer, a tuple, or None for all axes",),
)
