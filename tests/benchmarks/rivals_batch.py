"""The same class graded by `nbgrader autograde`, `otter run` and `chainmark grade`, and timed in one run.

python -m tests.benchmarks.rivals_batch [COUNT] [--theirs COUNT] [--venv DIR]

One assignment of five layers with a teacher's usual tests (tests/rivals), and the class of tests/batch: 70 % right,
20 % partly wrong, 10 % not started or mangled. chainmark grades COUNT notebooks (120), the other two the first few
of them (12), all in the notebook that nbgrader or Otter-Grader hands out. Both are installed from the package index
into DIR, or into a folder that is kept for the next time.

Timed is each command from its start until the marks stand in its gradebook or results; making the assignment is
left out. CPU seconds are of all processes, and depend less on what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.gradebook import Gradebook, State
from tests.batch.classes import ASSIGNMENT
from tests.benchmarks.batch import ROOT, run
from tests.benchmarks.rivals_venv import HERE, rivals
from tests.benchmarks.side_by_side import Table, ratio
from tests.rivals import forged
from tests.rivals.in_nbgrader import Course
from tests.rivals.in_otter import Assigned
from tests.rivals.notebooks import class_of

CORES = 2
CUT = 200
"""Characters that are lost at the end of a notebook that is cut off."""
FORGERS = {
    "comparisons that always agree": forged.COMPARISONS_THAT_ALWAYS_AGREE,
    "tests that are not run": forged.TESTS_THAT_ARE_NOT_RUN,
}
Marks = dict[str, dict[str, float]]
"""By student and exercise; who could not be graded is missing."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of grading `count` submissions, by the clock and of all processors."""

    count: int
    wall: float
    cpu: float

    def each(self, start: Timed | None = None) -> tuple[float, float]:
        """Wall and CPU seconds a notebook; beside a shorter run, of each further notebook."""
        if start is None:
            return self.wall / self.count, self.cpu / self.count
        more = self.count - start.count
        return (self.wall - start.wall) / more, (self.cpu - start.cpu) / more


def timed(count: int, work: Callable[[], object]) -> Timed:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Timed(count, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


class Ours:
    """`chainmark grade` of a tree of submissions, into results of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "assignment.toml").write_text(ASSIGNMENT, encoding="utf-8")

    def _results(self, course: Course) -> Path:
        return self.folder / f"{course.folder.name}-results"

    def grade(self, course: Course) -> None:
        out = str(self._results(course))
        run(str(self.folder / "assignment.toml"), str(course.submitted), "--out", out)

    def marks(self, course: Course) -> Marks:
        with Gradebook.open(self._results(course)) as book:
            rows = [row for row in book.marks() if row.state is State.GRADED]
        return {row.student.id: {mark.id: mark.score or 0.0 for mark in row.exercises} for row in rows}


def in_nbgrader(course: Course, *patterns: str) -> None:
    """`nbgrader autograde` of the students of each pattern, a process each, all at once."""
    with ThreadPoolExecutor(len(patterns)) as pool:
        for done in pool.map(course.autograde, patterns):
            if "database is locked" in done.stderr:
                print("nbgrader: two processes met in its database, and one of them stopped")


def in_otter(assigned: Assigned, students: list[str]) -> Marks:
    """`otter run` of each, as many at once as there are cores."""
    with ThreadPoolExecutor(CORES) as pool:
        marks = dict(zip(students, pool.map(assigned.grade, students), strict=True))
    return {student: given for student, given in marks.items() if given is not None}


def copied(course: Course, name: str, students: list[str]) -> Course:
    """The course again with these students only, and nothing graded."""
    folder = course.folder.with_name(name)
    shutil.copytree(course.folder, folder, ignore=shutil.ignore_patterns("submitted", "autograded"))
    for student in students:
        shutil.copytree(course.submitted / student, folder / "submitted" / student)
    return course.moved_to(folder)


class Class:
    """One class in nbgrader's tree and, the first few of it, in Otter-Grader's. `kinds` is what each student is."""

    def __init__(self, folder: Path, python: str, count: int, theirs: int) -> None:
        self.everybody = Course(folder / "everybody", python)
        self.assigned = Assigned(folder / "otter", python)
        self.ours = Ours(folder)
        self.kinds: dict[str, str] = {}
        for student, (codes, label) in class_of(count, np.random.default_rng(2026)).items():
            self.kinds[student] = label.kind
            lost = CUT if label.kind == "cut off" else 0
            self.everybody.hand_in(student, codes, lost=lost)
            if len(self.kinds) <= theirs:
                self.assigned.hand_in(student, codes, lost=lost)
        self.some = list(self.kinds)[:theirs]

    def timed(self, theirs: str, otters: str, ours: str) -> tuple[Table, list[str]]:
        """The table of times, and a line for each student whose marks differ. Arguments: names with versions."""
        alone, few, halves = (
            copied(self.everybody, name, students)
            for name, students in (("alone", self.some[:1]), ("few", self.some), ("halves", self.some))
        )
        self.ours.grade(alone)  # reads the files once, as the others did when they made the assignment
        load, number = os.getloadavg()[0], len(self.some)
        few_here = timed(number, lambda: self.ours.grade(few))
        here = timed(len(self.kinds), lambda: self.ours.grade(self.everybody))
        one = timed(1, lambda: in_nbgrader(alone, "*"))
        serial = timed(number, lambda: in_nbgrader(few, "*"))
        parallel = timed(number, lambda: in_nbgrader(halves, "*[02468]", "*[13579]"))
        by_otter: Marks = {}
        otter = timed(number, lambda: by_otter.update(in_otter(self.assigned, self.some)))
        table = Table(
            f"One class, {os.cpu_count()} cores (load before {load:.1f}, after {os.getloadavg()[0]:.1f})",
            ["program", "notebooks", "wall s", "s a notebook", "to ours", "CPU s a notebook", "to ours"],
        )
        wall, cpu = here.each()
        for label, done, (seconds, busy) in (
            (f"{ours}, whole command", here, here.each()),
            (f"{ours}, whole command", few_here, few_here.each()),
            (f"{ours}, each further one", here, here.each(few_here)),
            (f"{theirs}, `autograde`", serial, serial.each()),
            (f"{theirs}, each further one", serial, serial.each(one)),
            (f"{theirs}, two processes", parallel, parallel.each()),
            (f"{otters}, `otter run`, two at a time", otter, otter.each()),
        ):
            figures = [f"{done.wall:.1f}", f"{seconds:.3f}", ratio(seconds, wall), f"{busy:.3f}"]
            table.rows.append((label, str(done.count), *figures, ratio(busy, cpu)))
        given = {
            "chainmark": self.ours.marks(few),
            "nbgrader": few.marks(),
            "nbgrader, two processes": halves.marks(),
            "otter": by_otter,
        }
        return table, self.differences(given)

    def differences(self, given: dict[str, Marks]) -> list[str]:
        """A line for each student whose marks are not the same everywhere, exercise by exercise."""
        lines = []
        for student in self.some:
            found = {program: marks.get(student) for program, marks in given.items()}
            if any(marks != found["chainmark"] for marks in found.values()):
                sums = ", ".join(f"{program} {total(marks)}" for program, marks in found.items())
                lines.append(f"- {student} ({self.kinds[student]}): {sums}")
        return lines

    def forgeries(self) -> Table:
        """What each program gives for notebooks in which nothing is right."""
        course = copied(self.everybody, "forged", [])
        for student, codes in FORGERS.items():
            course.hand_in(student, codes)
            self.assigned.hand_in(student, codes)
        self.ours.grade(course)
        in_nbgrader(course, "*")
        given = (self.ours.marks(course), course.marks(), in_otter(self.assigned, list(FORGERS)))
        table = Table(
            "Marks for notebooks in which nothing is right", ["forgery", "chainmark", "nbgrader", "otter"]
        )
        for student in FORGERS:
            table.rows.append((student, *(total(marks.get(student)) for marks in given)))
        return table


def total(marks: dict[str, float] | None) -> str:
    return "no mark" if marks is None else f"{sum(marks.values()):g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=120, help="submissions for chainmark")
    parser.add_argument("--theirs", type=int, default=12, help="submissions for nbgrader and Otter-Grader")
    parser.add_argument("--venv", type=Path, default=HERE, help="where nbgrader and Otter-Grader are or go")
    options = parser.parse_args()
    if not 2 <= options.theirs < options.count:
        parser.error("--theirs is at least 2 and below COUNT")
    python, versions = rivals(options.venv)
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    with tempfile.TemporaryDirectory() as name:
        given = Class(Path(name), python, options.count, options.theirs)
        table, different = given.timed(
            *(f"{program} {versions[program]}" for program in ("nbgrader", "otter-grader")),
            f"chainmark {ours}",
        )
        print(table.markdown())
        equal = options.theirs - len(different)
        print(
            "\n".join([f"Equal marks in all, exercise by exercise: {equal} of {options.theirs}.", *different])
        )
        print(f"\n{given.forgeries().markdown()}")


if __name__ == "__main__":
    main()
