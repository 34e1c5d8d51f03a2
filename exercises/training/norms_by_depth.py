"""Exercise: the same gradients in networks drawn at random, small and large weights beside each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from exercises.shared.starters import one_call
from exercises.training.gradient_norms import NORMS_SOLUTION, norms
from exercises.training.two_samples import apart, tail
from grader.exercise import ExperimentExercise, Trial
from reference.inputs import Array

DEPTH, WIDTH = 8, 20
NETWORKS = (
    ("sigmoid", 0.01),
    ("sigmoid", 4.0),
    ("tanh", 0.01),
    ("tanh", 4.0),
    ("relu", 0.01),
    ("relu", 0.1),
    ("relu", 4.0),
)
"""Small and large weights, and for the ReLU He's 2/20 between them."""
FALSE_ALARM = 1e-6
TAIL = tail(2 * len(NETWORKS), FALSE_ALARM)
"""Two comparisons for each: the gradient at the end of the network, and how much of it arrives at its beginning."""
CALLS, SAMPLE = 60, 200
SEEDS = 1_000_000


def drawn_norms(depth: int, width: int, variance: float, activation: str, rng: np.random.Generator) -> Array:
    """Norms (depth,) of a random network: weights from N(0, variance), input and ∂L/∂a^L from N(0, 1)."""
    weights = [rng.normal(0, math.sqrt(variance), (width, width)) for _ in range(depth)]
    return norms(weights, rng.normal(size=width), rng.normal(size=width), activation)[0]


@cache
def _sample(variance: float, activation: str) -> tuple[Array, Array]:
    """Logarithms of the reference's last norms, and of the share that arrives at the first layer."""
    rng = np.random.default_rng([SAMPLE, int(variance * 1000), len(activation)])
    drawn = [drawn_norms(DEPTH, WIDTH, variance, activation, rng) for _ in range(SAMPLE)]
    return _logarithms(drawn)


def _logarithms(drawn: Sequence[Array]) -> tuple[Array, Array]:
    rows = np.array(drawn)
    with np.errstate(divide="ignore"):  # a network that died has the logarithm -inf, and may have it
        first, last = np.log10(rows[:, 0]), np.log10(rows[:, -1])
    return last, np.nan_to_num(first - last, nan=-np.inf)


def _form(results: Sequence[Array], depth: int) -> str:
    for result in results:
        if np.shape(result) != (depth,):
            return f"returned an array of shape {np.shape(result)}, expected (depth,) = ({depth},)"
        if not (np.isfinite(result).all() and (np.asarray(result) >= 0).all()):
            return "norms are finite and not negative; these are not"
    return ""


def _shape(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
    return _form(results, int(arguments[0]))


def _judge(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
    """Whether the sample of norms is one of the reference's."""
    depth, width, variance, activation, _ = arguments
    bad = _form(results, depth)
    if bad:
        return bad
    last, share = _logarithms([np.asarray(result, np.float64) for result in results])
    right_last, right_share = _sample(variance, activation)
    said = f"{activation}, {depth} layers of {width}, variance {variance:g}"
    if apart(last, right_last, TAIL):
        mine, right = (10 ** float(np.median(part)) for part in (last, right_last))
        return f"{said}: the last norm is {mine:.2g}, the median of {len(last)}; expected about {right:.2g}"
    if apart(share, right_share, TAIL):
        mine, right = (10 ** float(np.median(part)) for part in (share, right_share))
        return (
            f"{said}: the first layer's norm is {mine:.2g} times the last one's, in the median of {len(share)}; "
            f"expected about {right:.2g}"
        )
    return ""


def _repeated(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    return (
        "" if np.array_equal(results[0], results[1]) else "two calls with the same seed gave different norms"
    )


def _depends(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    return "another seed gave the very same norms" if np.array_equal(results[0], results[1]) else ""


def _network(activation: str, variance: float) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    return lambda rng: (DEPTH, WIDTH, variance, activation, int(rng.integers(SEEDS)))


_SOLUTION = """
def norms_by_depth(depth, width, variance, activation, seed):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, np.sqrt(variance), (width, width)) for _ in range(depth)]
    return gradient_norms(weights, rng.normal(size=width), rng.normal(size=width), activation)
"""

NORMS_BY_DEPTH = ExperimentExercise(
    id="norms_by_depth",
    title="Vanishing and exploding gradients, measured",
    text=r"""With a function that measures the gradients of one network, look at many. Draw networks at
random, of small and of large weights, and see what is left of the gradient when it arrives at the first
layer.

- `norms_by_depth(depth, width, variance, activation, seed)` draws a network of `depth` layers with `width`
  neurons each and returns the `depth` norms that your `gradient_norms` finds in it, the first layer first.
  Each weight comes from $N(0, \text{variance})$, the second number being the variance; each entry of the
  input and of $\partial L/\partial a^L$ comes from $N(0, 1)$; there are no biases. The same seed gives the
  same norms, another seed others.

Then try 8 layers of 20 neurons, with the variances 0.01, 0.1 and 4, for the three activations, and divide
the first norm by the last one. Before you look: from layer to layer the gradient is multiplied by weights
and by a slope. How large is the slope of a sigmoid at most, and for which of the three can it stay 1 all
the way?

It is judged by statistics of 60 networks of each kind; a right function is found fault with once in a
million times.
""",
    function="norms_by_depth",
    trials=(
        Trial("shape", "3 layers of 4", lambda rng: (3, 4, 0.5, "tanh", int(rng.integers(SEEDS))), 1, _shape),
        *(
            Trial(
                activation,
                f"{activation}, variance {variance:g}",
                _network(activation, variance),
                CALLS,
                _judge,
            )
            for activation, variance in NETWORKS
        ),
        Trial("repeatable", "one seed twice", lambda rng: (3, 4, 0.5, "tanh", 7), 2, _repeated),
        Trial(
            "repeatable",
            "another seed",
            lambda rng: (3, 4, 0.5, "tanh", int(rng.integers(SEEDS))),
            2,
            _depends,
        ),
    ),
    false_alarm=FALSE_ALARM,
    points={"shape": 1, "sigmoid": 1, "tanh": 1, "relu": 1, "repeatable": 1},
    topic="training",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: unstable gradients",
    difficulty=3,
    minutes=20,
    starter=one_call(
        "norms_by_depth",
        "depth, width, variance, activation, seed",
        "depth, width (whole numbers), variance (a number), activation (a text), seed -> norms (depth,).",
        "norms",
    ),
    solution=(NORMS_SOLUTION, _SOLUTION),
    hints={
        "shape": (
            "How many norms does a network of 3 layers have?",
            "One for each layer: the shape is (depth,).",
        ),
        "sigmoid": (
            "What standard deviation do weights of variance 0.01 have?",
            "If the last norm is right and the first is not, look at what happens between two layers.",
            "rng.normal takes the root of the variance; all weight arrays are (width, width).",
        ),
        "tanh": (
            "Does gradient_norms pass for tanh? Mend it first.",
            "Input and ∂L/∂a both have variance 1, whatever the weights have.",
            "rng.normal takes the root of the variance; all weight arrays are (width, width).",
        ),
        "relu": (
            "Does gradient_norms pass for the ReLU? Mend it first.",
            "Input and ∂L/∂a both have variance 1, and entries of both signs.",
            "rng.normal takes the root of the variance; all weight arrays are (width, width).",
        ),
        "repeatable": (
            "Call your function twice with seed 3. Which of your lines uses the seed?",
            "rng = np.random.default_rng(seed), made once, and every number from rng.",
        ),
    },
    conventions=("the second number of N(0, ·) is the variance", "the norms of ∂L/∂b^l, layer 1 first"),
)
