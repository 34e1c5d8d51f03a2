"""In this process, in a process of its own, and sealed: the same report of every sample, wrong and right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.checks.seeds import SeedSource
from grader.exercise_catalogue import exercises
from grader.grading import Grader
from grader.report.schema import as_json
from grader.submission import Submission, Unit
from tests.exercises.test_graded import SLIPS, SOLUTIONS
from tests.grading.test_styles import HEAD, STYLES
from tests.runner.levels import runner

KNOWN = exercises()
GRADING = Grader(Assignment.from_exercises({n: e.worth for n, e in KNOWN.items()}, KNOWN), KNOWN)
BROKEN = """
import numpy as np, torch, matplotlib.pyplot as plt
from .layer_utils import *
scale = np.sqrt(4.0)
def affine_forward(x, w, b):
    raise ValueError(f"shapes {x.shape}")
def affine_backward(dout, cache):
    return None
def relu_forward(x):
    print("noise" * 1000)
    return np.maximum(0, x) * scale / 2, x
def relu_backward(dout, cache):
    dout[cache < 0] = 0
    return torch.relu(dout)
def softmax_loss(x, y):
    return {"loss": 1}, object()
def sigmoid_circuit(*numbers):
    return {"dq": float("nan"), "de": "text", 3: None}
def topo_sort(graph):
    return [graph]
def two_layer_loss(*a):
    return 1 / 0
circuit_answers = {"f": "1 +", "dx": [1]}
x = undefined_at_top_level
"""

SAMPLES = {
    "all right": SOLUTIONS,
    "everything broken": BROKEN,
    "nothing at all": "",
    "a syntax error": SOLUTIONS.replace("def relu_forward", "def relu_forward(:\n    pass\ndef relu_forward"),
    **{f"{slip[0]} {slip[3]} {slip[4]}": SOLUTIONS.replace(slip[1], slip[2]) for slip in SLIPS},
    **{name: text if "__future__" in text else HEAD + text for name, text in STYLES.items()},
}


def report(kind, text):
    unit = Unit("sample.py", text, "sample.py", None, "sample")
    submission = Submission("sample.py", Path("sample.py"), (unit,), (), "0", (), {})
    used = runner(kind)
    try:
        found = GRADING.grade(submission, used, SeedSource(b"one seed"), student="s1")
    finally:
        used.close()
    return as_json(replace(found, sandbox="-"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_how_a_submission_is_run_changes_nothing_in_its_report(sample):
    here = report("in-process", SAMPLES[sample])
    for kind in ("process", "A"):
        assert report(kind, SAMPLES[sample]) == here, kind
