"""Exercise: the GELU, where a factor and the gate beside it depend on the same x."""

from __future__ import annotations

import math

import numpy as np

from exercises.activations import worked
from exercises.shared.drawing import elementwise_cases
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import LayerExercise
from reference.inputs import Array
from reference.smooth_activations import CUBIC, GELU, ROOT


def _inner(x: Array) -> Array:
    """The argument of GELU's tanh."""
    return np.asarray(ROOT * (x + CUBIC * x**3))


def _inner_slope(x: Array) -> Array:
    return np.asarray(ROOT * (1 + 3 * CUBIC * x**2))


def _gelu_parts(x: Array) -> tuple[Array, Array]:
    """The two terms of the product rule: ½(1 + t), and ½x(1 - t²) without the inner derivative."""
    t = np.tanh(_inner(x))
    return np.asarray((1 + t) / 2), np.asarray(x * (1 - t**2) / 2)


def _normal(x: Array) -> Array:
    """Φ(x), the share of a normal distribution below x."""
    return np.asarray([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in x.ravel()]).reshape(x.shape)


GELU_EXERCISE = LayerExercise(
    id="gelu",
    title="The GELU, a product rule and a chain rule",
    text=r"""The Gaussian error linear unit multiplies $x$ by a smooth gate between 0 and 1. In the form that
most transformers use,
$$u = \sqrt{\tfrac{2}{\pi}}\,\bigl(x + 0.044715\,x^3\bigr), \qquad t = \tanh u, \qquad
  \text{out} = \tfrac12\,x\,(1 + t).$$

- `gelu_forward(x)` returns `out, cache`; `x` may have any shape.
- `gelu_backward(dout, cache)` returns `dx`, of the shape of `x`.

$x$ occurs twice: as a factor, and inside $u$. Draw the graph with the nodes $x$, $u$, $t$ and out; two ways lead
from out back to $x$, and their gradients add. The form above is the one asked for, not the one with the error
function, which differs from it by up to $5 \cdot 10^{-4}$.
""",
    layer=GELU,
    cases=elementwise_cases(GELU, scale=0.2),
    points={"out": 1, "dx": 3},
    topic="activations",
    lecture="CS231n, lecture 4",
    source="Hendrycks and Gimpel 2016, Gaussian error linear units, section 2",
    difficulty=3,
    minutes=15,
    starter=pair(
        "gelu_forward",
        "x",
        "x (any shape) -> out = x(1 + tanh u)/2, cache.",
        "gelu_backward",
        "dx",
        "dout (the shape of x) -> dx (the same shape).",
    ),
    hints={
        "out": (
            "What should the output be near 0 for large negative x, and near x for large positive x?",
            "Is the cube inside the root's factor? It multiplies the whole bracket.",
        ),
        "dx": (
            "If x moves, which two factors of the output move?",
            "Product rule first: one term keeps the gate, the other differentiates it. What is inside tanh?",
            "½(1 + t) + ½x(1 - t²)·√(2/π)(1 + 3·0.044715x²), all times dout.",
        ),
    },
    worked=worked.GELU,
    misconceptions=(
        mistake(
            "gate-constant",
            "computed with the gate ½(1 + t) alone, as if it did not depend on x",
            "dx",
            lambda s: s["dout"] * _gelu_parts(s["x"])[0],
        ),
        mistake(
            "factor-constant",
            "computed through the gate alone, as if the factor x did not move",
            "dx",
            lambda s: s["dout"] * _gelu_parts(s["x"])[1] * _inner_slope(s["x"]),
        ),
        mistake(
            "inner-derivative-missing",
            "computed without the derivative of u, the argument of tanh",
            "dx",
            lambda s: s["dout"] * sum(_gelu_parts(s["x"])),
        ),
        mistake(
            "three-missing",
            "computed with 0.044715x² in the derivative of u, where the cube brings a 3",
            "dx",
            lambda s: (
                s["dout"]
                * (_gelu_parts(s["x"])[0] + _gelu_parts(s["x"])[1] * ROOT * (1 + CUBIC * s["x"] ** 2))
            ),
        ),
        mistake(
            "tanh-slope-missing",
            "computed without 1 - t², the derivative of tanh",
            "dx",
            lambda s: s["dout"] * (_gelu_parts(s["x"])[0] + s["x"] / 2 * _inner_slope(s["x"])),
        ),
        mistake(
            "root-missing",
            "computed without √(2/π) in the derivative of u",
            "dx",
            lambda s: (
                s["dout"] * (_gelu_parts(s["x"])[0] + _gelu_parts(s["x"])[1] * _inner_slope(s["x"]) / ROOT)
            ),
        ),
        mistake(
            "factor-missing", "the upstream as it came, without the derivative", "dx", lambda s: s["dout"]
        ),
        mistake(
            "ignores-dout",
            "the local gradient alone, without the upstream",
            "dx",
            lambda s: _gelu_parts(s["x"])[0] + _gelu_parts(s["x"])[1] * _inner_slope(s["x"]),
        ),
        mistake(
            "error-function",
            "computed with the error function, where the tanh form was asked for",
            "out",
            lambda s: s["x"] * _normal(s["x"]),
        ),
        mistake(
            "sigmoid-form",
            "x·σ(1.702x), a coarser form than the one asked for",
            "out",
            lambda s: s["x"] * (1 / (1 + np.exp(-1.702 * s["x"]))),
        ),
        mistake(
            "half-missing", "computed without the ½", "out", lambda s: s["x"] * (1 + np.tanh(_inner(s["x"])))
        ),
    ),
    conventions=("entry by entry", "the tanh form of the GELU, not the error function"),
)
