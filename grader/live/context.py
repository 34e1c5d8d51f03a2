"""What a notebook says of itself: `assignment` and `student_id`, as its first cell defines them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.exercise import Exercise


def student_of(names: Mapping[str, Any]) -> str:
    """The student's id; empty where none is given."""
    given = names.get("student_id", "")
    return str(given).strip() if isinstance(given, (str, int)) else ""


def assignment_of(names: Mapping[str, Any], known: Mapping[str, Exercise]) -> Assignment | None:
    """The bundled assignment that the notebook belongs to, or None."""
    from grader.assignment import read_assignment
    from grader.bundled import bundled

    path = bundled().get(str(names.get("assignment", "")))
    if path is None:
        return None
    return read_assignment(path, known={name: exercise.worth for name, exercise in known.items()})


def assigned(
    names: Mapping[str, Any], known: Mapping[str, Exercise], chosen: Mapping[str, Exercise]
) -> Assignment:
    """The notebook's own assignment with the chosen exercises; a practice one where it belongs to none."""
    from dataclasses import replace

    from grader.assignment import Assignment

    whole = assignment_of(names, known)
    loose = Assignment.from_exercises({id: e.worth for id, e in chosen.items()}, tuple(chosen))
    if whole is None:
        return loose
    mine = {entry.id: entry for entry in whole.exercises}
    return replace(whole, exercises=tuple(mine.get(entry.id, entry) for entry in loose.exercises))
