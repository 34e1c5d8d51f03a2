"""Exercise: a slip beside a lecture's matrix of gradients: activations from the wrong side of the layer."""

from __future__ import annotations

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from grader.exercise import FindTheBugExercise
from reference.delta_steps import SQUARE_SIGMOID, square_sigmoid_backward, square_sigmoid_forward
from reference.inputs import Array


def output_for_input(dout: Array, W: Array, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """δ(a^L)ᵀ where δ(a^(L-1))ᵀ belongs. Source: CSCI 5622, lecture 13, a note beside the matrix of gradients."""
    out = 1 / (1 + np.exp(-(W @ a + b)))
    delta = dout * out * (1 - out)
    return np.outer(delta, out), W.T @ delta, delta


SLIDE_OUTER = FindTheBugExercise(
    id="slide_delta_outer",
    title="Spot the mistake: which activations",
    text=r"""For a layer $a^L = \sigma(W a^{L-1} + b)$ a slide lays out all
$\partial\mathcal{L}/\partial w_{jk} = \delta_j a_k$ as a matrix, and a note beside it sums this up as
$\delta\,(a^L)^\top$. As code, for a layer that is as wide as the one before it, with upstream `dout` of shape
`(M,)`:

```python
def shown_backward(dout, W, a, b):
    out = 1 / (1 + np.exp(-(W @ a + b)))
    delta = dout * out * (1 - out)
    return np.outer(delta, out), W.T @ delta, delta      # dW, da, db
```

- `outer_counterexample()` returns inputs `W, a, b` for which it is wrong, of shapes `(M, M)`, `(M,)`, `(M,)`.
- `outer_wrong_node` is the name of the gradient that is wrong: `"dW"`, `"da"` or `"db"`.
- `outer_mended_backward(dout, W, a, b)` returns the right `dW, da, db`.

With layers of different widths NumPy would have given it away. How?
""",
    layer=SQUARE_SIGMOID,
    shown=output_for_input,
    wrong=("dW",),
    counterexample="outer_counterexample",
    answer="outer_wrong_node",
    mended="outer_mended_backward",
    points={"counterexample": 1, "node": 1, "mended": 2},
    topic="networks",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: the gradient of a weight matrix",
    difficulty=2,
    minutes=10,
    starter=find_the_bug("outer", "W, a, b", "dout", "dW, da, db"),
    solution=(
        square_sigmoid_forward,
        square_sigmoid_backward,
        '''def outer_counterexample():
    """The input is 0, so the weight has no say, and its gradient is 0; the slide's is not."""
    return np.array([[1.0]]), np.array([0.0]), np.array([0.0])


outer_wrong_node = "dW"


def outer_mended_backward(dout, W, a, b):
    """A weight multiplies the activation before it, a^(L-1)."""
    out, cache = square_sigmoid_forward(W, a, b)
    return square_sigmoid_backward(dout, cache)
''',
    ),
    hints={
        "counterexample": (
            "If the input of a weight is 0, how much does the loss change with that weight?",
            "Small numbers will do, if you can work out both sides by hand.",
            "W = [[1]], a = [0], b = [0]: dW must be 0.",
        ),
        "node": ("Which of the three lines uses an activation at all?", "da and db need δ and W only."),
        "mended": (
            "Which activation stands beside w in the sum that it is in?",
            "The entry [j, k] is δ[j] times a[k]: k counts the nodes of the layer before.",
            "np.outer(delta, a).",
        ),
    },
    conventions=("column vectors: W_jk leads from node k to node j", "one example"),
)
