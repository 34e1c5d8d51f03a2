"""A loop without end is waited for once, costs what it is part of, and is told in one line."""

from __future__ import annotations

import pytest

from grader.checks.dispatch import check
from grader.checks.seeds import SeedSource
from grader.exercise_catalogue import exercises
from grader.findings import Verdict
from grader.runner import Program
from grader.runner.process import ProcessRunner
from grader.runner.worker_runner import Time
from grader.worker.program import Source

RIGHT = """
import numpy as np
def relu_forward(x):
    out = np.maximum(0, x)
    return out, x
def relu_backward(dout, cache):
    dx = dout * (cache > 0)
    return dx
"""
FORWARD = RIGHT.replace("    out = ", "    i = 0\n    while i < 10:\n        out = ")
BACKWARD = RIGHT.replace("    dx = ", "    i = 0\n    while i < 10:\n        dx = ")


@pytest.fixture
def runner():
    found = ProcessRunner(Time(cpu=1.0, wall=60.0))
    yield found
    found.close()


def checked(runner, text):
    relu = exercises()["relu"]
    runner.load(Program((Source("relu.py", text),), relu.functions))
    return check(relu, runner, SeedSource.practice(), SeedSource.practice())


@pytest.mark.parametrize(("text", "node"), [(FORWARD, "out"), (BACKWARD, "dx")])
def test_it_is_waited_for_once_and_told_once(runner, text, node):
    waited = []
    attempt = runner._attempt

    def timed(steps):
        outcomes = attempt(steps)
        waited.append([type(outcome).__name__ for outcome in outcomes].count("TimedOut"))
        return outcomes

    runner._attempt = timed
    found = checked(runner, text)
    assert sum(waited) == 1
    assert found.nodes[node].verdict is Verdict.FAIL
    assert "did not end within" in found.nodes[node].message
    assert len([f for f in found.findings if "did not end" in f.message]) == 1


def test_a_backward_without_end_leaves_the_output_its_marks(runner):
    assert checked(runner, BACKWARD).nodes["out"].verdict is Verdict.PASS
