"""The zygote's rehearsal really runs, and leaves nothing behind that a submission could see."""

from __future__ import annotations

import sys

import numpy as np

from grader.runner import rehearsal


def test_every_step_of_it_ends_as_meant(monkeypatch):
    """`rehearse` swallows what goes wrong; here nothing may."""
    answers = []
    through = rehearsal._through

    def heard(value):
        answers.append(through(value))
        return answers[-1]

    monkeypatch.setattr(rehearsal, "_through", heard)
    rehearsal._once()
    loaded, *outcomes = answers
    assert {definition[0] for definition in loaded["definitions"]} >= {"affine_forward", "softmax_loss"}
    assert not loaded["problems"]
    kinds = [outcome[2][0] for outcome in outcomes]
    assert len(kinds) == 10
    assert kinds.count("Raised") == 1  # the function that is not finished
    assert kinds.count("Returned") == 9


def test_it_leaves_modules_random_numbers_and_warnings_as_they_were():
    rehearsal.rehearse()  # whatever is imported at first use is imported now
    np.random.seed(5)  # noqa: NPY002
    modules, state = set(sys.modules), np.random.get_state()[1].tolist()  # noqa: NPY002
    rehearsal.rehearse()
    assert set(sys.modules) == modules
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002


def test_one_that_fails_only_costs_time(monkeypatch):
    monkeypatch.setattr(rehearsal, "SUBMISSION", "def affine_forward(: ")
    rehearsal.rehearse()
