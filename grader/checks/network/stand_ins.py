"""A layer that raises, or is not there, hides what comes after it: is the network around it put together rightly?

Stand-ins take the layer's place (grader/checks/stand_ins.py). The student's network is run with them, and beside it
they and the student's other layers are put together in the right order. Where both give the same numbers the
network is right, and only the layer is to be mended.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from grader.checks.compare import as_numbers, same_numbers
from grader.checks.graph.runs import bounded
from grader.checks.network import call as network_call
from grader.checks.network.layers import composed
from grader.checks.network.mistakes import NetworkRun, read_pair
from grader.checks.stand_ins import Shapes, stand_ins
from grader.exercise.exercise import Array
from grader.exercise.kinds import NetworkExercise
from grader.runner import Runner
from grader.worker.steps import Outcome, Raised, Returned, Step


def wired(
    exercise: NetworkExercise, run: NetworkRun, lost: Sequence[str], runner: Runner
) -> tuple[set[str], list[str]]:
    """The nodes that the student's network has right with stand-ins for the layers that `lost` are functions of.

    With them `lost`, and what else it calls in vain.
    """
    lost = list(lost)
    mine_with = network_call.call(exercise, tuple(run.values.values()))
    while True:
        instead = _instead(exercise, run, lost)
        outcome = runner.run([*network_call.first(exercise), *instead, mine_with])[-1]
        more = [name for name in in_vain(exercise, [outcome]) if name not in lost]
        if not more:
            break
        lost += more
    if not isinstance(outcome, Returned):
        return set(), lost
    mine, _ = read_pair(exercise, outcome.value)
    made_up = composed(exercise, run.values, runner, first=instead)
    return {node for node, numbers in made_up.items() if _same(mine.get(node), numbers)}, lost


def in_vain(exercise: NetworkExercise, outcomes: Sequence[Outcome | None]) -> list[str]:
    """Layers that the network calls and that are nowhere defined: a NameError says so."""
    errors = [each.text for each in outcomes if isinstance(each, Raised) and each.error == "NameError"]
    return [name for name in exercise.functions[1:] if any(repr(name) in text for text in errors)]


def _same(mine: Any, made_up: Array) -> bool:
    numbers = as_numbers(mine)
    if numbers is None or not made_up.any():
        return False
    return same_numbers(np.asarray(numbers, np.float64), made_up, bounded(made_up), False)


def _instead(exercise: NetworkExercise, run: NetworkRun, lost: Collection[str]) -> list[Step]:
    """Stand-ins for both halves of each of these layers."""
    return [
        stand_in
        for layer, functions in exercise.layers.items()
        if set(lost) & set(functions)
        for stand_in in stand_ins(functions, _called(exercise, run, layer))
    ]


def _called(exercise: NetworkExercise, run: NetworkRun, layer: str) -> list[Shapes]:
    """The shapes with which this layer is called, wherever the network has it."""
    graph = exercise.graph
    found = []
    for name in graph.order:
        op = graph.nodes[name].op
        if op is None or op.name != layer:
            continue
        inputs = [run.forward[a] if isinstance(a, str) else a for a in graph.nodes[name].arguments]
        options = exercise.options.get(layer, ())
        shapes = [np.shape(value) for value in (*inputs, *options)]
        places = [place for place, spec in enumerate(op.inputs) if spec.differentiable]
        found.append(Shapes(shapes, [np.shape(run.forward[name])], places))
    return found
