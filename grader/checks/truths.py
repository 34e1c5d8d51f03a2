"""The cases of a layer with their right numbers, kept while the same inputs are asked for again and again.

In practice, and for a class that is graded without a key, everybody's work is held against the same numbers;
finding them takes longer than judging right work. Each caller is given arrays of its own, so that nothing that one
submission's checks do to them is ever seen by the next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.checks.seeds import SeedSource
from grader.checks.situations import LayerRun, drawn_run
from grader.exercise.kinds import LayerExercise

KEPT = 64
"""Exercises of which so much is kept, at some tens of kB each."""

_kept: OrderedDict[tuple[str, bytes], tuple[LayerExercise, Sequence[LayerRun]]] = OrderedDict()


def drawn_runs(exercise: LayerExercise, seeds: SeedSource) -> list[LayerRun]:
    """Every case of the exercise, drawn from these seeds, with nothing of any submission in it."""
    key = exercise.id, seeds.secret
    found = _kept.get(key)
    if found is None or found[0] is not exercise:
        runs = [drawn_run(exercise, case, seeds.rng(exercise.id, case.name)) for case in exercise.cases]
        found = _kept[key] = exercise, runs
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return [_fresh(run) for run in found[1]]


def _fresh(run: LayerRun) -> LayerRun:
    """The run with arrays of its own and no outcomes."""
    expected = {
        name: replace(
            right,
            value=right.value.copy(),
            bound=np.array(right.bound),
            single=np.array(right.single),
            low=right.low.copy(),
            high=right.high.copy(),
        )
        for name, right in run.expected.items()
    }
    inputs = tuple(_copied(value) for value in run.inputs)
    douts = tuple(dout.copy() for dout in run.douts)
    return LayerRun(run.exercise, run.case, inputs, douts, expected, run.decides)


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return value
