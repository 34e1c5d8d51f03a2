"""Exercise: dropout in CS231n's form, compared with numbers where chance has no say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from exercises.shared.drawing import shaped
from exercises.shared.predictions import mistake
from exercises.shared.starters import pair
from grader.exercise import Case, LayerExercise, Situation
from grader.exercise.cases import Draw
from reference.dropout_certain import DROPOUT_CERTAIN, DROPOUT_DROPPING, NEVER
from reference.gates import IDENTITY
from reference.inputs import Array


def _with(shape: tuple[int, ...], mode: str, p: float, **more: Any) -> Draw:
    plain = shaped(IDENTITY, shape)
    return lambda rng: (*plain(rng), {"mode": mode, "p": p, **more})


def _p(s: Situation) -> float:
    return float(s["dropout_param"]["p"])


def _testing(s: Situation) -> bool:
    return bool(s["dropout_param"]["mode"] == "test")


def _in_testing(name: str, factor: Callable[[float], float]) -> Callable[[Situation], Array]:
    """The right numbers, but in testing scaled by a factor of p."""
    return lambda s: np.asarray(s[name], np.float64) * (factor(_p(s)) if _testing(s) else 1.0)


def _unmasked(s: Situation) -> Array:
    return np.asarray(s["dout"], np.float64)


def _reversed(s: Situation) -> Array:
    if _testing(s):
        return _unmasked(s)
    return _unmasked(s) * (0.0 if _p(s) == 1 else 1 / _p(s))


DROPOUT_STARTER = pair(
    "dropout_forward",
    "x, dropout_param",
    "x (any shape), dropout_param {mode, p, seed} -> out (the shape of x), cache.",
    "dropout_backward",
    "dx",
    "dout (the shape of x) -> dx (the same shape).",
)

DROPOUT_CONVENTIONS = (
    "p is the probability of keeping an entry",
    "inverted dropout: kept entries are divided by p in training, and nothing is done in testing",
)

DROPOUT_SOLUTION = """
import numpy as np


def dropout_forward(x, dropout_param):
    mode, p = dropout_param["mode"], dropout_param["p"]
    if mode == "test":
        return x.copy(), (mode, None)
    rng = np.random.default_rng(dropout_param.get("seed"))
    # Scaled at once, so that forward and backward share the factor as well as the mask.
    mask = ((rng.random(x.shape) < p) / p).astype(x.dtype)
    return x * mask, (mode, mask)


def dropout_backward(dout, cache):
    mode, mask = cache
    return dout.copy() if mode == "test" else dout * mask
"""
"""The reference's own rule checks its arguments by a layer, which a solution cannot take along."""


def _cases(*, everything: float, nothing: float) -> tuple[Case, ...]:
    """`everything` and `nothing` are the p at which all entries are kept, and none."""
    return (
        Case("testing", _with((3, 4), "test", 0.4, seed=7), basic=True),
        Case("testing, a block", _with((2, 3, 2), "test", 0.75)),
        Case("testing, another p", _with((5,), "test", 0.2, seed=1)),
        Case("training, everything kept", _with((2, 4), "train", everything, seed=12)),
        Case("training, nothing kept", _with((3, 2), "train", nothing, seed=5)),
        Case("training, nothing kept, a block", _with((2, 1, 3), "train", nothing, seed=2)),
        Case("float32", _with((3, 4), "test", 0.4, seed=7), float32=True),
    )


DROPPING_CONVENTIONS = (
    "inverted dropout: kept entries are divided by 1 - p in training, and nothing is done in testing",
    "p is the probability of dropping an entry",
)


def by_dropping(exercise: LayerExercise) -> LayerExercise:
    """The exercise where p is the probability of dropping."""
    return replace(
        exercise,
        layer=DROPOUT_DROPPING,
        cases=_cases(everything=0.0, nothing=1 - NEVER),
        small=(*exercise.small[:2], _with((2,), "train", 1 - NEVER, seed=1)),
        conventions=DROPPING_CONVENTIONS,
    )


DROPOUT_EXERCISE = LayerExercise(
    id="dropout",
    title="Dropout",
    text=r"""In training, dropout sets entries to 0 at random, so that no neuron can rely on a particular
other one. Each entry is kept with probability $p$, independently of the others. What is kept is divided by
$p$:
$$\text{training:}\quad \text{out} = x \odot \frac{m}{p}, \quad
m_i = \begin{cases} 1 & \text{with probability } p\\ 0 & \text{else,} \end{cases} \qquad\qquad
\text{testing:}\quad \text{out} = x.$$
Because of the division the mean over all masks is $x$ itself, and in testing nothing has to be done.

- `dropout_forward(x, dropout_param)` returns `out, cache`. `dropout_param` is a dictionary: `"mode"` is
  `"train"` or `"test"`, `"p"` is the probability of *keeping*, and `"seed"`, where it is there, makes the
  mask the same each time.
- `dropout_backward(dout, cache)` returns `dx`, of the shape of `x`, for the mode and for the very mask that
  the forward pass used.

Here both functions are looked at where chance has no say: in testing, with $p = 1$, and with a $p$ so small
that nothing is kept. What they do with many masks is an experiment of its own. Begin with the backward
pass: if an entry was dropped, what happens to the output when it moves?
""",
    layer=DROPOUT_CERTAIN,
    forward="dropout_forward",
    backward="dropout_backward",
    cases=_cases(everything=1.0, nothing=NEVER),
    small=(_with((1,), "test", 0.5), _with((2,), "test", 0.5), _with((2,), "train", NEVER, seed=1)),
    points={"out": 1, "dx": 1},
    topic="training",
    lecture="How to train a multi-layer network",
    source="Srivastava et al. 2014, Dropout; CS231n, assignment 2",
    difficulty=2,
    minutes=15,
    starter=DROPOUT_STARTER,
    solution=(DROPOUT_SOLUTION,),
    hints={
        "out": (
            "What comes out in testing, with p = 0.4? And in training with p = 1?",
            "The mode decides. In training, where does the division by p belong: to training, or to testing?",
            "In testing out is x. In training it is x times the mask, divided by p.",
        ),
        "dx": (
            "By how much does the output move with an entry that was dropped, and with one that was kept?",
            "The backward pass needs the mask of the forward pass. Where can it be kept? And which mode was it?",
            "dout times the mask of the cache, divided by p in training; dout itself in testing.",
        ),
    },
    misconceptions=(
        mistake(
            "scaled-in-testing",
            "multiplied by p in testing, where inverted dropout does nothing",
            "out",
            _in_testing("out", lambda p: p),
        ),
        mistake(
            "divided-in-testing",
            "divided by p in testing, where inverted dropout does nothing",
            "out",
            _in_testing("out", lambda p: 1 / p),
        ),
        mistake(
            "scaled-in-testing",
            "multiplied by p in testing, where nothing was scaled",
            "dx",
            _in_testing("dx", lambda p: p),
        ),
        mistake(
            "divided-in-testing",
            "divided by p in testing, where nothing was scaled",
            "dx",
            _in_testing("dx", lambda p: 1 / p),
        ),
        mistake(
            "zero-in-testing",
            "0 in testing, where nothing was dropped",
            "dx",
            _in_testing("dx", lambda p: 0.0),
        ),
        mistake("mask-reversed", "the upstream, divided by p, where entries were dropped", "dx", _reversed),
        mistake("mask-missing", "the upstream as it came, also where entries were dropped", "dx", _unmasked),
    ),
    conventions=DROPOUT_CONVENTIONS,
    others={"drop": by_dropping},
)
