"""Exercise: layer normalisation, which is batch normalisation with rows for columns, but for gamma and beta."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.normalisation import worked
from exercises.normalisation.normalising_mistakes import Groups, gamma_last, normalising_mistakes
from exercises.normalisation.simplified_mistakes import simplified_mistakes
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise
from grader.exercise.cases import Draw
from reference.layernorm import LAYERNORM

ROWS = Groups(
    options="ln_param",
    axes=1,
    wrong_axes=0,
    wrong="over the batch instead of over each row",
    sums=0,
    wrong_sums=1,
    wrong_sum="summed over the features instead of over the examples",
    members="features",
)


def _rows(examples: int, features: int, eps: float = 1e-5, scale: float = 1.0) -> Draw:
    """x (N, D) whose entries go up to 9 · scale, gamma and beta (D,), and eps."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x = rng.integers(-900, 901, (examples, features)) / 100 * scale
        gamma = rng.choice((-1.0, 1.0), features) * rng.integers(30, 301, features) / 100
        beta = rng.integers(-300, 301, features) / 100
        return np.round(x, 6), gamma, beta, {"eps": eps}

    return draw


LAYERNORM_EXERCISE = LayerExercise(
    id="layernorm",
    title="Layer normalisation",
    text=r"""Layer normalisation brings each *example* to mean 0 and variance 1, over its own features, so
that it needs no batch and does the same in training and testing. For row $n$ of `x`, of shape `(N, D)`,
$$\mu_n = \frac1D \sum_d x_{nd}, \qquad v_n = \frac1D \sum_d (x_{nd} - \mu_n)^2, \qquad
\hat x_{nd} = \frac{x_{nd} - \mu_n}{\sqrt{v_n + \varepsilon}}, \qquad
\text{out}_{nd} = \gamma_d\, \hat x_{nd} + \beta_d.$$
Mean and variance belong to a row; $\gamma$ and $\beta$ still belong to a column.

- `layernorm_forward(x, gamma, beta, ln_param)` returns `out, cache`. `gamma` and `beta` are `(D,)`;
  `ln_param` is a dictionary in which `"eps"` is $\varepsilon$ (`1e-5` if it is missing).
- `layernorm_backward(dout, cache)` returns `dx, dgamma, dbeta`, each of the shape of what it is the
  gradient of.

If you have batch normalisation, little is new. Go through its lines and ask of each: does this sum run over
the examples, or over the features? Not all of them change.
""",
    layer=LAYERNORM,
    cases=(
        Case("generic", _rows(3, 4), basic=True),
        Case("generic, other sizes", _rows(5, 7, 1e-3)),
        Case("square, size 3", _rows(3, 3)),
        Case("square, size 4", _rows(4, 4, 1e-4)),
        Case("tiny variance", _rows(3, 4, 1e-5, 1e-3)),
        Case("tiny variance, another eps", _rows(2, 5, 1e-3, 1e-2)),
        Case("two features", _rows(3, 2, 0.5)),
        Case("one sample", _rows(1, 4)),
        Case("float32", _rows(3, 4), float32=True),
    ),
    small=(_rows(1, 2, 0.5), _rows(1, 3, 1e-5), _rows(2, 2, 0.5), _rows(2, 3, 1e-5)),
    points={"out": 2, "dx": 3, "dgamma": 1, "dbeta": 1},
    topic="normalisation",
    lecture="CS231n, lecture 4",
    source="Ba, Kiros and Hinton 2016, Layer normalization; CS231n, assignment 2",
    difficulty=3,
    minutes=25,
    starter=pair(
        "layernorm_forward",
        "x, gamma, beta, ln_param",
        "x (N, D), gamma (D,), beta (D,), ln_param {eps} -> out (N, D), cache.",
        "layernorm_backward",
        "dx, dgamma, dbeta",
        "dout (N, D) -> dx (N, D), dgamma (D,), dbeta (D,).",
    ),
    hints={
        "out": (
            "Over which axis is the mean taken, if each row is to have mean 0?",
            "A mean over axis 1 has shape (N,), and that does not meet (N, D). What would (N, 1) do?",
            "x minus the mean, over the root of the variance plus eps, both with axis=1 and keepdims=True.",
        ),
        "dx": (
            "If you raise x[0, 0] by 0.01, which entries of out move, and in which rows?",
            "Direct, through the mean, through the variance: the same three paths, but within a row. And gamma is "
            "not the same for all entries of a row: when does it have to be multiplied in?",
            "With dx̂ = dout·γ, dx is s times this: dx̂, minus its row's mean, minus x̂ times the row's mean of dx̂·x̂.",
        ),
        "dgamma": (
            "gamma[0] multiplies which entries: a row of them, or a column?",
            "It still goes to all N rows of its column, as in batch normalisation.",
            "Sum dout times the normalised x over axis 0; the result has shape (D,).",
        ),
        "dbeta": (
            "To which entries of out is beta[0] added: a row of them, or a column?",
            "What happens to gradients where one number goes to several places?",
            "Sum dout over axis 0; the result has shape (D,).",
        ),
    },
    worked=worked.LAYERNORM,
    misconceptions=(*normalising_mistakes(ROWS), *simplified_mistakes(ROWS), gamma_last(ROWS)),
    conventions=(
        "the variance divides by D, not D - 1",
        "eps is added to the variance, under the root",
        "gamma and beta belong to the columns",
    ),
)
