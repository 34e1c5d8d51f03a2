"""Exercise: the batched product of matrices, as attention uses it."""

from __future__ import annotations

import numpy as np

from exercises.linear import worked
from exercises.shared.drawing import matrices
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from grader.exercise.cases import Draw
from reference.inputs import Array
from reference.matmul import MATMUL


def _sizes(batch: tuple[int, ...], N: int, K: int, M: int) -> Draw:
    return matrices(MATMUL, {"a": (*batch, N, K), "b": (*batch, K, M)})


def _turned(array: Array) -> Array:
    return np.asarray(array).swapaxes(-1, -2)


def _reversed(s: Situation, name: str) -> Array:
    """.T, which reverses all axes where there are more than two."""
    return np.asarray(s[name]).T


MATMUL_EXERCISE = LayerExercise(
    id="matmul",
    title="A product of two matrices",
    text=r"""Here both factors are variables, as in attention, where scores are products of queries and keys:
$$\text{out} = A\,B, \qquad \text{out}_{nm} = \sum_k A_{nk}\,B_{km}, \qquad A: (N, K),\quad B: (K, M).$$
There may be axes in front, the same in both: `a` of shape `(5, N, K)` and `b` of shape `(5, K, M)` are five
products of matrices, one for each index, which have nothing to do with each other.

- `matmul_forward(a, b)` returns `out, cache`.
- `matmul_backward(dout, cache)`, with `dout` in the shape of `out`, returns `da, db`.

`@` treats the axes in front as you want it. Mind what `.T` does to an array of three axes.
""",
    layer=MATMUL,
    cases=(
        Case("generic", _sizes((), 2, 3, 4), basic=True),
        Case("generic, other sizes", _sizes((), 5, 4, 2)),
        Case("square, size 2", _sizes((), 2, 2, 2)),
        Case("square, size 3", _sizes((), 3, 3, 3)),
        Case("three products", _sizes((3,), 2, 4, 5)),
        Case("cubes, size 2", _sizes((2,), 2, 2, 2)),
        Case("cubes, size 3", _sizes((3,), 3, 3, 3)),
        Case("two axes in front", _sizes((2, 3), 2, 3, 4)),
        Case("one row", _sizes((), 1, 3, 2)),
        Case("float32", _sizes((3,), 2, 4, 5), float32=True),
    ),
    small=(_sizes((), 1, 2, 1), _sizes((), 2, 2, 2), _sizes((2,), 2, 2, 2)),
    points={"out": 1, "da": 2, "db": 2},
    topic="shapes",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: linear layer; CS231n, lecture 4",
    difficulty=2,
    minutes=12,
    starter=pair(
        "matmul_forward",
        "a, b",
        "a (..., N, K), b (..., K, M) -> out (..., N, M), cache.",
        "matmul_backward",
        "da, db",
        "dout (..., N, M) -> da (..., N, K), db (..., K, M).",
    ),
    hints={
        "out": ("Which operator multiplies matrices, index by index of the axes in front?", "a @ b."),
        "da": (
            "Which entries of out does a[0, 1] reach, and what stands beside it there?",
            "da[n, k] sums dout[n, m] b[k, m] over m. Which two axes of b change places for that?",
            "dout @ b.swapaxes(-1, -2): the transpose of each matrix, not of the whole array.",
        ),
        "db": (
            "Which entries of out does b[0, 1] reach, and what stands beside it there?",
            "db[k, m] sums a[n, k] dout[n, m] over n. Which factor stands in front?",
            "a.swapaxes(-1, -2) @ dout: the transpose of each matrix, not of the whole array.",
        ),
    },
    worked=worked.MATMUL,
    misconceptions=(
        mistake("elementwise", "multiplied entry by entry", "out", lambda s: np.asarray(s["a"]) * s["b"]),
        mistake("order", "b times a", "out", lambda s: np.asarray(s["b"]) @ s["a"]),
        mistake(
            "missing-transpose", "computed without the transpose of b", "da", lambda s: s["dout"] @ s["b"]
        ),
        mistake("order", "b's part in front", "da", lambda s: _turned(s["b"]) @ s["dout"]),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if all of it were 1",
            "da",
            lambda s: np.ones_like(s["dout"]) @ _turned(s["b"]),
        ),
        mistake(
            "all-axes-reversed",
            "computed with b.T, which reverses the axes in front as well",
            "da",
            lambda s: s["dout"] @ _reversed(s, "b"),
        ),
        mistake(
            "missing-transpose", "computed without the transpose of a", "db", lambda s: s["a"] @ s["dout"]
        ),
        mistake("order", "a's part behind", "db", lambda s: s["dout"] @ _turned(s["a"])),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if all of it were 1",
            "db",
            lambda s: _turned(s["a"]) @ np.ones_like(s["dout"]),
        ),
        mistake(
            "all-axes-reversed",
            "computed with a.T, which reverses the axes in front as well",
            "db",
            lambda s: _reversed(s, "a") @ s["dout"],
        ),
    ),
    conventions=("both have the same axes in front; the product is of the last two",),
)
