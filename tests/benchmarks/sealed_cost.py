"""What sealing costs: one submission of five layer exercises, warm, sealed and in this process, side by side.

python -m tests.benchmarks.sealed_cost
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

from grader.assignment import Assignment
from grader.checks.seeds import SeedSource
from grader.exercise_catalogue import exercises
from grader.grading import Grader
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.runner.sealed import SealedRunner, Zygote
from grader.sandbox.level import probe
from grader.submission import read_submission
from grader.worker.program import Source

FIVE = ("affine", "relu", "sigmoid", "softmax_loss", "svm_loss")
SOLUTIONS = Path(__file__).parents[1] / "exercises" / "solutions" / "first_set.py"
ROUNDS = 31


def memory_mb(pid: int | str) -> float:
    """The proportional share of a process's memory, so that what it shares with others counts once."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main() -> None:
    known = exercises()
    assignment = Assignment.from_exercises({name: e.worth for name, e in known.items()}, FIVE)
    grading = Grader(assignment, {name: known[name] for name in FIVE})
    submission = read_submission(SOLUTIONS)
    seeds = SeedSource.practice()

    probes = []
    for _ in range(9):
        start = time.perf_counter()
        sandbox = probe()
        probes.append(time.perf_counter() - start)
    zygote = Zygote()
    start = time.perf_counter()
    zygote.wait_until_ready()
    ready = time.perf_counter() - start
    print(f"level {sandbox.level}; self-test {1e3 * median(probes):.1f} ms; zygote ready after {ready:.2f} s")

    here, there = InProcessRunner(), SealedRunner(sandbox, zygote=zygote, ahead=True)
    bare, sealed, seal = [], [], []
    empty = Program((Source("empty.py", ""),), ())
    for _ in range(ROUNDS):
        for runner, times in ((here, bare), (there, sealed)):
            start = time.perf_counter()
            report = grading.grade(submission, runner, seeds)
            runner.close() if runner is here else runner.end()
            times.append(time.perf_counter() - start)
            assert report.score == report.max_score
        start = time.perf_counter()
        there.load(empty)
        there.end()
        seal.append(time.perf_counter() - start)
    pairs = [s / b for s, b in zip(sealed, bare, strict=True)]
    told = f"in this process {1e3 * median(bare):.1f} ms, sealed {1e3 * median(sealed):.1f} ms"
    print(f"{told}, ratio {median(pairs):.2f}")
    print(f"the seal alone (fork, confine, load nothing, end): {1e3 * median(seal):.1f} ms")
    print(f"supervisor {memory_mb('self'):.0f} MB, zygote {memory_mb(zygote.pid):.0f} MB")
    zygote.close()


if __name__ == "__main__":
    main()
