"""Exercises: z = 3y with y = x², and f = xyz, the two smallest chains of gates."""

from __future__ import annotations

import numpy as np

from exercises.circuits.function_mistakes import square_mistakes
from exercises.gates.gate_mistakes import gate_mistakes
from exercises.shared.drawing import distinct
from exercises.shared.starters import one_call
from grader.exercise import GraphExercise
from reference.circuits import SIX_X as SIX_X_GRAPH
from reference.formula import formula_graph

XYZ_GRAPH = formula_graph("t = x*y; f = t*z", name="xyz_named")
"""f = xyz with a name for the first product. Source: CSCI 5622, lecture 13."""


def returning(function: str, arguments: str, about: str, gradients: str) -> str:
    """A starter that returns the gradients in a dictionary under their own names."""
    named = ", ".join(f'"{name}": {name}' for name in gradients.split(", "))
    return one_call(function, arguments, about, gradients).replace(
        f"return {gradients}\n", f"return {{{named}}}\n"
    )


SIX_X = GraphExercise(
    id="six_x",
    title="Three times a square",
    text=r"""Two steps, one variable:
$$y = x^2, \qquad z = 3\,y.$$
The chain rule multiplies what the steps do on their own,
$\dfrac{dz}{dx} = \dfrac{dz}{dy}\,\dfrac{dy}{dx}$.

- `six_x(x)` takes a number and returns a dictionary with the gradients of $z$: `"dy"`, which is $dz/dy$, and
  `"dx"`, which is $dz/dx$.

Start at the end, with $dz/dz = 1$. Then check yourself: put $y$ into $z$ and differentiate that by $x$.
""",
    graph=SIX_X_GRAPH,
    function="six_x",
    shown={"x": 5.0},
    draw=lambda rng: dict(zip("x", distinct(rng, 1, largest=40), strict=True)),
    count=4,
    points={"dy": 1, "dx": 1},
    topic="scalar circuits",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: the chain rule for Jacobians",
    difficulty=1,
    minutes=4,
    starter=returning(
        "six_x", "x", "A number x -> a dictionary with dy and dx: the gradients of z.", "dy, dx"
    ),
    hints={
        "dy": (
            "If y rises by 0.01, by how much does z rise?",
            "A product with a constant has one slope everywhere. Which?",
            "dy is 3.",
        ),
        "dx": (
            "At x = 5, raise x by 0.01. By how much does y rise, and by how much z?",
            "Upstream times local: the upstream is dy. What is the derivative of x squared?",
            "dx is dy times 2x.",
        ),
    },
    misconceptions=(*gate_mistakes(SIX_X_GRAPH), *square_mistakes("x", "y")),
    conventions=("the gradient of z itself is 1",),
)


def _three(rng: np.random.Generator) -> dict[str, float]:
    """Three numbers of different size, none so near 1 that multiplying by it could be overlooked."""
    while True:
        x, y, z = distinct(rng, 3, largest=30)
        if min(abs(abs(v) - 1) for v in (x, y, z, x * y)) > 0.05:
            return {"x": x, "y": y, "z": z}


XYZ = GraphExercise(
    id="xyz",
    title="A product of three",
    text=r"""$f = x\,y\,z$ as two gates, each with two inputs:
$$t = x\,y, \qquad f = t\,z.$$

- `xyz(x, y, z)` takes three numbers and returns a dictionary with the gradients of $f$: `"dt"`, `"dz"`,
  `"dx"` and `"dy"`. More keys do no harm.

Start at the end with $\partial f/\partial f = 1$ and go back gate by gate. In the end each of the three
gradients is a product of the other two numbers. Is that what you get?
""",
    graph=XYZ_GRAPH,
    function="xyz",
    shown={"x": 2.0, "y": -3.0, "z": 5.0},
    draw=_three,
    points={"dt": 1, "dz": 1, "dx": 1, "dy": 1},
    topic="scalar circuits",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: the multivariate chain rule, its first three derivatives",
    difficulty=1,
    minutes=6,
    starter=returning(
        "xyz",
        "x, y, z",
        "Numbers x, y, z -> a dictionary with dt, dz, dx, dy: the gradients of f = xyz.",
        "dt, dz, dx, dy",
    ),
    hints={
        "dt": (
            "If t rises by 0.01 while z stays 5, by how much does f rise?",
            "At the product f = t z, what stands beside t?",
            "dt is z.",
        ),
        "dz": (
            "If z rises by 0.01 while t stays -6, by how much does f move, and which way?",
            "At the product f = t z, what stands beside z?",
            "dz is t, which is x times y.",
        ),
        "dx": (
            "If x rises by 0.01, by how much does t move? And f?",
            "Upstream times local: the upstream is dt. What stands beside x in t = x y?",
            "dx is dt times y.",
        ),
        "dy": (
            "If y rises by 0.01, by how much does t move? And f?",
            "Upstream times local: the upstream is dt. What stands beside y in t = x y?",
            "dy is dt times x.",
        ),
    },
    misconceptions=gate_mistakes(XYZ_GRAPH),
    conventions=("the gradient of f itself is 1",),
)
