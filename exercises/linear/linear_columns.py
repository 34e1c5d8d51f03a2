"""Exercise: the layer in column vectors, z = Wa + b, with dW as an outer product."""

from __future__ import annotations

import numpy as np

from exercises.linear import worked
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, cases_of
from grader.exercise.cases import sized
from reference.linear_columns import AFFINE_COLUMNS

LINEAR_COLUMNS_EXERCISE = LayerExercise(
    id="linear_columns",
    title="The layer in columns, z = Wa + b",
    text=r"""One example as a *column*, and $W_{ij}$ is the weight from node $j$ to node $i$:
$$z = W a + b, \qquad z_i = \sum_j W_{ij}\,a_j + b_i, \qquad W: (M, D),\quad a: (D,),\quad b, z: (M,).$$
The upstream gradient of $z$ is often called $\delta$; in the code it is `dz`.

- `linear_columns_forward(W, a, b)` returns `z, cache`.
- `linear_columns_backward(dz, cache)`, with `dz` of shape `(M,)`, returns `dW, da, db`, in this order.

$W_{ij}$ stands in one sum only, the one for $z_i$, and beside $a_j$. So what is $\partial L/\partial W_{ij}$
for an upstream $\delta$? Written for all $i$ and $j$ at once, that is an outer product of two vectors.

*In the other convention, row vectors and $z = xW$, the same gradients have their factors the other way round:
see* `linear_rows`.
""",
    layer=AFFINE_COLUMNS,
    forward="linear_columns_forward",
    backward="linear_columns_backward",
    cases=cases_of(
        AFFINE_COLUMNS,
        more=(
            Case("one output", sized(AFFINE_COLUMNS, {"M": 1, "D": 4})),
            Case("one input", sized(AFFINE_COLUMNS, {"M": 3, "D": 1})),
        ),
    ),
    points={"z": 1, "dW": 2, "da": 2, "db": 1},
    topic="shapes",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: weights and biases from δ; Multi-layer perceptron: Jacobians",
    difficulty=2,
    minutes=15,
    starter=pair(
        "linear_columns_forward",
        "W, a, b",
        "W (M, D), a (D,), b (M,) -> z (M,) = W a + b, cache.",
        "linear_columns_backward",
        "dW, da, db",
        "dz (M,) -> dW (M, D), da (D,), db (M,).",
    )
    .replace("out, cache", "z, cache")
    .replace("(dout, cache)", "(dz, cache)"),
    hints={
        "z": ("Which axis of W meets a?", "W @ a is the sum over j of the text; b is added entry by entry."),
        "dW": (
            "Raise W[0, 1] by 0.01. Which entry of z moves, and by how much?",
            "dW[i, j] is dz[i] times a[j]. Which NumPy function makes all these products at once?",
            "np.outer(dz, a), of shape (M, D): the column dz times the row a.",
        ),
        "da": (
            "a[1] goes to every entry of z. By which weights?",
            "da[j] sums W[i, j] dz[i] over i: the sum runs down a column of W.",
            "The transpose of W times dz.",
        ),
        "db": ("Raise b[0] by 0.01. Which entry of z moves, and by how much?", "db is dz as it came."),
    },
    worked=worked.LINEAR_COLUMNS,
    misconceptions=(
        mistake("bias-forgotten", "computed without the bias", "z", lambda s: s["W"] @ s["a"]),
        mistake(
            "rows-convention",
            "a times W, as for rows: here an example is a column",
            "z",
            lambda s: s["a"] @ s["W"] + s["b"],
        ),
        mistake(
            "transposed", "the outer product the wrong way round", "dW", lambda s: np.outer(s["a"], s["dz"])
        ),
        mistake(
            "ignores-upstream",
            "computed with the inputs alone, without the upstream",
            "dW",
            lambda s: np.outer(np.ones_like(s["dz"]), s["a"]),
        ),
        mistake(
            "inner-for-outer",
            "one number: an inner product where an outer one belongs",
            "dW",
            lambda s: s["dz"] @ s["a"],
        ),
        mistake(
            "output-for-input",
            "computed with the layer's output z where its input a belongs",
            "dW",
            lambda s: np.outer(s["dz"], s["z"]),
        ),
        mistake(
            "weights-for-input",
            "computed with W where the input a belongs",
            "dW",
            lambda s: np.asarray(s["dz"])[:, None] * s["W"],
        ),
        mistake(
            "product-by-entries",
            "a product entry by entry, where every entry of the upstream meets every one of a",
            "dW",
            lambda s: np.asarray(s["dz"]) * s["a"],
        ),
        mistake("missing-transpose", "computed without the transpose of W", "da", lambda s: s["W"] @ s["dz"]),
        mistake(
            "ignores-upstream",
            "the sums of the weights alone, without the upstream",
            "da",
            lambda s: np.sum(s["W"], axis=0),
        ),
        mistake("summed", "summed up into one number", "db", lambda s: np.sum(s["dz"])),
        mistake("ignores-upstream", "ones, without the upstream", "db", lambda s: np.ones_like(s["b"])),
        mistake(
            "times-bias",
            "multiplied by the bias: it is added, so its local gradient is 1",
            "db",
            lambda s: s["dz"] * s["b"],
        ),
    ),
    conventions=("column vectors: W[i, j] leads from node j to node i, and z = Wa + b",),
)
