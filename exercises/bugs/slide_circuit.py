"""Exercises: two slips on slides of the sigmoid circuit: a weight whose input got lost, and a rounded number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from exercises.shared.answered import Asked, asked, clear, pick, questions
from exercises.shared.rounded import Range
from grader.exercise import AnswersExercise, Case, FindTheBugExercise, Question
from grader.exercise.cases import Draw
from reference.inputs import Array
from reference.neurons import NEURON

SLOPE = 0.19661193324148185
"""σ'(1), the slope in the lecture's circuit, which its slides show as 0.20 and 0.2."""


def input_lost(df: Any, w: Array, x: Array) -> Array:
    """The gradient of σ(w·x) as the circuit's last weight has it, which is added without an input.

    Source: CS231n, lecture 4: w2 in the drawn circuit, w2 x2 in the formula above it.
    """
    s = w @ x
    f = 1 / (1 + np.exp(-s))
    ds = df * f * (1 - f)
    dw = ds * x
    dw[-1] = ds
    return np.asarray(dw, dtype=w.dtype)


def _inputs(size: int) -> Draw:
    """Tenths, away from 1 in the last place, where the lost input does not show."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        w = rng.choice((-1.0, 1.0), size) * rng.integers(2, 11, size) / 10
        x = rng.choice((-1.0, 1.0), size) * rng.integers(3, 16, size) / 10
        x[-1] = rng.choice((-2.0, -1.5, -0.5, 0.5, 1.5, 2.0))
        return w, x

    return draw


SLIDE_BIAS_WEIGHT = FindTheBugExercise(
    id="slide_bias_weight",
    title="Spot the mistake: an input that got lost",
    text=r"""The circuit on a slide is drawn for $\sigma(w_0 x_0 + w_1 x_1 + w_2)$, and some slides later the
formula above the same drawing has become
$$f = \sigma(w_0 x_0 + w_1 x_1 + w_2 x_2).$$
Whoever takes the formula from one slide and the numbers from the other writes a backward pass like this one, for
`w` and `x` of shape `(D,)` and an upstream `df`, a number:

```python
def shown_backward(df, w, x):
    s = w @ x
    f = 1 / (1 + np.exp(-s))
    ds = df * f * (1 - f)
    dw = ds * x
    dw[-1] = ds
    return dw
```

- `bias_counterexample()` returns inputs `w, x` for which it is wrong: arrays or lists of numbers, of one length.
- `bias_wrong_node` is the name of the gradient that is wrong, a text such as `"dq"`.
- `bias_mended_backward(df, w, x)` returns the right `dw` of $f = \sigma(\sum_i w_i x_i)$ times `df`.

There are inputs for which the shown rule is right. Which are they, and what does that say about $w_2$ alone?
""",
    layer=NEURON,
    shown=input_lost,
    wrong=("dw",),
    counterexample="bias_counterexample",
    answer="bias_wrong_node",
    mended="bias_mended_backward",
    cases=(
        Case("generic", _inputs(3), basic=True),
        Case("two inputs", _inputs(2)),
        Case("one input", _inputs(1)),
        Case("six inputs", _inputs(6)),
        Case("float32", _inputs(3), float32=True),
    ),
    points={"counterexample": 1, "node": 1, "mended": 1},
    topic="scalar circuits",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the sigmoid circuit and the formula above it",
    difficulty=2,
    minutes=15,
    starter=find_the_bug("bias", "w, x", "df", "dw"),
    solution=(
        '''def bias_counterexample():
    """The last input is 2; the shown rule takes it for 1."""
    return np.array([2.0, -3.0, -1.0]), np.array([-1.0, -2.0, 2.0])


bias_wrong_node = "dw"


def bias_mended_backward(df, w, x):
    """df () and w, x (D,) -> dw (D,) = df · σ(1 - σ) · x."""
    f = 1 / (1 + np.exp(-(w @ x)))
    return df * f * (1 - f) * x
''',
    ),
    hints={
        "counterexample": (
            "For which last input does a step of its weight move the sum by just that step?",
            "Small numbers will do. The last entry of x must not be 1, and the sigmoid must not be saturated.",
            "w = [0, 0], x = [1, 2]: the slope is 0.25, and raising the last weight by 0.01 raises f by 0.005.",
        ),
        "node": ("What is differentiated by what here?", "There is one gradient only, that of the weights."),
        "mended": (
            "What does a product hand to the one of its inputs, and what does a sum?",
            "All weights are treated alike by the formula. Is there a line that treats one of them otherwise?",
            "Leave out the line about the last entry: dw is df f (1 - f) times x.",
        ),
    },
    conventions=("no bias apart: an input that is always 1 makes one of its weight",),
)


def rounded_slope(w0: float) -> dict[str, Asked]:
    """What becomes of a slope of 0.1966 that is written as 0.2, for the lecture's w0 = 2 and for one's own."""
    off = abs(0.2 - SLOPE) / (0.2 + SLOPE)
    circuit = r"in the circuit $\sigma(w_0 x_0 + w_1 x_1 + w_2)$ at $w = (2, -3, -3)$, $x = (-1, -2)$: "

    def near(value: float, unit: float) -> Range:
        return Range(value - unit, value + unit)

    exact_x0, shown = 2 * SLOPE, 0.4
    own = abs(w0) * (0.2 - SLOPE)
    return {
        "slope": asked(
            circuit + "the slope of the sigmoid at its input, 1, to four decimals",
            SLOPE,
            0.2,
            0.19,
            range=near(SLOPE, 6e-5),
        ),
        "dx0": asked(
            circuit + r"$\partial f/\partial x_0$, to four decimals, with nothing rounded on the way",
            exact_x0,
            shown,
            0.39,
            range=near(exact_x0, 6e-5),
        ),
        "two_digits": asked(
            circuit + r"$\partial f/\partial x_0$, to two decimals", 0.39, shown, range=near(0.39, 1e-9)
        ),
        "percent": asked(
            r"the slide has $0.2 \times 2 = 0.4$. How many percent of the right number is that too much",
            100 * (shown / exact_x0 - 1),
            100 * off,
            0.4,
            range=Range(1.6, 1.8),
        ),
        "rel_error": asked(
            r"the relative error $|a - b| / (|a| + |b|)$ of 0.4 and the right number",
            off,
            shown / exact_x0 - 1,
            range=Range(0.0083, 0.0088),
        ),
        "own": asked(
            rf"$w_0$ becomes ${w0:g}$ and $w_2$ changes so that the slope stays the same. By how much is "
            r"$0.2 \times w_0$ then off, as a positive number",
            own,
            2 * (0.2 - SLOPE),
            0.2 - SLOPE,
            range=Range(0.97 * own, 1.04 * own),
        ),
        "own_percent": asked(
            rf"the same with ${w0:g}$: how many percent of the right number is $0.2 \times w_0$ off",
            100 * (0.2 / SLOPE - 1),
            100 * off,
            100 * own,
            range=Range(1.6, 1.8),
        ),
    }


def _paper(rng: np.random.Generator) -> Sequence[Question]:
    """Seven questions on a rounded slope, the last two with a weight from `rng`."""
    while True:
        drawn = rounded_slope(pick(rng, (-25, -20, -15, -10, 5, 6, 8, 12, 16, 30)))
        if clear(drawn):
            return questions(drawn)


_IDS = ("slope", "dx0", "two_digits", "percent", "rel_error", "own", "own_percent")

SLIDE_ROUNDED = AnswersExercise(
    id="slide_rounded",
    title="0.4 or 0.39?",
    text=r"""A slide rounds the slope of a sigmoid to 0.2 and goes on with that: $0.2 \times 2 = 0.4$. With all
digits the same gradient begins with 0.39. On a blackboard it is no mistake to carry a rounded number on. To a
gradient check it may look like one, and it helps to know how large it is.

- `rounding_answers` is a dictionary from each question's name to a number, as in
  `rounding_answers = {"slope": 0.25}`. A number may be written as an expression (`0.4 / 2`) or as text with a
  decimal comma (`"0,75"`).

Here, for once, do not round on the way; how many decimals are wanted at the end stands in the questions. Where
it does not, two significant digits are enough.
""",
    variable="rounding_answers",
    paper=_paper,
    points=dict.fromkeys(_IDS, 1),
    topic="checking",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the sigmoid circuit, 0.2 × 2 = 0.4",
    difficulty=2,
    minutes=15,
    starter="rounding_answers = {\n" + "".join(f'    "{id}": None,\n' for id in _IDS) + "}\n",
    hints={
        "": (
            "What is σ(1), with four decimals, and what is it times 1 minus itself?",
            "The slope is 0.1966; x0 is multiplied by w0, so its gradient is the slope times w0.",
            "A rounding of 0.2 - 0.1966 grows with w0, but so does the gradient: what stays the same?",
        ),
    },
    conventions=("four decimals where the question says so, else two significant digits",),
)
