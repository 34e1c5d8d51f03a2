"""Exercise: a recurrent network over a sequence, where states and weights are used at every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from exercises.sequences import rnn_step, worked
from exercises.shared.predictions import Prediction, mistake
from exercises.shared.starters import pair
from grader.exercise import BuiltOn, Case, LayerExercise, Misconception, Situation
from grader.exercise.cases import Draw, sized
from reference.inputs import Array
from reference.rnn import RNN

WEIGHTS = ("dWx", "dWh", "db")
NAMES = ("dx", "dh0", *WEIGHTS)


def _sequence(examples: int, steps: int, features: int, hidden: int) -> Draw:
    return sized(RNN, {"N": examples, "T": steps, "D": features, "H": hidden})


def _forward(s: Situation, *, carry: bool = True, start: bool = True) -> Array:
    """All states; without `carry` each step starts from h0, without `start` the first one from zeros."""
    x, h0, Wx, Wh = (np.asarray(s[name]) for name in ("x", "h0", "Wx", "Wh"))
    state = h0 if start else np.zeros_like(h0)
    states = []
    for t in range(x.shape[1]):
        states.append(np.tanh(x[:, t] @ Wx + state @ Wh + s["b"]))
        state = states[-1] if carry else state
    return np.stack(states, axis=1)


def _unrolled(
    s: Situation,
    *,
    carry: bool = True,
    upstream: str = "each",
    weights: str = "summed",
    after: bool = False,
    slope: Callable[[Array], Any] = lambda h: 1 - h**2,
    turned: bool = True,
    forwards: bool = False,
    grows: bool = False,
) -> dict[str, Array]:
    """The five gradients of a sequence, with a slip: the state's gradient not carried, and so on."""
    x, h0, Wx, Wh, h = (np.asarray(s[name]) for name in ("x", "h0", "Wx", "Wh", "h"))
    steps = x.shape[1]
    dz = np.zeros(h.shape)
    carried = np.zeros(h0.shape)
    for t in range(steps) if forwards else reversed(range(steps)):
        given = s["dh"][:, t] if upstream == "each" or t == steps - 1 else 0.0
        dz[:, t] = (given + carried * carry) * slope(h[:, t])
        carried = dz[:, t] @ (Wh.T if turned else Wh) + carried * grows
    before = h if after else np.concatenate((h0[:, None], h[:, :-1]), axis=1)
    kept = {"summed": slice(None), "first": slice(0, 1), "last": slice(steps - 1, steps)}[weights]
    return {
        "dx": dz @ Wx.T,
        "dh0": carried,
        "dz0": dz[:, 0],
        "dWx": np.einsum("ntd,nth->dh", x[:, kept], dz[:, kept]),
        "dWh": np.einsum("ntg,nth->gh", before[:, kept], dz[:, kept]),
        "db": dz[:, kept].sum(axis=(0, 1)),
    }


def _slip(id: str, title: str, names: tuple[str, ...], **how: Any) -> tuple[Misconception, ...]:
    def at(name: str) -> Prediction:
        return lambda s: _unrolled(s, **how)[name]

    return tuple(mistake(id, title, name, at(name)) for name in names)


def _compose(forward: Any, backward: Any, inputs: tuple[Any, ...], douts: tuple[Array, ...]) -> list[Array]:
    """The sequence from steps: the state handed on, and on the way back what is handed back added to dh[:, t]."""
    x, state, Wx, Wh, b = inputs
    (dh,) = douts
    states, caches = [], []
    for t in range(x.shape[1]):
        state, cache = forward(x[:, t], state, Wx, Wh, b)
        states.append(state)
        caches.append(cache)
    dx, carried, weights = np.zeros(x.shape), np.zeros(dh[:, 0].shape), [np.zeros(1)] * 3
    for t in reversed(range(x.shape[1])):
        dx[:, t], carried, *each = backward(dh[:, t] + carried, caches[t])
        weights = [total + part for total, part in zip(weights, each, strict=True)]
    return [np.stack(states, axis=1), dx, carried, *weights]


RNN_EXERCISE = LayerExercise(
    id="rnn",
    title="A recurrent network over a sequence",
    text=r"""The same step, with the same weights, $T$ times; the state of one step is the input of the next:
$$h_t = \tanh\bigl(x_t W_x + h_{t-1} W_h + b\bigr), \qquad t = 1, \dots, T.$$
`x` is `(N, T, D)`, so that `x[:, t]` is the batch's input at step `t`; the state before the first step is `h0`,
`(N, H)`, and `h` holds all states, `(N, T, H)`. `Wx` is `(D, H)`, `Wh` is `(H, H)`, `b` is `(H,)`.

- `rnn_forward(x, h0, Wx, Wh, b)` returns `h, cache`.
- `rnn_backward(dh, cache)`, with `dh` of shape `(N, T, H)`, returns `dx, dh0, dWx, dWh, db`.

`dh[:, t]` is what arrives at $h_t$ from outside, from whatever looks at the state at step $t$. It is not all that
arrives: draw two steps as a graph and count the arrows that leave $h_1$. Count those that leave $W_h$ as well. You
may call your `rnn_step_forward` and `rnn_step_backward`.
""",
    layer=RNN,
    worked=worked.RNN,
    builds_on=BuiltOn(rnn_step.RNN_STEP_EXERCISE, _compose),
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
    small=(_sequence(1, 2, 1, 1), _sequence(1, 2, 1, 2), _sequence(1, 3, 2, 2)),
    points={"h": 1, "dx": 2, "dh0": 1, "dWx": 2, "dWh": 2, "db": 1},
    topic="sequences",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 3; Training Neural Networks, section 1.1 (the sum over a node's successors)",
    difficulty=3,
    minutes=30,
    starter=pair(
        "rnn_forward",
        "x, h0, Wx, Wh, b",
        "x (N, T, D), h0 (N, H), Wx (D, H), Wh (H, H), b (H,) -> h (N, T, H), cache.",
        "rnn_backward",
        "dx, dh0, dWx, dWh, db",
        "dh (N, T, H) -> dx (N, T, D), dh0 (N, H), dWx (D, H), dWh (H, H), db (H,).",
    ).replace("out, cache", "h, cache"),
    hints={
        "h": (
            "Which state does step 2 start from?",
            "A loop over t that hands its state on, with h0 before the first step.",
        ),
        "dx": (
            "Does x at the first step have any influence on the state at the last?",
            "A state goes to two places: out of the layer, and into the next step. Its gradient is a sum.",
            "Go back from the last step; what arrives at h_t is dh[:, t] plus the dprev_h of step t + 1.",
        ),
        "dh0": (
            "Which step uses h0?",
            "It is the dprev_h of one of the steps, when everything that comes later has been added.",
            "The dprev_h of the first step, the last one that you go back through.",
        ),
        "dWx": (
            "How many steps use Wx?",
            "One matrix, used T times: a fan-out. Do you write the gradient at each step, or add to it?",
            "Start from zeros and add each step's dWx.",
        ),
        "dWh": (
            "How many steps use Wh, and which state does each of them use it with?",
            "A fan-out, as with Wx; the state is the one before the step.",
            "Start from zeros and add each step's dWh, made with h_(t-1); for the first step that is h0.",
        ),
        "db": (
            "How many steps use b?",
            "It goes to every step of every example.",
            "Start from zeros and add each step's db.",
        ),
    },
    misconceptions=(
        *_slip(
            "not-carried",
            "computed step by step, without what the next step sends back to the state",
            NAMES,
            carry=False,
        ),
        *_slip(
            "missing-transpose",
            "computed without the transpose of Wh, which is square and runs either way",
            NAMES,
            turned=False,
        ),
        *_slip(
            "forwards-in-time",
            "computed with a loop that goes forwards in time: what a state sends back comes from the step after it",
            NAMES,
            forwards=True,
        ),
        *_slip(
            "carried-twice",
            "computed with += for what goes back to the state before, so that later steps are carried on as well",
            NAMES,
            grows=True,
        ),
        mistake(
            "not-through-weights",
            "what arrives at z of the first step, before Wh",
            "dh0",
            lambda s: _unrolled(s)["dz0"],
        ),
        *_slip("tanh-missing", "computed without the derivative of tanh", NAMES, slope=lambda h: 1.0),
        *_slip("square-missing", "computed with 1 - h where 1 - h² belongs", NAMES, slope=lambda h: 1 - h),
        *_slip(
            "derivative-of-sigmoid",
            "computed with h(1 - h), the derivative of the sigmoid",
            NAMES,
            slope=lambda h: h * (1 - h),
        ),
        *_slip(
            "derivative-at-the-output",
            "computed with tanh taken twice: its derivative at h instead of at z",
            NAMES,
            slope=lambda h: 1 - np.tanh(h) ** 2,
        ),
        *_slip(
            "last-upstream-only",
            "computed from the last step's upstream alone: dh of the earlier steps is missing",
            NAMES,
            upstream="last",
        ),
        *_slip(
            "overwritten",
            "that of the first step alone: at each step it was written where it should be added",
            WEIGHTS,
            weights="first",
        ),
        *_slip("last-step", "that of the last step alone, where all steps add up", WEIGHTS, weights="last"),
        *_slip(
            "state-after",
            "computed with the state after each step instead of before it",
            ("dWh",),
            after=True,
        ),
        mistake(
            "divided-by-steps",
            "divided by the number of steps: a mean where a sum belongs",
            "dWx",
            lambda s: _unrolled(s)["dWx"] / np.shape(s["x"])[1],
        ),
        mistake(
            "divided-by-steps",
            "divided by the number of steps: a mean where a sum belongs",
            "dWh",
            lambda s: _unrolled(s)["dWh"] / np.shape(s["x"])[1],
        ),
        mistake(
            "state-not-carried",
            "computed from h0 at every step, where the last state belongs",
            "h",
            lambda s: _forward(s, carry=False),
        ),
        mistake(
            "starts-from-zero",
            "computed from a first state of zeros instead of h0",
            "h",
            lambda s: _forward(s, start=False),
        ),
    ),
    conventions=("row batches: z = x Wx + h Wh + b, with one bias", "time is the second axis"),
)
