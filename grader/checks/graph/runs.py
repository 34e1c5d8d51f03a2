"""`GraphRun`: one set of values for a graph's leaves, with the right numbers and the student's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks.compare import (
    FINE_SINGLE,
    FLOOR,
    FLOOR_SINGLE,
    PLANTED,
    RERUNS,
    SPREAD,
    Expected,
)
from grader.checks.seeds import SeedSource
from grader.exercise.exercise import Array
from grader.exercise.kinds import GraphExercise
from grader.worker.steps import Outcome
from reference.errors import GraphError
from reference.graph import ForwardPass, Graph

FINE = 1e-6
"""A gradient through a chain of gates is good to a millionth; its conditioning comes on top."""
ROUNDING = 2.0**-52
DUST = 1e3
"""A bound below so many floors leaves room for what rounding makes of 0, and for no mistake that shows."""
LEFT = 20 * ROUNDING
"""What rounding does to a local gradient made from the operation's output, as a part of that output."""
KINK = 1e-12
"""Values nearer to a kink than this part of their size are at it."""
SIDES = 48
"""Passes that look for other gradients to all sides of a kink."""
ATTEMPTS = 20
"""Drawn values at a kink, out of an operation's domain or too badly conditioned are drawn again, so often."""


@dataclass(slots=True)
class GraphRun:
    """One set of values for the leaves: the right numbers, the student's, and what those imply."""

    values: Mapping[str, Any]
    right: ForwardPass
    truth: dict[str, Expected]
    """By node: its right gradient."""
    wobble: dict[str, float]
    """By node: what rounding may do to its gradient, as a part of what its uses send back."""
    undecided: set[str]
    """Nodes at a kink, or too badly conditioned: this run says nothing of them."""
    floor: float
    """How far from 0 a gradient may be that is 0."""
    case: str
    drawn: bool = True
    outcome: Outcome | None = None
    returned: dict[str, Any] = field(default_factory=dict)
    got: dict[str, Array] = field(default_factory=dict)
    """By node: the student's gradient, where it is an array of the right shape."""
    own: ForwardPass | None = None
    """The forward pass with the student's own values in place of the right ones."""
    passes: tuple[ForwardPass, ...] = ()
    """What a right step back may have used: own values, own outputs in the caches, the right values."""
    nudged: tuple[ForwardPass | None, ...] = (None,)
    """The same with all arguments and outputs off by their last digit; none for the right values."""
    implied: dict[str, Expected] = field(default_factory=dict)
    forward_slips: list[str] = field(default_factory=list)
    """Nodes whose given value is not what their operation makes of the student's own inputs."""
    single: bool = False
    """Whether the student computed in single precision."""


def graph_runs(exercise: GraphExercise, seeds: SeedSource) -> list[GraphRun]:
    """The lecture's own numbers first, then drawn ones."""
    runs = [graph_run(exercise.graph, exercise.shown, "the lecture's numbers")] if exercise.shown else []
    for run in runs:
        run.drawn = False
    return [*runs, *(_drawn(exercise, number, seeds) for number in range(exercise.count))]


def _drawn(exercise: GraphExercise, number: int, seeds: SeedSource) -> GraphRun:
    """The first draw that decides every node; where none does, the one that decides most."""
    rng = seeds.rng(exercise.id, str(number))
    best: GraphRun | None = None
    for attempt in range(ATTEMPTS):
        try:
            run = graph_run(exercise.graph, exercise.drawn(rng), f"drawn numbers {number + 1}")
        except GraphError:
            if best is None and attempt == ATTEMPTS - 1:
                raise
            continue
        if best is None or len(run.undecided) < len(best.undecided):
            best = run
        if not best.undecided:
            break
    assert best is not None
    return best


def graph_run(graph: Graph, values: Mapping[str, Any], case: str = "") -> GraphRun:
    """The right numbers for these leaves, each with its bound. Raises GraphError where the graph has no value.

    bound = FINE·|g| + FLOOR·max|g| + SPREAD · (what the last digit of every number on the way does to g)
    """
    ordered = {name: values[name] for name in graph.leaves}
    right = graph.forward_with_caches(ordered)
    back = graph.backward(ordered)
    gradients = {name: np.asarray(back.gradients[name], np.float64) for name in graph.order}
    sizes = {name: np.zeros(g.shape) for name, g in gradients.items()}
    for message in back.messages:
        sizes[message.target] = sizes[message.target] + np.abs(message.gradient)
    spread = _spread(graph, right, gradients)
    floor = 1e-12 * max((float(np.abs(g).max(initial=0.0)) for g in gradients.values()), default=1.0)
    truth, wobble, undecided = {}, {}, set()
    for name, gradient in gradients.items():
        truth[name] = expected(gradient, SPREAD * spread[name], floor)
        size = np.maximum(sizes[name], np.abs(gradient))
        largest = float(size.max(initial=0.0))
        wobble[name] = SPREAD * float(spread[name].max(initial=0.0)) / largest if largest else 0.0
        if not (truth[name].bound <= np.maximum(PLANTED / 2 * size, DUST * floor))[size == largest].all():
            undecided.add(name)
    return GraphRun(ordered, right, truth, wobble, undecided, floor, case)


def expected(value: Array, wobble: Array | float, floor: float) -> Expected:
    """Numbers with the bound within which others are the same; `floor` where all of them are 0."""
    size = np.abs(value)
    largest = float(size.max(initial=0.0))
    more = wobble + (0.0 if largest else floor)
    bound = FINE * size + FLOOR * largest + more
    single = FINE_SINGLE * size + FLOOR_SINGLE * largest + more
    return Expected(value, np.asarray(bound), np.asarray(single), value, value)


def bounded(value: Array) -> Expected:
    """Numbers worked out by a short chain of gates: good to a millionth."""
    return expected(value, 1e-12, 0.0)


def _spread(graph: Graph, right: ForwardPass, gradients: Mapping[str, Array]) -> dict[str, Array]:
    """How far each gradient moves when every value, product and sum on the way is off by its last digit.

    Numbers that are small because large ones cancel move far. At a kink everything moves a little more, so that
    it gets to all sides.
    """
    rng = np.random.default_rng(0)
    kink = _at_a_kink(graph, right)
    spread = {name: np.zeros(g.shape) for name, g in gradients.items()}
    with np.errstate(all="ignore"):
        for _ in range(SIDES if kink else RERUNS):
            for name, other in _shaken(graph, right, rng, 4 * KINK if kink else ROUNDING).items():
                off = np.abs(other - gradients[name])
                spread[name] = np.maximum(spread[name], np.where(np.isfinite(off), off, np.inf))
    return spread


def _at_a_kink(graph: Graph, right: ForwardPass) -> bool:
    for node in graph.nodes.values():
        if node.op is not None and node.op.margin_rule is not None:
            arguments = [right.values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments]
            size = max(float(np.abs(a).max(initial=0.0)) for a in arguments)
            if node.op.margin_rule(*arguments) <= KINK * size:
                return True
    return False


def _shaken(graph: Graph, right: ForwardPass, rng: np.random.Generator, by: float) -> dict[str, Array]:
    """A forward and a backward pass whose every step is off by a part `by` of its number, or of 1 if that is 0."""
    steps = iter(rng.choice((-by, by), len(graph.nodes) + graph.edges).tolist())

    def moved(value: Array, zero: float = 0.0) -> Array:
        if value.dtype.kind != "f":
            return value
        return np.asarray(value + next(steps) * (np.where(value == 0, zero, value) if zero else value))

    zero = 1.0 if by > ROUNDING else 0.0
    values: dict[str, Array] = {}
    caches: dict[str, Any] = {}
    for name in graph.order:
        node = graph.nodes[name]
        if node.op is None:
            values[name] = moved(right.values[name], zero)
        else:
            arguments = [values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments]
            value, cache = node.op.forward_rule(*arguments)
            values[name] = moved(np.asarray(value), zero)
            caches[name] = with_output(cache, value, values[name])
    found = {graph.output: np.ones(np.shape(values[graph.output]))}
    for name in reversed(graph.order):
        node = graph.nodes[name]
        if node.op is None or name not in found:
            continue
        products = iter(node.op.backward(found[name], caches[name]))
        for spec, argument in zip(node.op.inputs, node.arguments, strict=True):
            product = next(products) if spec.differentiable else None
            if product is not None and isinstance(argument, str):
                before = found.get(argument, 0.0)
                flat = flatness(values[name], found[name], np.asarray(product)) / SPREAD
                found[argument] = before + moved(np.asarray(product)) + flat
    return found


def flatness(out: Array, upstream: Array, product: Array) -> Array | float:
    """How far an entrywise product may be off if the local gradient is made from the output's digits.

    1 - tanh² at 12 has five digits left. A last digit of the output is as much as upstream · output · 2^-52 here.
    """
    if product.shape != out.shape or product.shape != upstream.shape:
        return 0.0
    return np.where(product == 0, 0.0, LEFT * np.abs(out * upstream))


def with_output(cache: Any, value: Any, other: Array) -> Any:
    """The cache of an operation with another number where it holds the output."""
    return tuple(other if item is value else item for item in cache) if isinstance(cache, tuple) else cache


def uses(graph: Graph, name: str) -> list[tuple[str, int]]:
    """Where a node's value is used and carries a gradient: (consumer, argument)."""
    return [
        (consumer, position)
        for consumer in graph.consumers[name]
        for position, argument in enumerate(graph.nodes[consumer].arguments)
        if argument == name and graph.operation(consumer).inputs[position].differentiable
    ]
