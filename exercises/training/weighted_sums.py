"""Exercise: the variance of a sum of products, by drawing thousands of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from exercises.shared.starters import one_call
from exercises.training.two_samples import apart, tail
from grader.exercise import ExperimentExercise, Trial
from reference.inputs import Array

COUNT, SAMPLE = 10_000, 40_000
LAWS = {
    "law": ((5, 0.36, 0.0, 4.0), (12, 2.25, 0.0, 0.25)),
    "shifted": ((5, 0.36, 3.0, 4.0), (12, 2.25, -1.5, 0.25)),
}
"""n, Var(w), mean and variance of x: with inputs of mean 0, where the law holds, and of another mean."""
FALSE_ALARM = 1e-6
TAIL = tail(sum(map(len, LAWS.values())), FALSE_ALARM)
SEEDS = 1_000_000


def sums(n: int, var_w: float, mean_x: float, var_x: float, count: int, rng: np.random.Generator) -> Array:
    """`count` independent z = Σ_i w_i x_i over n terms, w from N(0, var_w) and x from N(mean_x, var_x)."""
    w = rng.normal(0, math.sqrt(var_w), (count, n))
    x = rng.normal(mean_x, math.sqrt(var_x), (count, n))
    return np.asarray((w * x).sum(axis=1))


def variance(n: int, var_w: float, mean_x: float, var_x: float) -> float:
    """Var(z) = n Var(w) E[x²], which is n Var(w) Var(x) where x has mean 0."""
    return n * var_w * (var_x + mean_x**2)


@cache
def _sample(n: int, var_w: float, mean_x: float, var_x: float) -> Array:
    return sums(n, var_w, mean_x, var_x, SAMPLE, np.random.default_rng(SAMPLE))


def _form(arguments: tuple[Any, ...], result: Any) -> str:
    count = int(arguments[4])
    if np.shape(result) != (count,):
        return f"returned an array of shape {np.shape(result)}, expected (count,) = ({count},)"
    return "" if np.isfinite(result).all() else "holds numbers that are not finite"


def _shape(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
    return _form(arguments, results[0])


def _law(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
    bad = _form(arguments, results[0])
    if bad:
        return bad
    n, var_w, mean_x, var_x = arguments[:4]
    z = np.asarray(results[0], np.float64)
    if not apart(z, _sample(n, var_w, mean_x, var_x), TAIL):
        return ""
    right, mine = variance(n, var_w, mean_x, var_x), float(np.var(z))
    said = (
        f"variance {mine:.3g} for n = {n}, Var(w) = {var_w:g}, x from N({mean_x:g}, {var_x:g}); "
        f"expected about {right:.3g}"
    )
    lookalikes = {
        "the terms of a sum seem to share one w and one x": n * right,
        "this is one product, not a sum of n": right / n,
        "a variance seems to be used as a standard deviation, for w": variance(n, var_w**2, mean_x, var_x),
        "a variance seems to be used as a standard deviation, for x": variance(n, var_w, mean_x, var_x**2),
        "variances seem to be used as standard deviations": variance(n, var_w**2, mean_x, var_x**2),
        "this is what inputs of mean 0 would give": variance(n, var_w, 0.0, var_x),
    }
    fitting = [text for text, value in lookalikes.items() if abs(mine - value) <= 0.1 * value]
    fitting = [text for text in fitting if abs(mine - right) > 0.1 * right]
    if abs(mine - right) <= 0.1 * right:
        return f"{said}: the variance fits, but the numbers are not distributed as such sums are"
    return f"{said}; {fitting[0]}" if len(fitting) == 1 else said


def _repeated(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    return (
        "" if np.array_equal(results[0], results[1]) else "two calls with the same seed gave different sums"
    )


def _depends(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    return "another seed gave the very same sums" if np.array_equal(results[0], results[1]) else ""


def _called(
    law: tuple[int, float, float, float], count: int
) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    return lambda rng: (*law, count, int(rng.integers(SEEDS)))  # fmt: skip


WEIGHTED_SUMS = ExperimentExercise(
    id="weighted_sums",
    title="The variance of a weighted sum",
    text=r"""How large is what a neuron computes? For $z = \sum_{i=1}^{n} w_i x_i$ the lecture has
$$\operatorname{Var}(z) = n \operatorname{Var}(w) \operatorname{Var}(x).$$
Try it on thousands of sums, and find out what it takes for granted.

- `weighted_sums(n, var_w, mean_x, var_x, count, seed)` returns an array of `count` numbers, each of them a
  sum $z = \sum_{i=1}^{n} w_i x_i$ with weights and inputs of its own: every $w_i$ from
  $N(0, \text{var\_w})$ and every $x_i$ from $N(\text{mean\_x}, \text{var\_x})$, where the second number is
  the *variance*. The same seed gives the same array again, another seed another one.

Then compare `np.var` of your sums with the law, first for inputs of mean 0, then for inputs of mean 3. For
one product of independent numbers $\operatorname{Var}(wx) = E[w^2]\,E[x^2] - E[w]^2 E[x]^2$: which of the
four factors can be read off the arguments, and which mean has to be 0 for the law to hold?

It is judged by statistics of 10,000 sums; a right function is found fault with once in a million times.
""",
    function="weighted_sums",
    trials=(
        Trial("shape", "7 sums of 3", _called((3, 1.0, 0.0, 1.0), 7), 1, _shape),
        *(
            Trial(node, f"n = {law[0]}, inputs of mean {law[2]:g}", _called(law, COUNT), 1, _law)
            for node, laws in LAWS.items()
            for law in laws
        ),
        Trial("repeatable", "one seed twice", lambda rng: (3, 1.0, 0.0, 1.0, 7, 5), 2, _repeated),
        Trial("repeatable", "another seed", _called((3, 1.0, 0.0, 1.0), 7), 2, _depends),
    ),
    false_alarm=FALSE_ALARM,
    points={"shape": 1, "law": 2, "shifted": 1, "repeatable": 1},
    topic="training",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: weight initialisation; Glorot and Bengio 2010, equation 5",
    difficulty=2,
    minutes=15,
    starter=one_call(
        "weighted_sums",
        "n, var_w, mean_x, var_x, count, seed",
        "n, var_w, mean_x, var_x, count, seed -> z (count,).",
        "z",
    ),
    solution=(
        "import numpy as np\n\n\ndef weighted_sums(n, var_w, mean_x, var_x, count, seed):\n"
        "    rng = np.random.default_rng(seed)\n"
        "    w = rng.normal(0, np.sqrt(var_w), (count, n))\n"
        "    x = rng.normal(mean_x, np.sqrt(var_x), (count, n))\n"
        "    return np.sum(w * x, axis=1)\n",
    ),
    hints={
        "shape": ("How many numbers does count = 7 ask for?", "One z for each sum: the shape is (count,)."),
        "law": (
            "With n = 1, is np.var of your numbers var_w times var_x?",
            "NumPy's normal takes a standard deviation, and each of the count sums has n weights of its own.",
            "Draw w and x as arrays (count, n) with the roots of the variances, multiply, sum over axis 1.",
        ),
        "shifted": (
            "What is the mean of x² if x has mean 3 and variance 4?",
            "Where does mean_x come into your lines?",
            "rng.normal takes the mean as its first argument; w keeps mean 0.",
        ),
        "repeatable": (
            "Call your function twice with seed 3. Which of your lines uses the seed?",
            "rng = np.random.default_rng(seed), and every number from rng.",
        ),
    },
    conventions=("the second number of N(·, ·) is the variance", "w and x are independent, and w has mean 0"),
)
