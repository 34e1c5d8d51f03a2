"""The one rule that texts of exercises need not repeat: what a function is given keeps its values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.exercise import Exercise

KEPT = (
    "Leave what your functions are given as it was, and write into a copy (`x.copy()`) where you need other "
    "values: an argument that has changed costs points."
)
SAID = re.compile(
    r"\bleave\b[^.;:]*\bas\s+(?:they|it)\s+(?:were|was|are|is)\b|must\s+be\s+unchanged", re.IGNORECASE
)
"""How a text says so itself."""


def kept_arguments(exercise: Exercise) -> str:
    """The rule, for an exercise that looks at the arguments afterwards and whose text does not speak of them."""
    from grader.exercise import AlgorithmExercise, LayerExercise, NetworkExercise

    looks = isinstance(exercise, (LayerExercise, NetworkExercise)) or (
        isinstance(exercise, AlgorithmExercise) and not exercise.may_change
    )
    return KEPT if looks and not SAID.search(exercise.text) else ""
