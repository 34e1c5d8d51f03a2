"""Exercise: the L2 penalty on an array of weights, as one term of a loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.losses import worked
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from grader.exercise.cases import Draw
from reference.inputs import Array
from reference.l2 import L2


def _drawn(*shape: int, lam: float | None = None) -> Draw:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        w = rng.choice((-1.0, 1.0), shape) * rng.integers(10, 301, shape) / 100
        return w, float(rng.integers(2, 11)) / 20 if lam is None else lam

    return draw


CASES = (
    Case("generic", _drawn(2, 3), basic=True),
    Case("a vector", _drawn(5)),
    Case("a block", _drawn(2, 3, 2)),
    Case("square, size 2", _drawn(2, 2)),
    Case("one weight", _drawn(1)),
    Case("a weak penalty", _drawn(3, 4, lam=1e-4)),
    Case("a strong penalty", _drawn(3, 4, lam=50.0)),
    Case("no penalty", _drawn(2, 3, lam=0.0)),
    Case("float32", _drawn(2, 3), float32=True),
)


def _w(s: Situation) -> Array:
    return np.asarray(s["w"], dtype=np.float64)


L2_PENALTY = LayerExercise(
    id="l2_penalty",
    title="The L2 penalty",
    text=r"""Of two sets of weights that fit the data equally well, the smaller is preferred. So a loss gets a term
$$R = \lambda \sum_k w_k^2,$$
which grows with every weight's square. $\lambda$, a number that is not learned, says how much that counts.

- `l2_forward(w, lam)` returns `out, cache`: `w` is an array of any shape, `lam` the number $\lambda$, and `out`
  is $R$.
- `l2_backward(dout, cache)`, with `dout` a number, returns `dw`, of the shape of `w`.

Two conventions are in use, and much trouble comes of not saying which one is meant: with a half in front
($\tfrac\lambda2 \sum w^2$) the gradient is simpler, without it the loss is. Here there is **no half**. Biases are
not penalised; that is why `w` stands alone.
""",
    layer=L2,
    forward="l2_forward",
    backward="l2_backward",
    cases=CASES,
    points={"out": 1, "dw": 1},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: data loss and regularisation",
    difficulty=1,
    minutes=10,
    starter=pair(
        "l2_forward",
        "w, lam",
        "w (...), lam (a number) -> out (one number), cache.",
        "l2_backward",
        "dw",
        "dout (one number) -> dw (...).",
    ),
    hints={
        "out": (
            "For w = [3, -1] and lam = 0.1, what must the penalty be? What does yours say?",
            "Is there a mean, a root or a half in the formula?",
            "lam times the sum of the squares of all entries.",
        ),
        "dw": (
            "For w = [3] and lam = 0.1, by how much does the penalty rise when w rises by 0.01?",
            "What does the square leave behind when it is differentiated, and is there a half to cancel it?",
            "The upstream times 2 lam w.",
        ),
    },
    worked=worked.L2_PENALTY,
    misconceptions=(
        mistake(
            "halved", "computed with a half in front", "out", lambda s: s["lam"] / 2 * np.sum(_w(s) ** 2)
        ),
        mistake(
            "root-taken",
            "computed with the length of w: a root too many",
            "out",
            lambda s: s["lam"] * np.sqrt(np.sum(_w(s) ** 2)),
        ),
        mistake(
            "averaged",
            "divided by the number of weights: a mean where a sum is meant",
            "out",
            lambda s: s["lam"] * np.mean(_w(s) ** 2),
        ),
        mistake(
            "absolute-values",
            "computed with absolute values where squares belong",
            "out",
            lambda s: s["lam"] * np.sum(np.abs(_w(s))),
        ),
        mistake(
            "not-squared",
            "computed with the weights where their squares belong",
            "out",
            lambda s: s["lam"] * np.sum(_w(s)),
        ),
        mistake("strength-missing", "computed without lam", "out", lambda s: np.sum(_w(s) ** 2)),
        mistake(
            "factor-two-missing",
            "computed with lam·w where the square gives 2·lam·w",
            "dw",
            lambda s: s["dout"] * s["lam"] * _w(s),
        ),
        mistake("strength-missing", "computed without lam", "dw", lambda s: s["dout"] * 2 * _w(s)),
        mistake(
            "weights-missing",
            "2·lam everywhere: the weights themselves are missing",
            "dw",
            lambda s: s["dout"] * 2 * s["lam"] * np.ones_like(_w(s)),
        ),
        mistake(
            "summed",
            "computed with the sum of all weights at every entry, where each has its own",
            "dw",
            lambda s: s["dout"] * 2 * s["lam"] * np.sum(_w(s)) * np.ones_like(_w(s)),
        ),
        mistake(
            "averaged",
            "divided by the number of weights",
            "dw",
            lambda s: s["dout"] * 2 * s["lam"] * _w(s) / np.size(s["w"]),
        ),
        mistake(
            "not-differentiated",
            "computed with the squares themselves: they were not differentiated",
            "dw",
            lambda s: s["dout"] * s["lam"] * _w(s) ** 2,
        ),
        mistake(
            "signs-only",
            "computed with the signs of the weights, as for a penalty on absolute values",
            "dw",
            lambda s: s["dout"] * s["lam"] * np.sign(_w(s)),
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if it were 1",
            "dw",
            lambda s: 2 * s["lam"] * _w(s),
        ),
    ),
    conventions=("λ Σ w² without a half, so the gradient is 2λw", "biases are not penalised"),
)
