"""One grader at a desk: a process that grades one submission after another with a zygote of its own."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from grader.batch.course import Course, load_course
from grader.batch.reading import NAME, read_work
from grader.gradebook.content import pack, pack_units
from grader.gradebook.ledger import Graded
from grader.gradebook.summary import summary_text
from grader.report.report import Report, Status
from grader.report.schema import as_json
from grader.runner.process import ProcessRunner
from grader.runner.worker_runner import Time, WorkerRunner
from grader.sandbox.level import Sandbox
from grader.submission import SubmissionError
from grader.text import one_line

UNGRADED = "could not be graded"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a desk is set up: what it is graded by, with which key, behind which layers."""

    assignment: Path
    key: bytes
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
    attempt: str
    sha256: str
    inputs: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job: `graded`, or why it could not be graded."""

    number: int
    graded: Graded | None
    sort: str
    """For the counts: "right", "partly right", "not started" or "could not be graded"."""
    reason: str = ""
    detail: str = ""


class Desk:
    """Grades jobs, one at a time. Use it as a context manager: it owns a zygote and a folder."""

    def __init__(self, recipe: Recipe) -> None:
        self.course: Course = load_course(recipe.assignment, recipe.key)
        self._folder = Path(tempfile.mkdtemp(prefix="chainmark-"))
        self._runner = _runner(recipe, self.course)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def grade(self, job: Job) -> Result:
        """Never raises for what a submission is or does, nor for a mistake of ours in judging it."""
        try:
            return self._grade(job)
        except SubmissionError as error:
            return Result(job.number, None, UNGRADED, str(error))
        except Exception as error:
            said = f"the grader itself failed: {type(error).__name__}: {one_line(str(error))}"
            trace = "".join(traceback.format_exception(error)[-8:])
            return Result(job.number, None, UNGRADED, said, trace)
        finally:
            with contextlib.suppress(Exception):
                if self._runner.channel is not None:
                    self._runner.end()

    def _grade(self, job: Job) -> Result:
        submission = read_work(job.files, job.named, desk=self._folder)
        if submission.sha256 != job.sha256:
            return Result(
                job.number, None, UNGRADED, "it was changed while it was graded; run the command again"
            )
        seeds = self.course.seeds(job.student, job.attempt)
        report = self.course.grader.grade(submission, self._runner, seeds, student=job.student)
        # The gradebook knows nobody's name.
        report = replace(report, student=job.pseudonym, submission=submission.name or NAME)
        undone = [e for e in report.exercises if e.status is Status.UNGRADED and not e.provisional]
        trouble = "; ".join(f"{e.id}: {one_line(e.reason)}" for e in undone[:3])
        packed = pack(json.dumps(as_json(report), separators=(",", ":"), allow_nan=False, ensure_ascii=False))
        graded = Graded(
            job.inputs, not undone, summary_text(report), packed, pack_units(submission.units), trouble
        )
        return Result(job.number, graded, sort_of(report), trouble)


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
