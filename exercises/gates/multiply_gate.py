"""Exercise: the multiply gate, which gives each input the upstream times the other input."""

from __future__ import annotations

from exercises.gates import worked
from exercises.shared.drawing import elementwise_cases
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise
from reference.gates import MULTIPLY

MULTIPLY_GATE = LayerExercise(
    id="multiply_gate",
    title="The multiply gate",
    text=r"""Write the gate $\text{out} = x \cdot y$, entry by entry (no matrix product). All arrays have one
shape.

- `multiply_gate_forward(x, y)` returns `out, cache`. Backward does not see `x` and `y` again unless you put
  them into `cache`.
- `multiply_gate_backward(dout, cache)` returns `dx, dy`, each of the shape of `x`:
  $$dx = \text{dout} \cdot \frac{\partial\,(x y)}{\partial x}, \qquad
    dy = \text{dout} \cdot \frac{\partial\,(x y)}{\partial y}.$$
""",
    layer=MULTIPLY,
    forward="multiply_gate_forward",
    backward="multiply_gate_backward",
    cases=elementwise_cases(MULTIPLY),
    points={"out": 1, "dx": 1, "dy": 1},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: patterns in gradient flow",
    difficulty=1,
    minutes=5,
    starter=pair(
        "multiply_gate_forward",
        "x, y",
        "x, y (any one shape) -> out (the same shape) = x * y, cache.",
        "multiply_gate_backward",
        "dx, dy",
        "dout (the shape of x) -> dx, dy (the same shape).",
    ),
    hints={
        "dx": (
            "Let y be 4 and raise x by 0.01. By how much does the product rise?",
            "Hold y still and differentiate x times y by x. What is left?",
            "The inputs change places: dx is the upstream times y.",
        ),
        "dy": (
            "Let x be -2 and raise y by 0.01. By how much does the product move, and which way?",
            "Hold x still and differentiate x times y by y. What is left?",
            "The inputs change places: dy is the upstream times x.",
        ),
    },
    worked=worked.MULTIPLY,
    misconceptions=(
        mistake(
            "multiply-not-swapped",
            "multiplied by x itself instead of by the other input",
            "dx",
            lambda s: s["dout"] * s["x"],
        ),
        mistake(
            "factor-missing", "the upstream as it came, without the other factor", "dx", lambda s: s["dout"]
        ),
        mistake("ignores-dout", "the local gradient alone, without the upstream", "dx", lambda s: s["y"]),
        mistake(
            "adds-local",
            "upstream plus local gradient instead of their product",
            "dx",
            lambda s: s["dout"] + s["y"],
        ),
        mistake(
            "multiply-not-swapped",
            "multiplied by y itself instead of by the other input",
            "dy",
            lambda s: s["dout"] * s["y"],
        ),
        mistake(
            "factor-missing", "the upstream as it came, without the other factor", "dy", lambda s: s["dout"]
        ),
        mistake("ignores-dout", "the local gradient alone, without the upstream", "dy", lambda s: s["x"]),
        mistake(
            "adds-local",
            "upstream plus local gradient instead of their product",
            "dy",
            lambda s: s["dout"] + s["x"],
        ),
        mistake(
            "multiplies-by-out",
            "multiplied by the output, which has both factors in it",
            "dx",
            lambda s: s["dout"] * s["out"],
        ),
        mistake(
            "multiplies-by-out",
            "multiplied by the output, which has both factors in it",
            "dy",
            lambda s: s["dout"] * s["out"],
        ),
        mistake("adds", "the sum of the inputs", "out", lambda s: s["x"] + s["y"]),
    ),
    conventions=("entry by entry, all arrays of one shape",),
)
