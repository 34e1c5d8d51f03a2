"""Exercises: the full SVM loss of a linear classifier, with its L2 penalty, by loops and without."""

from __future__ import annotations

import numpy as np

from exercises.losses import svm_loss, worked
from exercises.losses.other_conventions import by_columns, with_half
from exercises.losses.penalty_mistakes import examples, of_gradient, of_loss, penalty, shrink
from exercises.losses.through_scores import through_scores
from exercises.shared.drawing import classifier, classifier_cases, given, one_label
from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import Case, LayerExercise, Situation
from reference.halved_penalty import SVM_LOSS_W_COLUMNS, SVM_LOSS_W_HALF
from reference.inputs import Array
from reference.svm_loss_weights import SVM_LOSS_W


def _onehot(s: Situation) -> Array:
    return np.asarray(np.eye(np.shape(s["W"])[1])[s["y"]])


def _margins(s: Situation, delta: float = 1.0, sign: float = -1.0) -> Array:
    """max(0, s_j ∓ s_y + delta) for the wrong classes, 0 at the right one."""
    scores = np.asarray(s["X"], dtype=np.float64) @ s["W"]
    right = scores[np.arange(examples(s)), s["y"]][:, None]
    return np.asarray(np.maximum(0, scores + sign * right + delta) * (1 - _onehot(s)))


def _data(s: Situation) -> float:
    """The loss without the penalty."""
    return float(_margins(s).sum(axis=1).mean())


def _pushed(s: Situation, mask: Array, right: Array | float = -1.0) -> Array:
    """Xᵀ ds, with ds the mask, and its row's sum times `right` at the right class."""
    ds = mask + right * mask.sum(axis=1, keepdims=True) * _onehot(s)
    return np.asarray(np.asarray(s["X"], dtype=np.float64).T @ ds)


def _violated(s: Situation, delta: float = 1.0) -> Array:
    return (_margins(s, delta) > 0).astype(np.float64)


def _once(s: Situation) -> Array:
    """-1 at the right class of every example with a violated margin, however many there are."""
    return np.asarray(-1 / np.maximum(_violated(s).sum(axis=1, keepdims=True), 1))


def _taken_always(s: Situation) -> Array:
    return np.asarray(np.asarray(s["X"], dtype=np.float64).T @ (_violated(s) - _onehot(s)))


def _overwritten(s: Situation) -> Array:
    """What a loop leaves that writes X[n] into a column instead of adding it: the last margin there wins."""
    X, y, violated = np.asarray(s["X"], dtype=np.float64), s["y"], _violated(s)
    left = np.zeros(np.shape(s["W"]))
    for n, c in np.argwhere(violated):
        left[:, c] = X[n]
        left[:, y[n]] = -X[n]
    return left


CASES = classifier_cases(
    SVM_LOSS_W,
    Case("one label for all", one_label(SVM_LOSS_W, classifier(SVM_LOSS_W, 5, 2, 3), 0)),
    given(
        "on the kink",
        # Scores (2, 1, 0) and (0, 1, 0): a wrong class exactly 1 below the right one in each row.
        np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 0.0]]),
        np.array([[1.0, 0.0], [0.0, 1.0]]),
        np.array([0, 1]),
        0.25,
        kink=True,
    ),
)

_OWN = (
    *of_loss(_data),
    mistake(
        "right-class-counted",
        "computed with the right class in the sum, which adds 1 for every example",
        "loss",
        lambda s: _data(s) + 1 + penalty(s),
    ),
    mistake(
        "plus-for-minus",
        "computed with s_j + s_y where the margin has s_j - s_y",
        "loss",
        lambda s: _margins(s, sign=1.0).sum() / examples(s) + penalty(s),
    ),
    mistake(
        "delta-missing",
        "computed without the 1 in the margin",
        "loss",
        lambda s: _margins(s, delta=0.0).sum() / examples(s) + penalty(s),
    ),
    mistake(
        "largest-only",
        "that of the worst class alone, not of the sum",
        "loss",
        lambda s: _margins(s).max(axis=1).mean() + penalty(s),
    ),
    *of_gradient(lambda s: _pushed(s, _violated(s))),
    mistake(
        "right-class-forgotten",
        "computed without anything in the right class's column",
        "dW",
        lambda s: _pushed(s, _violated(s), 0.0) / examples(s) + 2 * shrink(s),
    ),
    mistake(
        "count-missing",
        "computed with the example taken off the right class's column once, however many margins are violated",
        "dW",
        lambda s: _pushed(s, _violated(s), _once(s)) / examples(s) + 2 * shrink(s),
        synonyms=("count-missing-always",),
    ),
    mistake(
        "count-plus",
        "computed with the example added in the right class's column instead of taken off",
        "dW",
        lambda s: _pushed(s, _violated(s), 1.0) / examples(s) + 2 * shrink(s),
    ),
    mistake(
        "count-missing-always",
        "computed with the example taken off the right class's column once, even where no margin is violated",
        "dW",
        lambda s: _taken_always(s) / examples(s) + 2 * shrink(s),
    ),
    mistake(
        "overwritten",
        "that of the last margin alone in each column, as if each one overwrote the one before",
        "dW",
        lambda s: _overwritten(s) / examples(s) + 2 * shrink(s),
    ),
    mistake(
        "margin-for-mask",
        "computed with the margins themselves where 1 belongs",
        "dW",
        lambda s: _pushed(s, _margins(s)) / examples(s) + 2 * shrink(s),
    ),
    mistake(
        "delta-missing",
        "computed with margins without their 1",
        "dW",
        lambda s: _pushed(s, _violated(s, delta=0.0)) / examples(s) + 2 * shrink(s),
    ),
)

MISCONCEPTIONS = (
    *_OWN,
    *through_scores(svm_loss.SVM_LOSS_EXERCISE.misconceptions, svm_loss.slope, _OWN),
)

CONVENTIONS = (
    "margin 1, mean over the batch; a margin of exactly 0 may count or not",
    "the penalty is reg · ΣW² without a half, so its gradient is 2 reg W",
)


def _columns_cancel(s: Situation) -> bool:
    """What a margin adds to one column it takes off another, also where a kink leaves a choice."""
    data = np.asarray(s["dW"], dtype=np.float64) - 2 * shrink(s)
    return bool(np.allclose(data.sum(axis=1), 0, atol=1e-9))


_FORMULA = r"""$$S = XW, \qquad
  L = \frac1N \sum_{n} \sum_{c \ne y_n} \max(0,\; S_{nc} - S_{n y_n} + 1) \;+\; \lambda \sum_{d, c} W_{dc}^2.$$"""

_HINTS_LOSS = (
    "With W all zeros, what must the loss be for C classes, whatever X holds?",
    "The right class would have a margin of exactly 1. Is it in your sum?",
    "Add the positive margins of all wrong classes, divide by N, and add reg times the sum of squared weights.",
)

OTHERS = {
    "half": lambda exercise: with_half(exercise, SVM_LOSS_W_HALF),
    "columns": lambda exercise: by_columns(exercise, SVM_LOSS_W_COLUMNS),
}

SVM_LOSS_NAIVE = LayerExercise(
    id="svm_loss_naive",
    title="The SVM loss of a linear classifier",
    text=rf"""A linear classifier has one column of weights for each class. Every wrong class should score at least
1 below the right one, what is lacking is paid for, and large weights are paid for besides:
{_FORMULA}

- `svm_loss_naive(W, X, y, reg)` returns `loss, dW`, where `W` is `(D, C)`, `X` is `(N, D)`, `y` is `(N,)` with
  integers from 0 to $C - 1$, and `reg` is the number $\lambda$. `dW` has the shape of `W`.

Loops over examples and classes are welcome here. Go through one margin by hand first: which two columns of $W$
are in it, and what does a violated margin add to the gradient of each? The penalty carries no factor ½ and is no
part of the mean.
""",
    layer=SVM_LOSS_W,
    one_call="svm_loss_naive",
    cases=CASES,
    joint=_columns_cancel,
    points={"loss": 2, "dW": 3},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1",
    difficulty=3,
    minutes=30,
    starter=one_call(
        "svm_loss_naive",
        "W, X, y, reg",
        "W (D, C), X (N, D), y (N,) labels, reg (a number) -> loss (a number), dW (D, C).",
        "loss, dW",
    ),
    hints={
        "loss": _HINTS_LOSS,
        "dW": (
            "Take one margin that is violated. Which columns of W can change it, and in which direction?",
            "Two columns gain or lose the example X[n], and the penalty has a gradient of its own. Which?",
            "Each violated margin adds X[n] to column c and takes X[n] off column y[n]; divide by N; add 2 reg W.",
        ),
    },
    worked=worked.SVM_WEIGHTS,
    misconceptions=MISCONCEPTIONS,
    conventions=CONVENTIONS,
    others=OTHERS,
)

SVM_LOSS_VECTORIZED = LayerExercise(
    id="svm_loss_vectorized",
    title="The SVM loss of a linear classifier, without loops",
    text=rf"""The same loss and gradient as with loops,
{_FORMULA}
and no loop over examples, classes or features: on a real data set that is the difference between a minute and
an hour. (A version that loops earns the same points; the check tells you where it loops.)

- `svm_loss_vectorized(W, X, y, reg)` returns `loss, dW`, where `W` is `(D, C)`, `X` is `(N, D)`, `y` is `(N,)` with
  integers from 0 to $C - 1$, and `reg` is the number $\lambda$. `dW` has the shape of `W`.

Write the gradient by the scores first, an array `ds` of shape `(N, C)`: what stands in it where a margin is
violated, where it is not, and at the right class? One product turns `ds` into something of shape `(D, C)`.
""",
    layer=SVM_LOSS_W,
    one_call="svm_loss_vectorized",
    cases=CASES,
    joint=_columns_cancel,
    points={"loss": 2, "dW": 3},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1",
    loops=False,
    difficulty=3,
    minutes=25,
    starter=one_call(
        "svm_loss_vectorized",
        "W, X, y, reg",
        "W (D, C), X (N, D), y (N,) labels, reg (a number) -> loss (a number), dW (D, C).",
        "loss, dW",
    ),
    hints={
        "loss": _HINTS_LOSS,
        "dW": (
            "How many margins of its row does the score of the right class appear in?",
            "ds holds 1 at violated margins and minus their number at the right class. What has X to do to it?",
            "The transpose of X times ds, divided by N, plus 2 reg W.",
        ),
    },
    worked=worked.SVM_WEIGHTS,
    misconceptions=MISCONCEPTIONS,
    conventions=CONVENTIONS,
    others=OTHERS,
)
