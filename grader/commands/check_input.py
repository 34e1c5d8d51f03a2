"""What `chainmark check` is given: the submission, its assignment, who runs it, and with which inputs."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands.check_output import say
from grader.commands.errors import BadInputError
from grader.commands.keys import course_key
from grader.nearest import did_you_mean
from grader.text import one_line

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.checks.seeds import SeedSource
    from grader.exercise import Exercise
    from grader.grading import Grader
    from grader.report.report import Reader
    from grader.runner import Runner
    from grader.submission import Submission

DEFINED = re.compile(r"^[ \t]*def[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    path: Path
    names: tuple[str, ...]
    assignment: Path | None
    reader: str
    hints: int | None
    student: str
    key: Path | None
    attempt: str
    as_json: bool
    html: Path | None
    feedback: Path | None
    verbose: bool
    here: bool
    allow_weak_sandbox: bool


def runner_for(wanted: Wanted) -> Runner:
    """The best that this machine can hold. Raises BadInputError where that is too weak for strangers' work."""
    if wanted.here:
        from grader.runner.inprocess import InProcessRunner

        return InProcessRunner()
    if sys.platform == "linux":
        from grader.runner.sealed import SealedRunner, Zygote

        zygote = Zygote()  # it imports NumPy while this process finds out what holds here
        from grader.sandbox.level import probe

        sandbox = probe()
        if sandbox.level.sealed:
            return SealedRunner(sandbox, zygote=zygote, owned=True)
        zygote.close()
    if wanted.key is not None and not wanted.allow_weak_sandbox:
        raise BadInputError(
            "this machine cannot seal a stranger's code (`chainmark doctor` says why); "
            "to grade all the same, with limits only, add --allow-weak-sandbox"
        )
    from grader.runner.process import ProcessRunner

    say("this machine cannot seal the code that it runs (`chainmark doctor` says why): limits only, level D")
    return ProcessRunner()


def fitted(runner: Runner, assignment: Assignment) -> Runner:
    """The runner with the assignment's limits and modules. Raises BadInputError for a module that is not there."""
    from grader.runner.worker_runner import Time, WorkerRunner

    if not isinstance(runner, WorkerRunner):
        return runner
    limits = assignment.limits
    runner.limit(Time(limits.cpu_seconds, limits.wall_seconds), limits.memory_mb)
    if not assignment.allowed_modules or sys.platform != "linux":
        return runner
    from grader.runner.sealed import SealedRunner

    if not isinstance(runner, SealedRunner):
        return runner
    runner.close()
    made = SealedRunner(
        runner.sandbox, allowed=assignment.allowed_modules, limits=runner.time, memory_mb=runner.memory_mb
    )
    made.zygote.wait_until_ready()
    if made.zygote.missing:
        made.close()
        where = one_line(str(assignment.path)) if assignment.path else "the assignment"
        raise BadInputError(
            f"{where}: allowed_modules: cannot import {one_line('; '.join(made.zygote.missing))}; "
            "install it beside chainmark or take it off the list"
        )
    return made


def read(path: Path) -> Submission:
    """The submission. Raises BadInputError."""
    from grader.submission import SubmissionError, read_submission

    try:
        return read_submission(path)
    except SubmissionError as error:
        raise BadInputError(str(error)) from None


def assigned(wanted: Wanted, submission: Submission, runner: Runner) -> tuple[Grader, Assignment]:
    """The grader for this submission, and its assignment. Raises BadInputError."""
    from grader.assignment import Assignment, AssignmentError, exercise_folders, read_assignment
    from grader.assignment.known import known_of
    from grader.bundled import UnknownAssignmentError
    from grader.exercise_catalogue import ExerciseFileError, UnknownExerciseError, exercises, find
    from grader.grading import Grader

    try:
        path = _assignment_path(wanted, submission)
        folders = exercise_folders(path) if path else ()
        known = exercises(folders=folders)
        for name in wanted.names:
            find(name, known)
        points = {name: exercise.worth for name, exercise in known.items()}
        assignment = read_assignment(path, **known_of(known)) if path else _carried(wanted, submission, known)
        if assignment is not None:
            named = {entry.id for entry in assignment.exercises}
            if wanted.names and (wanted.assignment or named >= set(wanted.names)):
                assignment = _only(assignment, wanted.names)
            elif wanted.names:
                assignment = Assignment.from_exercises(points, wanted.names)
        else:
            names = wanted.names or _found(known, submission, runner)
            assignment = Assignment.from_exercises(points, names)
    except (AssignmentError, ExerciseFileError, UnknownAssignmentError, UnknownExerciseError) as error:
        raise BadInputError(str(error)) from None
    chosen = {entry.id: known[entry.id] for entry in assignment.exercises}
    return Grader(assignment, chosen), assignment


def settled(submission: Submission, grading: Grader) -> Submission:
    """Of several notebooks that define the same, the one that `chainmark grade` would take; a note says which."""
    from grader.rivals import by_file_times, newest_last
    from grader.submission import Note

    choice = newest_last(submission, grading.entries(), order=by_file_times((submission.path,), ()))
    said = choice.said or choice.undecided
    made = choice.submission
    return replace(made, notes=(*made.notes, Note("rivals", said))) if said else made


def _assignment_path(wanted: Wanted, submission: Submission) -> Path | None:
    """The assignment that was asked for, else the one of ours that the notebook says it was built from."""
    from grader.bundled import assignment_file, bundled

    if wanted.assignment is not None:
        return assignment_file(wanted.assignment)
    return bundled().get(submission.metadata.get("assignment", ""))


def _carried(wanted: Wanted, submission: Submission, known: Mapping[str, Exercise]) -> Assignment | None:
    """What the notebook itself carries of its assignment, for practice; None where it carries nothing.

    The assignment's file may lie beside it, but names code to be imported, so it has to be asked for. With a key
    marks are at stake, and a notebook can be edited.
    """
    from grader.assignment.carried import carried
    from grader.assignment.known import known_of

    if wanted.key is not None or not submission.notebooks:
        return None
    metadata = submission.notebooks[0].content.get("metadata", {}).get("chainmark")
    found = carried(metadata, **known_of(known)) if isinstance(metadata, dict) else None
    if found is None:
        return None
    if found.absent:
        say(
            f"note: not graded without the course's own files: {one_line(', '.join(found.absent))}; "
            "name its assignment.toml with --assignment"
        )
    return found.assignment


def _only(assignment: Assignment, names: tuple[str, ...]) -> Assignment:
    kept = tuple(entry for entry in assignment.exercises if entry.id in names)
    absent = [name for name in names if name not in {entry.id for entry in kept}]
    if absent:
        listed = ", ".join(entry.id for entry in assignment.exercises)
        raise BadInputError(
            f"{absent[0]} is not part of {one_line(assignment.id)}; its exercises are {listed}"
        )
    return replace(assignment, exercises=kept)


def _found(known: Mapping[str, Exercise], submission: Submission, runner: Runner) -> tuple[str, ...]:
    """The exercises of which the submission defines something."""
    from grader.runner import Loaded, Program
    from grader.worker.program import Source
    from grader.worker.steps import Returned, Variable

    sources = tuple(Source(unit.label, unit.source, unit.module) for unit in submission.units)
    variables = tuple(dict.fromkeys(name for e in known.values() for name in e.variables))
    functions = tuple(dict.fromkeys(name for e in known.values() for name in e.required))
    loaded = runner.load(Program(sources, (*variables, *functions)))
    if not isinstance(loaded, Loaded):
        from grader.checks.outcomes import told

        raise BadInputError(
            f"{one_line(submission.name)}: {told(loaded, 'its top level')}; name the exercises"
        )
    defined = {definition.name for definition in loaded.definitions}
    given = {
        name
        for name, outcome in zip(variables, runner.run([Variable(v) for v in variables]), strict=True)
        if isinstance(outcome, Returned)
    }
    # A definition that does not parse was begun all the same.
    begun = defined | {name for unit in submission.units for name in DEFINED.findall(unit.source)}
    found = tuple(name for name, e in known.items() if begun & set(e.required) or given & set(e.variables))
    if found:
        return found
    names = ", ".join(one_line(name, limit=40) for name in sorted(defined)[:12])
    there = f"it defines {names}" if names else "it defines no function"
    problem = next((p for p in loaded.problems if p.kind == "syntax"), None)
    if problem is not None:
        there = (
            f"{one_line(problem.unit, limit=80)}, line {problem.line}: {one_line(problem.text, limit=120)}"
        )
    meant = next(
        (f"for {one_line(name, limit=40)} {near}" for name in sorted(defined)
         if (near := did_you_mean(name, functions))),
        "name the exercises that are meant",
    )  # fmt: skip
    raise BadInputError(f"{one_line(submission.name)} has no function of any exercise; {there}; {meant}")


def seeds(wanted: Wanted, assignment: Assignment) -> SeedSource:
    """Where the inputs come from: everybody's, or with a key this student's own. Raises BadInputError."""
    from grader.checks.seeds import SeedSource

    if wanted.key is None:
        return SeedSource.practice()
    key = course_key(wanted.key)
    return SeedSource.grading(key, assignment=assignment.id, student=wanted.student, attempt=wanted.attempt)


def degrees(wanted: Wanted, assignment: Assignment, reader: Reader) -> int | dict[str, int]:
    """Degrees of hints: what the command line says, else each exercise's own before closing."""
    from grader.report.report import Reader

    if wanted.hints is not None:
        return wanted.hints
    if reader is Reader.PRACTICE:
        return {entry.id: entry.hints for entry in assignment.exercises}
    return assignment.hints_after_closing
