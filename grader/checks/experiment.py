"""Judging an experiment: calls of the student's function as samples, by statistics that hardly ever err."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks import outcomes as words
from grader.checks.begun import not_begun
from grader.checks.compare import as_numbers, what
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.exercise.exercise import Array
from grader.exercise.kinds import ExperimentExercise
from grader.findings import Finding, Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Call, NotRun, Outcome, Returned, Step
from grader.worker.values import Ref

Ended = tuple[Outcome, str]
"""An outcome with the function that it is of."""


def check_experiment(exercise: ExperimentExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """Every trial; a node is right if none of its trials finds fault with it."""
    checked = Checked()
    program: list[Step] = []
    spans = []
    for trial in exercise.trials:
        rng = seeds.rng(exercise.id, trial.name)
        drawn = [trial.arguments(rng) for _ in range(trial.calls)]
        spans.append((trial, drawn, len(program)))
        for arguments in drawn:
            program += _steps(exercise, arguments, f"e{len(program)}")
    outcomes = runner.run(program)
    each = len(exercise.functions)
    checked.not_started = _not_begun(exercise, outcomes[:each])
    if checked.not_started:
        return checked
    for node in exercise.nodes:
        checked.nodes[node] = NodeResult(node, Verdict.PASS, Standing.CORRECT)
    said: set[str] = set()
    for trial, drawn, start in spans:
        mine = [outcomes[start + each * i : start + each * (i + 1)] for i in range(trial.calls)]
        bad = next((ended for call in mine if (ended := _ended(exercise, call)) is not None), None)
        if bad is not None:
            outcome, function = bad
            message = words.told(outcome, function)
            if message not in said:
                said.add(message)
                checked.fail("runs", message, function, case=trial.name, where=words.place(outcome))
        else:
            results = [_result(exercise, call) for call in mine]
            arrays = [result for result in results if not isinstance(result, str)]
            message = next((result for result in results if isinstance(result, str)), "")
            if not message:
                with np.errstate(all="ignore"):
                    message = trial.judge(drawn[0], arrays)
        if message and checked.nodes[trial.node].verdict is Verdict.PASS:
            checked.nodes[trial.node] = NodeResult(
                trial.node, Verdict.FAIL, Standing.ORIGIN, case=trial.name, message=message
            )
    rate = f"judged by statistics: a right submission is rejected with a probability below {exercise.false_alarm:g}"
    checked.findings.append(Finding("statistics", Verdict.PASS, rate))
    return checked


def _steps(exercise: ExperimentExercise, arguments: tuple[object, ...], register: str) -> list[Step]:
    """One call: a step for each of the exercise's functions."""
    if not exercise.backward:
        return [Call(exercise.function, arguments)]
    *given, dout = arguments
    return [
        Call(exercise.function, tuple(given), into=register, reveal=1),
        Call(exercise.backward, (dout, Ref(register, (-1,)))),
    ]


def _not_begun(exercise: ExperimentExercise, outcomes: Sequence[Outcome]) -> str:
    """As for every kind; of a pair, neither function gives anything: what is kept in a cache does not count."""
    first = outcomes[0]
    if exercise.backward and isinstance(first, Returned) and isinstance(first.value, tuple):
        first = Returned(first.value[:1])
    backwards = [outcome for outcome in outcomes[1:] if not isinstance(outcome, NotRun)]
    return not_begun([first, *backwards])


def _ended(exercise: ExperimentExercise, call: Sequence[Outcome]) -> Ended | None:
    """The first outcome of a call that is no result. A backward that had nothing to start from is not it."""
    for outcome, function in zip(call, exercise.functions, strict=True):
        if isinstance(outcome, NotRun) and isinstance(call[0], Returned) and not _has_cache(call[0]):
            return None  # the form of what forward returned is told instead
        if not isinstance(outcome, Returned):
            return outcome, function
    return None


def _has_cache(forward: Returned) -> bool:
    return isinstance(forward.value, (tuple, list)) and len(forward.value) == 2


def _result(exercise: ExperimentExercise, call: Sequence[Outcome]) -> Array | str:
    """What a judge is given of a call, or what is wrong with its form."""
    values = [outcome.value for outcome in call if isinstance(outcome, Returned)]
    if not exercise.backward:
        array = as_numbers(values[0])
        if array is None:
            return f"{exercise.function} returned {what(values[0])}; expected an array of numbers"
        return _reckoned(array)
    if not _has_cache(Returned(values[0])):
        return f"{exercise.function} must return (out, cache); it returned {what(values[0])}"
    # A tuple of one is how some return a single gradient.
    back = values[1][0] if isinstance(values[1], tuple) and len(values[1]) == 1 else values[1]
    arrays = []
    for value, function in ((values[0][0], exercise.function), (back, exercise.backward)):
        array = as_numbers(value)
        if array is None:
            return f"{function} returned {what(value)}; expected an array of numbers"
        arrays.append(_reckoned(array))
    out, dx = arrays
    if out.shape != dx.shape:
        return f"dx is of shape {dx.shape}, and out of shape {out.shape}; both must have the shape of x"
    return np.stack([out, dx])


def _reckoned(array: Array) -> Array:
    """The numbers as statistics need them: True and False have no mean, and small integers overflow."""
    return array if array.dtype.kind == "f" else array.astype(np.float64)
