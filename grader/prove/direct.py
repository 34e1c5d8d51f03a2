"""The direct comparison: are these functions right on the shipped cases? Much faster than the whole grader, which
also explains; what it finds right goes through the whole grader as well.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from grader.checks.compare import Expected, compare
from grader.checks.graph.runs import bounded
from grader.checks.layer.situations import LayerRun, layer_run
from grader.exercise import (
    AlgorithmExercise,
    ExperimentExercise,
    FindTheBugExercise,
    GraphExercise,
    Helper,
    JacobianExercise,
    LayerExercise,
    NetworkExercise,
)
from grader.prove.situations import Inputs
from grader.worker.surroundings import OverBudgetError, Printed, apart, randomness, time_limit

PATIENCE = 5.0
"""Seconds that one submission may take on all cases: a mutant's loop may have lost its end."""

Names = Mapping[str, Any]
Wrong = Iterator[str]
"""Nodes, one after another, at which something is found wrong."""


def wrong_node(inputs: Inputs, names: Names) -> str:
    """The first node at which the functions are found wrong; empty if nothing is. What raises is wrong."""
    try:
        with time_limit(PATIENCE), apart(Printed()), randomness(0):
            return next(_judge(inputs)(inputs, names), "")
    except (Exception, OverBudgetError, SystemExit):
        return inputs.exercise.nodes[-1]


def wrong_nodes(inputs: Inputs, names: Names) -> set[str]:
    """All nodes at which they are found wrong, as far as they run."""
    found: set[str] = set()
    ends = contextlib.suppress(Exception, OverBudgetError, SystemExit)
    with ends, time_limit(PATIENCE), apart(Printed()), randomness(0):
        for node in _judge(inputs)(inputs, names):
            found.add(node)
    return found


def _judge(inputs: Inputs) -> Callable[[Inputs, Names], Wrong]:
    match inputs.exercise:
        case LayerExercise():
            return _layer
        case GraphExercise():
            return _graph
        case NetworkExercise():
            return _network
        case JacobianExercise():
            return _jacobian
        case AlgorithmExercise():
            return _algorithm
        case ExperimentExercise():
            return _experiment
        case FindTheBugExercise():
            return _mended
    raise TypeError(f"nothing to compare in an exercise of kind {inputs.exercise.kind!r}")


def _layer(inputs: Inputs, names: Names) -> Wrong:
    exercise = inputs.exercise
    assert isinstance(exercise, LayerExercise)
    for run in inputs.layer_runs:
        if not run.decides:
            continue
        values = [copy.deepcopy(_plain(value)) for value in run.inputs]
        if exercise.one_call:
            returned = _listed(names[exercise.one_call](*values))
        else:
            *outs, cache = names[exercise.forward](*values)
            douts = [dout.copy() for dout in run.douts]
            returned = [*outs, *_listed(names[exercise.backward](*douts, cache))]
        yield from _different(returned, run)


def _different(returned: list[Any], run: LayerRun) -> Wrong:
    for name, value in zip(run.exercise.nodes, returned, strict=True):
        if not compare(name, value, run.expected[name], single=run.single).passed:
            yield name


def _graph(inputs: Inputs, names: Names) -> Wrong:
    exercise = inputs.exercise
    assert isinstance(exercise, GraphExercise)
    for run in inputs.graph_runs:
        returned = names[exercise.function](*map(copy.deepcopy, run.values.values()))
        for node in exercise.nodes:
            if node[1:] not in run.undecided and not _right(node, returned[node], run.truth[node[1:]]):
                yield node


def _network(inputs: Inputs, names: Names) -> Wrong:
    exercise = inputs.exercise
    assert isinstance(exercise, NetworkExercise)
    graph = exercise.graph
    called = exercise.called(names)
    for values in inputs.network_values:
        given = {name: values[name] for name in graph.leaves}
        right = graph.backward(given)
        loss, gradients = called(*map(copy.deepcopy, given.values()))
        if not _right(graph.output, loss, bounded(np.asarray(right.values[graph.output], np.float64))):
            yield graph.output
        for name in exercise.parameters:
            truth = bounded(np.asarray(right.gradients[name], np.float64))
            if not _right(f"d{name}", gradients[name], truth):
                yield f"d{name}"


def _jacobian(inputs: Inputs, names: Names) -> Wrong:
    exercise = inputs.exercise
    assert isinstance(exercise, JacobianExercise)
    for _, _, given, right, single in inputs.jacobian_runs:
        returned = names[exercise.function](*map(copy.deepcopy, given))
        if not compare("jacobian", returned, right, single=single).passed:
            yield "jacobian"


def _algorithm(inputs: Inputs, names: Names) -> Wrong:
    exercise = inputs.exercise
    assert isinstance(exercise, AlgorithmExercise)
    for size in exercise.sizes:
        arguments = exercise.draw(inputs.seeds.rng(exercise.id, str(size)), size)
        returned = names[exercise.function](*(_made(a, exercise.helpers) for a in arguments))
        for node, _ in exercise.judge(arguments, returned):
            yield node


def _made(value: Any, helpers: Mapping[str, str]) -> Any:
    """An argument as a submission receives it: a copy, with the function itself in place of a Helper."""
    if isinstance(value, Helper):
        namespace: dict[str, Any] = {"np": np}
        exec(helpers[value.name], namespace)  # noqa: S102 - the author's own code
        return namespace[value.name]
    if isinstance(value, (tuple, list)):
        return type(value)(_made(item, helpers) for item in value)
    if isinstance(value, dict):
        return {key: _made(item, helpers) for key, item in value.items()}
    return copy.deepcopy(value)


def _experiment(inputs: Inputs, names: Names) -> Wrong:
    exercise = inputs.exercise
    assert isinstance(exercise, ExperimentExercise)
    for trial in exercise.trials:
        rng = inputs.seeds.rng(exercise.id, trial.name)
        drawn = [trial.arguments(rng) for _ in range(trial.calls)]
        results = [np.asarray(exercise.result(names, copy.deepcopy(given))) for given in drawn]
        if trial.judge(drawn[0], results):
            yield trial.node


def _mended(inputs: Inputs, names: Names) -> Wrong:
    exercise = inputs.exercise
    assert isinstance(exercise, FindTheBugExercise)
    for run in bug_runs(exercise, inputs):
        given = (*run.douts, *run.inputs)
        returned = _listed(names[exercise.mended](*(copy.deepcopy(_plain(value)) for value in given)))
        for name, value in zip(run.exercise.gradients, returned, strict=True):
            if not compare(name, value, run.expected[name], single=run.single).passed:
                yield "mended"


def bug_runs(exercise: FindTheBugExercise, inputs: Inputs) -> Iterator[LayerRun]:
    """The cases on which a mended rule is judged."""
    layer = exercise.layer
    points = {f"d{layer.differentiable[0]}": 1}
    as_layer = LayerExercise(id=exercise.id, title=exercise.title, text="", layer=layer, points=points)
    for case in exercise.cases:
        rng = inputs.seeds.rng(exercise.id, case.name)
        yield layer_run(as_layer, case, case.draw(rng), rng)


def _right(name: str, value: Any, expected: Expected) -> bool:
    return compare(name, np.reshape(value, expected.value.shape), expected).passed


def _listed(returned: Any) -> list[Any]:
    return list(returned) if isinstance(returned, (tuple, list)) else [returned]


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "items") else value
