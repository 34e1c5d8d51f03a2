"""Exercise: the linear layer in row vectors, z = xW, and both of its gradients."""

from __future__ import annotations

import numpy as np

from exercises.linear import worked
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, cases_of
from grader.exercise.cases import sized
from reference.linear_rows import LINEAR

LINEAR_ROWS = LayerExercise(
    id="linear_rows",
    title="The linear layer in rows, z = xW",
    text=r"""Examples are *rows*. One example $x = (x_1 \dots x_D)$ becomes $z = x\,W$; stack $N$ of them and
nothing changes:
$$\text{out} = x\,W, \qquad \text{out}_{nm} = \sum_d x_{nd}\,W_{dm},
  \qquad x: (N, D),\quad W: (D, M),\quad \text{out}: (N, M).$$

- `linear_rows_forward(x, w)` returns `out, cache`.
- `linear_rows_backward(dout, cache)`, with `dout` of shape `(N, M)`, returns `dx, dw`.

Write down one entry of each gradient as a sum, then find the product of matrices that has all these sums for
its entries. The shapes leave only one way to put it together, where $N$, $D$ and $M$ differ; where they are
equal, only your sums tell. Both are tried.

*In the other convention, column vectors and $z = Wa$, the same two gradients have their factors the other way
round: see* `linear_columns`.
""",
    layer=LINEAR,
    forward="linear_rows_forward",
    backward="linear_rows_backward",
    cases=cases_of(LINEAR, more=(Case("one output", sized(LINEAR, {"N": 3, "D": 4, "M": 1})),)),
    points={"out": 1, "dx": 2, "dw": 2},
    topic="shapes",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: matrix-vector multiplication (linear layer)",
    difficulty=2,
    minutes=15,
    starter=pair(
        "linear_rows_forward",
        "x, w",
        "x (N, D), w (D, M) -> out (N, M) = x w, cache.",
        "linear_rows_backward",
        "dx, dw",
        "dout (N, M) -> dx (N, D), dw (D, M).",
    ),
    hints={
        "out": ("Which axis of x meets which axis of w?", "x @ w is the sum over d of the text."),
        "dx": (
            "x[0, 1] goes to the entries out[0, 0], out[0, 1], ... By which weights?",
            "dx[n, d] sums dout[n, m] w[d, m] over m. Which axis of w has to meet the M of dout?",
            "dout times the transpose of w, (N, M) times (M, D).",
        ),
        "dw": (
            "w[0, 1] is used once for every example. Which entries of out does it reach?",
            "dw[d, m] sums x[n, d] dout[n, m] over n. Which axis of x has to meet the N of dout?",
            "The transpose of x times dout, (D, N) times (N, M).",
        ),
    },
    worked=worked.LINEAR_ROWS,
    misconceptions=(
        mistake(
            "columns-convention",
            "w times x, as for columns: here an example is a row",
            "out",
            lambda s: np.asarray(s["w"]) @ np.asarray(s["x"]),
        ),
        mistake(
            "missing-transpose-w",
            "x times w with w the wrong way round",
            "out",
            lambda s: s["x"] @ np.asarray(s["w"]).T,
        ),
        mistake(
            "missing-transpose", "computed without the transpose of w", "dx", lambda s: s["dout"] @ s["w"]
        ),
        mistake(
            "columns-convention",
            "computed with w's part in front of the upstream, as for columns: here gradients are rows",
            "dx",
            lambda s: np.asarray(s["w"]).T @ s["dout"],
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if all of it were 1",
            "dx",
            lambda s: np.ones_like(s["dout"]) @ np.asarray(s["w"]).T,
        ),
        mistake(
            "missing-transpose", "computed without the transpose of x", "dw", lambda s: s["x"] @ s["dout"]
        ),
        mistake(
            "transposed",
            "the right numbers, transposed",
            "dw",
            lambda s: np.asarray(s["dout"]).T @ s["x"],
        ),
        mistake(
            "averaged",
            "divided by the number of examples: a mean where a sum belongs",
            "dw",
            lambda s: np.asarray(s["x"]).T @ s["dout"] / len(s["x"]),
        ),
        mistake(
            "first-row",
            "that of the first example alone",
            "dw",
            lambda s: np.outer(s["x"][0], s["dout"][0]),
        ),
        mistake(
            "ignores-dout",
            "computed without the upstream, as if all of it were 1",
            "dw",
            lambda s: np.asarray(s["x"]).T @ np.ones_like(s["dout"]),
        ),
    ),
    conventions=("row batches: an example is a row of x (N, D), and out = xw",),
)
