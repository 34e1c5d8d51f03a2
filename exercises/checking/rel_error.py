"""Exercise: the relative error of two arrays, the measure by which gradients are compared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from exercises.checking import error_slips
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.inputs import Array

CLOSE = 1e-3
"""Relative: a floor of 1e-8 under the denominator, added or as a maximum, is within it for the sizes drawn."""

LEAST = 1e-4
"""Entries are 0 or at least this large."""


def _numbers(rng: np.random.Generator, shape: tuple[int, ...], scale: float = 1.0) -> Array:
    return np.asarray(rng.choice((-1.0, 1.0), shape) * rng.integers(20, 300, shape) / 100 * scale)


def _near(rng: np.random.Generator, a: Array) -> Array:
    """a with every entry off by up to 10 %, and one by a good deal more."""
    b = a * (1 + rng.integers(1, 11, a.shape) / 100)
    b.flat[int(rng.integers(a.size))] *= 1.5
    return np.asarray(b)


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """One situation after another: what `size` counts is which."""
    match size:
        case 1:
            a = _numbers(rng, (4,))
            return a, _near(rng, a)
        case 2:
            a = _numbers(rng, (2, 3))
            return _near(rng, a), a
        case 3:  # opposite signs: 1, the most there is
            a = _numbers(rng, (3,))
            b = a.copy()
            b[1] = -b[1]
            return a, b
        case 4:  # a wrong small entry beside large right ones
            a = np.concatenate([_numbers(rng, (5,), 1e3), _numbers(rng, (2,), 1e-3)])
            b = a.copy()
            b[6] *= 2
            return a, b
        case 5:  # one large array, one wrong entry, in three axes
            a = _numbers(rng, (4, 5, 6))
            b = a.copy()
            b.flat[int(rng.integers(b.size))] *= 1.25
            return a, b
        case 6:  # 0 against 0 counts as equal
            a = _numbers(rng, (2, 4))
            a[0, 1] = a[1, 2] = 0
            return a, _near(rng, a)
        case 7:
            return np.zeros((2, 2)), np.zeros((2, 2))
        case 8:  # 0 against something is as wrong as can be
            a, b = np.zeros(3), np.zeros(3)
            b[2] = LEAST
            return a, b
        case 9:  # equal arrays
            a = _numbers(rng, (3, 2))
            return a, a.copy()
        case 10:
            a = _numbers(rng, (4,))
            b = a.copy()
            b[2] = np.inf
            return a, b
        case 11:
            a = _numbers(rng, (4,))
            a[0] = np.inf
            return a, np.where(np.isfinite(a), a, 1.0)
        case 12:  # would broadcast to (4, 4)
            a = np.full(4, 1.5)
            return a, a[:, None]
        case 13:
            a = _numbers(rng, (3,))
            return a[None], a
        case 14:  # one number for all
            return np.full((2, 2), 0.5), np.full((1,), 0.5)
        case _:
            a = _numbers(rng, CONTROLS[size])
            return a, _near(rng, a)


CONTROLS = {15: (7,), 16: (1, 3)}
"""Plain pairs of these shapes count for "nan" and "shapes", which an answer that is always inf would earn else."""


def relative_error(a: Array, b: Array) -> float:
    """max |a - b| / (|a| + |b|), 0/0 being 0; infinite where the shapes differ; nan where a number is infinite."""
    if a.shape != b.shape:
        return math.inf
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.nan
    size = np.abs(a) + np.abs(b)
    return float(np.max(np.abs(a - b) / np.where(size == 0, 1, size)))


def _situation(a: Array, b: Array) -> str:
    """Which node the pair is about, as found from the arrays alone."""
    if a.shape != b.shape or a.shape == CONTROLS[16]:
        return "shapes"
    if not (np.isfinite(a).all() and np.isfinite(b).all()) or a.shape == CONTROLS[15]:
        return "nan"
    return "zeros" if ((a == 0) | (b == 0)).any() else "value"


def judge_error(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Whether `returned` is the relative error of the two arrays."""
    a, b = arguments
    node = _situation(a, b)
    try:
        got = float(np.asarray(returned, dtype=np.float64).reshape(()))
    except (TypeError, ValueError):
        return [(node, "expected one number")]
    right = relative_error(a, b)
    if math.isnan(right):
        return [] if not math.isfinite(got) else [(node, f"{got:.3g} for arrays of which one holds an inf")]
    if right == math.inf:
        if got == math.inf:
            return []
        return [(node, f"{got:.3g} for shapes {a.shape} and {b.shape}, expected inf")]
    if abs(got - right) <= CLOSE * right + 1e-12:
        return []
    return [(node, f"it is {got:.4g}, expected {right:.4g}")]


REL_ERROR = AlgorithmExercise(
    id="rel_error",
    title="The relative error",
    text=r"""Is 0.01 a large difference? Between 1000.00 and 1000.01 it is not, between 0.01 and 0.02 it is. So two
gradients are compared entry by entry, each on its own scale, and the worst entry counts:
$$\max_i \frac{|a_i - b_i|}{|a_i| + |b_i|}.$$
This is 0 for equal arrays and never more than 1.

- `rel_error(a, b)` returns this number for two arrays of one shape, any shape.

Three things are for you to settle in code, since a check that is silent about them lets wrong gradients through:

- where both entries are 0 they agree, and the entry counts as 0 (many put a floor of `1e-8` under the denominator;
  that is fine here),
- where one array holds a `nan` or an `inf`, the result must be one of these two: whatever compares it later must
  not see a small number,
- where the shapes differ, return `float("inf")`. NumPy would rather stretch `(4,)` and `(4, 1)` to `(4, 4)` and
  compare those: a gradient of the wrong shape would pass.
""",
    function="rel_error",
    slips=error_slips.REL_ERROR,
    draw=_draw,
    judge=judge_error,
    sizes=tuple(range(1, 17)),
    points={"value": 2, "zeros": 1, "nan": 1, "shapes": 1},
    topic="checking",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1: comparing gradients",
    difficulty=1,
    minutes=15,
    starter=one_call(
        "rel_error",
        "a, b",
        "a, b: two arrays -> the largest relative error of an entry, a number.",
        "error",
    ),
    solution=(
        '''def rel_error(a, b):
    """a, b: two arrays -> the largest |a - b| / (|a| + |b|); inf where the shapes differ."""
    if np.shape(a) != np.shape(b):
        return float("inf")
    size = np.abs(a) + np.abs(b)
    return np.max(np.abs(a - b) / np.maximum(size, 1e-8))
''',
    ),
    hints={
        "value": (
            "What should come out for a = [1, 2] and b = [1, -2]? And for b and a the other way round?",
            "Every entry has a denominator of its own. Which absolute values are in it, and where is the maximum?",
            "np.max(np.abs(a - b) / (np.abs(a) + np.abs(b))), with care where the denominator is 0.",
        ),
        "zeros": (
            "What does your function return for two arrays of zeros?",
            "0/0 is nan in NumPy. What could you divide by instead where the sum is 0, so that the result is 0?",
            "np.maximum(1e-8, np.abs(a) + np.abs(b)) as the denominator.",
        ),
        "nan": (
            "What is inf / inf? And what do Python's max and NumPy's np.max do with that?",
            "np.nanmax, np.nan_to_num and a comparison like error > worst pass over a nan without a word.",
            "np.max hands a nan on; do not replace it on the way.",
        ),
        "shapes": (
            "What is the shape of a - b for a of shape (4,) and b of shape (4, 1)?",
            "Look at the shapes before anything else.",
            'if a.shape != b.shape: return float("inf").',
        ),
    },
    conventions=(
        "|a - b| over the sum |a| + |b|; some authors take the larger of the two",
        "0/0 counts as 0",
    ),
)
