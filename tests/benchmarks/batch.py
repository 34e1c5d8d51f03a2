"""Throughput of grading a generated class: 70 % right, 20 % partly wrong, 10 % not started or mangled.

python -m tests.benchmarks.batch [COUNT ...] [--key]

No two submissions are equal, so each is graded. Wall time depends on what else the machine does; CPU seconds (of
all processes) less so. `--key` gives each student inputs of their own, with right numbers that nobody shares.
"bare" is the numeric work alone: the same checks of the same submissions in one process, read and loaded before,
with nothing sealed, sent or written.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.batch.course import load_course
from grader.runner.inprocess import InProcessRunner
from grader.runner.runner import Program
from grader.submission import SubmissionError, read_submission
from grader.worker.session import Loaded
from grader.worker.steps import Outcome
from tests.batch.classes import ASSIGNMENT, write

ROOT = Path(__file__).parents[2]
COUNTS = (10, 100, 1000)
MOST_BARE = 200


def run(*arguments: str) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and MB (of the largest process) of one call of the command."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, "-m", "grader", "grade", *arguments, "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - start
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024


def bare(assignment: Path, folder: Path, key: bytes) -> float:
    """CPU seconds that checking the submissions takes in one process, for each that can be read."""
    course = load_course(assignment, key)
    spent, graded = 0.0, 0
    for path in sorted(folder.rglob("*.ipynb"))[:MOST_BARE]:
        try:
            submission = read_submission(path)
        except SubmissionError:
            continue
        runner, seeds = _Loaded(course.grader.program(submission)), course.seeds(path.stem, "1")
        start = time.process_time()
        course.grader.grade(submission, runner, seeds)
        spent, graded = spent + time.process_time() - start, graded + 1
    return spent / graded


class _Loaded(InProcessRunner):
    """A runner that loads its submission once, and gives what that gave whenever it is asked again."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._found = super().load(program)

    def load(self, program: Program) -> Loaded | Outcome:  # noqa: ARG002 - the same one
        return self._found


def main() -> None:
    arguments = sys.argv[1:]
    counts = [int(each) for each in arguments if each.isdigit()] or list(COUNTS)
    print("| submissions | wall s | ms each | CPU ms each | of which bare | ratio | MB | resumed s |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "assignment.toml").write_text(ASSIGNMENT, encoding="utf-8")
        key = os.urandom(32)
        (folder / "course.key").write_bytes(key)
        more = ["--key", str(folder / "course.key")] if "--key" in arguments else []
        for count in counts:
            write(folder / f"in{count}", count)
            given = [
                str(folder / "assignment.toml"),
                str(folder / f"in{count}"),
                "--out",
                str(folder / f"out{count}"),
            ]
            wall, cpu, memory = run(*given, *more)
            again, _, _ = run(*given, *more)
            numbers = bare(folder / "assignment.toml", folder / f"in{count}", key if more else b"")
            print(
                f"| {count:,} | {wall:.1f} | {1e3 * wall / count:.1f} | {1e3 * cpu / count:.1f} "
                f"| {1e3 * numbers:.1f} | {cpu / count / numbers:.1f} | {memory:.0f} | {again:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
