"""`chainmark grade`: grade a whole class into a results folder."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from grader.commands.errors import BadInputError
from grader.text import one_line

if TYPE_CHECKING:
    from grader.batch.attempts import Turn
    from grader.batch.course import Course
    from grader.batch.progress import Progress
    from grader.batch.roster import Roster
    from grader.batch.work import Found
    from grader.sandbox.level import Sandbox

_Command = TypeVar("_Command", bound=Callable[..., Any])

UNPACKED = "unpacked"
"""The folder within the results where the content of a .zip lies."""
SHOWN = 5
"""Lines of notes and of troubles, unless --verbose."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    assignment: Path
    submissions: Path
    out: Path | None
    jobs: int | None
    roster: Path | None
    groups: Path | None
    extensions: Path | None
    unknown: str
    attempts: str
    key: Path | None
    regrade: bool
    quiet: bool
    verbose: bool
    allow_weak_sandbox: bool


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
    default="latest",
    help="Which of several attempts counts. [latest]",
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
    submission at a time: an interrupted run goes on where it was, and a second one grades only what is new.

    \b
    Examples:
      chainmark grade hw1/assignment.toml submitted/
      chainmark grade hw1 moodle.zip --roster class.csv --key course.key
      chainmark grade hw1 canvas/ --attempts best --out hw1-results
      chainmark grade hw1 submitted/ --regrade && chainmark diff hw1-results

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
    from grader.batch.desk import Recipe, missing_modules
    from grader.batch.engine import run
    from grader.batch.pool import Pool, cores
    from grader.batch.progress import Progress
    from grader.commands.keys import course_key
    from grader.gradebook.content import assignment_text
    from grader.gradebook.ledger import Ledger
    from grader.grading import versions

    started = time.monotonic()
    key = course_key(wanted.key) if wanted.key else b""
    course = load_course(wanted.assignment, key)
    assignment = course.assignment
    out = wanted.out or Path(f"{assignment.id}-results")
    with ExitStack() as stack:
        found, roster, turns, unpacked = _found(wanted, course, stack)
        _usable(out)
        recipe = Recipe(wanted.assignment, key, _sandbox(wanted))
        if missing := missing_modules(recipe, assignment.allowed_modules):
            raise BadInputError(f"allowed_modules: cannot import {one_line('; '.join(missing))}; install it")
        total = sum(len(turn.works) for turn in turns)
        jobs = min(wanted.jobs or cores(), total)
        _made(out)
        ledger = stack.enter_context(Ledger.opened(out, create=True))
        ledger.claim(assignment.id)
        forgotten = ledger.forgotten()
        enrolled = [replace(p, pseudonym=ledger.people.pseudonym(p.id)) for p in roster.people.values()]
        ledger.people.enrol([p for p in enrolled if p.pseudonym not in forgotten], enrolled=True)
        sandbox = recipe.sandbox.level.value if recipe.sandbox else "D"
        seed = course.seeds("", "1").named
        ledger.begin(
            assignment_text(assignment, course.grader.exercises),
            versions=dict(versions()), sandbox=sandbox, seed=f"{seed.kind} {seed.id}", jobs=jobs,
            path=str(assignment.path.absolute()) if wanted.assignment.exists() and assignment.path else "",
        )  # fmt: skip
        if unpacked is not None:
            turns = _kept(unpacked, out / UNPACKED, turns)
        progress = stack.enter_context(Progress(total, quiet=wanted.quiet))
        if not wanted.quiet:
            people = "student" if len(turns) == 1 else "students"
            progress.line(
                f"{found.layout}: {total} submissions of {len(turns)} {people}; sandbox level {sandbox}"
            )
        _noted(found, wanted, progress)
        troubles: list[str] = []

        def hear(sort: str, student: str, reason: str) -> None:
            if reason:
                troubles.append(f"{one_line(student, limit=60)}: {one_line(reason, limit=200)}")
                if wanted.verbose:
                    progress.line(f"could not be graded: {troubles[-1]}")
            progress.add(sort)

        pool = stack.enter_context(Pool(recipe, jobs))
        try:
            run(
                turns, course, ledger, pool,
                policy="best" if wanted.attempts == "best" else "latest",
                regrade=wanted.regrade, hear=hear,
            )  # fmt: skip
        except KeyboardInterrupt:
            progress.line(
                f"interrupted: {progress.done} of {total} are done; the same command goes on from there"
            )
            raise
        ledger.end(progress.counts)
    _told(wanted, out, progress, troubles, time.monotonic() - started)
    return 3 if troubles else 0


def _found(
    wanted: Wanted, course: Course, stack: ExitStack
) -> tuple[Found, Roster, tuple[Turn, ...], Path | None]:
    """Everything that is to be graded, checked before anything is written; last where a .zip was unpacked to."""
    from grader.batch.attempts import turns
    from grader.batch.discovery import discover
    from grader.batch.roster import read_roster

    roster = read_roster(wanted.roster, wanted.groups, wanted.extensions, due=course.assignment.due)
    root = wanted.submissions
    notes: list[str] = []
    unpacked: Path | None = None
    if root.name.lower().endswith(".zip") and root.is_file():
        from grader.batch.unpack import unpack

        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chainmark-")))
        notes = unpack(root, folder)
        unpacked = folder
        inside = list(folder.iterdir())
        root = inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
    found = discover(root, assignment=course.assignment.id)
    found = replace(found, notes=(*notes, *found.notes))
    policy: Any = wanted.attempts
    return found, roster, turns(found.works, roster, policy=policy, unknown=wanted.unknown), unpacked


def _kept(unpacked: Path, place: Path, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """What was in a .zip, moved into the results folder, where reports and replays find it again."""
    import shutil

    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(unpacked, place)
    return tuple(
        replace(
            turn,
            works=tuple(
                replace(work, files=tuple(place / path.relative_to(unpacked) for path in work.files))
                for work in turn.works
            ),
        )
        for turn in turns
    )


def _usable(out: Path) -> None:
    """Refuse a folder that is something else's. Raises BadInputError."""
    from grader.gradebook.store import is_results

    shown = one_line(str(out), limit=300)
    try:
        if out.exists() and not out.is_dir():
            raise BadInputError(f"{shown} is a file; name a folder with --out")
        if out.is_dir() and not is_results(out) and any(p.name != "lock" for p in out.iterdir()):
            raise BadInputError(
                f"{shown} holds other files and no gradebook; name a new or empty folder with --out"
            )
        parent = out if out.exists() else out.absolute().parent
        if parent.is_dir() and not os.access(parent, os.W_OK | os.X_OK):
            raise BadInputError(
                f"cannot write into {one_line(str(parent), limit=300)}; name another folder with --out"
            )
    except OSError as error:
        raise BadInputError(f"cannot use {shown}: {error.strerror}") from None


def _made(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(
            f"cannot make the folder {one_line(str(out), limit=300)}: {error.strerror}"
        ) from None


def _sandbox(wanted: Wanted) -> Sandbox | None:
    """What holds here. Raises BadInputError where that is too weak for strangers' work."""
    if sys.platform == "linux":
        from grader.sandbox.level import probe

        sandbox = probe()
        if sandbox.level.sealed:
            return sandbox
    if not wanted.allow_weak_sandbox:
        raise BadInputError(
            "this machine cannot seal a stranger's code (`chainmark doctor` says why); "
            "to grade all the same, with limits only, add --allow-weak-sandbox"
        )
    return None


def _noted(found: Found, wanted: Wanted, progress: Progress) -> None:
    if wanted.quiet:
        return
    shown = found.notes if wanted.verbose else found.notes[:SHOWN]
    for note in shown:
        progress.line(f"note: {note}")
    if len(found.notes) > len(shown):
        progress.line(f"note: {len(found.notes) - len(shown)} more such notes; --verbose shows them")


def _told(wanted: Wanted, out: Path, progress: Progress, troubles: list[str], seconds: float) -> None:
    from grader.batch.progress import duration

    if troubles and not wanted.verbose:
        for line in troubles[:SHOWN]:
            print(f"could not be graded: {line}", file=sys.stderr)  # noqa: T201
        if len(troubles) > SHOWN:
            print(f"and {len(troubles) - SHOWN} more; --verbose shows all", file=sys.stderr)  # noqa: T201
    if wanted.quiet:
        return
    click.echo(f"{progress.done} submissions in {duration(seconds)}: {progress.told()}")
    shown = one_line(str(out), limit=300)
    click.echo(f"The gradebook is in {shown}; `chainmark report {shown}` writes the class report")
