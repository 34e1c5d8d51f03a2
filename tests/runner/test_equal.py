"""A submission is judged by the same outcomes whether it runs here or in a process of its own."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from grader.runner import Loaded
from grader.runner.inprocess import InProcessRunner
from grader.runner.process import ProcessRunner
from grader.worker.steps import Raised, Returned
from grader.worker.values import Opaque
from tests.runner.programs import BANK, HONEST, HONEST_STEPS, graded_right


def equal(one, other):
    """Equal field by field, arrays by their bytes."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[key], other[key]) for key in one)
    if is_dataclass(one):
        return all(equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return one == other or (one != one and other != other)


@pytest.fixture(scope="module")
def runners():
    here, there = InProcessRunner(), ProcessRunner()
    yield here, there
    here.close()
    there.close()


@pytest.mark.parametrize("entry", BANK, ids=[entry.name for entry in BANK])
def test_both_runners_give_equal_outcomes(entry, runners):
    here, there = runners
    loaded = [runner.load(entry.program) for runner in runners]
    assert isinstance(loaded[0], Loaded)
    assert equal(*loaded)
    outcomes = [runner.run(entry.steps) for runner in runners]
    assert len(outcomes[0]) == len(entry.steps)
    for one, other in zip(*outcomes, strict=True):
        assert equal(one, other), (one, other)
    assert here.printed() == there.printed()
    assert graded_right(there)


def test_the_bank_has_every_kind_of_outcome_that_a_worker_may_claim():
    kinds = set()
    runner = InProcessRunner()
    for entry in BANK:
        runner.load(entry.program)
        kinds |= {type(outcome).__name__ for outcome in runner.run(entry.steps)}
    runner.close()
    assert kinds == {"Returned", "Raised", "Unsupported", "OutOfMemory", "NotRun"}


def test_unequal_outcomes_are_told_apart():
    assert not equal(Returned(np.zeros(2)), Returned(np.zeros(2, np.float32)))
    assert not equal(Returned(1), Returned(1.0))
    assert not equal(Raised("E", "a"), Raised("E", "b"))
    assert not equal({"a": Opaque("b")}, {"a": Opaque("c")})


def test_a_message_starts_with_empty_registers(runners):
    for runner in runners:
        runner.load(HONEST)
        runner.run(HONEST_STEPS)
        (outcome,) = runner.run([HONEST_STEPS[-1]])
        assert type(outcome).__name__ == "NotRun"


def test_without_a_submission_nothing_runs():
    for runner in (InProcessRunner(), ProcessRunner()):
        assert {type(o).__name__ for o in runner.run(HONEST_STEPS)} == {"NotRun"}
        assert runner.printed() == ""
        runner.close()
        assert {type(o).__name__ for o in runner.run(HONEST_STEPS)} == {"NotRun"}
        runner.close()
