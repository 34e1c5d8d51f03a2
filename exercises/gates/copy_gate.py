"""Exercise: the copy gate, one value on two wires, whose gradients add on the way back."""

from __future__ import annotations

from exercises.gates import worked
from exercises.shared.drawing import elementwise_cases
from exercises.shared.predictions import mistake
from exercises.shared.starters import REGION
from grader.exercise import LayerExercise
from reference.gates import COPY

COPY_GATE = LayerExercise(
    id="copy_gate",
    title="The copy gate",
    text=r"""A value that is used twice leaves its node on two wires, which is a gate of its own:
  $\text{out}_1 = x$ and $\text{out}_2 = x$. On the way back a gradient arrives on each of them.

- `copy_gate_forward(x)` returns `out1, out2, cache`, both outputs of the shape of `x`.
- `copy_gate_backward(dout1, dout2, cache)` returns `dx`, of the shape of `x`.

If $x$ rises a little, both outputs do, and the loss feels the one change and the other.
""",
    layer=COPY,
    forward="copy_gate_forward",
    backward="copy_gate_backward",
    cases=elementwise_cases(COPY),
    points={"out1": 0.5, "out2": 0.5, "dx": 2},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: patterns in gradient flow",
    difficulty=1,
    minutes=5,
    starter=(
        "import numpy as np\n\n\n"
        "def copy_gate_forward(x):\n"
        '    """x (any shape) -> out1, out2 (the same shape), both x, cache."""\n'
        f"    out1, out2, cache = None, None, None\n{REGION}    return out1, out2, cache\n\n\n"
        "def copy_gate_backward(dout1, dout2, cache):\n"
        '    """dout1, dout2 (the shape of x) -> dx (the same shape)."""\n'
        f"    dx = None\n{REGION}    return dx\n"
    ),
    hints={
        "dx": (
            "Let the loss be 3·out1 + 4·out2. Raise x by 0.01: by how much does the loss rise?",
            "Each wire brings its own share of the change. What becomes of two shares?",
            "dx is dout1 plus dout2.",
        ),
    },
    worked=worked.COPY,
    misconceptions=(
        mistake("last-path-only", "the gradient of the second wire alone", "dx", lambda s: s["dout2"]),
        mistake("first-path-only", "the gradient of the first wire alone", "dx", lambda s: s["dout1"]),
        mistake(
            "paths-averaged",
            "the mean of the two gradients instead of their sum",
            "dx",
            lambda s: (s["dout1"] + s["dout2"]) / 2,
        ),
        mistake(
            "paths-multiplied",
            "the product of the two gradients instead of their sum",
            "dx",
            lambda s: s["dout1"] * s["dout2"],
        ),
        mistake(
            "paths-subtracted",
            "the difference of the two gradients instead of their sum",
            "dx",
            lambda s: s["dout1"] - s["dout2"],
        ),
        mistake(
            "path-counted-twice",
            "computed with the first gradient counted twice",
            "dx",
            lambda s: 2 * s["dout1"] + s["dout2"],
        ),
    ),
    conventions=("gradients add where a value is used more than once",),
)
