"""Exercise: one step of a long short-term memory, whose cell reaches the loss by two ways."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.sequences import worked
from exercises.sequences.lstm_slips import IN_THE_CELL, IN_THE_GATES, cell_back
from exercises.shared.predictions import Prediction, mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Misconception, Situation
from grader.exercise.cases import Draw, sized
from reference.inputs import Array
from reference.lstm import LSTM_STEP

NAMES = ("dx", "dprev_h", "dprev_c", "dWx", "dWh", "db")
GATED = tuple(name for name in NAMES if name != "dprev_c")
"""The gradients that pass through the four gates' own slopes."""


def _step(examples: int, features: int, hidden: int) -> Draw:
    return sized(LSTM_STEP, {"N": examples, "D": features, "H": hidden})


def _sigma(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _gates(s: Situation, order: str = "ifog") -> dict[str, Array]:
    """i, f, o through σ and g through tanh, cut from z in this order."""
    z = np.asarray(s["x"] @ s["Wx"] + s["prev_h"] @ s["Wh"] + s["b"])
    quarters = dict(zip(order, np.split(z, 4, axis=1), strict=True))
    return {name: np.tanh(part) if name == "g" else _sigma(part) for name, part in quarters.items()}


def _forward(s: Situation, order: str = "ifog") -> tuple[Array, Array]:
    """next_h and next_c."""
    gate = _gates(s, order)
    c = gate["f"] * s["prev_c"] + gate["i"] * gate["g"]
    return gate["o"] * np.tanh(c), c


def _back(s: Situation, **how: Any) -> dict[str, Array]:
    """The six gradients of a step, with a slip of `cell_back`."""
    gate = _gates(s)
    gates = (gate["i"], gate["f"], gate["o"], gate["g"])
    after = np.asarray(s["next_c"])
    dz, dprev_c = cell_back(
        np.asarray(s["dnext_h"]), np.asarray(s["dnext_c"]), gates, np.asarray(s["prev_c"]), after, **how
    )
    return {
        "dx": dz @ np.asarray(s["Wx"]).T,
        "dprev_h": dz @ np.asarray(s["Wh"]).T,
        "dprev_c": dprev_c,
        "dWx": np.asarray(s["x"]).T @ dz,
        "dWh": np.asarray(s["prev_h"]).T @ dz,
        "db": dz.sum(axis=0),
    }


def _slip(id: str, title: str, names: tuple[str, ...] = NAMES, **how: Any) -> tuple[Misconception, ...]:
    def at(name: str) -> Prediction:
        return lambda s: _back(s, **how)[name]

    return tuple(mistake(id, title, name, at(name)) for name in names)


def _starter() -> str:
    """As for any pair, with two outputs and two upstreams."""
    made = pair(
        "lstm_step_forward",
        "x, prev_h, prev_c, Wx, Wh, b",
        "x (N, D), prev_h, prev_c (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,) -> next_h, next_c (N, H), cache.",
        "lstm_step_backward",
        ", ".join(NAMES),
        "dnext_h, dnext_c (N, H) -> dx (N, D), dprev_h, dprev_c (N, H), dWx (D, 4H), dWh (H, 4H), db (4H,).",
    )
    return made.replace("(dout, cache)", "(dnext_h, dnext_c, cache)")


_AFFINE = "Get the gradient at z first, all four quarters side by side; the rest is an affine layer."

LSTM_STEP_EXERCISE = LayerExercise(
    id="lstm_step",
    title="One step of an LSTM",
    text=r"""Long short-term memory keeps two things from step to step, a state $h$ and a cell $c$. One step first
computes $z = x\,W_x + h_{\text{prev}}\,W_h + b$, of shape `(N, 4H)`, and cuts it into four quarters of $H$ columns,
in this order:
$$i = \sigma(z_1), \quad f = \sigma(z_2), \quad o = \sigma(z_3), \quad g = \tanh(z_4),$$
$$c_{\text{next}} = f \odot c_{\text{prev}} + i \odot g, \qquad h_{\text{next}} = o \odot \tanh(c_{\text{next}}).$$
`x` is `(N, D)`, `prev_h` and `prev_c` are `(N, H)`, `Wx` is `(D, 4H)`, `Wh` is `(H, 4H)`, `b` is `(4H,)`.

- `lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)` returns `next_h, next_c, cache`.
- `lstm_step_backward(dnext_h, dnext_c, cache)`, with two upstreams of shape `(N, H)`, returns
  `dx, dprev_h, dprev_c, dWx, dWh, db`.

Begin by drawing the graph and counting the arrows that leave $c_{\text{next}}$. One is `next_c` itself, whose
upstream is given. Where does the other one lead?
""",
    layer=LSTM_STEP,
    worked=worked.LSTM_STEP,
    cases=(
        Case("generic", _step(2, 3, 4), basic=True),
        Case("generic, other sizes", _step(5, 4, 3)),
        Case("square, size 2", _step(2, 2, 2)),
        Case("square, size 3", _step(3, 3, 3)),
        Case("one sample", _step(1, 3, 4)),
        Case("one unit", _step(3, 2, 1)),
        Case("float32", _step(2, 3, 4), float32=True),
    ),
    small=(_step(1, 1, 1), _step(2, 1, 1), _step(1, 1, 2), _step(2, 2, 2)),
    points={"next_h": 1, "next_c": 1, "dx": 1, "dprev_h": 1, "dprev_c": 2, "dWx": 1, "dWh": 1, "db": 1},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source="Hochreiter and Schmidhuber 1997; CS231n, assignment 3",
    difficulty=4,
    minutes=40,
    starter=_starter(),
    hints={
        "next_c": (
            "Which gate decides what is kept of the old cell, and which what is added?",
            "f * prev_c + i * g, with f the second quarter and g the fourth.",
        ),
        "next_h": (
            "Which of the two, next_c or its tanh, is multiplied by o?",
            "o * np.tanh(next_c), with o the third quarter.",
        ),
        "dprev_c": (
            "By how many ways does next_c reach the loss?",
            "One way is dnext_c. The other passes through next_h: which two local gradients lie on it?",
            "dc = dnext_c + dnext_h * o * (1 - tanh(next_c)**2), then dprev_c = dc * f.",
        ),
        "dx": (
            "Which of the four gates does x reach?",
            _AFFINE,
            "dz = [dc·g·i(1-i), dc·prev_c·f(1-f), dnext_h·tanh(c)·o(1-o), dc·i·(1-g²)]; dx is dz times the "
            "transpose of Wx.",
        ),
        "dprev_h": (
            "prev_h and x play the same part. Which matrix stands beside prev_h?",
            _AFFINE,
            "dz times the transpose of Wh, with all four quarters in dz.",
        ),
        "dWx": ("Which input does Wx meet?", _AFFINE, "The transpose of x times dz."),
        "dWh": (
            "Which state does Wh meet: the one before the step, or the one after?",
            _AFFINE,
            "The transpose of prev_h times dz.",
        ),
        "db": ("To how many rows was b added?", _AFFINE, "dz summed over axis 0."),
    },
    misconceptions=(
        *_slip(
            "path-through-h-missing",
            "computed without the way from the cell through next_h",
            through_h=False,
        ),
        *_slip(
            "path-through-c-missing",
            "computed without dnext_c, the way from the cell to the next step",
            through_c=False,
        ),
        *(m for id, title, how in IN_THE_CELL for m in _slip(id, title, **how)),
        *(m for id, title, how in IN_THE_GATES for m in _slip(id, title, GATED, **how)),
        mistake(
            "input-gate-for-forget-gate",
            "multiplied by i, where the cell before met f",
            "dprev_c",
            lambda s: _back(s)["dprev_c"] / _gates(s)["f"] * _gates(s)["i"],
        ),
        mistake(
            "forget-gate-missing",
            "the gradient of next_c as it came, without the forget gate",
            "dprev_c",
            lambda s: _back(s)["dprev_c"] / _gates(s)["f"],
        ),
        mistake(
            "gates-in-another-order",
            "computed with the quarters taken as i, f, g, o",
            "next_h",
            lambda s: _forward(s, "ifgo")[0],
        ),
        mistake(
            "gates-in-another-order",
            "computed with the quarters taken as i, f, g, o",
            "next_c",
            lambda s: _forward(s, "ifgo")[1],
        ),
        mistake(
            "tanh-of-cell-missing",
            "o times the cell itself, without its tanh",
            "next_h",
            lambda s: _gates(s)["o"] * s["next_c"],
        ),
        mistake(
            "input-gate-missing",
            "f·c + g: the input gate is missing",
            "next_c",
            lambda s: _gates(s)["f"] * s["prev_c"] + _gates(s)["g"],
        ),
    ),
    conventions=("the four quarters of z are i, f, o, g", "row batches: z = x Wx + prev_h Wh + b"),
)
