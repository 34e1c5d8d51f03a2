"""Exercise: the reciprocal gate 1/x, with its minus and its square."""

from __future__ import annotations

import numpy as np

from exercises.gates import worked
from exercises.shared.drawing import elementwise_cases
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise
from reference.gates import RECIPROCAL

RECIPROCAL_GATE = LayerExercise(
    id="reciprocal_gate",
    title="The reciprocal gate",
    text=r"""Write the gate $\text{out} = 1/x$, entry by entry; `x` is never 0.

- `reciprocal_gate_forward(x)` returns `out, cache`.
- `reciprocal_gate_backward(dout, cache)` returns `dx`, of the shape of `x`. If the derivative of $1/x$ does
  not come to mind, write it as $x^{-1}$ and use the power rule.

In the sigmoid circuit of the lecture this gate is the first that the gradient meets on its way back.
""",
    layer=RECIPROCAL,
    forward="reciprocal_gate_forward",
    backward="reciprocal_gate_backward",
    cases=elementwise_cases(RECIPROCAL),
    points={"out": 1, "dx": 2},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the sigmoid circuit's gates",
    difficulty=1,
    minutes=5,
    starter=pair(
        "reciprocal_gate_forward",
        "x",
        "x (any shape, no entry 0) -> out (the same shape) = 1/x, cache.",
        "reciprocal_gate_backward",
        "dx",
        "dout (the shape of x) -> dx (the same shape).",
    ),
    hints={
        "dx": (
            "As x grows from 2 to 2.01, does 1/x rise or fall? By about how much?",
            "Write 1/x as x to the power -1. Which exponent is left, and which factor comes down in front?",
            "The local gradient is -1/x², which is minus the square of the output.",
        ),
    },
    worked=worked.RECIPROCAL,
    misconceptions=(
        mistake("sign", "computed without the minus of -1/x²", "dx", lambda s: s["dout"] / s["x"] ** 2),
        mistake(
            "square-missing", "computed with -1/x where -1/x² belongs", "dx", lambda s: -s["dout"] / s["x"]
        ),
        mistake(
            "square-and-sign-missing",
            "multiplied by the output 1/x itself",
            "dx",
            lambda s: s["dout"] / s["x"],
        ),
        mistake(
            "antiderivative",
            "computed with log|x|, which is an integral of 1/x and not its derivative",
            "dx",
            lambda s: s["dout"] * np.log(np.abs(s["x"])),
        ),
        mistake(
            "derivative-at-the-output",
            "computed with the derivative taken at the output 1/x instead of at x",
            "dx",
            lambda s: -s["dout"] * s["x"] ** 2,
        ),
        mistake(
            "ignores-dout", "the local gradient alone, without the upstream", "dx", lambda s: -1 / s["x"] ** 2
        ),
        mistake(
            "factor-missing",
            "the upstream as it came: the local gradient was taken to be 1",
            "dx",
            lambda s: s["dout"],
        ),
        mistake(
            "negated", "the negative of x, which is its inverse for + and not for ×", "out", lambda s: -s["x"]
        ),
    ),
    conventions=("entry by entry, x other than 0",),
)
