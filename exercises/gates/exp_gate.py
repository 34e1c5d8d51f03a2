"""Exercise: the exp gate, whose local gradient is its own output."""

from __future__ import annotations

import numpy as np

from exercises.gates import worked
from exercises.shared.drawing import elementwise_cases
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise
from reference.gates import EXP

EXP_GATE = LayerExercise(
    id="exp_gate",
    title="The exp gate",
    text=r"""Write the gate $\text{out} = e^{x}$, entry by entry.

- `exp_gate_forward(x)` returns `out, cache`.
- `exp_gate_backward(dout, cache)` returns `dx`, of the shape of `x`: the upstream times the derivative of
  $e^x$ at this very `x`.

There is a choice of what to keep in `cache`. One of the two candidates saves you from computing the same
number twice.
""",
    layer=EXP,
    forward="exp_gate_forward",
    backward="exp_gate_backward",
    cases=elementwise_cases(EXP, scale=0.2),  # up to e^1.8, so that a wrong formula stays finite too
    points={"out": 1, "dx": 2},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the sigmoid circuit's gates",
    difficulty=1,
    minutes=5,
    starter=pair(
        "exp_gate_forward",
        "x",
        "x (any shape) -> out (the same shape) = e to the x, cache.",
        "exp_gate_backward",
        "dx",
        "dout (the shape of x) -> dx (the same shape).",
    ),
    hints={
        "dx": (
            "Which function is its own derivative?",
            "The local gradient was computed on the way forward already. Under which name?",
            "The local gradient is out itself: keep it in the cache and multiply dout by it.",
        ),
    },
    worked=worked.EXP,
    misconceptions=(
        mistake(
            "exp-passes-on",
            "the upstream as it came: the local gradient was taken to be 1",
            "dx",
            lambda s: s["dout"],
        ),
        mistake(
            "derivative-at-the-output",
            "computed with the derivative taken at the output, exp(exp(x))",
            "dx",
            lambda s: s["dout"] * np.exp(s["out"]),
        ),
        mistake(
            "exp-multiplies-by-x",
            "multiplied by x instead of by its exponential",
            "dx",
            lambda s: s["dout"] * s["x"],
        ),
        mistake(
            "exp-power-rule",
            "computed by the power rule, x times exp(x - 1): the variable is the exponent here",
            "dx",
            lambda s: s["dout"] * s["x"] * np.exp(s["x"] - 1),
        ),
        mistake("ignores-dout", "the local gradient alone, without the upstream", "dx", lambda s: s["out"]),
        mistake(
            "derivative-of-upstream",
            "the exponential of the upstream gradient",
            "dx",
            lambda s: np.exp(s["dout"]),
        ),
        mistake("sign", "computed with the sign of exp(-x)", "dx", lambda s: -s["dout"] * s["out"]),
        mistake("exp-sign", "exp(-x)", "out", lambda s: np.exp(-s["x"])),
    ),
    conventions=("entry by entry",),
)
