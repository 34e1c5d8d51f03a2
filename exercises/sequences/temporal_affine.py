"""Exercise: the affine layer at every step of a sequence, where time is a second axis of examples."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.sequences import worked
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise
from grader.exercise.cases import Draw, sized
from reference.inputs import Array
from reference.temporal import TEMPORAL_AFFINE


def _affine(examples: int, steps: int, features: int, neurons: int) -> Draw:
    return sized(TEMPORAL_AFFINE, {"N": examples, "T": steps, "D": features, "M": neurons})


def _rows(values: Any) -> Array:
    """(N, T, K) -> (N·T, K)."""
    array = np.asarray(values)
    return array.reshape(-1, array.shape[-1])


TEMPORAL_AFFINE_EXERCISE = LayerExercise(
    id="temporal_affine",
    title="The affine layer at every step",
    text=r"""A recurrent network has a state at each of $T$ steps, and one and the same affine layer turns each
into scores:
$$\text{out}_{n t} = x_{n t}\,w + b, \qquad x: (N, T, D),\quad w: (D, M),\quad b: (M,),\quad
  \text{out}: (N, T, M).$$

- `temporal_affine_forward(x, w, b)` returns `out, cache`.
- `temporal_affine_backward(dout, cache)`, with `dout` of shape `(N, T, M)`, returns `dx, dw, db`.

To this layer a step is an example like any other: $N \cdot T$ of them. Start with `db`: to how many entries of
`out` was $b_0$ added?
""",
    layer=TEMPORAL_AFFINE,
    worked=worked.TEMPORAL_AFFINE,
    cases=(
        Case("generic", _affine(2, 3, 4, 5), basic=True),
        Case("generic, other sizes", _affine(4, 2, 5, 3)),
        Case("square, size 2", _affine(2, 2, 2, 2)),
        Case("square, size 3", _affine(3, 3, 3, 3)),
        Case("one sample", _affine(1, 3, 4, 2)),
        Case("one step", _affine(3, 1, 4, 2)),
        Case("float32", _affine(2, 3, 4, 5), float32=True),
    ),
    small=(_affine(1, 1, 1, 1), _affine(1, 2, 1, 1), _affine(1, 2, 2, 2)),
    points={"out": 1, "dx": 1, "dw": 1, "db": 1},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 3",
    difficulty=2,
    minutes=12,
    starter=pair(
        "temporal_affine_forward",
        "x, w, b",
        "x (N, T, D), w (D, M), b (M,) -> out (N, T, M), cache.",
        "temporal_affine_backward",
        "dx, dw, db",
        "dout (N, T, M) -> dx (N, T, D), dw (D, M), db (M,).",
    ),
    hints={
        "dx": (
            "Which entries of w does x[0, 0, 0] touch?",
            "Each step is a row. Which axis of w has to meet the M of dout?",
            "dout times the transpose of w; @ does it for all steps at once.",
        ),
        "dw": (
            "At how many places of out does w[0, 0] appear?",
            "Make one long batch of all steps, (N·T, D) and (N·T, M). Which layer is it then?",
            "x.reshape(N*T, D), transposed, times dout.reshape(N*T, M): the transpose sums over all steps.",
        ),
        "db": (
            "To how many entries of out was b[0] added?",
            "b fans out to every step of every example.",
            "Sum dout over its first two axes: axis=(0, 1).",
        ),
    },
    misconceptions=(
        mistake(
            "missing-transpose", "computed without the transpose of w", "dx", lambda s: s["dout"] @ s["w"]
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if all of it were 1",
            "dx",
            lambda s: np.ones_like(s["dout"]) @ np.asarray(s["w"]).T,
        ),
        mistake(
            "last-step",
            "that of the last step alone",
            "dw",
            lambda s: np.asarray(s["x"])[:, -1].T @ s["dout"][:, -1],
        ),
        mistake(
            "one-for-each-example",
            "of shape (N, D, M): one for each example, not summed over them",
            "dw",
            lambda s: np.einsum("ntd,ntm->ndm", s["x"], s["dout"]),
        ),
        mistake(
            "transposed", "the right numbers, transposed", "dw", lambda s: _rows(s["dout"]).T @ _rows(s["x"])
        ),
        mistake(
            "averaged",
            "divided by the number of examples and steps: a mean where a sum belongs",
            "dw",
            lambda s: _rows(s["x"]).T @ _rows(s["dout"]) / len(_rows(s["x"])),
        ),
        mistake(
            "averaged",
            "a mean over examples and steps where a sum belongs",
            "db",
            lambda s: _rows(s["dout"]).mean(axis=0),
        ),
        mistake(
            "summed-over-examples-only",
            "summed over the examples and not over time, of shape (T, M)",
            "db",
            lambda s: np.sum(s["dout"], axis=0),
        ),
        mistake(
            "summed-over-time-only",
            "summed over time and not over the examples, of shape (N, M)",
            "db",
            lambda s: np.sum(s["dout"], axis=1),
        ),
        mistake("last-step", "that of the last step alone", "db", lambda s: s["dout"][:, -1].sum(axis=0)),
        mistake("bias-forgotten", "computed without the bias", "out", lambda s: s["x"] @ s["w"]),
    ),
    conventions=("row batches: a step is a row, and out = xw + b", "time is the second axis"),
)
