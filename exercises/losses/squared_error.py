"""Exercises: the squared error of a prediction, as one lecture writes it, and with a half in front, as another."""

from __future__ import annotations

import numpy as np

from exercises.losses import worked
from exercises.shared.drawing import elementwise_cases
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise, Misconception, Situation
from reference.inputs import Array
from reference.squared_error import HALF_SQUARED_ERROR, SQUARED_ERROR


def _error(s: Situation, guess: str) -> Array:
    """Prediction minus target."""
    return np.asarray(np.asarray(s[guess], np.float64) - s["y"])


def _misconceptions(guess: str, factor: float) -> tuple[Misconception, ...]:
    """Mistakes for e = factor/2 · Σ(y - guess)², whose gradient is factor · (guess - y)."""
    node = f"d{guess}"
    own = "factor-two-missing" if factor == 2 else "factor-two"
    said = (
        "computed without the 2 that the square gives"
        if factor == 2
        else "computed with a factor 2, which the half in front has cancelled"
    )
    return (
        mistake(
            "half-taken" if factor == 2 else "half-missing",
            "computed with a half in front, which this one does not have"
            if factor == 2
            else "computed without the half in front",
            "e",
            lambda s: (3 - factor) / 2 * np.sum(_error(s, guess) ** 2),
        ),
        mistake(
            "averaged",
            "divided by the number of entries: a mean where a sum is meant",
            "e",
            lambda s: factor / 2 * np.mean(_error(s, guess) ** 2),
        ),
        mistake(
            "not-squared",
            "computed with the errors where their squares belong",
            "e",
            lambda s: factor / 2 * np.sum(_error(s, guess)),
        ),
        mistake(
            "root-taken",
            "the length of the error vector: a root too many",
            "e",
            lambda s: factor / 2 * np.sqrt(np.sum(_error(s, guess) ** 2)),
        ),
        mistake(
            "not-summed",
            "one number for each entry: they were not summed",
            "e",
            lambda s: factor / 2 * _error(s, guess) ** 2,
        ),
        mistake(
            own,
            said,
            node,
            lambda s: s["de"] * (3 - factor) * _error(s, guess),
            synonyms=("divided-by-two" if factor == 2 else "times-two",),
        ),
        mistake(
            "target-minus-prediction",
            f"computed with y - {guess} where {guess} - y belongs",
            node,
            lambda s: -s["de"] * factor * _error(s, guess),
            synonyms=("sign",),
        ),
        mistake(
            "averaged",
            "divided by the number of entries, although nothing was averaged",
            node,
            lambda s: s["de"] * factor * _error(s, guess) / np.size(s["y"]),
        ),
        mistake(
            "target-missing",
            "computed without the target",
            node,
            lambda s: s["de"] * factor * np.asarray(s[guess]),
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if it were 1",
            node,
            lambda s: factor * _error(s, guess),
        ),
        mistake(
            "not-differentiated",
            "computed with the squares themselves: they were not differentiated",
            node,
            lambda s: s["de"] * factor / 2 * _error(s, guess) ** 2,
        ),
        mistake(
            "signs-only",
            "computed with the signs of the errors, as for absolute values",
            node,
            lambda s: s["de"] * np.sign(_error(s, guess)),
        ),
    )


SQUARED_ERROR_EXERCISE = LayerExercise(
    id="squared_error",
    title="Squared error",
    text=r"""How far is a prediction $h$ from its target $y$? Square the distance of every entry and add all up:
$$e = \sum_i (y_i - h_i)^2.$$
`h` and `y` are arrays of one shape, any shape; $e$ is one number. Nothing is averaged.

- `squared_error_forward(h, y)` returns `e, cache`.
- `squared_error_backward(dout, cache)` returns `dh`, of the shape of `h`. `dout` is $\partial\ell/\partial e$,
  one number: $e$ need not be the last step of a graph, so do not take it for 1. The target gets no gradient.

Start with one entry: if $h_i$ is a little too large already and grows, does $e$ rise or fall? Your formula must
have that sign.
""",
    layer=SQUARED_ERROR,
    cases=elementwise_cases(SQUARED_ERROR),
    points={"e": 1, "dh": 2},
    topic="losses",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: e = (y - w1ᵀx)²",
    difficulty=1,
    minutes=10,
    starter=pair(
        "squared_error_forward",
        "h, y",
        "prediction h (...), target y (...) -> e (one number), cache.",
        "squared_error_backward",
        "dh",
        "dout (one number) -> dh (...).",
    ),
    hints={
        "e": (
            "For h = [3, 1] and y = [1, 1], what must e be? What does yours say?",
            "Is there a sum, a mean or a root in the formula, and what stands in front?",
            "Square h - y entry by entry, and add all entries up.",
        ),
        "dh": (
            "For h = [3] and y = [1], by how much does e rise when h rises by 0.01?",
            "The square gives one factor, the inner difference a sign. What do they make together?",
            "dh is the upstream times twice (h - y).",
        ),
    },
    worked=worked.SQUARED_ERROR,
    misconceptions=_misconceptions("h", 2.0),
    conventions=("sum over entries, no half, no mean",),
)

HALF_SQUARED_ERROR_EXERCISE = LayerExercise(
    id="half_squared_error",
    title="Half the squared error",
    text=r"""Many authors put a half in front of the squared error, for one reason only; you will see it when you
differentiate. For an output $a$ and its target $y$,
$$e = \tfrac12 \sum_i (y_i - a_i)^2.$$
`a` and `y` are arrays of one shape, any shape; $e$ is one number. Nothing is averaged.

- `half_squared_error_forward(a, y)` returns `e, cache`.
- `half_squared_error_backward(dout, cache)`, with `dout` a number, returns `da`, of the shape of `a`.

A learning rate belongs to neither: how steep a loss is does not depend on how far somebody will step.
""",
    layer=HALF_SQUARED_ERROR,
    cases=elementwise_cases(HALF_SQUARED_ERROR),
    points={"e": 1, "da": 1},
    topic="losses",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: the error at the output layer",
    difficulty=1,
    minutes=10,
    starter=pair(
        "half_squared_error_forward",
        "a, y",
        "output a (...), target y (...) -> e (one number), cache.",
        "half_squared_error_backward",
        "da",
        "dout (one number) -> da (...).",
    ),
    hints={
        "e": (
            "For a = [3, 1] and y = [1, 1], what must e be? What does yours say?",
            "Where does the half stand, and is there a mean besides?",
            "Square a - y entry by entry, add all entries up, and take half of it.",
        ),
        "da": (
            "For a = [3] and y = [1], by how much does e rise when a rises by 0.01?",
            "The square gives one factor. What becomes of it beside the half?",
            "da is the upstream times (a - y), and no other number.",
        ),
    },
    worked=worked.HALF_SQUARED_ERROR,
    misconceptions=_misconceptions("a", 1.0),
    conventions=("sum over entries with the half, no mean",),
)
