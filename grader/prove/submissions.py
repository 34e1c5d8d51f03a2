"""Submissions made for a proof: a text as it stands, or one whose numbers are wrong at one node as predicted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.checks.dispatch import check
from grader.checks.result import Checked
from grader.checks.seeds import SeedSource
from grader.exercise import (
    Exercise,
    GraphExercise,
    JacobianExercise,
    LayerExercise,
    Misconception,
    NetworkExercise,
    Raises,
)
from grader.exercise.exercise import Array
from grader.findings import Verdict
from grader.marks import marked
from grader.prove.situations import graph_situation, layer_situation
from grader.runner.inprocess import InProcessRunner
from grader.runner.runner import Program
from grader.worker.program import Source

PAPER = SeedSource.personal("prove", "the author")
"""Draws the questions of an exercise whose numbers are personal."""

Planted = Mapping[str, Callable[..., Any]]


class PlantedRunner(InProcessRunner):
    """The runner in this process, with functions of ours in reach of the submission's."""

    def plant(self, functions: Planted) -> None:
        """Give the loaded submission these functions, in place of those it had under their names."""
        assert self._session is not None
        self._session.namespace.update(functions)


def loaded(exercise: Exercise, text: str) -> PlantedRunner:
    """A runner with a submission of this one file."""
    runner = PlantedRunner()
    names = (*exercise.functions, *exercise.variables)
    runner.load(Program((Source("submission.py", text),), names))
    return runner


def graded(exercise: Exercise, text: str, seeds: SeedSource) -> Checked:
    """What the whole grader finds in a submission of this one file."""
    runner = loaded(exercise, text)
    try:
        with np.errstate(all="ignore"):  # an author's judge meets whatever was returned
            return check(exercise, runner, seeds, PAPER)
    finally:
        runner.close()


def loses(exercise: Exercise, checked: Checked) -> bool:
    """Whether the submission earned less than the exercise is worth."""
    if checked.not_started:
        return True
    nodes = marked(checked, exercise.points, follow_through=exercise.follow_through)
    return sum(node.points for node in nodes) < exercise.worth * (1 - 1e-9)


def complaints(checked: Checked) -> list[str]:
    """Everything that is said against a submission, a line each."""
    said = [f"counts as not begun: {checked.not_started}"] if checked.not_started else []
    if checked.ungraded and not checked.provisional:
        said.append(checked.ungraded)
    for node in checked.nodes.values():
        if node.verdict is not Verdict.PASS:
            said.append(f"{node.name}: {node.message or node.verdict.value}")
    said += [f"{f.check}: {f.message}" for f in checked.findings if f.verdict is not Verdict.PASS]
    return said + [f"named {diagnosis.id} at {diagnosis.node}" for diagnosis in checked.diagnoses]


def mistaken(exercise: Exercise, mistake: Misconception, solution: str) -> tuple[str, Planted] | None:
    """The submission of somebody who has this misconception and nothing else wrong; None for kinds without any.

    Every other number is right, and in a graph what follows from the wrong one is worked out from it.
    """
    match exercise:
        case LayerExercise():
            return _layer(exercise, mistake)
        case JacobianExercise():
            return _function(exercise, [s.name for s in exercise.layer.inputs], _jacobian(exercise, mistake))
        case GraphExercise():
            return _graph(exercise, mistake)
        case NetworkExercise(adapter=str() as adapter) if adapter:
            return _class(exercise, mistake, solution)
        case NetworkExercise():
            text, planted = _function(exercise, exercise.graph.leaves, _network(exercise, mistake))
            return f"{solution}\n\n{text}", planted
    return None


class _Held:
    """What the planted forward hands to the planted backward: a cache that is the inputs."""

    def __init__(self, *inputs: Any) -> None:
        self.inputs = tuple(_copied(value) for value in inputs)


def _layer(exercise: LayerExercise, mistake: Misconception) -> tuple[str, Planted]:
    layer = exercise.layer
    arguments = ", ".join(f"{spec.name}_" for spec in layer.inputs)
    outs = [f'{name}_out = planted("{name}", held)' for name in layer.outputs]
    douts = "".join(f", d{name}_up" for name in layer.outputs)

    def planted(name: str, held: _Held, *douts: Array) -> Any:
        given = douts or tuple(np.ones(np.shape(out)) for out in _outs(exercise, held.inputs))
        return _wrong(mistake, name, layer_situation(layer, held.inputs, given))

    given = "" if exercise.one_call else douts
    gradients = [f'{name}_in = planted("{name}", held{given})' for name in exercise.gradients]
    results = ", ".join(f"{name}_in" for name in exercise.gradients)
    values = ", ".join(f"{name}_out" for name in layer.outputs)
    begun = [f"def {exercise.functions[0]}({arguments}):", f"held = planted_cache({arguments})", *outs]
    if exercise.one_call:
        lines = [*begun, *gradients, f"return {values}, {results}"]
    else:
        backward = [f"\ndef {exercise.backward}({douts[2:]}, held):", *gradients, f"return {results}"]
        lines = [*begun, f"return {values}, held", *backward]
    text = "\n".join(line if "def " in line else f"    {line}" for line in lines) + "\n"
    return text, {"planted": planted, "planted_cache": _Held}


def _outs(exercise: LayerExercise, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    with np.errstate(all="ignore"):
        *outs, _ = exercise.layer.forward_rule(*(_copied(value) for value in inputs))
    return tuple(outs)


def _function(
    exercise: JacobianExercise | NetworkExercise, arguments: Any, planted: Callable[..., Any]
) -> tuple[str, Planted]:
    listed = ", ".join(f"{name}_" for name in arguments)
    return f"def {exercise.function}({listed}):\n    return planted({listed})\n", {"planted": planted}


def _jacobian(exercise: JacobianExercise, mistake: Misconception) -> Callable[..., Any]:
    def planted(*inputs: Any) -> Any:
        layer = exercise.layer
        right = layer.jacobian_rule(*inputs)[exercise.output, exercise.wrt]
        named = dict(zip((spec.name for spec in layer.inputs), inputs, strict=True))
        return _wrong(mistake, "jacobian", {**named, "jacobian": np.asarray(right, np.float64)})

    return planted


def _graph(exercise: GraphExercise, mistake: Misconception) -> tuple[str, Planted]:
    """A line for each gradient, so that one that raises does not take the others along."""
    graph = exercise.graph
    found: dict[str, Any] = {}

    def start(*leaves: Any) -> None:
        found.clear()
        values = dict(zip(graph.leaves, leaves, strict=True))
        situation, passed = graph_situation(graph, values), graph.forward_with_caches(values)
        for name in reversed(graph.order):
            if name == graph.output:
                continue
            # From the gradients that are there by now, as a student works them out one after another.
            mine = situation[f"d{name}"] = passed_back(passed, name, situation)
            wrong = mistake.predict(situation) if f"d{name}" == mistake.node else None
            found[f"d{name}"] = mine if wrong is None else wrong
            if np.shape(found[f"d{name}"]) == np.shape(mine) and not isinstance(wrong, Raises):
                situation[f"d{name}"] = found[f"d{name}"]  # from another shape nothing follows

    def give(name: str) -> Any:
        return _or_raised(found[name])

    listed = ", ".join(f"{name}_" for name in graph.leaves)
    lines = [f'{name}_in = planted("{name}")' for name in exercise.nodes]
    returned = ", ".join(f'"{name}": {name}_in' for name in exercise.nodes)
    body = [f"planted_start({listed})", *lines, f"return {{{returned}}}"]
    text = f"def {exercise.function}({listed}):\n" + "".join(f"    {line}\n" for line in body)
    return text, {"planted": give, "planted_start": start}


def passed_back(passed: Any, name: str, situation: Mapping[str, Any]) -> Array:
    """The gradient of a node from those of its consumers."""
    total = np.zeros_like(np.asarray(passed.values[name], np.float64))
    for consumer in passed.graph.consumers[name]:
        op, arguments = passed.graph.operation(consumer), passed.graph.nodes[consumer].arguments
        for position, argument in enumerate(arguments):
            if argument == name and op.inputs[position].differentiable:
                total = total + passed.product(consumer, position, np.asarray(situation[f"d{consumer}"]))
    return np.asarray(total)


def _network(exercise: NetworkExercise, mistake: Misconception) -> Callable[..., Any]:
    graph = exercise.graph

    def planted(*leaves: Any) -> tuple[Any, dict[str, Any]]:
        situation = graph_situation(graph, dict(zip(graph.leaves, leaves, strict=True)))
        values = {name: _wrong(mistake, name, situation) for name in exercise.nodes}
        return values[graph.output], {name: values[f"d{name}"] for name in exercise.parameters}

    return planted


def _class(exercise: NetworkExercise, mistake: Misconception, solution: str) -> tuple[str, Planted]:
    """The right class with another `loss`: its leaves are its parameters, what loss is given, and its reg."""
    planted = _network(exercise, mistake)
    graph = exercise.graph

    def loss(net: Any, *given: Any) -> Any:
        own = [net.params[name] for name in graph.leaves if name in net.params]
        rest = (net.reg,) if "reg" in graph.leaves else ()
        return planted(*own, *(given if exercise.given is None else exercise.given(*given)), *rest)

    name = exercise.function
    text = f"class {name}({name}):\n    def loss(self, *given):\n        return planted(self, *given)\n"
    return f"{solution}\n\n{text}", {"planted": loss}


def _wrong(mistake: Misconception, name: str, situation: dict[str, Any]) -> Any:
    """The node's right number, or what the misconception makes of it. Raises ValueError where it says so."""
    if name != mistake.node:
        return situation[name]
    predicted = mistake.predict(situation)
    return situation[name] if predicted is None else _or_raised(predicted)


def _or_raised(predicted: Any) -> Any:
    if isinstance(predicted, Raises):
        raise ValueError("operands could not be broadcast together")
    return predicted


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    return dict(value) if hasattr(value, "items") else value
