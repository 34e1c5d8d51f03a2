"""What it costs to start: `import reference` and `chainmark --help` beside `import numpy`.

Each run is a fresh interpreter, and they take turns. Medians, since the best of several flatters a disk cache.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.side_by_side import Table, options

ROOT = Path(__file__).resolve().parents[2]

PROGRAMS: dict[str, tuple[str, ...]] = {
    "python -c pass": ("-c", "pass"),
    "import numpy": ("-c", "import numpy"),
    "import reference": ("-c", "import reference"),
    "reference.layers()": ("-c", "import reference; reference.layers()"),
    "import grader": ("-c", "import grader"),
    "from grader.gradcheck import gradcheck": ("-c", "from grader.gradcheck import gradcheck"),
    "chainmark --help": ("-m", "grader", "--help"),
}


def measure(runs: int) -> Table:
    """One row a program: median and spread of its wall time, and the median beside that of `import numpy`."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for name in PROGRAMS:  # once unmeasured: bytecode is compiled, files are read from the disk
        _wall(name)
    for _ in range(runs):
        for name in PROGRAMS:
            times[name].append(_wall(name))
    median = {name: statistics.median(taken) for name, taken in times.items()}
    table = Table(
        f"Start-up in fresh interpreters, {runs} runs each",
        ("program", "median ms", "best ms", "worst ms", "/ import numpy"),
        notes=("The interpreter's own start (first row) is part of every row.",),
    )
    for name, taken in times.items():
        milliseconds = (f"{1e3 * value:.0f}" for value in (median[name], min(taken), max(taken)))
        table.rows.append((f"`{name}`", *milliseconds, f"{median[name] / median['import numpy']:.2f}"))
    return table


def _wall(name: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *PROGRAMS[name]], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    chosen = options(__doc__.splitlines()[0]).parse_args(arguments)
    measure(1 if chosen.quick else 15).show(markdown=chosen.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
