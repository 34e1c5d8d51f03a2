"""What an author writes: exercises of nine kinds, with their cases, points, hints and misconceptions."""

from __future__ import annotations

from grader.exercise.cases import Case, cases_of
from grader.exercise.exercise import Exercise, Hints, Misconception, Raises, Situation
from grader.exercise.helper import Helper
from grader.exercise.kinds import (
    AlgorithmExercise,
    AnswersExercise,
    BuiltOn,
    ExperimentExercise,
    FindTheBugExercise,
    GraphExercise,
    JacobianExercise,
    LayerExercise,
    NetworkExercise,
    Question,
    Trial,
    WrittenExercise,
)
from grader.exercise.kinds_without_gradients import Slip, slips

__all__ = [
    "AlgorithmExercise",
    "AnswersExercise",
    "BuiltOn",
    "Case",
    "Exercise",
    "ExperimentExercise",
    "FindTheBugExercise",
    "GraphExercise",
    "Helper",
    "Hints",
    "JacobianExercise",
    "LayerExercise",
    "Misconception",
    "NetworkExercise",
    "Question",
    "Raises",
    "Situation",
    "Slip",
    "Trial",
    "WrittenExercise",
    "cases_of",
    "slips",
]
