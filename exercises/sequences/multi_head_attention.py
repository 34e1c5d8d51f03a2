"""Exercise: attention in several heads, with the projections before and after."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.sequences import worked
from exercises.shared.predictions import Prediction, mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Misconception, Situation
from grader.exercise.cases import Draw
from reference.attention import MULTI_HEAD_ATTENTION, attention_backward, multi_head_attention_forward
from reference.inputs import Array

ARGUMENTS = ("q", "k", "v", "Wq", "Wk", "Wv", "Wo", "mask", "head_param")


def _drawn(examples: int, queries: int, keys: int, width: int, heads: int) -> Draw:
    """Entries up to 1.8 but for the mask, so that the weights of a query differ clearly."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        sizes = {"N": examples, "T": queries, "S": keys, "E": width}
        *arrays, mask, _ = MULTI_HEAD_ATTENTION.draw(rng, sizes)
        return (*(np.round(array * 2, 2) for array in arrays), mask, {"heads": heads})

    return draw


def _split(x: Array, heads: int) -> Array:
    """(N, T, E) -> (N, heads, T, E/heads)."""
    N, T, E = x.shape
    return x.reshape(N, T, heads, E // heads).transpose(0, 2, 1, 3)


def _merge(x: Array) -> Array:
    """(N, heads, T, D) -> (N, T, heads · D)."""
    N, heads, T, D = x.shape
    return x.transpose(0, 2, 1, 3).reshape(N, T, heads * D)


def _forward(s: Situation, *, move: bool = True, per_head: bool = True, last: bool = True) -> Array:
    """out, with heads cut the wrong way, scores divided by √E, or without Wo."""
    heads, E = s["head_param"]["heads"], np.shape(s["q"])[2]

    def cut(x: Array) -> Array:
        return _split(x, heads) if move else x.reshape(x.shape[0], heads, x.shape[1], E // heads)

    q, k, v = (cut(np.asarray(s[name], np.float64) @ s["W" + name]) for name in "qkv")
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(E // heads if per_head else E)
    scores = np.where(np.asarray(s["mask"])[:, None] == 0, -np.inf, scores)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    out = powers / powers.sum(axis=-1, keepdims=True) @ v
    merged = _merge(out) if move else out.reshape(np.shape(s["q"]))
    return np.asarray(merged @ s["Wo"] if last else merged)


def _back(s: Situation, *, through_wo: bool = True, project: str = "turned") -> dict[str, Array]:
    """All seven gradients; without Wo on the way back, or with the projections the wrong way round."""
    _, cache = multi_head_attention_forward(*(s[name] for name in ARGUMENTS))
    *_, heads, inner, merged = cache
    Wo = np.asarray(s["Wo"])
    above = s["dout"] @ Wo.T if through_wo else np.asarray(s["dout"])
    parts = [_merge(part) for part in attention_backward(_split(above, heads), inner)]
    found = {"dWo": np.tensordot(merged, s["dout"], ((0, 1), (0, 1)))}
    for name, part in zip("qkv", parts, strict=True):
        W = np.asarray(s["W" + name])
        found["d" + name] = {"turned": part @ W.T, "as it is": part @ W, "none": part}[project]
        found["dW" + name] = np.tensordot(s[name], part, ((0, 1), (0, 1)))
    return found


def _slip(id: str, title: str, names: tuple[str, ...], **how: Any) -> tuple[Misconception, ...]:
    def at(name: str) -> Prediction:
        return lambda s: _back(s, **how)[name]

    return tuple(mistake(id, title, name, at(name)) for name in names)


def _turned(names: tuple[str, ...]) -> tuple[Misconception, ...]:
    def at(name: str) -> Prediction:
        return lambda s: _back(s)[name].T

    return tuple(mistake("transposed", "the right numbers, transposed", name, at(name)) for name in names)


INPUTS = ("dq", "dk", "dv")
PROJECTIONS = ("dWq", "dWk", "dWv")

_INPUT = (
    "It is an affine layer's dx, whose upstream is the gradient of {0} times W{0}, all heads side by side."
)
_WEIGHT = "It is an affine layer's dw: it sums over the steps of all examples."

MULTI_HEAD_ATTENTION_EXERCISE = LayerExercise(
    id="multi_head_attention",
    title="Attention in several heads",
    text=r"""One query may want to look for several things at once. Multi-head attention projects queries, keys
and values, cuts the projections into $H$ heads of $E/H$ columns each, lets every head attend on its own, puts their
outputs side by side again, and projects once more:
$$Q = q\,W_q, \quad K = k\,W_k, \quad V = v\,W_v, \qquad
  \text{head}_h = \text{softmax}\Bigl(\frac{Q_h K_h^{\top}}{\sqrt{E/H}}\Bigr) V_h, \qquad
  \text{out} = [\text{head}_1, \dots, \text{head}_H]\,W_o.$$
Head $h$ has the columns from $h\,E/H$ on, counted from 0. `q` is `(N, T, E)`, `k` and `v` are `(N, S, E)`, the four
weights are `(E, E)` and have no biases, `mask` is `(N, T, S)` with 1 where a query sees a key and 0 where it does
not, for all heads alike, and `head_param["heads"]` is $H$, which divides $E$.

- `multi_head_attention_forward(q, k, v, Wq, Wk, Wv, Wo, mask, head_param)` returns `out, cache`; `out` is
  `(N, T, E)`.
- `multi_head_attention_backward(dout, cache)` returns `dq, dk, dv, dWq, dWk, dWv, dWo`.

Begin with cutting and joining: write the two as functions, one the inverse of the other, for both are needed on the
way back as well. Between them stands attention as you know it, with one more axis.
""",
    layer=MULTI_HEAD_ATTENTION,
    worked=worked.MULTI_HEAD_ATTENTION,
    cases=(
        Case("generic", _drawn(2, 3, 5, 4, 2), basic=True),
        Case("generic, other sizes", _drawn(3, 4, 2, 6, 3)),
        Case("one head", _drawn(2, 3, 4, 4, 1)),
        Case("as many heads as columns", _drawn(2, 2, 3, 4, 4)),
        Case("square, size 4", _drawn(4, 4, 4, 4, 2)),
        Case("one sample", _drawn(1, 3, 2, 6, 2)),
        Case("one query", _drawn(2, 1, 3, 4, 2)),
        Case("float32", _drawn(2, 3, 5, 4, 2), float32=True),
    ),
    small=(_drawn(1, 1, 2, 2, 1), _drawn(1, 1, 2, 2, 2), _drawn(1, 2, 2, 2, 2)),
    points={"out": 3, "dq": 1, "dk": 1, "dv": 1, "dWq": 1, "dWk": 1, "dWv": 1, "dWo": 1},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source="Vaswani et al. 2017, Attention Is All You Need, section 3.2.2",
    difficulty=5,
    minutes=45,
    starter=pair(
        "multi_head_attention_forward",
        "q, k, v, Wq, Wk, Wv, Wo, mask, head_param",
        "q (N, T, E), k, v (N, S, E), four weights (E, E), mask (N, T, S) -> out (N, T, E), cache.",
        "multi_head_attention_backward",
        "dq, dk, dv, dWq, dWk, dWv, dWo",
        "dout (N, T, E) -> three gradients like q, k, v and four of shape (E, E).",
    ),
    hints={
        "out": (
            "Which columns of Q belong to the second head? Does your cut give it those, step by step?",
            "(N, T, E) to (N, T, H, E/H) is a reshape. How do the heads then come before the steps?",
            "x.reshape(N, T, H, E // H).transpose(0, 2, 1, 3), and the transpose back before Wo.",
        ),
        "dWo": (
            "What is multiplied by Wo: the heads one by one, or side by side?",
            _WEIGHT,
            "The transpose of the joined heads, (E, N·T), times dout.",
        ),
        **{
            f"d{name}": (
                f"Which nodes lie between out and {name}?",
                _INPUT.format(name),
                f"Through Wo, cut, attention's backward, join, then times the transpose of W{name}.",
            )
            for name in "qkv"
        },
        **{
            f"dW{name}": (
                f"What stands beside W{name}, and at how many steps?",
                _WEIGHT,
                f"The transpose of {name}, (E, all steps), times the gradient of {name} times W{name}.",
            )
            for name in "qkv"
        },
    },
    misconceptions=(
        mistake(
            "heads-cut-across-steps",
            "computed with heads that were cut by a reshape alone, so that they mix steps",
            "out",
            lambda s: _forward(s, move=False),
        ),
        mistake(
            "scaled-by-the-whole-width",
            "computed with scores divided by √E, where a head's keys have E/H columns",
            "out",
            lambda s: _forward(s, per_head=False),
        ),
        mistake("last-projection-missing", "computed without Wo", "out", lambda s: _forward(s, last=False)),
        *_slip(
            "wo-forgotten", "computed without Wo on the way back", (*INPUTS, *PROJECTIONS), through_wo=False
        ),
        *_slip(
            "missing-transpose",
            "computed without the transpose of the projection, which is square and runs either way",
            INPUTS,
            project="as it is",
        ),
        *_slip(
            "projection-missing",
            "the gradient of the projection, not taken back through it",
            INPUTS,
            project="none",
        ),
        *_turned((*PROJECTIONS, "dWo")),
    ),
    conventions=(
        "scores are divided by the root of a head's width, E/H; there are no biases",
        "mask 1: the query sees the key; 0: it does not",
    ),
)
