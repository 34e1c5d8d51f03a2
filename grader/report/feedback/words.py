"""What the notebook and the page both say of where to look."""

from __future__ import annotations

from grader.report.feedback.plan import Plan
from grader.report.report import ExerciseReport

MOST_NOTES = 12
"""Notes on a whole submission that a summary lists."""
MOST_WORDS = 160
"""Characters on where to look in a row of it."""


def where_to_look(exercise: ExerciseReport, plan: Plan) -> str:
    """Below which cell, in which file, or why nowhere."""
    if exercise.id in plan.places:
        index = plan.places[exercise.id]
        names = [p.name for p in exercise.places if p.file == plan.file and p.cell == index]
        return f"below cell {plan.numbers[index]} ({', '.join(names)})"
    if any(shown is exercise for shown in plan.top):
        return "below this table"
    if exercise.places:
        return f"{exercise.places[-1].unit}, line {exercise.places[-1].line}"
    return exercise.reason
