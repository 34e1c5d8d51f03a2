"""What a run is graded by: the assignment, its exercises, the course's key; a hash of all that decides marks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from grader.assignment import Assignment, exercise_folders, read_assignment
from grader.assignment.document import locate
from grader.assignment.known import known_of
from grader.batch.taught import taught
from grader.bundled import assignment_file
from grader.checks.seeds import SeedSource
from grader.exercise import AnswersExercise, Exercise
from grader.exercise_catalogue import exercises
from grader.grading import Grader, versions
from grader.rivals import Order
from grader.shadowing import ROOT

NOT_JUDGING = frozenset(
    {
        "__main__.py", "batch", "bundled.py", "class_report", "cli.py", "commands", "export", "formula_trace.py",
        "gradebook", "latex.py", "live", "notebooks", "picture", "prove", "questions.py", "report", "selection.py",
        "solutions", "watch.py",
    }
)  # fmt: skip
"""What of `grader/` shows, writes or asks, and so changes no mark."""


@dataclass(frozen=True, slots=True)
class Course:
    """Everything that stays the same through a run. `load_course` makes one."""

    grader: Grader
    key: bytes
    judged_by: str
    """Hash of everything but the submission and its seed that decides a report."""
    personal: bool
    """Whether an exercise is different for each student, so that equal files earn different marks."""

    @property
    def assignment(self) -> Assignment:
        """The assignment."""
        return self.grader.assignment

    def seeds(self, student: str, attempt: str) -> SeedSource:
        """Where this student's inputs come from."""
        if not self.key:
            return SeedSource.practice()
        return SeedSource.grading(self.key, assignment=self.assignment.id, student=student, attempt=attempt)

    def inputs(self, sha256: str, student: str, attempt: str, order: Order = ()) -> str:
        """Hash of all that decides the report; submissions with equal ones have the same marks and findings.

        `order` is that of several notebooks by the times of their files.
        """
        seed = hashlib.sha256(self.seeds(student, attempt).secret).hexdigest()
        parts = [self.judged_by, sha256, seed, student if self.personal else ""]
        parts += [json.dumps(order)] if order else []
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def load_course(path: Path, key: bytes = b"") -> Course:
    """Read the assignment and its exercises, once for each process and all that are forked from it.

    Raises AssignmentError, ExerciseFileError or UnknownAssignmentError.
    """
    file = locate(assignment_file(path))
    content = file.read_bytes() if file.is_file() else b""
    return _loaded(file, key, hashlib.sha256(content).hexdigest())


@lru_cache(maxsize=4)
def _loaded(file: Path, key: bytes, digest: str) -> Course:  # noqa: ARG001 - another content is another course
    known = exercises(folders=exercise_folders(file))
    assignment = read_assignment(file, **known_of(known))
    chosen = {entry.id: known[entry.id] for entry in assignment.exercises}
    grader = Grader(assignment, chosen)
    personal = any(isinstance(exercise, AnswersExercise) for exercise in chosen.values())
    return Course(grader, key, _judged_by(assignment, chosen), personal)


def _judged_by(assignment: Assignment, chosen: Mapping[str, Exercise]) -> str:
    digest = hashlib.sha256()
    said = {
        "versions": [pair for pair in versions() if pair[0] != "python"],
        "assignment": [assignment.id, assignment.version],
        "modules": assignment.allowed_modules,
        "limits": [assignment.limits.cpu_seconds, assignment.limits.memory_mb],
        "exercises": [
            [e.id, e.points, dict(e.parts), e.follow_through, dict(e.functions), list(e.accept)]
            for e in assignment.exercises
        ],
    }
    digest.update(json.dumps(said, sort_keys=True).encode())
    own = taught(chosen, assignment.exercises_from)
    for path in sorted({*_judging(), *own, *_below(assignment.exercises_from)}):
        digest.update(b"\0" + path.name.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _below(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*.py") if path.is_file())


def _judging() -> Iterator[Path]:
    """The source of the checks and of the mathematics."""
    yield from _below([ROOT / "reference"])
    for path in (ROOT / "grader").iterdir():
        if path.name in NOT_JUDGING or path.name.startswith("__pycache__"):
            continue
        yield from _below([path]) if path.is_dir() else (path,) if path.suffix == ".py" else ()
