"""Part of proof 1: the mathematics that an exercise is judged by is the derivative of its own forward.

chainmark's own layers are proved in its tests as well. A course's own layer has nobody else to look at it, and a
slip in its backward would take marks from all whose work is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from grader.exercise import Exercise, GraphExercise, JacobianExercise, LayerExercise, NetworkExercise
from grader.findings import Verdict
from grader.gradcheck import GradcheckResult, gradcheck, gradcheck_jacobian
from grader.prove.situations import Inputs
from grader.text import one_line
from reference.layer import Layer

LARGEST = 20_000
"""Entries of a Jacobian; larger ones are left out."""
WITHIN = 1e-9
"""Backward and dout times the Jacobian are both float64: they differ by rounding alone."""

DUST = float(np.sqrt(np.finfo(np.float64).tiny))
"""A forward whose factors underflow, as GELU's far to the left, has lost slopes that small; backward has not."""


def wrong_derivatives(exercise: Exercise, inputs: Inputs) -> Iterator[str]:
    """What is wrong with the layers of an exercise, at the inputs of its own cases; one line for each rule."""
    found: dict[str, str] = {}
    if isinstance(exercise, LayerExercise):
        for run in inputs.layer_runs:
            if not run.case.kink and run.decides:
                for rule, said in _layer(exercise.layer, _exact(run.inputs)):
                    found.setdefault(rule, f'{rule}{said}, in the case "{run.case.name}"')
    elif isinstance(exercise, JacobianExercise):
        for name, kink, point, _, _ in inputs.jacobian_runs:
            if not kink and (said := _jacobian(exercise, _exact(point))):
                found.setdefault("jacobian", f'jacobian_rule{said}, in the case "{name}"')
    elif isinstance(exercise, GraphExercise | NetworkExercise):
        for name, layer, given in _in_graph(exercise, inputs):
            for rule, said in _layer(layer, given):
                found.setdefault(f"{layer.name} {rule}", f"{layer.name}'s {rule}{said}, at {name}")
    yield from found.values()


def _in_graph(
    exercise: GraphExercise | NetworkExercise, inputs: Inputs
) -> Iterator[tuple[str, Layer, list[Any]]]:
    """(node, layer, what goes into it) wherever a graph uses a layer, at the first values drawn."""
    graph = exercise.graph
    drawn = inputs.graph_runs[0].values if isinstance(exercise, GraphExercise) else inputs.network_values[0]
    values = graph.backward({name: drawn[name] for name in graph.leaves}).values
    for node in graph.nodes.values():
        if node.op is not None:
            given = [values[a] if isinstance(a, str) else a for a in node.arguments]
            yield node.name, node.op, _exact(list(node.op.check(*given)))


def _layer(layer: Layer, inputs: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """(rule, what is wrong) of one layer at one point."""
    constants = [spec.name for spec in layer.inputs if not spec.differentiable]
    names = [spec.name for spec in layer.inputs]
    result = gradcheck(
        _fresh(layer.forward_rule), layer.backward_rule, *inputs,
        names=names, constants=constants, prove=False, contract_checks=False,
    )  # fmt: skip
    if said := _refuted(result):
        yield "backward_rule", said
        return
    with np.errstate(all="ignore"):
        *outs, cache = _fresh(layer.forward_rule)(*inputs)
        rng = np.random.default_rng(0)
        douts = [rng.normal(size=np.shape(out)) for out in outs]
        sizes = sum(np.size(out) for out in outs) * sum(np.size(value) for value in inputs)
        if sizes > LARGEST:
            return
        gradients = dict(zip(layer.differentiable, layer.backward(*douts, cache), strict=True))
        jacobians = layer.jacobian_rule(*_fresh_values(inputs))
    for name, gradient in gradients.items():
        if any((output, name) not in jacobians for output in layer.outputs):
            continue  # a layer that is only gone through backward needs no Jacobian
        total = sum(
            np.tensordot(dout, jacobians[output, name], np.ndim(dout))
            for output, dout in zip(layer.outputs, douts, strict=True)
        )
        if np.shape(total) != np.shape(gradient):
            yield "jacobian_rule", f" has {np.shape(total)} as the shape of {name}, not {np.shape(gradient)}"
        elif not np.allclose(total, gradient, rtol=WITHIN, atol=WITHIN * np.max(np.abs(gradient), initial=0)):
            yield "jacobian_rule", f" and backward_rule disagree about d{name}"


def _jacobian(exercise: JacobianExercise, inputs: Sequence[Any]) -> str:
    """What is wrong with the Jacobian that is asked for at one point; empty if nothing is."""
    layer, wrt = exercise.layer, exercise.wrt
    place = [spec.name for spec in layer.inputs].index(wrt)
    output = layer.outputs.index(exercise.output)

    def function(value: Any) -> Any:
        given = [*inputs[:place], value, *inputs[place + 1 :]]
        return np.asarray(_fresh(layer.forward_rule)(*given)[output])

    claimed = layer.jacobian_rule(*_fresh_values(inputs))[exercise.output, wrt]
    result = gradcheck_jacobian(function, np.asarray(claimed), np.asarray(inputs[place]), prove=False)
    return _refuted(result)


def _refuted(result: GradcheckResult) -> str:
    """What differences of the forward refute; empty if nothing. Undecided is not refuted."""
    if result.verdict is not Verdict.FAIL:
        return ""
    lost = [
        abs(each.got - each.expected) < DUST
        for each in result.arguments
        if each.verdict is Verdict.FAIL and each.got is not None and each.expected is not None
    ]
    if lost and all(lost):
        return ""
    wrong = next((finding.message for finding in result.findings if finding.verdict is Verdict.FAIL), "")
    return f" is not the derivative of forward_rule: {one_line(wrong, limit=160)}"


def _exact(inputs: Sequence[Any]) -> list[Any]:
    """In double precision: differences need the digits."""
    return [
        value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
        for value in inputs
    ]


def _fresh(forward: Callable[..., Any]) -> Callable[..., Any]:
    """The forward with dictionaries of its own: some layers write running means into them."""
    return lambda *inputs: forward(*_fresh_values(inputs))


def _fresh_values(inputs: Sequence[Any]) -> list[Any]:
    return [
        {key: np.copy(v) if isinstance(v, np.ndarray) else v for key, v in value.items()}
        if hasattr(value, "items")
        else value
        for value in inputs
    ]
