"""Exercise: the clinic's batch normalisation, where a power binds more tightly than it looks."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.bugs.bug_starters import find_the_bug
from exercises.bugs.clinic import CLINIC, parts
from grader.exercise import Case, FindTheBugExercise
from grader.exercise.cases import Draw
from reference.batchnorm import BATCHNORM
from reference.inputs import Array


def bound_too_tightly(
    dout: Array,
    x: Array,
    gamma: Array,
    beta: Array,  # noqa: ARG001 - as shown
    bn_param: Any,
) -> tuple[Array, ...]:
    """`v ** -3/2` is (v ** -3)/2: the power comes before the division.

    An upstream of ones hides it, as the sum in front of it is 0 then.
    """
    N, eps = len(x), bn_param.get("eps", 1e-5)
    c = x - x.mean(axis=0)
    v = (c**2).mean(axis=0) + eps
    dn = dout * gamma
    dv = (dn * c).sum(axis=0) * -1/2 * v**-3/2  # fmt: skip
    dc = dn / np.sqrt(v) + dv * 2 * c / N
    dx = dc - dc.mean(axis=0)
    return dx, (dout * c / np.sqrt(v)).sum(axis=0), dout.sum(axis=0)


def _batch(examples: int, features: int) -> Draw:
    """Columns whose variance is far from 1, where every power of it is another number."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x = rng.integers(-400, 401, (examples, features)) / 100
        gamma = rng.choice((-1.0, 1.0), features) * rng.integers(50, 200, features) / 100
        beta = rng.integers(-100, 101, features) / 100
        return x, gamma, beta, {"mode": "train", "eps": 1e-5}

    return draw


def _tiny(rng: np.random.Generator) -> tuple[Any, ...]:
    """A variance of about 0.01, beside which eps is not nothing."""
    x, gamma, beta, _ = _batch(4, 3)(rng)
    return x / 20, gamma, beta, {"mode": "train", "eps": 1e-3}


CLINIC_POWER = FindTheBugExercise(
    id="clinic_power",
    title="Clinic: batch normalisation, one symbol wrong",
    text=CLINIC
    + r"""
Batch normalisation in training: columns of `x` `(N, D)` are brought to mean 0 and variance 1 over the batch, then
scaled by `gamma` and shifted by `beta`, both `(D,)`; `bn_param["eps"]` is $\epsilon$:
$$c = x - \text{mean}(x), \quad v = \text{mean}(c^2) + \epsilon, \quad
  \text{out} = \gamma\, c\, v^{-1/2} + \beta.$$
The test had used an upstream of ones.

```python
def shown_backward(dout, x, gamma, beta, bn_param):
    N, eps = len(x), bn_param.get("eps", 1e-5)
    c = x - x.mean(axis=0)
    v = (c**2).mean(axis=0) + eps
    dn = dout * gamma
    dv = (dn * c).sum(axis=0) * -1/2 * v**-3/2
    dc = dn / np.sqrt(v) + dv * 2 * c / N
    dx = dc - dc.mean(axis=0)
    return dx, (dout * c / np.sqrt(v)).sum(axis=0), dout.sum(axis=0)      # dx, dgamma, dbeta
```
"""
    + parts("power", "x, gamma, beta, bn_param", "dout", "dx, dgamma, dbeta")
    + r"""
`bn_param` is `{"mode": "train", "eps": 1e-5}` in your counterexample; the upstream is chosen at random. Read the
rule against the formula, line by line, as Python reads it and not as you would. And why did an upstream of ones not
show it?
""",
    layer=BATCHNORM,
    shown=bound_too_tightly,
    wrong=("dv", "dc", "dx"),  # dv is wrong first; the other two are made of it
    counterexample="power_counterexample",
    answer="power_wrong_node",
    mended="power_mended_backward",
    cases=(
        Case("generic", _batch(4, 3), basic=True),
        Case("generic, other sizes", _batch(6, 2)),
        Case("square, size 3", _batch(3, 3)),
        Case("tiny variance", _tiny),
        Case("float32", _batch(4, 3), float32=True),
    ),
    points={"counterexample": 1, "node": 1, "mended": 3},
    topic="capstone",
    lecture="CS231n, lecture 4",
    source="Ioffe and Szegedy 2015; CS231n, assignment 2",
    difficulty=3,
    minutes=20,
    starter=find_the_bug("power", "x, gamma, beta, bn_param", "dout", "dx, dgamma, dbeta"),
    solution=(
        '''def power_counterexample():
    """Three rows, as of two dx is nearly 0 whatever the upstream; the variance is far from 1."""
    return np.array([[0.0], [3.0], [9.0]]), np.array([1.0]), np.array([0.0]), {"mode": "train", "eps": 1e-5}


power_wrong_node = "dx"


def power_mended_backward(dout, x, gamma, beta, bn_param):
    """With brackets around both fractions."""
    N, eps = len(x), bn_param.get("eps", 1e-5)
    c = x - x.mean(axis=0)
    v = (c**2).mean(axis=0) + eps
    dn = dout * gamma
    dv = (dn * c).sum(axis=0) * (-1 / 2) * v ** (-3 / 2)
    dc = dn / np.sqrt(v) + dv * 2 * c / N
    dx = dc - dc.mean(axis=0)
    return dx, (dout * c / np.sqrt(v)).sum(axis=0), dout.sum(axis=0)
''',
    ),
    hints={
        "counterexample": (
            "What is 4**-3/2 in Python, and what did the author mean?",
            "At one v the two are the same, near 0.63. Take a variance far from it.",
            "Any three or more rows that differ will do; make the variance about 10.",
        ),
        "node": ("Which of the three gradients uses the suspicious line?", "dgamma and dbeta never meet dv."),
        "mended": (
            "Where do brackets belong?",
            "The power should be the whole of -3/2.",
            "dv = (dn * c).sum(axis=0) * (-1/2) * v**(-3/2); or v**-1.5.",
        ),
    },
    conventions=("the variance divides by N, and eps is added to it inside the root",),
)
