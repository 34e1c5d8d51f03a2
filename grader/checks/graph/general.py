"""Mistakes that any array node of a graph or network invites: a sign, a transpose, a factor that is a size.

For a network of the student's own layers, also an upstream that was forgotten where a parameter is used, a layer
that was passed by on the way back, and what arrived handed on as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.checks.graph.runs import uses
from grader.checks.graph.slips import beside_formula
from grader.checks.network.formulas import beside_formulas
from grader.diagnosis.candidates import GENERIC, Candidate, Twist, composed, factors, own, twisted
from grader.diagnosis.layers import EXAMPLES
from grader.exercise.exercise import Array, Situation
from grader.exercise.kinds import GraphExercise, NetworkExercise
from reference.graph import Graph

Size = Callable[[Situation], float]


def twists(graph: Graph, drawn: Sequence[Mapping[str, Any]]) -> list[Twist]:
    """What can be done to right numbers, with the sizes of the leaves for factors. `drawn`: values of leaves."""
    found = [
        Twist("sign", "negated", lambda a, s: -a),
        *factors("two", "2", lambda s: 2.0),
    ]
    if any(np.ndim(value) > 1 for values in drawn for value in values.values()):
        found.append(Twist("transposed", "the right numbers, transposed", lambda a, s: a.T))
    for name, words, size in _sizes(graph, drawn):
        found += factors(name, words, size)
    return found


def _sizes(graph: Graph, drawn: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, Size]]:
    """Every size that is no other one under another name: the number of examples first."""
    seen: set[tuple[int, ...]] = {(2,) * len(drawn), (1,) * len(drawn)}
    for examples in (True, False):
        for leaf in graph.leaves:
            shapes = [np.shape(values[leaf]) for values in drawn]
            for axis in range(min(len(shape) for shape in shapes)):
                lengths = tuple(shape[axis] for shape in shapes)
                if lengths in seen or _counts_examples(graph, leaf, axis) != examples:
                    continue
                seen.add(lengths)
                yield *_called(leaf, axis, len(shapes[0]), examples=examples), partial(_length, leaf, axis)


def _length(leaf: str, axis: int, situation: Situation) -> float:
    return float(np.shape(situation[leaf])[axis])


def _counts_examples(graph: Graph, leaf: str, axis: int) -> bool:
    """Whether an operation calls this axis of its argument N."""
    return any(
        graph.operation(consumer).inputs[place].shape[axis : axis + 1] == (EXAMPLES,)
        for consumer, place in uses(graph, leaf)
    )


def _called(leaf: str, axis: int, dimensions: int, *, examples: bool) -> tuple[str, str]:
    """An axis by an id and in words."""
    if examples:
        return EXAMPLES, f"{EXAMPLES}, the number of examples"
    if dimensions == 1:
        return f"length-of-{leaf}", f"the length of {leaf}"
    if dimensions == 2:
        line = "columns" if axis else "rows"
        return f"{line}-of-{leaf}", f"the number of {line} of {leaf}"
    return f"axis-{axis}-of-{leaf}", f"the length of axis {axis} of {leaf}"


def of_graph(exercise: GraphExercise, node: str, drawn: Sequence[Mapping[str, Any]]) -> Iterator[Candidate]:
    """What explains a node's numbers by the right ones for the student's own upstream."""
    turns = twists(exercise.graph, drawn)
    yield from twisted(node, turns)
    yield Candidate("zero", "zero everywhere", lambda s: np.zeros_like(s[node]), tells=False)
    yield Candidate("ones", "1 everywhere", lambda s: np.ones_like(s[node]))
    several = len(uses(exercise.graph, node[1:])) > 1
    # Twice all ways but one is the same as all of them and some again: no twist of 2 where ways meet.
    twice = [turn for turn in turns if not (several and turn.id == "times-two")]
    yield from composed(node, own(exercise.misconceptions, node), twice)
    yield from beside_formula(exercise.graph, node[1:])


def of_network(
    exercise: NetworkExercise, node: str, drawn: Sequence[Mapping[str, Any]]
) -> Iterator[Candidate]:
    """Every explanation of a wrong node of a network, the most particular first."""
    particular = own(exercise.misconceptions, node)
    yield from particular
    turns = twists(exercise.graph, drawn)
    simple = [
        Candidate("zero", "zero everywhere", lambda s: np.zeros_like(s[node]), tells=False),
        *(_of_parameter(exercise, node) if node[1:] in exercise.parameters else ()),
    ]
    yield from twisted(node, turns, {"transposed": tuple(c.id for c in simple)})
    yield from simple
    yield from composed(node, particular, turns)
    yield from composed(node, [*simple, *twisted(node, [t for t in turns if t.scale is None])], turns)
    yield from beside_formulas(exercise.graph, node)


def _of_parameter(exercise: NetworkExercise, node: str) -> Iterator[Candidate]:
    graph, name = exercise.graph, node[1:]
    yield Candidate("value-itself", f"{name} itself", lambda s: np.asarray(s[name], np.float64))
    for other in exercise.parameters:
        if other != name:
            title = f"what d{other} should be"
            yield Candidate(f"numbers-of-d{other}", title, partial(_entry, f"d{other}"))
    found = uses(graph, name)
    if len(found) == 1:
        consumer, place = found[0]
        yield Candidate(
            "ignores-upstream",
            f"computed as if what arrives at {consumer} were 1 everywhere",
            partial(_local, graph, consumer, place),
            GENERIC,
            ("ones",),
        )
        yield Candidate(
            "passed-unchanged", f"what arrives at {consumer}, as it came", partial(_arriving, graph, consumer)
        )
    for other in graph.order:
        if other in _on_the_way(graph, name) and other not in {consumer for consumer, _ in found}:
            title = f"computed without {other} on the way back, as if it handed on what it receives"
            yield Candidate(f"passed-by-{other}", title, partial(_passed_by, graph, other, name))


def _entry(name: str, situation: Situation) -> Array:
    return np.asarray(situation[name], np.float64)


def _leaves(graph: Graph, situation: Situation) -> dict[str, Any]:
    return {name: situation[name] for name in graph.leaves}


def _local(graph: Graph, consumer: str, place: int, situation: Situation) -> Array:
    forward = graph.forward_with_caches(_leaves(graph, situation))
    return np.asarray(forward.product(consumer, place, np.ones(np.shape(forward.values[consumer]))))


def _arriving(graph: Graph, consumer: str, situation: Situation) -> Array:
    return np.asarray(graph.backward(_leaves(graph, situation)).gradients[consumer])


def _on_the_way(graph: Graph, name: str) -> set[str]:
    """The nodes between this one and the output, without the output, that one value goes through."""
    found: set[str] = set()
    pending = [name]
    while pending:
        for consumer in graph.consumers[pending.pop()]:
            if consumer not in found and consumer != graph.output:
                found.add(consumer)
                pending.append(consumer)
    return {each for each in found if len(graph.operation(each).differentiable) == 1}


def _passed_by(graph: Graph, skipped: str, name: str, situation: Situation) -> Array | None:
    """The gradient of `name` with an operation's own left out; None where it changes the shape."""
    forward = graph.forward_with_caches(_leaves(graph, situation))
    back: dict[str, Array] = {graph.output: np.ones(np.shape(forward.values[graph.output]))}
    for each in reversed(graph.order):
        node = graph.nodes[each]
        if node.op is None or each not in back:
            continue
        products = iter(node.op.backward(back[each], forward.caches[each]))
        for spec, argument in zip(node.op.inputs, node.arguments, strict=True):
            product = next(products) if spec.differentiable else None
            if product is None or not isinstance(argument, str):
                continue
            if each == skipped:
                if product.shape != back[each].shape:
                    return None
                product = back[each]
            back[argument] = back[argument] + product if argument in back else product
    return back.get(name)
