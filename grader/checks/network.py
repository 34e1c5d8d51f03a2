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
from grader.checks.graph_runs import bounded, uses
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.exercise.exercise import Array
from grader.exercise.kinds import NetworkExercise
from grader.findings import Finding, Verdict
from grader.report.report import Diagnosis, Standing
from grader.runner import Runner
from grader.worker.steps import Call, Get, Outcome, Put, Returned, Step
from grader.worker.values import Ref

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
    single = _in_single(exercise, runs, runner)
    if single:
        checked.warn("precision", "your layers compute in single precision (float32)")
    for node in exercise.nodes:
        checked.nodes[node] = _judged(exercise, runs, node, single=single)
    wrong = [node for node in exercise.nodes if checked.nodes[node].verdict is Verdict.FAIL]
    if isinstance(outcomes[0], Returned):
        unchanged(tuple(runs[0].values.values()), after[0], checked, tuple(runs[0].values))
    if wrong:
        _whose(exercise, runs, wrong, runner, checked)
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
    runner: Runner,
    checked: Checked,
) -> None:
    """A layer's mistake or the network's own."""
    faulty = _wrong_layers(exercise, runs[0], runner)
    if not faulty:
        return
    for run in runs:
        run.composed = _composed(exercise, run, runner)
        if len(run.composed) < len(exercise.nodes):
            # A backward that raises for one gradient may have the others right.
            run.composed |= _composed(exercise, run, runner, salvage=True)
    inherited = []
    for node in wrong:
        if all(_is_composed(run, node) for run in runs):
            inherited.append(node)
            result = checked.nodes[node]
            result.standing = Standing.INHERITED
            result.earns = not _degenerate(runs, node)
            result.message = f"follows from {', '.join(faulty)}, which you put together rightly"
    listed = ", ".join(faulty)
    checked.findings.append(
        Finding(
            "own layers",
            Verdict.WARN,
            f"{listed}: wrong on its own already, at the right inputs"
            + (f"; {', '.join(inherited)} follow from it" if inherited else ""),
        )
    )


def _is_composed(run: NetworkRun, node: str) -> bool:
    """Whether the student's number is that of their own layers put together rightly."""
    mine, composed = as_numbers(run.got.get(node)), run.composed.get(node)
    if mine is None or composed is None:
        return False
    return same_numbers(np.asarray(mine, np.float64), composed, run.truth[node], False)


def _wrong_layers(exercise: NetworkExercise, run: NetworkRun, runner: Runner) -> list[str]:
    """The student's functions that are wrong at the network's own right inputs with the right upstream."""
    graph = exercise.graph
    faulty = []
    for name in graph.order:
        node = graph.nodes[name]
        if node.op is None or node.op.name not in exercise.layers:
            continue
        inputs = tuple(run.forward[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments)
        upstream = run.gradients[name]
        functions = exercise.layers[node.op.name]
        value, grads = _layer_values(functions, inputs, upstream, runner)
        single = _is_single(value, *grads)
        *_, cache = node.op.forward_rule(*(i.copy() for i in inputs))
        right = node.op.backward(np.array(upstream), cache)
        right_value = bounded(np.asarray(run.forward[name], np.float64))
        if not compare(name, value, right_value, single=single).passed:
            faulty.append(functions[0])
        elif len(grads) != len(right) or not all(
            compare("", mine, bounded(np.asarray(true, np.float64)), single=single).passed
            for mine, true in zip(grads, right, strict=True)
        ):
            faulty.append(functions[-1])
    return list(dict.fromkeys(faulty))


def _in_single(exercise: NetworkExercise, runs: Sequence[NetworkRun], runner: Runner) -> bool:
    """Whether any of the student's layers computes in single precision, at the network's own right inputs."""
    graph = exercise.graph
    if all(compare(n, run.got.get(n), run.truth[n]).passed for run in runs for n in exercise.nodes):
        return False
    run = runs[0]
    for name in graph.order:
        node = graph.nodes[name]
        if node.op is None or node.op.name not in exercise.layers:
            continue
        inputs = tuple(run.forward[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments)
        value, grads = _layer_values(exercise.layers[node.op.name], inputs, run.gradients[name], runner)
        if _is_single(value, *grads):
            return True
    return _is_single(*run.got.values())


def _is_single(*values: Any) -> bool:
    return any(is_single(value) for value in values)


def _layer_values(
    functions: tuple[str, ...], inputs: tuple[Any, ...], upstream: Array, runner: Runner
) -> tuple[Any, tuple[Any, ...]]:
    """(value, gradients) of one of the student's layers; None where nothing came."""
    if len(functions) == 1:
        (outcome,) = runner.run([Call(functions[0], inputs)])
        if not isinstance(outcome, Returned) or not isinstance(outcome.value, tuple) or not outcome.value:
            return None, ()
        return outcome.value[0], outcome.value[1:]
    steps: list[Step] = [
        Call(functions[0], inputs, into="f", reveal=1),
        Call(functions[1], (upstream, Ref("f", (-1,)))),
    ]
    forward, backward = runner.run(steps)
    given = forward.value if isinstance(forward, Returned) else None
    value = given[0] if isinstance(given, tuple) and given else None
    if not isinstance(backward, Returned):
        return value, ()
    return value, backward.value if isinstance(backward.value, tuple) else (backward.value,)


def _composed(
    exercise: NetworkExercise, run: NetworkRun, runner: Runner, *, salvage: bool = False
) -> dict[str, Array]:
    """The student's own layers put together in the right order, beside their code."""
    graph = exercise.graph
    steps: list[Step] = [Put(f"v.{leaf}", value) for leaf, value in run.values.items()]
    where = {leaf: Ref(f"v.{leaf}") for leaf in graph.leaves}
    single: set[str] = set()
    for name in graph.order:
        op = graph.nodes[name].op
        if op is None:
            continue
        if op.name not in exercise.layers:
            return {}
        functions = exercise.layers[op.name]
        args = tuple(where[a] if isinstance(a, str) else a for a in graph.nodes[name].arguments)
        steps.append(Call(functions[0], args, into=f"f.{name}", reveal=0))
        where[name] = Ref(f"f.{name}", (0,))
        if len(functions) == 1:
            single.add(name)
    back: dict[str, Ref] = {}
    for name in reversed(graph.order):
        op = graph.nodes[name].op
        found = uses(graph, name)
        if name != graph.output:
            if not found:
                continue  # a label: nothing comes back to it
            if len(found) > 1:
                return {}  # a fan-out would need an addition of our own between their numbers
            consumer, position = found[0]
            specs = graph.operation(consumer).inputs
            place = sum(spec.differentiable for spec in specs[:position])
            alone = sum(spec.differentiable for spec in specs) == 1
            if consumer in single:
                back[name] = Ref(f"f.{consumer}", (1 + place,))
            else:
                back[name] = Ref(f"b.{consumer}", () if alone else (place,))
        if op is not None and name not in single:
            functions = exercise.layers[op.name]
            upstream: Any = back[name] if name != graph.output else np.asarray(1.0)
            args = (upstream, Ref(f"f.{name}", (-1,)))
            steps.append(Call(functions[1], args, into=f"b.{name}", reveal=0, salvage=salvage))
    wanted = {graph.output: where[graph.output]} | {
        f"d{p}": back[p] for p in exercise.parameters if p in back
    }
    outcomes = runner.run([*steps, *(Get(ref) for ref in wanted.values())])[len(steps) :]
    arrays = {
        node: as_numbers(outcome.value)
        for node, outcome in zip(wanted, outcomes, strict=True)
        if isinstance(outcome, Returned)
    }
    return {node: np.asarray(array, np.float64) for node, array in arrays.items() if array is not None}


def _degenerate(runs: Sequence[NetworkRun], node: str) -> bool:
    """Whether the number that was followed made the work trivial: zero, not finite, or always the same."""
    arrays = [run.composed[node] for run in runs]
    if not all(np.isfinite(a).all() for a in arrays):
        return True
    for run, array in zip(runs, arrays, strict=True):
        if np.abs(array).max(initial=0.0) <= 1e-9 * np.abs(run.truth[node].value).max(initial=0.0):
            return True
    flat = all(np.ptp(a) == 0 for a in arrays if a.size > 1)
    varied = any(np.ptp(run.truth[node].value) > 0 for run in runs if run.truth[node].value.size > 1)
    same = all(a.shape == arrays[0].shape and np.array_equal(a, arrays[0]) for a in arrays[1:])
    return same or (flat and varied)


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
