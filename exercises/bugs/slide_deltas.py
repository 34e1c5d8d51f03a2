"""Exercises: two slips on a lecture's slides about δ. Give numbers that show them, name the gradient, mend it."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from grader.exercise import FindTheBugExercise
from reference.delta_steps import (
    HIDDEN_TO_OUTPUT,
    OUTPUT_ERROR,
    hidden_to_output_backward,
    hidden_to_output_forward,
    output_error_backward,
    output_error_forward,
)
from reference.inputs import Array


def activation_for_slope(dL: Any, z: Array, y: Array) -> Array:
    """(a - y) ⊙ g(z), as the slide's sentence about g' has it. Source: CSCI 5622, lecture 13."""
    a = 1 / (1 + np.exp(-z))
    return np.asarray(dL * (a - y) * a, dtype=z.dtype)


def relabelled(dz: Array, z1: Array, z2: Array, z3: Array, W: Array) -> tuple[Array, Array, Array]:
    """The δ of the hidden layer with the slide's labels, δ2 being overwritten. Source: CSCI 5622, lecture 13."""
    slope = [s * (1 - s) for s in (1 / (1 + np.exp(-z)) for z in (z1, z2, z3))]
    d1, d2 = dz[0], dz[1]
    dz1 = (d1 * W[0, 0] + d2 * W[1, 0]) * slope[0]
    d2 = (d1 * W[0, 1] + d2 * W[1, 1]) * slope[1]
    dz3 = (d1 * W[0, 2] + d2 * W[1, 2]) * slope[2]
    return np.asarray(dz1), np.asarray(d2), np.asarray(dz3)


_BY_HAND = "Small numbers will do, if you can work out both sides by hand."

SLIDE_SLOPE = FindTheBugExercise(
    id="slide_activation_for_slope",
    title="Spot the mistake: what g' is",
    text=r"""A slide defines the δ of the last layer,
$$\delta^L = \frac{\partial\mathcal{L}}{\partial a^L} \odot g'(z^L),$$
and explains beneath it that $g'(z^L)$ stands for the activation, applied entry by entry. Somebody took it at its
word. For $\mathcal{L} = \tfrac12\sum_j (\sigma(z_j) - y_j)^2$, with upstream `dL`, a number:

```python
def shown_backward(dL, z, y):
    a = 1 / (1 + np.exp(-z))
    return dL * (a - y) * a      # dz
```

- `slope_counterexample()` returns inputs `z, y` for which it is wrong: arrays or lists of numbers, both of shape
  `(M,)`.
- `slope_wrong_node` is the name of the gradient that is wrong, a text such as `"dq"`.
- `slope_mended_backward(dL, z, y)` returns the right `dz`, of the shape of `z`.

Which word is missing in the slide's explanation?
""",
    layer=OUTPUT_ERROR,
    shown=activation_for_slope,
    wrong=("dz",),
    counterexample="slope_counterexample",
    answer="slope_wrong_node",
    mended="slope_mended_backward",
    points={"counterexample": 1, "node": 1, "mended": 2},
    topic="networks",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: δ of the output layer",
    difficulty=2,
    minutes=10,
    starter=find_the_bug("slope", "z, y", "dL", "dz"),
    solution=(
        output_error_forward,
        output_error_backward,
        '''def slope_counterexample():
    """σ(0) = 0.5 and σ'(0) = 0.25: the slide's dz is 0.25, where 0.125 is right."""
    return np.array([0.0]), np.array([0.0])


slope_wrong_node = "dz"


def slope_mended_backward(dL, z, y):
    """g' is the derivative of the activation, applied entry by entry."""
    L, cache = output_error_forward(z, y)
    return output_error_backward(dL, cache)
''',
    ),
    hints={
        "counterexample": (
            "At z = 0, what is σ, and how steep is it there?",
            _BY_HAND,
            "z = [0] and y = [0]: raise z by 0.01 and see how much the loss rises.",
        ),
        "node": ("What is differentiated by what here?", "There is one gradient only, that of z."),
        "mended": (
            "What does the prime in g' stand for?",
            "A large activation is not a steep one: where σ is near 1 it is almost flat.",
            "dL * (a - y) * a * (1 - a).",
        ),
    },
    conventions=("half squared error of one example, no mean",),
)

SLIDE_LABELS = FindTheBugExercise(
    id="slide_delta_labels",
    title="Spot the mistake: a label that moves to another layer",
    text=r"""Two outputs, three hidden units, $z^2 = W\,\sigma(z^1)$. A slide works out the three δ of the
hidden layer from the two of the outputs and writes
$$\begin{aligned}
\delta^1_1 &= (\delta^2_1 w_{11} + \delta^2_2 w_{21})\,\sigma'(z^1_1)\\
\delta^2_2 &= (\delta^2_1 w_{12} + \delta^2_2 w_{22})\,\sigma'(z^1_2)\\
\delta^2_3 &= (\delta^2_1 w_{13} + \delta^2_2 w_{23})\,\sigma'(z^1_3).
\end{aligned}$$
On paper everybody reads over it. A computer does not. This is the slide, line by line, with `d1, d2` for the δ
of the outputs, upstream `dz` of shape `(2,)`, `W` of shape `(2, 3)`, and the hidden `z1, z2, z3` as plain numbers:

```python
def shown_backward(dz, z1, z2, z3, W):
    def slope(z):
        s = 1 / (1 + np.exp(-z))
        return s * (1 - s)

    d1, d2 = dz[0], dz[1]
    dz1 = (d1 * W[0, 0] + d2 * W[1, 0]) * slope(z1)
    d2 = (d1 * W[0, 1] + d2 * W[1, 1]) * slope(z2)      # the slide's second line
    dz3 = (d1 * W[0, 2] + d2 * W[1, 2]) * slope(z3)
    return dz1, d2, dz3
```

- `labels_counterexample()` returns inputs `z1, z2, z3, W` for which it is wrong.
- `labels_wrong_node` is the name of the first gradient that comes out wrong, one of `"dz1"`, `"dz2"`, `"dz3"`.
- `labels_mended_backward(dz, z1, z2, z3, W)` returns the right `dz1, dz2, dz3`.
""",
    layer=HIDDEN_TO_OUTPUT,
    shown=relabelled,
    wrong=("dz3",),
    counterexample="labels_counterexample",
    answer="labels_wrong_node",
    mended="labels_mended_backward",
    points={"counterexample": 1, "node": 2, "mended": 2},
    topic="networks",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: δ of the hidden layer",
    difficulty=3,
    minutes=15,
    starter=find_the_bug("labels", "z1, z2, z3, W", "dz", "dz1, dz2, dz3"),
    solution=(
        hidden_to_output_forward,
        hidden_to_output_backward,
        '''def labels_counterexample():
    """With ones everywhere the third unit should get what the first does."""
    return 0.0, 0.0, 0.0, np.ones((2, 3))


labels_wrong_node = "dz3"


def labels_mended_backward(dz, z1, z2, z3, W):
    """All three come from the two δ of the outputs as they arrived."""
    z, cache = hidden_to_output_forward(z1, z2, z3, W)
    return hidden_to_output_backward(dz, cache)
''',
    ),
    hints={
        "counterexample": (
            "If all three hidden units were alike, what would their three δ be?",
            "Which entry of W decides how much of d2 reaches the third unit? It must not be 0.",
            "z1 = z2 = z3 = 0 and W full of ones.",
        ),
        "node": (
            "Which line reads a number that another line has changed before?",
            "The second line computes the right number and puts it in the wrong place. Who reads that place next?",
        ),
        "mended": (
            "How many δ are there in all, and how many names does the slide use?",
            "The three on the left belong to layer 1. Give them names of their own.",
            "dz2 = ..., and dz3 from the d1 and d2 that arrived.",
        ),
    },
    conventions=("column vectors: w_jk leads from hidden unit k to output j",),
)
