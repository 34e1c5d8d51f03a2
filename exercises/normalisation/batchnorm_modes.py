"""Exercises: what batch normalisation remembers in training, and what it does with it in testing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from exercises.shared.fault import fault
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.batchnorm import batchnorm_forward
from reference.inputs import Array

EPS = 1e-3
"""Large enough to be noticed."""


def _scaled(x: Array, mean: Array, deviation: Array, gamma: Array, beta: Array) -> Array:
    return np.asarray(gamma * (x - mean) / deviation + beta)


def _parameters(rng: np.random.Generator, columns: int) -> tuple[Array, Array]:
    gamma = rng.choice((-1.0, 1.0), columns) * rng.integers(3, 31, columns) / 10
    return gamma, rng.integers(-30, 31, columns) / 10


def _draw_test(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """`size` examples, and running averages of a training that is over."""
    columns = 1 + size % 4
    gamma, beta = _parameters(rng, columns)
    options = {
        "mode": "test",
        "eps": EPS,
        "momentum": 0.9,
        "running_mean": rng.integers(-20, 21, columns) / 10,
        "running_var": rng.integers(2, 41, columns) / 10,
    }
    return rng.integers(-50, 51, (size, columns)) / 10, gamma, beta, options


def judge_test(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Whether the first of the two things returned is the output in testing."""
    x, gamma, beta, options = arguments
    if not isinstance(returned, tuple) or len(returned) != 2:
        return [("out", "must return out and cache, two things, in testing too")]
    mean, variance = options["running_mean"], options["running_var"]
    root = np.sqrt(variance + EPS)
    said = fault(
        "out",
        returned[0],
        _scaled(x, mean, root, gamma, beta),
        {
            "the batch's own mean and variance were used": _scaled(
                x, x.mean(axis=0), np.sqrt(x.var(axis=0) + EPS), gamma, beta
            ),
            "eps is missing": _scaled(x, mean, np.sqrt(variance), gamma, beta),
            "eps was added beside the root": _scaled(x, mean, np.sqrt(variance) + EPS, gamma, beta),
            "it is divided by the variance, not by its root": _scaled(x, mean, variance + EPS, gamma, beta),
            "gamma and beta are missing": (x - mean) / root,
        },
    )
    return [("out", said)] if said else []


BATCHNORM_TEST_MODE = AlgorithmExercise(
    id="batchnorm_test_mode",
    title="Batch normalisation in testing",
    text=r"""In training, the mean and the variance of a batch decide what becomes of an example, so its
output depends on its neighbours. In testing that must not be: an example may come alone, and its output
should not depend on who else was asked about. So running averages are kept in training, and in testing they
take the place of the batch's own mean and variance:
$$\text{out}_{nd} = \gamma_d\, \frac{x_{nd} - m_d}{\sqrt{r_d + \varepsilon}} + \beta_d,$$
with $m$ = `bn_param["running_mean"]` and $r$ = `bn_param["running_var"]`, both of shape `(D,)`.

- `batchnorm_forward(x, gamma, beta, bn_param)`, with `bn_param["mode"]` being `"test"`, returns
  `out, cache`, with `out` of the shape of `x`, `(N, D)`. The cache may be None: nobody trains here.

This is the second mode of the function that you have for training; `bn_param["eps"]` is $\varepsilon$. The
running averages stay as they are. Begin with a batch of one example: what would its own variance be?
""",
    function="batchnorm_forward",
    draw=_draw_test,
    judge=judge_test,
    sizes=(1, 2, 3, 5, 8),
    points={"out": 2},
    topic="normalisation",
    lecture="CS231n, lecture 4",
    source="Ioffe and Szegedy 2015, algorithm 2; CS231n, assignment 2",
    difficulty=2,
    minutes=10,
    starter=one_call(
        "batchnorm_forward",
        "x, gamma, beta, bn_param",
        "x (N, D), gamma (D,), beta (D,), bn_param {mode, eps, running_mean, running_var} -> out (N, D), cache.",
        "out, cache",
    ),
    solution=(batchnorm_forward,),
    hints={
        "out": (
            "Which of the numbers in your formula may depend on the other examples of the batch?",
            "Look into bn_param: what is there that was computed before?",
            "The formula of training, with running_mean for the mean and running_var for the variance.",
        ),
    },
    conventions=(
        "in testing the running averages are used and stay as they are",
        "eps is added to the variance, under the root",
    ),
)


def _draw_run(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """`size` batches of different lengths, the examples of a test, gamma, beta, momentum."""
    columns = 1 if size <= 2 else 2 + size % 3
    batches = [
        (rng.integers(-50, 51, (3 + place % 3, columns)) + 10 * rng.integers(-2, 3, columns)) / 10
        for place in range(size)
    ]
    momentum = float(rng.choice((0.7, 0.8, 0.9)))
    return batches, rng.integers(-50, 51, (2, columns)) / 10, *_parameters(rng, columns), momentum


def _run(
    batches: list[Array], momentum: float, *, keep: float = 1.0, fewer: int = 0, start: float = 0.0
) -> Mapping[str, Array]:
    """The running averages after all batches; with the parts swapped, another divisor, another start."""
    columns = batches[0].shape[1]
    mean, variance = np.zeros(columns), np.full(columns, start)
    old = momentum if keep else 1 - momentum
    for batch in batches:
        mean = old * mean + (1 - old) * batch.mean(axis=0)
        variance = old * variance + (1 - old) * batch.var(axis=0, ddof=fewer)
    return {"mean": mean, "variance": variance}


def judge_run(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Whether the test's output follows from the running averages of all batches, in their order."""
    batches, x, gamma, beta, momentum = arguments

    def out(run: Mapping[str, Array]) -> Array:
        return _scaled(x, run["mean"], np.sqrt(run["variance"] + EPS), gamma, beta)

    last = batches[-1]
    said = fault(
        "out",
        returned,
        out(_run(batches, momentum)),
        {
            "momentum and 1 - momentum are swapped": out(_run(batches, momentum, keep=0)),
            "the variance was divided by N - 1": out(_run(batches, momentum, fewer=1)),
            "the running variance began at 1, not at 0": out(_run(batches, momentum, start=1.0)),
            "only the last batch was remembered": out(_run(batches[-1:], momentum)),
            "mean and variance of the last batch were used as they are": out(
                {"mean": last.mean(axis=0), "variance": last.var(axis=0)}
            ),
            "the test's own mean and variance were used": out(
                {"mean": x.mean(axis=0), "variance": x.var(axis=0)}
            ),
        },
    )
    return [("one batch" if len(batches) == 1 else "several batches", said)] if said else []


_RUN = """
def batchnorm_run(batches, x, gamma, beta, momentum):
    bn_param = {"mode": "train", "eps": 1e-3, "momentum": momentum}
    for batch in batches:
        batchnorm_forward(batch, gamma, beta, bn_param)
    out, _ = batchnorm_forward(x, gamma, beta, {**bn_param, "mode": "test"})
    return out
"""

BATCHNORM_RUNNING = AlgorithmExercise(
    id="batchnorm_running",
    title="What batch normalisation remembers",
    text=r"""After each batch of training, `batchnorm_forward` writes into `bn_param` what testing will
need. With $\mu$ and $v$ the mean and the variance of the batch (divided by $N$), and $\alpha$ =
`bn_param["momentum"]`,
$$m \leftarrow \alpha\, m + (1 - \alpha)\, \mu, \qquad r \leftarrow \alpha\, r + (1 - \alpha)\, v,$$
under the keys `"running_mean"` and `"running_var"`, which are zeros of shape `(D,)` where they are missing.
The dictionary is handed in again with the next batch, so that the averages live on in it.

- `batchnorm_run(batches, x, gamma, beta, momentum)` lets your `batchnorm_forward` see a whole training and
  then a test. It makes one `bn_param` with this momentum and `"eps"` of `1e-3`, calls `batchnorm_forward`
  in mode `"train"` with each array of the list `batches`, in order, then once in mode `"test"` with `x`,
  and returns the `out` of that last call.

First let your `batchnorm_forward` write the averages. Then follow one batch by hand: with momentum 0.9,
what does the running mean of a column become whose mean is 2?
""",
    function="batchnorm_run",
    draw=_draw_run,
    judge=judge_run,
    sizes=(1, 2, 3, 5, 8),
    points={"one batch": 1, "several batches": 2},
    topic="normalisation",
    lecture="CS231n, lecture 4",
    source="CS231n, assignment 2: running averages",
    difficulty=2,
    minutes=15,
    starter=one_call(
        "batchnorm_run",
        "batches, x, gamma, beta, momentum",
        "batches: arrays (N, D), x (M, D), gamma, beta (D,), momentum -> out (M, D) of the test.",
        "out",
    ),
    solution=(batchnorm_forward, _RUN),
    hints={
        "one batch": (
            "After one batch whose column has mean 2, with momentum 0.9: is the running mean 1.8 or 0.2?",
            "Momentum is the part of the old value that stays. Where do the averages begin?",
            "running = momentum times the old one, plus (1 - momentum) times the batch's, written into bn_param.",
        ),
        "several batches": (
            "Print bn_param after every batch. Does the next one begin where the last one ended?",
            "If the averages of the last batch alone come out, bn_param was made anew or never written to.",
            "One dictionary for the whole run; only its mode changes before the test.",
        ),
    },
    conventions=(
        "running = momentum · running + (1 - momentum) · batch, from zeros",
        "the batch's variance divides by N",
    ),
)
