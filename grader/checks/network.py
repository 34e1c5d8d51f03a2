"""Judging a network built from the student's own layers: its loss and gradients, and whose mistake a wrong one is.

The split comes by substitution. Locally, each of the student's layers is tried once at the right inputs with the
right upstream. Then the layers alone are put together beside the student's code, in the right order: a network
whose wrong numbers equal those was put together rightly, and only a layer is to be mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks import outcomes as words
from grader.checks.arguments import held_call, split_calls, unchanged
from grader.checks.begun import not_begun
from grader.checks.compare import Expected, as_numbers, compare, is_single, same_numbers, what
from grader.checks.follow_through import is_trivial
from grader.checks.graph_runs import bounded
from grader.checks.network_layers import Alone, alone, composed
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.exercise.exercise import Array
from grader.exercise.kinds import NetworkExercise
from grader.findings import Finding, Verdict
from grader.report.report import Diagnosis, Standing
from grader.runner import Runner
from grader.worker.steps import Outcome, Returned, Step

LEAST = 2


@dataclass(slots=True)
class NetworkRun:
    """One draw: the right numbers by node of the exercise, the student's, those of their layers put together."""

    case: str
    values: Mapping[str, Any]
    truth: dict[str, Expected]
    forward: Mapping[str, Array]
    gradients: Mapping[str, Array]
    outcome: Outcome | None = None
    got: dict[str, Any] = field(default_factory=dict)
    composed: dict[str, Array] = field(default_factory=dict)


def check_network(exercise: NetworkExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """All checks of a network exercise."""
    checked = Checked()
    runs = [_run(exercise, number, seeds) for number in range(exercise.count)]
    program: list[Step] = []
    for number, run in enumerate(runs):
        program += held_call(exercise.function, tuple(run.values.values()), f"n{number}")
    outcomes, after = split_calls(runner.run(program), [len(run.values) for run in runs])
    checked.not_started = not_begun(outcomes[:1])
    if checked.not_started:
        return checked
    for run, outcome in zip(runs, outcomes, strict=True):
        run.outcome = outcome
        _read(exercise, run, checked)
    layers: list[Alone] = []
    if not all(compare(n, run.got.get(n), run.truth[n]).passed for run in runs for n in exercise.nodes):
        layers = [each for run in runs for each in alone(exercise, run.forward, run.gradients, runner)]
    single = any(is_single(value) for each in layers for value in (each.value, *each.gradients)) or (
        bool(layers) and any(is_single(value) for value in runs[0].got.values())
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
        _name(exercise, runs, wrong, checked)
    return checked


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
    """(loss, gradients by name): under the parameter's name or d<name>."""
    outcome = run.outcome
    function = exercise.function
    assert outcome is not None
    if not isinstance(outcome, Returned):
        if not any(f.check == "runs" for f in checked.findings):
            message = words.told(outcome, function)
            checked.fail("runs", message, function, case=run.case, where=words.place(outcome))
        return
    match outcome.value:
        case (loss, dict() as gradients):
            run.got[exercise.graph.output] = loss
            for name in exercise.parameters:
                for key in (name, f"d{name}"):
                    if gradients.get(key) is not None:
                        run.got[f"d{name}"] = gradients[key]
        case _ if not any(f.check == "returns" for f in checked.findings):
            message = (
                f"{function} must return loss and a dictionary of gradients; it returns {what(outcome.value)}"
            )
            checked.fail("returns", message, function, case=run.case)


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
    if not faulty:
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
            if not result.earns:
                result.message += ", which makes the rest trivial: no marks for following it"
    listed = ", ".join(faulty)
    follow = (
        f"; {', '.join(inherited)} follow{'s' if len(inherited) == 1 else ''} from it" if inherited else ""
    )
    message = f"{listed}: wrong on its own already, at the right inputs{follow}"
    checked.findings.append(Finding("own layers", Verdict.WARN, message))


def _is_composed(run: NetworkRun, node: str) -> bool:
    """Whether the student's number is that of their own layers put together rightly."""
    mine, other = as_numbers(run.got.get(node)), run.composed.get(node)
    if mine is None or other is None:
        return False
    return same_numbers(np.asarray(mine, np.float64), other, run.truth[node], False)


def _name(
    exercise: NetworkExercise, runs: Sequence[NetworkRun], wrong: Sequence[str], checked: Checked
) -> None:
    """A named mistake for each node that is its own fault and whose numbers a single prediction gives."""
    for node in wrong:
        if checked.nodes[node].standing is not Standing.ORIGIN:
            continue
        proved = []
        for mistake in exercise.misconceptions:
            if mistake.node != node:
                continue
            count = 0
            for run in runs:
                mine = as_numbers(run.got.get(node))
                with np.errstate(all="ignore"):
                    predicted = mistake.predict({**run.values, **{n: e.value for n, e in run.truth.items()}})
                right = run.truth[node]
                if mine is None or not isinstance(predicted, (np.ndarray, float)):
                    count = 0
                    break
                array = np.asarray(predicted, np.float64)
                if not same_numbers(np.asarray(mine, np.float64), array, right, False):
                    count = 0
                    break
                count += not same_numbers(array, right.value, right, False)
            if count >= LEAST:
                proved.append((mistake, count))
        if len(proved) == 1 or (proved and all(m.id in proved[0][0].synonyms for m, _ in proved[1:])):
            mistake, count = proved[0]
            evidence = f"your {node} is {mistake.title}: these very numbers on {count} of {len(runs)} inputs"
            checked.diagnoses.append(Diagnosis(mistake.id, mistake.title, node, evidence))
