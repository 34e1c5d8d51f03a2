"""Exercise: f = xyz with x = r, y = rs, z = s, where two values fan out and their gradients add."""

from __future__ import annotations

import numpy as np

from exercises.gates.gate_mistakes import gate_mistakes
from exercises.shared.drawing import distinct
from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import GraphExercise
from reference.formula import formula_graph

GRAPH = formula_graph("x = r; y = r*s; z = s; t = x*y; f = t*z", name="chain_rs_named")
"""The lecture's example with a name for the inner product. Source: CSCI 5622, lecture 13."""


def _draw(rng: np.random.Generator) -> dict[str, float]:
    r, s = distinct(rng, 2, largest=30)
    return {"r": r, "s": s}


CHAIN_RS = GraphExercise(
    id="chain_rs",
    title="One value, two ways",
    text=r"""Here $r$ and $s$ each go two ways before they meet again:
$$x = r, \qquad y = r\,s, \qquad z = s, \qquad t = x\,y, \qquad f = t\,z.$$
Go back from $f$ gate by gate. A value that was used twice receives a gradient from each of its uses.

- `chain_rs(r, s)` takes two numbers and returns a dictionary with the gradients of $f$: `"dt"`, `"dz"`,
  `"dx"`, `"dy"`, `"dr"` and `"ds"`. More keys do no harm.

You can check yourself: multiplied out, $f$ is a polynomial in $r$ and $s$, and you know how to differentiate
that.
""",
    graph=GRAPH,
    function="chain_rs",
    shown={"r": 2.0, "s": -3.0},
    draw=_draw,
    points={"dt": 1, "dz": 1, "dx": 1, "dy": 1, "dr": 2, "ds": 2},
    topic="scalar circuits",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: the multivariate chain rule",
    difficulty=2,
    minutes=15,
    starter=one_call(
        "chain_rs",
        "r, s",
        "Numbers r, s -> a dictionary with dt, dz, dx, dy, dr, ds: the gradients of f.",
        "dt, dz, dx, dy, dr, ds",
    ).replace(
        "return dt, dz, dx, dy, dr, ds",
        'return {"dt": dt, "dz": dz, "dx": dx, "dy": dy, "dr": dr, "ds": ds}',
    ),
    hints={
        "dt": ("At f = t z, what stands beside t?", "dt is z."),
        "dz": ("At f = t z, what stands beside z?", "dz is t."),
        "dx": ("At t = x y, what stands beside x?", "Upstream times local: dt times y."),
        "dy": ("At t = x y, what stands beside y?", "Upstream times local: dt times x."),
        "dr": (
            "Which of x, y and z change when r does?",
            "Two gradients come back to r, one from x and one from y. What do small changes do when they meet?",
            "dr is dx plus dy times s.",
        ),
        "ds": (
            "Which of x, y and z change when s does?",
            "Two gradients come back to s, one from y and one from z. What do small changes do when they meet?",
            "ds is dy times r plus dz.",
        ),
    },
    misconceptions=(
        # y = rs and dt · x = sr happen to be one number here.
        *gate_mistakes(GRAPH, synonyms={("dx", "multiply-not-swapped"): ("ignores-upstream",)}),
        # Both ways carry the same gradient in this graph, so which of them is missing cannot be told.
        mistake("one-path-only", "that of one way alone: the other way is missing", "dr", lambda s: s["dx"]),
        mistake(
            "path-counted-twice",
            "computed with one way counted twice",
            "dr",
            lambda s: 2 * s["dx"] + s["dy"] * s["s"],
        ),
        mistake(
            "local-forgotten",
            "the sum of dx and dy, without the factor s on the way through y",
            "dr",
            lambda s: s["dx"] + s["dy"],
        ),
        mistake(
            "paths-multiplied",
            "the product of the two ways instead of their sum",
            "dr",
            lambda s: s["dx"] * s["dy"] * s["s"],
        ),
        mistake("one-path-only", "that of one way alone: the other way is missing", "ds", lambda s: s["dz"]),
        mistake(
            "path-counted-twice",
            "computed with one way counted twice",
            "ds",
            lambda s: 2 * s["dz"] + s["dy"] * s["r"],
        ),
        mistake(
            "local-forgotten",
            "the sum of dy and dz, without the factor r on the way through y",
            "ds",
            lambda s: s["dy"] + s["dz"],
        ),
        mistake(
            "paths-multiplied",
            "the product of the two ways instead of their sum",
            "ds",
            lambda s: s["dz"] * s["dy"] * s["r"],
        ),
    ),
    conventions=("the gradient of f itself is 1", "gradients add where a value is used more than once"),
)
