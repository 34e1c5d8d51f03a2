"""Exercise: the circuit of chain_rs carried on, with r and s made from one number u."""

from __future__ import annotations

import numpy as np

from exercises.circuits import chain_rs
from exercises.circuits.small_chains import returning
from exercises.gates.gate_mistakes import gate_mistakes
from exercises.shared.drawing import distinct
from exercises.shared.predictions import mistake
from grader.exercise import GraphExercise, Misconception
from reference.formula import formula_graph

GRAPH = formula_graph("r = u**2; s = u + 3; x = r; y = r*s; z = s; t = x*y; f = t*z", name="chain_u_named")
"""f = xyz with x = r, y = rs, z = s, and r, s from u. Source: CSCI 5622, lecture 13; r = u², s = u + 3 are ours."""


def _draw(rng: np.random.Generator) -> dict[str, float]:
    """u from 0.5 to 1.6 with a sign: never 0, and never 1, where u and u² are the same."""
    while True:
        (u,) = distinct(rng, 1, largest=16)
        if abs(u) >= 0.5 and abs(u) != 1:
            return {"u": u}


def _two_ways(gradient: str, first: str, second: str, slope: str) -> tuple[Misconception, ...]:
    """At r or s: `first` is the way that hands the gradient on, `second` the one through y = rs."""
    return (
        mistake(
            "one-path-only",
            "that of one way alone: the other way is missing",
            gradient,
            lambda s: s[first],
        ),
        mistake(
            "local-forgotten",
            f"the sum of {first} and {second}, without the factor {slope} on the way through y",
            gradient,
            lambda s: s[first] + s[second],
        ),
        mistake(
            "paths-multiplied",
            "the product of the two ways instead of their sum",
            gradient,
            lambda s: s[first] * s[second] * s[slope],
        ),
    )


CHAIN_U = GraphExercise(
    id="chain_u",
    title="On through u",
    text=r"""The same circuit as in *One value, two ways*, one step longer: $r$ and $s$ are themselves made from a
number $u$,
$$r = u^2, \qquad s = u + 3, \qquad x = r, \qquad y = r\,s, \qquad z = s, \qquad t = x\,y, \qquad f = t\,z.$$

- `chain_u(u)` takes a number and returns a dictionary with the gradients of $f$: `"dt"`, `"dz"`, `"dx"`,
  `"dy"`, `"dr"`, `"ds"` and `"du"`. More keys do no harm.

Nothing of what you did before changes; you go back one step further, from `dr` and `ds` to `du`. That is the
whole of backpropagation: whoever has the gradients of a layer needs to know nothing of what comes after it.

You can check yourself: multiplied out, $f = r^2 s^2 = u^4 (u + 3)^2$.
""",
    graph=GRAPH,
    function="chain_u",
    shown={"u": 2.0},
    draw=_draw,
    count=5,
    points={"dt": 1, "dz": 1, "dx": 1, "dy": 1, "dr": 1, "ds": 1, "du": 3},
    topic="scalar circuits",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: the multivariate chain rule, carried on to u",
    difficulty=2,
    minutes=12,
    starter=returning(
        "chain_u",
        "u",
        "A number u -> a dictionary with dt, dz, dx, dy, dr, ds, du: the gradients of f.",
        "dt, dz, dx, dy, dr, ds, du",
    ),
    hints={
        **chain_rs.CHAIN_RS.hints,
        "du": (
            "Which of r and s change when u does? By how much, each, if u rises by 0.01 from 2?",
            "Two gradients come back to u: one through r and one through s, each upstream times local.",
            "du is dr times 2u, plus ds.",
        ),
    },
    misconceptions=(
        # y = rs and dt · x = sr happen to be one number here.
        *(
            m
            for m in gate_mistakes(GRAPH, synonyms={("dx", "multiply-not-swapped"): ("ignores-upstream",)})
            if m.node != "du"
        ),
        *_two_ways("dr", "dx", "dy", "s"),
        *_two_ways("ds", "dz", "dy", "r"),
        mistake(
            "path-through-r-only",
            "that of the way through r alone: the way through s is missing",
            "du",
            lambda s: s["dr"] * 2 * s["u"],
        ),
        mistake(
            "path-through-s-only",
            "that of the way through s alone: the way through r is missing",
            "du",
            lambda s: s["ds"],
        ),
        mistake(
            "local-forgotten",
            "the sum of dr and ds, without the factor 2u on the way through r",
            "du",
            lambda s: s["dr"] + s["ds"],
        ),
        mistake(
            "two-missing",
            "computed with u where the derivative of u² is 2u",
            "du",
            lambda s: s["dr"] * s["u"] + s["ds"],
        ),
        mistake(
            "paths-multiplied",
            "the product of the two ways instead of their sum",
            "du",
            lambda s: s["dr"] * 2 * s["u"] * s["ds"],
        ),
    ),
    conventions=("the gradient of f itself is 1", "gradients add where a value is used more than once"),
)
