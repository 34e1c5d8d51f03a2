"""Exercise: the softmax loss of a sequence, where padding is masked."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.sequences import worked
from exercises.shared.drawing import given
from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import Case, LayerExercise, Situation
from grader.exercise.cases import Draw
from reference.inputs import Array
from reference.temporal import TEMPORAL_SOFTMAX_LOSS


def _scores(examples: int, steps: int, words: int, *, pad: str = "mixed") -> Draw:
    """Scores of a few units, labels and a mask; the first steps are never padding, "mixed" has some padding."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x = rng.integers(-30, 31, (examples, steps, words)) / 10
        y = rng.integers(0, words, (examples, steps))
        mask = np.ones((examples, steps))
        if pad == "mixed":
            ends = rng.integers(1, steps + 1, examples)
            ends[0] = max(1, steps - 1)
            mask = (np.arange(steps) < ends[:, None]).astype(np.float64)
        return x, y, mask

    return draw


def _log_p(s: Situation) -> Array:
    x = np.asarray(s["x"], dtype=np.float64)
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _each(s: Situation) -> Array:
    """-log p of the right word at every step, padding included, (N, T)."""
    return -np.asarray(np.take_along_axis(_log_p(s), np.asarray(s["y"])[..., None], axis=-1)[..., 0])


def _push(s: Situation, label: float = 1.0) -> Array:
    """p - onehot(y) at every step, padding included, (N, T, V)."""
    return np.asarray(np.exp(_log_p(s)) - label * np.eye(np.shape(s["x"])[2])[s["y"]])


def _mask(s: Situation) -> Array:
    return np.asarray(s["mask"])[..., None]


def _n(s: Situation) -> int:
    return len(s["y"])


TEMPORAL_SOFTMAX_LOSS_EXERCISE = LayerExercise(
    id="temporal_softmax_loss",
    title="The softmax loss of a sequence, with padding",
    text=r"""At each step a network scores every word of the vocabulary, and pays $-\log p$ for the right one.
Sentences have different lengths and are padded to $T$ words; a mask $m_{nt}$ is 1 for real words and 0 for padding,
which costs nothing:
$$p_{n t v} = \frac{e^{x_{n t v}}}{\sum_{k} e^{x_{n t k}}}, \qquad
  L = -\frac1N \sum_{n, t} m_{n t} \,\log p_{n t\, y_{n t}}.$$
Note the factor: the sum is divided by the number $N$ of sentences, not by the number of words.

- `temporal_softmax_loss(x, y, mask)` returns `loss, dx`: one number, and $\partial L/\partial x$ of shape
  `(N, T, V)`. `x` holds scores `(N, T, V)`, `y` the right words `(N, T)`, integers from 0 to $V - 1$, and
  `mask` has shape `(N, T)`.

Start from the softmax loss of a batch: what changes if every step counts as an example? Then ask what the mask does
to the loss, and what to the gradient. Scores beyond $\pm 1000$ are tried.
""",
    layer=TEMPORAL_SOFTMAX_LOSS,
    worked=worked.TEMPORAL_SOFTMAX_LOSS,
    one_call="temporal_softmax_loss",
    cases=(
        Case("generic", _scores(2, 3, 4), basic=True),
        Case("generic, other sizes", _scores(5, 2, 3)),
        Case("square, size 3", _scores(3, 3, 3)),
        Case("one sentence", _scores(1, 4, 3)),
        Case("one step", _scores(3, 1, 4)),
        Case("no padding", _scores(2, 3, 4, pad="none")),
        given(
            "extremes",
            np.array(
                [[[1000.0, 998.0, -1000.0], [2000.0, 2001.0, 1999.0]], [[3.0, 1.0, 2.0], [-5.0, 0.0, 5.0]]]
            ),
            np.array([[1, 2], [0, 1]]),
            np.array([[1.0, 1.0], [1.0, 0.0]]),
        ),
        Case("float32", _scores(2, 3, 4), float32=True),
    ),
    small=(_scores(1, 2, 2), _scores(2, 2, 2), _scores(2, 3, 2)),
    points={"loss": 2, "dx": 3},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 3",
    difficulty=3,
    minutes=18,
    starter=one_call(
        "temporal_softmax_loss",
        "x, y, mask",
        "x (N, T, V) scores, y (N, T) labels, mask (N, T) of 0 and 1 -> loss (a number), dx (N, T, V).",
        "loss, dx",
    ),
    hints={
        "loss": (
            "What should the loss be if the mask is 0 everywhere?",
            "Which axis does the softmax sum over? How many numbers -log p are there, and which of them count?",
            "Shift each row of scores by its largest, take -log p at y, times mask, sum, divide by N.",
        ),
        "dx": (
            "Can moving a score at a step of padding change the loss?",
            "The gradient at a step is that of a softmax loss there. What multiplies it?",
            "p, minus 1 at the right word, times mask[:, :, None], divided by N.",
        ),
    },
    misconceptions=(
        mistake(
            "mask-forgotten",
            "computed without the mask: padding is paid for as well",
            "loss",
            lambda s: _each(s).sum() / _n(s),
        ),
        mistake(
            "mean-over-words",
            "divided by the number of words that count, where N is asked for",
            "loss",
            lambda s: (_each(s) * s["mask"]).sum() / np.sum(s["mask"]),
        ),
        mistake(
            "mean-over-steps",
            "divided by N·T, where N is asked for",
            "loss",
            lambda s: (_each(s) * s["mask"]).mean(),
        ),
        mistake(
            "summed", "a sum where a division by N is meant", "loss", lambda s: (_each(s) * s["mask"]).sum()
        ),
        mistake(
            "mask-forgotten",
            "computed without the mask: padding is pushed as well",
            "dx",
            lambda s: _push(s) / _n(s),
        ),
        mistake(
            "mean-over-words",
            "divided by the number of words that count, where N is asked for",
            "dx",
            lambda s: _push(s) * _mask(s) / np.sum(s["mask"]),
        ),
        mistake(
            "mean-over-steps",
            "divided by N·T, where N is asked for",
            "dx",
            lambda s: _push(s) * _mask(s) / np.size(s["mask"]),
        ),
        mistake("mean-missing", "computed without the 1/N", "dx", lambda s: _push(s) * _mask(s)),
        mistake(
            "label-missing",
            "computed without the -1 at the right word",
            "dx",
            lambda s: _push(s, label=0.0) * _mask(s) / _n(s),
        ),
        mistake("sign", "negated", "dx", lambda s: -_push(s) * _mask(s) / _n(s)),
    ),
    conventions=("summed over the words that the mask keeps, divided by N", "natural logarithm"),
)
