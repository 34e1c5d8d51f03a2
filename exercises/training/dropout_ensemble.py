"""Exercise: dropout as an ensemble of all thinned networks, counted out for one neuron."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from exercises.shared.fault import fault
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.inputs import Array

NODES = ("linear", "mean", "geometric")


def ensemble(
    x: Array, w: Array, p: float, *, scaled: bool = True, weighted: bool = True, keep: bool = True
) -> tuple[float, float, float]:
    """The three means over all masks; without 1/p, with all masks alike, or with p as the chance of dropping."""
    linear = mean = log_on = log_off = 0.0
    chance = p if keep else 1 - p
    for mask in itertools.product((0, 1), repeat=x.size):
        kept = sum(mask)
        share = chance**kept * (1 - chance) ** (x.size - kept) if weighted else 0.5**x.size
        z = float(np.dot(w, x * mask)) / (p if scaled else 1.0)
        on = 1 / (1 + math.exp(-z))
        linear += share * z
        mean += share * on
        log_on += share * math.log(on)
        log_off += share * math.log(1 - on)
    return linear, mean, 1 / (1 + math.exp(log_off - log_on))


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """`size` inputs and weights whose products are of some size, and p in tenths, other than a half."""
    x, w = (rng.choice((-1.0, 1.0), size) * rng.integers(5, 16, size) / 10 for _ in "xw")
    return x, w, float(rng.choice((0.3, 0.4, 0.6, 0.7, 0.8)))


def judge(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Each of the three numbers by itself."""
    x, w, p = arguments
    several = isinstance(returned, (tuple, list)) or (isinstance(returned, np.ndarray) and returned.ndim > 0)
    if not several or len(returned) != 3:
        return [(node, "must return three numbers") for node in NODES]
    right = ensemble(x, w, p)
    mistakes = {
        "the division by p is missing": ensemble(x, w, p, scaled=False),
        "all masks were counted alike, whatever their probability": ensemble(x, w, p, weighted=False),
        "p was taken for the probability of dropping": ensemble(x, w, p, keep=False),
    }
    found = []
    for place, node in enumerate(NODES):
        others = {title: numbers[place] for title, numbers in mistakes.items()}
        if node == "geometric":
            others["this is the mean of σ(z), not the geometric one"] = right[1]
        said = fault(node, returned[place], right[place], others)
        if said:
            found.append((node, said))
    return found


_SOLUTION = """
import itertools

import numpy as np


def dropout_ensemble(x, w, p):
    linear = mean = log_on = log_off = 0.0
    for mask in itertools.product((0, 1), repeat=len(x)):
        kept = sum(mask)
        share = p**kept * (1 - p) ** (len(x) - kept)
        z = np.sum(w * x * np.array(mask)) / p
        on = 1 / (1 + np.exp(-z))
        linear += share * z
        mean += share * on
        # The logarithm of a product of powers is a weighted sum of logarithms.
        log_on += share * np.log(on)
        log_off += share * np.log(1 - on)
    return linear, mean, np.exp(log_on) / (np.exp(log_on) + np.exp(log_off))
"""

DROPOUT_ENSEMBLE = AlgorithmExercise(
    id="dropout_ensemble",
    title="Dropout as an ensemble",
    text=r"""A network with $n$ inputs that may be dropped is $2^n$ networks in one, since every mask
leaves another one over. Training with dropout trains them all, with shared weights; testing without dropout
is meant to stand for their common opinion. For one neuron this can be counted out. With inputs $x$, weights
$w$ and a mask $m$ of zeros and ones,
$$z_m = \sum_i w_i\, x_i\, \frac{m_i}{p}, \qquad a_m = \sigma(z_m), \qquad P(m) = p^k (1 - p)^{n - k},$$
where $k$ is the number of ones in $m$, and $p$ the probability of keeping an input.

- `dropout_ensemble(x, w, p)`, with `x` and `w` of shape `(n,)`, returns three numbers, each over all $2^n$
  masks: the mean $\sum_m P(m)\, z_m$; the mean $\sum_m P(m)\, a_m$; and the geometric mean
  $g / (g + \bar g)$, with $g = \prod_m a_m^{P(m)}$ and $\bar g = \prod_m (1 - a_m)^{P(m)}$.

`itertools.product((0, 1), repeat=n)` goes through all masks; $n$ is 8 at most. Then compare your three
numbers with $w \cdot x$ and $\sigma(w \cdot x)$, which is what the neuron says without dropout. Which of
the means does it meet exactly, and which only nearly?
""",
    function="dropout_ensemble",
    draw=_draw,
    judge=judge,
    sizes=(1, 2, 3, 4, 5, 6, 8),
    points={"linear": 1, "mean": 1, "geometric": 2},
    topic="training",
    lecture="How to train a multi-layer network",
    source="Srivastava et al. 2014, Dropout; Baldi and Sadowski 2013, Understanding dropout",
    difficulty=3,
    minutes=25,
    starter=one_call(
        "dropout_ensemble",
        "x, w, p",
        "x (n,), w (n,), p (a number) -> the mean of z, the mean of a, the geometric mean of a.",
        "linear, mean, geometric",
    ),
    solution=(_SOLUTION,),
    hints={
        "linear": (
            "With one input there are two masks. What is z for each of them, and how probable is each?",
            "The probabilities of all masks add up to 1. Do yours?",
            "Add P(m) times z over all masks, with p to the power of the ones and 1 - p to that of the zeros.",
        ),
        "mean": (
            "Is σ taken of each z, or of their mean?",
            "σ first, for every mask; then the mean with the same probabilities as before.",
            "Add P(m) times σ(z) over all masks.",
        ),
        "geometric": (
            "What becomes of a product of powers if you take its logarithm?",
            "log g is the sum of P(m) log a. There is another such sum for 1 - a.",
            "Add up both sums of logarithms, take exp of each, and divide g by the sum of the two.",
        ),
    },
    conventions=(
        "p is the probability of keeping an input",
        "inverted dropout: kept inputs are divided by p",
    ),
)
