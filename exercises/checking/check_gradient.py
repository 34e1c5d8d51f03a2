"""Exercise: a gradient check of one's own, tried on gradients that it has never seen, right ones and wrong ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from exercises.checking.suspects import FORMULAS, FUNCTIONS, GRADIENTS
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise, Helper
from reference.inputs import Array


class Suspect(NamedTuple):
    """A function and what claims to be its gradient, at an x of this shape."""

    node: str
    f: str
    df: str
    shape: tuple[int, ...]
    fault: str
    """What is wrong with the gradient, as a report tells it; empty: nothing is."""


# Every node has right gradients and wrong ones, so that an answer that is always the same earns none of them.
SUSPECTS = (
    Suspect("plain", "f_wave", "df_wave_1", (4,), ""),
    Suspect("plain", "f_wave", "df_wave_2", (4,), "every sign is wrong"),
    Suspect("plain", "f_wave", "df_wave_3", (2, 3), "it is twice as large as it should be"),
    Suspect("plain", "f_wave", "df_wave_4", (2, 3), "it is 1 % too large"),
    Suspect("plain", "f_coupled", "df_coupled_1", (2, 2, 3), ""),
    Suspect("entries", "f_coupled", "df_coupled_1", (6, 10), ""),
    Suspect(
        "entries", "f_coupled", "df_coupled_2", (6, 10), "one entry of 60, in the middle, has the wrong sign"
    ),
    Suspect("entries", "f_coupled", "df_coupled_3", (7, 8), "the last entry of 56 is 5 % too large"),
    Suspect("entries", "f_coupled", "df_coupled_4", (5,), "what one entry owes to the others is missing"),
    Suspect("scales", "f_scales", "df_scales_1", (8,), ""),
    Suspect(
        "scales", "f_scales", "df_scales_2", (8,), "the smallest entry is twice as large as it should be"
    ),
    Suspect("scales", "f_scales", "df_scales_3", (3, 4), "the two smallest entries are 0, and should not be"),
    Suspect("scales", "f_scales", "df_scales_1", (3, 4), ""),
    Suspect("zeros", "f_level", "df_level_1", (5,), ""),
    Suspect("zeros", "f_level", "df_level_2", (5,), "one entry is 0.01, and should be 0"),
    Suspect("zeros", "f_level", "df_level_1", (3, 3), ""),
    Suspect("form", "f_wave", "df_wave_1", (3,), ""),
    Suspect("form", "f_wave", "df_wave_5", (3,), "it has shape (1, 3), and x has (3,)"),
    Suspect("form", "f_wave", "df_wave_6", (4,), "one entry is nan"),
    Suspect("form", "f_wave", "df_wave_7", (1,), "it is one number, without an axis, and x has shape (1,)"),
    Suspect("form", "f_coupled", "df_coupled_5", (2, 3), "every entry is nan"),
)


SLOPE = 0.05
"""What a coupled sum and its slopes have at least: 5 % of nothing is no mistake."""


def suspect_of(arguments: tuple[Any, ...]) -> Suspect:
    """Which of SUSPECTS the arguments are."""
    f, df, x = arguments
    return next(s for s in SUSPECTS if (s.f, s.df, s.shape) == (f.name, df.name, x.shape))


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    suspect = SUSPECTS[size - 1]
    while True:
        # Away from 0, where a square is flat, and from π/2, where a sine is.
        x: Array = rng.choice((-1.0, 1.0), suspect.shape) * rng.integers(30, 110, suspect.shape) / 100
        total = float(np.sum(x))
        if suspect.f != "f_coupled" or min(abs(total), np.abs(total + x).min()) >= SLOPE:
            break
    return Helper(suspect.f), Helper(suspect.df), x


def as_verdict(returned: Any) -> bool | None:
    """True or False, as Python's or NumPy's own, or None for anything else."""
    if isinstance(returned, bool):
        return returned
    if isinstance(returned, np.ndarray) and returned.dtype == np.bool_ and returned.size == 1:
        return bool(returned.reshape(()))
    return None


def judge_verdict(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Whether the verdict on this gradient is right."""
    suspect = suspect_of(arguments)
    verdict = as_verdict(returned)
    if verdict is None:
        return [(suspect.node, "expected True or False")]
    if verdict == (not suspect.fault):
        return []
    formula = FORMULAS[suspect.f]
    if suspect.fault:
        return [(suspect.node, f"a wrong gradient passed: {suspect.fault} ({formula})")]
    return [(suspect.node, f"a right gradient was called wrong{REMARKS.get(suspect.node, '')} ({formula})")]


REMARKS = {
    "scales": "; f is near a thousand, and its slopes go down to 1e-4",
    "zeros": "; some of its entries are 0, and there differences give rounding alone",
}
"""What a right gradient of this node is like."""

CHECK_GRADIENT = AlgorithmExercise(
    id="check_gradient",
    title="A gradient check of your own",
    text=r"""You have a function $f$ from an array to a number, and somebody's gradient of it. Is it right?
Differences know,
$$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h},$$
if what they say is compared with care.

- `check_gradient(f, df, x)` returns `True` if `df(x)` is the gradient of `f` at `x`, else `False`. `f` takes an
  array like `x` and returns a number; `df` takes such an array and should return one of the same shape; `x` is an
  array of floats with any number of axes. Leave `x` as it was.

Your check is tried on gradients that you do not see. It must pass every right one and catch every wrong one: an
entry that is off by 1 % or more, one entry among sixty, an entry of $10^{-4}$ among others of $10^3$, a
gradient of another shape, one that holds a `nan`. Right gradients have entries that are exactly 0; there the
differences give a little rounding instead, of about $10^{-16}\,|f|/h$.

The step and the tolerance are yours to choose; take each entry on its own scale, and leave room for that rounding
and for nothing else. You may use your `numerical_grad` and `rel_error` if they stand in the same file.
""",
    function="check_gradient",
    draw=_draw,
    judge=judge_verdict,
    sizes=tuple(range(1, len(SUSPECTS) + 1)),
    helpers=FUNCTIONS | GRADIENTS,
    points={"plain": 2, "entries": 1, "scales": 1, "zeros": 1, "form": 1},
    topic="checking",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1: checking a gradient numerically; gradient checkers in use",
    difficulty=4,
    minutes=40,
    starter=one_call(
        "check_gradient",
        "f, df, x",
        "f (array -> number), df (array -> its gradient, perhaps), x -> True if df(x) is right, else False.",
        "verdict",
    ),
    solution=(
        '''def check_gradient(f, df, x, h=1e-5):
    """f (array -> number), df (array -> gradient), x -> whether df(x) is the gradient of f at x."""
    claimed = np.asarray(df(x.copy()))
    if claimed.shape != x.shape:
        return False
    point = x.copy()
    for index in np.ndindex(x.shape):
        point[index] = x[index] + h
        up = f(point)
        point[index] = x[index] - h
        down = f(point)
        point[index] = x[index]
        slope = (up - down) / (2 * h)
        # f is exact to its last digit or two, so the slope is to that digit over h.
        rounding = 10 * np.finfo(float).eps * max(abs(up), abs(down), 1) / h
        if not abs(claimed[index] - slope) <= 1e-3 * abs(slope) + rounding:  # also for nan
            return False
    return True
''',
    ),
    hints={
        "plain": (
            "What does your check say of the gradient of np.sum(x * x) when df is 2x, x, -2x and 2.02x?",
            "Print the numerical gradient beside the claimed one. How close are they when df is right?",
            "|claimed - numerical| at most 1e-3 of |numerical|, plus a little, for every entry.",
        ),
        "entries": (
            "Does your check look at every entry, or at some?",
            "A norm over all entries, a mean, or a sample lets one wrong entry hide. What does not?",
            "All entries must be close, each one for itself; np.all over an array of comparisons.",
        ),
        "scales": (
            "How large is the difference between 1e-4 and 2e-4, beside an entry of 1000?",
            "A fixed tolerance, or one from the largest entry, is blind for small ones; none at all sees rounding.",
            "Relative to the entry itself, plus about 10 times 2e-16 |f|/h for rounding.",
        ),
        "zeros": (
            "What is the relative error between 0 and 1e-10?",
            "If f is about 100 and h = 1e-5, how large may the difference quotient be where the slope is 0?",
            "Besides the relative one, allow an absolute difference of a few times 2e-16 |f|/h; 0.01 is far above.",
        ),
        "form": (
            "Is nan > 0.001? Is nan <= 0.001? Which of the two does your check ask?",
            "Compare the shapes first. And ask whether the error is small, never whether it is large.",
            "if claimed.shape != x.shape: return False; then `not error <= bound` is True for nan as well.",
        ),
    },
    conventions=(
        "wrong entries are off by 1 % at least; f is smooth at x",
        "x is an array of floats; a gradient has exactly its shape",
    ),
)
