"""A network's layers beside the student's code: each alone at the right inputs, and all put together rightly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.compare import as_numbers, compare, is_single
from grader.checks.graph.runs import bounded, uses
from grader.checks.network.rest import layered, with_rest
from grader.exercise.exercise import Array
from grader.exercise.kinds import NetworkExercise
from grader.runner import Runner
from grader.worker.steps import Call, Get, NotRun, Outcome, Put, Raised, Returned, Step
from grader.worker.values import Code, Ref

ADD = Code(
    "add",
    """
def add(*parts):
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
""",
)
"""What brings the gradients of several uses together."""


TINY = 1e-6
"""A share of the right number that is next to nothing; what is larger by as much drowns everything else."""


@dataclass(frozen=True, slots=True)
class Alone:
    """One layer at the network's own right inputs, with the right upstream."""

    value: Any
    gradients: tuple[Any, ...]
    faulty: str
    """The function that is wrong; empty if none is."""
    poor: bool = False
    """Whether it is wrong by numbers that any network could follow: 0, one number for all, next to nothing."""


def alone(
    exercise: NetworkExercise, forward: Mapping[str, Array], gradients: Mapping[str, Array], runner: Runner
) -> list[Alone]:
    """Every layer of the network by itself: in one message, or one by one if that ends early.

    Functions that the submission does not define are left out: the network does without them.
    """
    graph = exercise.graph
    names = [n for n in graph.order if (op := graph.nodes[n].op) is not None and op.name in exercise.layers]
    inputs = {
        name: tuple(forward[a] if isinstance(a, str) else np.asarray(a) for a in graph.nodes[name].arguments)
        for name in names
    }
    programs = []
    for name in names:
        layer = graph.operation(name).name
        given = (*inputs[name], *exercise.options.get(layer, ()))
        programs.append(_program(exercise.layers[layer], given, gradients[name], f"l.{name}"))
    outcomes = runner.run([step for program in programs for step in program])
    ended = any(not isinstance(outcome, (Returned, Raised, NotRun)) for outcome in outcomes)
    found, place = [], 0
    for name, program in zip(names, programs, strict=True):
        mine = runner.run(program) if ended else outcomes[place : place + len(program)]
        place += len(program)
        if not isinstance(mine[0], NotRun):
            found.append(_judged(exercise, name, inputs[name], forward[name], gradients[name], mine))
    return found


def _program(
    functions: tuple[str, ...], inputs: tuple[Any, ...], upstream: Array, register: str
) -> list[Step]:
    if len(functions) == 1:
        return [Call(functions[0], inputs)]
    return [
        Call(functions[0], inputs, into=register, reveal=1),
        Call(functions[1], (upstream, Ref(register, (-1,)))),
    ]


def _judged(
    exercise: NetworkExercise,
    name: str,
    inputs: tuple[Any, ...],
    out: Array,
    upstream: Array,
    outcomes: Sequence[Outcome],
) -> Alone:
    op = exercise.graph.operation(name)
    functions = exercise.layers[op.name]
    value, grads = _values(outcomes)
    single = any(is_single(each) for each in (value, *grads))
    *_, cache = op.forward_rule(*(i.copy() for i in inputs))
    right = op.backward(np.array(upstream), cache)
    faulty = ""
    if not compare(name, value, bounded(np.asarray(out, np.float64)), single=single).passed:
        faulty = functions[0]
    elif len(grads) != len(right) or not all(
        compare("", mine, bounded(np.asarray(true, np.float64)), single=single).passed
        for mine, true in zip(grads, right, strict=True)
    ):
        faulty = functions[-1]
    pairs = [(value, out), *zip(grads, right, strict=False)]
    return Alone(value, grads, faulty, bool(faulty) and any(_is_poor(mine, true) for mine, true in pairs))


def _is_poor(mine: Any, right: Array) -> bool:
    """Whether numbers are not finite, all the same, or of quite another size than the right ones."""
    numbers, right = as_numbers(mine), np.asarray(right, np.float64)
    size = np.abs(right).max(initial=0.0)
    if numbers is None or not numbers.size or not size:
        return False
    numbers = numbers.astype(np.float64)  # a mask of True and False knows no difference
    if not np.isfinite(numbers).all():
        return True
    return not TINY < np.abs(numbers).max() / size < 1 / TINY or bool(np.ptp(right) > 0 == np.ptp(numbers))


def _values(outcomes: Sequence[Outcome]) -> tuple[Any, tuple[Any, ...]]:
    """(value, gradients) of a layer; None where nothing came."""
    first, last = outcomes[0], outcomes[-1]
    given = first.value if isinstance(first, Returned) else None
    value = given[0] if isinstance(given, tuple) and given else None
    if len(outcomes) == 1:
        return value, given[1:] if isinstance(given, tuple) else ()
    if not isinstance(last, Returned):
        return value, ()
    return value, last.value if isinstance(last.value, tuple) else (last.value,)


def composed(
    exercise: NetworkExercise,
    values: Mapping[str, Any],
    runner: Runner,
    *,
    salvage: bool = False,
    first: Sequence[Step] = (),
) -> dict[str, Array]:
    """Loss and gradients of the student's own layers put together in the right order, beside their code.

    `first` is run before. What is used more than once gets the sum of what its uses send back. A penalty, which is
    none of the student's layers, is added on our side; empty where the graph has another operation of ours.
    """
    graph = exercise.graph
    found = layered(exercise)
    if found is None:
        return {}
    steps: list[Step] = [
        *first,
        Put("add", ADD),
        *(Put(f"v.{leaf}", value) for leaf, value in values.items()),
    ]
    where = {leaf: Ref(f"v.{leaf}") for leaf in graph.leaves}
    for name in graph.order:
        op = graph.nodes[name].op
        if op is None:
            continue
        if name not in found.nodes:
            continue
        args = tuple(where[a] if isinstance(a, str) else a for a in graph.nodes[name].arguments)
        args += exercise.options.get(op.name, ())
        steps.append(Call(exercise.layers[op.name][0], args, into=f"f.{name}", reveal=0))
        where[name] = Ref(f"f.{name}", (0,))
    back: dict[str, Ref] = {}
    for name in reversed(graph.order):
        used = [(consumer, position) for consumer, position in uses(graph, name) if consumer in found.nodes]
        sent = tuple(_sent(exercise, consumer, position) for consumer, position in used)
        if len(sent) > 1:
            steps.append(Call(Ref("add"), sent, into=f"a.{name}", reveal=0))
            back[name] = Ref(f"a.{name}")
        elif sent:
            back[name] = sent[0]
        op = graph.nodes[name].op
        if op is None or name not in found.nodes or (name not in back and name != found.end):
            continue  # a leaf, a label, or on no path to the loss
        functions = exercise.layers[op.name]
        if len(functions) > 1:
            upstream: Any = np.asarray(1.0) if name == found.end else back[name]
            args = (upstream, Ref(f"f.{name}", (-1,)))
            steps.append(Call(functions[1], args, into=f"b.{name}", reveal=0, salvage=salvage))
    wanted = {graph.output: where[found.end]}
    wanted |= {f"d{name}": back[name] for name in exercise.parameters if name in back}
    outcomes = runner.run([*steps, *(Get(ref) for ref in wanted.values())])[len(steps) :]
    arrays = {
        node: as_numbers(outcome.value)
        for node, outcome in zip(wanted, outcomes, strict=True)
        if isinstance(outcome, Returned)
    }
    mine = {node: np.asarray(array, np.float64) for node, array in arrays.items() if array is not None}
    return with_rest(exercise, values, mine, found.end)


def _sent(exercise: NetworkExercise, consumer: str, position: int) -> Ref:
    """Where a layer's gradient for one of its arguments is."""
    specs = exercise.graph.operation(consumer).inputs
    place = sum(spec.differentiable for spec in specs[:position])
    if len(exercise.layers[exercise.graph.operation(consumer).name]) == 1:
        return Ref(f"f.{consumer}", (1 + place,))
    alone = sum(spec.differentiable for spec in specs) == 1
    return Ref(f"b.{consumer}", () if alone else (place,))
