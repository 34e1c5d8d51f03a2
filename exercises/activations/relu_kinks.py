"""Exercise: where a ReLU has no derivative, when its input is a vector; numbers that each student has alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from exercises.shared.rounded import exact
from grader.exercise import AnswersExercise, Question

ASKED = ("first", "second", "count", "above", "below", "along", "dimension", "regions")


def kink_at(w1: float, w2: float, b: float, x2: float) -> float:
    """The x1 at which w1 x1 + w2 x2 + b = 0."""
    return -(w2 * x2 + b) / w1


def _numbers(rng: np.random.Generator) -> tuple[int, int, int, int, int]:
    """w1, w2, b and two values of x2 with kinks at different x1, all whole numbers but 0."""
    while True:
        w1, w2, b, low, high = (int(n) for n in rng.choice((-1, 1), 5) * rng.permutation(np.arange(2, 9))[:5])
        kinks = [kink_at(w1, w2, b, x2) for x2 in (low, high)]
        turned = [kink_at(w1, w2, -b, x2) for x2 in (low, high)]
        whole = all(k == int(k) and k for k in (*kinks, *turned))
        if whole and abs(kinks[0]) != abs(kinks[1]):
            return w1, w2, b, low, high


def paper(rng: np.random.Generator) -> Sequence[Question]:
    """Eight questions about f(x1, x2) = max(0, w1 x1 + w2 x2 + b) and a layer of ReLUs, with numbers from `rng`."""
    w1, w2, b, low, high = _numbers(rng)
    inputs, units, lines = int(rng.integers(6, 41)), int(rng.integers(4, 9)), int(rng.integers(12, 90))
    unit = rf"$f = \max(0,\; {w1}\,x_1 {w2:+d}\,x_2 {b:+d})$"
    answers: dict[str, tuple[str, float]] = {
        "first": (
            rf"{unit}, on the line $x_2 = {low}$: at which $x_1$ is the kink?",
            kink_at(w1, w2, b, low),
        ),
        "second": (
            rf"{unit}, on the line $x_2 = {high}$: at which $x_1$ is the kink?",
            kink_at(w1, w2, b, high),
        ),
        "count": (
            rf"{unit}, on the {lines} lines $x_2 = 1, 2, \ldots, {lines}$: how many points without a "
            "derivative are there in all?",
            lines,
        ),
        "above": (
            rf"{unit}: the slope $\partial f/\partial x_1$ where $f > 0$",
            w1,
        ),
        "below": (rf"{unit}: the slope $\partial f/\partial x_1$ strictly on the other side of the kink", 0),
        "along": (
            rf"{unit}: you stand on a kink and walk by $(\Delta x_1, \Delta x_2) = ({w2}, {-w1})$. What is "
            r"$w^\top x + b$ where you arrive?",
            0,
        ),
        "dimension": (
            rf"$\max(0, w^\top x + b)$ with {inputs} inputs, $w \ne 0$: its kinks are a point (of dimension 0) if "
            "there is one input, and a line (of dimension 1) if there are two. Of which dimension are they here?",
            inputs - 1,
        ),
        "regions": (
            f"A layer of {units} ReLUs on two inputs, no two of their lines parallel and no three through one "
            "point: into how many regions do the lines cut the plane?",
            1 + units + comb(units, 2),
        ),
    }
    ranges = {name: exact(float(value)) for name, (_, value) in answers.items()}
    return tuple(
        Question(name, answers[name][0], float(answers[name][1]), ranges[name].low, ranges[name].high)
        for name in ASKED
    )


RELU_KINKS = AnswersExercise(
    id="relu_kinks",
    title="How many points without a derivative?",
    text=r"""A set of lecture notes says of functions like ReLU that it is enough if they are differentiable except
at finitely many points. For $\max(0, z)$ with a number $z$ that is so: the one point is $z = 0$. But a unit of a
network is
$$f(x) = \max(0,\; w^\top x + b),$$
with a vector $x$. How many points without a derivative has it then?

Work out the numbers; those of the unit are yours alone and stand beside the questions. All answers are whole
numbers.

- `relu_kink_answers` is a dictionary from each question's name to a number, as in
  `relu_kink_answers = {"first": 3, "second": -1}`. An expression (`1 + 4 + 6`) will do as well.

Start with a drawing: where in the plane of $x_1$ and $x_2$ is $w_1 x_1 + w_2 x_2 + b = 0$? What rescues the notes'
conclusion, and all of training, is that a line has no area: a point drawn at random is on it with probability 0.
""",
    variable="relu_kink_answers",
    paper=paper,
    points=dict.fromkeys(ASKED, 1),
    topic="graphs",
    lecture="Training Neural Networks",
    source="Training Neural Networks, section 1.1, its footnote on ReLU; Zaslavsky 1975 for the regions",
    difficulty=3,
    minutes=20,
    starter="relu_kink_answers = {\n" + "".join(f'    "{name}": None,\n' for name in ASKED) + "}\n",
    hints={
        "": (
            "What must w1 x1 + w2 x2 + b be at a kink?",
            "One equation among n inputs leaves n - 1 of them free. Along the kink the sum stays as it is.",
            "For the regions draw lines one by one: the k-th crosses k - 1 others, so it cuts k regions in two.",
        ),
    },
    conventions=("whole numbers, exactly", "a kink is a point at which w·x + b = 0"),
)
