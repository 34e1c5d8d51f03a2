"""Gradients at a tie: each may be a subgradient by itself, and all together no gradient of one function."""

from __future__ import annotations

import numpy as np

from grader.checks.compare import as_numbers
from grader.checks.layer.situations import LayerRun

TIE = "at a tie"
"""What is said of them begins so."""


def torn(run: LayerRun) -> str:
    """What is wrong with a run's gradients together; empty where nothing is, or where one of them is missing."""
    exercise = run.exercise
    names = exercise.gradients
    arrays = {name: array for name in names if (array := as_numbers(run.got.get(name))) is not None}
    if not run.case.kink or exercise.joint is None or len(arrays) < len(names):
        return ""
    if any(array.shape != run.expected[name].value.shape for name, array in arrays.items()):
        return ""
    # Copies: the numbers are shared, and a course's own rule may write into what it is given.
    if exercise.joint(
        {name: np.copy(v) if isinstance(v, np.ndarray) else v for name, v in (run.situation | arrays).items()}
    ):
        return ""
    return f"{TIE}, {' and '.join(names)} are no gradients of one function together"
