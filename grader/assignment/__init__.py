"""An assignment: which exercises, for how many points, within which limits; read from `assignment.toml`."""

from __future__ import annotations

from grader.assignment.errors import AssignmentError, Problem
from grader.assignment.read import exercise_folders, read_assignment
from grader.assignment.types import Assignment, ExerciseEntry, LateRule, Limits

__all__ = [
    "Assignment",
    "AssignmentError",
    "ExerciseEntry",
    "LateRule",
    "Limits",
    "Problem",
    "exercise_folders",
    "read_assignment",
]
