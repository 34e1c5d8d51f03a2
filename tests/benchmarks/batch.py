"""Throughput of grading a generated class: 70 % right, 20 % partly wrong, 10 % not started or mangled.

python -m tests.benchmarks.batch [COUNT ...] [--key]

No two submissions are equal, so each is graded. Wall time depends on what else the machine does; CPU seconds (of
all processes) less so. `--key` gives each student inputs of their own, with right numbers that nobody shares.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.batch.classes import ASSIGNMENT, write

ROOT = Path(__file__).parents[2]
COUNTS = (10, 100, 1000)


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


def main() -> None:
    arguments = sys.argv[1:]
    counts = [int(each) for each in arguments if each.isdigit()] or list(COUNTS)
    print("| submissions | wall s | ms each | CPU ms each | MB | resumed s |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "assignment.toml").write_text(ASSIGNMENT, encoding="utf-8")
        (folder / "course.key").write_bytes(os.urandom(32))
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
            print(
                f"| {count} | {wall:.1f} | {1e3 * wall / count:.1f} | {1e3 * cpu / count:.1f} | {memory:.0f} "
                f"| {again:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
