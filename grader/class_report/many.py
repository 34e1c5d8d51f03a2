"""The files of a whole class, over the cores: most of the time goes into laying out notebooks, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from grader.class_report.students import Shown, Written, write_student
from grader.gradebook import Gradebook, StudentMarks

PORTION = 50
"""Students in one task. With few altogether, starting processes would take longer than they save."""
FEW = 2
"""Portions that one process writes alone."""


def write_students(
    results: Path, students: Sequence[StudentMarks], out: Path, shown: Shown, *, jobs: int
) -> Iterator[Written]:
    """Write everybody's files, and yield what became of each as it comes. Raises OSError, GradebookError."""
    portions = [students[at : at + PORTION] for at in range(0, len(students), PORTION)]
    if jobs == 1 or len(portions) <= FEW:
        for portion in portions:
            yield from _write_portion(results, portion, out, shown)
        return
    # Spawned, not forked: an open SQLite connection must not be carried into another process.
    with ProcessPoolExecutor(min(jobs, len(portions)), mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_write_portion, results, portion, out, shown) for portion in portions]
        try:
            for done in as_completed(running):
                yield from done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _write_portion(results: Path, students: Sequence[StudentMarks], out: Path, shown: Shown) -> list[Written]:
    with Gradebook.open(results) as book:
        found = [write_student(book, marks, out, shown) for marks in students]
    return [written for written in found if written is not None]
