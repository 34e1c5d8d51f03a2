"""Exercise: dropout over many masks, judged by what holds for every right one, whatever its generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from exercises.training.dropout import (
    DROPOUT_CONVENTIONS,
    DROPOUT_SOLUTION,
    DROPOUT_STARTER,
    DROPPING_CONVENTIONS,
)
from grader.exercise import ExperimentExercise, Trial
from reference.inputs import Array

FALSE_ALARM = 1e-6
TAIL = math.log(2 * 10 / FALSE_ALARM)
"""At most ten two-sided bounds, each failed by a right function with probability at most 2e⁻ᵗ (Hoeffding 1963)."""
SIDE = 120
PROBABILITIES = (0.3, 0.8)
SEEDS = 1_000_000


def _both(results: Sequence[Array], arguments: tuple[Any, ...], place: int = 0) -> tuple[Array, Array] | str:
    """out and dx of a call, or what is wrong with their form."""
    x = np.asarray(arguments[0])
    got = np.asarray(results[place], np.float64)
    if got.shape != (2, *x.shape):
        return f"out and dx together are of shape {got.shape}, expected {(2, *x.shape)}"
    if not np.isfinite(got).all():
        return "out or dx holds numbers that are not finite"
    return got[0], got[1]


def _mask(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
    """Whether each entry is 0 or one and the same multiple of x, kept with probability p, by itself."""
    pair_ = _both(results, arguments)
    if isinstance(pair_, str):
        return pair_
    ratio = pair_[0] / np.asarray(arguments[0])
    p = float(arguments[1]["p"])
    kept = ratio != 0
    if not kept.any():
        return f"every entry of out is 0, with p = {p:g}"
    scale = ratio[kept][0]
    if np.abs(ratio[kept] - scale).max() > 1e-6 * abs(scale):
        return "the entries of out that are not 0 are no common multiple of those of x"
    share, room = float(kept.mean()), math.sqrt(TAIL / (2 * kept.size))
    if abs(share - p) > room:
        swapped = "; did you drop with probability p?" if abs(share - (1 - p)) <= room else ""
        return f"{share:.1%} of the entries were kept, with p = {p:g}{swapped}"
    apart = kept - p
    # Products of neighbours, every second one of which is independent: beyond 0.05 with probability below 1e-14.
    for one, other in ((apart[1:], apart[:-1]), (apart[:, 1:], apart[:, :-1])):
        if abs(float((one * other).mean())) > 0.1 * p * (1 - p) + 0.05:
            return "neighbouring entries are kept and dropped together: each is to be drawn by itself"
    return ""


def _expectation(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
    """Whether what is kept is 1/p times x, so that the mean over masks is x."""
    pair_ = _both(results, arguments)
    if isinstance(pair_, str):
        return pair_
    ratio, p = pair_[0] / np.asarray(arguments[0]), float(arguments[1]["p"])
    if not (ratio != 0).any():
        return f"every entry of out is 0, with p = {p:g}"
    scale = float(ratio[ratio != 0].mean())
    if abs(scale - 1 / p) <= 1e-6 / p:
        return ""
    factors = {"1/(1 - p)": 1 / (1 - p), "p": p}
    named = [name for name, value in factors.items() if abs(scale - value) <= 1e-6 * value]
    which = f", that is {named[0]}" if named else ""
    mean = float(ratio.mean())
    return f"with p = {p:g}, kept entries are {scale:.4g} times x{which}; so the mean of out is {mean:.2g} times x"


def _backward(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
    """Whether dx is dout times what out is of x: the same mask and the same scale."""
    pair_ = _both(results, arguments)
    if isinstance(pair_, str):
        return pair_
    x, _, dout = arguments
    ratio, back = pair_[0] / np.asarray(x), pair_[1] / np.asarray(dout)
    if np.abs(back - ratio).max() <= 1e-6 * max(1.0, np.abs(ratio).max()):
        return ""
    astray = int(((back != 0) != (ratio != 0)).sum())
    if not astray:
        return "dx has the mask of the forward pass, but another scale"
    if (back != 0).all():
        return "dx is not 0 where the entry was dropped"
    return f"dx is 0 at other places than out ({astray} of {back.size}): is a new mask drawn on the way back?"


def _repeated(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
    first, second = _both(results, arguments), _both(results, arguments, 1)
    if isinstance(first, str) or isinstance(second, str):
        return first if isinstance(first, str) else str(second)
    return "" if np.array_equal(first[0], second[0]) else "two calls with the same seed dropped other entries"


def _anew(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
    first, second = _both(results, arguments), _both(results, arguments, 1)
    if isinstance(first, str) or isinstance(second, str):
        return first if isinstance(first, str) else str(second)
    return "two calls without a seed dropped the same entries" if np.array_equal(first[0], second[0]) else ""


def _call(side: int, p: float, *, seed: int | None = -1) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    """x and dout without zeros, between them the options of training; a seed of -1 is drawn, None is left out."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x, dout = (
            rng.choice((-1.0, 1.0), (side, side)) * rng.integers(20, 301, (side, side)) / 100 for _ in "xd"
        )
        options: dict[str, Any] = {"mode": "train", "p": p}
        if seed is not None:
            options["seed"] = int(rng.integers(SEEDS)) if seed < 0 else seed
        return x, options, dout

    return draw


def _same_twice(seed: int | None) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    """The same arguments whatever the generator, so that only the seed decides."""
    return lambda rng: _call(30, 0.5, seed=seed)(np.random.default_rng(5))


def _trials() -> tuple[Trial, ...]:
    judges = {"mask": _mask, "expectation": _expectation, "dx": _backward}
    return (
        *(
            Trial(node, f"p = {p:g}", _call(SIDE, p), 1, judge)
            for node, judge in judges.items()
            for p in PROBABILITIES
        ),
        Trial("seed", "one seed twice", _same_twice(11), 2, _repeated),
        Trial("seed", "no seed, twice", _same_twice(None), 2, _anew),
    )


def _by_dropping(trial: Trial) -> Trial:
    def judge(arguments: tuple[Any, ...], results: Sequence[Array]) -> str:
        x, options, dout = arguments
        said = trial.judge((x, {**options, "p": 1 - options["p"]}, dout), results)
        return said.replace("with p = ", "with 1 - p = ")

    return replace(trial, judge=judge)


def by_dropping(exercise: ExperimentExercise) -> ExperimentExercise:
    """The exercise where p is the probability of dropping: what is looked for is what 1 - p would ask for."""
    trials = tuple(_by_dropping(trial) for trial in exercise.trials)
    return replace(exercise, trials=trials, conventions=DROPPING_CONVENTIONS)


DROPOUT_TRIAL = ExperimentExercise(
    id="dropout_trial",
    title="Dropout over many masks",
    text=r"""Now chance comes in. Your two functions of the exercise on dropout are called with masks of thousands
of entries, once forward and once back with the cache of that call:

- `dropout_forward(x, dropout_param)` returns `out, cache`, with `dropout_param` as before: `"mode"`, `"p"`
  (the probability of *keeping*) and perhaps `"seed"`.
- `dropout_backward(dout, cache)` returns `dx`, of the shape of `x`.

What is looked for, in mode `"train"`:

1. **mask**: each entry is kept with probability `p`, by itself, and all that are kept have the same scale;
2. **expectation**: over all masks the mean of `out` is `x`. Which scale does that ask for?
3. **dx**: the way back uses the mask of the way forward, with its scale;
4. **seed**: with the same `"seed"` the mask is the same, and without one it is another each time.

Try it yourself first: for an `x` of ones, of shape `(1000, 1000)`, what are `np.mean(out)` and
`np.mean(out == 0)` with `p` of 0.3?

It is judged by statistics; a right function is found fault with once in a million times.
""",
    function="dropout_forward",
    backward="dropout_backward",
    trials=_trials(),
    false_alarm=FALSE_ALARM,
    points={"mask": 1, "expectation": 1, "dx": 2, "seed": 1},
    topic="training",
    lecture="How to train a multi-layer network",
    source="Srivastava et al. 2014, Dropout; CS231n, assignment 2",
    difficulty=2,
    minutes=15,
    starter=DROPOUT_STARTER,
    solution=(DROPOUT_SOLUTION,),
    hints={
        "mask": (
            "For an x of ones, how many entries of out are 0? Is it the share p, or 1 - p?",
            "Uniform numbers between 0 and 1 lie below p with probability p. Is there one for each entry of x?",
            "Draw an array of uniform numbers of the shape of x and keep an entry where its number is below p.",
        ),
        "expectation": (
            "If 3 of 10 ones are kept as they are, what is the mean? What should it be?",
            "An entry survives with probability p. By what has it to be multiplied for the mean to stay x?",
            "Divide what is kept by p.",
        ),
        "dx": (
            "By how much does out move with an entry that was dropped?",
            "The mask on the way back is that of the way forward: is it in your cache, or drawn again?",
            "dout times the cached mask, divided by p if the mask is not divided already.",
        ),
        "seed": (
            "Call dropout_forward twice with seed 3 and twice without a seed. What should be the same?",
            'dropout_param may have no "seed": what does your code do then?',
            "Use the seed if it is there (dropout_param.get), and draw the mask from that generator.",
        ),
    },
    conventions=DROPOUT_CONVENTIONS,
    others={"drop": by_dropping},
)
