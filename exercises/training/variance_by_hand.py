"""Exercise: the law for the variance of a weighted sum, where it holds and where not, by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exercises.shared.rounded import Range, exact
from grader.exercise import AnswersExercise, Question


def answers(
    n: int, var_w: float, var_x: float, mean_w: float, mean_x: float, k: int
) -> dict[str, tuple[str, float, Range]]:
    """For each question its text, the right number and the range of right ones."""
    N, W, X = exact(n), exact(var_w), exact(var_x)
    square_w, square_x = exact(mean_w) * exact(mean_w), exact(mean_x) * exact(mean_x)
    given = rf"$n = {n}$, $\operatorname{{Var}}(w) = {var_w:g}$, $\operatorname{{Var}}(x) = {var_x:g}$"
    grown = N * W
    layers = grown
    for _ in range(k - 1):
        layers = layers * grown
    shifted = var_x + mean_x**2
    return {
        "law": (rf"{given}, all means 0: $\operatorname{{Var}}(z)$", n * var_w * var_x, N * W * X),
        "shifted": (
            rf"{given}, $w$ of mean 0, $x$ of mean ${mean_x:g}$: $\operatorname{{Var}}(z)$",
            n * var_w * shifted,
            N * W * (X + square_x),
        ),
        "both": (
            rf"{given}, $w$ of mean ${mean_w:g}$, $x$ of mean ${mean_x:g}$: $\operatorname{{Var}}(z)$",
            n * (var_w * shifted + var_x * mean_w**2),
            N * (W * (X + square_x) + X * square_w),
        ),
        "dependent": (
            rf"$n = {n}$, $w_i = x_i$ from $N(0, {var_x:g})$, so that $z = \sum_i x_i^2$: "
            r"$\operatorname{Var}(z)$ (use $E[x^4] = 3 \operatorname{Var}(x)^2$)",
            2 * n * var_x**2,
            exact(2) * N * X * X,
        ),
        "keep": (
            rf"$n = {n}$, all means 0: the $\operatorname{{Var}}(w)$ for which $\operatorname{{Var}}(z) = "
            r"\operatorname{Var}(x)$",
            1 / n,
            Range(0.98 / n, 1.02 / n),
        ),
        "layers": (
            rf"$n = {n}$ neurons in every layer, $\operatorname{{Var}}(w) = {var_w:g}$, no activations, means 0: "
            rf"$\operatorname{{Var}}(z)$ after ${k}$ layers, in parts of the input's variance",
            (n * var_w) ** k,
            layers,
        ),
        "deviation": (
            r"the standard deviation of $N(0, 0.01)$, the lecture's small weights",
            0.1,
            exact(0.1),
        ),
    }


IDS = tuple(answers(50, 0.1, 2.0, 1.0, 1.0, 3))


def mistaken(
    n: int, var_w: float, var_x: float, mean_w: float, mean_x: float, k: int
) -> dict[str, tuple[float, ...]]:
    """Where the classic mistakes lead: means forgotten or not squared, a factor n too few or too many."""
    law, shifted = n * var_w * var_x, n * var_w * (var_x + mean_x**2)
    return {
        "law": (var_w * var_x, n * law, n * (var_w + var_x), n * (var_w * var_x) ** 2),
        "shifted": (
            law,
            law + n * mean_x**2,
            law / var_x * mean_x**2,
            n * var_w * (var_x + mean_x),
            shifted / n,
        ),
        "both": (
            law,
            shifted,
            n * (var_w + mean_w**2) * (var_x + mean_x**2),
            n * (var_w * var_x + (mean_w * mean_x) ** 2),
            shifted + n * var_x * mean_w,
        ),
        "dependent": (n * var_x**2, 3 * n * var_x**2, 2 * n * var_x, 2 * (n * var_x) ** 2),
        "layers": (n * var_w, k * n * var_w, n * var_w**k, (n * var_w) ** (k - 1)),
    }


def paper(rng: np.random.Generator) -> Sequence[Question]:
    """Seven questions with sizes, variances and means of one's own, drawn until every mistake shows."""
    while True:
        mean_w, mean_x = (float(m) / 2 for m in rng.choice((3, 4, 5, 6), 2, replace=False))
        drawn = (
            int(rng.choice((20, 30, 40, 50))),
            float(rng.choice((0.1, 0.2, 0.3))),
            float(rng.choice((2.0, 3.0, 4.0, 6.0))),
            mean_w,
            mean_x,
            int(rng.integers(3, 5)),
        )
        found, wrong = answers(*drawn), mistaken(*drawn)
        if not any(number in found[id][2] for id, numbers in wrong.items() for number in numbers):
            return tuple(Question(id, text, value, r.low, r.high) for id, (text, value, r) in found.items())


VARIANCE_BY_HAND = AnswersExercise(
    id="variance_by_hand",
    title="The variance of a weighted sum, by hand",
    text=r"""For $z = \sum_{i=1}^{n} w_i x_i$ the lecture has
$\operatorname{Var}(z) = n \operatorname{Var}(w) \operatorname{Var}(x)$. It follows in two steps: variances
of *independent* terms add, and for independent $w$ and $x$
$$\operatorname{Var}(wx) = E[w^2]\,E[x^2] - E[w]^2\,E[x]^2, \qquad E[w^2] = \operatorname{Var}(w) + E[w]^2,$$
which is $\operatorname{Var}(w)\operatorname{Var}(x)$ if both have mean 0. Work out what comes instead where
something of this is missing. All $w_i$ have one distribution and all $x_i$ have one; they are independent
unless a question says otherwise.

- `variance_answers` is a dictionary from each question's name to a number, as in
  `variance_answers = {"law": 12}`. The questions carry numbers that are yours alone. A number may be
  written as an expression (`50 * 0.1`) or as text with a decimal comma (`"0,1"`).

Start with `law`; for `shifted` ask what $E[x^2]$ is. Two significant digits are enough at every step.
""",
    variable="variance_answers",
    paper=paper,
    points=dict.fromkeys(IDS, 1),
    topic="training",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: weight initialisation; Glorot and Bengio 2010, equation 5",
    difficulty=3,
    minutes=25,
    starter="variance_answers = {\n" + "".join(f'    "{name}": None,\n' for name in IDS) + "}\n",
    hints={
        "": (
            "Which of the two steps of the law does a question take away?",
            "Write E[x²] as Var(x) plus the square of the mean, and likewise for w.",
            "n times (E[w²]E[x²] - E[w]²E[x]²) holds whatever the means are, as long as w and x are independent.",
        ),
        "dependent": (
            "If w and x are the same number, is E[w²x²] still E[w²]E[x²]?",
            "Var(x²) = E[x⁴] - E[x²]², and the n squares are independent of each other.",
        ),
        "layers": (
            "What does one layer do to the variance, and what does the next one get?",
            "The factor n Var(w) comes once for each layer.",
        ),
    },
    conventions=(
        "the second number of N(0, ·) is the variance",
        "every number on the way may be rounded to two significant digits",
    ),
)
