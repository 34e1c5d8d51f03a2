"""`paper("circuits_by_hand")`: the questions of an exercise whose numbers are each student's own."""

from __future__ import annotations

from grader.live.shown import Said


def paper(id: str) -> Said:
    """The questions, with the numbers of the `student_id` that the notebook defines."""
    from grader.checks.seeds import SeedSource
    from grader.exercise import AnswersExercise
    from grader.exercise_catalogue import ExerciseFileError, UnknownExerciseError, exercises, find
    from grader.latex import plain
    from grader.live.cells import namespace
    from grader.live.context import assignment_of, student_of
    from grader.text import one_line

    names = namespace()
    try:
        known = exercises()
        exercise = find(str(id), known)
    except (ExerciseFileError, UnknownExerciseError) as error:
        return Said(str(error))
    if not isinstance(exercise, AnswersExercise):
        return Said(f'"{one_line(exercise.id)}" asks for no numbers of your own')
    whole, student = assignment_of(names, known), student_of(names)
    seeds = SeedSource.personal(whole.id if whole is not None else "practice", student)
    head = f"For {one_line(student)}:" if student else "To practise on (no student_id is given):"
    questions = exercise.paper(seeds.rng(exercise.id))
    return Said("\n".join([head, *(f"  {q.id:<6} {plain(q.text)}" for q in questions)]))
