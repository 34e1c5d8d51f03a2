"""What a mistake would return, as functions that a `Misconception` can call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.exercise import Misconception, Raises, Situation

Prediction = Callable[[Situation], Any]


def mistake(
    id: str, title: str, node: str, numbers: Prediction, *, synonyms: tuple[str, ...] = ()
) -> Misconception:
    """A misconception whose numbers are computed as the student would, or raise as they would for the student.

    Shapes that do not meet are `Raises()`; what has no finite value, or equals the right gradient, is None.
    """

    def predict(situation: Situation) -> Any:
        try:
            with np.errstate(all="ignore"):  # a wrong formula may overflow where the right one does not
                predicted = np.asarray(numbers(situation), dtype=np.float64)
        except (ValueError, IndexError):
            return Raises()
        if not np.isfinite(predicted).all():
            return None
        truth = situation.get(node)
        if truth is not None and _same(predicted, np.asarray(truth)):
            return None
        return predicted

    return Misconception(id=id, title=title, node=node, predict=predict, synonyms=synonyms)


def _same(predicted: Any, truth: Any) -> bool:
    if predicted.shape != truth.shape:
        return False
    scale = float(np.max(np.abs(truth), initial=0.0))
    return bool(np.all(np.abs(predicted - truth) <= 1e-9 * scale))
