"""`GraphRun`: one set of values for a graph's leaves, with the right numbers, the student's, what those imply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks.compare import FINE_SINGLE, FLOOR_SINGLE, Expected, as_numbers
from grader.checks.seeds import SeedSource
from grader.exercise.exercise import Array
from grader.exercise.kinds import GraphExercise
from grader.worker.steps import Outcome
from reference.graph import ForwardPass, Graph


@dataclass(slots=True)
class GraphRun:
    """One set of values for the leaves: the right numbers, the student's, and what those imply."""

    values: Mapping[str, Any]
    right: ForwardPass
    truth: dict[str, Expected]
    """By node: its right gradient."""
    case: str
    outcome: Outcome | None = None
    returned: dict[str, Any] = field(default_factory=dict)
    got: dict[str, Array] = field(default_factory=dict)
    """By node: the student's gradient, where it is an array of the right shape."""
    own: ForwardPass | None = None
    """The forward pass with the student's own values in place of the right ones."""
    implied: dict[str, Expected] = field(default_factory=dict)
    forward_slips: list[str] = field(default_factory=list)
    """Nodes whose given value is not what their operation makes of the student's own inputs."""


def graph_runs(exercise: GraphExercise, seeds: SeedSource) -> list[GraphRun]:
    """The lecture's own numbers first, then drawn ones."""
    given = [("the lecture's numbers", exercise.shown)] if exercise.shown else []
    for number in range(exercise.count):
        drawn = exercise.drawn(seeds.rng(exercise.id, str(number)))
        given.append((f"drawn numbers {number + 1}", drawn))
    return [_run(exercise.graph, values, case) for case, values in given]


def _run(graph: Graph, values: Mapping[str, Any], case: str) -> GraphRun:
    ordered = {name: values[name] for name in graph.leaves}
    right = graph.forward_with_caches(ordered)
    gradients = graph.backward(ordered).gradients
    truth = {name: bounded(np.asarray(gradients[name], np.float64)) for name in graph.order}
    return GraphRun(ordered, right, truth, case)


def bounded(value: Array) -> Expected:
    """Numbers worked out by a short chain of gates: good to a millionth."""
    scale = float(np.abs(value).max(initial=0.0))
    bound = 1e-6 * np.abs(value) + 1e-9 * scale + 1e-12
    single = FINE_SINGLE * np.abs(value) + FLOOR_SINGLE * scale + 1e-12
    return Expected(value, bound, single, value, value)


def read_returned(graph: Graph, runs: Sequence[GraphRun]) -> None:
    """Sort what was returned: gradients under d<node>, forward values under the node's own name.

    The output's own gradient is 1, whatever is returned for it: everything else follows from that number.
    """
    for run in runs:
        for name in graph.order:
            array = as_numbers(run.returned.get(f"d{name}"))
            right = run.truth[name].value
            if array is not None and array.shape in (right.shape, (1,) if not right.shape else right.shape):
                run.got[name] = np.asarray(array, np.float64).reshape(right.shape)
        run.got[graph.output] = run.truth[graph.output].value
    given = {name: [_given_value(graph, run, name) for run in runs] for name in graph.order}
    for place, run in enumerate(runs):
        accepted = {
            name: value
            for name, values in given.items()
            if (value := values[place]) is not None
            and not _is_poor(values, [r.right.values[name] for r in runs])
        }
        run.own = _own_pass(graph, run, accepted)


def _given_value(graph: Graph, run: GraphRun, name: str) -> Array | None:
    """The forward value that the student gives for a node, if it is a finite one of the right shape."""
    if graph.nodes[name].op is None:
        return None
    array = as_numbers(run.returned.get(name))
    if array is None or array.shape != run.right.values[name].shape:
        return None
    mine = np.asarray(array, np.float64)
    return mine if np.isfinite(mine).all() else None


def _is_poor(values: Sequence[Array | None], right: Sequence[Array]) -> bool:
    """Zero, or the same number whatever goes in: what follows from such a value is trivial."""
    arrays = [value for value in values if value is not None]
    if len(arrays) < len(values) or not any(np.any(r) for r in right):
        return True
    zero = any(not np.any(mine) and np.any(r) for mine, r in zip(arrays, right, strict=True))
    constant = all(np.array_equal(arrays[0], other) for other in arrays[1:])
    return zero or (constant and not all(np.allclose(right[0], other) for other in right[1:]))


def _own_pass(graph: Graph, run: GraphRun, accepted: Mapping[str, Array]) -> ForwardPass:
    """Each operation once more at the student's own values, so that a wrong forward is not punished twice.

    A value that is not what its operation gives at the student's own inputs is a slip of the forward pass.
    """
    values = dict(run.right.values) | dict(accepted)
    caches = dict(run.right.caches)
    for name in graph.order:
        node = graph.nodes[name]
        if node.op is None:
            continue
        arguments = [values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments]
        with np.errstate(all="ignore"):
            try:
                value, caches[name] = node.op.forward_rule(*arguments)
            except (ValueError, FloatingPointError, ZeroDivisionError):
                continue
        if name in accepted:
            right = bounded(np.asarray(value, np.float64))
            if not (np.abs(accepted[name] - right.value) <= 10 * right.bound).all():
                run.forward_slips.append(name)
    return ForwardPass(graph, values, caches)


def implied_gradients(graph: Graph, run: GraphRun) -> dict[str, Expected]:
    """ĝ by node. Where the student gave no number downstream, the right one stands in for it."""
    implied = {}
    assert run.own is not None
    for name in graph.order:
        if name == graph.output:
            continue
        total = np.zeros(run.truth[name].value.shape)
        with np.errstate(all="ignore"):
            for consumer, position in uses(graph, name):
                total = total + run.own.product(consumer, position, known(run, consumer))
        implied[name] = bounded(np.asarray(total, np.float64))
    return implied


def known(run: GraphRun, name: str) -> Array:
    """The student's gradient, or the right one where there is none to follow from."""
    given = run.got.get(name)
    return run.truth[name].value if given is None or not np.isfinite(given).all() else given


def uses(graph: Graph, name: str) -> list[tuple[str, int]]:
    """Where a node's value is used and carries a gradient: (consumer, argument)."""
    return [
        (consumer, position)
        for consumer in graph.consumers[name]
        for position, argument in enumerate(graph.nodes[consumer].arguments)
        if argument == name and graph.operation(consumer).inputs[position].differentiable
    ]
