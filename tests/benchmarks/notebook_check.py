"""`from grader import check` on top of NumPy, and check("affine") in a kernel: the first call and the later ones.

What is wanted: the import within 150 ms, a later call, shown as HTML, within 150 ms. Each number is the median
of fresh processes (the import and the first call) or of calls in one.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.side_by_side import Table, options

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, time
import numpy as np
clock = time.perf_counter
def timed(call):
    start = clock()
    call()
    return 1000 * (clock() - start)
begin = clock()
from grader import check, trace
times = {"import": 1000 * (clock() - begin)}
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
def affine_backward(dout, cache):
    x, w, b = cache
    dw, db = x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
    dx = dout @ w
    return dx.reshape(x.shape), dw, db
shown = lambda: check("affine")._repr_html_()
times["first"] = timed(shown)
times["later"] = sorted(timed(shown) for _ in range(CALLS))[CALLS // 2]
traced = lambda: trace("1/(1+exp(-(w0*x0+w1*x1+w2)))", w0=2, x0=-1, w1=-3, x1=-2, w2=-3)._repr_html_()
traced()
times["trace"] = sorted(timed(traced) for _ in range(CALLS))[CALLS // 2]
print(json.dumps(times))
"""
ROWS = {
    "import": "`from grader import check`",
    "first": '`check("affine")`, a slip, first call',
    "later": "the same, later",
    "trace": "`trace(...)` of the sigmoid circuit",
}


def main(arguments: Sequence[str]) -> int:
    """Measure and print the table."""
    chosen = options(__doc__.splitlines()[0]).parse_args(arguments)
    processes, calls = (1, 3) if chosen.quick else (7, 15)
    program = PROGRAM.replace("CALLS", str(calls))
    runs = [
        json.loads(
            subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True).stdout
        )
        for _ in range(processes)
    ]
    table = Table("In a notebook, on top of NumPy", ("call", "ms"))
    for name, words in ROWS.items():
        table.rows.append((words, f"{statistics.median(run[name] for run in runs):.0f}"))
    table.show(markdown=chosen.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
