"""Exercise: the hinge loss of a batch of scores, with its gradient in the same call."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exercises.losses import worked
from exercises.shared.drawing import given, one_label, telling
from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import Case, LayerExercise, Situation, cases_of
from grader.exercise.cases import sized
from reference.inputs import Array
from reference.svm_loss import SVM_LOSS

SCALE = 0.3
"""Scores up to ±2.7, so that margins of 1 are violated by some classes and kept by others."""

ON_THE_KINK = given(
    "margins of exactly 0",
    np.array([[1.0, 2.0, 0.5], [3.0, 2.0, 2.0], [0.25, -1.0, 1.25]]),
    np.array([1, 0, 2]),
    kink=True,
)
"""In every row one wrong class at least stands exactly 1 below the right one."""


CASES = cases_of(
    SVM_LOSS,
    scale=SCALE,
    more=(
        Case("one label for all", one_label(SVM_LOSS, sized(SVM_LOSS, {"N": 4, "C": 3}, SCALE), 1)),
        ON_THE_KINK,
    ),
)


def _n(s: Situation) -> int:
    return len(s["y"])


def _onehot(s: Situation) -> Array:
    return np.asarray(np.eye(np.shape(s["x"])[1])[s["y"]])


def _margins(s: Situation, delta: float = 1.0, sign: float = -1.0) -> Array:
    """max(0, s_j ∓ s_y + delta) for the wrong classes, 0 at the right one."""
    right = np.asarray(s["x"])[np.arange(_n(s)), s["y"]][:, None]
    return np.asarray(np.maximum(0, s["x"] + sign * right + delta) * (1 - _onehot(s)))


def _violated(s: Situation, delta: float = 1.0, sign: float = -1.0) -> Array:
    return (_margins(s, delta, sign) > 0).astype(np.float64)


def _worst(s: Situation) -> Array:
    """1 at the class with the largest margin of each row, if that is violated."""
    largest = np.eye(np.shape(s["x"])[1])[_margins(s).argmax(axis=1)]
    return np.asarray(largest * _violated(s))


def slope(s: Situation) -> Array:
    """The gradient of the scores."""
    return _pushed(_violated(s), s) / _n(s)


def _pushed(mask: Array, s: Situation, sign: float = -1.0) -> Array:
    """The mask, with the row's sum times `sign` at the right class."""
    return np.asarray(mask + sign * mask.sum(axis=1, keepdims=True) * _onehot(s))


SVM_LOSS_EXERCISE = LayerExercise(
    id="svm_loss",
    title="The multiclass SVM loss",
    text=r"""Every wrong class should stay at least 1 below the right one; what is lacking is paid for:
$$L = \frac{1}{N}\sum_{n=1}^{N}\;\sum_{j \ne y_n} \max\bigl(0,\; x_{nj} - x_{n y_n} + 1\bigr).$$
`x` holds scores, `(N, C)`, one example a row; `y` holds the right classes, `(N,)`, integers
from 0 to $C - 1$. The right class itself is left out of the inner sum.

- `svm_loss(x, y)` returns `loss, dx`: one number, and $\partial L/\partial x$ of shape `(N, C)`.

A margin that is exactly 0 is a kink; there any subgradient is accepted.
""",
    layer=SVM_LOSS,
    one_call="svm_loss",
    cases=tuple(replace(case, draw=telling(SVM_LOSS, case.draw)) for case in CASES),
    joint=lambda s: bool(np.allclose(np.sum(s["dx"], axis=1), 0, atol=1e-9)),
    points={"loss": 2, "dx": 3},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 2",
    difficulty=3,
    minutes=20,
    starter=one_call(
        "svm_loss",
        "x, y",
        "x (N, C) scores, y (N,) labels -> loss (a number), dx (N, C).",
        "loss, dx",
    ),
    hints={
        "loss": (
            "If the right class leads by 5 everywhere, what must the loss be? What does yours say?",
            "For j = y the margin would be exactly 1. Is it in your sum?",
            "Compute all margins, set those of the right classes to 0, sum, and divide by N.",
        ),
        "dx": (
            "In how many margins of its row does the score of the right class appear?",
            "A violated margin raises its own entry by one share. What does it do to the entry of the right class?",
            "The right class gets minus the number of violated margins in its row; everything is divided by N.",
        ),
    },
    worked=worked.SVM_LOSS,
    misconceptions=(
        mistake(
            "right-class-counted",
            "computed with the right class in the sum, which adds 1 for every example",
            "loss",
            lambda s: _margins(s).sum() / _n(s) + 1,
        ),
        mistake("summed", "a sum over the batch where a mean is meant", "loss", lambda s: _margins(s).sum()),
        mistake(
            "plus-for-minus",
            "computed with s_j + s_y where the margin has s_j - s_y",
            "loss",
            lambda s: _margins(s, sign=1.0).sum() / _n(s),
        ),
        mistake(
            "delta-missing",
            "computed without the 1 in the margin",
            "loss",
            lambda s: _margins(s, delta=0.0).sum() / _n(s),
        ),
        mistake(
            "largest-only",
            "that of the worst class alone, not of the sum",
            "loss",
            lambda s: _margins(s).max(axis=1).mean(),
        ),
        mistake(
            "right-class-forgotten",
            "computed without anything at the right class",
            "dx",
            lambda s: _violated(s) / _n(s),
        ),
        mistake(
            "count-missing",
            "computed with -1 at the right class, however many margins are violated",
            "dx",
            lambda s: (_violated(s) - (_violated(s).sum(axis=1, keepdims=True) > 0) * _onehot(s)) / _n(s),
        ),
        mistake(
            "count-missing-always",
            "computed with -1 at the right class of every example, even where no margin is violated",
            "dx",
            lambda s: (_violated(s) - _onehot(s)) / _n(s),
        ),
        mistake(
            "count-plus",
            "computed with the number of violated margins added at the right class instead of taken off",
            "dx",
            lambda s: _pushed(_violated(s), s, sign=1.0) / _n(s),
        ),
        mistake(
            "mean-missing",
            "computed without the 1/N of the mean",
            "dx",
            lambda s: _pushed(_violated(s), s),
            synonyms=("times-N",),
        ),
        mistake(
            "mean-twice",
            "computed with the 1/N of the mean twice",
            "dx",
            lambda s: _pushed(_violated(s), s) / _n(s) ** 2,
        ),
        mistake("sign", "negated", "dx", lambda s: -_pushed(_violated(s), s) / _n(s)),
        mistake(
            "margin-for-mask",
            "computed with the margins themselves where 1 belongs",
            "dx",
            lambda s: _pushed(_margins(s), s) / _n(s),
        ),
        mistake(
            "margin-and-count",
            "computed with the margins themselves where 1 belongs, and their number at the right class",
            "dx",
            lambda s: _margins(s) / _n(s) + np.asarray(s["dx"]) * _onehot(s),
        ),
        mistake(
            "delta-missing",
            "computed with margins without their 1",
            "dx",
            lambda s: _pushed(_violated(s, delta=0.0), s) / _n(s),
        ),
        mistake(
            "count-over-examples",
            "computed with the violated margins counted down a column, not along the example's row",
            "dx",
            lambda s: (_violated(s) - _violated(s).sum(axis=0) * _onehot(s)) / _n(s),
        ),
        mistake(
            "right-class-in-count",
            "computed with the right class counted among the violated margins",
            "dx",
            lambda s: (_pushed(_violated(s), s) - _onehot(s)) / _n(s),
        ),
        mistake(
            "one-too-few-counted",
            "computed with one violated margin too few in the count at the right class",
            "dx",
            lambda s: (_pushed(_violated(s), s) + _onehot(s)) / _n(s),
        ),
        mistake(
            "count-of-all-wrong",
            "computed with the number of wrong classes taken off at the right class, violated or not",
            "dx",
            lambda s: (_violated(s) - (np.shape(s["x"])[1] - 1) * _onehot(s)) / _n(s),
        ),
        mistake(
            "margins-alone",
            "the margins themselves where 1 belongs, and nothing at the right class",
            "dx",
            lambda s: _margins(s) / _n(s),
        ),
        mistake(
            "worst-class-alone",
            "computed from the worst class of each example alone, as if the loss had a maximum for its sum",
            "dx",
            lambda s: _pushed(_worst(s), s) / _n(s),
        ),
        mistake(
            "mask-missing",
            "computed with every wrong class, whether its margin is violated or not",
            "dx",
            lambda s: _pushed(1 - _onehot(s), s) / _n(s),
        ),
    ),
    conventions=("margin 1, mean over the batch", "a margin of exactly 0 may count or not"),
)
