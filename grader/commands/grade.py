"""`chainmark grade`: grade a whole class into a results folder."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grader.commands.errors import BadInputError
from grader.commands.grade_input import UNPACKED, Wanted, found_all, kept, made, usable
from grader.text import counted, one_line

if TYPE_CHECKING:
    from grader.batch.progress import Progress
    from grader.batch.work import Found

_Command = TypeVar("_Command", bound=Callable[..., Any])

__all__ = ["UNPACKED", "grade"]

SHOWN = 5
"""Lines of notes and of troubles, unless --verbose."""


def _path(*names: str, help: str, metavar: str = "FILE") -> Callable[[_Command], _Command]:
    return click.option(*names, type=click.Path(path_type=Path), metavar=metavar, help=help)


@click.command(short_help="Grade a whole class into a results folder.")
@click.argument("assignment", type=click.Path(path_type=Path))
@click.argument("submissions", type=click.Path(path_type=Path))
@_path(
    "--out", "-o", metavar="DIR", help="The results folder; without it ASSIGNMENT's id and -results, here."
)
@click.option(
    "--jobs", "-j", type=click.IntRange(1, 256), metavar="N", help="Processes; without it one a core."
)
@click.option(
    "--executor",
    type=click.Choice(("local", "dask")),
    default="local",
    help="Who grades: processes of this machine, or a Dask cluster's workers, one submission at a time in each. "
    "[local]",
)
@click.option("--scheduler", metavar="ADDRESS", help="The cluster's scheduler, such as tcp://10.0.0.1:8786.")
@_path("--roster", help="CSV: student, and if known name, email, section, group, extension_until.")
@_path("--groups", help="CSV: group, student. What one of a group hands in is for all of it.")
@_path("--extensions", help="CSV: student, and extension_until or extension_days.")
@click.option(
    "--unknown",
    type=click.Choice(("refuse", "skip", "grade")),
    default="refuse",
    help="What to do with work of somebody who is not on the roster. [refuse]",
)
@click.option(
    "--attempts",
    type=click.Choice(("latest", "best")),
    help="Which of several attempts counts. [as in the last run; at first latest]",
)
@_path("--key", help="The course's key: inputs that nobody can foresee, others for each student.")
@click.option("--regrade", is_flag=True, help="Grade what has not changed, too.")
@click.option("--quiet", "-q", is_flag=True, help="Say only what went wrong.")
@click.option("--verbose", "-v", is_flag=True, help="Say all that was passed over or could not be graded.")
@click.option(
    "--allow-weak-sandbox", is_flag=True, help="Grade even where this machine cannot seal strangers' code."
)
def grade(**options: Any) -> int:
    """Grade all SUBMISSIONS, a folder or a .zip, by ASSIGNMENT, an assignment.toml, its folder or a known id.

    Submissions are found in nbgrader's submitted/, in exports of Gradescope, Moodle and Canvas, among GitHub
    Classroom's clones, or as one folder, notebook, .py or .zip a student. Results go into a gradebook, one
    submission at a time: an interrupted run goes on where it was, and a second one grades only what is new. The
    folder remembers roster, groups, extensions and --attempts, which hold until others are given, and refuses
    another key without --regrade.

    What late work loses is in the assignment: `due`, and a table [late] with percent_a_day. The times come from the
    course's system; plain folders and files have none, and lose nothing.

    \b
    Examples:
      chainmark grade hw1/assignment.toml submitted/
      chainmark grade hw1 moodle.zip --roster class.csv --key course.key
      chainmark grade hw1 canvas/ --attempts best --out hw1-results
      chainmark grade hw1 submitted/ --regrade && chainmark diff hw1-results
      chainmark grade hw1 submitted/ --executor dask --scheduler tcp://10.0.0.1:8786

    \b
    Exit codes:
      0  everything was graded
      2  bad input: one line says what is wrong, and nothing was touched
      3  something could not be graded; it is tried again the next time
    """  # noqa: D301 - a backspace is click's sign for lines that are not to be joined
    return _graded(Wanted(**options))


def _graded(wanted: Wanted) -> int:
    from grader.assignment import AssignmentError
    from grader.batch.errors import BatchError
    from grader.bundled import UnknownAssignmentError
    from grader.exercise_catalogue import ExerciseFileError
    from grader.gradebook.rows import GradebookError

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: the cores are for the submissions
    try:
        return _all(wanted)
    except (AssignmentError, BatchError, ExerciseFileError, GradebookError, UnknownAssignmentError) as error:
        raise BadInputError(str(error)) from None


def _all(wanted: Wanted) -> int:
    from grader.batch.course import load_course
    from grader.batch.engine import run
    from grader.batch.memory import GIVEN
    from grader.batch.progress import Progress
    from grader.commands.executors import executor, refuse_misfits
    from grader.commands.keys import course_key
    from grader.gradebook.content import assignment_text
    from grader.gradebook.ledger import Ledger
    from grader.grading import versions

    started = time.monotonic()
    refuse_misfits(wanted)
    key = course_key(wanted.key) if wanted.key else b""
    course = load_course(wanted.assignment, key)
    assignment = course.assignment
    out = wanted.out or Path(f"{assignment.id}-results")
    with ExitStack() as stack:
        usable(out)
        given = found_all(wanted, course, out, stack)
        found, roster, turns = given.found, given.roster, given.turns
        total = sum(len(turn.works) for turn in turns)
        who = executor(wanted, key, course, total, stack)
        made(out)
        ledger = stack.enter_context(Ledger.opened(out, create=True))
        ledger.claim(assignment.id)
        forgotten = ledger.forgotten()
        enrolled = [replace(p, pseudonym=ledger.people.pseudonym(p.id)) for p in roster.people.values()]
        enrolled = [p for p in enrolled if p.pseudonym not in forgotten]
        ledger.people.enrol(enrolled, enrolled=True, alone=wanted.roster is not None)
        ledger.keep(GIVEN, given.remembered)
        seed = course.seeds("", "1").named
        ledger.begin(
            assignment_text(assignment, course.grader.exercises),
            versions=dict(versions()), sandbox=who.level, seed=f"{seed.kind} {seed.id}", jobs=who.jobs,
            path=str(assignment.path.absolute()) if wanted.assignment.exists() and assignment.path else "",
        )  # fmt: skip
        if given.unpacked is not None:
            turns = kept(given.unpacked, out / UNPACKED, turns)
        progress = stack.enter_context(Progress(total, quiet=wanted.quiet))
        if not wanted.quiet:
            works, people = counted(total, "submission"), counted(len(turns), "student")
            progress.line(f"{found.layout}: {works} of {people}; sandbox level {who.level}")
        _noted(found, wanted, progress)
        troubles: list[str] = []
        doubts: list[str] = []

        def hear(sort: str, student: str, reason: str, doubtful: tuple[str, ...]) -> None:
            if doubtful:
                doubts.append(f"{one_line(student, limit=60)}: {one_line('; '.join(doubtful), limit=300)}")
                if wanted.verbose:
                    progress.line(f"graded, but look at it: {doubts[-1]}")
            if reason:
                troubles.append(f"{one_line(student, limit=60)}: {one_line(reason, limit=200)}")
                if wanted.verbose:
                    progress.line(f"could not be graded: {troubles[-1]}")
            progress.add(sort)

        who.says(progress.line)
        try:
            run(
                turns, course, ledger, who.graders,
                policy=given.policy,
                regrade=wanted.regrade, hear=hear,
            )  # fmt: skip
        except KeyboardInterrupt:
            progress.line(
                f"interrupted: {progress.done} of {total} are done; the same command goes on from there"
            )
            raise click.exceptions.Exit(130) from None  # that is said
        ledger.end(progress.counts)
    _told(wanted, out, progress, troubles, doubts, time.monotonic() - started)
    return 3 if troubles else 0


def _noted(found: Found, wanted: Wanted, progress: Progress) -> None:
    if wanted.quiet:
        return
    shown = found.notes if wanted.verbose else found.notes[:SHOWN]
    for note in shown:
        progress.line(f"note: {note}")
    if len(found.notes) > len(shown):
        progress.line(
            f"note: {counted(len(found.notes) - len(shown), 'more such note')}; --verbose shows all"
        )


def _told(
    wanted: Wanted, out: Path, progress: Progress, troubles: list[str], doubts: list[str], seconds: float
) -> None:
    from grader.batch.progress import duration

    if troubles and not wanted.verbose:
        for line in troubles[:SHOWN]:
            print(f"could not be graded: {line}", file=sys.stderr)  # noqa: T201
        if len(troubles) > SHOWN:
            print(f"and {len(troubles) - SHOWN} more; --verbose shows all", file=sys.stderr)  # noqa: T201
    if wanted.quiet:
        return
    if doubts and not wanted.verbose:
        for line in doubts[:SHOWN]:
            print(f"graded, but look at it: {line}", file=sys.stderr)  # noqa: T201
        if len(doubts) > SHOWN:
            more = f"and {len(doubts) - SHOWN} more; --verbose and the class report show all"
            print(more, file=sys.stderr)  # noqa: T201
    click.echo(f"{counted(progress.done, 'submission')} in {duration(seconds)}: {progress.told()}")
    shown = one_line(str(out), limit=300)
    click.echo(f"The gradebook is in {shown}; `chainmark report {shown}` writes the class report")
