"""The mistakes that a square, a logarithm and a sigmoid invite, at one node of a graph.

Beside `gate_mistakes`, which knows the lectures' gates; like those, each is predicted from the gradient downstream.
"""

from __future__ import annotations

import math

from exercises.shared.predictions import mistake
from grader.exercise import Misconception


def square_mistakes(x: str, y: str) -> tuple[Misconception, ...]:
    """Those of d<x> where y = x²."""
    dx, dy = f"d{x}", f"d{y}"
    return (
        mistake(
            "two-missing", "computed with x where the derivative of x² is 2x", dx, lambda s: s[dy] * s[x]
        ),
        mistake(
            "factor-missing",
            "the upstream as it came: you used 1 as the local gradient",
            dx,
            lambda s: s[dy],
        ),
        mistake("two-alone", "computed with 2 where the derivative of x² is 2x", dx, lambda s: 2 * s[dy]),
        mistake(
            "power-kept", "computed with 2x²: the power falls by one", dx, lambda s: 2 * s[dy] * s[x] ** 2
        ),
        mistake("ignores-upstream", "the local gradient alone, without the upstream", dx, lambda s: 2 * s[x]),
        mistake(
            "adds-local",
            "upstream plus local gradient instead of their product",
            dx,
            lambda s: s[dy] + 2 * s[x],
        ),
        mistake("sign", "negated", dx, lambda s: -2 * s[dy] * s[x]),
    )


def log_mistakes(x: str, y: str) -> tuple[Misconception, ...]:
    """Those of d<x> where y = log x."""
    dx, dy = f"d{x}", f"d{y}"
    return (
        mistake(
            "log-multiplies", "multiplied by the input where the logarithm divides by it", dx,
            lambda s: s[dy] * s[x],
        ),
        mistake(
            "factor-missing", "the upstream as it came: you used 1 as the local gradient", dx, lambda s: s[dy]
        ),
        mistake(
            "log-kept", "multiplied by the logarithm itself instead of by its derivative", dx,
            lambda s: s[dy] * s[y],
        ),
        mistake(
            "log-of-reciprocal", "computed with 1/x², the derivative of -1/x", dx,
            lambda s: s[dy] / s[x] ** 2,
        ),
        mistake(
            "ignores-upstream", "the local gradient alone, without the upstream", dx, lambda s: 1 / s[x],
        ),
    )  # fmt: skip


def sigmoid_mistakes(u: str, f: str, *, last: bool = False) -> tuple[Misconception, ...]:
    """Those of d<u> where f = σ(u). `last`: f is the output, so ignoring its upstream of 1 changes nothing."""
    du, df = f"d{u}", f"d{f}"

    def slope(x: float) -> float:
        return 1 / (2 + math.exp(x) + math.exp(-x))

    found = (
        mistake(
            "one-minus-missing", "computed with σ alone, without the factor 1 - σ", du, lambda s: s[df] * s[f]
        ),
        mistake(
            "sigma-missing", "computed with 1 - σ alone, without the factor σ", du,
            lambda s: s[df] * (1 - s[f]),
        ),
        mistake(
            "derivative-of-x", "computed with u(1 - u), where the output belongs into that formula", du,
            lambda s: s[df] * s[u] * (1 - s[u]),
        ),
        mistake(
            "derivative-at-the-output",
            "computed with the derivative taken at the output instead of at the input", du,
            lambda s: s[df] * slope(float(s[f])),
        ),
        mistake(
            "derivative-of-tanh", "computed with 1 - σ², the derivative of tanh", du,
            lambda s: s[df] * (1 - s[f] ** 2),
        ),
        mistake(
            "factor-missing", "the upstream as it came, without the sigmoid's derivative", du,
            lambda s: s[df],
        ),
        mistake("sign", "negated", du, lambda s: -s[df] * s[f] * (1 - s[f])),
        mistake(
            "ignores-upstream", "the sigmoid's derivative alone, without the upstream", du,
            lambda s: s[f] * (1 - s[f]),
        ),
    )  # fmt: skip
    return found[:-1] if last else found
