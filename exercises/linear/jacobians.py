"""Exercises: full local Jacobians, of ReLU (diagonal) and of softmax (dense)."""

from __future__ import annotations

import numpy as np

from exercises.shared.drawing import given, shaped
from exercises.shared.predictions import mistake
from exercises.shared.starters import one_call
from grader.exercise import Case, JacobianExercise, Situation
from reference.activations import RELU
from reference.elementwise import diagonal
from reference.inputs import Array, Sizes
from reference.inputs import draw as draw_inputs
from reference.layer import Layer
from reference.softmax import SOFTMAX, softmax_forward


def _vectors(layer: Layer, sizes: tuple[int, ...], scale: float) -> tuple[Case, ...]:
    return tuple(
        Case(f"{size} entries", shaped(layer, (size,), scale), basic=place == 0)
        for place, size in enumerate(sizes)
    )


def _p(s: Situation) -> Array:
    powers = np.exp(np.asarray(s["x"], dtype=np.float64) - np.max(s["x"]))
    return np.asarray(powers / powers.sum())


def _scores(size: int) -> Case:
    """One row of scores up to ±1.8, the last dimension being the classes."""
    sizes: Sizes = {"C": size}

    def draw(rng: np.random.Generator) -> tuple[Array, ...]:
        (x,) = draw_inputs(SOFTMAX.inputs, rng, sizes, free=())
        return (np.round(x / 5, 3),)

    return Case(f"{size} entries", draw, basic=size == 3)


RELU_JACOBIAN = JacobianExercise(
    id="relu_jacobian",
    title="The Jacobian of a ReLU",
    text=r"""For a vector $x$ of $D$ numbers and $z_i = \max(0, x_i)$, the local Jacobian has one row for
each output and one column for each input:
$$J_{ij} = \frac{\partial z_i}{\partial x_j}.$$

- `relu_jacobian(x)` takes `x` of shape `(D,)` and returns $J$ in full, of shape `(D, D)`.

Nobody would build this matrix in a network, where only its product with the upstream is wanted. Building it
once shows why the backward pass of a ReLU needs no matrix at all.
""",
    layer=RELU,
    worked=("jacobian = diagonal(x > 0)",),
    function="relu_jacobian",
    cases=(
        *_vectors(RELU, (4, 2, 7, 1), 1.0),
        given("zeros", np.array([0.0, 2.0, -1.0]), kink=True),
        Case("float32", shaped(RELU, (4,)), float32=True),
    ),
    points={"jacobian": 2},
    topic="jacobians",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: dealing with vectors",
    difficulty=2,
    minutes=10,
    starter=one_call("relu_jacobian", "x", "x (D,) -> J (D, D), J[i, j] = dz[i]/dx[j].", "J"),
    hints={
        "jacobian": (
            "If you raise x[1] a little, which entries of z can move at all?",
            "What stands off the diagonal, and which two values can stand on it?",
            "A diagonal matrix of the mask x > 0.",
        ),
    },
    misconceptions=(
        mistake(
            "diagonal-as-vector",
            "the diagonal alone, as a vector",
            "jacobian",
            lambda s: np.asarray(s["x"]) > 0,
        ),
        mistake("identity", "the identity: the mask is missing", "jacobian", lambda s: np.eye(len(s["x"]))),
        mistake(
            "value-for-slope",
            "computed with the values max(0, x) on the diagonal where slopes belong",
            "jacobian",
            lambda s: np.diag(np.maximum(s["x"], 0)),
        ),
        mistake(
            "mask-everywhere",
            "computed with the mask in every row: each output depends on its own input only",
            "jacobian",
            lambda s: np.tile(np.asarray(s["x"]) > 0, (len(s["x"]), 1)),
        ),
        mistake(
            "mask-reversed",
            "computed with the mask the other way round",
            "jacobian",
            lambda s: np.diag(np.asarray(s["x"]) < 0),
        ),
    ),
    solution=(
        diagonal,
        '''def relu_jacobian(x):
    """x (D,) -> J (D, D), J[i, j] = dz[i]/dx[j]."""
    return diagonal((x > 0).astype(x.dtype))
''',
    ),
    conventions=("J[i, j] = ∂out[i]/∂in[j]", "at exactly 0 any value from 0 to 1 is accepted"),
)

SOFTMAX_JACOBIAN = JacobianExercise(
    id="softmax_jacobian",
    title="The Jacobian of softmax",
    text=r"""All outputs of a softmax share one sum, so every input moves every output:
$$p_i = \frac{e^{x_i}}{\sum_k e^{x_k}}, \qquad J_{ij} = \frac{\partial p_i}{\partial x_j}.$$

- `softmax_jacobian(x)` takes scores `x` of shape `(C,)` and returns $J$ in full, of shape `(C, C)`.

Differentiate the quotient once for $i = j$ and once for $i \ne j$. A check that costs nothing: the
probabilities always sum to 1, so what must each column of $J$ sum to? Scores of $\pm 1000$ are tried.
""",
    layer=SOFTMAX,
    worked=(
        """
        e = exp(x - largest(x, 0))
        ---
        p = e / sum(e, 0)
        jacobian = diagonal(p) - outer(p, p)
        """,
        """
        e = exp(x - largest(x, 0))
        p = e / sum(e, 0)
        ---
        jacobian = column(p) * (diagonal(ones(p)) - p)
        """,
    ),
    function="softmax_jacobian",
    output="p",
    cases=(
        *(_scores(size) for size in (3, 2, 6)),
        given("extremes", np.array([1000.0, 999.0, -1000.0])),
        Case("float32", _scores(4).draw, float32=True),
    ),
    points={"jacobian": 3},
    topic="jacobians",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: Jacobians; CS231n, lecture 4",
    difficulty=3,
    minutes=20,
    starter=one_call("softmax_jacobian", "x", "x (C,) -> J (C, C), J[i, j] = dp[i]/dx[j].", "J"),
    hints={
        "jacobian": (
            "If x[0] rises and nothing else does, what happens to p[1]? Which sign must J[1, 0] have?",
            "Write every entry with p alone. What distinguishes i = j from the rest?",
            "p[i](1 - p[i]) on the diagonal, -p[i] p[j] elsewhere: diag(p) minus np.outer(p, p).",
        ),
    },
    misconceptions=(
        mistake(
            "diagonal-only",
            "computed with zeros off the diagonal: all entries share one sum",
            "jacobian",
            lambda s: np.diag(_p(s) * (1 - _p(s))),
        ),
        mistake("outer-missing", "diag(p), without the outer product", "jacobian", lambda s: np.diag(_p(s))),
        mistake(
            "diagonal-missing",
            "minus the outer product, without diag(p)",
            "jacobian",
            lambda s: -np.outer(_p(s), _p(s)),
        ),
        mistake("sign", "negated", "jacobian", lambda s: np.outer(_p(s), _p(s)) - np.diag(_p(s))),
        mistake(
            "off-diagonal-sign",
            "computed with plus where minus belongs off the diagonal",
            "jacobian",
            lambda s: np.outer(_p(s), _p(s)) + np.diag(_p(s) - 2 * _p(s) ** 2),
        ),
        mistake("diagonal-as-vector", "p(1 - p) as a vector", "jacobian", lambda s: _p(s) * (1 - _p(s))),
    ),
    solution=(
        softmax_forward,
        '''def softmax_jacobian(x):
    """x (C,) -> J (C, C), J[i, j] = dp[i]/dx[j]."""
    p, _ = softmax_forward(x)
    return np.diag(p) - np.outer(p, p)
''',
    ),
    conventions=("J[i, j] = ∂out[i]/∂in[j]",),
)
