"""Exercises: two claims on slides about gradient descent, put to the test with numbers by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exercises.shared.answered import Asked, asked, clear, over, pick, questions
from exercises.shared.rounded import Range, carried, exact
from grader.exercise import AnswersExercise, Question

TEN = 10


def _power(base: float, start: float) -> Range:
    """Ten steps by hand may round each time; 3 % covers two digits kept, and eleven steps are further off."""
    value = start * base**TEN
    return carried(Range(*sorted((0.97 * value, 1.03 * value))))


def up_and_down(c: float, eta: float, start: float) -> dict[str, Asked]:
    """L = c/2 θ² from θ = start: one step and ten, by the slide's sign and by the right one."""
    slope = c * start
    up, down = start + eta * slope, start - eta * slope

    def loss(theta: float) -> float:
        return c / 2 * theta * theta

    return {
        "gradient": asked(r"$\partial L/\partial\theta$ at the start", slope, start, c, slope / 2, -slope),
        "slide_step": asked(
            r"$\theta$ after one step by the slide's rule, with the plus",
            up,
            down,
            start + slope,
            eta * slope,
        ),
        "slide_loss": asked(
            "$L$ after one step with the plus",
            loss(up),
            loss(down),
            loss(start),
            2 * loss(up),
            range=exact(c / 2) * (carried(exact(up)) * carried(exact(up))),
        ),
        "right_step": asked(
            r"$\theta$ after one step with a minus instead", down, up, start - slope, -eta * slope
        ),
        "right_loss": asked(
            "$L$ after one step with the minus",
            loss(down),
            loss(up),
            loss(start),
            2 * loss(down),
            range=exact(c / 2) * (carried(exact(down)) * carried(exact(down))),
        ),
        "slide_ten": asked(
            r"$\theta$ after ten steps with the plus",
            start * (1 + eta * c) ** TEN,
            start * (1 + TEN * eta * c),
            start * (1 - eta * c) ** TEN,
            start * (1 + eta * c) ** (TEN + 1),
            start * (1 + eta * c) ** (TEN - 1),
            range=_power(1 + eta * c, start),
        ),
        "right_ten": asked(
            r"$\theta$ after ten steps with the minus",
            start * (1 - eta * c) ** TEN,
            start * (1 - TEN * eta * c),
            start * (1 + eta * c) ** TEN,
            start * (1 - eta * c) ** (TEN + 1),
            start * (1 - eta * c) ** (TEN - 1),
            range=_power(1 - eta * c, start),
        ),
    }


def _plus_paper(rng: np.random.Generator) -> Sequence[Question]:
    """Seven questions on the sign of a step, with numbers from `rng`."""
    while True:
        c, eta = pick(rng, (2, 4, 5)), pick(rng, (0.02, 0.04, 0.05, 0.1))
        start = pick(rng, (-4, -3, -2, 2, 3, 4))
        drawn = up_and_down(c, eta, start)
        if 0.08 <= c * eta <= 0.3 and clear(drawn):
            given = rf"$L(\theta) = \tfrac{{{c:g}}}{{2}}\,\theta^2$, $\eta = {eta:g}$, start $\theta = {start:g}$: "
            return questions(drawn, given)


def two_samples(a: float, b: float, eta: float, start: float, size: int, batch: int) -> dict[str, Asked]:
    """L = ½(½(θ - a)² + ½(θ - b)²): full steps end at the mean, single samples leave it again for good."""
    middle = (a + b) / 2
    after_b = (b + (1 - eta) * a) / (2 - eta)
    gap = (b - a) / 2 * eta / (2 - eta)
    return {
        "minimum": asked(r"the $\theta$ at which $L$ is smallest", middle, a, b, a + b),
        "full_step": asked(
            rf"$\theta$ after one step with the gradient of $L$, from $\theta = {start:g}$",
            start - eta * (start - middle),
            start - eta * (start - a),
            start - eta * (start - b),
            start - 2 * eta * (start - middle),
            start + eta * (start - middle),
        ),
        "leaves": asked(
            r"$\theta$ after one step with the gradient of sample $b$ alone, from the minimum",
            middle + eta * (b - middle),
            middle,
            b,
            middle - eta * (b - middle),
            middle + eta * b,
        ),
        "cycle": asked(
            r"steps with samples $a$, $b$, $a$, $b$ and so on for ever: $\theta$ after one with $b$, in the end",
            after_b,
            middle,
            b,
            (a + (1 - eta) * b) / (2 - eta),
            middle + eta * (b - middle),
            range=over(exact(b) + carried(exact((1 - eta) * a)), exact(2 - eta)),
        ),
        "half_rate": asked(
            r"how far from the minimum that would be with half the $\eta$",
            (b - a) / 2 * (eta / 2) / (2 - eta / 2),
            gap,
            gap / 4,
            0,
            range=_around((b - a) / 2 * (eta / 2) / (2 - eta / 2)),
        ),
        "cost_full": asked(
            f"a training set of {size} samples: how many do 100 steps of gradient descent with all samples look at",
            100.0 * size,
            float(size),
            100.0,
            100.0 * batch,
        ),
        "cost_batch": asked(
            f"a training set of {size} samples: how many do 100 steps with minibatches of {batch} look at",
            100.0 * batch,
            100.0 * size,
            100.0 * size / batch,
            100.0,
            float(batch),
        ),
    }


def _around(value: float) -> Range:
    """A difference of two rounded numbers, here two digits of about ten times its size: 5 % to either side."""
    return Range(0.95 * value, 1.05 * value)


def _guarantees_paper(rng: np.random.Generator) -> Sequence[Question]:
    """Seven questions on full and stochastic steps, with numbers from `rng`."""
    while True:
        a, b = pick(rng, (-3, -2, -1, 1, 2)), pick(rng, (4, 5, 6, 7, 8))
        eta, start = pick(rng, (0.2, 0.4, 0.5, 0.8)), pick(rng, (10, 12, -6, -8))
        drawn = two_samples(
            a, b, eta, start, int(pick(rng, (20_000, 50_000, 60_000))), int(pick(rng, (16, 32, 64)))
        )
        if clear(drawn) and all(each.value for each in drawn.values()):
            given = (
                rf"$L = \tfrac12 (\tfrac12 (\theta - a)^2 + \tfrac12 (\theta - b)^2)$ "
                rf"with $a = {a:g}$, $b = {b:g}$, $\eta = {eta:g}$: "
            )
            costs = {id: each for id, each in drawn.items() if id.startswith("cost")}
            return (*questions({id: drawn[id] for id in drawn if id not in costs}, given), *questions(costs))


def _starter(variable: str, ids: Sequence[str]) -> str:
    return f"{variable} = {{\n" + "".join(f'    "{id}": None,\n' for id in ids) + "}\n"


_PLUS = ("gradient", "slide_step", "slide_loss", "right_step", "right_loss", "slide_ten", "right_ten")
_GUARANTEES = ("minimum", "full_step", "leaves", "cycle", "half_rate", "cost_full", "cost_batch")

SLIDE_PLUS_SIGN = AnswersExercise(
    id="slide_plus_sign",
    title="Spot the mistake: a plus in the update",
    text=r"""Twice a lecture ends the recipe of gradient descent with
$$\theta \leftarrow \theta + \eta\,\frac{\partial L}{\partial \theta},$$
where earlier it has a minus. What happens to somebody who types that in? A parabola shows it. Your own $L$, rate
and start stand beside the questions.

- `plus_answers` is a dictionary from each question's name to a number, as in `plus_answers = {"gradient": 4}`. A
  number may be written as an expression (`2 * (1 - 0.2) ** 10`) or as text with a decimal comma (`"0,75"`).

Two significant digits are enough, three on the way through ten steps. Those are quicker once you see what one step
multiplies $\theta$ by.
""",
    variable="plus_answers",
    paper=_plus_paper,
    points=dict.fromkeys(_PLUS, 1),
    topic="training",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: gradient descent, stochastic gradient descent",
    difficulty=1,
    minutes=15,
    starter=_starter("plus_answers", _PLUS),
    hints={
        "": (
            "Does L fall to the left or to the right of your start? What is the sign of the slope there?",
            "The slope is c times θ. What is θ plus η times that, written as a multiple of θ?",
            "With a plus a step multiplies θ by 1 + ηc, with a minus by 1 - ηc; ten steps take the tenth power.",
        ),
    },
    conventions=("two significant digits are enough, three on the way through ten steps",),
)

SLIDE_SAME_GUARANTEES = AnswersExercise(
    id="slide_same_guarantees",
    title="The same guarantees and complexity?",
    text=r"""Of stochastic gradient descent a slide says that it has the same convergence guarantees and the same
complexity as gradient descent with all samples. Two samples are enough to see what is left of that. Full steps use
the gradient of $L$, the mean of the two losses; stochastic ones use that of one sample's loss, $\theta - a$ or
$\theta - b$. The learning rate $\eta$ stays what it is.

- `guarantee_answers` is a dictionary from each question's name to a number, as in
  `guarantee_answers = {"minimum": 2}`. A number may be written as an expression (`100 * 32`) or as text with a
  decimal comma (`"0,75"`).

Two significant digits are enough. When you are done, say it better than the slide: what must happen to $\eta$ for
the stochastic steps to settle at the minimum, and what is cheaper about them?
""",
    variable="guarantee_answers",
    paper=_guarantees_paper,
    points=dict.fromkeys(_GUARANTEES, 1),
    topic="training",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: stochastic gradient descent; Robbins and Monro 1951 on decreasing steps",
    difficulty=3,
    minutes=20,
    starter=_starter("guarantee_answers", _GUARANTEES),
    hints={
        "": (
            "At the minimum the full gradient is 0. Is that of sample b alone?",
            "In the end two values alternate. If θ is t after b, what is it after a, and after b again?",
            "After a: (1 - η) t + η a; after b: (1 - η) times that, plus η b. Set that equal to t and solve.",
        ),
    },
    conventions=("two significant digits are enough, at every step", "constant learning rate"),
)
