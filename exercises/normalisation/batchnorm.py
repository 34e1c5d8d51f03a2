"""Exercises: batch normalisation in training, back through its graph, and back by the formula it simplifies to."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.normalisation import worked
from exercises.normalisation.normalising_mistakes import Groups, normalising_mistakes
from exercises.normalisation.simplified_mistakes import simplified_mistakes
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise
from grader.exercise.cases import Draw
from reference.batchnorm import (
    BATCHNORM,
    batchnorm_backward,
    batchnorm_backward_alt,
    batchnorm_forward,
)

COLUMNS = Groups(
    options="bn_param",
    axes=0,
    wrong_axes=1,
    wrong="over each row instead of over the batch",
    sums=0,
    wrong_sums=1,
    wrong_sum="summed over the columns instead of over the batch",
    members="examples",
)


def _batch(examples: int, columns: int, eps: float = 1e-5, scale: float = 1.0) -> Draw:
    """x (N, D) whose entries go up to 9 · scale, gamma and beta (D,), and the options of training."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x = rng.integers(-900, 901, (examples, columns)) / 100 * scale
        gamma = rng.choice((-1.0, 1.0), columns) * rng.integers(30, 301, columns) / 100
        beta = rng.integers(-300, 301, columns) / 100
        return np.round(x, 6), gamma, beta, {"mode": "train", "eps": eps}

    return draw


# No single sample: in training it is beta whatever it was, and 0/0 for who forgot eps, which tells nothing more.
CASES = (
    Case("generic", _batch(4, 3), basic=True),
    Case("generic, other sizes", _batch(7, 5, 1e-3)),
    Case("square, size 3", _batch(3, 3)),
    Case("square, size 4", _batch(4, 4, 1e-4)),
    Case("tiny variance", _batch(4, 3, 1e-5, 1e-3)),
    Case("tiny variance, another eps", _batch(5, 2, 1e-3, 1e-2)),
    Case("two samples", _batch(2, 3, 0.5)),
    Case("float32", _batch(4, 3), float32=True),
)

SMALL = (_batch(2, 1, 0.5), _batch(3, 1, 1e-5), _batch(2, 2, 0.5), _batch(3, 2, 1e-5))

_FORWARD_HINTS = (
    "Over which axis is the mean taken, if each column is to have mean 0?",
    "np.mean and np.var both take an axis, and np.var divides by N. Does eps go under the root, or beside it?",
    "x minus the mean, over the root of the variance plus eps, both over axis 0; then times gamma, plus beta.",
)

_DGAMMA_HINTS = (
    "gamma[0] multiplies which entries, and of which array?",
    "One number goes to all N rows of its column. What happens to gradients at a fan-out?",
    "Sum dout times the normalised x over axis 0; the result has shape (D,).",
)

_DBETA_HINTS = (
    "To how many entries of out is beta[0] added?",
    "What happens to gradients where one number goes to several places?",
    "Sum dout over axis 0; the result has shape (D,).",
)

_CONVENTIONS = (
    "the variance divides by N, not N - 1",
    "eps is added to the variance, under the root",
    "leaving out the path from the variance to the mean is right: Σ(x - μ) is 0",
)

BATCHNORM_EXERCISE = LayerExercise(
    id="batchnorm",
    title="Batch normalisation, through its graph",
    text=r"""In training, batch normalisation brings each column of a batch to mean 0 and variance 1, and
then gives it a scale $\gamma$ and a shift $\beta$ that are learned. For column $d$ of `x`, of shape
`(N, D)`,
$$\mu_d = \frac1N \sum_n x_{nd}, \qquad v_d = \frac1N \sum_n (x_{nd} - \mu_d)^2, \qquad
\hat x_{nd} = \frac{x_{nd} - \mu_d}{\sqrt{v_d + \varepsilon}}, \qquad
\text{out}_{nd} = \gamma_d\, \hat x_{nd} + \beta_d.$$

- `batchnorm_forward(x, gamma, beta, bn_param)` returns `out, cache`. `gamma` and `beta` are `(D,)`.
  `bn_param` is a dictionary: `"mode"` is `"train"` here, and `"eps"` is $\varepsilon$ (`1e-5` if it is
  missing).
- `batchnorm_backward(dout, cache)` returns `dx, dgamma, dbeta`, each of the shape of what it is the
  gradient of.

Draw the graph first, in small steps: the mean, $c = x - \mu$, its square, the mean of the squares,
$+\,\varepsilon$, the root, one over it, the product with $c$, the product with $\gamma$, the sum with
$\beta$. Then go back step by step, and give each wire a line of code. Two wires split: $c$ feeds the square
and the product, and `x` feeds the mean and the difference. Where a wire splits, gradients add. A step that
takes a mean of $N$ numbers hands each of them $1/N$ of its gradient.

(`bn_param` may also carry running averages for later use; what becomes of those is an exercise of its own.)
""",
    layer=BATCHNORM,
    cases=CASES,
    small=SMALL,
    points={"out": 3, "dx": 4, "dgamma": 1, "dbeta": 1},
    topic="normalisation",
    lecture="CS231n, lecture 4",
    source="Ioffe and Szegedy 2015, section 3; CS231n, assignment 2",
    difficulty=4,
    minutes=45,
    starter=pair(
        "batchnorm_forward",
        "x, gamma, beta, bn_param",
        "x (N, D), gamma (D,), beta (D,), bn_param {mode, eps} -> out (N, D), cache.",
        "batchnorm_backward",
        "dx, dgamma, dbeta",
        "dout (N, D) -> dx (N, D), dgamma (D,), dbeta (D,).",
    ),
    hints={
        "out": _FORWARD_HINTS,
        "dx": (
            "If you raise x[0, 0] by 0.01, which entries of out move? Is it out[0, 0] alone?",
            "x reaches out by three paths: direct, through the mean, through the variance. Which have you?",
            "With s = 1/√(v + ε) and dx̂ = dout·γ: dv = -½ s³ Σ dx̂·c, then dc = s·dx̂ + (2/N)·c·dv, and dx is dc "
            "minus its own mean; Σ and mean over the batch.",
        ),
        "dgamma": _DGAMMA_HINTS,
        "dbeta": _DBETA_HINTS,
    },
    # Both modes, so that one forward serves all exercises that ask for it.
    solution=(batchnorm_forward, batchnorm_backward),
    worked=worked.BATCHNORM,
    misconceptions=(*normalising_mistakes(COLUMNS), *simplified_mistakes(COLUMNS)),
    conventions=_CONVENTIONS,
)

BATCHNORM_ALT_EXERCISE = LayerExercise(
    id="batchnorm_alt",
    title="Batch normalisation, simplified on paper",
    text=r"""The graph of batch normalisation has ten steps, and its backward pass computes and stores all
of them. On paper the whole of it shrinks to one line. With $s_d = 1/\sqrt{v_d + \varepsilon}$, entry $n$ of
a column depends on entry $m$ of the same column by
$$\frac{\partial \hat x_n}{\partial x_m} = s\left([n = m] - \frac1N - \frac{\hat x_n \hat x_m}{N}\right),$$
where $[n = m]$ is 1 if $n$ and $m$ are the same, else 0. The three terms are the three paths: direct,
through the mean, through the variance. Derive it (take the derivative of the quotient
$(x_n - \mu)/\sqrt{v + \varepsilon}$), multiply by the upstream, and sum over $n$: what remains are two
means over the batch.

- `batchnorm_forward(x, gamma, beta, bn_param)` is the one you have, with `"mode"` being `"train"`; it
  returns `out, cache`.
- `batchnorm_backward_alt(dout, cache)` returns `dx, dgamma, dbeta`, of shapes `(N, D)`, `(D,)` and `(D,)`,
  in a few lines and without the steps in between.

Both backward passes are given the same cache, so put into it what either needs. Start by giving names to
the two means, of $d\hat x = \text{dout} \cdot \gamma$ and of $d\hat x \odot \hat x$.
""",
    layer=BATCHNORM,
    forward="batchnorm_forward",
    backward="batchnorm_backward_alt",
    cases=CASES,
    small=SMALL,
    points={"out": 1, "dx": 3, "dgamma": 1, "dbeta": 1},
    topic="normalisation",
    lecture="CS231n, lecture 4",
    source="Ioffe and Szegedy 2015, section 3; CS231n, assignment 2",
    difficulty=4,
    minutes=30,
    starter=pair(
        "batchnorm_forward",
        "x, gamma, beta, bn_param",
        "x (N, D), gamma (D,), beta (D,), bn_param {mode, eps} -> out (N, D), cache.",
        "batchnorm_backward_alt",
        "dx, dgamma, dbeta",
        "dout (N, D) -> dx (N, D), dgamma (D,), dbeta (D,), simplified on paper.",
    ),
    hints={
        "out": _FORWARD_HINTS,
        "dx": (
            "Which of the three terms in the bracket is left if you multiply by dx̂ and sum over n?",
            "The first gives dx̂ itself, the second a mean of dx̂, the third x̂ times another mean. Which?",
            "dx is s times this: dx̂, minus the mean of dx̂, minus x̂ times the mean of dx̂·x̂; both means over axis 0.",
        ),
        "dgamma": _DGAMMA_HINTS,
        "dbeta": _DBETA_HINTS,
    },
    solution=(batchnorm_forward, batchnorm_backward_alt),
    worked=worked.BATCHNORM,
    misconceptions=(*normalising_mistakes(COLUMNS), *simplified_mistakes(COLUMNS)),
    conventions=_CONVENTIONS,
)
