"""Exercise: the affine layer of a batch of rows, xw + b."""

from __future__ import annotations

import numpy as np

from exercises.linear import worked
from exercises.shared.drawing import matrices
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation, cases_of
from grader.exercise.cases import Draw, sized
from reference.inputs import Array
from reference.linear_rows import AFFINE


def _rows_of(examples: int, size: int) -> Draw:
    """As many neurons as entries in an example: a lost transpose runs here, and only its numbers are wrong."""
    return matrices(AFFINE, {"x": (examples, size), "w": (size, size), "b": (size,)})


def _rows(s: Situation) -> Array:
    return np.asarray(s["x"]).reshape(len(s["x"]), len(s["w"]))


def _like_x(s: Situation, rows: Array) -> Array:
    return np.asarray(rows).reshape(np.shape(s["x"]))


AFFINE_EXERCISE = LayerExercise(
    id="affine",
    title="The affine layer",
    text=r"""A layer of $M$ neurons meets a batch of $N$ examples, one a row:
$$\text{out} = x\,w + b, \qquad x: (N, D),\quad w: (D, M),\quad b: (M,),\quad \text{out}: (N, M).$$
The same $b$ is added to every row.

- `affine_forward(x, w, b)` returns `out, cache`.
- `affine_backward(dout, cache)`, with `dout` of shape `(N, M)`, returns `dx, dw, db`, each in the shape of
  what it is the gradient of.

Start with one entry. Which entries of `out` does $x_{nd}$ reach, and by which weights? Then let the shapes
tell you how to write all entries at once. No loops are needed.
""",
    layer=AFFINE,
    cases=cases_of(
        AFFINE,
        more=(
            Case("square, size 2", _rows_of(2, 2)),
            Case("square, size 3", _rows_of(3, 3)),
            Case("square weights", _rows_of(5, 3)),  # here the sizes tell a mean over N from one over D or M
            Case("one neuron", sized(AFFINE, {"N": 3, "D": 5, "M": 1})),
        ),
    ),
    small=(_rows_of(1, 1), _rows_of(1, 2), _rows_of(2, 1), _rows_of(2, 2)),
    points={"out": 3, "dx": 1, "dw": 1, "db": 1},
    topic="networks",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: linear layer; CS231n, assignment 2",
    difficulty=2,
    minutes=20,
    starter=pair(
        "affine_forward",
        "x, w, b",
        "x (N, D), w (D, M), b (M,) -> out (N, M) = x w + b, cache.",
        "affine_backward",
        "dx, dw, db",
        "dout (N, M) -> dx (N, D), dw (D, M), db (M,).",
    ),
    hints={
        "out": (
            "What does one row of x become, and what does it have to do with the other rows?",
            "Which axis of x has to meet which axis of w, and what is left?",
            "Multiply x by w with @, and add b; NumPy adds it to every row.",
        ),
        "dx": (
            "Which entries of w does x[0, 0] touch?",
            "dout is (N, M) and dx must be (N, D). Which axis of w has to meet the M of dout?",
            "The M of w must come first for the product: dout times the transpose of w, in the shape of x.",
        ),
        "dw": (
            "Which entries of x does w[0, 0] meet, and which entries of out do they go to?",
            "w[d, m] meets column d of x and column m of dout, one row after the other. What sums over the rows?",
            "The transpose of x, (D, N), times dout, (N, M), is (D, M) and sums over the examples.",
        ),
        "db": (
            "How many entries of out does b[0] reach?",
            "b was added to every row. What happens to gradients when one number goes to several places?",
            "Sum dout over its rows, axis 0.",
        ),
    },
    worked=worked.AFFINE,
    misconceptions=(
        mistake("bias-forgotten", "computed without the bias", "out", lambda s: _rows(s) @ s["w"]),
        mistake(
            "missing-transpose-w",
            "x times w with w the wrong way round",
            "out",
            lambda s: _rows(s) @ np.asarray(s["w"]).T + s["b"],
        ),
        mistake(
            "missing-transpose",
            "computed without the transpose of w",
            "dx",
            lambda s: _like_x(s, s["dout"] @ s["w"]),
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if all of it were 1",
            "dx",
            lambda s: _like_x(s, np.ones_like(s["dout"]) @ np.asarray(s["w"]).T),
        ),
        mistake(
            "summed-too-early",
            "the product of two sums over the examples, where the sum of their products belongs",
            "dw",
            lambda s: np.outer(_rows(s).sum(axis=0), np.sum(s["dout"], axis=0)),
        ),
        mistake(
            "averaged",
            "divided by the number of examples",
            "dx",
            lambda s: _like_x(s, s["dout"] @ np.asarray(s["w"]).T / len(s["x"])),
        ),
        mistake(
            "last-neuron",
            "that of the last neuron alone: a neuron wrote over the one before",
            "dx",
            lambda s: _like_x(s, np.outer(np.asarray(s["dout"])[:, -1], np.asarray(s["w"])[:, -1])),
        ),
        mistake(
            "missing-transpose", "computed without the transpose of x", "dw", lambda s: _rows(s) @ s["dout"]
        ),
        mistake(
            "transposed", "the right numbers, transposed", "dw", lambda s: np.asarray(s["dout"]).T @ _rows(s)
        ),
        mistake(
            "averaged",
            "divided by the number of examples: a mean where a sum belongs",
            "dw",
            lambda s: _rows(s).T @ s["dout"] / len(s["x"]),
        ),
        mistake(
            "first-row",
            "that of the first example alone",
            "dw",
            lambda s: np.outer(_rows(s)[0], s["dout"][0]),
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if all of it were 1",
            "dw",
            lambda s: _rows(s).T @ np.ones_like(s["dout"]),
        ),
        mistake(
            "upstream-overwritten",
            "computed from dx in place of dout, as if dx had been written over it before",
            "dw",
            lambda s: _rows(s).T @ (s["dout"] @ np.asarray(s["w"]).T),
        ),
        mistake(
            "averaged",
            "a mean over the examples where a sum belongs",
            "db",
            lambda s: np.mean(s["dout"], axis=0),
        ),
        mistake(
            "wrong-axis",
            "summed over the neurons instead of over the examples",
            "db",
            lambda s: np.sum(s["dout"], axis=1),
        ),
        mistake(
            "not-summed", "the upstream as it came, not summed over the examples", "db", lambda s: s["dout"]
        ),
        mistake(
            "summed-over-everything",
            "summed over both axes into one number",
            "db",
            lambda s: np.sum(s["dout"]),
        ),
        mistake("first-row", "that of the first example alone", "db", lambda s: s["dout"][0]),
        mistake(
            "upstream-overwritten",
            "computed from dx in place of dout, as if dx had been written over it before",
            "db",
            lambda s: (s["dout"] @ np.asarray(s["w"]).T).sum(axis=0),
        ),
        mistake("ignores-dout", "ones, without the upstream", "db", lambda s: np.ones_like(s["b"])),
        mistake(
            "kept-axis",
            "of shape (1, M): an axis too many was kept",
            "db",
            lambda s: np.sum(s["dout"], axis=0, keepdims=True),
        ),
    ),
    conventions=("row batches: an example is a row of x (N, D), and out = xw + b",),
)
