"""Proof 1: the exercise's own right solution earns everything, on several seeds, and its starter nothing."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.seeds import SeedSource
from grader.exercise import AnswersExercise, Exercise, WrittenExercise
from grader.exercise.solution import SolutionError, solution_source
from grader.prove.places import Places
from grader.prove.result import Problem, Proof, Proved
from grader.prove.submissions import PAPER, complaints, graded

MOST = 3
"""Complaints about one submission that are listed."""


def prove_solution(exercise: Exercise, seeds: Sequence[SeedSource], proved: Proved, places: Places) -> str:
    """The solution's source; empty where there is none to go on with."""
    file, line = places.of_exercise

    def problem(message: str) -> None:
        proved.problems.append(Problem(exercise.id, Proof.SOLUTION, message, file, line))

    try:
        source = solution_source(exercise, paper=PAPER)
    except SolutionError as error:
        problem(str(error).removeprefix(f"exercise {exercise.id}: "))
        return ""
    if isinstance(exercise, WrittenExercise):
        proved.solved = True  # a person marks it
        return ""
    said = next((said for each in seeds if (said := complaints(graded(exercise, source, each)))), [])
    for line_said in said[:MOST]:
        problem(f"its own solution does not earn everything: {line_said}")
    proved.solved = not said
    if exercise.starter and not isinstance(exercise, AnswersExercise):
        begun = graded(exercise, exercise.starter, seeds[0])
        if not begun.not_started:
            problem("its starter, as it stands, counts as begun")
    return source if proved.solved else ""
