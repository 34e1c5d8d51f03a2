"""Benchmarks: ratios measured side by side in one run, each a runnable module. None of them is a test.

python -m tests.benchmarks.reference_layers   every layer forward and backward, beside HIPS autograd and torch
python -m tests.benchmarks.graph_paths        backpropagation beside the sum over all paths, on ladders
python -m tests.benchmarks.gradcheck_speed    gradcheck beside CS231n's loop, HIPS check_grads and (--torch) torch's
python -m tests.benchmarks.import_time        `import reference` and `chainmark --help` beside `import numpy`
python -m tests.benchmarks.notebook_check     `from grader import check`, check("affine") and trace(...) in a kernel

All take --markdown (a table for the README) and --quick (a few milliseconds a case: does it run at all?).
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    # One thread for everybody, and before NumPy is imported: afterwards these are not read any more.
    os.environ.setdefault(_name, "1")
