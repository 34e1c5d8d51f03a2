"""Proof 4: the shipped cases can tell right from wrong.

Zeros are handed in for each gradient, and the right numbers all averaged, in reverse, transposed, or another
gradient's: where the cases let one of these pass, a gradient vanishes on them or symmetric values hide a mistake.
What passes on whatever inputs is no fault of the cases: an add gate's two gradients are the same by nature.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from grader.checks.compare import Expected, compare
from grader.checks.graph.runs import bounded
from grader.checks.layer.situations import layer_run
from grader.checks.seeds import SeedSource
from grader.exercise import (
    AnswersExercise,
    Case,
    Exercise,
    ExperimentExercise,
    FindTheBugExercise,
    GraphExercise,
    JacobianExercise,
    LayerExercise,
    Misconception,
    NetworkExercise,
    Raises,
)
from grader.exercise.cases import sized
from grader.exercise.exercise import Array
from grader.prove.blanks import prove_blanks
from grader.prove.places import Places
from grader.prove.result import Problem, Proof, Proved
from grader.prove.situations import Inputs
from reference.errors import InputError
from reference.layer import Layer

LEAST = 2
"""Cases on which a gradient may not vanish. One is enough to tell where numbers belong."""

EMPTY = "everything is 0"

Right = Mapping[str, Expected]
"""By node, on one case."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The right numbers of one case, and what the case is for."""

    name: str
    right: Right
    basic: bool = False
    single: bool = False
    situation: Mapping[str, Any] = field(default_factory=dict)
    mistakes: Sequence[Misconception] = ()


def prove_cases(several: Sequence[Inputs], solution: str, proved: Proved, places: Places) -> None:
    """All that the cases hide, each thing once."""
    said: dict[str, int] = {}
    for inputs in several:
        for message in dict.fromkeys((*_of_arrays(inputs), *prove_blanks(inputs, solution))):
            said[message] = said.get(message, 0) + 1
    for message, seeds in said.items():
        if seeds == len(several) or EMPTY not in message:  # one number that ReLU sets to 0 may be drawn again
            proved.problems.append(Problem(proved.exercise, Proof.CASES, message, *places.of_exercise))


def count_cases(exercise: Exercise) -> int:
    """On how many inputs it is judged."""
    match exercise:
        case LayerExercise() | JacobianExercise() | FindTheBugExercise():
            return len(exercise.cases)
        case GraphExercise():
            return exercise.count + bool(exercise.shown)
        case NetworkExercise():
            return exercise.count
        case ExperimentExercise():
            return len(exercise.trials)
        case AnswersExercise():
            return len(exercise.points)
    return len(getattr(exercise, "sizes", ()))


def _of_arrays(inputs: Inputs) -> Iterator[str]:
    exercise = inputs.exercise
    match exercise:
        case LayerExercise():
            for run in inputs.layer_runs:
                if not run.decides:
                    yield f"the case {run.case.name!r} is so badly conditioned that it decides nothing"
            tried = [
                Tried(
                    run.case.name,
                    run.expected,
                    run.case.basic,
                    run.single,
                    run.situation,
                    exercise.misconceptions,
                )
                for run in inputs.layer_runs
                if run.decides and not run.case.kink
            ]
            anywhere = cache(lambda: list(_anywhere(exercise, inputs.seeds)))
            yield from _hidden(tried, exercise.nodes, anywhere, exercise.gradients)
        case JacobianExercise():
            named = [
                Tried(
                    name,
                    {"jacobian": right},
                    single=single,
                    situation=inputs.jacobian_situation(given, right),
                    mistakes=exercise.misconceptions,
                )
                for name, kink, given, right, single in inputs.jacobian_runs
                if not kink
            ]
            yield from _hidden(named, exercise.nodes, lambda: _jacobians(exercise, inputs.seeds))
        case GraphExercise():
            runs = [
                Tried(run.case, {f"d{name}": right for name, right in run.truth.items()})
                for run in inputs.graph_runs
            ]
            yield from _hidden(runs, exercise.nodes, lambda: runs)
            yield from _equal([run.values for run in inputs.graph_runs])
        case NetworkExercise(graph=graph):
            values = [{name: each[name] for name in graph.leaves} for each in inputs.network_values]
            passed = [graph.backward(each) for each in values]
            networks = [
                Tried(
                    f"drawn numbers {number}",
                    {graph.output: bounded(np.asarray(p.values[graph.output], np.float64))}
                    | {f"d{n}": bounded(np.asarray(p.gradients[n], np.float64)) for n in exercise.parameters},
                )
                for number, p in enumerate(passed, 1)
            ]
            yield from _hidden(networks, exercise.nodes, lambda: networks)
            yield from _equal(values)


def _elsewhere(layer: Layer, seeds: SeedSource) -> Iterator[tuple[Case, np.random.Generator]]:
    """Inputs of a layer that have nothing to do with an exercise's cases, the last ones square."""
    for number in range(4):
        sizes = {
            name: 2 + (place + number if number < 3 else 1) for place, name in enumerate(layer.dimensions)
        }
        yield Case(f"anywhere {number}", sized(layer, sizes)), seeds.rng("anywhere", str(number))


def _anywhere(exercise: LayerExercise, seeds: SeedSource) -> Iterator[Tried]:
    for case, rng in _elsewhere(exercise.layer, seeds):
        with contextlib.suppress(InputError):  # of sizes that do not fit together
            yield Tried(case.name, layer_run(exercise, case, case.draw(rng), rng).expected)


def _jacobians(exercise: JacobianExercise, seeds: SeedSource) -> list[Tried]:
    found = []
    for case, rng in _elsewhere(exercise.layer, seeds):
        jacobian = exercise.layer.jacobian(*case.draw(rng))[exercise.output, exercise.wrt]
        found.append(Tried(case.name, {"jacobian": bounded(np.asarray(jacobian, np.float64))}))
    return found


def _hidden(
    tried: Sequence[Tried],
    nodes: Sequence[str],
    anywhere: Callable[[], Sequence[Tried]],
    siblings: Sequence[str] = (),
) -> Iterator[str]:
    """What may be handed in for a node without being noticed, though `anywhere` else it would be.

    `siblings` are nodes that might be taken for each other.
    """
    for case in tried:
        zero = not any(_rejects(case, node, np.zeros_like(case.right[node].value)) for node in nodes)
        if zero and not _tells(case):
            yield f"on the case {case.name!r} {EMPTY}: it tells nothing"
    for node in nodes:
        rejecting = [case for case in tried if _rejects(case, node, np.zeros_like(case.right[node].value))]
        for case in tried:
            if case.basic and case not in rejecting:
                yield f"{node} vanishes on the basic case {case.name!r}"
        if len(rejecting) < LEAST:
            yield f"{node}: 0 would pass on all cases but {len(rejecting)}: it vanishes there"
            continue
        for name, change in _changes(siblings, node):
            rejected, possible = _count(tried, node, change)
            if possible and not rejected and _count(anywhere(), node, change)[0]:
                yield f"{node}: {name} would pass on all {possible} cases"


Change = Callable[[Right], Array | None]
"""Wrong numbers made of right ones; None where that makes no sense."""


def _changes(siblings: Sequence[str], node: str) -> Iterator[tuple[str, Change]]:
    yield (
        "one and the same number everywhere",
        lambda right: _if(right[node].value, lambda v: v.size > 1, _mean),
    )
    yield "the right numbers in reverse", lambda right: _if(right[node].value, lambda v: v.size > 1, np.flip)
    square: Callable[[Array], bool] = lambda v: v.ndim == 2 and v.shape[0] == v.shape[1] > 1  # noqa: E731
    yield "the right numbers, transposed,", lambda right: _if(right[node].value, square, np.transpose)
    for other in siblings:
        if other != node and node in siblings:
            yield (
                f"what {other} should be",
                lambda right, other=other: _if(  # type: ignore[misc]
                    right[other].value, lambda v: v.shape == right[node].value.shape, np.copy
                ),
            )


def _if(value: Array, fits: Callable[[Array], bool], change: Callable[[Array], Any]) -> Array | None:
    return np.asarray(change(value)) if fits(value) else None


def _mean(value: Array) -> Array:
    return np.full_like(value, value.mean())


def _count(tried: Sequence[Tried], node: str, change: Change) -> tuple[int, int]:
    """(cases that reject it, cases on which it can be tried)."""
    made = [(case, change(case.right)) for case in tried]
    possible = [(case, wrong) for case, wrong in made if wrong is not None]
    return sum(_rejects(case, node, wrong) for case, wrong in possible), len(possible)


def _tells(case: Tried) -> bool:
    """Whether some misconception is wrong on a case on which 0 is right."""
    for mistake in case.mistakes:
        predicted = mistake.predict(case.situation)
        if isinstance(predicted, Raises) or (
            predicted is not None and _rejects(case, mistake.node, np.asarray(predicted))
        ):
            return True
    return False


def _rejects(case: Tried, node: str, value: Array) -> bool:
    return not compare(node, value, case.right[node], single=case.single).passed


def _equal(drawn: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Two leaves that have the same value on all inputs: one taken for the other would pass."""
    names = list(drawn[0])
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            if all(np.array_equal(values[one], values[other]) for values in drawn):
                yield f"{one} and {other} have the same value on all inputs: swapped, they would pass"
