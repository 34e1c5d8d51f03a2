"""Exercise: a slide's recap of the chain rule in which two factors are missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from grader.exercise import Case, FindTheBugExercise
from grader.exercise.cases import Draw
from reference.inputs import Array
from reference.neurons import SIGMOID_CHAIN


def factors_dropped(
    dL: Any, w1: Any, w2: Any, w3: Any, b: Any, x: Any, y: Any
) -> tuple[Array, Array, Array, Array]:
    """The gradients without ∂a3/∂f2 and ∂a2/∂f1, as the recap has them.

    Source: lecture "Multi-layer perceptron".
    """
    f1 = 1 / (1 + np.exp(-(w1 * x + b)))
    f2 = 1 / (1 + np.exp(-w2 * f1))
    f3 = 1 / (1 + np.exp(-w3 * f2))
    da3 = dL * (f3 - y) * f3 * (1 - f3)
    da2 = da3 * f2 * (1 - f2)
    da1 = da2 * f1 * (1 - f1)
    return da1 * x, da2 * f1, da3 * f2, da1


def _numbers(*, small: bool = False) -> Draw:
    """Tenths, and weights away from ±1, where a dropped weight does not show."""
    sizes = (0.4, 0.5, 0.6) if small else (1.5, 1.8, 2.0)

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        weights = rng.choice((-1.0, 1.0), 3) * (0.5, *rng.choice(sizes, 2))
        b, x = rng.choice((-1.0, 1.0), 2) * rng.integers(5, 13, 2) / 10
        y = float(rng.choice((-1.0, 2.0)))  # outside what a sigmoid can reach, so that the error is never 0
        return (*(float(w) for w in weights), float(b), float(x), y)

    return draw


SLIDE_RECAP = FindTheBugExercise(
    id="slide_recap",
    title="Spot the mistake: a chain with a link missing",
    text=r"""Three sigmoid neurons in a row, one weight each, and half a squared error at the end:
$$a_1 = w_1 x + b,\quad f_1 = \sigma(a_1),\quad a_2 = w_2 f_1,\quad f_2 = \sigma(a_2),\quad
  a_3 = w_3 f_2,\quad f_3 = \sigma(a_3),\quad L = \tfrac12 (y - f_3)^2.$$
A lecture derives all four gradients rightly, and when it repeats them at the end it has
$$\frac{\partial L}{\partial w_2} =
  \frac{\partial L}{\partial f_3}\,\frac{\partial f_3}{\partial a_3}\,
  \frac{\partial f_2}{\partial a_2}\,\frac{\partial a_2}{\partial w_2}, \qquad
  \frac{\partial L}{\partial w_1} =
  \frac{\partial L}{\partial f_3}\,\frac{\partial f_3}{\partial a_3}\,
  \frac{\partial f_2}{\partial a_2}\,\frac{\partial f_1}{\partial a_1}\,\frac{\partial a_1}{\partial w_1}.$$
As code, all inputs and the upstream `dL` being plain numbers:

```python
def shown_backward(dL, w1, w2, w3, b, x, y):
    f1 = 1 / (1 + np.exp(-(w1 * x + b)))
    f2 = 1 / (1 + np.exp(-w2 * f1))
    f3 = 1 / (1 + np.exp(-w3 * f2))
    da3 = dL * (f3 - y) * f3 * (1 - f3)
    da2 = da3 * f2 * (1 - f2)
    da1 = da2 * f1 * (1 - f1)
    return da1 * x, da2 * f1, da3 * f2, da1      # dw1, dw2, dw3, db
```

- `recap_counterexample()` returns inputs `w1, w2, w3, b, x, y` for which it is wrong, six numbers.
- `recap_wrong_node` is the name of the first of `"dw3"`, `"dw2"`, `"dw1"`, `"db"` that is wrong, in this
  order: from the loss back to the input.
- `recap_mended_backward(dL, w1, w2, w3, b, x, y)` returns the right `dw1, dw2, dw3, db`.

Read each product as a path from $L$ down to the weight: where one fraction ends, the next has to begin.
""",
    layer=SIGMOID_CHAIN,
    shown=factors_dropped,
    wrong=("dw2",),  # dw1 and db are wrong too, but later on the way back
    counterexample="recap_counterexample",
    answer="recap_wrong_node",
    mended="recap_mended_backward",
    cases=(
        Case("generic", _numbers(), basic=True),
        Case("other numbers", _numbers()),
        Case("small weights", _numbers(small=True)),
        Case("float32", _numbers(), float32=True),
    ),
    points={"counterexample": 1, "node": 1, "mended": 3},
    topic="networks",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: gradient descent, the repeated chain rule",
    difficulty=2,
    minutes=20,
    starter=find_the_bug("recap", "w1, w2, w3, b, x, y", "dL", "dw1, dw2, dw3, db"),
    solution=(
        '''def recap_counterexample():
    """Any numbers will do, as long as w3 and w2 are not 1."""
    return 0.5, 2.0, -2.0, 0.0, 1.0, 1.0


recap_wrong_node = "dw2"


def recap_mended_backward(dL, w1, w2, w3, b, x, y):
    """Numbers -> dw1, dw2, dw3, db; each da reaches the next through a weight."""
    f1 = 1 / (1 + np.exp(-(w1 * x + b)))
    f2 = 1 / (1 + np.exp(-w2 * f1))
    f3 = 1 / (1 + np.exp(-w3 * f2))
    da3 = dL * (f3 - y) * f3 * (1 - f3)
    da2 = da3 * w3 * f2 * (1 - f2)
    da1 = da2 * w2 * f1 * (1 - f1)
    return da1 * x, da2 * f1, da3 * f2, da1
''',
    ),
    hints={
        "counterexample": (
            "If w3 is 0, can w2 change the loss at all? What does the shown rule say?",
            "Is there a value of w3 and w2 for which the rule is right? Stay away from it.",
            "w3 = 0 and 1 for everything else: dw2, dw1 and db must be 0.",
        ),
        "node": (
            "∂f3/∂a3 is followed by ∂f2/∂a2. How does one get from a3 to f2?",
            "Check the gradients one by one from the loss backwards: dw3 first. Which one breaks off first?",
            "dw3 needs none of the missing factors; the next one does.",
        ),
        "mended": (
            "By which factor does a3 move when f2 does?",
            "Two lines lack a factor each: the one for da2 and the one for da1. Which numbers belong there?",
            "da2 = da3 w3 f2 (1 - f2), and da1 = da2 w2 f1 (1 - f1).",
        ),
    },
    conventions=("half squared error of one example, no mean; gradients are looked at back to front",),
)
