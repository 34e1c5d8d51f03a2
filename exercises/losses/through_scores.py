"""Mistakes in a loss of scores, as they are seen in the weights that the scores were made with: S = XW.

What is done wrong to the gradient of the scores changes dW by Xᵀ times the difference, whatever the penalty's
part of dW is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from exercises.shared.predictions import Prediction, mistake
from grader.exercise import Misconception, Raises, Situation
from reference.inputs import Array


def through_scores(
    mistakes: Iterable[Misconception], right: Callable[[Situation], Array], known: Iterable[Misconception]
) -> tuple[Misconception, ...]:
    """Those of a loss of scores x and labels y, in dW; `right` is the gradient of the scores.

    Left out are those that `known` has by the same name, and those that are a factor for all scores.
    """
    names = {m.id for m in known if m.node == "dW"} | SCALED
    return tuple(
        mistake(m.id, m.title, "dW", _through(m, right))
        for m in mistakes
        if m.node == "dx" and m.id not in names
    )


SCALED = {"sign", "mean-missing", "mean-twice", "mean-over-everything", "mean-over-classes"}
"""With weights these come apart: the data's part alone, or the penalty too. `penalty_mistakes` has them."""


def _through(wrong: Misconception, right: Callable[[Situation], Array]) -> Prediction:
    def numbers(s: Situation) -> Any:
        X = np.asarray(s["X"], dtype=np.float64)
        of_scores: dict[str, Any] = {"x": X @ np.asarray(s["W"], dtype=np.float64), "y": s["y"]}
        truth = of_scores["dx"] = right(of_scores)
        predicted = wrong.predict(of_scores)
        if isinstance(predicted, Raises):
            raise ValueError  # as it raises for the student
        moved = truth if predicted is None else np.asarray(predicted, dtype=np.float64)
        return np.asarray(s["dW"], dtype=np.float64) + X.T @ (moved - truth)

    return numbers
