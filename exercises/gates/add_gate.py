"""Exercise: the add gate, which hands its upstream to both inputs."""

from __future__ import annotations

import numpy as np

from exercises.gates import worked
from exercises.shared.drawing import elementwise_cases
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise
from reference.gates import ADD

ADD_GATE = LayerExercise(
    id="add_gate",
    title="The add gate",
    text=r"""A gate knows nothing of the graph around it. Forward, it turns its inputs into an output;
backward, it receives the upstream gradient $\partial L/\partial \text{out}$, called `dout`, and answers with
one gradient for each input, upstream times local.

Write the gate $\text{out} = x + y$, entry by entry. All arrays have one shape, the same for `x`, `y`, `out`
and `dout`: perhaps `(1,)`, perhaps `(2, 3)`.

- `add_gate_forward(x, y)` returns `out, cache`. Put into `cache` whatever your backward will want; `None` is
  fine.
- `add_gate_backward(dout, cache)` returns `dx, dy`, where
  $dx = \text{dout} \cdot \partial\,\text{out}/\partial x$, and $dy$ likewise.
""",
    layer=ADD,
    forward="add_gate_forward",
    backward="add_gate_backward",
    cases=elementwise_cases(ADD),
    points={"out": 1, "dx": 1, "dy": 1},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: patterns in gradient flow",
    difficulty=1,
    minutes=5,
    starter=pair(
        "add_gate_forward",
        "x, y",
        "x, y (any one shape) -> out (the same shape) = x + y, cache.",
        "add_gate_backward",
        "dx, dy",
        "dout (the shape of x) -> dx, dy (the same shape).",
    ),
    hints={
        "dx": (
            "Raise one entry of x by 0.01. By how much does out rise, and does the answer depend on y?",
            "The local gradient is a number that is the same everywhere. Multiply dout by it.",
            "The local gradient of x + y is 1 for either input: both receive dout as it came.",
        ),
        "dy": (
            "Swap the names x and y. Does x + y change?",
            "Upstream times local: raise y by 0.01. By how much does out rise?",
            "dy is dout as it came.",
        ),
    },
    worked=worked.ADD,
    misconceptions=(
        mistake(
            "add-multiplies",
            "multiplied by the other input, as at a multiply gate",
            "dx",
            lambda s: s["dout"] * s["y"],
        ),
        mistake("add-halves", "half of the upstream: a sum splits nothing", "dx", lambda s: s["dout"] / 2),
        mistake(
            "ignores-dout",
            "the local gradient alone, without the upstream",
            "dx",
            lambda s: np.ones_like(s["x"]),
        ),
        mistake(
            "add-multiplies",
            "multiplied by the other input, as at a multiply gate",
            "dy",
            lambda s: s["dout"] * s["x"],
        ),
        mistake("add-halves", "half of the upstream: a sum splits nothing", "dy", lambda s: s["dout"] / 2),
        mistake(
            "ignores-dout",
            "the local gradient alone, without the upstream",
            "dy",
            lambda s: np.ones_like(s["y"]),
        ),
        mistake("sign", "negated: that would be x - y", "dy", lambda s: -s["dout"]),
        mistake(
            "add-multiplies-by-itself",
            "multiplied by x itself: the local gradient is 1",
            "dx",
            lambda s: s["dout"] * s["x"],
        ),
        mistake(
            "add-multiplies-by-itself",
            "multiplied by y itself: the local gradient is 1",
            "dy",
            lambda s: s["dout"] * s["y"],
        ),
        mistake("multiplies", "the product of the inputs", "out", lambda s: s["x"] * s["y"]),
    ),
    conventions=("entry by entry, all arrays of one shape",),
)
