"""`paper("circuits_by_hand")`: the questions of an exercise whose numbers are each student's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.live.shown import Said

if TYPE_CHECKING:
    from grader.questions import Group


def paper(id: str) -> Paper | Said:
    """The questions, with the numbers of the `student_id` that the notebook defines."""
    from grader.assignment import AssignmentError
    from grader.checks.seeds import SeedSource
    from grader.exercise import AnswersExercise
    from grader.exercise_catalogue import ExerciseFileError, UnknownExerciseError, find
    from grader.live.cells import namespace
    from grader.live.context import context_of, student_of
    from grader.questions import grouped
    from grader.text import one_line

    names = namespace()
    try:
        context = context_of(names)
    except (AssignmentError, ExerciseFileError) as error:
        return Said(str(error))
    try:
        exercise = find(str(id), context.known)
    except UnknownExerciseError as error:
        return Said(f"{error}{context.lost}")
    if not isinstance(exercise, AnswersExercise):
        return Said(f'"{one_line(exercise.id)}" asks for no numbers of your own')
    student = student_of(names)
    seeds = SeedSource.personal(context.id, student)
    head = f"For {one_line(student, limit=60)}:" if student else "To practise on (no student_id is given):"
    return Paper(head, grouped(exercise.paper(seeds.rng(exercise.id))))


class Paper(Said):
    """A sheet of questions, which a notebook shows with its formulas set."""

    def __init__(self, head: str, groups: Sequence[Group]) -> None:
        from grader.latex import unformatted

        lines, width = [head], max(len(id) for _, asked in groups for id, _ in asked)
        for stem, asked in groups:
            lines += ["", f"{unformatted(stem)}:"] if stem else [""]
            lines += [f"  {id:<{width}}  {unformatted(text)}" for id, text in asked]
        super().__init__("\n".join(lines))
        self.head, self.groups = head, groups

    def _repr_markdown_(self) -> str:
        from grader.report.feedback.markdown import text as escaped

        parts = [escaped(self.head)]
        for stem, asked in self.groups:
            parts += [f"{stem}:"] if stem else []
            parts.append("\n".join(f"- `{id}`: {text}" for id, text in asked))
        return "\n\n".join(parts)
