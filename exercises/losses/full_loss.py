"""Exercise: data losses and penalties put together, as the lecture writes the loss of a two-layer network."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.losses import worked
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Misconception, Situation
from grader.exercise.cases import Draw
from reference.full_loss import FULL_LOSS
from reference.inputs import Array


def _drawn(n: int, d: int, h: int, c: int, *, lam: float | None = None) -> Draw:
    """Losses of 0.2 to 3, weights of 0.1 to 2, and a strength that counts."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        def weights(*shape: int) -> Array:
            return np.asarray(rng.choice((-1.0, 1.0), shape) * rng.integers(10, 201, shape) / 100)

        strength = float(rng.integers(2, 11)) / 20 if lam is None else lam
        return rng.integers(20, 301, n) / 100, weights(d, h), weights(h, c), strength

    return draw


CASES = (
    Case("generic", _drawn(3, 2, 4, 5), basic=True),
    Case("generic, other sizes", _drawn(5, 4, 3, 2)),
    Case("square, size 2", _drawn(2, 2, 2, 2)),
    Case("one sample", _drawn(1, 2, 3, 4)),
    Case("a weak penalty", _drawn(4, 2, 3, 5, lam=1e-3)),
    Case("a strong penalty", _drawn(4, 2, 3, 5, lam=20.0)),
    Case("no penalty", _drawn(3, 2, 4, 5, lam=0.0)),
    Case("float32", _drawn(3, 2, 4, 5), float32=True),
)


def _f(s: Situation, name: str) -> Array:
    return np.asarray(s[name], dtype=np.float64)


def _squares(s: Situation, *names: str) -> float:
    return float(sum(np.sum(_f(s, name) ** 2) for name in names))


def _both(s: Situation) -> float:
    return float(s["lam"]) * _squares(s, "W1", "W2")


def _mean(s: Situation) -> float:
    return float(np.mean(_f(s, "losses")))


def _of_weights(name: str) -> tuple[Misconception, ...]:
    node = f"d{name}"
    return (
        mistake(
            "penalty-missing", "zero, as if the penalty had no gradient", node, lambda s: 0 * _f(s, name)
        ),
        mistake(
            "factor-two-missing",
            "computed with lam·W where the square gives 2·lam·W",
            node,
            lambda s: s["dL"] * s["lam"] * _f(s, name),
        ),
        mistake("strength-missing", "computed without lam", node, lambda s: s["dL"] * 2 * _f(s, name)),
        mistake(
            "penalty-averaged",
            "divided by the number of examples, of which the penalty knows nothing",
            node,
            lambda s: s["dL"] * 2 * s["lam"] * _f(s, name) / len(s["losses"]),
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if it were 1",
            node,
            lambda s: 2 * s["lam"] * _f(s, name),
        ),
    )


FULL_LOSS_EXERCISE = LayerExercise(
    id="full_loss",
    title="The full loss: data and regularisation",
    text=r"""What is minimised in the end has two parts: how badly the examples are classified, on average, and how
large the weights are. For a network of two layers,
$$L = \frac1N \sum_{i=1}^{N} L_i \;+\; \lambda \sum W_1^2 \;+\; \lambda \sum W_2^2,$$
where $L_i$ is the loss of example $i$, whatever kind it is.

- `full_loss_forward(losses, W1, W2, lam)` returns `L, cache`; `losses` is `(N,)`, `W1` is `(D, H)`, `W2` is
  `(H, C)`, and `lam` is the number $\lambda$.
- `full_loss_backward(dout, cache)`, with `dout` a number, returns `dlosses, dW1, dW2`, each of the shape of
  what it is the gradient of.

`dW1` and `dW2` are what the penalty alone contributes; in a network, the part that comes through the losses is
added to them later, since $W$ goes to two places. Which symbols of the formula stand inside the mean?
""",
    layer=FULL_LOSS,
    cases=CASES,
    points={"L": 2, "dlosses": 1, "dW1": 1, "dW2": 1},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: data loss and regularisation of a two-layer network",
    difficulty=2,
    minutes=15,
    starter=pair(
        "full_loss_forward",
        "losses, W1, W2, lam",
        "losses (N,), W1 (D, H), W2 (H, C), lam (a number) -> L (a number), cache.",
        "full_loss_backward",
        "dlosses, dW1, dW2",
        "dout (a number) -> dlosses (N,), dW1 (D, H), dW2 (H, C).",
    ),
    hints={
        "L": (
            "If all weights are 0, what is L? And if all losses are 0, does N matter?",
            "Which part is a mean, and how many matrices are squared and summed?",
            "The mean of the losses, plus lam times the sum of all squares of W1 and of W2.",
        ),
        "dlosses": (
            "If one loss rises by 0.01 among four, by how much does L rise?",
            "Every example has the same share of the mean.",
            "An array of the upstream divided by N, one entry for each example.",
        ),
        "dW1": (
            "For one weight of 3 and lam = 0.1, by how much does L rise when the weight rises by 0.01?",
            "The square is differentiated, and no half cancels what it leaves. Does N come in?",
            "The upstream times 2 lam W1.",
        ),
        "dW2": (
            "If one entry of W2 rises a little, which part of L moves, and has W1 a say in by how much?",
            "Nothing does: the same rule, with its own numbers.",
            "The upstream times 2 lam W2.",
        ),
    },
    worked=worked.FULL_LOSS,
    misconceptions=(
        mistake("penalty-missing", "computed without the penalties", "L", _mean),
        mistake(
            "second-penalty-missing",
            "computed without the penalty on W2",
            "L",
            lambda s: _mean(s) + s["lam"] * _squares(s, "W1"),
        ),
        mistake(
            "first-penalty-missing",
            "computed without the penalty on W1",
            "L",
            lambda s: _mean(s) + s["lam"] * _squares(s, "W2"),
        ),
        mistake(
            "penalty-halved", "computed with half of the penalty", "L", lambda s: _mean(s) + _both(s) / 2
        ),
        mistake(
            "penalty-averaged",
            "computed with penalties divided by the number of examples",
            "L",
            lambda s: _mean(s) + _both(s) / len(s["losses"]),
        ),
        mistake(
            "summed",
            "computed with the sum of the losses where their mean is meant",
            "L",
            lambda s: _mean(s) * len(s["losses"]) + _both(s),
        ),
        mistake(
            "mean-missing",
            "computed without the 1/N of the mean",
            "dlosses",
            lambda s: s["dL"] * np.ones_like(_f(s, "losses")),
        ),
        mistake(
            "ignores-dout",
            "1/N, without the upstream",
            "dlosses",
            lambda s: np.ones_like(_f(s, "losses")) / len(s["losses"]),
        ),
        mistake(
            "values-for-slopes",
            "computed with the losses themselves where their slope, 1, belongs",
            "dlosses",
            lambda s: s["dL"] * _f(s, "losses") / len(s["losses"]),
        ),
        *_of_weights("W1"),
        *_of_weights("W2"),
    ),
    conventions=(
        "mean over the examples",
        "the penalty is λΣW² without a half, so its gradient is 2λW; it is no part of the mean",
    ),
)
