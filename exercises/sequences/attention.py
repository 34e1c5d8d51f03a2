"""Exercises: scaled dot-product attention, without a mask and with one."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.sequences import worked
from exercises.shared.predictions import Prediction, mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Misconception, Situation
from grader.exercise.cases import Draw, sized
from reference.attention import ATTENTION, MASKED_ATTENTION
from reference.inputs import Array
from reference.layer import Layer

SOURCE = "Vaswani et al. 2017, Attention Is All You Need, section 3.2"


def _drawn(layer: Layer, examples: int, queries: int, width: int, keys: int, values: int) -> Draw:
    """Entries up to 3.6: scores of a few units, so that a softmax over the wrong axis shows."""
    plain = sized(layer, {"N": examples, "T": queries, "D": width, "S": keys, "E": values})

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        q, k, v, *mask = plain(rng)
        return (np.round(q * 2, 2), np.round(k * 2, 2), v, *mask)

    return draw


def _cases(layer: Layer) -> tuple[Case, ...]:
    return (
        Case("generic", _drawn(layer, 2, 3, 4, 5, 6), basic=True),
        Case("generic, other sizes", _drawn(layer, 3, 4, 2, 3, 1)),
        Case("square, size 2", _drawn(layer, 2, 2, 2, 2, 2)),
        Case("square, size 3", _drawn(layer, 3, 3, 3, 3, 3)),
        Case("one sample", _drawn(layer, 1, 3, 2, 4, 3)),
        Case("one query", _drawn(layer, 2, 1, 3, 4, 2)),
        Case("float32", _drawn(layer, 2, 3, 4, 5, 6), float32=True),
    )


def _small(layer: Layer) -> tuple[Draw, ...]:
    return (_drawn(layer, 1, 1, 1, 2, 1), _drawn(layer, 1, 2, 1, 2, 1), _drawn(layer, 1, 2, 2, 2, 2))


def _turned(a: Any) -> Array:
    return np.swapaxes(np.asarray(a), -1, -2)


def _scores(s: Situation, *, scaled: bool = True) -> Array:
    """(N, T, S), without a mask."""
    scores = np.asarray(s["q"], dtype=np.float64) @ _turned(s["k"])
    return np.asarray(scores / np.sqrt(np.shape(s["q"])[-1]) if scaled else scores)


def _weights(s: Situation, *, scaled: bool = True, masked: bool = True, axis: int = -1) -> Array:
    """A (N, T, S), with one of the steps done otherwise."""
    scores = _scores(s, scaled=scaled)
    if masked and "mask" in s:
        scores = np.where(np.asarray(s["mask"]) == 0, -np.inf, scores)
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _back(
    s: Situation,
    *,
    scaled: bool = True,
    dot: bool = True,
    softmax: bool = True,
    ignores: bool = False,
    axis: int = -1,
    alone: bool = False,
    weighted: bool = True,
    before: bool = True,
    power: float = 0.5,
) -> dict[str, Array]:
    """dq, dk, dv with a slip on the way back."""
    A = _weights(s)
    dout = np.ones_like(s["dout"]) if ignores else np.asarray(s["dout"])
    dA = dout @ _turned(s["v"])
    inner = dA * A if alone else (dA * A if weighted else dA).sum(axis=axis, keepdims=True) if dot else 0.0
    dscores = (A * (dA - inner) if before else A * dA - inner) if softmax else dA
    dscores = dscores / np.shape(s["q"])[-1] ** power if scaled else dscores
    return {"dq": dscores @ np.asarray(s["k"]), "dk": _turned(dscores) @ s["q"], "dv": _turned(A) @ dout}


def _slip(id: str, title: str, names: tuple[str, ...], **how: Any) -> tuple[Misconception, ...]:
    def at(name: str) -> Prediction:
        return lambda s: _back(s, **how)[name]

    return tuple(mistake(id, title, name, at(name)) for name in names)


def _dscores(s: Situation) -> Array:
    A, dA = _weights(s), np.asarray(s["dout"]) @ _turned(s["v"])
    return np.asarray(A * (dA - (dA * A).sum(axis=-1, keepdims=True)) / np.sqrt(np.shape(s["q"])[-1]))


QK = ("dq", "dk")
SHARED: tuple[Misconception, ...] = (
    *_slip("root-missing", "computed without the 1/√D on the way back", QK, scaled=False),
    *_slip("dot-term-missing", "computed without the sum that all entries of a softmax's row share", QK, dot=False),
    *_slip("softmax-missing", "computed without the softmax on the way back", QK, softmax=False),
    *_slip(
        "ignores-dout", "computed without the upstream, as if all of it were 1", ("dv",), ignores=True
    ),
    *_slip(
        "diagonal-only", "computed with A(1 - A) for the softmax: each entry of a row moves the others too", QK,
        alone=True,
    ),
    *_slip("wrong-axis", "computed with the softmax's sum over the queries instead of over the keys", QK, axis=-2),
    *_slip(
        "sum-without-weights", "computed with the row sum of dA, where that of A · dA belongs", QK, weighted=False
    ),
    *_slip("factor-before-sum-missing", "computed without A in front of the softmax's sum", QK, before=False),
    mistake(
        "gradient-for-weights", "computed with the gradient of A where A itself belongs", "dv",
        lambda s: _turned(np.asarray(s["dout"]) @ _turned(s["v"])) @ s["dout"],
    ),
    mistake(
        "scores-not-turned", "computed without the transpose of the scores' gradient", "dk",
        lambda s: _dscores(s) @ s["q"],
    ),
    mistake(
        "weights-not-turned", "A times dout, with the queries where the keys belong", "dv",
        lambda s: _weights(s) @ s["dout"],
    ),
    *_slip("size-for-root", "divided by D where its root √D belongs", QK, power=1.0),
    mistake(
        "unscaled", "computed with scores that were not divided by √D", "out",
        lambda s: _weights(s, scaled=False) @ s["v"],
    ),
)  # fmt: skip

HINTS = {
    "out": (
        "Over which of the three axes must the weights sum to 1?",
        "Scores are (N, T, S). A query, a row of them, shares its attention out over the S keys.",
        "q @ k.swapaxes(1, 2) / np.sqrt(D), a softmax over the last axis, then @ v.",
    ),
    "dq": (
        "Which nodes lie between out and q?",
        "Go back through A v, then through the softmax, row by row, then through the division, then q kᵀ. "
        "What is the gradient of a softmax's row?",
        "dA = dout vᵀ; ds = A·(dA - (dA·A).sum(-1, keepdims=True))/√D; dq = ds @ k.",
    ),
    "dk": (
        "Which queries look at k[0, 0]?",
        "It is dq's way up to the scores; the last step is the other factor of a matrix product.",
        "The transpose of ds, (N, S, T), times q.",
    ),
    "dv": (
        "If v[0, 0] moves, which queries' outputs move, and by how much?",
        "out = A v is a matrix product for each example; A is what v is multiplied by.",
        "The transpose of A, (N, S, T), times dout.",
    ),
}

ATTENTION_EXERCISE = LayerExercise(
    id="attention",
    title="Scaled dot-product attention",
    text=r"""Each of $T$ queries takes a weighted mean of $S$ values; the weights say how well the query fits the
values' keys. For each example of a batch,
$$A = \text{softmax}\Bigl(\frac{q\,k^{\top}}{\sqrt{D}}\Bigr), \qquad \text{out} = A\,v,$$
with a softmax over each row of scores, so that $\sum_s A_{ts} = 1$. `q` is `(N, T, D)`, `k` is `(N, S, D)`, `v` is
`(N, S, E)`, and `out` is `(N, T, E)`.

- `attention_forward(q, k, v)` returns `out, cache`.
- `attention_backward(dout, cache)`, with `dout` of shape `(N, T, E)`, returns `dq, dk, dv`.

There are two matrix products, a division and a softmax, all of which you have gone back through before. Name what
lies between them, scores and $A$, and write the gradient of each on a line of its own. `@` multiplies the last two
axes of arrays with three, example by example.
""",
    layer=ATTENTION,
    worked=worked.ATTENTION,
    cases=_cases(ATTENTION),
    small=_small(ATTENTION),
    points={"out": 2, "dq": 2, "dk": 2, "dv": 1},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source=SOURCE,
    difficulty=4,
    minutes=30,
    starter=pair(
        "attention_forward",
        "q, k, v",
        "q (N, T, D), k (N, S, D), v (N, S, E) -> out (N, T, E), cache.",
        "attention_backward",
        "dq, dk, dv",
        "dout (N, T, E) -> dq (N, T, D), dk (N, S, D), dv (N, S, E).",
    ),
    hints=HINTS,
    misconceptions=(
        *SHARED,
        mistake(
            "scores-for-weights",
            "computed with the scores where their softmax belongs",
            "dv",
            lambda s: _turned(_scores(s)) @ s["dout"],
        ),
        mistake(
            "shifted-scores-for-weights",
            "computed with the scores, their row's largest taken off, where their softmax belongs",
            "dv",
            lambda s: _turned(_scores(s) - _scores(s).max(axis=-1, keepdims=True)) @ s["dout"],
        ),
        mistake(
            "wrong-axis",
            "computed with weights that sum to 1 over the queries instead of over the keys",
            "out",
            lambda s: _weights(s, axis=-2) @ s["v"],
        ),
    ),
    conventions=("scores are divided by √D, D being the size of a key",),
)

MASKED_ATTENTION_EXERCISE = LayerExercise(
    id="masked_attention",
    title="Attention with a mask",
    text=r"""A decoder must not see words that come later, and nobody should see padding. A mask $m$, of shape
`(N, T, S)`, says which query sees which key: 1 for yes, 0 for no. Where it is 0, the score is $-\infty$ before the
softmax, so that the weight is exactly 0 and the others still sum to 1:
$$s_{ts} = \begin{cases} q_t \cdot k_s/\sqrt{D} & m_{ts} = 1\\ -\infty & m_{ts} = 0,\end{cases} \qquad
  A = \text{softmax}(s), \qquad \text{out} = A\,v.$$
`q` is `(N, T, D)`, `k` is `(N, S, D)`, `v` is `(N, S, E)`; each query sees at least one key.

- `masked_attention_forward(q, k, v, mask)` returns `out, cache`.
- `masked_attention_backward(dout, cache)` returns `dq, dk, dv`; the mask has no gradient.

Start from attention without a mask. What changes on the way forward is one line. And on the way back? Ask what
gradient a weight that is 0 lets through. A large negative number such as $-10^{9}$ does the work of $-\infty$.
""",
    layer=MASKED_ATTENTION,
    worked=worked.MASKED_ATTENTION,
    backward="masked_attention_backward",
    cases=_cases(MASKED_ATTENTION),
    small=_small(MASKED_ATTENTION),
    points={"out": 2, "dq": 1, "dk": 1, "dv": 1},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source=SOURCE,
    difficulty=4,
    minutes=20,
    starter=pair(
        "masked_attention_forward",
        "q, k, v, mask",
        "q (N, T, D), k (N, S, D), v (N, S, E), mask (N, T, S) of 0 and 1 -> out (N, T, E), cache.",
        "masked_attention_backward",
        "dq, dk, dv",
        "dout (N, T, E) -> dq (N, T, D), dk (N, S, D), dv (N, S, E).",
    ),
    hints=HINTS
    | {
        "out": (
            "Do the weights of a query that sees two of five keys still sum to 1 in your code?",
            "Is the mask applied before the softmax or after it? Setting a score to 0 is not leaving it out.",
            "np.where(mask == 0, -np.inf, scores), and then the softmax.",
        ),
    },
    misconceptions=(
        *SHARED,
        mistake(
            "mask-forgotten",
            "computed without the mask",
            "out",
            lambda s: _weights(s, masked=False) @ s["v"],
        ),
        mistake(
            "mask-after-softmax",
            "computed with weights that were masked after the softmax and no longer sum to 1",
            "out",
            lambda s: (_weights(s, masked=False) * s["mask"]) @ s["v"],
        ),
        mistake(
            "mask-as-factor",
            "computed with scores set to 0, where a key that is not seen needs -∞",
            "out",
            lambda s: _masked_by_factor(s) @ s["v"],
        ),
    ),
    conventions=("scores are divided by √D", "mask 1: the query sees the key; 0: it does not"),
)


def _masked_by_factor(s: Situation) -> Array:
    powers = np.exp(np.asarray(s["q"]) @ _turned(s["k"]) / np.sqrt(np.shape(s["q"])[-1]) * s["mask"])
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
