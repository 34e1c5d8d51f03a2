"""Exercise: training that starts from equal weights, and why it never gets out of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.shared.fault import fault
from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise
from reference.inputs import Array

KINDS = ("random", "zero", "constant")
RATE = 0.1
"""Small enough for every beginning to go downhill, so that rounding does not grow from step to step."""


def train(
    W1: Array,
    W2: Array,
    X: Array,
    Y: Array,
    rate: float,
    steps: int,
    *,
    slope: bool = True,
    late: bool = False,
    mean: bool = True,
    sign: float = -1.0,
) -> tuple[Array, Array]:
    """Gradient steps of ½ mean (σ(X W1) W2 - Y)²; without σ', with W2 updated too early, summed, or uphill."""
    for _ in range(steps):
        H = 1 / (1 + np.exp(-(X @ W1)))
        dS = (H @ W2 - Y) / (len(X) if mean else 1)
        stepped = W2 + sign * rate * (H.T @ dS)
        dH = dS @ (stepped if late else W2).T
        W1 = W1 + sign * rate * (X.T @ (dH * (H * (1 - H) if slope else 1.0)))
        W2 = stepped
    return W1, W2


MISTAKES: dict[str, dict[str, Any]] = {
    "computed without the slope of the sigmoid": {"slope": False},
    "W2 was changed before the gradient of W1 was computed": {"late": True},
    "a sum over the examples, where L is a mean": {"mean": False},
    "a step uphill: with the gradient instead of against it": {"sign": 1.0},
}


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    """Weights of the kind that this size stands for, a few examples, and more of everything for larger sizes."""
    N, D, H, C = (1, 1, 2, 1) if size <= 3 else (4, 2 + size % 2, 3, 2)
    W1, W2 = rng.integers(-20, 21, (D, H)) / 10, rng.integers(-20, 21, (H, C)) / 10
    match KINDS[size % 3]:
        case "zero":
            W1, W2 = np.zeros((D, H)), np.zeros((H, C))
        case "constant":
            W1, W2 = np.full((D, H), rng.integers(2, 9) / 10), np.full((H, C), rng.integers(2, 9) / 10)
    X, Y = (rng.choice((-1.0, 1.0), (N, n)) * rng.integers(5, 21, (N, n)) / 10 for n in (D, C))
    return W1, W2, X, Y, RATE, max(1, size // 3)


def judge(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """The weights after training; where all began alike, that the hidden neurons are alike still."""
    W1, W2, X, Y, rate, steps = arguments
    node = "random" if np.ptp(W1) else "constant" if W1.any() else "zero"
    if not isinstance(returned, (tuple, list)) or len(returned) != 2:
        return [(node, "must return W1 and W2, two arrays")]
    right = train(W1, W2, X, Y, rate, steps)
    with np.errstate(all="ignore"):  # uphill, numbers overflow where downhill they do not
        mistakes = {title: train(W1, W2, X, Y, rate, steps, **how) for title, how in MISTAKES.items()}
    for place, name in enumerate(("W1", "W2")):
        others = {title: numbers[place] for title, numbers in mistakes.items()}
        said = fault(name, returned[place], right[place], others)
        if said:
            return [(node, f"{said}{_why(node, name, steps, returned[place], right[place])}")]
    return []


def _why(node: str, name: str, steps: int, got: Any, right: Array) -> str:
    """What the symmetry says of W1, where the returned one breaks it."""
    try:
        numbers = np.asarray(got, np.float64)
    except (TypeError, ValueError):
        return ""
    if name != "W1" or numbers.shape != right.shape or node == "random":
        return ""
    if node == "zero" and steps == 1 and numbers.any():
        return "; with W2 = 0 nothing comes back to W1, so that it is exactly 0 after one step"
    if float(np.ptp(numbers, axis=1).max()) > 1e-9 * max(1.0, float(np.abs(numbers).max())):
        return "; neurons that begin alike get the same gradients, so that the columns of W1 stay equal"
    return ""


_SOLUTION = """
import numpy as np


def train_two_layers(W1, W2, X, Y, rate, steps):
    for _ in range(steps):
        H = 1 / (1 + np.exp(-(X @ W1)))
        dS = (H @ W2 - Y) / len(X)
        # Both gradients belong to the old weights, so both come before any step.
        dW2 = H.T @ dS
        dW1 = X.T @ ((dS @ W2.T) * H * (1 - H))
        W1, W2 = W1 - rate * dW1, W2 - rate * dW2
    return W1, W2
"""

SYMMETRY = AlgorithmExercise(
    id="symmetry",
    title="Equal weights stay equal",
    text=r"""What happens if all weights start at 0, or at any one number? Train a small network and see. A
batch of rows `X`, of shape `(N, D)`, passes a hidden layer of sigmoids and a linear one, without biases,
$$H = \sigma(X W_1), \qquad S = H W_2, \qquad L = \frac{1}{2N} \sum_{n,c} (S_{nc} - Y_{nc})^2,$$
with `W1` of shape `(D, H)`, `W2` of shape `(H, C)` and `Y` of shape `(N, C)`.

- `train_two_layers(W1, W2, X, Y, rate, steps)` takes `steps` steps of gradient descent with learning rate
  `rate`, on the whole batch each time, and returns the new `W1, W2`. What it was given must keep its
  values.

It is tried from three beginnings: weights at random, all weights 0, and all weights of a matrix equal to
one number. Before you run it, predict: after one step from zero weights, what is `W1`? After ten steps from
equal ones, in what do the columns of `W1`, one for each hidden neuron, differ? Start with the two gradients
on paper; both belong to the weights before the step.
""",
    function="train_two_layers",
    draw=_draw,
    judge=judge,
    sizes=(1, 2, 3, 4, 5, 6, 12, 13, 14, 30, 31),
    points={"random": 2, "zero": 1, "constant": 1},
    topic="training",
    lecture="How to train a multi-layer network",
    source="How to train a multi-layer network: weight initialisation, W = 0",
    difficulty=3,
    minutes=25,
    starter=one_call(
        "train_two_layers",
        "W1, W2, X, Y, rate, steps",
        "W1 (D, H), W2 (H, C), X (N, D), Y (N, C), rate, steps (numbers) -> W1, W2 after these steps.",
        "W1, W2",
    ),
    solution=(_SOLUTION,),
    hints={
        "random": (
            "Which of the two gradients needs the other layer's weights: those before the step, or after it?",
            "dS = (S - Y)/N. W2 gets what H hands it; W1 gets what comes through W2 and the slope of the sigmoid.",
            "dW2 is the transpose of H times dS; dW1 is the transpose of X times (dS times the transpose of W2, "
            "times H(1 - H)). Step only when you have both.",
        ),
        "zero": (
            "What comes back through W2 to the hidden layer if W2 is 0?",
            "After the first step W2 is not 0 any more. Are its rows different from each other?",
            "After one step W1 is exactly 0; afterwards all its columns are equal. No special case is needed.",
        ),
        "constant": (
            "If two hidden neurons have the same weights in and out, can their gradients differ?",
            "The columns of W1 stay equal whatever the number of steps. Do yours?",
            "No special case is needed: the two gradients, computed before either step, keep them equal.",
        ),
    },
    conventions=("row batches: H = σ(X W1)", "L is half the mean over examples of the squared errors"),
)
