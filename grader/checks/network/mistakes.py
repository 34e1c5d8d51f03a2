"""Naming mistakes at a network's nodes: the exercise's own first, then those that any network invites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from grader.checks.compare import Expected, as_numbers, compare
from grader.checks.diagnose import explained, tell
from grader.checks.graph.general import of_network
from grader.checks.result import Checked
from grader.diagnosis import Observation
from grader.exercise.exercise import Array
from grader.exercise.kinds import NetworkExercise
from grader.report.report import Standing
from grader.worker.steps import Outcome, Raised, Returned


@dataclass(slots=True)
class NetworkRun:
    """One draw: the right numbers by node of the exercise, the student's, those of their layers put together."""

    case: str
    values: Mapping[str, Any]
    truth: dict[str, Expected]
    forward: Mapping[str, Array]
    gradients: Mapping[str, Array]
    outcome: Outcome | None = None
    got: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """By node: under which name the student's dictionary has it."""
    composed: dict[str, Array] = field(default_factory=dict)


def read_returned(exercise: NetworkExercise, run: NetworkRun) -> bool:
    """Sort (loss, gradients by name) into the run, by the parameter's name or d<name>; False if it is not that."""
    assert isinstance(run.outcome, Returned)
    found, keys = read_pair(exercise, run.outcome.value)
    run.got |= found
    run.keys |= keys
    return bool(found)


def read_pair(exercise: NetworkExercise, value: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The numbers of (loss, gradients by name) by node, and the gradients' own names; none if it is not that."""
    found: dict[str, Any] = {}
    keys: dict[str, str] = {}
    match value:
        case (loss, dict() as gradients):
            found[exercise.graph.output] = loss
            for name in exercise.parameters:
                for key in (name, f"d{name}"):
                    if gradients.get(key) is not None:
                        found[f"d{name}"], keys[f"d{name}"] = gradients[key], key
    return found, keys


def read_saved(exercise: NetworkExercise, run: NetworkRun, value: Any) -> None:
    """The numbers in what is left of (loss, gradients) where a line raised: the loss, and what came before it."""
    if not isinstance(value, tuple) or len(value) != 2:
        return
    loss, gradients = value
    if as_numbers(loss) is not None:
        run.got[exercise.graph.output] = loss
    for name in exercise.parameters:
        for key in (name, f"d{name}"):
            if isinstance(gradients, dict) and as_numbers(gradients.get(key)) is not None:
                run.got[f"d{name}"], run.keys[f"d{name}"] = gradients[key], key


def name_mistakes(
    exercise: NetworkExercise,
    runs: Sequence[NetworkRun],
    wrong: Sequence[str],
    checked: Checked,
    *,
    single: bool,
) -> None:
    """For each node that is its own fault a mistake that its numbers prove, or what they have in common."""
    drawn = [run.values for run in runs]
    for node in wrong:
        if checked.nodes[node].standing is Standing.ORIGIN:
            seen = [_observed(run, node, single=single) for run in runs]
            tell(node, explained(exercise, node, seen, partial(of_network, exercise, node, drawn)), checked)


def _observed(run: NetworkRun, node: str, *, single: bool) -> Observation:
    numbers = as_numbers(run.got.get(node))
    right = run.truth[node]
    passed = numbers is not None and compare(node, numbers, right, single=single).passed
    situation = {**run.values, **{name: each.value for name, each in run.truth.items()}}
    value = None if numbers is None else np.asarray(numbers, np.float64)
    return Observation(
        situation, right, value, passed, value is None and isinstance(run.outcome, Raised), single
    )
