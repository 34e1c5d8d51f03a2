"""Exercises: the gates ax and c + x, each with a constant that is given and has no gradient."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from exercises.gates import worked
from exercises.shared.drawing import elementwise_cases, shaped
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise
from grader.exercise.cases import Draw
from reference.gates import IDENTITY, SCALE, SHIFT


def _with_constant(draw: Draw) -> Draw:
    """x as for any gate, and a constant between 1.5 and 4, with a sign: never 0 or 1, which hide mistakes."""

    def drawn(rng: np.random.Generator) -> tuple[Any, ...]:
        return (*draw(rng), float(rng.choice((-1.0, 1.0)) * rng.integers(15, 41) / 10))

    return drawn


def _cases() -> tuple[Case, ...]:
    return tuple(replace(case, draw=_with_constant(case.draw)) for case in elementwise_cases(IDENTITY))


SMALL = tuple(_with_constant(shaped(IDENTITY, shape)) for shape in ((1,), (2,), (3,)))

SCALE_GATE = LayerExercise(
    id="scale_gate",
    title="The gate ax",
    text=r"""A gate that multiplies by a constant, $\text{out} = a\,x$, entry by entry. The $\times(-1)$ of a
sigmoid circuit is one, with $a = -1$.

- `scale_gate_forward(x, a)` returns `out, cache`; `x` may have any shape and `a` is one number.
- `scale_gate_backward(dout, cache)` returns `dx`, of the shape of `x`. `a` is part of the gate and not on a
  wire: it has no gradient.

Begin with one number: let $a = 3$ and raise $x$ by 0.01. By how much does the output rise?
""",
    layer=SCALE,
    forward="scale_gate_forward",
    backward="scale_gate_backward",
    cases=_cases(),
    small=SMALL,
    points={"out": 1, "dx": 1},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the sigmoid circuit's gates",
    difficulty=1,
    minutes=4,
    starter=pair(
        "scale_gate_forward",
        "x, a",
        "x (any shape), a: a number -> out (the shape of x) = a times x, cache.",
        "scale_gate_backward",
        "dx",
        "dout (the shape of x) -> dx (the same shape).",
    ),
    hints={
        "dx": (
            "Let a be 3 and raise x by 0.01. By how much does out rise? Does it matter where x stood?",
            "The graph of ax is a straight line. What is its slope?",
            "The local gradient is a everywhere: dx is a times dout.",
        ),
    },
    worked=worked.SCALE,
    misconceptions=(
        mistake(
            "factor-missing",
            "the upstream as it came, without the gate's constant",
            "dx",
            lambda s: s["dout"],
        ),
        mistake(
            "scale-multiplies-by-x",
            "multiplied by the input instead of by the gate's constant",
            "dx",
            lambda s: s["dout"] * s["x"],
        ),
        mistake(
            "scale-multiplies-by-out",
            "multiplied by the output: the local gradient is a alone, not ax",
            "dx",
            lambda s: s["dout"] * s["out"],
        ),
        mistake(
            "scale-divides",
            "divided by the gate's constant, as if the gate were to be undone",
            "dx",
            lambda s: s["dout"] / s["a"],
        ),
        mistake(
            "ignores-dout",
            "the gate's constant alone, without the upstream",
            "dx",
            lambda s: np.full_like(s["x"], s["a"]),
        ),
        mistake(
            "adds-local",
            "upstream plus local gradient instead of their product",
            "dx",
            lambda s: s["dout"] + s["a"],
        ),
        mistake("sign", "negated", "dx", lambda s: -s["a"] * s["dout"]),
        mistake("adds", "a + x where ax is meant", "out", lambda s: s["a"] + s["x"]),
    ),
    conventions=("entry by entry", "a is a constant: no gradient is asked for"),
)

SHIFT_GATE = LayerExercise(
    id="shift_gate",
    title="The gate c + x",
    text=r"""A gate that adds a constant, $\text{out} = c + x$, entry by entry. The $+1$ of a sigmoid circuit is
one.

- `shift_gate_forward(x, c)` returns `out, cache`; `x` may have any shape and `c` is one number.
- `shift_gate_backward(dout, cache)` returns `dx`, of the shape of `x`. `c` is part of the gate and has no
  gradient.

Before you write it: does backward need to remember anything at all?
""",
    layer=SHIFT,
    forward="shift_gate_forward",
    backward="shift_gate_backward",
    cases=_cases(),
    small=SMALL,
    points={"out": 1, "dx": 1},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the sigmoid circuit's gates",
    difficulty=1,
    minutes=4,
    starter=pair(
        "shift_gate_forward",
        "x, c",
        "x (any shape), c: a number -> out (the shape of x) = c plus x, cache.",
        "shift_gate_backward",
        "dx",
        "dout (the shape of x) -> dx (the same shape).",
    ),
    hints={
        "dx": (
            "Let c be 100 and raise x by 0.01. By how much does out rise? And if c is 0?",
            "A constant moves the graph up or down. What does that do to its slope?",
            "The local gradient is 1: dx is dout as it came.",
        ),
    },
    worked=worked.SHIFT,
    misconceptions=(
        mistake(
            "shift-adds",
            "computed with the gate's constant added to the gradient too",
            "dx",
            lambda s: s["dout"] + s["c"],
        ),
        mistake(
            "shift-multiplies-by-c",
            "multiplied by the gate's constant, as at the gate ax",
            "dx",
            lambda s: s["dout"] * s["c"],
        ),
        mistake(
            "shift-multiplies",
            "multiplied by the input: adding a constant has local gradient 1",
            "dx",
            lambda s: s["dout"] * s["x"],
        ),
        mistake(
            "zero",
            "0, which is the derivative of the constant and not of c + x",
            "dx",
            lambda s: np.zeros_like(s["x"]),
        ),
        mistake(
            "ignores-dout",
            "the local gradient 1 alone, without the upstream",
            "dx",
            lambda s: np.ones_like(s["x"]),
        ),
        mistake("sign", "negated: that would be c - x", "dx", lambda s: -s["dout"]),
        mistake("multiplies", "cx where c + x is meant", "out", lambda s: s["c"] * s["x"]),
    ),
    conventions=("entry by entry", "c is a constant: no gradient is asked for"),
)
