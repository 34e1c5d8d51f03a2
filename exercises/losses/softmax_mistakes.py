"""What goes wrong with the softmax loss of scores: the label, the mean, what stands where p belongs."""

from __future__ import annotations

import numpy as np

from exercises.shared.predictions import mistake
from grader.exercise import Misconception, Situation
from reference.inputs import Array


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


def slope(s: Situation) -> Array:
    """The gradient of the scores."""
    return np.asarray((_p(s) - _onehot(s)) / _n(s))


def _powers(s: Situation) -> Array:
    """e to the scores, the largest of each row taken off: what probabilities are before they are normalised."""
    x = np.asarray(s["x"])
    return np.asarray(np.exp(x - x.max(axis=1, keepdims=True)))


def _over_everything(s: Situation) -> Array:
    x = np.asarray(s["x"], dtype=np.float64)
    powers = np.exp(x - x.max())
    return np.asarray(powers / powers.sum())


SOFTMAX_MISTAKES: tuple[Misconception, ...] = (
    mistake(
        "summed",
        "a sum over the batch where a mean is meant",
        "loss",
        lambda s: -_picked(s).sum(),
    ),
    mistake("sign", "computed without the minus before the logarithm", "loss", lambda s: _picked(s).mean()),
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
    mistake(
        "normalised-over-everything",
        "computed with exponentials divided by the sum over all examples and classes",
        "dx",
        lambda s: (_over_everything(s) - _onehot(s)) / _n(s),
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
        "label-for-whole-row",
        "computed with -1 at every class, where only the right one has it",
        "dx",
        lambda s: (_p(s) - 1) / _n(s),
    ),
    mistake(
        "label-of-last-row-only",
        "computed with the -1 at the right class in the last row alone",
        "dx",
        lambda s: (_p(s) - _onehot(s) * (np.arange(_n(s)) == _n(s) - 1)[:, None]) / _n(s),
    ),
    mistake(
        "label-slope",
        "computed with p(1 - p) at the right class, where p - 1 belongs",
        "dx",
        lambda s: (_p(s) - _onehot(s) * _p(s) ** 2) / _n(s),
    ),
    mistake(
        "scores-over-sum",
        "computed with scores instead of their exponentials, divided by the exponentials' sum",
        "dx",
        lambda s: (
            (
                (s["x"] - np.max(s["x"], axis=1, keepdims=True)) / _powers(s).sum(axis=1, keepdims=True)
                - _onehot(s)
            )
            / _n(s)
        ),
    ),
    mistake(
        "label-entry-negated",
        "computed with 1 - p at the right class, where p - 1 belongs",
        "dx",
        lambda s: (_p(s) + _onehot(s) * (1 - 2 * _p(s))) / _n(s),
    ),
    mistake(
        "label-overwritten",
        "computed with -1 in place of p at the right class, where p - 1 belongs",
        "dx",
        lambda s: (_p(s) * (1 - _onehot(s)) - _onehot(s)) / _n(s),
    ),
    mistake(
        "scores-for-probabilities",
        "computed with the scores where their probabilities belong",
        "dx",
        lambda s: (s["x"] - _onehot(s)) / _n(s),
    ),
    mistake(
        "shifted-scores-for-probabilities",
        "computed with the scores, their row's largest taken off, where their probabilities belong",
        "dx",
        lambda s: (s["x"] - np.max(s["x"], axis=1, keepdims=True) - _onehot(s)) / _n(s),
    ),
    mistake(
        "logarithm-for-probability",
        "computed with log p where p belongs",
        "dx",
        lambda s: (_log_p(s) - _onehot(s)) / _n(s),
    ),
    mistake(
        "not-normalised",
        "computed with exponentials that were not divided by their sum",
        "dx",
        lambda s: (_powers(s) - _onehot(s)) / _n(s),
    ),
    mistake(
        "not-normalised-raw",
        "computed with e^x itself, not divided by the sum of its row",
        "dx",
        lambda s: (np.exp(s["x"]) - _onehot(s)) / _n(s),
    ),
    mistake(
        "normalised-over-examples",
        "computed with exponentials divided by their sum over the examples",
        "dx",
        lambda s: (_powers(s) / _powers(s).sum(axis=0) - _onehot(s)) / _n(s),
    ),
    mistake(
        "labels-from-one",
        "computed with the -1 one class too early, as if labels counted from 1",
        "dx",
        lambda s: (_p(s) - np.eye(np.shape(s["x"])[1])[np.asarray(s["y"]) - 1]) / _n(s),
    ),
    mistake(
        "softmax-slope",
        "p(1 - p), the slope of the softmax alone: the logarithm and the right class are missing",
        "dx",
        lambda s: _p(s) * (1 - _p(s)) / _n(s),
    ),
    mistake(
        "by-probability",
        "-1/p at the right class: the slope of -log p, not carried back through the softmax",
        "dx",
        lambda s: -_onehot(s) / _p(s) / _n(s),
    ),
)
