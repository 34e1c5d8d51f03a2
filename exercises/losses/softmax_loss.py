"""Exercise: the softmax loss of a batch of scores, with its gradient in the same call."""

from __future__ import annotations

import numpy as np

from exercises.shared.drawing import given, one_label
from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import Case, LayerExercise, Situation, cases_of
from grader.exercise.cases import sized
from reference.inputs import Array
from reference.softmax import SOFTMAX_LOSS

SCALE = 0.2
"""Scores up to ±1.8: wrong classes keep a share of the probability that a mistake can show in."""


def _log_p(s: Situation, axis: int = 1) -> Array:
    x = np.asarray(s["x"], dtype=np.float64)
    shifted = x - x.max(axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)))


def _p(s: Situation, axis: int = 1) -> Array:
    return np.asarray(np.exp(_log_p(s, axis)))


def _onehot(s: Situation) -> Array:
    return np.asarray(np.eye(np.shape(s["x"])[1])[s["y"]])


def _picked(s: Situation, axis: int = 1) -> Array:
    """The log-probability of the right class, one a row; stable, since a student's may be."""
    return np.asarray(_log_p(s, axis)[np.arange(len(s["y"])), s["y"]])


def _n(s: Situation) -> int:
    return len(s["y"])


SOFTMAX_LOSS_EXERCISE = LayerExercise(
    id="softmax_loss",
    title="The softmax loss",
    text=r"""Scores become probabilities, and the loss asks how much probability the right class received:
$$p_{nc} = \frac{e^{x_{nc}}}{\sum_k e^{x_{nk}}}, \qquad
  L = -\frac{1}{N} \sum_{n=1}^{N} \log p_{n, y_n}.$$
`x` holds scores, `(N, C)`, one example a row; `y` holds the right classes, `(N,)`, integers
from 0 to $C - 1$.

- `softmax_loss(x, y)` returns `loss, dx`: one number, and $\partial L/\partial x$ of shape `(N, C)`.

The loss is a mean over the batch, with the natural logarithm. Scores of $\pm 1000$ are tried, whose
exponentials do not fit into a float: adding one number to a whole row of scores changes no probability, so
choose one that helps.
""",
    layer=SOFTMAX_LOSS,
    one_call="softmax_loss",
    cases=cases_of(
        SOFTMAX_LOSS,
        scale=SCALE,
        more=(
            Case(
                "one label for all", one_label(SOFTMAX_LOSS, sized(SOFTMAX_LOSS, {"N": 4, "C": 3}, SCALE), 2)
            ),
            given(
                "extremes",
                # The last row lies far below the others: the largest of all scores is no shift for it.
                np.array(
                    [
                        [1000.0, -1000.0, 0.5],
                        [-1000.0, -999.0, 1000.0],
                        [1000.0, 999.0, 1000.0],
                        [-1000.0, -999.0, -998.5],
                    ]
                ),
                np.array([1, 2, 0, 0]),
            ),
        ),
    ),
    points={"loss": 2, "dx": 3},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 2",
    difficulty=3,
    minutes=20,
    starter=one_call(
        "softmax_loss",
        "x, y",
        "x (N, C) scores, y (N,) labels -> loss (a number), dx (N, C).",
        "loss, dx",
    ),
    hints={
        "loss": (
            "With two classes and equal scores, what must the loss be? What does yours say?",
            "Which number can you take from each row of x so that no exponential is ever above 1?",
            "Take off the row's largest score; then log p is the score minus the log of the sum of exponentials.",
        ),
        "dx": (
            "Add up dx along a row. What should come out, if adding one number to all scores changes nothing?",
            "Write L of one example as -x[y] + log of the sum of exponentials. What is its derivative by x[c]?",
            "It is p, minus 1 at the right class, and the mean contributes 1/N.",
        ),
    },
    misconceptions=(
        mistake(
            "summed",
            "a sum over the batch where a mean is meant",
            "loss",
            lambda s: -_picked(s).sum(),
        ),
        mistake(
            "sign", "computed without the minus before the logarithm", "loss", lambda s: _picked(s).mean()
        ),
        mistake(
            "logarithm-missing",
            "computed without the logarithm",
            "loss",
            lambda s: -np.exp(_picked(s)).mean(),
        ),
        mistake(
            "other-logarithm",
            "computed with the logarithm to base 2",
            "loss",
            lambda s: -_picked(s).mean() / np.log(2),
        ),
        mistake(
            "other-logarithm-10",
            "computed with the logarithm to base 10",
            "loss",
            lambda s: -_picked(s).mean() / np.log(10),
        ),
        mistake(
            "mean-over-everything",
            "divided by all N·C entries instead of by N",
            "loss",
            lambda s: -_picked(s).mean() / np.shape(s["x"])[1],
        ),
        mistake(
            "wrong-axis",
            "computed with a softmax over the examples instead of over the classes",
            "loss",
            lambda s: -_picked(s, 0).mean(),
        ),
        mistake(
            "mean-missing",
            "computed without the 1/N of the mean",
            "dx",
            lambda s: _p(s) - _onehot(s),
            synonyms=("times-N",),
        ),
        mistake(
            "mean-twice",
            "computed with the 1/N of the mean twice",
            "dx",
            lambda s: (_p(s) - _onehot(s)) / _n(s) ** 2,
        ),
        mistake("label-missing", "computed without the -1 at the right class", "dx", lambda s: _p(s) / _n(s)),
        mistake(
            "sign",
            "negated: onehot(y) - p instead of p - onehot(y)",
            "dx",
            lambda s: (_onehot(s) - _p(s)) / _n(s),
        ),
        mistake(
            "extra-derivative",
            "computed with an extra factor p(1 - p)",
            "dx",
            lambda s: (_p(s) - _onehot(s)) * _p(s) * (1 - _p(s)) / _n(s),
        ),
        mistake(
            "diagonal-only",
            "0 except at the right class: the other scores move the loss as well",
            "dx",
            lambda s: (_p(s) - _onehot(s)) * _onehot(s) / _n(s),
        ),
        mistake(
            "wrong-axis",
            "computed with a softmax over the examples instead of over the classes",
            "dx",
            lambda s: (_p(s, 0) - _onehot(s)) / _n(s),
        ),
        mistake(
            "mean-over-everything",
            "divided by all N·C entries instead of by N",
            "dx",
            lambda s: (_p(s) - _onehot(s)) / np.size(s["x"]),
        ),
        mistake(
            "mean-over-classes",
            "divided by C, the number of classes, instead of by N",
            "dx",
            lambda s: (_p(s) - _onehot(s)) / np.shape(s["x"])[1],
        ),
        mistake(
            "label-sign",
            "computed with +1 at the right class where -1 belongs",
            "dx",
            lambda s: (_p(s) + _onehot(s)) / _n(s),
        ),
        mistake(
            "label-not-divided",
            "computed with a whole -1 at the right class, after p alone was divided by N",
            "dx",
            lambda s: _p(s) / _n(s) - _onehot(s),
        ),
        mistake(
            "label-zeroed",
            "0 at the right class, where p - 1 belongs",
            "dx",
            lambda s: _p(s) * (1 - _onehot(s)) / _n(s),
        ),
        mistake(
            "label-for-all",
            "computed with -1 in every row of a right class's column, where each row has its own",
            "dx",
            lambda s: (_p(s) - _onehot(s).max(axis=0)) / _n(s),
        ),
        mistake(
            "label-entry-negated",
            "computed with 1 - p at the right class, where p - 1 belongs",
            "dx",
            lambda s: (_p(s) + _onehot(s) * (1 - 2 * _p(s))) / _n(s),
        ),
    ),
    conventions=("mean over the batch, natural logarithm",),
)
