"""`chainmark check` of one notebook with five layer exercises, cold, and where the time goes.

python -m tests.benchmarks.check_cold
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
FIVE = ("affine", "relu", "sigmoid", "softmax_loss", "svm_loss")
SOLUTIONS = ROOT / "tests" / "exercises" / "solutions" / "first_set.py"
ROUNDS = 9

STAGES = """
import json, sys, time
times, last = {}, time.perf_counter()
def done(name):
    global last
    now = time.perf_counter()
    times[name], last = 1e3 * (now - last), now
from pathlib import Path
import grader.commands.check
done("click and the command")
from grader.runner.sealed import SealedRunner, Zygote
zygote = Zygote()
done("starting the zygote")
from grader.sandbox.level import probe
sandbox = probe()
done("the sandbox's self-test")
runner = SealedRunner(sandbox, zygote=zygote, owned=True)
from grader.submission import read_submission
submission = read_submission(Path(sys.argv[1]))
done("reading the notebook")
from grader.exercise_catalogue import exercises
known = exercises()
done("NumPy, the reference, the exercises")
from grader.assignment import Assignment
from grader.checks.seeds import SeedSource
from grader.grading import Grader
done("the checks' own modules")
names = sys.argv[2:]
worth = {n: e.worth for n, e in known.items()}
grading = Grader(Assignment.from_exercises(worth, names), {n: known[n] for n in names})
zygote.wait_until_ready()
done("waiting for the zygote")
report = grading.grade(submission, runner, SeedSource.practice())
done("grading")
from rich.console import Console
from grader.report.redact import redact
from grader.report.report import Reader
from grader.report.terminal import show
show(redact(report, Reader.PRACTICE, hints=1), Console(file=open("/dev/null", "w"), width=80))
done("the report")
runner.close()
done("ending")
print(json.dumps(times))
"""


def timed(command: list[str]) -> float:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - start


def notebook(folder: Path) -> Path:
    """The solutions, one function a cell."""
    parts = SOLUTIONS.read_text(encoding="utf-8").split("\n\n\n")
    cells = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": part,
        }
        for n, part in enumerate(parts)
    ]
    path = folder / "hw1.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = notebook(Path(folder))
        python = sys.executable
        rows = {
            "python -c pass": [python, "-c", "pass"],
            "python -c 'import numpy'": [python, "-c", "import numpy"],
            "chainmark --help": [python, "-m", "grader", "--help"],
            "chainmark check hw1.ipynb (five layers)": [python, "-m", "grader", "check", str(path), *FIVE],
        }
        timed(rows["chainmark check hw1.ipynb (five layers)"])
        found: dict[str, list[float]] = {name: [] for name in rows}
        stages: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for name, command in rows.items():
                found[name].append(timed(command))
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            ran = subprocess.run(
                [python, "-c", STAGES, str(path), *FIVE],
                env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
            )  # fmt: skip
            for name, value in json.loads(ran.stdout.splitlines()[-1]).items():
                stages.setdefault(name, []).append(value)
        for name, times in found.items():
            print(f"| `{name}` | {1e3 * median(times):.0f} ms |")
        print("\nof which")
        for name, values in stages.items():
            print(f"| {name} | {median(values):.0f} ms |")


if __name__ == "__main__":
    main()
