"""Exercise: one step of a recurrent network, an affine layer with two inputs and a tanh."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.sequences import worked
from exercises.shared.predictions import Prediction, mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Misconception, Situation
from grader.exercise.cases import Draw, sized
from reference.inputs import Array
from reference.rnn import RNN_STEP

NAMES = ("dx", "dprev_h", "dWx", "dWh", "db")


def _step(examples: int, features: int, hidden: int) -> Draw:
    return sized(RNN_STEP, {"N": examples, "D": features, "H": hidden})


def _z(s: Situation) -> Array:
    return np.asarray(s["x"] @ s["Wx"] + s["prev_h"] @ s["Wh"] + s["b"])


def _dz(s: Situation) -> Array:
    return np.asarray(s["dnext_h"] * (1 - np.tanh(_z(s)) ** 2))


def _affine_back(s: Situation, dz: Array) -> dict[str, Array]:
    """What the five gradients of a step are if this arrives at z."""
    x, prev_h = np.asarray(s["x"]), np.asarray(s["prev_h"])
    return {
        "dx": dz @ np.asarray(s["Wx"]).T,
        "dprev_h": dz @ np.asarray(s["Wh"]).T,
        "dWx": x.T @ dz,
        "dWh": prev_h.T @ dz,
        "db": dz.sum(axis=0),
    }


def _at_z(id: str, title: str, dz: Any) -> tuple[Misconception, ...]:
    """A slip in the gradient at z, which is seen in all five gradients."""

    def at(name: str) -> Prediction:
        return lambda s: _affine_back(s, dz(s))[name]

    return tuple(mistake(id, title, name, at(name)) for name in NAMES)


RNN_STEP_EXERCISE = LayerExercise(
    id="rnn_step",
    title="One step of a recurrent network",
    text=r"""A recurrent network reads one input at a time and keeps a state $h$. One step, for a batch of $N$ rows:
$$z = x\,W_x + h_{\text{prev}}\,W_h + b, \qquad h_{\text{next}} = \tanh z.$$
`x` is `(N, D)`, `prev_h` is `(N, H)`, `Wx` is `(D, H)`, `Wh` is `(H, H)`, `b` is `(H,)`, and `next_h` is `(N, H)`.

- `rnn_step_forward(x, prev_h, Wx, Wh, b)` returns `next_h, cache`.
- `rnn_step_backward(dnext_h, cache)`, with `dnext_h` of shape `(N, H)`, returns
  `dx, dprev_h, dWx, dWh, db`, each in the shape of what it is the gradient of.

Nothing here is new: it is an affine layer with two inputs, and a tanh. Work out the gradient at $z$ first; the five
gradients all start from it. `Wh` is square, so that a product with the wrong factor may run without complaint.
""",
    layer=RNN_STEP,
    worked=worked.RNN_STEP,
    cases=(
        Case("generic", _step(2, 3, 4), basic=True),
        Case("generic, other sizes", _step(5, 4, 3)),
        Case("square, size 2", _step(2, 2, 2)),
        Case("square, size 3", _step(3, 3, 3)),
        Case("one sample", _step(1, 3, 4)),
        Case("one unit", _step(3, 2, 1)),
        Case("float32", _step(2, 3, 4), float32=True),
    ),
    small=(_step(1, 1, 1), _step(1, 1, 2), _step(2, 1, 2), _step(2, 2, 2)),
    points={"next_h": 1, "dx": 1, "dprev_h": 1, "dWx": 1, "dWh": 1, "db": 1},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 3",
    difficulty=2,
    minutes=20,
    starter=pair(
        "rnn_step_forward",
        "x, prev_h, Wx, Wh, b",
        "x (N, D), prev_h (N, H), Wx (D, H), Wh (H, H), b (H,) -> next_h (N, H), cache.",
        "rnn_step_backward",
        "dx, dprev_h, dWx, dWh, db",
        "dnext_h (N, H) -> dx (N, D), dprev_h (N, H), dWx (D, H), dWh (H, H), db (H,).",
    ).replace("out, cache", "next_h, cache"),
    hints={
        "next_h": (
            "What shapes do the two products have?",
            "Both are (N, H), and b is added to every row, all before tanh is taken.",
        ),
        "dx": (
            "Which node of the graph lies between next_h and x?",
            "First the gradient at z: the slope of tanh is 1 - next_h². Then it is an affine layer's dx.",
            "dz = dnext_h * (1 - next_h**2), and dx is dz times the transpose of Wx.",
        ),
        "dprev_h": (
            "prev_h and x play the same part. Which matrix stands beside prev_h?",
            "Wh is square and fits either way round, so the shapes do not help. Which entries of Wh does "
            "prev_h[0, 0] touch?",
            "dz times the transpose of Wh.",
        ),
        "dWx": (
            "Which input does Wx meet, and over what does it sum?",
            "It is the dw of an affine layer whose upstream is the gradient at z.",
            "The transpose of x times dz.",
        ),
        "dWh": (
            "Which state does Wh meet: the one before the step, or the one after?",
            "It is the dw of an affine layer whose input is prev_h.",
            "The transpose of prev_h times dz.",
        ),
        "db": (
            "To how many rows was b added, before or after tanh?",
            "The gradient that reaches b is that at z, collected from all rows.",
            "dz summed over axis 0.",
        ),
    },
    misconceptions=(
        *_at_z(
            "slope-of-state-before",
            "computed with 1 - prev_h², where next_h, the output of tanh, belongs into that formula",
            lambda s: s["dnext_h"] * (1 - np.asarray(s["prev_h"]) ** 2),
        ),
        *_at_z("tanh-missing", "computed without the derivative of tanh", lambda s: s["dnext_h"]),
        *_at_z(
            "derivative-at-the-output",
            "computed with tanh taken twice: its derivative at next_h instead of at z",
            lambda s: s["dnext_h"] * (1 - np.tanh(s["next_h"]) ** 2),
        ),
        *_at_z(
            "derivative-of-z",
            "computed with 1 - z², where next_h belongs into that formula",
            lambda s: s["dnext_h"] * (1 - _z(s) ** 2),
        ),
        *_at_z(
            "square-missing",
            "computed with 1 - h where 1 - h² belongs",
            lambda s: s["dnext_h"] * (1 - np.asarray(s["next_h"])),
        ),
        *_at_z(
            "derivative-of-sigmoid",
            "computed with h(1 - h), the derivative of the sigmoid",
            lambda s: s["dnext_h"] * s["next_h"] * (1 - np.asarray(s["next_h"])),
        ),
        *_at_z(
            "ignores-dout",
            "computed without the upstream, as if all of it were 1",
            lambda s: 1 - np.asarray(s["next_h"]) ** 2,
        ),
        mistake(
            "missing-transpose", "computed without the transpose of Wx", "dx", lambda s: _dz(s) @ s["Wx"]
        ),
        mistake(
            "missing-transpose",
            "computed without the transpose of Wh, which is square and runs either way",
            "dprev_h",
            lambda s: _dz(s) @ s["Wh"],
        ),
        mistake("transposed", "the right numbers, transposed", "dWx", lambda s: _dz(s).T @ s["x"]),
        mistake("transposed", "the right numbers, transposed", "dWh", lambda s: _dz(s).T @ s["prev_h"]),
        mistake(
            "state-after",
            "computed with next_h, where the state before the step belongs",
            "dWh",
            lambda s: np.asarray(s["next_h"]).T @ _dz(s),
        ),
        mistake("averaged", "a mean over the rows where a sum belongs", "db", lambda s: _dz(s).mean(axis=0)),
        mistake(
            "bias-forgotten",
            "computed without the bias",
            "next_h",
            lambda s: np.tanh(s["x"] @ s["Wx"] + s["prev_h"] @ s["Wh"]),
        ),
        mistake("tanh-missing", "z itself, without tanh", "next_h", _z),
    ),
    conventions=("row batches: z = x Wx + prev_h Wh + b, with one bias",),
)
