"""The cases of a layer with their right numbers, kept while the same inputs are asked for again and again.

In practice, and for a class that is graded without a key, everybody's work is held against the same numbers;
finding them takes longer than judging right work. Nothing that one submission's checks do is ever seen by the next:
the arrays that they share cannot be written to, and what explains a failure is given arrays of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.compare import Expected
from grader.checks.layer.situations import LayerRun, Message, drawn_run, message
from grader.checks.seeds import SeedSource
from grader.exercise.kinds import LayerExercise
from grader.worker.steps import Step

KEPT = 64
"""Exercises of which so much is kept, at some tens of kB each."""


@dataclass(slots=True)
class _Kept:
    exercise: LayerExercise
    runs: Sequence[LayerRun]
    message: Message | None = None


_kept: OrderedDict[tuple[int, bytes], _Kept] = OrderedDict()
"""By the exercise itself: by another convention one of the same name has other numbers. Each holds its exercise, so
that none can be another's id."""


def drawn_runs(exercise: LayerExercise, seeds: SeedSource) -> list[LayerRun]:
    """Every case of the exercise, drawn from these seeds, with nothing of any submission in it. Read-only."""
    return [
        LayerRun(exercise, run.case, run.inputs, run.douts, dict(run.expected), run.decides)
        for run in _found(exercise, seeds).runs
    ]


def message_of(
    exercise: LayerExercise, seeds: SeedSource, runs: Sequence[LayerRun], more: Sequence[Step]
) -> Message:
    """What tries the runs that are drawn from these seeds, and then `more`: the same for every submission."""
    found = _found(exercise, seeds)
    if found.message is None:
        found.message = message(runs, more)
    return found.message


def _found(exercise: LayerExercise, seeds: SeedSource) -> _Kept:
    key = id(exercise), seeds.secret
    found = _kept.get(key)
    if found is None:
        runs = [drawn_run(exercise, case, seeds.rng(exercise.id, case.name)) for case in exercise.cases]
        for run in runs:
            _freeze(run)
        found = _kept[key] = _Kept(exercise, runs)
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return found


def make_own(run: LayerRun) -> None:
    """Give the run arrays of its own, for rules and predictions that may write into what they are given."""
    run.expected = {name: _own(right) for name, right in run.expected.items()}
    run.inputs = tuple(_copied(value) for value in run.inputs)
    run.douts = tuple(dout.copy() for dout in run.douts)


def _own(right: Expected) -> Expected:
    value, bound, single, low, high = (np.array(getattr(right, name)) for name in _ARRAYS)
    return Expected(value, bound, single, low, high, right.sided)


_ARRAYS = ("value", "bound", "single", "low", "high")


def _freeze(run: LayerRun) -> None:
    for right in run.expected.values():
        for name in _ARRAYS:
            getattr(right, name).setflags(write=False)
    for value in (*run.inputs, *run.douts):
        if isinstance(value, np.ndarray):
            value.setflags(write=False)


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return value
