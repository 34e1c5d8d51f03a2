"""One grader at a desk: a process that grades one submission after another with a zygote of its own."""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from grader.batch.course import Course, load_course
from grader.batch.doubts import doubts_of
from grader.batch.errors import BatchError
from grader.batch.reading import NAME, read_work
from grader.batch.scratch import Scratch
from grader.checks.seeds import SeedSource
from grader.gradebook.content import pack, pack_units
from grader.gradebook.ledger import Graded
from grader.gradebook.summary import summary_text
from grader.report.report import Report, Status
from grader.report.schema import as_json
from grader.rivals import Order, newest_last
from grader.runner.process import ProcessRunner
from grader.runner.worker_runner import Time, WorkerRunner
from grader.sandbox.level import Sandbox
from grader.submission import Submission, SubmissionError
from grader.text import one_line

UNGRADED = "could not be graded"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a desk is set up: what it is graded by, behind which layers."""

    assignment: Path
    key: bytes
    """By which this process finds the course that it has read already. Each job brings its own seeds, so that a
    desk on another machine needs no key."""
    sandbox: Sandbox | None
    """None: this machine cannot seal; limits only."""


@dataclass(frozen=True, slots=True)
class Job:
    """One submission to be graded."""

    number: int
    files: tuple[Path, ...]
    named: tuple[str, ...]
    student: str
    pseudonym: str
    sha256: str
    inputs: str
    seeds: SeedSource
    order: Order = ()
    """Of its notebooks, where there are several, by the times of their files."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job: `graded`, or why it could not be graded."""

    number: int
    graded: Graded | None
    sort: str
    """For the counts: "right", "partly right", "not started" or "could not be graded"."""
    reason: str = ""
    detail: str = ""
    doubts: tuple[str, ...] = ()
    """What a person should look at although it was graded, a line each."""


class Desk:
    """Grades jobs, one at a time. Use it as a context manager: it owns a zygote and a folder."""

    def __init__(self, recipe: Recipe) -> None:
        """Raises BatchError where no temporary folder can be made."""
        self.course: Course = load_course(recipe.assignment, recipe.key)
        self._scratch = Scratch()
        self._runner = _runner(recipe, self.course)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote and remove the folder."""
        self._runner.close()
        self._scratch.close()

    @property
    def level(self) -> str:
        """The sandbox level behind which it runs strangers' code."""
        return self._runner.level

    def grade(self, job: Job) -> Result:
        """Never raises for what a submission is or does, nor for a mistake of ours in judging it."""
        return self._safely(job, lambda: read_work(job.files, job.named, desk=self._scratch.path))

    def judge(self, job: Job, submission: Submission) -> Result:
        """The same for a submission that has been read already."""
        return self._safely(job, lambda: submission)

    def _safely(self, job: Job, read: Callable[[], Submission]) -> Result:
        try:
            return self._judged(job, read())
        except (SubmissionError, BatchError) as error:
            return Result(job.number, None, UNGRADED, str(error))
        except Exception as error:
            said = f"the grader itself failed: {type(error).__name__}: {one_line(str(error))}"
            trace = "".join(traceback.format_exception(error)[-8:])
            return Result(job.number, None, UNGRADED, said, trace)
        finally:
            with contextlib.suppress(Exception):
                if self._runner.channel is not None:
                    self._runner.end()

    def _judged(self, job: Job, submission: Submission) -> Result:
        if submission.sha256 != job.sha256:
            return Result(
                job.number, None, UNGRADED, "it was changed while it was graded; run the command again"
            )
        choice = newest_last(submission, self.course.grader.entries(), order=job.order)
        if choice.undecided:
            return Result(job.number, None, UNGRADED, choice.undecided)
        submission = choice.submission
        report = self.course.grader.grade(submission, self._runner, job.seeds, student=job.student)
        # The gradebook knows nobody's name.
        report = replace(report, student=job.pseudonym, submission=submission.name or NAME)
        undone = [e for e in report.exercises if e.status is Status.UNGRADED and not e.provisional]
        trouble = "; ".join(f"{e.id}: {one_line(e.reason)}" for e in undone[:3])
        packed = pack(json.dumps(as_json(report), separators=(",", ":"), allow_nan=False, ensure_ascii=False))
        doubts = doubts_of(submission, report, choice.said)
        summary = summary_text(report, doubts)
        graded = Graded(job.inputs, not undone, summary, packed, pack_units(submission.units), trouble)
        return Result(job.number, graded, sort_of(report), trouble, doubts=doubts)


def sort_of(report: Report) -> str:
    """Which of the counts it adds to."""
    if any(e.status is Status.UNGRADED and not e.provisional for e in report.exercises):
        return UNGRADED
    done = [e for e in report.exercises if not (e.status is Status.UNGRADED and e.provisional)]
    if done and all(e.status is Status.NOT_STARTED for e in done):
        return "not started"
    return "right" if all(e.passed for e in done) else "partly right"


def _runner(recipe: Recipe, course: Course) -> WorkerRunner:
    limits = course.assignment.limits
    time = Time(limits.cpu_seconds, limits.wall_seconds)
    if recipe.sandbox is None or sys.platform != "linux":
        return ProcessRunner(time, memory_mb=limits.memory_mb)
    from grader.runner.sealed import SealedRunner

    return SealedRunner(
        recipe.sandbox,
        ahead=True,
        allowed=course.assignment.allowed_modules,
        limits=time,
        memory_mb=limits.memory_mb,
    )


def sealing() -> Sandbox | None:
    """What holds strangers' code on this machine; None where that is too weak to be called sealed."""
    if sys.platform != "linux":
        return None
    from grader.sandbox.level import probe

    sandbox = probe()
    return sandbox if sandbox.level.sealed else None


def missing_modules(recipe: Recipe, modules: Sequence[str]) -> list[str]:
    """Which of the modules that the assignment allows cannot be imported here, with the reason."""
    if not modules or recipe.sandbox is None:
        return []
    from grader.runner.sealed import Zygote

    zygote = Zygote(modules)
    try:
        zygote.wait_until_ready()
        return zygote.missing
    finally:
        zygote.close()
