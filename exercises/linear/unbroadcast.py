"""Exercise: back through a broadcast, where every stretched axis has to be summed again."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.shared.said import alike, differs, numbers
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.broadcasting import unbroadcast
from reference.inputs import Array

SHAPES: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
    1: ((3, 4), (4,)),
    2: ((3, 4), (3, 4)),
    3: ((3, 4), (3, 1)),
    4: ((3, 3), (3,)),
    5: ((2, 3, 4), (3, 1)),
    6: ((2, 3, 4), (1, 3, 4)),
    7: ((4, 3), ()),
    8: ((2, 1, 3), (2, 1, 3)),
    9: ((2, 1, 3), (1, 1)),
    10: ((2, 3, 2, 3), (3, 1, 3)),
}
"""By size: the shape of the upstream, and that of what was broadcast to it.

A bias, nothing to do, a column, a square one (where the wrong axis has the right size), two kinds of axes at
once, a leading 1 that stays, a single number, an axis of 1 that was never stretched, that beside stretched ones,
and four axes.
"""


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    upstream, shape = SHAPES[size]
    return rng.choice((-1.0, 1.0), upstream) * rng.integers(1, 60, upstream) / 10, shape


def _slips(gradient: Array, shape: tuple[int, ...], right: Array) -> dict[str, Array]:
    """What is often returned instead, where it can be computed."""
    copies = gradient.size // max(right.size, 1)
    first = gradient
    while first.ndim > len(shape):
        first = first[0]
    for axis, size in enumerate(shape):
        first = first.take([0], axis) if size == 1 else first
    slips = {
        "of a mean where a sum belongs": right / copies,
        "of the first copy alone": first,
    }
    turned = gradient
    while turned.ndim > len(shape):
        turned = turned.sum(axis=-1)
    for axis, size in enumerate(shape):
        if size == 1 and turned.ndim > axis:
            turned = turned.sum(axis=axis, keepdims=True)
    if turned.shape != right.shape or not alike(turned, right):
        slips["of a sum over the wrong axis, the last one where one in front was added"] = turned
    if gradient.shape != shape:
        slips["of the upstream as it came, with nothing summed"] = gradient
    return slips


def judge_unbroadcast(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """The shape, and the sums."""
    gradient, shape = arguments
    right = unbroadcast(gradient, shape)
    array = numbers(returned)
    if array is None:
        wanted = "returned no array of numbers"
        return [("shape", wanted), ("sums", wanted)]
    problems = []
    told = f"upstream of shape {gradient.shape}, broadcast from {shape}"
    if array.shape != right.shape:
        problems.append(("shape", f"of shape {array.shape}, expected {right.shape} ({told})"))
    same_size = array.reshape(right.shape) if array.size == right.size else array
    message = differs("out", same_size, right, _slips(gradient, shape, right))
    if message:
        problems.append(("sums", f"{message} ({told})"))
    return problems


UNBROADCAST = AlgorithmExercise(
    id="unbroadcast",
    title="Back through a broadcast",
    text=r"""When NumPy adds `b` of shape `(4,)` to `x` of shape `(3, 4)`, it reads each entry of `b` three
times, as if there were three copies. A value that is used three times receives three gradients, and they add
up. So on the way back the upstream, of shape `(3, 4)`, has to be summed down to `b`'s shape.

NumPy aligns shapes at their *last* axis. Two things can happen to the smaller array:

- axes are put in front: `(4,)` is read as `(1, 4)`, then stretched to `(3, 4)`,
- an axis of size 1 is stretched: `(3, 1)` to `(3, 4)`. It is still there on the way back, with size 1.

Write

- `unbroadcast(gradient, shape)`, which takes an upstream `gradient` and the `shape` (a tuple) of an array that was
  broadcast to `gradient.shape`, and returns the gradient of that array: an array of exactly this shape.

The shape `()` is that of a single number. Where nothing was stretched, nothing is summed.
""",
    function="unbroadcast",
    draw=_draw,
    judge=judge_unbroadcast,
    sizes=tuple(SHAPES),
    points={"shape": 1, "sums": 3},
    topic="shapes",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the copy gate adds; NumPy's broadcasting rules",
    difficulty=3,
    minutes=20,
    starter=one_call(
        "unbroadcast",
        "gradient, shape",
        "gradient (any shape), shape (a tuple) -> the gradient summed down to that shape.",
        "out",
    ),
    solution=(unbroadcast,),
    hints={
        "shape": (
            "What do you return for a gradient of shape (2, 3, 4) and the shape (3, 1)?",
            "Axes that were put in front have to go; axes of size 1 have to stay.",
            "sum(axis=0) while there are too many axes, then sum(axis=i, keepdims=True) wherever shape[i] is 1.",
        ),
        "sums": (
            "How many entries of the upstream belong to one entry of the result? Which ones?",
            "Count how often an entry was copied: its copies' gradients are added, none is left out or averaged.",
            "Sum over the axes in front, and over each axis where shape has 1 and the gradient has more.",
        ),
    },
    conventions=("gradients of copies are added", "shapes are aligned at their last axis, as NumPy does"),
)
