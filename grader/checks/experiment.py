"""Judging an experiment: calls of the student's function as samples, by statistics that hardly ever err."""

from __future__ import annotations

import numpy as np

from grader.checks import outcomes as words
from grader.checks.begun import not_begun
from grader.checks.compare import as_numbers, what
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.exercise.kinds import ExperimentExercise
from grader.findings import Finding, Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Call, Returned, Step


def check_experiment(exercise: ExperimentExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """Every trial; a node is right if none of its trials finds fault with it."""
    checked = Checked()
    program: list[Step] = []
    spans = []
    for trial in exercise.trials:
        rng = seeds.rng(exercise.id, trial.name)
        drawn = [trial.arguments(rng) for _ in range(trial.calls)]
        spans.append((trial, drawn[0], len(program)))
        program += [Call(exercise.function, arguments) for arguments in drawn]
    outcomes = runner.run(program)
    checked.not_started = not_begun(outcomes[:1])
    if checked.not_started:
        return checked
    for node in exercise.nodes:
        checked.nodes[node] = NodeResult(node, Verdict.PASS, Standing.CORRECT)
    said: set[str] = set()
    for trial, arguments, start in spans:
        mine = outcomes[start : start + trial.calls]
        bad = next((outcome for outcome in mine if not isinstance(outcome, Returned)), None)
        if bad is not None:
            message = words.told(bad, exercise.function)
            if message not in said:
                said.add(message)
                checked.fail("runs", message, exercise.function, case=trial.name, where=words.place(bad))
        else:
            arrays = [as_numbers(outcome.value) for outcome in mine if isinstance(outcome, Returned)]
            if any(array is None for array in arrays):
                came = what(
                    next(o.value for o in mine if isinstance(o, Returned) and as_numbers(o.value) is None)
                )
                message = f"{exercise.function} returned {came}; expected an array of numbers"
            else:
                with np.errstate(all="ignore"):
                    message = trial.judge(arguments, [a for a in arrays if a is not None])
        if message and checked.nodes[trial.node].verdict is Verdict.PASS:
            checked.nodes[trial.node] = NodeResult(
                trial.node, Verdict.FAIL, Standing.ORIGIN, case=trial.name, message=message
            )
    rate = f"judged by statistics: a right submission is rejected with a probability below {exercise.false_alarm:g}"
    checked.findings.append(Finding("statistics", Verdict.PASS, rate))
    return checked
