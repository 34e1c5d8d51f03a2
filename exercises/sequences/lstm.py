"""Exercise: an LSTM over a sequence, where state and cell are both handed from step to step."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.sequences import lstm_step, worked
from exercises.sequences.lstm_slips import IN_THE_CELL, IN_THE_GATES, cell_back
from exercises.shared.predictions import Prediction, mistake
from exercises.shared.starters import pair
from grader.exercise import BuiltOn, Case, LayerExercise, Misconception, Situation
from grader.exercise.cases import Draw, sized
from reference.inputs import Array
from reference.lstm import LSTM

WEIGHTS = ("dWx", "dWh", "db")
NAMES = ("dx", "dh0", *WEIGHTS)


def _sequence(examples: int, steps: int, features: int, hidden: int) -> Draw:
    return sized(LSTM, {"N": examples, "T": steps, "D": features, "H": hidden})


def _gates(z: Array) -> tuple[Array, ...]:
    """i, f, o, g from z (N, 4H)."""
    *three, last = np.split(z, 4, axis=1)
    return (*(np.asarray(1 / (1 + np.exp(-part))) for part in three), np.tanh(last))


def _run(s: Situation, *, carry_c: bool = True) -> tuple[Array, list[tuple[Array, ...]]]:
    """All states, and for each step i, f, o, g, the cell before and the cell after."""
    x, Wx, Wh = (np.asarray(s[name]) for name in ("x", "Wx", "Wh"))
    state, c = np.asarray(s["h0"]), np.zeros(np.shape(s["h0"]))
    states: list[Array] = []
    steps: list[tuple[Array, ...]] = []
    for t in range(x.shape[1]):
        i, f, o, g = _gates(x[:, t] @ Wx + state @ Wh + s["b"])
        after = f * c + i * g
        state = o * np.tanh(after)
        steps.append((i, f, o, g, c, after))
        states.append(state)
        c = after if carry_c else c
    return np.stack(states, axis=1), steps


def _unrolled(
    s: Situation,
    *,
    carry_h: bool = True,
    carry_c: bool = True,
    weights: str = "summed",
    forwards: bool = False,
    **how: Any,
) -> dict[str, Array]:
    """The five gradients, with one of the ways back left out, or a slip of `cell_back` at every step."""
    x, h0, Wx, Wh = (np.asarray(s[name]) for name in ("x", "h0", "Wx", "Wh"))
    h, steps = _run(s)
    dz = np.zeros((*x.shape[:2], Wx.shape[1]))
    dh, dc = np.zeros(h0.shape), np.zeros(h0.shape)
    for t in range(x.shape[1]) if forwards else reversed(range(x.shape[1])):
        i, f, o, g, before, after = steps[t]
        arrived = s["dh"][:, t] + dh * carry_h
        dz[:, t], dc = cell_back(arrived, dc * carry_c, (i, f, o, g), before, after, **how)
        dh = dz[:, t] @ Wh.T
    states = np.concatenate((h0[:, None], h[:, :-1]), axis=1)
    kept = slice(None) if weights == "summed" else slice(0, 1)
    return {
        "dx": dz @ Wx.T,
        "dh0": dh,
        "dc0": dc,
        "dWx": np.einsum("ntd,ntk->dk", x[:, kept], dz[:, kept]),
        "dWh": np.einsum("nth,ntk->hk", states[:, kept], dz[:, kept]),
        "db": dz[:, kept].sum(axis=(0, 1)),
    }


def _slip(id: str, title: str, names: tuple[str, ...] = NAMES, **how: Any) -> tuple[Misconception, ...]:
    def at(name: str) -> Prediction:
        return lambda s: _unrolled(s, **how)[name]

    return tuple(mistake(id, title, name, at(name)) for name in names)


_TWO = "Two things come back from step t + 1: a gradient for its prev_h and one for its prev_c. Where do they go?"


def _compose(forward: Any, backward: Any, inputs: tuple[Any, ...], douts: tuple[Array, ...]) -> list[Array]:
    """The sequence from steps: state and cell handed on, and both gradients on the way back."""
    x, state, Wx, Wh, b = inputs
    (dh,) = douts
    cell = np.zeros_like(state)
    states, caches = [], []
    for t in range(x.shape[1]):
        state, cell, cache = forward(x[:, t], state, cell, Wx, Wh, b)
        states.append(state)
        caches.append(cache)
    dx, carried, weights = np.zeros(x.shape), np.zeros_like(dh[:, 0]), [np.zeros(1)] * 3
    dc = np.zeros_like(carried)
    for t in reversed(range(x.shape[1])):
        dx[:, t], carried, dc, *each = backward(dh[:, t] + carried, dc, caches[t])
        weights = [total + part for total, part in zip(weights, each, strict=True)]
    return [np.stack(states, axis=1), dx, carried, *weights]


LSTM_EXERCISE = LayerExercise(
    id="lstm",
    title="An LSTM over a sequence",
    text=r"""The LSTM's step, with the same weights, $T$ times. State and cell are handed on:
$$(h_t, c_t) = \text{step}(x_t, h_{t-1}, c_{t-1}), \qquad t = 1, \dots, T,$$
from the given $h_0$ and from $c_0 = 0$. The step is that of the exercise on one step of an LSTM: with
$z = x_t W_x + h_{t-1} W_h + b$ cut into four quarters, $i, f, o = \sigma$ of the first three and $g = \tanh$ of
the fourth, $c_t = f \odot c_{t-1} + i \odot g$ and $h_t = o \odot \tanh(c_t)$.

`x` is `(N, T, D)`, `h0` is `(N, H)`, `Wx` is `(D, 4H)`, `Wh` is `(H, 4H)`, `b` is `(4H,)`. The layer's output `h`,
`(N, T, H)`, holds the states; the cells stay inside.

- `lstm_forward(x, h0, Wx, Wh, b)` returns `h, cache`.
- `lstm_backward(dh, cache)`, with `dh` of shape `(N, T, H)`, returns `dx, dh0, dWx, dWh, db`.

Go back from the last step. Nothing from outside reaches the last cell, so that its gradient from the right is 0;
what reaches the state is `dh[:, t]` and more. You may call your `lstm_step_forward` and `lstm_step_backward`.
""",
    layer=LSTM,
    worked=worked.LSTM,
    builds_on=BuiltOn(lstm_step.LSTM_STEP_EXERCISE, _compose),
    cases=(
        Case("generic", _sequence(2, 3, 4, 5), basic=True),
        Case("generic, other sizes", _sequence(4, 5, 3, 2)),
        Case("square, size 2", _sequence(2, 2, 2, 2)),
        Case("square, size 3", _sequence(3, 3, 3, 3)),
        Case("one sample", _sequence(1, 3, 2, 4)),
        Case("one step", _sequence(3, 1, 2, 4)),
        Case("one unit", _sequence(2, 4, 3, 1)),
        Case("float32", _sequence(2, 3, 4, 5), float32=True),
    ),
    small=(_sequence(1, 2, 1, 1), _sequence(1, 3, 1, 1), _sequence(1, 2, 2, 2)),
    points={"h": 1, "dx": 2, "dh0": 1, "dWx": 2, "dWh": 2, "db": 1},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source="Hochreiter and Schmidhuber 1997; CS231n, assignment 3",
    difficulty=4,
    minutes=30,
    starter=pair(
        "lstm_forward",
        "x, h0, Wx, Wh, b",
        "x (N, T, D), h0 (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,) -> h (N, T, H), cache.",
        "lstm_backward",
        "dx, dh0, dWx, dWh, db",
        "dh (N, T, H) -> dx (N, T, D), dh0 (N, H), dWx (D, 4H), dWh (H, 4H), db (4H,).",
    ).replace("out, cache", "h, cache"),
    hints={
        "h": (
            "Which two things does step 2 get from step 1?",
            "A loop over t that hands on h and c; c starts from zeros of h0's shape.",
        ),
        "dx": (
            "By which ways does x at the first step reach the state at the last?",
            _TWO,
            "dnext_h = dh[:, t] + the dprev_h of step t + 1; dnext_c = its dprev_c, zeros at the last step.",
        ),
        "dh0": (
            "Which step uses h0?",
            _TWO,
            "The dprev_h of the first step, the last one that you go back through.",
        ),
        "dWx": (
            "How many steps use Wx?",
            "One matrix, used T times: a fan-out. Do you write the gradient at each step, or add to it?",
            "Start from zeros and add each step's dWx.",
        ),
        "dWh": (
            "How many steps use Wh?",
            "A fan-out, as with Wx.",
            "Start from zeros and add each step's dWh.",
        ),
        "db": ("How many steps use b?", "A fan-out, as with Wx.", "Start from zeros and add each step's db."),
    },
    misconceptions=(
        *_slip(
            "forwards-in-time",
            "computed with a loop that goes forwards in time: what a state sends back comes from the step after it",
            forwards=True,
        ),
        mistake(
            "cell-for-state",
            "what goes back to the first cell, where the gradient of the first state is asked for",
            "dh0",
            lambda s: _unrolled(s)["dc0"],
        ),
        *_slip(
            "state-not-carried",
            "computed without what the next step sends back to the state",
            carry_h=False,
        ),
        *_slip(
            "cell-not-carried", "computed without what the next step sends back to the cell", carry_c=False
        ),
        *_slip(
            "path-through-h-missing",
            "computed without the way from each cell through its state",
            through_h=False,
        ),
        *_slip(
            "forget-gate-missing",
            "computed without the forget gate on the way from cell to cell",
            forget=False,
        ),
        *(m for id, title, how in (*IN_THE_CELL, *IN_THE_GATES) for m in _slip(id, title, **how)),
        *_slip(
            "overwritten",
            "that of the first step alone: at each step it was written where it should be added",
            WEIGHTS,
            weights="first",
        ),
        mistake(
            "cell-not-carried",
            "computed with a cell of zeros at every step",
            "h",
            lambda s: _run(s, carry_c=False)[0],
        ),
    ),
    conventions=(
        "the four quarters of z are i, f, o, g",
        "the first cell is 0",
        "time is the second axis",
    ),
)
