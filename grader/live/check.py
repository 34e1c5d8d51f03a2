"""`check("affine")`: the student's functions as they are in this kernel, judged at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.live.shown import Feedback, Said

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.exercise import Exercise
    from grader.live.context import Context
    from grader.report.report import ExerciseReport


def check(what: str | Callable[..., Any] | None = None, *, hints: int | None = None) -> Feedback | Said:
    """Judge an exercise by its id, the exercise of a function, or all exercises that have been begun.

    The functions are run here and now, on practice inputs. `hints` from 0 to 9 says how far help may go; without
    it the notebook's assignment says so. What comes back shows itself in a notebook cell; its `passed` says
    whether everything was right.
    """
    from grader.assignment import AssignmentError
    from grader.exercise_catalogue import ExerciseFileError, UnknownExerciseError, find
    from grader.live.cells import namespace
    from grader.live.context import context_of

    names = namespace()
    if hints is not None and (not isinstance(hints, int) or isinstance(hints, bool) or not 0 <= hints <= 9):
        return Said(f"hints must be a whole number from 0 to 9, not {hints!r}")
    try:
        context = context_of(names)
    except (AssignmentError, ExerciseFileError) as error:
        return Said(str(error))
    try:
        chosen = {e.id: e for e in _chosen(what, context, names, find)}
    except UnknownExerciseError as error:
        return Said(f"{error}{context.lost}")
    if not chosen:
        return Said(_nothing(what, context.known))
    return Feedback(_judged(context, chosen, names, hints))


def _chosen(
    what: Any, context: Context, names: Mapping[str, Any], find: Callable[..., Exercise]
) -> list[Exercise]:
    known, every = context.known, context.known.values()
    if what is None:
        from grader.live.saved import as_handed_out

        begun = [
            e for e in every
            if any(callable(names.get(f)) for f in context.called(e, e.required))
            or any(v in names for v in e.variables)
        ]  # fmt: skip
        # A kernel has its names in the order in which they were first defined.
        return as_handed_out(begun, context, "\n".join(name for name in names if isinstance(name, str)))
    if isinstance(what, str):
        functions = [e for e in every if what in (*context.called(e, e.functions), *e.variables)]
        return functions[:1] if what not in known and functions else [find(what, known)]
    name = getattr(what, "__name__", "")
    return [e for e in every if name in context.called(e, e.functions)][:1]


def _nothing(what: Any, known: Mapping[str, Exercise]) -> str:
    from grader.nearest import did_you_mean
    from grader.text import one_line

    if what is None:
        hint = 'run the cells that define them, or name one: check("affine")'
        return f"no function of any exercise is defined yet; {hint}"
    name = getattr(what, "__name__", "")
    if not name:
        return f'check takes the id of an exercise, as in check("affine"), or a function, not {type(what).__name__}'
    near = did_you_mean(name, [f for e in known.values() for f in e.functions])
    return f"no exercise asks for a function {one_line(name, limit=60)}" + (f"; {near}" if near else "")


def _to_be_run(exercise: ExerciseReport) -> ExerciseReport:
    """What is not defined in a kernel was mostly never run, as after a restart: that is what to say of it."""
    from dataclasses import replace

    said = re.match(r"(.* (?:was|were) not found); (?!did you mean)|(\w+ is not defined)$", exercise.reason)
    if said is None:
        return exercise
    what = "it" if " and " not in exercise.reason else "them"
    return replace(exercise, reason=f"{said[1] or said[2]}; run the cell that defines {what} first")


def _judged(
    context: Context, chosen: Mapping[str, Exercise], names: dict[str, Any], hints: int | None
) -> Any:
    from dataclasses import replace

    from grader.checks.seeds import SeedSource
    from grader.grading import Grader
    from grader.live.cells import cells_of
    from grader.live.context import student_of
    from grader.live.runner import LiveRunner
    from grader.report.redact import redact
    from grader.report.report import Reader
    from grader.submission import Submission
    from grader.submission.types import Unit

    assignment = context.assigned(chosen)
    theirs = [name for entry in assignment.exercises for name in entry.functions.values()]
    cells = cells_of(names, [*theirs, *(f for e in chosen.values() for f in e.functions)])
    units = tuple(Unit(cell.label, cell.source, cell.label) for cell in cells)
    submission = Submission("this notebook", Path(), units, (), "", (), {})
    runner = LiveRunner(names, cells)
    report = Grader(assignment, chosen).grade(
        submission, runner, SeedSource.practice(), student=student_of(names)
    )
    exercises = tuple(_to_be_run(exercise) for exercise in report.exercises)
    report = replace(report, notes=(*context.notes, *report.notes), exercises=exercises)
    degrees = {entry.id: entry.hints for entry in assignment.exercises}
    return redact(report, Reader.PRACTICE, hints=degrees if hints is None else hints)
