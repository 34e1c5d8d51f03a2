"""Which exercises there are, in the form in which assignments are read against them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.exercise import Exercise


def known_of(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """The arguments `known`, `nodes`, `functions` and `others` of `read_assignment`, from the exercises by id."""
    return {
        "known": {name: exercise.worth for name, exercise in exercises.items()},
        "nodes": {name: exercise.nodes for name, exercise in exercises.items()},
        "functions": {name: exercise.functions for name, exercise in exercises.items()},
        "others": {name: tuple(exercise.others) for name, exercise in exercises.items()},
    }
