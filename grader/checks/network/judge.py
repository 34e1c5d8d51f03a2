"""Judging a network built from the student's own layers: its loss and gradients, and whose mistake a wrong one is.

The split comes by substitution. Locally, each of the student's layers is tried once at the right inputs with the
right upstream. Then the layers alone are put together beside the student's code, in the right order: a network
whose wrong numbers equal those was put together rightly, and only a layer is to be mended.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks import outcomes as words
from grader.checks.arguments import held_call, split_calls, unchanged
from grader.checks.begun import not_begun
from grader.checks.compare import as_numbers, compare, is_single, what
from grader.checks.graph.runs import bounded
from grader.checks.network import call as network_call
from grader.checks.network.example import network_example
from grader.checks.network.layers import Alone, alone
from grader.checks.network.mistakes import NetworkRun, name_mistakes, read_returned, read_saved
from grader.checks.network.whose import faulty, whose
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.exercise.kinds import NetworkExercise
from grader.findings import Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Raised, Returned, Step

VISIBLE = 1e-9
"""A number below is what rounding leaves of 0."""


def check_network(exercise: NetworkExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """All checks of a network exercise."""
    checked = Checked()
    runs = [_run(exercise, number, seeds) for number in range(exercise.count)]
    begin = network_call.first(exercise)
    program: list[Step] = [*begin]
    for number, run in enumerate(runs):
        program += held_call(network_call.function(exercise), tuple(run.values.values()), f"n{number}")
    outcomes, after = split_calls(runner.run(program)[len(begin) :], [len(run.values) for run in runs])
    checked.not_started = not_begun(outcomes[:1], exercise.functions[1:]) or network_call.told(
        exercise, outcomes[0], network_call.NOT_BEGUN
    )
    if checked.not_started:
        return checked
    for run, outcome in zip(runs, outcomes, strict=True):
        run.outcome = outcome
        _read(exercise, run, checked)
    _salvage(exercise, runs, runner)
    layers: list[Alone] = []
    if not all(compare(n, run.got.get(n), run.truth[n]).passed for run in runs for n in exercise.nodes):
        layers = [each for run in runs for each in alone(exercise, run.forward, run.gradients, runner)]
    single = any(_in_single(value) for each in layers for value in (each.value, *each.gradients)) or (
        bool(layers) and any(_in_single(value) for value in runs[0].got.values())
    )
    if single:
        checked.warn("precision", "your layers compute in single precision (float32)")
    for node in exercise.nodes:
        checked.nodes[node] = _judged(exercise, runs, node, single=single)
    wrong = [node for node in exercise.nodes if checked.nodes[node].verdict is Verdict.FAIL]
    if isinstance(outcomes[0], Returned):
        unchanged(tuple(runs[0].values.values()), after[0], checked, tuple(runs[0].values))
    if about := network_call.misshapen(exercise, outcomes[0]):
        checked.fail("params", about, exercise.function)
        checked.deductions = max(checked.deductions, 1)
    if wrong:
        whose(exercise, runs, wrong, layers, runner, checked)
        for other in network_call.with_others(exercise):
            own = [node for node in wrong if checked.nodes[node].standing is Standing.ORIGIN]
            layers = [each for run in runs for each in alone(other, run.forward, run.gradients, runner)]
            if own and set(faulty(layers)) - set(exercise.functions):
                whose(other, runs, own, layers, runner, checked)
        name_mistakes(exercise, runs, wrong, checked, single=single)
        network_example(exercise, runs, wrong, runner, checked, seeds)
    return checked


def _in_single(value: object) -> bool:
    """Of arrays alone: what rounding leaves of a sum that is 0 may have few digits by chance."""
    array = as_numbers(value)
    return array is not None and array.size > 1 and np.abs(array).max() > VISIBLE and is_single(value)


def _run(exercise: NetworkExercise, number: int, seeds: SeedSource) -> NetworkRun:
    graph = exercise.graph
    drawn = exercise.draw(seeds.rng(exercise.id, str(number)))
    values = {name: drawn[name] for name in graph.leaves}
    back = graph.backward(values)
    truth = {graph.output: bounded(np.asarray(back.values[graph.output], np.float64))}
    truth |= {
        f"d{name}": bounded(np.asarray(back.gradients[name], np.float64)) for name in exercise.parameters
    }
    return NetworkRun(f"drawn numbers {number + 1}", values, truth, back.values, back.gradients)


def _read(exercise: NetworkExercise, run: NetworkRun, checked: Checked) -> None:
    """What the function returned; why nothing did is told once."""
    outcome = run.outcome
    function = exercise.function
    assert outcome is not None
    if not isinstance(outcome, Returned):
        if not any(f.check == "runs" for f in checked.findings):
            message = words.told(outcome, function)
            checked.fail("runs", message, function, case=run.case, where=words.place(outcome))
    elif not read_returned(exercise, run) and not any(f.check == "returns" for f in checked.findings):
        message = network_call.told(exercise, outcome) or (
            f"{function} must return loss and a dictionary of gradients; it returns {what(outcome.value)}"
        )
        checked.fail("returns", message, function, case=run.case)


def _salvage(exercise: NetworkExercise, runs: Sequence[NetworkRun], runner: Runner) -> None:
    """Where a line raises, what the others compute all the same: a backward that raises leaves the loss right."""
    raised = [run for run in runs if isinstance(run.outcome, Raised)]
    begin = network_call.first(exercise)
    steps = [network_call.call(exercise, tuple(run.values.values()), salvage=True) for run in raised]
    found = runner.run([*begin, *steps])[len(begin) :] if steps else []
    for run, outcome in zip(raised, found, strict=True):
        if isinstance(outcome, Returned):
            read_saved(exercise, run, outcome.value)


def _judged(exercise: NetworkExercise, runs: Sequence[NetworkRun], node: str, *, single: bool) -> NodeResult:
    for run in runs:
        if node not in run.got:
            assert run.outcome is not None
            message, cause = f"{exercise.function} returns no {node}", ""
            if not isinstance(run.outcome, Returned):
                message = cause = words.told(run.outcome, exercise.function)
            elif not run.got:
                cause = "returns"
                message = network_call.told(exercise, run.outcome) or message
            return NodeResult(
                node, Verdict.FAIL, Standing.ORIGIN, case=run.case, message=message, cause=cause
            )
        found = compare(node, run.got[node], run.truth[node], single=single)
        if not found.passed:
            return NodeResult(
                node,
                Verdict.FAIL,
                Standing.ORIGIN,
                "",
                run.case,
                found.index,
                found.got,
                found.expected,
                found.bound,
                found.message,
            )
    return NodeResult(node, Verdict.PASS, Standing.CORRECT, case=runs[0].case)
