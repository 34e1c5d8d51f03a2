"""Exercise: a value that is used by three gates, by one of them twice, and what += is for."""

from __future__ import annotations

import numpy as np

from exercises.gates.gate_mistakes import gate_mistakes
from exercises.shared.drawing import distinct
from exercises.shared.predictions import mistake
from grader.exercise import GraphExercise
from reference.formula import formula_graph

GRAPH = formula_graph("a = x*y; b = x*x; c = b + x; f = a*c", name="three_uses")
"""x goes to three gates on four wires. The pattern of CS231n's copy gate, lecture 4; the numbers are ours."""


def _draw(rng: np.random.Generator) -> dict[str, float]:
    """x neither near 1 nor so large that one way drowns the others; c not 0."""
    while True:
        x, y = distinct(rng, 2, largest=25)
        if abs(abs(x) - 1) > 0.05 and abs(abs(y) - 1) > 0.05 and abs(x * x + x) > 0.2:
            return {"x": x, "y": y}


THREE_USES = GraphExercise(
    id="three_uses",
    title="One value, four wires",
    text=r"""Three gates need $x$ here, and one of them takes it twice:
$$a = x\,y, \qquad b = x \cdot x, \qquad c = b + x, \qquad f = a\,c.$$
Four wires leave $x$, so four gradients come back, each from a gate that knows nothing of the others. In code they
arrive one after the other. That is why programs that do backpropagation are full of `+=`: a gradient starts at 0,
and every gate *adds* its part.

- `three_uses(x, y)` takes two numbers and returns a dictionary with the gradients of $f$: `"da"`, `"dc"`,
  `"db"`, `"dy"` and `"dx"`. `return locals()` is welcome.

Go back from $f$, begin with `dx = 0`, and count: how often have you added to `dx` when you are done? You can check
yourself: multiplied out, $f = x^3 y + x^2 y$.
""",
    graph=GRAPH,
    function="three_uses",
    shown={"x": 3.0, "y": -5.0},
    draw=_draw,
    points={"da": 1, "dc": 1, "db": 1, "dy": 1, "dx": 3},
    topic="graphs",
    lecture="Training Neural Networks",
    source="Training Neural Networks, section 1.1; CS231n, lecture 4: patterns in gradient flow",
    difficulty=2,
    minutes=12,
    starter='''def three_uses(x, y):
    """Numbers x, y -> a dictionary with da, dc, db, dy, dx: the gradients of f."""
    da = dc = db = dy = dx = None
    # your code here: first forward, a to f; then backward, da to dx

    # end of your code
    return locals()
''',
    hints={
        "da": ("At f = a c, what stands beside a?", "The upstream is 1.", "da is c."),
        "dc": ("At f = a c, what stands beside c?", "The upstream is 1.", "dc is a."),
        "db": (
            "If b rises by 0.01, by how much does c rise?",
            "Upstream times local, with the local gradient of a sum.",
            "The local gradient is 1: db is dc.",
        ),
        "dy": (
            "y is used once. By which gate, and what stands beside it there?",
            "Upstream times local: the upstream is da.",
            "dy is da times x.",
        ),
        "dx": (
            "Which gates use x, and how many wires lead to each of them?",
            "b = x x is a multiply gate like any other: each of its two inputs gets the upstream times the other.",
            "dx is da y, plus db x, plus db x again, plus dc.",
        ),
    },
    misconceptions=(
        *gate_mistakes(GRAPH),
        mistake(
            "last-path-only",
            "that of one wire alone, the one to c: the others were overwritten",
            "dx",
            lambda s: s["dc"],
        ),
        mistake(
            "first-path-only",
            "that of one wire alone, the one to a: the others are missing",
            "dx",
            lambda s: s["da"] * s["y"],
        ),
        mistake(
            "square-path-only",
            "that of the two wires to b alone: the others are missing",
            "dx",
            lambda s: 2 * s["db"] * s["x"],
        ),
        mistake(
            "square-counted-once",
            "computed with one of the two wires to b: x times x takes x twice",
            "dx",
            lambda s: s["da"] * s["y"] + s["db"] * s["x"] + s["dc"],
        ),
        mistake(
            "way-to-c-missing",
            "computed without the wire that leads to c directly",
            "dx",
            lambda s: s["da"] * s["y"] + 2 * s["db"] * s["x"],
        ),
        mistake(
            "way-to-c-twice",
            "computed with the wire to c counted twice",
            "dx",
            lambda s: s["da"] * s["y"] + 2 * s["db"] * s["x"] + 2 * s["dc"],
        ),
        mistake(
            "way-to-a-missing",
            "computed without the wire that leads to a",
            "dx",
            lambda s: 2 * s["db"] * s["x"] + s["dc"],
        ),
        mistake(
            "way-to-b-missing",
            "computed without the wires that lead to b",
            "dx",
            lambda s: s["da"] * s["y"] + s["dc"],
        ),
        mistake(
            "paths-averaged",
            "the mean over the four wires instead of their sum",
            "dx",
            lambda s: (s["da"] * s["y"] + 2 * s["db"] * s["x"] + s["dc"]) / 4,
        ),
    ),
    conventions=("the gradient of f itself is 1", "gradients add where a value is used more than once"),
)
