"""What a network has besides the student's layers, a penalty on its weights: worked out on our side, and added.

So that the student's layers alone are put together beside their code, and a penalty that they forgot stays theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks.graph.runs import uses
from grader.exercise.exercise import Array
from grader.exercise.kinds import NetworkExercise


@dataclass(frozen=True, slots=True)
class Layered:
    """Which nodes the student's layers compute, and the last of them: after it things are only added."""

    nodes: frozenset[str]
    end: str


@dataclass(slots=True)
class _Sorted:
    layered: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)
    after: dict[str, str] = field(default_factory=dict)
    """By node that adds to a layer's value: which of its arguments that is."""


def layered(exercise: NetworkExercise) -> Layered | None:
    """None where the student's layers cannot be told apart from the rest in this way."""
    graph, found = exercise.graph, _Sorted()
    for name in graph.order:
        op = graph.nodes[name].op
        if op is None:
            continue
        inputs = graph.nodes[name].inputs
        from_layers = [each for each in inputs if each in found.layered or each in found.after]
        if op.name in exercise.layers:
            if any(each in found.beside or each in found.after for each in inputs):
                return None
            found.layered.add(name)
        elif not from_layers:
            found.beside.add(name)
        elif op.name == "add" and len(from_layers) == 1:
            found.after[name] = from_layers[0]
        else:
            return None
    end = graph.output
    while end in found.after:
        end = found.after[end]
    return Layered(frozenset(found.layered), end) if end in found.layered else None


def with_rest(
    exercise: NetworkExercise, values: Mapping[str, Any], mine: Mapping[str, Array], end: str
) -> dict[str, Array]:
    """The numbers of the student's layers, by node of the exercise, with what the rest adds to each."""
    graph = exercise.graph
    if end == graph.output:
        return dict(mine)
    passed, back = graph.forward_with_caches(values), graph.backward(values)
    found = dict(mine)
    if graph.output in found:
        found[graph.output] = found[graph.output] + (passed.values[graph.output] - passed.values[end])
    for parameter in exercise.parameters:
        node = f"d{parameter}"
        for consumer, position in uses(graph, parameter):
            if node in found and graph.operation(consumer).name not in exercise.layers:
                more = passed.product(consumer, position, np.asarray(back.gradients[consumer]))
                found[node] = _added(found[node], np.asarray(more))
    return found


def _added(mine: Array, more: Array) -> Array:
    """Both together; what has another shape than the parameter cannot be added to, and stays as it is."""
    return np.asarray(mine + more) if mine.shape == more.shape else mine
