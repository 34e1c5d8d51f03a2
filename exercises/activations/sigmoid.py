"""Exercise: the sigmoid as one fused gate, stable far from 0."""

from __future__ import annotations

import numpy as np

from exercises.activations import worked
from exercises.shared.drawing import elementwise_cases, given
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise
from reference.activations import SIGMOID
from reference.inputs import Array


def _sigma(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _slope(x: Array) -> Array:
    return np.asarray(_sigma(x) * (1 - _sigma(x)))


SIGMOID_EXERCISE = LayerExercise(
    id="sigmoid",
    title="The sigmoid gate",
    text=r"""Four small gates (×(-1), exp, +1, 1/x) make one sigmoid. Fuse them into one:
$$\sigma(x) = \frac{1}{1 + e^{-x}}, \qquad \sigma'(x) = \sigma(x)\,\bigl(1 - \sigma(x)\bigr).$$

- `sigmoid_forward(x)` returns `out, cache`; `x` may have any shape.
- `sigmoid_backward(dout, cache)` returns `dx`, of the shape of `x`.

Inputs as far out as $x = \pm 800$ are tried. Numbers such as $e^{800}$ do not fit into a float and come out
as `inf`; see to it that your output is still a number there.
""",
    layer=SIGMOID,
    cases=elementwise_cases(SIGMOID, given("extremes", np.array([[-800.0, 0.5, 800.0]])), scale=0.3),
    points={"out": 2, "dx": 2},
    topic="activations",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4; CSCI 5622, lecture 13: the univariate chain rule",
    difficulty=2,
    minutes=10,
    starter=pair(
        "sigmoid_forward",
        "x",
        "x (any shape) -> out (the same shape), cache.",
        "sigmoid_backward",
        "dx",
        "dout (the shape of x) -> dx (the same shape).",
    ),
    hints={
        "out": (
            "Which part of your formula is infinite at x = -800, and which at x = 800?",
            "inf/inf has no value, but 1/inf does. Which form of the sigmoid never meets the first?",
            "1/(1 + exp(-x)) ends in 1/inf = 0 at worst; exp(x)/(1 + exp(x)) ends in inf/inf.",
        ),
        "dx": (
            "What does the slope of the sigmoid look like at x = 0, and what far out? Does yours?",
            "The derivative is written in terms of the output. Which goes into your formula, x or out?",
            "The local gradient is out * (1 - out), with out from the forward pass; multiply dout by it.",
        ),
    },
    worked=worked.SIGMOID,
    misconceptions=(
        mistake(
            "derivative-of-x",
            "computed with x(1 - x), where the output belongs into that formula",
            "dx",
            lambda s: s["dout"] * s["x"] * (1 - s["x"]),
        ),
        mistake(
            "derivative-at-the-output",
            "computed with the sigmoid's derivative taken at the output instead of at x",
            "dx",
            lambda s: s["dout"] * _slope(s["out"]),
        ),
        mistake(
            "factor-missing",
            "the upstream as it came, without the sigmoid's derivative",
            "dx",
            lambda s: s["dout"],
        ),
        mistake(
            "ignores-dout", "the local gradient alone, without the upstream", "dx", lambda s: _slope(s["x"])
        ),
        mistake(
            "one-minus-missing",
            "multiplied by the output alone, without the factor (1 - out)",
            "dx",
            lambda s: s["dout"] * s["out"],
        ),
        mistake(
            "sigma-missing",
            "multiplied by (1 - out) alone, without the factor out",
            "dx",
            lambda s: s["dout"] * (1 - s["out"]),
        ),
        mistake(
            "derivative-of-tanh",
            "computed with 1 - out², the derivative of tanh",
            "dx",
            lambda s: s["dout"] * (1 - s["out"] ** 2),
        ),
        mistake(
            "derivative-of-upstream",
            "computed with the sigmoid's derivative taken at the upstream gradient",
            "dx",
            lambda s: _slope(s["dout"]),
        ),
        mistake(
            "upstream-for-output",
            "computed with dout(1 - dout), where the output belongs into that formula",
            "dx",
            lambda s: s["dout"] * (1 - s["dout"]),
        ),
        mistake(
            "one-plus",
            "computed with out(1 + out), with a plus where the minus belongs",
            "dx",
            lambda s: s["dout"] * s["out"] * (1 + s["out"]),
        ),
        mistake(
            "square-alone",
            "computed with out², without the e^-x that the chain rule brings in front of 1/(1 + e^-x)²",
            "dx",
            lambda s: s["dout"] * s["out"] ** 2,
        ),
        mistake("sign", "negated", "dx", lambda s: -s["dout"] * _slope(s["x"])),
        mistake(
            "sigmoid-sign",
            "the sigmoid of -x: a minus is missing in the exponent",
            "out",
            lambda s: _sigma(-s["x"]),
        ),
    ),
    conventions=("entry by entry",),
)
