"""What goes wrong with any loss of a linear classifier: its mean over examples, and its penalty reg · ΣW²."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exercises.shared.predictions import mistake
from grader.exercise import Misconception, Situation
from reference.inputs import Array


def examples(s: Situation) -> int:
    """N, the number of examples."""
    return len(s["y"])


def penalty(s: Situation) -> float:
    """reg · ΣW²."""
    return float(s["reg"]) * float(np.sum(np.asarray(s["W"], dtype=np.float64) ** 2))


def shrink(s: Situation) -> Array:
    """reg · W, half of the penalty's gradient."""
    return np.asarray(float(s["reg"]) * np.asarray(s["W"], dtype=np.float64))


def of_loss(data: Callable[[Situation], float]) -> tuple[Misconception, ...]:
    """Mistakes in the loss; `data` is the mean of the data losses, without the penalty."""
    return (
        mistake("penalty-missing", "computed without the penalty", "loss", data),
        mistake(
            "penalty-halved",
            "computed with half of the penalty",
            "loss",
            lambda s: data(s) + penalty(s) / 2,
        ),
        mistake(
            "penalty-averaged",
            "computed with a penalty divided by the number of examples",
            "loss",
            lambda s: data(s) + penalty(s) / examples(s),
        ),
        mistake(
            "summed",
            "a sum over the batch where a mean is meant",
            "loss",
            lambda s: data(s) * examples(s) + penalty(s),
        ),
        mistake(
            "penalty-not-squared",
            "computed with a penalty on the weights instead of on their squares",
            "loss",
            lambda s: data(s) + float(s["reg"]) * np.sum(s["W"]),
        ),
    )


def of_gradient(push: Callable[[Situation], Array]) -> tuple[Misconception, ...]:
    """Mistakes in dW; `push` is the gradient of the data losses' sum over the batch."""
    return (
        mistake(
            "penalty-missing",
            "computed without the penalty's gradient",
            "dW",
            lambda s: push(s) / examples(s),
        ),
        mistake(
            "factor-two-missing",
            "computed with reg·W where the square gives 2·reg·W",
            "dW",
            lambda s: push(s) / examples(s) + shrink(s),
        ),
        mistake(
            "penalty-averaged",
            "computed with a penalty divided by the number of examples",
            "dW",
            lambda s: push(s) / examples(s) + 2 * shrink(s) / examples(s),
        ),
        mistake(
            "mean-missing", "computed without the 1/N of the mean", "dW", lambda s: push(s) + 2 * shrink(s)
        ),
        mistake(
            "mean-twice",
            "computed with the 1/N of the mean twice",
            "dW",
            lambda s: push(s) / examples(s) ** 2 + 2 * shrink(s),
        ),
        mistake(
            "sign",
            "computed with the data's part negated",
            "dW",
            lambda s: -push(s) / examples(s) + 2 * shrink(s),
        ),
        mistake(
            "penalty-sign",
            "computed with the penalty's gradient taken off instead of added",
            "dW",
            lambda s: push(s) / examples(s) - 2 * shrink(s),
        ),
    )
