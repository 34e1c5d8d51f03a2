"""Exercises: rectifiers that let something through below 0, with a constant that is given: leaky ReLU and ELU."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from exercises.activations import worked
from exercises.shared.drawing import elementwise_cases, given, shaped
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from grader.exercise.cases import Draw
from reference.activations import RELU
from reference.inputs import Array
from reference.rectifiers import ELU, LEAKY_RELU

BACK = "dout (the shape of x) -> dx (the same shape); a is a constant and has no gradient here."


def _with_constant(draw: Draw) -> Draw:
    """x as for a ReLU, whose kink it is, and a from 0.05 to 0.6."""

    def drawn(rng: np.random.Generator) -> tuple[Any, ...]:
        return (*draw(rng), float(rng.integers(5, 61)) / 100)

    return drawn


def _cases(*more: Case, scale: float = 1.0) -> tuple[Case, ...]:
    shared = (replace(case, draw=_with_constant(case.draw)) for case in elementwise_cases(RELU, scale=scale))
    return (*shared, *more)


SMALL = tuple(_with_constant(shaped(RELU, shape)) for shape in ((1,), (2,), (3,)))


def _local(s: Situation, below: Any) -> Array:
    """1 above 0, `below` elsewhere."""
    return np.asarray(np.where(s["x"] > 0, 1.0, below))


def _power(x: Array) -> Array:
    """eˣ where x < 0, and 1 above, where no formula here wants it."""
    return np.asarray(np.exp(np.minimum(x, 0)))


LEAKY_RELU_EXERCISE = LayerExercise(
    id="leaky_relu",
    title="The leaky ReLU",
    text=r"""A ReLU that is 0 for every example has gradient 0 and never learns again. The leaky ReLU keeps a
small slope $a$, with $0 < a < 1$, below 0:
$$\text{out}_i = \begin{cases} x_i & x_i > 0\\ a\,x_i & x_i \le 0.\end{cases}$$

- `leaky_relu_forward(x, a)` returns `out, cache`; `x` may have any shape and `a` is one number.
- `leaky_relu_backward(dout, cache)` returns `dx`, of the shape of `x`. `a` is a constant: it has no gradient
  here.

Start with two numbers, one above and one below 0: move each by 0.01 and see by how much its output moves.
Leave `x` and `dout` as they were. At exactly 0 anything from $a \cdot \text{dout}$ to $\text{dout}$ is accepted.
""",
    layer=LEAKY_RELU,
    cases=_cases(
        given("zeros", np.array([[0.0, 1.5, -2.0], [-0.0, 0.0, 0.75]]), 0.1, kink=True),
        given("a tiny slope", np.array([[2.0, -3.0, 0.5], [-0.75, 1.25, -40.0]]), 0.001),
    ),
    small=SMALL,
    points={"out": 1, "dx": 2},
    topic="activations",
    lecture="CS231n, lecture 4",
    source="Maas, Hannun and Ng 2013, Rectifier nonlinearities improve neural network acoustic models",
    difficulty=1,
    minutes=7,
    starter=pair(
        "leaky_relu_forward",
        "x, a",
        "x (any shape), a (a number) -> out (the shape of x), cache.",
        "leaky_relu_backward",
        "dx",
        BACK,
    ),
    hints={
        "out": (
            "What becomes of x = -2 with a = 0.1?",
            "np.where takes a condition and two arrays.",
        ),
        "dx": (
            "By how much does the output move if x goes from -2 to -1.99?",
            "The slope has two values. Which array decides between them?",
            "dout where x > 0, and a * dout elsewhere, with x and a from the cache.",
        ),
    },
    worked=worked.LEAKY_RELU,
    misconceptions=(
        mistake(
            "relu-mask",
            "0 where x is below 0, as for a plain ReLU",
            "dx",
            lambda s: s["dout"] * (s["x"] > 0),
        ),
        mistake(
            "mask-on-dout",
            "scaled where the upstream is negative, instead of where x is",
            "dx",
            lambda s: np.where(s["dout"] > 0, 1.0, s["a"]) * s["dout"],
        ),
        mistake(
            "slope-times-x",
            "multiplied by a·x below 0, where the slope is a alone",
            "dx",
            lambda s: s["dout"] * _local(s, s["a"] * s["x"]),
        ),
        mistake(
            "multiplies-by-out",
            "multiplied by the output instead of by the slope",
            "dx",
            lambda s: s["dout"] * s["out"],
        ),
        mistake("slope-forgotten", "the upstream as it came, without the slope", "dx", lambda s: s["dout"]),
        mistake("slope-everywhere", "multiplied by a above 0 as well", "dx", lambda s: s["a"] * s["dout"]),
        mistake("ignores-dout", "the slopes alone, without the upstream", "dx", lambda s: _local(s, s["a"])),
        mistake(
            "mask-reversed",
            "computed with the two slopes exchanged",
            "dx",
            lambda s: s["dout"] * np.where(s["x"] < 0, 1.0, s["a"]),
        ),
        mistake(
            "upstream-missing-below",
            "a alone where x is below 0, without the upstream",
            "dx",
            lambda s: np.where(s["x"] > 0, s["dout"], s["a"]),
        ),
        mistake(
            "slope-negated",
            "multiplied by -a below 0",
            "dx",
            lambda s: s["dout"] * _local(s, -np.asarray(s["a"])),
        ),
        mistake(
            "one-minus-slope",
            "multiplied by 1 - a below 0, where the slope is a",
            "dx",
            lambda s: s["dout"] * _local(s, 1 - np.asarray(s["a"])),
        ),
        mistake(
            "slope-fixed",
            "computed with a slope of 0.01 below 0, whatever a is",
            "dx",
            lambda s: s["dout"] * _local(s, np.asarray(0.01)),
        ),
        mistake("relu-for-leaky", "0 below 0, as for a plain ReLU", "out", lambda s: np.maximum(s["x"], 0)),
        mistake("slope-everywhere", "multiplied by a above 0 as well", "out", lambda s: s["a"] * s["x"]),
        mistake(
            "constant-below",
            "a below 0, where a·x belongs",
            "out",
            lambda s: np.where(s["x"] > 0, s["x"], s["a"]),
        ),
    ),
    conventions=(
        "entry by entry",
        "a is a constant",
        "at exactly 0 any value between the slopes is accepted",
    ),
)

ELU_EXERCISE = LayerExercise(
    id="elu",
    title="The ELU",
    text=r"""The exponential linear unit bends smoothly to $-a$ far below 0, where $a > 0$ is a given number:
$$\text{out}_i = \begin{cases} x_i & x_i > 0\\ a\,(e^{x_i} - 1) & x_i \le 0.\end{cases}$$

- `elu_forward(x, a)` returns `out, cache`; `x` may have any shape and `a` is one number.
- `elu_backward(dout, cache)` returns `dx`, of the shape of `x`. `a` is a constant: it has no gradient here.

Start with the derivative below 0. It can be written with $x$, or with the output alone; both are fine, but be
clear about which of the two your formula takes. Inputs up to $x = 800$ are tried: where $x$ is positive its
exponential may overflow, and must do no harm.
""",
    layer=ELU,
    cases=_cases(
        given("zeros", np.array([[0.0, 1.5, -2.0], [-0.0, 0.0, 0.75]]), 0.3, kink=True),
        given("extremes", np.array([[-800.0, 0.5, 800.0], [-0.25, -1.5, 3.0]]), 0.75),
        scale=0.3,
    ),
    small=SMALL,
    points={"out": 2, "dx": 2},
    topic="activations",
    lecture="CS231n, lecture 4",
    source="Clevert, Unterthiner and Hochreiter 2016, Fast and accurate deep network learning by ELUs",
    difficulty=2,
    minutes=10,
    starter=pair(
        "elu_forward",
        "x, a",
        "x (any shape), a (a number) -> out (the shape of x), cache.",
        "elu_backward",
        "dx",
        BACK,
    ),
    hints={
        "out": (
            "What is 0 times inf, if you multiply by a mask?",
            "np.where picks and multiplies nothing; np.minimum(x, 0) keeps the exponent small.",
        ),
        "dx": (
            "What is the slope just below 0, and far below?",
            "Differentiate a(eˣ - 1). How does the result differ from the output itself?",
            "Below 0 the slope is a·eˣ, which is out + a; above it is 1. Multiply dout by it.",
        ),
    },
    worked=worked.ELU,
    misconceptions=(
        mistake(
            "output-for-derivative",
            "multiplied by the output below 0, where a·eˣ = out + a belongs",
            "dx",
            lambda s: s["dout"] * _local(s, s["out"]),
        ),
        mistake(
            "derivative-at-the-output",
            "computed with a·e to the output, where a·eˣ belongs",
            "dx",
            lambda s: s["dout"] * _local(s, s["a"] * _power(s["out"])),
        ),
        mistake(
            "one-for-constant",
            "computed with out + 1 below 0, which is the slope for a = 1 alone: it is out + a",
            "dx",
            lambda s: s["dout"] * _local(s, np.asarray(s["out"]) + 1),
        ),
        mistake(
            "constant-missing",
            "computed with eˣ below 0: the factor a is missing",
            "dx",
            lambda s: s["dout"] * _local(s, _power(s["x"])),
        ),
        mistake(
            "slope-of-leaky",
            "multiplied by a below 0, as for a leaky ReLU",
            "dx",
            lambda s: s["dout"] * _local(s, s["a"]),
        ),
        mistake(
            "relu-mask", "0 where x is below 0, as for a plain ReLU", "dx", lambda s: s["dout"] * (s["x"] > 0)
        ),
        mistake(
            "mask-on-dout",
            "decided by the sign of the upstream, instead of by that of x",
            "dx",
            lambda s: s["dout"] * np.where(s["dout"] > 0, 1.0, s["a"] * _power(s["x"])),
        ),
        mistake(
            "upstream-missing-below",
            "a·eˣ alone where x is below 0, without the upstream",
            "dx",
            lambda s: np.where(s["x"] > 0, s["dout"], s["a"] * _power(s["x"])),
        ),
        mistake("factor-missing", "the upstream as it came", "dx", lambda s: s["dout"]),
        mistake(
            "ignores-dout",
            "the slopes alone, without the upstream",
            "dx",
            lambda s: _local(s, s["a"] * _power(s["x"])),
        ),
        mistake(
            "one-missing",
            "a·eˣ below 0: the -1 is missing",
            "out",
            lambda s: np.where(s["x"] > 0, s["x"], s["a"] * _power(s["x"])),
        ),
        mistake(
            "constant-missing",
            "eˣ - 1 below 0: the factor a is missing",
            "out",
            lambda s: np.where(s["x"] > 0, s["x"], _power(s["x"]) - 1),
        ),
    ),
    conventions=(
        "entry by entry",
        "a is a constant",
        "at exactly 0 any value between a and 1 times dout is accepted",
    ),
)
