"""A network's example by hand: the smallest sizes and plainest numbers at which its first wrong node is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from grader.checks.compare import as_numbers, compare
from grader.checks.graph.runs import bounded
from grader.checks.graph.small_leaves import in_batches, plainer, small_leaves
from grader.checks.layer.example import STEP, told_by_moving
from grader.checks.layer.small_cases import MOST_ENTRIES
from grader.checks.network import call as network_call
from grader.checks.network.mistakes import NetworkRun, read_returned
from grader.checks.result import Checked
from grader.checks.runnable import named_call
from grader.checks.seeds import SeedSource
from grader.checks.shorthand import short, shown
from grader.exercise.kinds import NetworkExercise
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Evaluate, Nudge, Returned
from reference.graph import ForwardPass

MOST_TRIED = 24
"""Small cases that are tried."""
MOST_PLAINER = 6
MORE_DRAWS = 4
"""Draws that only show which dimensions have a length of their own."""


def network_example(
    exercise: NetworkExercise,
    runs: Sequence[NetworkRun],
    wrong: Sequence[str],
    runner: Runner,
    checked: Checked,
    seeds: SeedSource,
) -> None:
    """Add the example for the first node that is the network's own fault, where a small enough case exists."""
    node = next((n for n in wrong if checked.nodes[n].standing is Standing.ORIGIN), "")
    if not node:
        return
    rng = seeds.rng(exercise.id, "example")
    drawn = [run.values for run in runs] + [exercise.draw(rng) for _ in range(MORE_DRAWS)]
    found: list[NetworkRun] = []
    cut = small_leaves(exercise.graph, drawn, rng) if exercise.cut else iter(())
    for batch in in_batches(cut, MOST_TRIED):
        found = [run for run in _tried(exercise, batch, runner) if _shows(run, node)]
        if found:
            break
    found = found or [run for run in runs if _entries(run) <= MOST_ENTRIES and _shows(run, node)]
    if not found:
        return
    best = min(found, key=_entries)
    others = _tried(exercise, plainer(exercise.graph, best.values, rng, MOST_PLAINER), runner)
    same = [run for run in (best, *others) if _shows(run, node)]
    run = min(same, key=lambda each: len(_given(each)))
    checked.example.append(f"{_given(run)}: you return {node} = {shown(as_numbers(run.got[node]))}.")
    moved = _moved(exercise, run, node, runner)
    if node == exercise.graph.output:
        checked.example.append(f"By hand: {node} = {shown(run.truth[node].value)}.")
    elif moved:
        checked.example.append(moved)
    key = run.keys.get(node, "")
    returned = f"{exercise.graph.output}, grads"
    wanted = f'grads["{key}"]' if key else exercise.graph.output
    checked.example_code = (
        "" if exercise.adapter else named_call(exercise.function, run.values, returned, wanted)
    )


def _tried(exercise: NetworkExercise, passes: Iterable[ForwardPass], runner: Runner) -> list[NetworkRun]:
    """The student's function at these numbers, in one message."""
    runs = [_run(exercise, forward) for forward in passes]
    begin = network_call.first(exercise)
    calls = [network_call.call(exercise, tuple(run.values.values())) for run in runs]
    outcomes = runner.run([*begin, *calls])[len(begin) :]
    for run, outcome in zip(runs, outcomes, strict=True):
        run.outcome = outcome
        if isinstance(outcome, Returned):
            read_returned(exercise, run)
    return runs


def _run(exercise: NetworkExercise, forward: ForwardPass) -> NetworkRun:
    graph = exercise.graph
    values = {name: forward.values[name] for name in graph.leaves}
    gradients = graph.backward(values).gradients
    right = {graph.output: forward.values[graph.output]} | {
        f"d{n}": gradients[n] for n in exercise.parameters
    }
    truth = {name: bounded(np.asarray(value, np.float64)) for name, value in right.items()}
    plain = {name: v if v.ndim else v.item() for name, v in values.items()}
    return NetworkRun("example", plain, truth, forward.values, gradients)


def _shows(run: NetworkRun, node: str) -> bool:
    """Whether the node's number is wrong, and to the eye."""
    found = compare(node, run.got.get(node), run.truth[node])
    if found.passed or found.index is None or found.got is None or found.expected is None:
        return False
    return bool(np.isfinite(found.got)) and short(found.got) != short(found.expected)


def _entries(run: NetworkRun) -> int:
    return sum(int(np.size(value)) for value in run.values.values())


def _given(run: NetworkRun) -> str:
    return ", ".join(f"{name} = {shown(value)}" for name, value in run.values.items())


def _moved(exercise: NetworkExercise, run: NetworkRun, node: str, runner: Runner) -> str:
    """What moving one entry of a parameter does to the student's own loss, and so what its gradient is."""
    name, mine = node[1:], as_numbers(run.got[node])
    if mine is None or node == exercise.graph.output:
        return ""
    right = run.truth[node].value
    place = list(run.values).index(name)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(np.abs(mine - right))), right.shape))
    rounds = ((), (Nudge(place, STEP, index),), (Nudge(place, -STEP, index),))
    function, values = network_call.function(exercise), tuple(run.values.values())
    outcome = runner.run([*network_call.first(exercise), Evaluate(function, values, rounds, 1)])[-1]
    if not isinstance(outcome, Returned) or not isinstance(outcome.value, list):
        return ""
    losses = []
    for returned in outcome.value:
        loss = as_numbers(returned[0] if isinstance(returned, tuple) and returned else returned)
        if loss is None or loss.size != 1:
            return ""
        losses.append(float(loss.reshape(())))
    at = f"{name}[{', '.join(map(str, index))}]" if index else name
    return told_by_moving(at, exercise.graph.output, losses, float(right[index]), float(mine[index]))
