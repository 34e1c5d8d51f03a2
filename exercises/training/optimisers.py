"""Exercises: SGD, momentum, RMSProp and Adam in CS231n's signature."""

from __future__ import annotations

from typing import Any

from exercises.training import worked
from exercises.training.update_rules import SHAPES, UpdateRule, numbers_of, starter
from exercises.training.update_slips import adam_slips, momentum_slips, plain_slips, rms_slips
from grader.exercise import AlgorithmExercise
from reference.inputs import Array
from reference.optimizers import adam, rmsprop, sgd, sgd_momentum

_COMMON = r"""
An optimiser that remembers something between steps needs a place for it: it comes in with `config`, a dictionary of
settings and state, and goes out with the one that you return. What `config` lacks has a default, named above;
`config` may also be `None`. `config.setdefault(name, default)` fills in what is not there.
"""


def _state(size: int, *, positive: bool = False) -> Array:
    return numbers_of(20 + size + 10 * positive, SHAPES[size], positive=positive)


SGD_RULE = UpdateRule(
    sgd,
    {1: {"learning_rate": 0.1}, 2: {"learning_rate": 0.05}, 3: None, 4: {"learning_rate": 0.5}},
    (),
    plain_slips,
)
MOMENTUM_RULE = UpdateRule(
    sgd_momentum,
    {
        1: {"learning_rate": 0.1, "momentum": 0.5, "velocity": _state(1)},
        2: {"learning_rate": 0.2, "velocity": _state(2)},
        3: {"learning_rate": 0.1},
        4: None,
    },
    ("velocity",),
    momentum_slips,
)
RMSPROP_RULE = UpdateRule(
    rmsprop,
    {
        1: {"learning_rate": 0.1, "decay_rate": 0.5, "epsilon": 0.01, "cache": _state(1, positive=True)},
        2: {"learning_rate": 0.2, "decay_rate": 0.9, "cache": _state(2, positive=True)},
        3: {"learning_rate": 0.1},
        4: None,
    },
    ("cache",),
    rms_slips,
)
ADAM_RULE = UpdateRule(
    adam,
    {
        1: {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.8, "epsilon": 0.01,
            "m": _state(1), "v": _state(1, positive=True), "t": 2},
        2: {"learning_rate": 0.2, "m": _state(2), "v": _state(2, positive=True), "t": 5},
        3: {"learning_rate": 0.1},
        4: None,
    },
    ("m", "v", "t"),
    adam_slips,
)  # fmt: skip


def _exercise(rule: UpdateRule, function: str, **more: Any) -> AlgorithmExercise:
    return AlgorithmExercise(
        id=function,
        function=function,
        draw=rule.draw,
        judge=rule.judge,
        sizes=rule.sizes,
        helpers=rule.helpers,
        worked=getattr(worked, function.removeprefix("sgd_").upper()),
        reads=rule.reads,
        topic="optimisers",
        solution=(rule.update,),
        **more,
    )


_ARGUMENTS = "`w` and `dw` are arrays of one shape"

SGD = _exercise(
    SGD_RULE,
    "sgd",
    title="SGD as an update rule",
    text=r"""The plain step, $w \leftarrow w - \eta\,dw$, in the form in which optimisers are exchanged for one
another:

- `sgd(w, dw, config)` returns `next_w, config`. """
    + _ARGUMENTS
    + r""", and $\eta$ is `config["learning_rate"]`, by default 0.01.
"""
    + _COMMON,
    points={"next_w": 2, "config": 1},
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: the SGD update; CS231n, assignment 2",
    difficulty=1,
    minutes=5,
    starter=starter("sgd", "w, dw (...), config -> next_w (...), config."),
    hints={
        "next_w": (
            "Which way is downhill if dw is positive?",
            "The learning rate is in config, if it was given, and 0.01 otherwise.",
            "w - config['learning_rate'] * dw.",
        ),
        "config": (
            "What does the next step need to be given?",
            "Return the settings that you used, defaults too.",
        ),
    },
    conventions=("learning_rate 0.01 unless given",),
)

SGD_MOMENTUM = _exercise(
    MOMENTUM_RULE,
    "sgd_momentum",
    title="Momentum",
    text=r"""A ball that rolls downhill keeps some of its velocity. The gradient changes the velocity $v$, and
the velocity moves the weights:
$$v \leftarrow \mu\,v - \eta\,dw, \qquad w \leftarrow w + v.$$

- `sgd_momentum(w, dw, config)` returns `next_w, config`. """
    + _ARGUMENTS
    + r"""; $\eta$ is `config["learning_rate"]` (0.01), $\mu$ is `config["momentum"]` (0.9), and $v$ is
  `config["velocity"]` (zeros, in the shape of `w`). The configuration returned holds the new velocity.
"""
    + _COMMON,
    points={"next_w": 2, "velocity": 1},
    lecture="How to train a multi-layer network",
    source="Polyak 1964; CS231n, assignment 2: SGD with momentum",
    difficulty=2,
    minutes=10,
    starter=starter("sgd_momentum", "w, dw (...), config -> next_w (...), config with the new velocity."),
    hints={
        "next_w": (
            "Does w move by the velocity from before the step or by the one after it?",
            "The minus sits in the velocity already: against the gradient, and then along v.",
            "v = momentum * v - learning_rate * dw; next_w = w + v.",
        ),
        "velocity": (
            "What will the next call find in config['velocity']?",
            "Store the new velocity, not the old one and not the step of w without its momentum.",
        ),
    },
    conventions=("v ← μv - η dw, w ← w + v: the velocity has the sign of the movement",),
)

RMSPROP = _exercise(
    RMSPROP_RULE,
    "rmsprop",
    title="RMSProp",
    text=r"""One learning rate is too large for steep directions and too small for flat ones. RMSProp divides
by a running mean of the gradient's squares, entry by entry:
$$c \leftarrow \rho\,c + (1 - \rho)\,dw^2, \qquad w \leftarrow w - \eta\,\frac{dw}{\sqrt{c} + \varepsilon}.$$

- `rmsprop(w, dw, config)` returns `next_w, config`. """
    + _ARGUMENTS
    + r"""; $\eta$ is `config["learning_rate"]` (0.01), $\rho$ is `config["decay_rate"]` (0.99), $\varepsilon$ is
  `config["epsilon"]` (1e-8), and $c$ is `config["cache"]` (zeros, in the shape of `w`). The configuration
  returned holds the new cache. Mind where $\varepsilon$ stands: beside the root, not under it.
"""
    + _COMMON,
    points={"next_w": 2, "cache": 1},
    lecture="How to train a multi-layer network",
    source="Tieleman and Hinton 2012, lecture 6.5; CS231n, assignment 2: RMSProp",
    difficulty=2,
    minutes=10,
    starter=starter("rmsprop", "w, dw (...), config -> next_w (...), config with the new cache."),
    hints={
        "next_w": (
            "Is the cache that you divide by the one before or after this gradient?",
            "Root first, then epsilon, then divide.",
            "w - learning_rate * dw / (np.sqrt(cache) + epsilon), with the new cache.",
        ),
        "cache": (
            "If all gradients were 2, towards which number should the cache go?",
            "Most of the old mean and a little of the new square: which weight belongs to which?",
        ),
    },
    conventions=("epsilon is added to the root, not under it",),
)

ADAM = _exercise(
    ADAM_RULE,
    "adam",
    title="Adam",
    text=r"""Momentum and RMSProp in one, with a correction for the start. Two running means, of the gradient
and of its square:
$$t \leftarrow t + 1, \qquad m \leftarrow \beta_1 m + (1 - \beta_1)\,dw, \qquad
  v \leftarrow \beta_2 v + (1 - \beta_2)\,dw^2.$$
Both begin at zero and are too small at first, by the factors $1 - \beta_1^t$ and $1 - \beta_2^t$. So divide by
these:
$$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad
  w \leftarrow w - \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon}.$$

- `adam(w, dw, config)` returns `next_w, config`. """
    + _ARGUMENTS
    + r"""; $\eta$ is `config["learning_rate"]` (0.001), $\beta_1$ `config["beta1"]` (0.9), $\beta_2$
  `config["beta2"]` (0.999), $\varepsilon$ `config["epsilon"]` (1e-8). State: `config["m"]`, `config["v"]`
  (zeros, in the shape of `w`), not corrected, and `config["t"]` (0), the number of steps done, counted up
  *before* it is used.
"""
    + _COMMON,
    points={"next_w": 3, "m": 1, "v": 1, "t": 1},
    lecture="How to train a multi-layer network",
    source="Kingma and Ba 2015, algorithm 1; CS231n, assignment 2: Adam",
    difficulty=3,
    minutes=15,
    starter=starter("adam", "w, dw (...), config -> next_w (...), config with the new m, v and t."),
    hints={
        "next_w": (
            "With t = 0 before the first step, what are m and the corrected m after it? Try dw = 2.",
            "t is counted up first, beta is raised to the power t, and only the corrected means move w.",
            "w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon).",
        ),
        "m": ("Which m should the next step find: the corrected one?", "Store the plain running mean."),
        "v": (
            "Which v should the next step find: the corrected one?",
            "Store the plain running mean of squares.",
        ),
        "t": ("How many steps are done when your function returns?", "One more than when it was called."),
    },
    conventions=("t counts the steps done and is raised before it is used", "epsilon is added to the root"),
)
