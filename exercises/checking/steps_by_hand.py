"""Exercises: how wrong a difference is, worked out by hand: at a kink, and for steps too large and too small."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from exercises.shared.answered import Asked, asked, clear, over, pick, questions, root
from exercises.shared.rounded import Range, exact
from grader.exercise import AnswersExercise, Question

SPACING = 2.0**-26
"""Between neighbouring doubles near 10⁸ (from 2²⁶ up to 2²⁷)."""


def kinks(a: float, h: float, leak: float, units: int) -> dict[str, Asked]:
    """Central differences across the kink of a ReLU: at 0, at a < h, and in a layer of many units."""
    near = (a + h) / (2 * h)
    hit = units * h
    return {
        "at_zero": asked(
            r"$f(x) = \max(0, x)$ at $x = 0$, with any step $h$: the central difference", 0.5, 0, 1
        ),
        "near": asked(
            rf"$f(x) = \max(0, x)$ at $x = {a:g}$, with $h = {h:g}$: the central difference",
            near,
            1,
            0,
            0.5,
            1 - near,
            (a + h) / h,
            range=over(exact(a) + exact(h), exact(2 * h)),
        ),
        "error": asked(
            "its error there: the right slope minus the central difference",
            1 - near,
            0,
            near,
            near - 1,
            0.5,
            range=over(exact(h) + exact(-a), exact(2 * h)),
        ),
        "leaky": asked(
            rf"the leaky ReLU $\max({leak:g}\,x,\ x)$ at $x = 0$, with any step: the central difference",
            (1 + leak) / 2,
            leak,
            1,
            0.5,
            (1 - leak) / 2,
            range=over(exact(1.0) + exact(leak), exact(2.0)),
        ),
        "abs": asked(
            rf"$f(x) = |x|$ at $x = {a:g}$, with $h = {h:g}$: the central difference",
            a / h,
            1,
            0,
            near,
            (a + h) / h,
            range=over(exact(a), exact(h)),
        ),
        "safe": asked(
            rf"$f(x) = \max(0, x)$ at $x = {a:g}$: the largest step with which the central difference is exact",
            a,
            a / 2,
            2 * a,
            h,
        ),
        "units": asked(
            rf"{units} ReLU units whose inputs lie evenly between -1 and 1; every input is moved by $\pm h$ with "
            rf"$h = 0.001$. How many of these steps cross a kink, on average",
            units * 0.001,
            units * 0.002,
            units * 0.0005,
            hit,
        ),
    }


def kinks_paper(rng: np.random.Generator) -> Sequence[Question]:
    """Seven questions about differences across kinks, with numbers from `rng`."""
    while True:
        h = pick(rng, (0.1, 0.2, 0.4, 0.5))
        a = round(h * pick(rng, (0.2, 0.3, 0.4, 0.6, 0.7)), 3)
        drawn = kinks(a, h, pick(rng, (0.1, 0.2, 0.3)), int(pick(rng, (2000, 4000, 6000, 8000))))
        if clear(drawn):
            return questions(drawn)


def steps(x: float, h: float, part: float, tiny: int) -> dict[str, Asked]:
    """Errors of differences of x³ by hand, and the steps that hide a gradient too large by `part` of itself."""
    slope, step = 3 * x * x, 10.0**-tiny
    rounding = SPACING / (2 * step)
    balance = (SPACING / 2) ** (1 / 3)
    hidden = x * math.sqrt(3 * part)
    return {
        "one_sided": asked(
            rf"$f(x) = x^2$: by how much $(f(x+h) - f(x))/h$ is too large, with $h = {h:g}$",
            h,
            h * h,
            2 * h,
            h / 2,
            0,
        ),
        "central_square": asked(
            rf"$f(x) = x^2$: the error of the central difference, with $h = {h:g}$",
            0.0,
            h,
            h * h,
            range=Range(-1e-6, 1e-6),
        ),
        "central_cube": asked(
            rf"$f(x) = x^3$: by how much the central difference is too large, with $h = {h:g}$",
            h * h,
            h,
            h * h / 2,
            h * h / 6,
            2 * h * h,
            0,
            range=exact(h) * exact(h),
        ),
        "hides": asked(
            rf"somebody claims that the slope of $x^3$ at $x = {x:g}$ is ${slope * (1 + part):g}$, which is "
            f"{100 * part:g} % too large. With which $h$ does the central difference agree with that exactly",
            hidden,
            slope * part,
            math.sqrt(part),
            x * math.sqrt(part),
            hidden**2,
            range=root(exact(3 * x * x * part), 0.5),
        ),
        "rounding": asked(
            rf"$f(x) = x^3 + 10^8$: values near $10^8$ are rounded to multiples of $1.49 \cdot 10^{{-8}}$, so that "
            rf"$f(x+h) - f(x-h)$ may be off by that much. How far off may the central difference be, with "
            rf"$h = 10^{{-{tiny}}}$",
            rounding,
            SPACING,
            SPACING * step,
            2 * rounding,
            rounding / 2,
            range=over(Range(1.49e-8, 1.5e-8), exact(2 * step)),
        ),
        "balance": asked(
            r"the same $f$: with which $h$ are this error and that of the formula, $h^2$, equally large",
            balance,
            math.sqrt(SPACING),
            SPACING,
            1e-5,
            balance**2,
            SPACING ** (1 / 3),
            range=root(over(Range(1.4e-8, 1.5e-8), exact(2.0)), 1 / 3),
        ),
        "cancels": asked(
            r"a check divides by $h$ where $2h$ is right. Which multiple of the right gradient does it call right",
            2.0,
            0.5,
            1.0,
        ),
    }


def steps_paper(rng: np.random.Generator) -> Sequence[Question]:
    """Seven questions about step sizes, with numbers from `rng`."""
    while True:
        x, part = pick(rng, (1, 2, 3, 4, 5)), pick(rng, (0.01, 0.02, 0.03, 0.05))
        drawn = steps(x, pick(rng, (0.1, 0.2, 0.3, 0.4)), part, int(pick(rng, (6, 7, 8, 9))))
        if clear(drawn):
            return questions(drawn)


def _starter(variable: str, ids: Sequence[str]) -> str:
    return f"{variable} = {{\n" + "".join(f'    "{id}": None,\n' for id in ids) + "}\n"


_KINKS = ("at_zero", "near", "error", "leaky", "abs", "safe", "units")
_STEPS = ("one_sided", "central_square", "central_cube", "hides", "rounding", "balance", "cancels")

KINKS_BY_HAND = AnswersExercise(
    id="kinks_by_hand",
    title="How wrong is a difference at a kink?",
    text=r"""A central difference
$$\frac{f(x + h) - f(x - h)}{2h}$$
looks at two points and joins them by a line. If there is a kink between them, the line has neither the one slope
nor the other; only a step that does not reach the kink helps. That is why a right backward pass of a ReLU network
can fail a gradient check in a few entries. How wrong is the difference there? Your own numbers stand beside the
questions; draw $\max(0, x)$ and the two points first.

- `kink_answers` is a dictionary from each question's name to a number, as in `kink_answers = {"near": 0.65}`. A
  number may be written as an expression (`0.3 / 0.4`) or as text with a decimal comma (`"0,75"`).

Two significant digits are enough.
""",
    variable="kink_answers",
    paper=kinks_paper,
    points=dict.fromkeys(_KINKS, 1),
    topic="checking",
    lecture="Training Neural Networks",
    source="Training Neural Networks, points without a derivative; CS231n, notes on gradient checks",
    difficulty=2,
    minutes=20,
    starter=_starter("kink_answers", _KINKS),
    hints={
        "": (
            "Where do the points x + h and x - h lie, and what is f at each of them?",
            "Left of the kink a ReLU is 0, so only the right point counts. What is left of the quotient?",
            "For 0 < x < h the quotient of a ReLU is (x + h)/(2h), that of |x| is x/h; a step crosses if |x| < h.",
        ),
    },
    conventions=("two significant digits are enough, at every step",),
)

STEP_SIZES = AnswersExercise(
    id="step_sizes",
    title="In which step sizes does a mistake hide?",
    text=r"""A difference has two errors. That of the formula shrinks with the step: as $h$ for one side, as $h^2$
for both. That of rounding grows as $1/h$. Between the two there is a good step, and on either side of it a wrong
gradient can pass or a right one fail. Work out where, with your own numbers, which stand beside the questions.
Nothing has to be guessed: multiply out $(x + h)^3$ and $(x - h)^3$ and see what is left over.

- `step_answers` is a dictionary from each question's name to a number, as in `step_answers = {"one_sided": 0.2}`. A
  number may be written as an expression (`3 * 0.1`), as `1.5e-8`, or as text with a decimal comma (`"0,75"`).

Two significant digits are enough.
""",
    variable="step_answers",
    paper=steps_paper,
    points=dict.fromkeys(_STEPS, 1),
    topic="checking",
    lecture="CS231n, lecture 4",
    source="calculus; CS231n, notes on gradient checks: the step size",
    difficulty=3,
    minutes=25,
    starter=_starter("step_answers", _STEPS),
    hints={
        "": (
            "What is (x + h)³ - (x - h)³ when it is multiplied out, and what is it over 2h?",
            "For x³ the quotient is 3x² + h². Which h makes that the claimed slope?",
            "hides: h² = part of 3x²; rounding: 1.49e-8 / (2h); balance: h² = 1.49e-8 / (2h), so h³ = 0.745e-8.",
        ),
    },
    conventions=("two significant digits are enough, at every step", "double precision"),
)
