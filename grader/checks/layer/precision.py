"""Was it computed in single precision? Measured, not assumed: a smooth function in double precision moves smoothly
when its inputs move by a few of single precision's last digits; one computed in single precision moves in stairs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.checks.compare import as_numbers
from grader.checks.layer.situations import LayerRun, steps, take
from grader.runner import Runner
from grader.worker.steps import Step

STEP = 1.37 * 2.0**-22
"""A few stairs of single precision (2⁻²⁴ to 2⁻²³ of a value each)."""
PLACES = 7
ROUGH = 2e-9
"""Second differences beyond this part of the value are stairs, which are of 3e-8 and more; double precision leaves
what the function bends over a step, about 1e-13."""


def computes_in_single(run: LayerRun, runner: Runner, name: str) -> bool:
    """Whether the node's numbers move in stairs along a short line through the case's inputs."""
    program: list[Step] = []
    moved: list[tuple[LayerRun, int, int]] = []
    for place in range(PLACES):
        inputs = tuple(
            np.asarray(v * (1 + place * STEP)) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
            for v in run.inputs
        )
        near = replace(run, inputs=inputs, got={})
        mine = steps(near, f"p{place}")
        moved.append((near, len(program), len(program) + len(mine)))
        program += mine
    outcomes = runner.run(program)
    values = []
    for near, start, stop in moved:
        take(near, outcomes[start:stop])
        array = as_numbers(near.got.get(name))
        if array is None:
            return False
        values.append(np.asarray(array, np.float64))
    if len({value.shape for value in values}) > 1:
        return False
    stacked = np.stack(values)
    rough = np.abs(np.diff(stacked, 2, axis=0)).max(initial=0.0)
    return bool(rough > ROUGH * np.abs(stacked).max(initial=0.0))
