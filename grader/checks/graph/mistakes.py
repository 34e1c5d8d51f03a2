"""Mistakes at one node of a graph, each a prediction from the student's own upstream: named only on proof.

The exercise's own come first, as for a layer; then those that every gate invites; then what can be done to any
array (`graph_general`). A prediction must reproduce the student's number on at least two sets of values, and
contradict none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from grader.checks.compare import Expected, as_numbers, same_numbers
from grader.checks.diagnose import explained, tell
from grader.checks.graph.general import of_graph
from grader.checks.result import Checked
from grader.diagnosis import Observation, named
from grader.diagnosis.candidates import own
from grader.exercise.exercise import Array
from grader.exercise.kinds import GraphExercise
from grader.report.report import Diagnosis
from grader.worker.steps import Raised
from grader.worker.values import Failed

if TYPE_CHECKING:
    from grader.checks.graph.runs import GraphRun
    from reference.graph import ForwardPass

LEAST = 2
MOST_SEARCHED = 8
"""Nodes for which everything that can be got wrong is tried; who has more wrong is helped by the first ones."""


def name_mistakes(
    exercise: GraphExercise, runs: Sequence[GraphRun], origins: Sequence[str], checked: Checked
) -> None:
    """A diagnosis for each origin that has exactly one proved prediction, the most particular first."""
    searched = 0
    for gradient in origins:
        name = gradient[1:]
        observed = [_observed(run, name) for run in runs]
        particular = named(gradient, observed, own(exercise.misconceptions, gradient))
        if particular is not None:
            checked.diagnoses.append(replace(particular, tells=not _general(exercise, runs, name)))
            continue
        if any(run.got.get(name) is None for run in runs):
            continue
        for identifier, title, predict in _predictions(exercise, runs[0], name):
            count = _reproduced(runs, name, predict)
            if count >= LEAST:
                evidence = f"at {gradient}, {title}: these very numbers on {count} of {len(runs)} inputs"
                checked.diagnoses.append(Diagnosis(identifier, title, gradient, evidence, tells=False))
                break
        else:
            searched += 1
            if searched <= MOST_SEARCHED:
                _of_array(exercise, runs, name, observed, checked)


def _of_array(
    exercise: GraphExercise,
    runs: Sequence[GraphRun],
    name: str,
    observed: Sequence[Observation],
    checked: Checked,
) -> None:
    """What can be done to any array; where that is not it, what its wrong entries have in common."""
    gradient, graph = f"d{name}", exercise.graph
    mistakes = partial(of_graph, exercise, gradient, [run.values for run in runs])
    near = {name, *graph.consumers[name]}
    near |= {argument for consumer in graph.consumers[name] for argument in graph.nodes[consumer].inputs}
    near |= {f"d{consumer}" for consumer in graph.consumers[name]}
    tell(gradient, explained(exercise, gradient, observed, mistakes, near), checked)


def _observed(run: GraphRun, name: str) -> Observation:
    """What came for a node, where right is what the student's own gradients downstream of it imply."""
    implied = run.implied[name]
    numbers = as_numbers(run.returned.get(f"d{name}"))
    value = None if numbers is None else np.asarray(numbers, np.float64)
    situation = {
        **_own(run).values,
        **{f"d{node}": _up(run, node) for node in run.truth},
        f"d{name}": implied.value,
    }
    passed = value is not None and same_numbers(value, implied.value, implied, run.single)
    raised = value is None and (
        isinstance(run.outcome, Raised) or isinstance(run.returned.get(f"d{name}"), Failed)
    )
    return Observation(situation, implied, value, passed, raised, run.single)


def _general(exercise: GraphExercise, runs: Sequence[GraphRun], name: str) -> bool:
    """Whether a general mistake explains the numbers too: that is said openly, so the particular name may be."""
    return all(name in run.got for run in runs) and any(
        _reproduced(runs, name, predict) >= LEAST for *_, predict in _predictions(exercise, runs[0], name)
    )


Predict = Callable[["GraphRun"], Array]


def _predictions(exercise: GraphExercise, run: GraphRun, name: str) -> list[tuple[str, str, Predict]]:
    """Those that make sense at this node, the particular before the general."""
    graph = exercise.graph
    uses = [
        (c, p)
        for c in graph.consumers[name]
        for p, argument in enumerate(graph.nodes[c].arguments)
        if argument == name and graph.operation(c).inputs[p].differentiable
    ]
    found: list[tuple[str, str, Predict]] = []
    for place, (consumer, position) in enumerate(uses):
        op = graph.operation(consumer).symbol or graph.operation(consumer).name
        label = graph.nodes[consumer].label or op
        if len(uses) > 1:
            kept = "last" if place == len(uses) - 1 else "first" if place == 0 else f"{place + 1}."
            found.append(
                (
                    "overwritten-fan-out",
                    f"only the {kept} of {len(uses)} paths arrived, the one through {consumer}: gradients add up "
                    "where a value is used more than once",
                    lambda r, c=consumer, p=position: _own(r).product(c, p, _up(r, c)),  # type: ignore[misc]
                )
            )
            continue
        found.append(
            (
                "passed-unchanged",
                f"{label}: you used 1 as the local gradient",
                lambda r, c=consumer: _shaped(_up(r, c), r, name),  # type: ignore[misc]
            )
        )
        found.append(
            (
                "local-only",
                f"{label}: you used the local gradient alone, without the upstream",
                lambda r, c=consumer, p=position: _own(r).product(c, p, np.ones_like(_up(r, c))),  # type: ignore[misc]
            )
        )
        found.append(
            (
                "sign",
                f"{label}: the sign is the wrong way round",
                lambda r, c=consumer, p=position: -_own(r).product(c, p, _up(r, c)),  # type: ignore[misc]
            )
        )
        found.append(
            (
                "input-as-local",
                f"{label}: you used the input itself as the local gradient",
                lambda r, c=consumer: _shaped(_up(r, c) * r.right.values[name], r, name),  # type: ignore[misc]
            )
        )
        found.append(
            (
                "output-as-local",
                f"{label}: you used the output as the local gradient",
                lambda r, c=consumer: _shaped(_up(r, c) * r.right.values[c], r, name),  # type: ignore[misc]
            )
        )
        found.append(
            (
                "sum-for-product",
                f"{label}: you added the local gradient to the upstream where the chain rule multiplies",
                lambda r, c=consumer, p=position: _shaped(  # type: ignore[misc]
                    _up(r, c) + _own(r).product(c, p, np.ones_like(_up(r, c))), r, name
                ),
            )
        )
    found.append(("zero", "it is 0", lambda r: np.zeros_like(r.truth[name].value)))
    if len(uses) == 1:
        consumer, position = uses[0]
        found.append(
            (
                "counted-twice",
                "the right gradient doubled, as if its one path had been counted twice",
                lambda r: 2 * _own(r).product(consumer, position, _up(r, consumer)),
            )
        )
    del run
    return found


def _own(run: GraphRun) -> ForwardPass:
    assert run.own is not None
    return run.own


def _up(run: GraphRun, consumer: str) -> Array:
    given = run.got.get(consumer)
    return run.truth[consumer].value if given is None else given


def _shaped(value: Array, run: GraphRun, name: str) -> Array:
    """The prediction where it has the node's shape; elsewhere nothing that could match."""
    shape = run.truth[name].value.shape
    return np.asarray(value) if np.shape(value) == shape else np.full(shape, np.nan)


def _reproduced(runs: Sequence[GraphRun], name: str, predict: Predict) -> int:
    """On how many runs the prediction gives the student's number and not the right one; 0 where one contradicts."""
    count = 0
    for run in runs:
        with np.errstate(all="ignore"):
            try:
                predicted = np.asarray(predict(run), np.float64)
            except ValueError:
                return 0  # shapes that do not meet: not what this student did
        mine = run.got[name]
        scale: Expected = run.implied[name]
        if not same_numbers(mine, predicted, scale, False):
            return 0
        count += not same_numbers(mine, scale.value, scale, False)
    return count
