"""Exercise: the ReLU, a mask on its input."""

from __future__ import annotations

import numpy as np

from exercises.activations import worked
from exercises.shared.drawing import elementwise_cases, given
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise
from reference.activations import RELU

RELU_EXERCISE = LayerExercise(
    id="relu",
    title="The ReLU",
    text=r"""Write the rectified linear unit $\text{out} = \max(0, x)$, entry by entry, for `x` of any shape.

- `relu_forward(x)` returns `out, cache`.
- `relu_backward(dout, cache)` returns `dx`, of the shape of `x`:
  $$dx_i = \begin{cases}\text{dout}_i & x_i > 0\\ 0 & x_i < 0.\end{cases}$$

At exactly $x_i = 0$ there is no derivative; anything from $0$ to $\text{dout}_i$ is accepted. Leave `x` and
`dout` as they were: somebody else may still need them.
""",
    layer=RELU,
    cases=elementwise_cases(RELU, given("zeros", np.array([[0.0, 1.5, -2.0], [-0.0, 0.0, 0.75]]), kink=True)),
    points={"out": 1, "dx": 2},
    topic="activations",
    lecture="CS231n, lecture 4",
    source="How to train a multi-layer network: dealing with vectors; CS231n, assignment 2",
    difficulty=1,
    minutes=7,
    starter=pair(
        "relu_forward",
        "x",
        "x (any shape) -> out (the same shape) = max(0, x), cache.",
        "relu_backward",
        "dx",
        "dout (the shape of x) -> dx (the same shape).",
    ),
    hints={
        "dx": (
            "Which entries of x could you move a little without the output noticing?",
            "The mask asks about an array of the forward pass. Which one did you ask about?",
            "Multiply dout by the mask x > 0, with x from the cache.",
        ),
    },
    worked=worked.RELU,
    misconceptions=(
        mistake(
            "mask-on-dout",
            "masked where the upstream is positive, instead of where x is",
            "dx",
            lambda s: s["dout"] * (s["dout"] > 0),
        ),
        mistake(
            "mask-on-both",
            "masked where x and the upstream are both positive",
            "dx",
            lambda s: s["dout"] * (s["dout"] > 0) * (s["x"] > 0),
        ),
        mistake("factor-missing", "the upstream as it came, without the mask", "dx", lambda s: s["dout"]),
        mistake(
            "relu-multiplies-by-out",
            "multiplied by the output instead of by the mask",
            "dx",
            lambda s: s["dout"] * s["out"],
        ),
        mistake("ignores-dout", "the mask alone, without the upstream", "dx", lambda s: s["x"] > 0),
        mistake(
            "mask-reversed",
            "masked the other way round: kept where x < 0",
            "dx",
            lambda s: s["dout"] * (s["x"] < 0),
        ),
        mistake(
            "relu-sign",
            "the upstream with a minus where x < 0, as for |x|",
            "dx",
            lambda s: s["dout"] * np.sign(s["x"]),
        ),
        mistake("relu-passes-everything", "x as it came", "out", lambda s: s["x"]),
        mistake("relu-absolute", "the absolute value of x", "out", lambda s: np.abs(s["x"])),
        mistake(
            "relu-mask-as-output", "the mask x > 0, which is the derivative", "out", lambda s: s["x"] > 0
        ),
    ),
    conventions=("entry by entry", "at exactly 0 any value between 0 and the upstream is accepted"),
)
