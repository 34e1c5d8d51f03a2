"""What a prediction looks at, on every case that an exercise ships: inputs, outputs, upstreams, right gradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from grader.checks.compare import Expected, expected_values
from grader.checks.graph.runs import GraphRun, graph_runs
from grader.checks.layer.situations import LayerRun, drawn_run
from grader.checks.seeds import SeedSource
from grader.exercise import Exercise, GraphExercise, JacobianExercise, LayerExercise, NetworkExercise
from grader.exercise.cases import as_float32
from grader.exercise.exercise import Array
from reference.graph import Graph
from reference.layer import Layer


def layer_situation(layer: Layer, inputs: Sequence[Any], douts: Sequence[Array]) -> dict[str, Any]:
    """A layer at these inputs with this upstream, everything by name."""
    exact = [_exact(value) for value in inputs]
    with np.errstate(all="ignore"):
        *outs, cache = layer.forward_rule(*exact)
        gradients = layer.backward(*(np.array(dout, np.float64) for dout in douts), cache)
    return {
        **dict(zip((spec.name for spec in layer.inputs), inputs, strict=True)),
        **dict(zip(layer.outputs, (np.asarray(out, np.float64) for out in outs), strict=True)),
        **{f"d{name}": dout for name, dout in zip(layer.outputs, douts, strict=True)},
        **{f"d{n}": np.asarray(g, np.float64) for n, g in zip(layer.differentiable, gradients, strict=True)},
    }


def graph_situation(graph: Graph, values: Mapping[str, Any]) -> dict[str, Any]:
    """A graph at these values, each node's value and its gradient, as d<node>."""
    passed = graph.backward(values)
    return {**passed.values, **{f"d{name}": g for name, g in passed.gradients.items()}}


def _exact(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.astype(np.float64) if value.dtype.kind == "f" else value.copy()
    return dict(value) if hasattr(value, "items") else value


class Inputs:
    """All inputs that one grading of an exercise looks at, drawn from one seed, each kind's once."""

    def __init__(self, exercise: Exercise, seeds: SeedSource) -> None:
        self.exercise, self.seeds = exercise, seeds

    @cached_property
    def layer_runs(self) -> list[LayerRun]:
        """A layer's cases, as its check draws them."""
        exercise = self.exercise
        assert isinstance(exercise, LayerExercise)
        return [drawn_run(exercise, c, self.seeds.rng(exercise.id, c.name)) for c in exercise.cases]

    @cached_property
    def graph_runs(self) -> list[GraphRun]:
        """A graph's values, as its check draws them."""
        assert isinstance(self.exercise, GraphExercise)
        return graph_runs(self.exercise, self.seeds)

    @cached_property
    def network_values(self) -> list[Mapping[str, Any]]:
        """A network's values, as its check draws them."""
        exercise = self.exercise
        assert isinstance(exercise, NetworkExercise)
        return [exercise.draw(self.seeds.rng(exercise.id, str(n))) for n in range(exercise.count)]

    @cached_property
    def jacobian_runs(self) -> list[tuple[str, bool, tuple[Any, ...], Expected, bool]]:
        """(case, at a kink, inputs, right Jacobian, single precision) of each case, as its check draws them."""
        exercise = self.exercise
        assert isinstance(exercise, JacobianExercise)
        layer, found = exercise.layer, []

        def compute(inputs: tuple[Any, ...]) -> Sequence[Array]:
            return [np.asarray(layer.jacobian_rule(*inputs)[exercise.output, exercise.wrt], np.float64)]

        for case in exercise.cases:
            rng = self.seeds.rng(exercise.id, case.name)
            inputs = layer.check(*case.draw(rng))
            (right,) = expected_values(compute, inputs, rng, kink=case.kink)
            given = as_float32(inputs) if case.float32 else inputs
            found.append((case.name, case.kink, given, right, case.float32))
        return found

    def situations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(case, situation) wherever there is a derivative; none for kinds that have no predictions."""
        match self.exercise:
            case LayerExercise():
                for run in self.layer_runs:
                    if not run.case.kink and run.decides:
                        yield run.case.name, run.situation
            case GraphExercise(graph=graph):
                for each in self.graph_runs:
                    yield each.case, graph_situation(graph, each.values)
            case NetworkExercise(graph=graph):
                for number, values in enumerate(self.network_values):
                    named = {name: values[name] for name in graph.leaves}
                    yield f"drawn numbers {number + 1}", graph_situation(graph, named)
            case JacobianExercise():
                for name, kink, inputs, right, _ in self.jacobian_runs:
                    if not kink:
                        yield name, self.jacobian_situation(inputs, right)

    def jacobian_situation(self, inputs: tuple[Any, ...], right: Expected) -> dict[str, Any]:
        """The inputs by name, with the right Jacobian."""
        assert isinstance(self.exercise, JacobianExercise)
        names = (spec.name for spec in self.exercise.layer.inputs)
        return {**dict(zip(names, inputs, strict=True)), "jacobian": right.value}
