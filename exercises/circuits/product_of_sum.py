"""Exercise: (x + y)z, the lecture's first circuit, gradient by gradient."""

from __future__ import annotations

import numpy as np

from exercises.gates.gate_mistakes import gate_mistakes
from exercises.shared.drawing import distinct
from exercises.shared.starters import one_call
from grader.exercise import GraphExercise
from reference.circuits import PRODUCT_OF_SUM as GRAPH


def _draw(rng: np.random.Generator) -> dict[str, float]:
    """Three numbers of different size; since x and -y are never the same, q is not 0."""
    x, y, z = distinct(rng, 3, largest=30)
    return {"x": x, "y": y, "z": z}


PRODUCT_OF_SUM = GraphExercise(
    id="product_of_sum",
    title="(x + y)z, gate by gate",
    text=r"""The circuit has an add gate and a multiply gate:
$$q = x + y, \qquad f = q\,z.$$
Go forward for the values. Then start at the end with $\partial f/\partial f = 1$ and go back, one gate at a
time: each gate multiplies the gradient that reaches it by its own local gradient.

- `product_of_sum(x, y, z)` takes three numbers and returns a dictionary with the gradients of $f$: `"dz"`,
  `"dq"`, `"dx"` and `"dy"`. More keys do no harm, so `return locals()` is fine if your variables have these
  names. If you put in `"q"` and `"f"` as well, a wrong value in your forward pass can be told from a wrong
  gradient.

Try $x = -2,\; y = 5,\; z = -4$, where $f = -12$. Other numbers are tried too, so compute rather than copy.
""",
    graph=GRAPH,
    function="product_of_sum",
    shown={"x": -2.0, "y": 5.0, "z": -4.0},
    draw=_draw,
    points={"dz": 1, "dq": 1, "dx": 1, "dy": 1},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: a simple example",
    difficulty=1,
    minutes=10,
    starter=one_call(
        "product_of_sum",
        "x, y, z",
        "Numbers x, y, z -> a dictionary with dz, dq, dx, dy: the gradients of f = (x + y) z.",
        "dz, dq, dx, dy",
    ).replace("return dz, dq, dx, dy", 'return {"dz": dz, "dq": dq, "dx": dx, "dy": dy}'),
    hints={
        "dz": (
            "If z rises by 0.01 while q stays 3, by how much does f rise?",
            "At a product, what stands beside z is z's local gradient.",
            "dz is q, the other input of the multiply gate.",
        ),
        "dq": (
            "If q rises by 0.01 while z stays -4, by how much does f move, and which way?",
            "At a product, what stands beside q is q's local gradient.",
            "dq is z, the other input of the multiply gate.",
        ),
        "dx": (
            "If x rises by 0.01, by how much does q rise? And f?",
            "Upstream times local: the upstream is dq. What is the local gradient of a sum?",
            "The local gradient is 1, so dx is dq.",
        ),
        "dy": (
            "If y rises by 0.01 while x stays -2, by how much does q rise? And f?",
            "Upstream times local: the upstream is dq. What is the local gradient of a sum?",
            "The local gradient is 1, so dy is dq.",
        ),
    },
    misconceptions=gate_mistakes(GRAPH),
    conventions=("the gradient of f itself is 1",),
)
