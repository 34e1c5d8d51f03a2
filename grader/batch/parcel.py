"""What travels to another machine: a submission as bytes, and the course's own files. The key stays where it is.

Nothing here knows how they travel, nor does the other end need a disk in common with this one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from grader.assignment import exercise_folders
from grader.assignment.document import NAME as ASSIGNMENT
from grader.assignment.document import display, document, locate
from grader.batch.course import Course
from grader.batch.desk import Job
from grader.batch.errors import BatchError
from grader.batch.reading import NAME, read_work
from grader.batch.scratch import Scratch
from grader.batch.taught import python_files, taught
from grader.bundled import assignment_file
from grader.exercise import Exercise
from grader.shadowing import ROOT
from grader.submission import Submission, SubmissionError
from grader.submission.files import is_folder, read_bytes
from grader.submission.folder import read_folder
from grader.submission.types import ReadLimits

LARGEST = 20_000_000
"""Bytes of a course's own exercises; each worker gets all of them."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A job without its files, and what was in them."""

    job: Job
    contents: tuple[tuple[str, bytes], ...] = ()
    """Names, within the submission where it is a folder, and bytes."""
    folder: bool = False
    submission: Submission | None = None
    """In place of the contents, where only the place itself tells all (see `wrapped`)."""

    def unwrapped(self, place: Path) -> Job:
        """The job with its files in an empty folder."""
        root = place / NAME if self.folder else place
        for name, data in self.contents:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        files = (root,) if self.folder else tuple(root / name for name, _ in self.contents)
        return replace(self.job, files=files)


def wrapped(job: Job, *, personal: bool) -> Parcel:
    """A job with all that its files hold. Raises SubmissionError, as reading them at a desk would.

    Who it is travels only where an exercise is `personal`, different for each student.
    """
    bare = replace(job, files=(), student=job.student if personal else "")
    limits = ReadLimits()
    if len(job.files) == 1 and not job.named and is_folder(job.files[0], name=NAME):
        found, notes = read_folder(job.files[0], name=NAME, limits=limits)
        if found and not notes:
            return Parcel(bare, tuple((file.name, file.data) for file in found), folder=True)
        # A link, a file too large: that something was left out stands in the report, and is seen only here.
        with Scratch() as spare:
            return Parcel(bare, submission=read_work(job.files, job.named, desk=spare.path))
    contents = []
    left = limits.total_bytes
    for number, path in enumerate(job.files):
        name = job.named[number] if job.named else NAME
        data = read_bytes(path, name=name, limit=limits.total_bytes)
        left -= len(data)
        if left < 0:  # the desk would say the same of them, but they need not all be held in memory for that
            raise SubmissionError(NAME, "is too large altogether", "leave out data and pictures")
        contents.append((str(number) if job.named else path.name, data))
    return Parcel(bare, tuple(contents))


@dataclass(frozen=True, slots=True)
class CourseFiles:
    """An assignment's file and the folders that its `exercises_from` names, as bytes."""

    assignment: bytes
    folders: tuple[tuple[str, tuple[tuple[str, bytes], ...]], ...] = ()
    """(name as the assignment has it, (path inside, content) of each file)."""

    def unpacked(self, place: Path) -> Path:
        """The assignment's file within an empty folder, from which its folders are found by their names."""
        # As deep as the names go up: ../shared must still be within the place.
        deep = max((Path(name).parts.count("..") for name, _ in self.folders), default=0)
        home = place.joinpath(*["course"] * (deep + 1))
        home.mkdir(parents=True)
        for name, files in self.folders:
            # Also what a name leads through and leaves again: the system follows a/../b only where there is an a.
            os.makedirs(home / name, exist_ok=True)
            for inside, data in files:
                path = home / name / inside
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        (home / ASSIGNMENT).write_bytes(self.assignment)
        return home / ASSIGNMENT


def course_files(path: Path) -> CourseFiles:
    """What a course that `load_course` could read is graded by: its Python files, as the hash of its inputs has it.

    A roster or a key that lies beside them stays here. Raises BatchError if they are too large to be sent.
    """
    file = locate(assignment_file(path))
    folders = exercise_folders(file)
    names = document(file).get("assignment", {}).get("exercises_from", [])
    left = LARGEST
    packed = []
    for name, folder in zip(names, folders, strict=True):
        inside = []
        for each in python_files(folder):
            left -= each.stat().st_size
            if left < 0:
                raise BatchError(
                    f"the Python files in {display(folder)} have more than {LARGEST // 1_000_000} MB, too much to "
                    "be sent to every worker; keep only the exercises in it"
                )
            inside.append((str(each.relative_to(folder)), each.read_bytes()))
        packed.append((name, tuple(inside)))
    return CourseFiles(file.read_bytes(), tuple(packed))


@lru_cache(maxsize=1)
def own_source() -> str:
    """Hash of chainmark's whole source, as it was when this process first asked: what it has imported since."""
    places = [ROOT / package for package in ("reference", "grader", "exercises")]
    files = sorted(path for place in places for path in place.rglob("*.py"))
    return _digest((str(path.relative_to(ROOT)), path.read_bytes()) for path in files)


def taught_source(course: Course) -> str:
    """Hash of the files that say what its exercises ask, of whatever packages, wherever these are installed."""
    chosen: Mapping[str, Exercise] = course.grader.exercises
    files = taught(chosen, course.assignment.exercises_from)
    return _digest(sorted((path.name, path.read_bytes()) for path in files))


def _digest(found: Iterable[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, data in found:
        for part in (name.encode("utf-8", "surrogatepass"), data):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()
