"""What a failing submission costs beside a passing one: five layers, warm and sealed, each with one slip.

python -m tests.benchmarks.failing_cost
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from grader.assignment import Assignment
from grader.checks.layer import judge as layer
from grader.checks.layer import own_forward
from grader.checks.seeds import SeedSource
from grader.exercise_catalogue import exercises
from grader.grading import Grader
from grader.runner.sealed import SealedRunner, Zygote
from grader.sandbox.level import probe
from grader.submission import read_submission
from tests.benchmarks.sealed_cost import FIVE, SOLUTIONS

ROUNDS = 21
SLIPS = (
    ("dx = dout.dot(w.T)", "dx = dout.dot(w)"),
    ("dx = dout * (x > 0)", "dx = dout * (dout > 0)"),
    ("return dout * out * (1 - out)", "return dout * out"),
    ("dx[np.arange(N), y] -= 1\n    dx /= N", "dx[np.arange(N), y] -= 1"),
    ("margins > 0", "margins > 0.5"),
)
PARTS: tuple[tuple[str, Any, str], ...] = (
    ("blame (own forward, substitution)", own_forward, "own_forward"),
    ("blame (own forward, substitution)", layer, "substituted"),
    ("diagnosis", layer, "diagnose"),
    ("shrinking", layer, "smallest_example"),
)


@contextmanager
def timed(spent: dict[str, float]) -> Iterator[None]:
    """Adds up the seconds that each part takes while this is open."""
    kept = [(module, name, getattr(module, name)) for _, module, name in PARTS]

    def wrapped(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **more: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **more)
            finally:
                spent[part] = spent.get(part, 0.0) + time.perf_counter() - start

        return run

    try:
        for part, module, name in PARTS:
            setattr(module, name, wrapped(part, getattr(module, name)))
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def main() -> None:
    known = exercises()
    assignment = Assignment.from_exercises({name: e.worth for name, e in known.items()}, FIVE)
    grading = Grader(assignment, {name: known[name] for name in FIVE})
    text = SOLUTIONS.read_text(encoding="utf-8")
    for right, slip in SLIPS:
        assert right in text
        text = text.replace(right, slip, 1)
    with TemporaryDirectory() as folder:
        (Path(folder) / "wrong.py").write_text(text, encoding="utf-8")
        works = {"passing": read_submission(SOLUTIONS), "failing": read_submission(Path(folder) / "wrong.py")}
    runner = SealedRunner(probe(), zygote=Zygote(), ahead=True)
    runner.zygote.wait_until_ready()
    times: dict[str, list[float]] = {name: [] for name in works}
    spent: dict[str, float] = {}
    for number in range(ROUNDS):
        seeds = SeedSource(str(number).encode())
        for name, work in works.items():
            with timed(spent if name == "failing" else {}):
                start = time.perf_counter()
                report = grading.grade(work, runner, seeds)
                runner.end()
                times[name].append(time.perf_counter() - start)
            assert all(e.passed for e in report.exercises) == (name == "passing")
    runner.zygote.close()
    pairs = [f / p for f, p in zip(times["failing"], times["passing"], strict=True)]
    print(f"passing {1e3 * median(times['passing']):.0f} ms, failing {1e3 * median(times['failing']):.0f} ms")
    print(f"ratio {median(pairs):.2f} (median of {ROUNDS} pairs, side by side)")
    for part, seconds in spent.items():
        print(f"{part:36s} {1e3 * seconds / ROUNDS:6.1f} ms")
    rest = sum(times["failing"]) - sum(spent.values())
    print(f"{'reading, running and comparing':36s} {1e3 * rest / ROUNDS:6.1f} ms")


if __name__ == "__main__":
    main()
