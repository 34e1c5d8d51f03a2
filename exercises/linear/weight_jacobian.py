"""Exercises: the diagonal Jacobian of an elementwise function, and the one with three indices, ∂z_k/∂W_ij."""

from __future__ import annotations

import numpy as np

from exercises.linear.linear_jacobians import square_first
from exercises.shared.drawing import shaped
from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import Case, JacobianExercise, Situation
from reference.activations import SIGMOID
from reference.elementwise import diagonal
from reference.inputs import Array
from reference.linear_row import LINEAR_ROW, linear_row_jacobian

_NODE = "jacobian"


def _sigma(s: Situation) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.asarray(s["x"]))))


SIGMOID_JACOBIAN = JacobianExercise(
    id="sigmoid_jacobian",
    title="The Jacobian of an elementwise function",
    text=r"""An activation works entry by entry, $h_i = f(z_i)$, so most of its Jacobian is empty:
$$\left(\frac{\partial h}{\partial z}\right)_{ij} = \frac{\partial f(z_i)}{\partial z_j}
  = \begin{cases} f'(z_i) & i = j\\ 0 & i \ne j. \end{cases}$$
Take $f = \sigma$, the sigmoid, whose slope you know from its value: $\sigma' = \sigma(1 - \sigma)$.

- `sigmoid_jacobian(z)` takes `z` of shape `(D,)` and returns the Jacobian in full, of shape `(D, D)`.

Then look at what a row of upstream gradients becomes when you multiply it by this matrix. Is the matrix
needed for that?
""",
    layer=SIGMOID,
    worked=("z = x\nh = σ(z)\n---\njacobian = diagonal(h * (1 - h))",),
    function="sigmoid_jacobian",
    cases=(
        *(Case(f"{size} entries", shaped(SIGMOID, (size,), 0.3), basic=size == 4) for size in (4, 2, 7, 1)),
        Case("float32", shaped(SIGMOID, (4,), 0.3), float32=True),
    ),
    points={_NODE: 2},
    topic="jacobians",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: the Jacobian of an activation function",
    difficulty=2,
    minutes=10,
    starter=one_call("sigmoid_jacobian", "z", "z (D,) -> J (D, D), J[i, j] = dh[i]/dz[j].", "J"),
    solution=(
        diagonal,
        "def sigmoid_jacobian(z):\n    h = 1 / (1 + np.exp(-z))\n    return diagonal(h * (1 - h))",
    ),
    hints={
        _NODE: (
            "If you raise z[1] a little, which entries of h move?",
            "What stands off the diagonal? And on it: a value of f, or a slope?",
            "np.diag of h(1 - h), with h the sigmoid of z.",
        ),
    },
    misconceptions=(
        mistake(
            "as-of-softmax",
            "diag(h) minus the outer product of h with itself, which is the Jacobian of a softmax",
            "jacobian",
            lambda s: np.diag(_sigma(s)) - np.outer(_sigma(s), _sigma(s)),
        ),
        mistake(
            "diagonal-as-vector",
            "the diagonal alone, as a vector",
            _NODE,
            lambda s: _sigma(s) * (1 - _sigma(s)),
        ),
        mistake(
            "value-for-slope",
            "computed with the values f(z) on the diagonal where slopes belong",
            _NODE,
            lambda s: np.diag(_sigma(s)),
        ),
        mistake(
            "slope-in-every-row",
            "computed with the slopes in every row: each output depends on its own input only",
            _NODE,
            lambda s: np.tile(_sigma(s) * (1 - _sigma(s)), (len(s["x"]), 1)),
        ),
        mistake(
            "derivative-of-the-input",
            "computed with z(1 - z): the formula wants the sigmoid's value, not its input",
            _NODE,
            lambda s: np.diag(np.asarray(s["x"]) * (1 - np.asarray(s["x"]))),
        ),
        mistake(
            "outer",
            "computed as an outer product: off the diagonal there are zeros",
            _NODE,
            lambda s: np.outer(_sigma(s), 1 - _sigma(s)),
        ),
    ),
    conventions=("J[i, j] = ∂out[i]/∂in[j]",),
)

DZ_DW = JacobianExercise(
    id="dz_dw",
    title="A Jacobian with three indices",
    text=r"""How does a layer's output move with its weights? For one example as a row,
$$z = x\,W, \qquad z_k = \sum_i x_i\,W_{ik}, \qquad x: (D,),\quad W: (D, M),\quad z: (M,),$$
the derivative of a vector by a matrix has three indices:
$$J_{kij} = \frac{\partial z_k}{\partial W_{ij}}.$$

- `dz_dw(x, W)` returns $J$ in full, of shape `(M, D, M)`: the output's index first, then those of `W`.

Which column of $W$ does $z_k$ look at? That settles where $J$ is zero. A loop over all $k$, $i$, $j$ is fine
here: the point is to see what is in it. The upstream gradient will sum all of it away, and what stays is the
outer product $x^\top\,\partial e/\partial z$.
""",
    layer=LINEAR_ROW,
    function="dz_dw",
    output="z",
    wrt="W",
    cases=square_first(LINEAR_ROW),
    points={_NODE: 3},
    topic="jacobians",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: matrix-vector multiplication, the gradient by W",
    difficulty=3,
    minutes=15,
    starter=one_call("dz_dw", "x, W", "x (D,), W (D, M) -> J (M, D, M), J[k, i, j] = dz[k]/dW[i, j].", "J"),
    solution=(
        linear_row_jacobian,
        'def dz_dw(x, W):\n    return linear_row_jacobian(x, W)["z", "W"]',
    ),
    hints={
        _NODE: (
            "Raise W[0, 1] by 0.01. Which entries of z move, and by how much?",
            "z[k] looks at column k of W only. So what is J[k, i, j] for j other than k, and what for j = k?",
            "J[k, i, k] = x[i], and zero everywhere else.",
        ),
    },
    misconceptions=(
        mistake(
            "delta-missing",
            "computed with x[i] for every k and j: z[k] depends on column k of W alone",
            _NODE,
            lambda s: np.broadcast_to(np.asarray(s["x"])[:, None], (np.shape(s["W"])[1], *np.shape(s["W"]))),
        ),
        mistake(
            "output-last",
            "the right numbers with the output's index last",
            _NODE,
            lambda s: np.moveaxis(s["jacobian"], 0, -1),
        ),
        mistake(
            "columns-convention",
            "that of z = Wx in column vectors, of shape (M, M, D)",
            _NODE,
            lambda s: np.einsum("ki,j->kij", np.eye(np.shape(s["W"])[1]), s["x"]),
        ),
        mistake(
            "weights-for-inputs",
            "computed with W[i, j] where x[i] belongs",
            _NODE,
            lambda s: np.einsum("kj,ij->kij", np.eye(np.shape(s["W"])[1]), s["W"]),
        ),
        mistake(
            "ones-for-inputs",
            "computed with 1 where x[i] belongs",
            _NODE,
            lambda s: np.einsum("kj,i->kij", np.eye(np.shape(s["W"])[1]), np.ones_like(s["x"])),
        ),
    ),
    conventions=("one row vector: z = xW", "J[k, i, j] = ∂z[k]/∂W[i, j], the output's index first"),
)
