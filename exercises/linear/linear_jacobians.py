"""Exercises: the Jacobians that every network is made of, of Wa + b, of xW and of uᵀh, written down in full."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import Case, JacobianExercise, cases_of
from reference.layer import Layer
from reference.linear_columns import AFFINE_COLUMNS, affine_columns_jacobian
from reference.linear_row import LINEAR_ROW, linear_row_jacobian
from reference.score import SCORE, score_jacobian

NUMERATOR = "J[i, j] = ∂z[i]/∂(input)[j]: a row for each output, a column for each input"
_VECTORS = "Multi-layer perceptron: Jacobians, useful ones to know"
_NODE = "jacobian"


def square_first(layer: Layer) -> tuple[Case, ...]:
    """The usual cases, with a square one as the basic one: there, axes in the wrong order show in the numbers."""
    return tuple(replace(case, basic=case.name == "square, size 2") for case in cases_of(layer))


DZ_DX_COLUMNS = JacobianExercise(
    id="dz_dx_columns",
    title="The Jacobian of Wa + b by a",
    text=r"""A layer in column vectors, for one example:
$$z = W a + b, \qquad z_i = \sum_j W_{ij}\,a_j + b_i, \qquad W: (M, D),\quad a: (D,),\quad b: (M,).$$
Its Jacobian by $a$ has a row for each output and a column for each input, $J_{ij} = \partial z_i/\partial a_j$.

- `dz_dx_columns(W, a, b)` returns $J$ in full, of shape `(M, D)`.

Take one output and one input, $z_2$ and $a_1$. Where does $a_1$ stand in the sum for $z_2$, and beside what?
""",
    layer=AFFINE_COLUMNS,
    worked=("jacobian = W",),
    function="dz_dx_columns",
    output="z",
    wrt="a",
    cases=square_first(AFFINE_COLUMNS),
    points={_NODE: 1},
    topic="jacobians",
    lecture="Multi-layer perceptron",
    source=_VECTORS,
    difficulty=1,
    minutes=5,
    starter=one_call("dz_dx_columns", "W, a, b", "W (M, D), a (D,), b (M,) -> J (M, D) = dz/da.", "J"),
    solution=(
        affine_columns_jacobian,
        'def dz_dx_columns(W, a, b):\n    return affine_columns_jacobian(W, a, b)["z", "a"]',
    ),
    hints={
        _NODE: (
            "If you raise a[0] by 0.01, by how much does z[1] move?",
            "The sum for z[i] is linear in a[j]. What is left of it when you differentiate?",
            "J[i, j] is W[i, j], so the whole J is W itself.",
        ),
    },
    misconceptions=(
        mistake(
            "transposed",
            "the right numbers, transposed: rows belong to the outputs",
            _NODE,
            lambda s: np.asarray(s["W"]).T,
        ),
        mistake(
            "input-for-weight",
            "computed with a where W belongs",
            _NODE,
            lambda s: np.tile(s["a"], (len(s["b"]), 1)),
        ),
        mistake(
            "product-for-slope",
            "the terms W[i, j] a[j] of the sum instead of their slopes",
            _NODE,
            lambda s: np.asarray(s["W"]) * s["a"],
        ),
    ),
    conventions=("column vectors: W[i, j] leads from node j to node i", NUMERATOR),
)

DZ_DX_ROWS = JacobianExercise(
    id="dz_dx_rows",
    title="The Jacobian of xW by x",
    text=r"""The same layer in row vectors, for one example and without a bias:
$$z = x\,W, \qquad z_j = \sum_i x_i\,W_{ij}, \qquad x: (D,),\quad W: (D, M),\quad z: (M,).$$
The Jacobian keeps its meaning, a row for each *output* and a column for each *input*:
$J_{ji} = \partial z_j/\partial x_i$.

- `dz_dx_rows(x, W)` returns $J$ in full, of shape `(M, D)`.

Differentiate one $z_j$ by one $x_i$ first, and mind which of the two numbers counts the rows of $J$.
""",
    layer=LINEAR_ROW,
    worked=("jacobian = T(W)",),
    function="dz_dx_rows",
    output="z",
    wrt="x",
    cases=square_first(LINEAR_ROW),
    points={_NODE: 1},
    topic="jacobians",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: matrix-vector multiplication",
    difficulty=2,
    minutes=7,
    starter=one_call("dz_dx_rows", "x, W", "x (D,), W (D, M) -> J (M, D) = dz/dx.", "J"),
    solution=(
        linear_row_jacobian,
        'def dz_dx_rows(x, W):\n    return linear_row_jacobian(x, W)["z", "x"]',
    ),
    hints={
        _NODE: (
            "If you raise x[0] by 0.01, by how much does z[1] move? Which entry of W is that?",
            "W[0, 1] must come to stand in row 1, column 0 of J. What does that do to the whole of W?",
            "J is the transpose of W.",
        ),
    },
    misconceptions=(
        mistake(
            "rows-for-columns",
            "W as it stands, with a row for each input; rows of J belong to the outputs",
            _NODE,
            lambda s: s["W"],
        ),
        mistake(
            "input-for-weight",
            "computed with x where W belongs",
            _NODE,
            lambda s: np.tile(s["x"], (np.shape(s["W"])[1], 1)),
        ),
        mistake(
            "product-for-slope",
            "the terms x[i] W[i, j] of the sum instead of their slopes",
            _NODE,
            lambda s: np.asarray(s["W"]).T * s["x"],
        ),
    ),
    conventions=("one row vector: W[i, j] leads from entry i of x to entry j of z", NUMERATOR),
)

DZ_DB = JacobianExercise(
    id="dz_db",
    title="The Jacobian of Wa + b by b",
    text=r"""The bias of a layer $z = Wa + b$ in column vectors: $b_j$ is added to $z_j$ and to nothing else.

- `dz_db(W, a, b)`, with `W` of shape `(M, D)`, `a` `(D,)` and `b` `(M,)`, returns the full Jacobian
  $J_{ij} = \partial z_i/\partial b_j$, of shape `(M, M)`.

Ask two questions: how does $z_1$ move with $b_1$, and how with $b_2$?
""",
    layer=AFFINE_COLUMNS,
    worked=("jacobian = diagonal(ones(b))",),
    function="dz_db",
    output="z",
    wrt="b",
    cases=square_first(AFFINE_COLUMNS),
    points={_NODE: 1},
    topic="jacobians",
    lecture="Multi-layer perceptron",
    source=_VECTORS,
    difficulty=1,
    minutes=5,
    starter=one_call("dz_db", "W, a, b", "W (M, D), a (D,), b (M,) -> J (M, M) = dz/db.", "J"),
    solution=(
        affine_columns_jacobian,
        'def dz_db(W, a, b):\n    return affine_columns_jacobian(W, a, b)["z", "b"]',
    ),
    hints={
        _NODE: (
            "If you raise b[0] by 0.01, which entries of z move, and by how much?",
            "What stands on the diagonal of J, and what beside it?",
            "J is the identity, np.eye(M): that is why a bias takes its upstream as it comes.",
        ),
    },
    misconceptions=(
        mistake(
            "diagonal-as-vector", "the diagonal alone, as a vector", _NODE, lambda s: np.ones(len(s["b"]))
        ),
        mistake(
            "ones-everywhere",
            "ones off the diagonal too: b[j] is added to z[j] alone",
            _NODE,
            lambda s: np.ones((len(s["b"]), len(s["b"]))),
        ),
        mistake("weights-for-bias", "W, which is the Jacobian by a", _NODE, lambda s: s["W"]),
    ),
    conventions=("column vectors: z = Wa + b", NUMERATOR),
)

DS_DU = JacobianExercise(
    id="ds_du",
    title="The gradient of a score by its weights",
    text=r"""On top of a network stands one number, the score
$$s = u^\top h = \sum_i u_i h_i, \qquad u: (D,),\quad h: (D,).$$

- `ds_du(u, h)` returns $\partial s/\partial u$ as an array of shape `(D,)`.

On paper it is a row, $h^\top$ in the lecture's notation; in NumPy a vector is neither row nor column.
""",
    layer=SCORE,
    worked=("jacobian = h",),
    function="ds_du",
    output="s",
    wrt="u",
    points={_NODE: 1},
    topic="jacobians",
    lecture="Multi-layer perceptron",
    source=_VECTORS,
    difficulty=1,
    minutes=3,
    starter=one_call("ds_du", "u, h", "u (D,), h (D,) -> J (D,) = ds/du for s = u.h.", "J"),
    solution=(score_jacobian, 'def ds_du(u, h):\n    return score_jacobian(u, h)["s", "u"]'),
    hints={
        _NODE: (
            "If you raise u[0] by 0.01, by how much does s move?",
            "In each product u[i] h[i], what stands beside u[i]?",
            "It is h: at a product, the other factor is the slope.",
        ),
    },
    misconceptions=(
        mistake("not-swapped", "u itself instead of the other factor", _NODE, lambda s: s["u"]),
        mistake(
            "product-for-slope",
            "the products u[i] h[i] instead of their slopes",
            _NODE,
            lambda s: np.asarray(s["u"]) * s["h"],
        ),
        mistake("summed", "the sum of h: each u[i] has a slope of its own", _NODE, lambda s: np.sum(s["h"])),
    ),
    conventions=("the gradient of a number has the shape of what it is differentiated by",),
)
