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


def _everywhere(s: Situation, number: float) -> Array:
    return np.full(np.shape(s["W"]), number)


_IN_ITS_PLACE: tuple[tuple[str, str, Callable[[Situation], Array]], ...] = (
    (
        "penalty-without-weights",
        "computed with the number 2 reg added to every entry, where 2 reg W belongs",
        lambda s: _everywhere(s, 2 * float(s["reg"])),
    ),
    (
        "penalty-summed",
        "computed with the sum of all weights added to every entry, 2 reg ΣW, where 2 reg W belongs",
        lambda s: _everywhere(s, 2 * float(np.sum(shrink(s)))),
    ),
    (
        "penalty-value",
        "computed with the penalty itself, reg ΣW², added to every entry, where its gradient 2 reg W belongs",
        lambda s: _everywhere(s, penalty(s)),
    ),
    (
        "penalty-squares",
        "computed with reg W² for the penalty, where its gradient is 2 reg W",
        lambda s: shrink(s) * np.asarray(s["W"], dtype=np.float64),
    ),
)
"""Id, title, and what stands where the penalty's gradient belongs."""


def _instead(
    push: Callable[[Situation], Array], part: Callable[[Situation], Array]
) -> Callable[[Situation], Array]:
    return lambda s: push(s) / examples(s) + part(s)


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
            "penalty-times-examples",
            "computed with a penalty multiplied by the number of examples, as if each of them added one",
            "dW",
            lambda s: push(s) / examples(s) + 2 * shrink(s) * examples(s),
        ),
        mistake(
            "strength-missing",
            "computed with 2W for the penalty, without reg",
            "dW",
            lambda s: push(s) / examples(s) + 2 * np.asarray(s["W"], dtype=np.float64),
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
        *(mistake(id, title, "dW", _instead(push, part)) for id, title, part in _IN_ITS_PLACE),
        mistake(
            "penalty-sign",
            "computed with the penalty's gradient taken off instead of added",
            "dW",
            lambda s: push(s) / examples(s) - 2 * shrink(s),
        ),
    )
