"""Exercise: the softmax loss of a batch of scores, with its gradient in the same call."""

from __future__ import annotations

import numpy as np

from exercises.losses import worked
from exercises.losses.softmax_mistakes import SOFTMAX_MISTAKES
from exercises.shared.drawing import given, one_label
from exercises.shared.starters import one_call
from grader.exercise import Case, LayerExercise, cases_of
from grader.exercise.cases import sized
from reference.softmax import SOFTMAX_LOSS

SCALE = 0.2
"""Scores up to ±1.8: wrong classes keep a share of the probability that a mistake can show in."""


SOFTMAX_LOSS_EXERCISE = LayerExercise(
    id="softmax_loss",
    title="The softmax loss",
    text=r"""Scores become probabilities, and the loss asks how much probability the right class received:
$$p_{nc} = \frac{e^{x_{nc}}}{\sum_k e^{x_{nk}}}, \qquad
  L = -\frac{1}{N} \sum_{n=1}^{N} \log p_{n, y_n}.$$
`x` holds scores, `(N, C)`, one example a row; `y` holds the right classes, `(N,)`, integers
from 0 to $C - 1$.

- `softmax_loss(x, y)` returns `loss, dx`: one number, and $\partial L/\partial x$ of shape `(N, C)`.

The loss is a mean over the batch, with the natural logarithm. Scores of $\pm 1000$ are tried, whose
exponentials do not fit into a float: adding one number to a whole row of scores changes no probability, so
choose one that helps.
""",
    layer=SOFTMAX_LOSS,
    one_call="softmax_loss",
    cases=cases_of(
        SOFTMAX_LOSS,
        scale=SCALE,
        more=(
            Case(
                "one label for all", one_label(SOFTMAX_LOSS, sized(SOFTMAX_LOSS, {"N": 4, "C": 3}, SCALE), 2)
            ),
            given(
                "extremes",
                # The last row lies far below the others: the largest of all scores is no shift for it. No label's
                # probability is 0 to a float: with the shift, the logarithm of it is as good as any other way.
                np.array(
                    [
                        [1000.0, -1000.0, 0.5],
                        [-1000.0, -999.0, 1000.0],
                        [1000.0, 999.0, 1000.0],
                        [-1000.0, -999.0, -998.5],
                    ]
                ),
                np.array([0, 2, 0, 0]),
            ),
        ),
    ),
    points={"loss": 2, "dx": 3},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 2",
    difficulty=3,
    minutes=20,
    starter=one_call(
        "softmax_loss",
        "x, y",
        "x (N, C) scores, y (N,) labels -> loss (a number), dx (N, C).",
        "loss, dx",
    ),
    hints={
        "loss": (
            "With two classes and equal scores, what must the loss be? What does yours say?",
            "Which number can you take from each row of x so that no exponential is ever above 1?",
            "Take off the row's largest score; then log p is the score minus the log of the sum of exponentials.",
        ),
        "dx": (
            "Add up dx along a row. What should come out, if adding one number to all scores changes nothing?",
            "Write L of one example as -x[y] + log of the sum of exponentials. What is its derivative by x[c]?",
            "It is p, minus 1 at the right class, and the mean contributes 1/N.",
        ),
    },
    worked=worked.SOFTMAX_LOSS,
    misconceptions=SOFTMAX_MISTAKES,
    conventions=("mean over the batch, natural logarithm",),
)
