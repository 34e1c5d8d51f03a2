"""Exercise: the gradient of a random minibatch, and why it is right on average.

With 6 examples and batches of 2 there are 15 batches, whose gradients are 15 known vectors: which one was
drawn can be read off each result. What is left to chance is how often each example is drawn; by Hoeffding's
inequality its share of M batches is off by more than √(log(2·6/α)/(2M)) for any of the six with probability
below α.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from exercises.shared.said import alike
from exercises.shared.starters import one_call
from grader.exercise import ExperimentExercise, Trial
from reference.inputs import Array

FALSE_ALARM = 1e-6
X = np.array([[1.0, 2.0], [-1.5, 0.5], [0.5, -2.5], [2.0, 1.0], [-0.5, -1.0], [3.0, -0.5]])
Y = np.array([1.0, -2.0, 0.5, 3.0, -1.0, 2.0])
W = np.array([0.7, -0.4])
SIZE = 2
DRAWS = 1000
ROOM = math.sqrt(math.log(2 * len(Y) / (FALSE_ALARM / 2)) / (2 * DRAWS))
"""How far an example's share of the batches may be from SIZE/6: about 0.09."""
SEEDS = 1_000_000

EACH = (X @ W - Y)[:, None] * X
"""The gradient of each example's ½(x·w - y)²."""
BATCHES = {pair: EACH[list(pair)].mean(axis=0) for pair in combinations(range(len(Y)), SIZE)}


def batch_of(gradient: Array, scale: float = 1.0) -> tuple[int, ...] | None:
    """The examples whose mean gradient, times `scale`, this is."""
    return next((pair for pair, mean in BATCHES.items() if alike(gradient, scale * mean)), None)


def _arguments(size: int) -> Any:
    return lambda rng: (X.copy(), Y.copy(), W.copy(), size, int(rng.integers(SEEDS)))


def _gradient(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001 - the data are known
    for result in results:
        if result.shape != W.shape:
            return f"of shape {result.shape}, expected that of w, {W.shape}"
        if batch_of(result) is not None:
            continue
        shown = np.round(result, 4).tolist()
        if batch_of(result, SIZE) is not None:
            return f"{shown} is the sum over a batch of {SIZE}, not the mean, or the mean with a 2 too many"
        if batch_of(result, SIZE / len(Y)) is not None:
            return f"{shown} is the sum over a batch divided by all {len(Y)} examples, not by its {SIZE}"
        if alike(result, EACH.mean(axis=0)):
            return f"{shown} is the gradient of all {len(Y)} examples"
        if any(alike(result, one) for one in EACH):
            return f"{shown} is the gradient of one example: a batch of {SIZE} has {SIZE} different ones"
        if batch_of(result, -1.0) is not None:
            return f"{shown} has its sign the wrong way round"
        if batch_of(result, 2.0 * SIZE) is not None or batch_of(-result, 2.0) is not None:
            return f"{shown} is twice the gradient: the half cancels the 2"
        return f"{shown} is the mean gradient of no {SIZE} of the examples"
    return ""


def _whole(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    right = EACH.mean(axis=0)
    for result in results:
        if not any(alike(result, factor * right) for factor in (1.0, float(len(Y)))):
            for factor, said in ((-1.0, "the right one with the wrong sign"), (2.0, "twice the right one")):
                if alike(result, factor * right):
                    return f"the gradient of a batch of all {len(Y)} examples is {said}"
            return (
                f"a batch of all {len(Y)} examples gave {np.round(result, 4).tolist()}: is each in it once?"
            )
    return ""


def _unbiased(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    """Each example in a third of the batches; read from the results up to a constant factor, judged elsewhere."""
    scale = next((s for s in (1.0, SIZE, SIZE / len(Y), -1.0) if batch_of(results[0], s) is not None), None)
    drawn = [None if scale is None else batch_of(result, scale) for result in results]
    if any(batch is None for batch in drawn):
        return f"cannot be told before every result is the mean over {SIZE} different examples"
    for example in range(len(Y)):
        share = sum(example in batch for batch in drawn if batch) / len(drawn)
        if abs(share - SIZE / len(Y)) > ROOM:
            return (
                f"example {example} is in {share:.0%} of the batches, expected {SIZE / len(Y):.0%}: "
                "on average your gradient is not that of the whole"
            )
    return ""


def _same(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    return "" if np.array_equal(results[0], results[1]) else "the same seed gave two different gradients"


def _different(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:  # noqa: ARG001
    same = all(np.array_equal(results[0], other) for other in results[1:])
    return f"{len(results)} seeds gave the very same gradient" if same else ""


MINIBATCH_GRADIENT = ExperimentExercise(
    id="minibatch_gradient",
    title="Minibatches, and why they are right on average",
    text=r"""The loss of a linear model over $N$ examples, a mean, has a mean for its gradient:
$$L(w) = \frac1N \sum_{n=1}^N \tfrac12 (x_n \cdot w - y_n)^2, \qquad
  \frac{\partial L}{\partial w} = \frac1N \sum_{n=1}^N (x_n \cdot w - y_n)\,x_n.$$
With many examples that is a lot of work for one step. A minibatch takes $B$ of them at random and pretends
that they are all. Its gradient is off, differently each time, but not to one side: if every example is drawn
equally often, the mean over all possible minibatches is the gradient of the whole. Such an estimate is called
*unbiased*.

- `minibatch_gradient(X, y, w, size, seed)` takes `X` of shape `(N, D)`, `y` `(N,)`, `w` `(D,)`, the batch size
  $B$ and an integer seed. It returns the gradient, of shape `(D,)`, of the *mean* loss over `size` different
  examples, each as likely as any other to be among them. The same seed gives the same batch again.

With `size` equal to $N$ there is only one batch. What must come out then, whatever the seed?

It is judged by many batches; a right function is found fault with less than once in a million times.
""",
    function="minibatch_gradient",
    trials=(
        Trial("gradient", f"40 batches of {SIZE}", _arguments(SIZE), 40, _gradient),
        Trial("whole", f"batches of all {len(Y)}", _arguments(len(Y)), 5, _whole),
        Trial("unbiased", f"{DRAWS} batches of {SIZE}", _arguments(SIZE), DRAWS, _unbiased),
        Trial("seed", "one seed twice", lambda rng: (X.copy(), Y.copy(), W.copy(), SIZE, 3), 2, _same),
        Trial("seed", "30 seeds", _arguments(SIZE), 30, _different),
    ),
    false_alarm=FALSE_ALARM,
    points={"gradient": 2, "whole": 1, "unbiased": 2, "seed": 1},
    topic="training",
    lecture="Multi-layer perceptron",
    source="Multi-layer perceptron: stochastic gradient descent, minibatches; CSCI 5622, lecture 13: batch size",
    difficulty=3,
    minutes=15,
    starter=one_call(
        "minibatch_gradient",
        "X, y, w, size, seed",
        "X (N, D), y (N,), w (D,), size, seed -> the gradient (D,) of a random minibatch.",
        "grad",
    ),
    solution=(
        "def minibatch_gradient(X, y, w, size, seed):\n"
        "    batch = np.random.default_rng(seed).choice(len(y), size, replace=False)\n"
        "    return X[batch].T @ (X[batch] @ w - y[batch]) / size",
    ),
    hints={
        "gradient": (
            "Write the gradient of a single example first. What do you do with several?",
            "By which number is the sum divided: by the examples that there are, or by those in the batch?",
            "X[batch].T @ (X[batch] @ w - y[batch]) / len(batch).",
        ),
        "whole": (
            "Draw a batch of 6 out of 6 with your code and print the indices. Is each there once?",
            "A draw must not put an example back before the next one is drawn.",
            "rng.choice(N, size, replace=False), or the first `size` entries of rng.permutation(N).",
        ),
        "unbiased": (
            "Over a thousand batches, how often is the first example in one, and how often the last?",
            "Neighbours, the first ones, and a range that stops one short all leave some out too often.",
            "rng.permutation(N)[:size] treats all alike.",
        ),
        "seed": (
            "Call your function twice with seed 3, then with seed 4. What comes out?",
            "rng = np.random.default_rng(seed), inside the function.",
        ),
    },
    conventions=("mean over the batch, half squared error", "drawn without putting back"),
)
