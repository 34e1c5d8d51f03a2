"""Exercises: the full softmax loss of a linear classifier, with its L2 penalty, by loops and without."""

from __future__ import annotations

import numpy as np

from exercises.losses import worked
from exercises.losses.other_conventions import by_columns, unshifted, with_half
from exercises.losses.penalty_mistakes import examples, of_gradient, of_loss, shrink
from exercises.losses.softmax_mistakes import SOFTMAX_MISTAKES, slope
from exercises.losses.through_scores import through_scores
from exercises.shared.drawing import classifier, classifier_cases, given, one_label
from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import Case, LayerExercise, Situation
from reference.halved_penalty import SOFTMAX_LOSS_W_COLUMNS, SOFTMAX_LOSS_W_HALF
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


def _last(s: Situation) -> Array:
    """x (p - onehot(y)) of the last example."""
    slope = _p(s)[-1] - np.eye(np.shape(s["W"])[1])[s["y"][-1]]
    return np.outer(np.asarray(s["X"], dtype=np.float64)[-1], slope)


# Scores (950, -875, 100), (-950, 725, 650), (500, -750, 1500): exp overflows without a shift, and with it no
# label's probability is 0 to a float, so that its logarithm is as good as any other way.
LONG_X = np.array([[800.0, -300.0], [-500.0, 900.0], [1000.0, 1000.0]])
LONG_W = np.array([[1.0, -1.0, 0.5], [-0.5, 0.25, 1.0]])

CASES = classifier_cases(
    SOFTMAX_LOSS_W,
    Case("one label for all", one_label(SOFTMAX_LOSS_W, classifier(SOFTMAX_LOSS_W, 5, 2, 3), 0)),
    given("extremes", LONG_W, LONG_X, np.array([0, 2, 2]), 0.5),
)

_OWN = (
    *of_loss(_data),
    *of_gradient(_push),
    mistake(
        "label-missing",
        "computed without the -1 at the right class",
        "dW",
        lambda s: _push(s, label=0.0) / examples(s) + 2 * shrink(s),
    ),
    mistake(
        "label-sign",
        "computed with +1 at the right class where -1 belongs",
        "dW",
        lambda s: _push(s, label=-1.0) / examples(s) + 2 * shrink(s),
    ),
    mistake(
        "label-not-divided",
        "computed with a whole -1 at the right class, after p alone was divided by N",
        "dW",
        lambda s: _push(s, label=examples(s)) / examples(s) + 2 * shrink(s),
    ),
    mistake(
        "label-once-a-class",
        "computed with the -1 at the right class taken once for every class, in the loop over classes",
        "dW",
        lambda s: _push(s, label=np.shape(s["W"])[1]) / examples(s) + 2 * shrink(s),
    ),
    mistake(
        "overwritten",
        "that of the last example alone, as if each one overwrote the one before",
        "dW",
        lambda s: _last(s) / examples(s) + 2 * shrink(s),
    ),
)

MISCONCEPTIONS = (
    *_OWN,
    *through_scores(SOFTMAX_MISTAKES, slope, _OWN),
)

CONVENTIONS = (
    "mean over the batch, natural logarithm",
    "the penalty is reg · ΣW² without a half, so its gradient is 2 reg W",
)

OTHERS = {
    "half": lambda exercise: with_half(exercise, SOFTMAX_LOSS_W_HALF),
    "columns": lambda exercise: by_columns(exercise, SOFTMAX_LOSS_W_COLUMNS),
    "unshifted": unshifted,
}

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
    cases=CASES,
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
    worked=worked.SOFTMAX_WEIGHTS,
    misconceptions=MISCONCEPTIONS,
    conventions=CONVENTIONS,
    others=OTHERS,
)

SOFTMAX_LOSS_VECTORIZED = LayerExercise(
    id="softmax_loss_vectorized",
    title="The softmax loss of a linear classifier, without loops",
    text=r"""The same loss as with loops, of scores $S = XW$ and with $p$ the softmax of each row of $S$,
$$L = -\frac1N \sum_n \log p_{n, y_n} \;+\; \lambda \sum_{d, c} W_{dc}^2,$$
and the same gradient, but with no loop over examples, classes or features: on a real data set that is the
difference between a minute and an hour. (A version that loops earns the same points; the check tells you where it
loops.)

- `softmax_loss_vectorized(W, X, y, reg)` returns `loss, dW`, where `W` is `(D, C)`, `X` is `(N, D)`, `y` is
  `(N,)` with integers from 0 to $C - 1$, and `reg` is the number $\lambda$. `dW` has the shape of `W`.

Build it in three steps, each a line or two: all scores at once, `(N, C)`; the gradient by the scores, of the
same shape; and then the one product that turns it into something of shape `(D, C)`. Scores beyond
$\pm 1000$ are tried. If you wrote the version with loops, compare the two on a small batch first.
""",
    layer=SOFTMAX_LOSS_W,
    one_call="softmax_loss_vectorized",
    cases=CASES,
    points={"loss": 2, "dW": 3},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1",
    loops=False,
    difficulty=3,
    minutes=25,
    starter=one_call(
        "softmax_loss_vectorized",
        "W, X, y, reg",
        "W (D, C), X (N, D), y (N,) labels, reg (a number) -> loss (a number), dW (D, C).",
        "loss, dW",
    ),
    hints={
        "loss": (
            "With W all zeros, what must the loss be for C classes, whatever X holds?",
            "S[np.arange(N), y] picks one entry a row. Which number is taken off each row before exp?",
            "Row-wise: the log of the sum of exponentials minus the right score; the mean of it; plus the penalty.",
        ),
        "dW": (
            "If ds (N, C) is the gradient by the scores, what does one row of it owe to the label?",
            "X is (N, D), ds is (N, C), dW is (D, C). Over which axis must the product sum?",
            "The transpose of X times (p minus one-hot labels) / N; then 2 reg W, once.",
        ),
    },
    worked=worked.SOFTMAX_WEIGHTS,
    misconceptions=MISCONCEPTIONS,
    conventions=CONVENTIONS,
    others=OTHERS,
)
