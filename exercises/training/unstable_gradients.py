"""Exercise: vanishing and exploding gradients in a chain of neurons, in numbers that each student has alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from exercises.shared.rounded import Range, exact, one_minus, sigmoid
from grader.exercise import AnswersExercise, Question

WITHIN_ONE_SIGMA = math.erf(1 / math.sqrt(2))
"""P(|w| < 1) for w from N(0, 1): 0.683."""


def slope(z: float) -> float:
    """σ'(z)."""
    return 1 / (1 + math.exp(-z)) / (1 + math.exp(z))


def edge(w: float) -> float:
    """The |z| at which |w σ'(z)| = 1: σ(1 - σ) = 1/|w| is a quadratic in σ. For w = 100 it is 4.585."""
    on = (1 + math.sqrt(1 - 4 / abs(w))) / 2
    return math.log(on / (1 - on))


def _near(value: float, room: float) -> Range:
    return Range(value - room, value + room)


def answers(w: float, z: float, k: int, large: int, far: float) -> dict[str, tuple[str, float, Range]]:
    """For each question its text, the right number and the range of right ones."""
    at = sigmoid(exact(z))
    factor = at * one_minus(at) * exact(w)
    left = factor
    for _ in range(k - 1):
        left = left * factor
    small = f"$w = {w:g}$, $z = {z:g}$ in every layer"
    big = f"$w = {large}$"
    return {
        "slope": (r"the largest value that $\sigma'(z)$ can take", 0.25, exact(0.25)),
        "factor": (
            rf"{small}: the factor $w\,\sigma'(z)$ of one layer",
            w * slope(z),
            factor,
        ),
        "left": (
            rf"{small}: what is left of a gradient of 1 after ${k}$ layers",
            (w * slope(z)) ** k,
            left,
        ),
        "least": (
            r"the smallest $w > 0$ for which $w\,\sigma'(z)$ can reach 1 at some $z$",
            4.0,
            exact(4.0),
        ),
        "grown": (
            rf"{big}, $z = 0$ in every layer: by what a gradient is multiplied over two layers",
            large**2 / 16,
            exact(large / 4) * exact(large / 4),
        ),
        "edge": (
            rf"{big}: the $|z|$ beyond which $w\,\sigma'(z)$ is below 1, to one decimal or more",
            edge(large),
            _near(edge(large), 0.06),
        ),
        "far": (
            rf"{big}, $z = {far:g}$: the factor $w\,\sigma'(z)$ (carry four decimals)",
            large * slope(far),
            _near(large * slope(far), 0.03 * large * slope(far)),
        ),
        "share": (
            r"the probability that $|w| < 1$, for $w$ from $N(0, 1)$, to two decimals or more",
            WITHIN_ONE_SIGMA,
            Range(0.675, 0.6901),
        ),
        "all": (
            rf"the probability that $|w| < 1$ holds for all of ${k + 3}$ such weights",
            WITHIN_ONE_SIGMA ** (k + 3),
            Range(0.675 ** (k + 3), 0.6901 ** (k + 3)),
        ),
    }


IDS = tuple(answers(0.7, 1.0, 3, 100, 6.0))


def paper(rng: np.random.Generator) -> Sequence[Question]:
    """Nine questions; w, z, the number of layers and the large weight are drawn."""
    w, z = float(rng.integers(4, 10)) / 10, float(rng.choice((-2.0, -1.5, -1.0, 1.0, 1.5, 2.0)))
    drawn = answers(
        w, z, int(rng.integers(3, 5)), int(rng.choice((60, 80, 100, 120))), float(rng.choice((6.0, 6.5, 7.0)))
    )
    return tuple(Question(id, text, value, r.low, r.high) for id, (text, value, r) in drawn.items())


UNSTABLE_GRADIENTS = AnswersExercise(
    id="unstable_gradients",
    title="Vanishing and exploding, by hand",
    text=r"""In a chain of sigmoid neurons, one a layer, the gradient passes from layer to layer as
$$\delta^{l-1} = w\, \sigma'(z)\, \delta^l .$$
One factor for each layer decides what arrives at the beginning. A slide says of it: with weights from
$N(0, 1)$, $|w| < 1$, so that $|w\, \sigma'(z)| < \tfrac14$ and gradients vanish; with $w = 100$ they
explode. Both hold at times and not always; put numbers to when.

- `unstable_answers` is a dictionary from each question's name to a number, as in
  `unstable_answers = {"slope": 0.2}`. The questions carry numbers that are yours alone. A number may be
  written as an expression (`0.7 * 0.2`) or as text with a decimal comma (`"0,14"`).

Begin with `slope`: where is $\sigma(z)(1 - \sigma(z))$ largest? Two significant digits are enough at every
step, except where a question asks for more.
""",
    variable="unstable_answers",
    paper=paper,
    points=dict.fromkeys(IDS, 1),
    topic="training",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: vanishing and exploding gradients",
    difficulty=3,
    minutes=30,
    starter="unstable_answers = {\n" + "".join(f'    "{name}": None,\n' for name in IDS) + "}\n",
    hints={
        "": (
            "σ' = σ(1 - σ). What is it at z = 0, and does it grow or fall from there?",
            "A gradient of 1 is multiplied by the same factor at every layer: k times is the k-th power.",
            "w σ'(z) = 1 asks for σ(1 - σ) = 1/w, a quadratic equation for σ; then z = log(σ/(1 - σ)).",
        ),
        "edge": (
            "Far from 0, to what does e^z σ'(z) come close?",
            "Try values: σ'(z) has to be 1/w. With w = 100 it is 0.01; is z nearer to 4, 4.5 or 5?",
        ),
        "share": (
            "Does every number from N(0, 1) lie between -1 and 1?",
            "It is the share of a normal distribution within one standard deviation of its mean.",
        ),
    },
    conventions=(
        "every number on the way may be rounded to two significant digits, unless a question says more",
    ),
)
