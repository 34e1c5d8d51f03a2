"""Exercise: the clinic's LSTM, which forgets one of two paths."""

from __future__ import annotations

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from exercises.bugs.clinic import CLINIC, parts
from grader.exercise import Case, FindTheBugExercise
from grader.exercise.cases import Draw, sized
from reference.inputs import Array
from reference.lstm import LSTM_STEP, lstm_step_backward, lstm_step_forward


def one_path(
    dnext_h: Array, dnext_c: Array, x: Array, prev_h: Array, prev_c: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, ...]:
    """dprev_c from dnext_c alone: the way from the cell through next_h is forgotten there, and only there."""
    H = prev_h.shape[1]
    z = x @ Wx + prev_h @ Wh + b
    i, f, o = (1 / (1 + np.exp(-z[:, k * H : (k + 1) * H])) for k in range(3))
    g = np.tanh(z[:, 3 * H :])
    t = np.tanh(f * prev_c + i * g)
    dc = dnext_c + dnext_h * o * (1 - t**2)
    dz = np.hstack(
        (dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * t * o * (1 - o), dc * i * (1 - g**2))
    )
    return dz @ Wx.T, dz @ Wh.T, dnext_c * f, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def _step(examples: int, features: int, hidden: int) -> Draw:
    return sized(LSTM_STEP, {"N": examples, "D": features, "H": hidden})


CLINIC_PATH = FindTheBugExercise(
    id="clinic_path",
    title="Clinic: an LSTM that forgets a path",
    text=CLINIC
    + r"""
One step of an LSTM: $z = x\,W_x + h_{\text{prev}} W_h + b$ is cut into four quarters, $i, f, o = \sigma$ of the
first three and $g = \tanh$ of the fourth, and
$$c_{\text{next}} = f \odot c_{\text{prev}} + i \odot g, \qquad h_{\text{next}} = o \odot \tanh(c_{\text{next}}).$$
`x` is `(N, D)`, `prev_h` and `prev_c` are `(N, H)`, `Wx` is `(D, 4H)`, `Wh` is `(H, 4H)`, `b` is `(4H,)`; there are
two upstreams. The test had run whole sequences, all of them one step long.

```python
def shown_backward(dnext_h, dnext_c, x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    z = x @ Wx + prev_h @ Wh + b
    i, f, o = (1 / (1 + np.exp(-z[:, k * H : (k + 1) * H])) for k in range(3))
    g = np.tanh(z[:, 3 * H :])
    t = np.tanh(f * prev_c + i * g)
    dc = dnext_c + dnext_h * o * (1 - t**2)
    dz = np.hstack((dc * g * i * (1 - i), dc * prev_c * f * (1 - f),
                    dnext_h * t * o * (1 - o), dc * i * (1 - g**2)))
    return dz @ Wx.T, dz @ Wh.T, dnext_c * f, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)
    # dx, dprev_h, dprev_c, dWx, dWh, db
```
"""
    + parts(
        "path",
        "x, prev_h, prev_c, Wx, Wh, b",
        "dnext_h, dnext_c",
        "dx, dprev_h, dprev_c, dWx, dWh, db",
    ),
    layer=LSTM_STEP,
    shown=one_path,
    wrong=("dprev_c",),
    counterexample="path_counterexample",
    answer="path_wrong_node",
    mended="path_mended_backward",
    cases=(
        Case("generic", _step(2, 3, 4), basic=True),
        Case("generic, other sizes", _step(4, 2, 3)),
        Case("square, size 2", _step(2, 2, 2)),
        Case("one sample", _step(1, 3, 2)),
        Case("float32", _step(2, 3, 4), float32=True),
    ),
    points={"counterexample": 1, "node": 1, "mended": 3},
    topic="capstone",
    lecture="CS231n, lecture 4",
    source="Hochreiter and Schmidhuber 1997; CS231n, assignment 3",
    difficulty=4,
    minutes=20,
    starter=find_the_bug(
        "path", "x, prev_h, prev_c, Wx, Wh, b", "dnext_h, dnext_c", "dx, dprev_h, dprev_c, dWx, dWh, db"
    ),
    solution=(
        lstm_step_forward,
        lstm_step_backward,
        '''def path_counterexample():
    """All zeros will do: the gates stand half open, and prev_c moves next_h through the cell."""
    return np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(4)


path_wrong_node = "dprev_c"


def path_mended_backward(dnext_h, dnext_c, x, prev_h, prev_c, Wx, Wh, b):
    """What reaches the old cell is what reaches the new one, by both ways, times the forget gate."""
    next_h, next_c, cache = lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
    return lstm_step_backward(dnext_h, dnext_c, cache)
''',
    ),
    hints={
        "counterexample": (
            "Is there any input for which next_h does not depend on prev_c?",
            "Almost any numbers show it. Take one example, one feature, one unit.",
        ),
        "node": (
            "Which of the six gradients does a test on a single step, with a first cell of 0, never look at?",
            "Follow each line: which of them does not use dc?",
        ),
        "mended": (
            "By how many ways does prev_c reach the loss?",
            "dc has both ways in it already.",
            "The third gradient is dc * f.",
        ),
    },
    conventions=("the four quarters of z are i, f, o, g",),
)
