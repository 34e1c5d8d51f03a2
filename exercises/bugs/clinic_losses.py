"""Exercises: the clinic's softmax. A sum over too much, and a penalty's factor."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from exercises.bugs.clinic import CLINIC, parts
from exercises.shared.drawing import classifier_cases, given
from grader.exercise import Case, FindTheBugExercise
from grader.exercise.cases import Draw
from reference.inputs import Array
from reference.softmax import SOFTMAX, softmax_backward, softmax_forward
from reference.softmax_loss_weights import (
    SOFTMAX_LOSS_W,
    softmax_loss_weights_backward,
    softmax_loss_weights_forward,
)


def rows_mixed(dp: Array, x: Array) -> Array:
    """`np.sum` without an axis: one number for the whole batch, which broadcasting fits to every row."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return np.asarray(p * (dp - np.sum(dp * p)))


def half_a_penalty(dloss: Any, W: Array, X: Array, y: Array, reg: Any) -> Array:
    """reg·W, where the loss has reg·ΣW². Penalty and gradient disagree in 12 of 52 public files."""
    scores = X @ W
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return np.asarray(dloss * (X.T @ p / len(y) + reg * W))


def _scores(*shape: int) -> Draw:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        return (rng.integers(-20, 21, shape) / 10,)

    return draw


CLINIC_ROWS = FindTheBugExercise(
    id="clinic_rows",
    title="Clinic: a sum that broadcasting hides",
    text=CLINIC
    + r"""
The softmax of each row of scores `x`, of shape `(N, C)`, $p_{nc} = e^{x_{nc}} / \sum_k e^{x_{nk}}$. Its upstream is
`dp`, of the shape of `x`. The test had one row.

```python
def shown_backward(dp, x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p * (dp - np.sum(dp * p))      # dx
```
"""
    + parts("rows", "x", "dp", "dx")
    + r"""
Derive the gradient of one row first. Which sum does each entry of a row share with the others of its row, and which
does it not share with other rows?
""",
    layer=SOFTMAX,
    shown=rows_mixed,
    wrong=("dx",),
    counterexample="rows_counterexample",
    answer="rows_wrong_node",
    mended="rows_mended_backward",
    cases=(
        Case("generic", _scores(3, 4), basic=True),
        Case("generic, other sizes", _scores(5, 2)),
        Case("square, size 3", _scores(3, 3)),
        Case("one sample", _scores(1, 4)),
        given("extremes", np.array([[1000.0, 999.0, -1000.0], [-2.0, 0.5, 1.0]])),
        Case("float32", _scores(3, 4), float32=True),
    ),
    points={"counterexample": 1, "node": 1, "mended": 2},
    topic="capstone",
    lecture="CS231n, lecture 4",
    source="CS231n, lectures 3 and 4: softmax and its Jacobian",
    difficulty=2,
    minutes=12,
    starter=find_the_bug("rows", "x", "dp", "dx"),
    solution=(
        softmax_forward,
        softmax_backward,
        '''def rows_counterexample():
    """Two rows: the rule lets each one's upstream reach the other, which has no part in it."""
    return np.array([[0.0, 1.0], [1.0, 0.0]])


rows_wrong_node = "dx"


def rows_mended_backward(dp, x):
    """The sum is over each row, and keeps its axis."""
    p, cache = softmax_forward(x)
    return softmax_backward(dp, cache)
''',
    ),
    hints={
        "counterexample": (
            "For which number of rows is a sum over everything the same as a sum over a row?",
            "Take one row more than that.",
        ),
        "node": ("How many gradients are there?", "There is one only."),
        "mended": (
            "What is the shape of np.sum(dp * p), and which shape should it have?",
            "One number for each row, kept as a column: which two arguments of np.sum do that?",
            "p * (dp - np.sum(dp * p, axis=1, keepdims=True)).",
        ),
    },
    conventions=("each row sums to 1",),
)

CLINIC_PENALTY = FindTheBugExercise(
    id="clinic_penalty",
    title="Clinic: a penalty and a gradient that disagree",
    text=CLINIC
    + r"""
The softmax loss of a linear classifier with scores $XW$, and a penalty on its weights without a factor ½:
$$L = -\frac1N \sum_n \log p_{n y_n} + \lambda \sum W^2,$$
with `W` `(D, C)`, `X` `(N, D)`, labels `y` `(N,)`, and `reg` the number $\lambda$. The upstream `dloss` is a
number. The test had set `reg` to 0.

```python
def shown_backward(dloss, W, X, y, reg):
    scores = X @ W
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return dloss * (X.T @ p / len(y) + reg * W)      # dW
```
"""
    + parts("penalty", "W, X, y, reg", "dloss", "dW"),
    layer=SOFTMAX_LOSS_W,
    shown=half_a_penalty,
    wrong=("dW",),
    counterexample="penalty_counterexample",
    answer="penalty_wrong_node",
    mended="penalty_mended_backward",
    cases=classifier_cases(SOFTMAX_LOSS_W),
    points={"counterexample": 1, "node": 1, "mended": 2},
    topic="capstone",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4 and assignment 1",
    difficulty=2,
    minutes=12,
    starter=find_the_bug("penalty", "W, X, y, reg", "dloss", "dW"),
    solution=(
        softmax_loss_weights_forward,
        softmax_loss_weights_backward,
        '''def penalty_counterexample():
    """X = 0: all that is left is the penalty, with gradient 2·W."""
    return np.array([[1.0, 3.0]]), np.array([[0.0]]), np.array([0]), 1.0


penalty_wrong_node = "dW"


def penalty_mended_backward(dloss, W, X, y, reg):
    """The derivative of reg·W² is 2·reg·W."""
    loss, cache = softmax_loss_weights_forward(W, X, y, reg)
    return softmax_loss_weights_backward(dloss, cache)
''',
    ),
    hints={
        "counterexample": (
            "For which value of reg could the test not see it?",
            "Make the data's part vanish, so that the penalty stands alone.",
        ),
        "node": ("How many gradients are there?", "There is one only."),
        "mended": (
            "Differentiate λW² by W. What becomes of the exponent?",
            "The penalty has no ½ to cancel the 2.",
            "X.T @ p / len(y) + 2 * reg * W, all times dloss.",
        ),
    },
    conventions=("mean over the batch", "the penalty is reg · ΣW² without a half"),
)
