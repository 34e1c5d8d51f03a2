"""Exercise: binary cross-entropy of scores (logits), in a form that survives scores of a thousand."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.losses import worked
from exercises.shared.drawing import given
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Misconception, Situation
from grader.exercise.cases import Draw
from reference.bce_with_logits import BCE_WITH_LOGITS
from reference.inputs import Array


def _drawn(*shape: int, target: float | None = None) -> Draw:
    """Logits of size 0.2 to 1.8, where every sigmoid keeps a slope that a mistake can show in, and targets."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x = rng.choice((-1.0, 1.0), shape) * rng.integers(20, 181, shape) / 100
        y = rng.integers(0, 2, shape).astype(np.float64)
        return x, y if target is None else np.full(shape, target)

    return draw


CASES = (
    Case("generic", _drawn(4, 3), basic=True),
    Case("one score an example", _drawn(5)),
    Case("a block", _drawn(2, 3, 2)),
    Case("one sample", _drawn(1, 3)),
    Case("one number", _drawn(1)),
    Case("all targets 1", _drawn(3, 2, target=1.0)),
    Case("all targets 0", _drawn(3, 2, target=0.0)),
    given(
        "extremes",
        # Sure and right, sure and wrong, and at 40 so sure that 1 - p is 0 in floating point.
        np.array([[1000.0, -1000.0, 40.0], [-1000.0, 1000.0, -40.0]]),
        np.array([[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]),
    ),
    Case("float32", _drawn(4, 3), float32=True),
)


def _x(s: Situation) -> Array:
    return np.asarray(s["x"], dtype=np.float64)


def _p(s: Situation) -> Array:
    """σ(x), without overflow."""
    z = np.exp(-np.abs(_x(s)))
    return np.asarray(np.where(_x(s) >= 0, 1, z) / (1 + z))


def _each(s: Situation) -> Array:
    """The loss of every entry."""
    return np.asarray(np.maximum(_x(s), 0) - _x(s) * s["y"] + np.log1p(np.exp(-np.abs(_x(s)))))


def _softplus_minus(s: Situation) -> Array:
    """-log σ(x)."""
    return np.asarray(np.maximum(-_x(s), 0) + np.log1p(np.exp(-np.abs(_x(s)))))


def _by_p(s: Situation) -> Array:
    """The derivative by p; at the extremes 0/0, as the student's own would be."""
    with np.errstate(all="ignore"):
        slope = _p(s) * (1 - _p(s))
        return np.asarray(s["dloss"] * (_p(s) - s["y"]) / slope / np.size(s["y"]))


BCE_EXERCISE = LayerExercise(
    id="bce_with_logits",
    title="Binary cross-entropy with logits",
    text=r"""A yes-or-no question has one score $x$ (a *logit*); its sigmoid $p = \sigma(x) = 1/(1 + e^{-x})$ is
the probability of yes. The target $y$ is 1 for yes and 0 for no, and the loss is
$$L = \frac1M \sum_{i=1}^{M} \bigl[-y_i \log p_i - (1 - y_i) \log(1 - p_i)\bigr],$$
a mean over all $M$ entries, with the natural logarithm.

- `bce_with_logits_forward(x, y)` returns `loss, cache`; `x` is `(N,)` or `(N, ...)` (several questions an
  example), `y` has the shape of `x` and holds zeros and ones.
- `bce_with_logits_backward(dout, cache)`, with `dout` a number, returns `dx`, of the shape of `x`.

Scores of $\pm 1000$ are tried, and scores of 40, where $1 - p$ is 0 in floating point, and its logarithm
no number. So do not go through $p$: put $p$ into the formula on paper, once for $y = 1$ and once for $y = 0$, and
look for a form in which every exponential has an exponent of 0 or less. The derivative is much shorter
than the way to it.
""",
    layer=BCE_WITH_LOGITS,
    cases=CASES,
    points={"loss": 2, "dx": 2},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="beyond the lectures: the softmax loss of two classes, written with one score",
    difficulty=3,
    minutes=25,
    starter=pair(
        "bce_with_logits_forward",
        "x, y",
        "logits x (N, ...), targets y (N, ...), 0 or 1 -> loss (one number), cache.",
        "bce_with_logits_backward",
        "dx",
        "dout (one number) -> dx (N, ...).",
    ),
    hints={
        "loss": (
            "For x = [1000] and y = [0], what is the loss, nearly? What does yours say?",
            "For y = 1 the loss is log(1 + e^-x). How can that be written for x = -1000 without e^1000?",
            "Take max(x, 0) - x y + log(1 + e^-|x|) for every entry, and average over all entries.",
        ),
        "dx": (
            "At a large x with target 1, what should the gradient be? And with target 0?",
            "The logarithm gives one over p, the sigmoid p(1 - p). What is left of the two?",
            "p minus y, over the number of entries, times the upstream; a sigmoid that does not overflow gives p.",
        ),
    },
    worked=worked.BCE,
    misconceptions=(
        mistake("summed", "a sum where a mean is meant", "loss", lambda s: np.sum(_each(s))),
        mistake(
            "averaged-over-examples",
            "divided by the number of examples, not by that of all entries",
            "loss",
            lambda s: np.sum(_each(s)) / len(s["y"]),
        ),
        mistake(
            "targets-0-forgotten",
            "computed without the term of the targets that are 0",
            "loss",
            lambda s: np.mean(s["y"] * _softplus_minus(s)),
        ),
        mistake(
            "minus-forgotten",
            "computed without the minus in front of the logarithms",
            "loss",
            lambda s: -np.mean(_each(s)),
            synonyms=("sign",),
        ),
        mistake(
            "mean-missing",
            "computed without the 1/M of the mean",
            "dx",
            lambda s: s["dloss"] * (_p(s) - s["y"]),
            synonyms=("times-entries",),
        ),
        mistake(
            "mean-twice",
            "computed with the 1/M of the mean twice",
            "dx",
            lambda s: s["dloss"] * (_p(s) - s["y"]) / np.size(s["y"]) ** 2,
        ),
        mistake(
            "averaged-over-examples",
            "divided by the number of examples, not by that of all entries",
            "dx",
            lambda s: s["dloss"] * (_p(s) - s["y"]) / len(s["y"]),
        ),
        mistake(
            "target-missing",
            "computed without the -1 where the target is 1",
            "dx",
            lambda s: s["dloss"] * _p(s) / np.size(s["y"]),
        ),
        mistake(
            "target-minus-prediction",
            "computed with y - p where p - y belongs",
            "dx",
            lambda s: s["dloss"] * (s["y"] - _p(s)) / np.size(s["y"]),
            synonyms=("sign",),
        ),
        mistake(
            "slope-twice",
            "computed with a factor p(1 - p) too many: the logarithm has cancelled it",
            "dx",
            lambda s: s["dloss"] * (_p(s) - s["y"]) * _p(s) * (1 - _p(s)) / np.size(s["y"]),
        ),
        Misconception(
            "slope-missing",
            "the derivative by p: the slope p(1 - p) of the sigmoid is missing",
            "dx",
            _by_p,
        ),
        mistake(
            "logit-for-probability",
            "computed with the logit where its sigmoid belongs",
            "dx",
            lambda s: s["dloss"] * (_x(s) - s["y"]) / np.size(s["y"]),
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if it were 1",
            "dx",
            lambda s: (_p(s) - s["y"]) / np.size(s["y"]),
        ),
    ),
    conventions=("mean over all entries, natural logarithm",),
)
