"""Exercise: a paper of two circuits, worked out by hand, with numbers that each student has alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from exercises.shared.rounded import Range, exact, one_minus, rounded, sigmoid
from grader.exercise import AnswersExercise, Question

LEAST = 0.1
"""No answer but 0 is smaller, so that two decimals are two significant digits at least."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The right value, the range that carried roundings may lead to, and where the classic mistakes lead."""

    value: float
    range: Range
    wrong: tuple[float, ...]

    @property
    def clear(self) -> bool:
        """Whether the answer is large enough to be told by two decimals, and no mistake is taken for it."""
        return (self.value == 0 or abs(self.value) >= LEAST) and not any(w in self.range for w in self.wrong)


def routed(x: float, y: float, z: float, u: float, v: float) -> dict[str, Answer]:
    """f = (x y + z) · max(u, v): its value and its five gradients."""
    q, m = x * y + z, max(u, v)
    won, lost = ("u", "v") if u > v else ("v", "u")
    product = exact(x) * exact(y) + exact(z)
    top = exact(m)

    def answer(value: float, range_: Range, *wrong: float) -> Answer:
        return Answer(value, range_, (-value, *wrong) if value else wrong)

    return {
        "f": answer(q * m, product * top, q * min(u, v), x * y + z * m, (x + y + z) * m, (x + y) * z * m),
        "dx": answer(m * y, top * exact(y), m * x, m, y, q * y, q * m, m * min(u, v)),
        "dy": answer(m * x, top * exact(x), m * y, m, x, q * x, q * m, m * min(u, v)),
        "dz": answer(m, top, m * z, 1.0, q, m * x * y, min(u, v)),
        f"d{won}": answer(q, product, q * m, 1.0, 0.0, q / 2, m, q * min(u, v)),
        f"d{lost}": answer(0.0, exact(0.0), q, q / 2, 1.0, q * m),
    }


def neuron(w0: float, x0: float, w1: float, x1: float, w2: float) -> dict[str, Answer]:
    """g = σ(s), s = w0 x0 + w1 x1 + w2: its value and five gradients."""
    s = w0 * x0 + w1 * x1 + w2
    g = 1 / (1 + math.exp(-s))
    slope = g * (1 - g)
    at = sigmoid(exact(w0) * exact(x0) + exact(w1) * exact(x1) + exact(w2))
    slopes = at * one_minus(at)
    activated = 1 / (1 + math.exp(-g))
    others = (g, 1 - g, 1.0, activated * (1 - activated), s * (1 - s), 1 - g * g)
    """What is taken for the sigmoid's slope by mistake."""

    def local(factor: float, swapped: float) -> Answer:
        value = slope * factor
        wrong = (-value, slope * swapped, slope, *(other * factor for other in others))
        return Answer(value, slopes * exact(factor), wrong)

    return {
        "g": Answer(g, at, (1 - g, math.exp(-s), 1 + math.exp(-s), math.exp(s), s)),
        "ds": Answer(slope, slopes, (-slope, *others)),
        "dw0": local(x0, w0),
        "dx0": local(w0, x0),
        "dw1": local(x1, w1),
        "dw2": Answer(slope, slopes, (-slope, slope * w2, 0.0, w2, *others)),
    }


def _clear(answers: Mapping[str, Answer]) -> bool:
    return all(answer.clear for answer in answers.values())


def _first(rng: np.random.Generator) -> dict[str, float]:
    """Small whole numbers for the first circuit, until every mistake shows."""
    while True:
        x, y, z, u, v = (float(n) for n in rng.permutation(np.arange(2, 8))[:5] * rng.choice((-1, 1), 5))
        if max(u, v) > 0 and abs(x * y + z) >= 2 and _clear(routed(x, y, z, u, v)):
            return {"x": x, "y": y, "z": z, "u": u, "v": v}


def _second(rng: np.random.Generator) -> dict[str, float]:
    """Halves for the second circuit, with the sigmoid away from its flat ends, until every mistake shows."""
    while True:
        w0, x0, w1, x1, w2 = (float(n) for n in rng.choice((-6, -5, -4, -3, 3, 4, 5, 6), 5) / 2)
        products = (w0 * x0, w1 * x1, w0 * x0 + w1 * x1)
        if any(rounded(product, 2) != product for product in products):
            continue  # rounding would begin before the sigmoid, and the range of its slope grow too wide
        if 0.5 <= abs(w0 * x0 + w1 * x1 + w2) <= 1.75 and _clear(neuron(w0, x0, w1, x1, w2)):
            return {"w0": w0, "x0": x0, "w1": w1, "x1": x1, "w2": w2}


def _listed(numbers: Mapping[str, float]) -> str:
    names = {name: name[0] + "_" + name[1] if len(name) > 1 else name for name in numbers}
    return ", ".join(f"${names[name]} = {value:g}$" for name, value in numbers.items())


_ASKED = {
    "f": r"the value of $f$",
    "dx": r"$\partial f/\partial x$",
    "dy": r"$\partial f/\partial y$",
    "dz": r"$\partial f/\partial z$",
    "du": r"$\partial f/\partial u$",
    "dv": r"$\partial f/\partial v$",
    "g": r"the value of $g$",
    "ds": r"$\partial g/\partial s$",
    "dw0": r"$\partial g/\partial w_0$",
    "dx0": r"$\partial g/\partial x_0$",
    "dw1": r"$\partial g/\partial w_1$",
    "dw2": r"$\partial g/\partial w_2$",
}


def paper(rng: np.random.Generator) -> Sequence[Question]:
    """Twelve questions about two circuits, with numbers from `rng`."""
    first, second = _first(rng), _second(rng)
    one = r"$f = (x\,y + z)\cdot\max(u, v)$ at " + _listed(first)
    two = r"$g = \sigma(s)$, $s = w_0 x_0 + w_1 x_1 + w_2$ at " + _listed(second)
    answers = {name: (one, answer) for name, answer in routed(**first).items()}
    answers |= {name: (two, answer) for name, answer in neuron(**second).items()}
    return tuple(
        Question(name, f"{circuit}: {asked}", answer.value, answer.range.low, answer.range.high)
        for name, asked in _ASKED.items()
        for circuit, answer in (answers[name],)
    )


CIRCUITS_BY_HAND = AnswersExercise(
    id="circuits_by_hand",
    title="Two circuits by hand",
    text=r"""Two circuits with numbers that are yours alone; they stand beside the questions. Take a sheet of
paper, draw the graph, write the values above the wires, then the gradients below them, from the end back
to the start.

- `circuit_answers` is a dictionary from each question's name to a number, as in
  `circuit_answers = {"f": -12, "dx": -4}`. A number may be written as an expression (`-4 * 2`) or as text
  with a decimal comma (`"0,20"`).

Two significant digits are enough, at every step: 0.1966 may be carried on as 0.20.
""",
    variable="circuit_answers",
    paper=paper,
    points=dict.fromkeys(_ASKED, 1),
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: circuits, patterns in gradient flow",
    difficulty=2,
    minutes=30,
    starter="circuit_answers = {\n" + "".join(f'    "{name}": None,\n' for name in _ASKED) + "}\n",
    hints={
        "": (
            "Which gate is the last one? Its upstream is 1.",
            "A sum hands its upstream on, a product swaps its inputs, a maximum sends all to the larger.",
            "The slope of the sigmoid is g(1 - g); each gradient before it is that times what stands between.",
        ),
    },
    conventions=("every number on the way may be rounded to two significant digits",),
)
