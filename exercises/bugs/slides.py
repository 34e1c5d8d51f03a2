"""Exercises: two mistakes that stand on lecture slides. Give numbers that show them, name the gradient, mend it."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from exercises.shared.drawing import classifier_cases, elementwise_cases
from grader.exercise import FindTheBugExercise
from reference.inputs import Array
from reference.squared_error import (
    HALF_SQUARED_ERROR,
    half_squared_error_backward,
    half_squared_error_forward,
)
from reference.svm_loss_weights import SVM_LOSS_W, svm_loss_weights_backward, svm_loss_weights_forward

ETA = 0.1


def plus_for_minus(dloss: Any, W: Array, X: Array, y: Array, reg: Any) -> Array:
    """The gradient of max(0, s_j + s_y + 1), as the slide expands s_j - s_y + 1. Source: CS231n, lecture 4."""
    scores = X @ W
    rows = np.arange(len(y))
    margins = scores + scores[rows, y][:, None] + 1
    margins[rows, y] = 0
    ds = (margins > 0).astype(W.dtype)
    ds[rows, y] = ds.sum(axis=1)
    return np.asarray(dloss * (X.T @ ds / len(y) + 2 * reg * W), dtype=W.dtype)


def rate_inside(de: Any, a: Array, y: Array) -> Array:
    """-η(y - a) for the derivative of ½Σ(y - a)². Source: lecture "Multi-layer perceptron", the chain for w3."""
    return np.asarray(-ETA * (y - a) * de, dtype=a.dtype)


_HINT_COUNTEREXAMPLE = "Small whole numbers and one example will do, if you can work out both sides by hand."

SLIDE_SVM_SIGN = FindTheBugExercise(
    id="slide_svm_sign",
    title="Spot the mistake: a margin on a slide",
    text=r"""A slide starts from the margin $s_j - s_y + 1$ and, one line further, writes the scores out as
$$\max\bigl(0,\; W_j x + W_y x + 1\bigr).$$
This is the backward pass that follows from the second line, for the loss of a whole batch with its penalty,
scores $S = XW$, `W` of shape `(D, C)`, `X` of shape `(N, D)`:

```python
def shown_backward(dloss, W, X, y, reg):
    scores = X @ W
    rows = np.arange(len(y))
    margins = scores + scores[rows, y][:, None] + 1
    margins[rows, y] = 0
    ds = (margins > 0).astype(W.dtype)
    ds[rows, y] = ds.sum(axis=1)
    return dloss * (X.T @ ds / len(y) + 2 * reg * W)      # dW
```

- `svm_counterexample()` returns inputs `W, X, y, reg` for which it is wrong: arrays or lists of numbers, `y`
  with integer classes.
- `svm_wrong_node` is the name of the first gradient that is wrong, as the code has it, a text such as `"dq"`.
- `svm_mended_backward(dloss, W, X, y, reg)` returns the right `dW` of
  $\frac1N \sum_n \sum_{j \ne y_n} \max(0, s_{nj} - s_{n y_n} + 1) + \lambda \sum W^2$ times `dloss`.
""",
    layer=SVM_LOSS_W,
    shown=plus_for_minus,
    wrong=("ds", "dW"),  # dW is made of a wrong ds, and is the one that is returned
    counterexample="svm_counterexample",
    answer="svm_wrong_node",
    mended="svm_mended_backward",
    cases=classifier_cases(SVM_LOSS_W),
    points={"counterexample": 2, "node": 1, "mended": 2},
    topic="losses",
    lecture="CS231n, lecture 4",
    source="CS231n, lecture 4: the expanded SVM loss",
    difficulty=3,
    minutes=20,
    starter=find_the_bug("svm", "W, X, y, reg", "dloss", "dW"),
    hints={
        "counterexample": (
            "If the right class has a very high score, what should the loss be? What does the slide say?",
            _HINT_COUNTEREXAMPLE,
            "One example, one feature, two classes: X = [[1]], W = [[3, 0]], y = [0], reg = 0 has loss 0.",
        ),
        "node": (
            "What is differentiated by what here?",
            "The code names two gradients. Work the first of them out by hand for one example.",
        ),
        "mended": (
            "A higher score of the right class should make the loss smaller. Which sign does that ask for?",
            "Two signs follow from one: that in the margin, and that at the right class in ds.",
            "margins = scores - right + 1, and ds at the right class is minus the row's sum.",
        ),
    },
    solution=(
        svm_loss_weights_forward,
        svm_loss_weights_backward,
        '''def svm_counterexample():
    """One example with one feature, far on the right side: its loss is 0, and so is the gradient."""
    return np.array([[3.0, 0.0]]), np.array([[1.0]]), np.array([0]), 0.0


svm_wrong_node = "dW"


def svm_mended_backward(dloss, W, X, y, reg):
    """The margins are s_j - s_y + 1, and each that is positive pulls the right class up."""
    loss, cache = svm_loss_weights_forward(W, X, y, reg)
    return svm_loss_weights_backward(dloss, cache)
''',
    ),
    conventions=("margin 1, mean over the batch", "the penalty is reg · ΣW² without a half"),
)

SLIDE_RATE_INSIDE = FindTheBugExercise(
    id="slide_rate_inside",
    title="Spot the mistake: a derivative on a slide",
    text=r"""For the loss $e = \tfrac12 \sum_i (y_i - a_i)^2$ of an output $a$, a slide begins the chain of
derivatives with
$$\frac{\partial e}{\partial a} = -\eta\,(y - a),$$
where $\eta$ is the learning rate. As code, with $\eta = 0.1$ and upstream `de`, a number:

```python
def shown_backward(de, a, y):
    return -0.1 * (y - a) * de      # da
```

- `rate_counterexample()` returns inputs `a, y` for which it is wrong: arrays or lists of numbers of one
  shape.
- `rate_wrong_node` is the name of the gradient that is wrong, a text such as `"dq"`.
- `rate_mended_backward(de, a, y)` returns the right `da`, of the shape of `a`.
""",
    layer=HALF_SQUARED_ERROR,
    shown=rate_inside,
    wrong=("da",),
    counterexample="rate_counterexample",
    answer="rate_wrong_node",
    mended="rate_mended_backward",
    cases=elementwise_cases(HALF_SQUARED_ERROR),
    points={"counterexample": 1, "node": 1, "mended": 1},
    topic="losses",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: the chain rule for w3",
    difficulty=2,
    minutes=10,
    starter=find_the_bug("rate", "a, y", "de", "da"),
    hints={
        "counterexample": (
            "Is there an a for which the slide's line is right? Stay away from it.",
            _HINT_COUNTEREXAMPLE,
            "a = [3] and y = [1]: raise a by 0.01 and see how much e rises.",
        ),
        "node": ("What is differentiated by what here?", "There is one gradient only, that of the output a."),
        "mended": (
            "Does a derivative know how large a step somebody will take?",
            "The learning rate belongs into the update, not into the derivative.",
            "da is (a - y) times de.",
        ),
    },
    solution=(
        half_squared_error_forward,
        half_squared_error_backward,
        '''def rate_counterexample():
    """e = 2 at a = 3; raise a by 0.01 and e rises by 0.02, where the slide says 0.002."""
    return np.array([3.0]), np.array([1.0])


rate_wrong_node = "da"


def rate_mended_backward(de, a, y):
    """A derivative knows nothing of the size of a step: the learning rate belongs into the update."""
    e, cache = half_squared_error_forward(a, y)
    return half_squared_error_backward(de, cache)
''',
    ),
    conventions=("sum over entries with the half, no mean",),
)
