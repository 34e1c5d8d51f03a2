"""Exercise: the full softmax loss of a linear classifier, with its L2 penalty, by loops or without."""

from __future__ import annotations

import numpy as np

from exercises.drawing import classifier, classifier_cases, given, one_label
from exercises.predictions import mistake
from exercises.starters import one_call
from grader.exercise import Case, LayerExercise, Situation
from reference.inputs import Array
from reference.softmax_loss_weights import SOFTMAX_LOSS_W


def _log_p(s: Situation) -> Array:
    scores = np.asarray(s["X"], dtype=np.float64) @ s["W"]
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _p(s: Situation) -> Array:
    return np.asarray(np.exp(_log_p(s)))


def _data(s: Situation) -> float:
    """The loss without the penalty."""
    return float(-_log_p(s)[np.arange(len(s["y"])), s["y"]].mean())


def _push(s: Situation, label: float = 1.0) -> Array:
    """Xᵀ(p - onehot(y)), summed over the batch."""
    onehot = np.eye(np.shape(s["W"])[1])[s["y"]]
    return np.asarray(np.asarray(s["X"]).T @ (_p(s) - label * onehot))


def _penalty(s: Situation) -> float:
    return float(s["reg"]) * float(np.sum(np.asarray(s["W"]) ** 2))


def _shrink(s: Situation) -> Array:
    """reg · W, half of the penalty's gradient."""
    return np.asarray(float(s["reg"]) * np.asarray(s["W"], dtype=np.float64))


def _n(s: Situation) -> int:
    return len(s["y"])


LONG_X = np.array([[800.0, -300.0], [-500.0, 900.0], [1000.0, 1000.0]])
LONG_W = np.array([[1.0, -1.0, 0.5], [-0.5, 0.25, 1.0]])

SOFTMAX_LOSS_NAIVE = LayerExercise(
    id="softmax_loss_naive",
    title="The softmax loss of a linear classifier",
    text=r"""A linear classifier has one column of weights for each class. Its loss is the mean cross-entropy
of the softmax of its scores, and a penalty on large weights:
$$S = X W, \qquad p_{nc} = \frac{e^{S_{nc}}}{\sum_k e^{S_{nk}}}, \qquad
  L = -\frac1N \sum_n \log p_{n, y_n} \;+\; \lambda \sum_{d, c} W_{dc}^2.$$

- `softmax_loss_naive(W, X, y, reg)` returns `loss, dW`, where `W` is `(D, C)`, `X` is `(N, D)`, `y` is
  `(N,)` with integers from 0 to $C - 1$, and `reg` is the number $\lambda$. `dW` has the shape of `W`.

The name says that loops over examples and classes are welcome; a version without loops is as good. Note that
the penalty carries no factor ½ and is no part of the mean. Scores beyond $\pm 1000$ are tried.
""",
    layer=SOFTMAX_LOSS_W,
    one_call="softmax_loss_naive",
    cases=classifier_cases(
        SOFTMAX_LOSS_W,
        Case("one label for all", one_label(SOFTMAX_LOSS_W, classifier(SOFTMAX_LOSS_W, 5, 2, 3), 0)),
        given("extremes", LONG_W, LONG_X, np.array([1, 2, 2]), 0.5),
    ),
    points={"loss": 2, "dW": 3},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1",
    difficulty=3,
    minutes=30,
    starter=one_call(
        "softmax_loss_naive",
        "W, X, y, reg",
        "W (D, C), X (N, D), y (N,) labels, reg (a number) -> loss (a number), dW (D, C).",
        "loss, dW",
    ),
    hints={
        "loss": (
            "With W all zeros, what must the loss be for C classes, whatever X holds?",
            "Which part of the loss is a mean over examples, and which part never sees an example?",
            "Mean of -log p at the right classes, plus reg times the sum of all squared weights, once.",
        ),
        "dW": (
            "Which column of W does the score of class c use? What does example n add to that column's gradient?",
            "Differentiate the penalty by one weight. What becomes of the square?",
            "Column c collects X[n] times (p[n, c] minus 1 if c is right), divided by N; then add 2 reg W.",
        ),
    },
    misconceptions=(
        mistake("penalty-missing", "computed without the penalty", "loss", _data),
        mistake(
            "penalty-halved",
            "computed with half of the penalty",
            "loss",
            lambda s: _data(s) + _penalty(s) / 2,
        ),
        mistake(
            "penalty-averaged",
            "computed with a penalty divided by the number of examples",
            "loss",
            lambda s: _data(s) + _penalty(s) / _n(s),
        ),
        mistake(
            "summed",
            "a sum over the batch where a mean is meant",
            "loss",
            lambda s: _data(s) * _n(s) + _penalty(s),
        ),
        mistake(
            "penalty-not-squared",
            "computed with a penalty on the weights instead of on their squares",
            "loss",
            lambda s: _data(s) + float(s["reg"]) * np.sum(s["W"]),
        ),
        mistake(
            "penalty-missing", "computed without the penalty's gradient", "dW", lambda s: _push(s) / _n(s)
        ),
        mistake(
            "factor-two-missing",
            "computed with reg·W where the square gives 2·reg·W",
            "dW",
            lambda s: _push(s) / _n(s) + _shrink(s),
        ),
        mistake(
            "penalty-averaged",
            "computed with a penalty divided by the number of examples",
            "dW",
            lambda s: _push(s) / _n(s) + 2 * _shrink(s) / _n(s),
        ),
        mistake(
            "mean-missing", "computed without the 1/N of the mean", "dW", lambda s: _push(s) + 2 * _shrink(s)
        ),
        mistake(
            "mean-twice",
            "computed with the 1/N of the mean twice",
            "dW",
            lambda s: _push(s) / _n(s) ** 2 + 2 * _shrink(s),
        ),
        mistake(
            "label-missing",
            "computed without the -1 at the right class",
            "dW",
            lambda s: _push(s, label=0.0) / _n(s) + 2 * _shrink(s),
        ),
        mistake(
            "sign",
            "computed with the data's part negated",
            "dW",
            lambda s: -_push(s) / _n(s) + 2 * _shrink(s),
        ),
        mistake(
            "penalty-sign",
            "computed with the penalty's gradient taken off instead of added",
            "dW",
            lambda s: _push(s) / _n(s) - 2 * _shrink(s),
        ),
    ),
    conventions=(
        "mean over the batch, natural logarithm",
        "the penalty is reg · ΣW² without a half, so its gradient is 2 reg W",
    ),
)
