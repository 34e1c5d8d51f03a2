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
from grader.checks.compare import as_numbers, compare, is_single, same_numbers, what
from grader.checks.follow_through import is_trivial
from grader.checks.graph_runs import bounded
from grader.checks.network_example import network_example
from grader.checks.network_layers import Alone, alone, composed
from grader.checks.network_mistakes import NetworkRun, name_mistakes, read_returned, read_saved
from grader.checks.network_stand_ins import wired
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.exercise.exercise import Array
from grader.exercise.kinds import NetworkExercise
from grader.findings import Finding, Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Call, Raised, Returned, Step

VISIBLE = 1e-9
"""A number below is what rounding leaves of 0."""


def check_network(exercise: NetworkExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """All checks of a network exercise."""
    checked = Checked()
    runs = [_run(exercise, number, seeds) for number in range(exercise.count)]
    program: list[Step] = []
    for number, run in enumerate(runs):
        program += held_call(exercise.function, tuple(run.values.values()), f"n{number}")
    outcomes, after = split_calls(runner.run(program), [len(run.values) for run in runs])
    checked.not_started = not_begun(outcomes[:1], exercise.functions[1:])
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
    if wrong:
        faulty = list(dict.fromkeys(each.faulty for each in layers if each.faulty))
        _whose(exercise, runs, wrong, faulty, runner, checked)
        name_mistakes(exercise, runs, wrong, checked, single=single)
        network_example(exercise, runs, wrong, runner, checked, seeds)
    return checked


def _in_single(value: object) -> bool:
    """Of arrays alone: what rounding leaves of a sum that is 0 may have few digits by chance."""
    array = as_numbers(value)
    return array is not None and array.size > 1 and is_single(value)


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
        message = (
            f"{function} must return loss and a dictionary of gradients; it returns {what(outcome.value)}"
        )
        checked.fail("returns", message, function, case=run.case)


def _salvage(exercise: NetworkExercise, runs: Sequence[NetworkRun], runner: Runner) -> None:
    """Where a line raises, what the others compute all the same: a backward that raises leaves the loss right."""
    raised = [run for run in runs if isinstance(run.outcome, Raised)]
    steps = [Call(exercise.function, tuple(run.values.values()), salvage=True) for run in raised]
    for run, outcome in zip(raised, runner.run(steps) if steps else (), strict=True):
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


def _whose(
    exercise: NetworkExercise,
    runs: Sequence[NetworkRun],
    wrong: Sequence[str],
    faulty: Sequence[str],
    runner: Runner,
    checked: Checked,
) -> None:
    """A layer's mistake or the network's own."""
    lost = [*faulty, *_absent(exercise, runs)]
    if not lost:
        return
    for run in runs:
        run.composed = composed(exercise, run.values, runner)
        if len(run.composed) < len(exercise.nodes):
            # A backward that raises for one gradient may have the others right.
            run.composed |= composed(exercise, run.values, runner, salvage=True)
    inherited = []
    for node in wrong:
        if all(_is_composed(run, node) for run in runs):
            inherited.append(node)
            result = checked.nodes[node]
            result.standing = Standing.INHERITED
            result.message = f"follows from {', '.join(faulty)}, which you put together rightly"
            mine, right = [run.composed[node] for run in runs], [run.truth[node].value for run in runs]
            result.earns = not is_trivial(mine, right, [0.0] * len(runs))
    misshapen = [node for node in inherited if all(_is_misshapen(run, node) for run in runs)]
    if any(_varies([run.composed[node] for run in runs]) for node in misshapen):
        # A sum where entries belong: one number each, and yet made from what arrived.
        for node in misshapen:
            checked.nodes[node].earns = True
    for node in inherited:
        if not checked.nodes[node].earns:
            checked.nodes[node].message += ", which makes the rest trivial: no marks for following it"
    hidden = [node for node in wrong if node not in inherited and any(node not in run.got for run in runs)]
    if hidden:
        inherited += _behind(exercise, runs, hidden, lost, runner, checked)
    if not faulty:
        return
    listed = ", ".join(faulty)
    follow = (
        f"; {', '.join(inherited)} follow{'s' if len(inherited) == 1 else ''} from it" if inherited else ""
    )
    message = f"{listed}: wrong on its own already, at the right inputs{follow}"
    checked.findings.append(Finding("own layers", Verdict.WARN, message))


def _behind(
    exercise: NetworkExercise,
    runs: Sequence[NetworkRun],
    hidden: Sequence[str],
    lost: Sequence[str],
    runner: Runner,
    checked: Checked,
) -> list[str]:
    """What a layer that raises, or is not there, hides: right as soon as stand-ins of ours show that it is."""
    right = set(hidden)
    for run in runs:
        there = {node for node in hidden if node in run.got}
        here = {node for node in there if _is_composed(run, node) or _is_right(run, node)}
        right &= here | (wired(exercise, run, lost, runner) - there if right - there else set())
    what_raises = _raising(runs)
    place = "its place" if len(lost) == 1 else "their places"
    shown = (
        f"follows from {', '.join(lost)}; with made-up numbers in {place}, the rest is put together rightly"
    )
    for node in hidden:
        result = checked.nodes[node]
        if node in right:
            result.standing, result.cause, result.earns, result.message = Standing.INHERITED, "", True, shown
        elif what_raises in lost and not any(node in run.got for run in runs):
            result.standing, result.cause = Standing.INHERITED, ""
            result.message = f"not to be seen before {what_raises} runs: no marks yet"
    return [node for node in hidden if node in right]


def _absent(exercise: NetworkExercise, runs: Sequence[NetworkRun]) -> list[str]:
    """Layers that the network calls and that are nowhere defined: a NameError says so."""
    errors = [
        run.outcome.text
        for run in runs
        if isinstance(run.outcome, Raised) and run.outcome.error == "NameError"
    ]
    return [name for name in exercise.functions[1:] if any(repr(name) in text for text in errors)]


def _raising(runs: Sequence[NetworkRun]) -> str:
    """The function of the student's that raises in the network; empty where none does."""
    found = (run.outcome for run in runs if isinstance(run.outcome, Raised) and run.outcome.frames)
    return next((outcome.frames[-1].function for outcome in found), "")


def _is_misshapen(run: NetworkRun, node: str) -> bool:
    return run.composed[node].shape != run.truth[node].value.shape


def _varies(values: Sequence[Array]) -> bool:
    """Whether numbers are finite, of a size that can be seen, and not the same in every draw."""
    sums = [float(np.abs(value).sum()) for value in values]
    return bool(np.isfinite(sums).all()) and max(sums) > VISIBLE and max(sums) - min(sums) > VISIBLE


def _is_right(run: NetworkRun, node: str) -> bool:
    return compare(node, run.got[node], run.truth[node]).passed


def _is_composed(run: NetworkRun, node: str) -> bool:
    """Whether the student's number is that of their own layers put together rightly."""
    mine, other = as_numbers(run.got.get(node)), run.composed.get(node)
    if mine is None or other is None:
        return False
    return same_numbers(np.asarray(mine, np.float64), other, run.truth[node], False)
