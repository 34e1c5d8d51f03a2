"""A slip in forward whose output the cache keeps: is backward right once that output is put right?

Many backwards use the output itself (a sigmoid's, an exponential's). Where forward is wrong, their gradients are
wrong as well, by one and the same slip. So the right output takes the place of the student's inside their own
cache, and backward is called again: what is right then earns its marks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks.compare import compare
from grader.checks.layer.situations import LayerRun, assign, steps
from grader.checks.result import Checked
from grader.exercise.kinds import LayerExercise
from grader.findings import Finding, Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Returned, Step, Swap


def substituted(exercise: LayerExercise, runs: Sequence[LayerRun], runner: Runner, checked: Checked) -> None:
    """Mark as inherited each wrong gradient that is right wherever the right output stands in the cache."""
    wrong = [name for name in exercise.gradients if checked.nodes[name].verdict is Verdict.FAIL]
    outputs = exercise.layer.outputs
    if exercise.one_call or not wrong or all(checked.nodes[o].verdict is Verdict.PASS for o in outputs):
        return
    follows = dict.fromkeys(wrong, True)
    tried = 0
    for run in runs:
        lost = [name for name in wrong if not _right(run, name)]
        if not run.decides or not lost:
            continue
        again = _with_right_output(run, runner)
        if again is None:
            return
        tried += 1
        for name in lost:
            follows[name] = follows[name] and _right(again, name)
    inherited = [name for name in wrong if follows[name] and tried]
    if not inherited:
        return
    for name in inherited:
        checked.nodes[name].standing = Standing.INHERITED
        checked.nodes[name].earns = True
        checked.nodes[name].message = f"follows from your {outputs[0]}"
    listed = ", ".join(inherited)
    message = (
        f"{listed}: right as soon as {outputs[0]} is, which your cache keeps; mend {exercise.forward} alone"
    )
    checked.findings.append(Finding("own forward", Verdict.WARN, message, inherited[0]))


def _right(run: LayerRun, name: str) -> bool:
    return name in run.got and compare(name, run.got[name], run.expected[name], single=run.single).passed


def _with_right_output(run: LayerRun, runner: Runner) -> LayerRun | None:
    """The case once more with the right outputs in the student's cache; None where they are not in it."""
    program = steps(run, "s")
    swaps: list[Step] = [
        Swap("s.fwd", place, np.asarray(run.expected[name].value))
        for place, name in enumerate(run.exercise.layer.outputs)
    ]
    outcomes = runner.run([*program[:-1], *swaps, program[-1]])
    if not all(isinstance(outcome, Returned) for outcome in outcomes[-1 - len(swaps) : -1]):
        return None
    again = LayerRun(run.exercise, run.case, run.inputs, run.douts, run.expected)
    assign(again, outcomes[-1], run.exercise.gradients)
    return again
