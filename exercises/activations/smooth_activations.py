"""Exercises: tanh and softplus, smooth functions of one number, stable far from 0."""

from __future__ import annotations

import numpy as np

from exercises.activations import worked
from exercises.shared.drawing import elementwise_cases, given
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise
from reference.activations import TANH
from reference.inputs import Array
from reference.smooth_activations import SOFTPLUS

CONVENTIONS = ("entry by entry",)
BACK = "dout (the shape of x) -> dx (the same shape)."


def _far() -> Case:
    """Where the formulas that are right on paper divide inf by inf."""
    return given("extremes", np.array([[-800.0, 0.5, 800.0]]))


def _tanh_slope(x: Array) -> Array:
    return np.asarray(1 - np.tanh(x) ** 2)


def _sigma(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


TANH_EXERCISE = LayerExercise(
    id="tanh",
    title="The tanh gate",
    text=r"""The hyperbolic tangent squeezes any number into $(-1, 1)$:
$$\text{out} = \tanh x = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}, \qquad
  \frac{d \tanh x}{d x} = 1 - \tanh^2 x.$$

- `tanh_forward(x)` returns `out, cache`; `x` may have any shape.
- `tanh_backward(dout, cache)` returns `dx`, of the shape of `x`.

NumPy has a `tanh`; you may also build it from `exp`, but then mind that inputs as far out as $x = \pm 800$ are
tried, where $e^{800}$ comes out as `inf`. Before you write backward, decide what the cache should hold: `x`, or
`out`? The derivative above can be computed from either, by different formulas.
""",
    layer=TANH,
    cases=elementwise_cases(TANH, _far(), scale=0.2),
    points={"out": 1, "dx": 2},
    topic="activations",
    lecture="CS231n, lecture 4",
    source="Calculus; CS231n, lecture 4 and assignment 3 (the step of a recurrent network)",
    difficulty=1,
    minutes=8,
    starter=pair("tanh_forward", "x", "x (any shape) -> out = tanh x, cache.", "tanh_backward", "dx", BACK),
    hints={
        "out": (
            "What do e^800 and e^-800 become as floats, and what is their quotient?",
            "np.tanh meets no infinity; a fraction in powers of e^(-|x|) does not either.",
        ),
        "dx": (
            "How steep is tanh at x = 0, and how steep far out? Does your formula say so?",
            "The derivative uses tanh of x once. Has what you put into it been through tanh already?",
            "With out in the cache it is dout * (1 - out**2); with x it is dout * (1 - np.tanh(x)**2).",
        ),
    },
    worked=worked.TANH,
    misconceptions=(
        mistake(
            "derivative-of-x",
            "computed with 1 - x², where the output belongs into that formula",
            "dx",
            lambda s: s["dout"] * (1 - s["x"] ** 2),
        ),
        mistake(
            "derivative-at-the-output",
            "computed with tanh taken twice: the derivative at the output instead of at x",
            "dx",
            lambda s: s["dout"] * _tanh_slope(s["out"]),
        ),
        mistake(
            "derivative-of-sigmoid",
            "computed with out(1 - out), the derivative of the sigmoid",
            "dx",
            lambda s: s["dout"] * s["out"] * (1 - s["out"]),
        ),
        mistake(
            "upstream-for-output",
            "computed with 1 - dout², where the output belongs into that formula",
            "dx",
            lambda s: 1 - np.asarray(s["dout"]) ** 2,
        ),
        mistake(
            "square-outside",
            "computed with (1 - out)² where 1 - out² belongs",
            "dx",
            lambda s: s["dout"] * (1 - s["out"]) ** 2,
        ),
        mistake(
            "square-missing",
            "computed with 1 - out where 1 - out² belongs",
            "dx",
            lambda s: s["dout"] * (1 - s["out"]),
        ),
        mistake(
            "factor-missing", "the upstream as it came, without tanh's derivative", "dx", lambda s: s["dout"]
        ),
        mistake(
            "ignores-dout",
            "the local gradient alone, without the upstream",
            "dx",
            lambda s: _tanh_slope(s["x"]),
        ),
        mistake(
            "derivative-of-upstream",
            "computed with tanh's derivative taken at the upstream gradient",
            "dx",
            lambda s: _tanh_slope(s["dout"]),
        ),
        mistake("sign", "negated", "dx", lambda s: -s["dout"] * _tanh_slope(s["x"])),
        mistake(
            "plus-for-minus",
            "computed with 1 + out² where 1 - out² belongs",
            "dx",
            lambda s: s["dout"] * (1 + np.tanh(s["x"]) ** 2),
        ),
        mistake(
            "cosh-not-squared",
            "divided by cosh x, where its square belongs",
            "dx",
            lambda s: s["dout"] / np.cosh(s["x"]),
        ),
        mistake(
            "half-angle",
            "tanh of x/2: the powers of e are x and 0 where they should be x and -x",
            "out",
            lambda s: np.tanh(s["x"] / 2),
        ),
        mistake("sigmoid-for-tanh", "the sigmoid of x", "out", lambda s: _sigma(s["x"])),
    ),
    conventions=CONVENTIONS,
)

SOFTPLUS_EXERCISE = LayerExercise(
    id="softplus",
    title="Softplus, a ReLU with a round corner",
    text=r"""Softplus is close to $\max(0, x)$ far from 0 and round in between:
$$\text{out} = \log\bigl(1 + e^{x}\bigr).$$
Its derivative is a function that you have met. Find it before you write any code.

- `softplus_forward(x)` returns `out, cache`; `x` may have any shape.
- `softplus_backward(dout, cache)` returns `dx`, of the shape of `x`.

Inputs as far out as $x = \pm 800$ are tried, and $e^{800}$ does not fit into a float. For large $x$, pull a term
out of the logarithm: $\log(1 + e^{x}) = x + \log(1 + e^{-x})$.
""",
    layer=SOFTPLUS,
    cases=elementwise_cases(SOFTPLUS, _far(), scale=0.3),
    points={"out": 2, "dx": 2},
    topic="activations",
    lecture="CS231n, lecture 4",
    source="Glorot, Bordes and Bengio 2011, Deep sparse rectifier neural networks",
    difficulty=2,
    minutes=12,
    starter=pair(
        "softplus_forward",
        "x",
        "x (any shape) -> out = log(1 + e^x), cache.",
        "softplus_backward",
        "dx",
        BACK,
    ),
    hints={
        "out": (
            "What should the output be near x = 800? What is yours?",
            "One of e^x and e^-x is always small. Which form of the formula uses only that one?",
            "np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))); np.logaddexp(0, x) does the same.",
        ),
        "dx": (
            "How steep is softplus far to the left, at 0, and far to the right?",
            "Write it as log(u) with u = 1 + e^x and multiply the two derivatives. Divide by e^x.",
            "It is the sigmoid of x: dx = dout / (1 + exp(-x)).",
        ),
    },
    worked=worked.SOFTPLUS,
    misconceptions=(
        mistake(
            "derivative-of-sigmoid",
            "computed with σ(x)(1 - σ(x)), one derivative too many",
            "dx",
            lambda s: s["dout"] * _sigma(s["x"]) * _sigma(-s["x"]),
        ),
        mistake(
            "one-over-u",
            "computed with 1/(1 + eˣ): the derivative of eˣ inside the logarithm is missing",
            "dx",
            lambda s: s["dout"] * _sigma(-s["x"]),
        ),
        mistake(
            "derivative-at-the-output",
            "computed with the sigmoid of the output instead of the sigmoid of x",
            "dx",
            lambda s: s["dout"] * _sigma(s["out"]),
        ),
        mistake(
            "relu-mask",
            "masked as for a ReLU, without the round corner",
            "dx",
            lambda s: s["dout"] * (s["x"] > 0),
        ),
        mistake(
            "factor-missing", "the upstream as it came, without the derivative", "dx", lambda s: s["dout"]
        ),
        mistake(
            "ignores-dout", "the local gradient alone, without the upstream", "dx", lambda s: _sigma(s["x"])
        ),
        mistake(
            "derivative-of-upstream",
            "the sigmoid of the upstream gradient instead of the sigmoid of x",
            "dx",
            lambda s: _sigma(s["dout"]),
        ),
        mistake("sign", "negated", "dx", lambda s: -s["dout"] * _sigma(s["x"])),
        mistake(
            "softplus-sign", "log(1 + e⁻ˣ), with a minus too many", "out", lambda s: np.logaddexp(0, -s["x"])
        ),
        mistake(
            "relu-for-softplus", "max(0, x), without the round corner", "out", lambda s: np.maximum(s["x"], 0)
        ),
    ),
    conventions=(*CONVENTIONS, "natural logarithm"),
)
