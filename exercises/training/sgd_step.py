"""Exercise: one step of gradient descent for all parameters of a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.shared.said import differs
from exercises.shared.starters import one_call
from exercises.training import loop_slips
from grader.exercise import AlgorithmExercise

NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """As many parameters as the size says, matrices and vectors in turn."""
    shapes = {name: (2, 3) if name.startswith("W") else (3,) for name in NAMES[:size]}
    parameters, gradients = (
        {
            name: rng.choice((-1.0, 1.0), shape) * rng.integers(1, 40, shape) / 10
            for name, shape in shapes.items()
        }
        for _ in range(2)
    )
    return parameters, gradients, float(rng.integers(2, 9)) / 100


def judge_step(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Whether all parameters are there under their names, and each has moved as it should."""
    parameters, gradients, rate = arguments
    if not isinstance(returned, dict):
        wanted = "returned no dictionary of parameters"
        return [("names", wanted), ("step", wanted)]
    problems = []
    missing = [name for name in parameters if name not in returned]
    strange = [str(name) for name in returned if name not in parameters]
    if missing:
        problems.append(("names", f"{missing[0]} is missing"))
    elif strange:
        problems.append(("names", f"{strange[0][:30]} is no parameter"))
    for name, w in parameters.items():
        dw = gradients[name]
        slips = {
            "of a step up the slope: the sign is the wrong way round": w + rate * dw,
            "of a step by the gradient itself, without the learning rate": w - dw,
            "of the change alone, without the parameter": -rate * dw,
            "of the parameter as it was": w,
        }
        if name in returned and (message := differs(f'"{name}"', returned[name], w - rate * dw, slips)):
            problems.append(("step", message))
            break
    if len(missing) == len(parameters):
        problems.append(("step", "no parameter is there"))
    return problems


SGD_STEP = AlgorithmExercise(
    id="sgd_step",
    title="One step downhill",
    text=r"""When all gradients are there, every parameter moves against its own, by a learning rate $\eta$
that is the same for all:
$$w \leftarrow w - \eta\,\frac{\partial e}{\partial w}.$$

- `sgd_step(parameters, gradients, learning_rate)` takes two dictionaries with the same names, such as
  `{"W1": ..., "b1": ...}`, of arrays in the same shapes, and a number. It returns a *new* dictionary with the
  parameters after the step.

Leave the given arrays as they were, so that the losses before and after the step can be compared. Note that
`w -= ...` changes the array itself, and `w = w - ...` makes a new one.
""",
    function="sgd_step",
    slips=loop_slips.SGD_STEP,
    draw=_draw,
    judge=judge_step,
    sizes=(1, 2, 4, 6),
    points={"names": 1, "step": 2},
    topic="optimisers",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: the SGD update; CSCI 5622, lecture 13",
    difficulty=1,
    minutes=7,
    starter=one_call(
        "sgd_step",
        "parameters, gradients, learning_rate",
        "dictionaries of arrays by name, a number -> a new dictionary of parameters.",
        "stepped",
    ),
    solution=(
        "def sgd_step(parameters, gradients, learning_rate):\n"
        "    return {name: w - learning_rate * gradients[name] for name, w in parameters.items()}",
    ),
    hints={
        "names": (
            "Which names should your dictionary have?",
            "Those of `parameters`, each once, and no others.",
        ),
        "step": (
            "If a gradient is positive, the loss grows with that parameter. Which way do you want to go?",
            "The gradient says where up is. How far you go the other way is the learning rate times it.",
            "stepped[name] = parameters[name] - learning_rate * gradients[name], for every name.",
        ),
    },
    conventions=("w ← w - η ∂e/∂w; the given arrays stay as they were",),
)
