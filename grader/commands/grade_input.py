"""What `chainmark grade` is given, and whether it can be used: seen before anything is written."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands.errors import BadInputError
from grader.text import counted, one_line

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.batch.attempts import Policy, Turn
    from grader.batch.course import Course
    from grader.batch.roster import Roster
    from grader.batch.work import Found

UNPACKED = "unpacked"
"""The folder within the results where the content of a .zip lies."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    assignment: Path
    submissions: Path
    out: Path | None
    jobs: int | None
    executor: str
    scheduler: str | None
    roster: Path | None
    groups: Path | None
    extensions: Path | None
    unknown: str
    attempts: str | None
    key: Path | None
    regrade: bool
    quiet: bool
    verbose: bool
    allow_weak_sandbox: bool


@dataclass(frozen=True, slots=True)
class Given:
    """All that a run works on."""

    found: Found
    roster: Roster
    turns: tuple[Turn, ...]
    unpacked: Path | None
    """Where a .zip was unpacked to."""
    policy: Policy
    remembered: str
    """What the folder is to remember of this run."""


def found_all(wanted: Wanted, course: Course, out: Path, stack: ExitStack) -> Given:
    """Everything that is to be graded, checked before anything is written."""
    from grader.batch.attempts import turns
    from grader.batch.discovery import discover
    from grader.batch.memory import Memory
    from grader.batch.roster import read_roster
    from grader.batch.scratch import Scratch

    scratch = stack.enter_context(Scratch())  # a full disk is told of before anything is begun
    memory = Memory.of(out, course.assignment.id)
    seed = course.seeds("", "1").named
    if not wanted.regrade:
        memory.refuse_other_inputs(f"{seed.kind} {seed.id}", one_line(str(out), limit=300))
    roster = read_roster(
        wanted.roster, wanted.groups, wanted.extensions, due=course.assignment.due, earlier=memory.listed
    )
    root = wanted.submissions
    notes: list[str] = []
    unpacked: Path | None = None
    if root.name.lower().endswith(".zip") and root.is_file():
        from grader.batch.unpack import unpack

        folder = scratch.path
        notes = unpack(root, folder)
        unpacked = folder
        inside = list(folder.iterdir())
        root = inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
    found = discover(root, assignment=course.assignment.id)
    roster, kept = memory.completed(
        roster, found.works, groups=wanted.groups is not None, extensions=wanted.extensions is not None
    )
    if memory.roster and wanted.roster is None:
        kept = (f"the roster of the last run still holds, {counted(len(memory.enrolled), 'student')}", *kept)
    policy: Policy = "best" if (wanted.attempts or memory.attempts) == "best" else "latest"
    if policy == "best" and not wanted.attempts:
        kept = (*kept, "the best attempt counts, as in the last run; --attempts latest changes that")
    found = replace(found, notes=(*kept, *_untimed(found, course.assignment), *notes, *found.notes))
    return Given(
        found, roster, turns(found.works, roster, policy=policy, unknown=wanted.unknown), unpacked, policy,
        memory.given(
            roster=wanted.roster is not None, extensions=wanted.extensions is not None, attempts=policy
        ),
    )  # fmt: skip


def _untimed(found: Found, assignment: Assignment) -> tuple[str, ...]:
    """A line where late work would lose something and nobody knows what is late."""
    rule, untimed = assignment.late, sum(work.received is None for work in found.works)
    if (
        assignment.due is None
        or not untimed
        or not (rule.percent_a_day or rule.closes_after_days is not None)
    ):
        return ()
    every = counted(len(found.works), "submission")
    whose = "the submissions" if untimed == len(found.works) else f"{untimed} of {every}"
    return (f"nothing says when {whose} came, so [late] takes nothing off them",)


def kept(unpacked: Path, place: Path, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """What was in a .zip, copied into the results folder, where reports and replays find it again.

    The copy of the run before stays until this one is whole: a full disk loses neither.
    """
    import shutil

    fresh, before = place.with_name(f"{place.name}.new"), place.with_name(f"{place.name}.old")
    try:
        for left in (fresh, before):  # by a run that was ended from outside
            shutil.rmtree(left, ignore_errors=True)
        shutil.copytree(unpacked, fresh)
        if place.exists():
            place.rename(before)
        fresh.rename(place)
    except OSError as error:  # of several files, shutil's own lists what the system said of each
        shutil.rmtree(fresh, ignore_errors=True)
        said = error.strerror or one_line(str(error.args[0][0][2]).partition(": ")[0], limit=100)
        shown = one_line(str(place), limit=300)
        raise BadInputError(
            f"cannot copy the submissions to {shown}: {said}; make room and run the same command again"
        ) from None
    shutil.rmtree(before, ignore_errors=True)
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


def usable(out: Path) -> None:
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


def made(out: Path) -> None:
    """Make the results folder. Raises BadInputError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(
            f"cannot make the folder {one_line(str(out), limit=300)}: {error.strerror}"
        ) from None
