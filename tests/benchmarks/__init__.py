"""Benchmarks: ratios measured side by side in one run, each a runnable module. None of them is a test.

python -m tests.benchmarks.reference_layers   every layer forward and backward, beside HIPS autograd and torch
python -m tests.benchmarks.graph_paths        backpropagation beside the sum over all paths, on ladders
python -m tests.benchmarks.gradcheck_speed    gradcheck beside CS231n's loop, HIPS check_grads and (--torch) torch's
python -m tests.benchmarks.import_time        `import reference` and `chainmark --help` beside `import numpy`
python -m tests.benchmarks.notebook_check     `from grader import check`, check("affine") and trace(...) in a kernel

These take --markdown (a table for the README) and --quick (a few milliseconds a case: does it run at all?).

python -m tests.benchmarks.check_cold         `chainmark check` of one notebook as a process of its own, by parts
python -m tests.benchmarks.sealed_cost        five layers sealed and in process, the seal, the self-test, memory
python -m tests.benchmarks.failing_cost       a failing submission beside a passing one, by parts
python -m tests.benchmarks.batch              a class of 10, 100, 1,000: time, CPU, memory, beside the bare numbers
python -m tests.benchmarks.rivals_batch       the same notebooks by nbgrader, Otter-Grader and us
python -m tests.benchmarks.blame_at_random    random graphs with planted faults: how many are found where they are
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    # One thread for everybody, and before NumPy is imported: afterwards these are not read any more.
    os.environ.setdefault(_name, "1")
