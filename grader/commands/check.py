"""`chainmark check`: grade one submission and show what was found."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.commands.errors import BadInputError
from grader.text import one_line

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.checks.seeds import SeedSource
    from grader.exercise import Exercise
    from grader.report.report import Reader, Report
    from grader.runner import Runner
    from grader.submission import Submission

READERS = ("practice", "closed", "staff")
DEFINED = re.compile(r"^[ \t]*def[ \t]+(\w+)", re.MULTILINE)
HOMEWORK = (".py", ".ipynb", ".zip", ".toml")
"""Ends of file names that no page is ever written to."""


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


@click.command(short_help="Grade one submission: a notebook, a .py file, a .zip or a folder.")
@click.argument("submission", type=click.Path(path_type=Path))
@click.argument("exercises", nargs=-1, metavar="[EXERCISE]...")
@click.option(
    "--assignment",
    "-a",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An assignment.toml, its folder, or the id of one that comes with chainmark; without it, the one that the "
    "notebook was built from, else every exercise whose functions are found.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON (schema chainmark/report/1).")
@click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="Write one self-contained page."
)
@click.option(
    "--feedback",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the notebook with the findings below its cells, as .ipynb and .html.",
)
@click.option(
    "--reader",
    type=click.Choice(READERS),
    help="Who reads: practice hides what would give answers away, closed shows them, staff sees everything.",
)
@click.option("--hints", type=click.IntRange(0, 9), metavar="N", help="How many degrees of hints to show.")
@click.option("--student", default="", metavar="ID", help="Whose work it is: personal papers depend on it.")
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The course's key, for grading: inputs that nobody can foresee.",
)
@click.option("--attempt", default="1", metavar="N", help="With --key: which attempt this is.")
@click.option("--watch", is_flag=True, help="Stay, and grade again when the file is saved.")
@click.option("--verbose", "-v", is_flag=True, help="Show the nodes of right exercises too.")
@click.option(
    "--allow-weak-sandbox",
    is_flag=True,
    help="With --key: grade strangers' work even where this machine cannot seal it.",
)
@click.option("--here", is_flag=True, help="Run the code in this very process: for debugging your own.")
def check(watch: bool, submission: Path, exercises: tuple[str, ...], **options: Any) -> int:
    """Grade SUBMISSION, a notebook, a .py file, a .zip or a folder, node by node.

    Names of exercises choose some of them; without names every exercise is graded whose functions are found.

    \b
    Examples:
      chainmark check hw1.ipynb
      chainmark check layers.py affine relu --hints 2
      chainmark check hw1.ipynb --watch
      chainmark check hw1.ipynb --html report.html --feedback feedback/
      chainmark check hw1.zip --assignment hw1/assignment.toml --json
      chainmark check layers.py --assignment cs231n-a2

    \b
    Exit codes (the highest wins):
      0  everything passed
      1  something failed or is not started
      2  bad input: one line says what is wrong
      3  something could not be graded
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    wanted = Wanted(submission, exercises, **options)
    if not watch:
        return _once(wanted)
    return _watch(wanted)


def _watch(wanted: Wanted) -> int:
    from grader.watch import changes

    code = _attempt(wanted)
    _say(f"waiting for {one_line(str(wanted.path))} to be saved; Ctrl-C ends")
    try:
        for _ in changes(wanted.path):
            click.echo()
            code = _attempt(wanted)
    except KeyboardInterrupt:
        return code
    raise BadInputError(f"{one_line(str(wanted.path))} is gone")


def _attempt(wanted: Wanted) -> int:
    """One round of watching: what is wrong with the file is said, and does not end the watch."""
    try:
        return _once(wanted)
    except BadInputError as error:
        _say(f"chainmark check: {one_line(error.format_message(), limit=600)}")
        return 2


def _once(wanted: Wanted) -> int:
    from grader.report.redact import redact
    from grader.report.report import Reader

    if wanted.html is not None and wanted.html.suffix.lower() in HOMEWORK:
        raise BadInputError(
            f"--html would write a page over {one_line(str(wanted.html))}; give a name that ends in .html"
        )
    if wanted.key is not None and not wanted.student:
        raise BadInputError("--key draws inputs for one student; say whose work it is with --student")
    runner = _runner(wanted)  # first, so that it starts while the submission is read
    try:
        submission = _read(wanted.path)
        grading, assignment = _assigned(wanted, submission, runner)
        runner = _fitted(runner, assignment)
        report = grading.grade(
            submission,
            runner,
            _seeds(wanted, assignment),
            student=wanted.student,
            progress=_progress(len(grading.entries())),
        )
    finally:
        runner.close()
    _clear()
    reader = Reader(wanted.reader) if wanted.reader else assignment.reader
    report = redact(report, reader, hints=_degrees(wanted, assignment, reader))
    _write(wanted, submission, report)
    return report.exit_code


def _runner(wanted: Wanted) -> Runner:
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

    _say("this machine cannot seal the code that it runs (`chainmark doctor` says why): limits only, level D")
    return ProcessRunner()


def _fitted(runner: Runner, assignment: Assignment) -> Runner:
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
    fitted = SealedRunner(
        runner.sandbox, allowed=assignment.allowed_modules, limits=runner.time, memory_mb=runner.memory_mb
    )
    fitted.zygote.wait_until_ready()
    if fitted.zygote.missing:
        fitted.close()
        where = one_line(str(assignment.path)) if assignment.path else "the assignment"
        raise BadInputError(
            f"{where}: allowed_modules: cannot import {one_line('; '.join(fitted.zygote.missing))}; "
            "install it beside chainmark or take it off the list"
        )
    return fitted


def _read(path: Path) -> Submission:
    from grader.submission import SubmissionError, read_submission

    try:
        return read_submission(path)
    except SubmissionError as error:
        raise BadInputError(str(error)) from None


def _assigned(wanted: Wanted, submission: Submission, runner: Runner) -> tuple[Any, Assignment]:
    """The grader for this submission, and its assignment. Raises BadInputError."""
    from grader.assignment import Assignment, AssignmentError, exercise_folders, read_assignment
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
        if path:
            assignment = read_assignment(
                path,
                known=points,
                nodes={name: exercise.nodes for name, exercise in known.items()},
                functions={name: exercise.functions for name, exercise in known.items()},
            )
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


def _assignment_path(wanted: Wanted, submission: Submission) -> Path | None:
    """The assignment that was asked for, else the one of ours that the notebook says it was built from."""
    from grader.bundled import assignment_file, bundled

    if wanted.assignment is not None:
        return assignment_file(wanted.assignment)
    return bundled().get(submission.metadata.get("assignment", ""))


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
    raise BadInputError(
        f"{one_line(submission.name)} has no function of any exercise; {there}; "
        "name the exercises that are meant"
    )


def _seeds(wanted: Wanted, assignment: Assignment) -> SeedSource:
    from grader.checks.seeds import SeedSource

    if wanted.key is None:
        return SeedSource.practice()
    if wanted.key.exists() and not wanted.key.is_file():
        raise BadInputError(f"the key {one_line(str(wanted.key))} is not a regular file")
    try:
        key = wanted.key.read_bytes().strip()
    except OSError as error:
        raise BadInputError(f"cannot read the key {one_line(str(wanted.key))}: {error.strerror}") from None
    if len(key) < 16:
        raise BadInputError(
            f"the key {one_line(str(wanted.key))} is shorter than 16 bytes; make a longer one"
        )
    return SeedSource.grading(key, assignment=assignment.id, student=wanted.student, attempt=wanted.attempt)


def _degrees(wanted: Wanted, assignment: Assignment, reader: Reader) -> int | dict[str, int]:
    """Degrees of hints: what the command line says, else each exercise's own before closing."""
    from grader.report.report import Reader

    if wanted.hints is not None:
        return wanted.hints
    if reader is Reader.PRACTICE:
        return {entry.id: entry.hints for entry in assignment.exercises}
    return assignment.hints_after_closing


def _write(wanted: Wanted, submission: Submission, report: Report) -> None:
    if wanted.html is not None:
        from grader.report.html import html

        _save(wanted.html, html(report))
    if wanted.feedback is not None:
        _feedback(wanted.feedback, submission, report)
    if wanted.as_json:
        from grader.report.schema import json_text

        encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
        click.echo(json_text(report, ascii_only=encoding != "utf8"))
        return
    from rich.console import Console

    from grader.report.terminal import show

    show(report, Console(markup=False, highlight=False, emoji=False), verbose=wanted.verbose)


def _feedback(folder: Path, submission: Submission, report: Report) -> None:
    if not submission.notebooks:
        _say("--feedback: there is no notebook in this submission, so there is nothing to write into")
        return
    from grader.report.feedback import write_feedback

    try:
        written = write_feedback(folder, submission.notebooks, report, units=submission.units)
    except OSError as error:
        raise BadInputError(f"cannot write to {one_line(str(folder))}: {error.strerror or error}") from None
    for path in written:
        _say(f"wrote {one_line(str(path))}")


def _save(path: Path, text: str) -> None:
    from grader.files import write_whole

    try:
        write_whole(path, text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInputError(f"cannot write {one_line(str(path))}: {reason}") from None
    _say(f"wrote {one_line(str(path))}")


def _progress(count: int) -> Any:
    """Which exercise is being judged, on one line that is wiped afterwards; nothing where nobody watches."""
    if not sys.stderr.isatty():
        return lambda _: None
    number = 0

    def said(title: str) -> None:
        nonlocal number
        number += 1
        width = max(20, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
        text = one_line(f"{number} of {count}: {title}", limit=width)
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    return said


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - a message to the person, not output
