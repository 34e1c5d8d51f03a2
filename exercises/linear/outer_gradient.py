"""Exercise: the gradient of a weight matrix for one example, an outer product, in rows and in columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.shared.said import differs
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.linear_columns import linear_columns_backward
from reference.linear_row import linear_row_backward


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """As many inputs as the size says, and another number of outputs; at size 3 as many."""
    outputs = size if size == 3 else size + 2
    x, dz = (rng.choice((-1.0, 1.0), n) * rng.integers(1, 40, n) / 10 for n in (size, outputs))
    return x, dz


def judge_outer(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Each of the two matrices on its own, under its name."""
    x, dz = arguments
    if not isinstance(returned, dict):
        wanted = "returned no dictionary with rows and columns"
        return [("rows", wanted), ("columns", wanted)]
    right = {"rows": np.outer(x, dz), "columns": np.outer(dz, x)}
    problems = []
    for node, true in right.items():
        slips = {"of the other convention": true.T, "of an inner product": np.sum(true.diagonal())}
        message = differs(node, returned.get(node), true, slips)
        if message:
            problems.append((node, message))
    return problems


OUTER_GRADIENT = AlgorithmExercise(
    id="outer_gradient",
    title="dW is an outer product",
    text=r"""For one example, every entry of $\partial L/\partial W$ is one number of the upstream times one
number of the input: nothing is summed. The matrix of all these products is an *outer product*, a column times
a row. Where each of the two stands depends on how the layer is written:

| layer | shapes | the entry at $W_{ij}$ |
|---|---|---|
| $z = x\,W$, rows | $x: (D,)$, $W: (D, M)$ | $x_i\,\partial L/\partial z_j$ |
| $z = W x$, columns | $x: (D,)$, $W: (M, D)$ | $x_j\,\partial L/\partial z_i$ |

- `outer_gradient(x, dz)`, with `x` of shape `(D,)` and the upstream `dz` of shape `(M,)`, returns a dictionary:
  under `"rows"` the gradient of the $W$ of the first line, under `"columns"` that of the second.

Each has the shape of its $W$. Work out a case with $D = 2$, $M = 3$ by hand first.
""",
    function="outer_gradient",
    draw=_draw,
    judge=judge_outer,
    sizes=(2, 1, 3, 5),
    points={"rows": 1, "columns": 1},
    topic="shapes",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: an outer product of δ and a; How to train a multi-layer network: xᵀ ∂e/∂z",
    difficulty=1,
    minutes=8,
    starter=one_call(
        "outer_gradient",
        "x, dz",
        "x (D,), dz (M,) -> a dictionary: rows (D, M), columns (M, D).",
        "rows, columns",
    ).replace("return rows, columns", 'return {"rows": rows, "columns": columns}'),
    solution=(
        linear_row_backward,
        linear_columns_backward,
        "def outer_gradient(x, dz):\n"
        "    rows = linear_row_backward(dz, (x, np.zeros((len(x), len(dz)))))[1]\n"
        "    columns = linear_columns_backward(dz, (np.zeros((len(dz), len(x))), x))[0]\n"
        '    return {"rows": rows, "columns": columns}',
    ),
    hints={
        "rows": (
            "Which number stands at W[0, 1]'s place, and what must the shape be?",
            "np.outer(p, q) has the entry p[i] q[j] at [i, j]. Which of x and dz is counted by i?",
            "np.outer(x, dz).",
        ),
        "columns": (
            "Now i counts the outputs. Which of the two vectors is counted by i?",
            "It holds the same products at other places.",
            "np.outer(dz, x), the transpose of the first.",
        ),
    },
    conventions=("one example; rows: z = xW, columns: z = Wx",),
)
