"""Runners at the levels that this machine can hold, one zygote for all tests of a session."""

from __future__ import annotations

import atexit
import sys
from functools import cache

import pytest

from grader.runner.inprocess import InProcessRunner
from grader.runner.process import ProcessRunner
from grader.runner.worker_runner import Time

QUICK = Time(cpu=1.0, wall=4.0)
"""Seconds for a message: short, so that a hung submission does not hold the tests up."""


@cache
def zygote():
    from grader.runner.sealed import Zygote

    found = Zygote()
    found.wait_until_ready()
    atexit.register(found.close)
    return found


@cache
def sandbox(level):
    from grader.sandbox.confine import Layer
    from grader.sandbox.level import probe

    withheld = {"A": (), "B": (Layer.LANDLOCK,)}[level]
    return probe(withhold=withheld)


def sealed(level, *, limits=QUICK, memory_mb=1024):
    """A sealed runner at this level. Skips the test, visibly, where the machine cannot hold it."""
    from grader.runner.sealed import SealedRunner

    if sys.platform != "linux":
        pytest.skip("the sandbox needs Linux")
    found = sandbox(level)
    if found.level.value != level:
        pytest.skip(f"level {level} does not hold on this machine (found {found.level.value})")
    return SealedRunner(found, zygote=zygote(), limits=limits, memory_mb=memory_mb)


def runner(kind):
    """in-process, process, A or B."""
    if kind == "in-process":
        return InProcessRunner()
    if kind == "process":
        return ProcessRunner(QUICK, memory_mb=1024)
    return sealed(kind)
