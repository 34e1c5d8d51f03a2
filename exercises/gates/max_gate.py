"""Exercise: the max gate, which routes the whole upstream to the larger input."""

from __future__ import annotations

import numpy as np

from exercises.gates import worked
from exercises.shared.drawing import elementwise_cases, given
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise
from reference.gates import MAXIMUM

TIES = given(
    "ties",
    np.array([[1.5, -2.0, 0.0], [3.0, 0.25, -4.0]]),
    np.array([[1.5, 1.0, 0.0], [-1.0, 0.25, -4.0]]),
    kink=True,
)
"""Where x = y, max has no derivative, and any split of the upstream between the two is a subgradient."""

MAX_GATE = LayerExercise(
    id="max_gate",
    title="The max gate",
    text=r"""Write the gate $\text{out} = \max(x, y)$, entry by entry. All arrays have one shape.

- `max_gate_forward(x, y)` returns `out, cache`.
- `max_gate_backward(dout, cache)` returns `dx, dy`, each of the shape of `x`. Only one of the two inputs
  decides the output, so only it has a say in how the loss moves.

Where $x = y$ there is no derivative. Any choice that hands out each `dout` exactly once (all to `x`, all to
`y`, or split between them) is accepted there.
""",
    layer=MAXIMUM,
    forward="max_gate_forward",
    backward="max_gate_backward",
    cases=elementwise_cases(MAXIMUM, TIES),
    joint=lambda s: bool(np.allclose(s["dx"] + s["dy"], s["dout"])),
    points={"out": 1, "dx": 1, "dy": 1},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: patterns in gradient flow",
    difficulty=1,
    minutes=7,
    starter=pair(
        "max_gate_forward",
        "x, y",
        "x, y (any one shape) -> out (the same shape) = the larger of the two, cache.",
        "max_gate_backward",
        "dx, dy",
        "dout (the shape of x) -> dx, dy (the same shape).",
    ),
    hints={
        "dx": (
            "Let x be 2 and y be 5, and raise x by 0.01. Does the output notice?",
            "Where x is the larger one the local gradient is 1. What is it elsewhere?",
            "Multiply dout by the mask x > y, which is 1 where x won and 0 where it lost.",
        ),
        "dy": (
            "Where dx is 0, where does the upstream go instead?",
            "The mask of y is the opposite of the mask of x.",
            "Multiply dout by the mask y >= x: everything that dx did not get, equal numbers included.",
        ),
    },
    worked=worked.MAX,
    misconceptions=(
        mistake("max-to-both", "the upstream everywhere: both inputs receive it", "dx", lambda s: s["dout"]),
        mistake(
            "max-to-the-wrong-one",
            "given to the smaller input",
            "dx",
            lambda s: s["dout"] * (s["x"] < s["y"]),
        ),
        mistake(
            "max-passes-the-value",
            "multiplied by x where x is the larger",
            "dx",
            lambda s: s["dout"] * s["x"] * (s["x"] > s["y"]),
        ),
        mistake("ignores-dout", "the mask alone, without the upstream", "dx", lambda s: s["x"] > s["y"]),
        mistake(
            "mask-against-zero",
            "masked where x > 0, as a ReLU does",
            "dx",
            lambda s: s["dout"] * (s["x"] > 0),
        ),
        mistake("max-halves", "half of the upstream, whoever won", "dx", lambda s: s["dout"] / 2),
        mistake("max-to-both", "the upstream everywhere: both inputs receive it", "dy", lambda s: s["dout"]),
        mistake(
            "max-to-the-wrong-one",
            "given to the smaller input",
            "dy",
            lambda s: s["dout"] * (s["y"] < s["x"]),
        ),
        mistake(
            "max-passes-the-value",
            "multiplied by y where y is the larger",
            "dy",
            lambda s: s["dout"] * s["y"] * (s["y"] > s["x"]),
        ),
        mistake("ignores-dout", "the mask alone, without the upstream", "dy", lambda s: s["y"] > s["x"]),
        mistake(
            "mask-against-zero",
            "masked where y > 0, as a ReLU does",
            "dy",
            lambda s: s["dout"] * (s["y"] > 0),
        ),
        mistake("max-halves", "half of the upstream, whoever won", "dy", lambda s: s["dout"] / 2),
        mistake("smaller", "the smaller of the two", "out", lambda s: np.minimum(s["x"], s["y"])),
    ),
    conventions=("entry by entry, all arrays of one shape", "at a tie any split of the upstream is accepted"),
)
