"""Exercise: a numerical gradient of the student's own, by central differences, of functions it has never seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise, Helper
from reference.inputs import Array

HELPERS = {
    "coupled": "def coupled(x):\n    total = np.sum(x)\n    return float(total * total + np.sum(x * x))\n",
    "wave": "def wave(x):\n    return float(np.sum(np.sin(x) * np.arange(1, x.size + 1).reshape(x.shape)))\n",
    "offset": "def offset(x):\n    return float(np.sum(np.exp(x)) + 100.0)\n",
}
"""What is differentiated, as source (`np` is there): a square that couples all entries, a sum of waves, and a large
constant, beside which a step that is too small drowns in rounding. Sizes divisible by 3 are given the
first."""

GRADIENTS: dict[str, Callable[[Array], Array]] = {
    "wave": lambda x: np.cos(x) * np.arange(1, x.size + 1).reshape(x.shape),
    "coupled": lambda x: 2 * np.sum(x) + 2 * x,
    "offset": np.exp,
}

ROUGH = 1e-2
"""Of the largest entry, or of 1 where all are smaller: what any sensible step reaches, one-sided or not."""

FINE = 1e-8
"""Of the size of f and its gradient on a quadratic, where a central difference has no truncation at all.

Its rounding is eps·|f|/h, below 1e-9 of |f| for h from 1e-6 up; a one-sided difference adds h·f''/2 with f''
= 4, and the sum of the two is at least 2·sqrt(2·eps·|f|), above 4e-8 of |f| for the |f| below 1 that are
drawn, and often more. An entry that stays moved by h shifts all later ones by 2h.
"""


def _shape(size: int) -> tuple[int, ...]:
    """A vector for odd sizes, a matrix for even ones, and a block of three axes where the size allows it."""
    if size % 4 == 0 and size > 4:
        return (2, 2, size // 4)
    return (2, size // 2) if size % 2 == 0 else (size,)


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    name = list(HELPERS)[size % len(HELPERS)]
    shape = _shape(size)
    x = rng.choice((-1.0, 1.0), shape) * rng.integers(10, 90, shape) / 100
    return Helper(name), x / math.sqrt(size) if name == "coupled" else x


def judge_gradient(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Whether `returned` has x's shape, is the gradient roughly, and is as exact as central differences are."""
    helper, x = arguments
    try:
        got = np.asarray(returned, dtype=np.float64)
    except (TypeError, ValueError):
        wanted = "returned no array of numbers"
        return [("shape", wanted), ("gradient", wanted), ("precision", wanted)]
    if got.shape != x.shape:
        wanted = f"of shape {got.shape}, where x has {x.shape}"
        return [("shape", wanted), ("gradient", wanted), ("precision", wanted)]
    right = GRADIENTS[helper.name](x)
    error = np.abs(got - right)
    worst = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
    seen = f"entry {worst} of {x.size} is {got.flat[worst]:.10g}, expected {right.flat[worst]:.10g}"
    if not error.max(initial=0.0) <= ROUGH * np.abs(right).max(initial=1.0):  # false for nan as well
        seen += _fitting(got, right)
        return [("gradient", seen), ("precision", seen)]
    if helper.name == "coupled":
        total = float(np.sum(x)) ** 2 + float(np.sum(x * x))
        if not error.max() <= FINE * max(total, float(np.abs(right).max())):
            told = f"{seen}: too far off for a central difference of a quadratic{_drift(got - right)}"
            return [("precision", told)]
    return []


def _fitting(got: Array, right: Array) -> str:
    """The slip that gives these numbers, as far as any sensible step tells; empty if none is proved.

    At a single entry twice the gradient has several causes, so that no more than this is said.
    """
    alone = right.size == 1
    if _near(got, -right):
        return "; these are the numbers with the wrong sign: which of the two values is taken off the other?"
    if _near(got, 2 * right):
        return "; twice the right number: is what you divide by the way that the entry moved?"
    if not alone and _near(got, right.sum()):
        return "; these are the numbers of all entries moved at once: move one and leave the others"
    if not alone and _near(got, 2 * right.sum()):
        return "; these are the numbers of all entries moved at once, and of a division by h instead of 2h"
    if not alone and _near(got, right + right.sum()):
        return "; these are the numbers of all entries moved at once, and the one that is meant once more"
    if _times_a_step_squared(got, right):
        return "; these are the numbers of / 2 * h, which multiplies by h, where / (2 * h) divides by it"
    return ""


def _near(got: Array, wanted: Any) -> bool:
    return bool(np.allclose(got, wanted, rtol=2 * ROUGH, atol=2 * ROUGH))


def _times_a_step_squared(got: Array, right: Array) -> bool:
    """Whether all are the right numbers times h², for an h of 1, 2 or 5 times a power of ten."""
    with np.errstate(all="ignore"):
        step = np.sqrt(got / right)
        figure = step / 10 ** np.floor(np.log10(step) + 1e-3)
    return bool((step < 0.1).all() and any(np.allclose(figure, d, rtol=2e-3, atol=0) for d in (1, 2, 5)))


def _drift(error: Array) -> str:
    """What an error tells that is the same at every entry, or grows from each to the next; empty if neither."""
    flat = error.ravel()
    if flat.size < 3:
        return ""
    steps, room = np.diff(flat), 0.05 * float(np.abs(flat).max())
    if np.abs(flat - flat.mean()).max() < room:
        return "; the error is the same at every entry, as of a difference to one side"
    if abs(flat[0]) < room / 2 and np.abs(steps - steps.mean()).max() < room / (flat.size - 1):
        return "; the error grows from each entry to the next, as if none were put back before the next one moves"
    return ""


NUMERICAL_GRAD = AlgorithmExercise(
    id="numerical_grad",
    title="A numerical gradient",
    text=r"""Before you trust a derivation, measure. For a function $f$ from an array to a number, move one
entry up and down by a small step and see what $f$ does:
$$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h}.$$

- `numerical_grad(f, x)` returns an array of the shape of `x` with all these numbers. `f` is a function that
  takes an array like `x` and returns a number; `x` is an array of floats with any number of axes.

The step is yours to choose: a small one cuts the formula's own error, which falls with $h^2$, but at some
point the rounding of $f$, which grows as $1/h$, takes over. When you come to the next entry, the last one
must be back where it was, and `x` must be unchanged in the end.
""",
    function="numerical_grad",
    draw=_draw,
    judge=judge_gradient,
    sizes=(1, 2, 3, 4, 5, 8, 9, 12, 20, 21, 60),
    helpers=HELPERS,
    points={"shape": 1, "gradient": 2, "precision": 2},
    topic="checking",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1: checking a gradient numerically",
    difficulty=2,
    minutes=20,
    starter=one_call(
        "numerical_grad",
        "f, x",
        "f (array -> number), x (any shape) -> the gradient of f at x, of the shape of x.",
        "grad",
    ),
    hints={
        "shape": (
            "What does your function return for an x of shape (2, 3)?",
            "np.ndindex(x.shape) and np.nditer both visit every entry of an array with any number of axes.",
            "Start from np.zeros_like(x) and fill it entry by entry.",
        ),
        "gradient": (
            "Try f = the sum of x. Every entry of the gradient must be 1. What do you get?",
            "By how much do the two points lie apart, h or 2h?",
            "Divide f(x + h) - f(x - h) by 2h, with one entry moved at a time.",
        ),
        "precision": (
            "Try f = the square of the sum of x. Are the last entries worse than the first?",
            "If the error grows from entry to entry, x did not come back; if it is even, the step is one-sided.",
            "Keep the old value in a variable and put it back; take h near 1e-5 and both sides.",
        ),
    },
    solution=(
        '''def numerical_grad(f, x):
    """f (array -> number), x (any shape) -> the gradient of f at x, of the shape of x."""
    h = 1e-5
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        before = x[index]
        x[index] = before + h
        above = f(x)
        x[index] = before - h
        below = f(x)
        x[index] = before  # put back before the next entry moves
        grad[index] = (above - below) / (2 * h)
    return grad
''',
    ),
    conventions=("x is an array of floats", "judged with room for any step between 1e-6 and 1e-2"),
)
