"""Stand-ins for layers that give nothing: is the network around them put together rightly?

A layer that raises, or is not there, hides whatever comes after it. So functions that were made up take its place:
of the right shapes, with numbers that depend on everything they are given and mean nothing. The student's network
is run with them, and beside it they and the student's other layers are put together in the right order. Where both
give the same numbers the network is right, and only the layer is to be mended. Nothing of the right step ever
enters the process of the student's code: who reads a stand-in learns shapes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from grader.checks.compare import as_numbers, same_numbers
from grader.checks.graph_runs import bounded
from grader.checks.network_layers import composed
from grader.checks.network_mistakes import NetworkRun, read_pair
from grader.exercise.kinds import NetworkExercise
from grader.runner import Runner
from grader.worker.steps import Call, Returned, Stand, Step
from grader.worker.values import Code

MADE_UP = """
def made_up(shape, salt, given):
    total = salt
    for place, value in enumerate(given):
        try:
            flat = np.asarray(value, float).ravel()
        except (TypeError, ValueError):
            continue  # options, not numbers
        total += float(np.cos(1.3 * (place + 1) + 0.7 * np.arange(flat.size)) @ flat)
    return np.sin(total + 1.1 * np.arange(int(np.prod(shape)))).reshape(shape)[()]


def case(given):
    shapes = [np.shape(value) for value in given]
    return next(case for case in CASES if case[0] == shapes)
"""
"""Numbers that change with every entry of what is given, and with its place. No right layer has them."""

FORWARD = """
def {name}(*inputs):
    shapes, out, _ = case(inputs)
    return made_up(out, 0.3, inputs), [np.array(value) for value in inputs]
"""

BACKWARD = """
def {name}(dout, cache):
    shapes, out, gradients = case(cache)
    if np.shape(dout) != out:
        raise ValueError("the upstream gradient is of another shape than the output")
    made = [made_up(shape, 0.5 + n, [dout, *cache]) for n, shape in enumerate(gradients)]
    return made[0] if len(made) == 1 else tuple(made)
"""

ONE_CALL = """
def {name}(*inputs):
    shapes, out, gradients = case(inputs)
    made = [made_up(shape, 0.5 + n, inputs) for n, shape in enumerate(gradients)]
    return (made_up(out, 0.3, inputs), *made)
"""


Shape = tuple[int, ...]
Case = tuple[list[Shape], Shape, list[Shape]]
"""Shapes of the inputs, of the output, of the gradients."""


def wired(
    exercise: NetworkExercise, runs: Sequence[NetworkRun], lost: Collection[str], runner: Runner
) -> set[str]:
    """The nodes that the student's network has right with stand-ins for the layers that `lost` are functions of."""
    found = set(exercise.nodes)
    for run in runs:
        stand_ins = _stand_ins(exercise, run, lost)
        outcome = runner.run([*stand_ins, Call(exercise.function, tuple(run.values.values()))])[-1]
        if not isinstance(outcome, Returned):
            return set()
        mine, _ = read_pair(exercise, outcome.value)
        other = composed(exercise, run.values, runner, first=stand_ins)
        for node in list(found):
            numbers = as_numbers(mine.get(node))
            if numbers is None or node not in other or not other[node].any():
                found.discard(node)
                continue
            made = other[node]
            if not same_numbers(np.asarray(numbers, np.float64), made, bounded(made), False):
                found.discard(node)
    return found


def _stand_ins(exercise: NetworkExercise, run: NetworkRun, lost: Collection[str]) -> list[Step]:
    """Both halves of each of these layers: what a made-up forward keeps is no use to the student's backward."""
    steps: list[Step] = []
    for op, functions in exercise.layers.items():
        if not set(lost) & set(functions):
            continue
        cases = f"CASES = {_cases(exercise, run, op)!r}\n"
        for name, text in zip(
            functions, (FORWARD, BACKWARD) if len(functions) > 1 else (ONE_CALL,), strict=True
        ):
            source = cases + MADE_UP + text.format(name=name)
            steps.append(Stand(name, Code(name, source)))
    return steps


def _cases(exercise: NetworkExercise, run: NetworkRun, layer: str) -> list[Case]:
    """The shapes with which this layer is called, wherever the network has it."""
    graph = exercise.graph
    cases: list[Case] = []
    for name in graph.order:
        op = graph.nodes[name].op
        if op is None or op.name != layer:
            continue
        inputs = [run.forward[a] if isinstance(a, str) else a for a in graph.nodes[name].arguments]
        shapes = [np.shape(value) for value in inputs]
        gradients = [shape for spec, shape in zip(op.inputs, shapes, strict=True) if spec.differentiable]
        cases.append((shapes, np.shape(run.forward[name]), gradients))
    return cases
