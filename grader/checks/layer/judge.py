"""Judging a layer: the student's forward and backward on every case, argument by argument.

    out against the reference -> each gradient against the reference -> promises (nothing changed, caches apart)
    -> for what is wrong: was it right for the student's own forward? which mistake? the smallest example

Where the whole backward raises, it is run again statement by statement, so that one gradient's exception does not
take the others along.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks import outcomes as words
from grader.checks.compare import compare
from grader.checks.diagnose import diagnose
from grader.checks.layer.built_on import built_on_steps
from grader.checks.layer.example import smallest_example
from grader.checks.layer.nodes import Judged, judge, node_result, shape_words
from grader.checks.layer.promises import promises
from grader.checks.layer.returned_order import told_order
from grader.checks.layer.salvaged import salvage
from grader.checks.layer.situations import LayerRun, run_all
from grader.checks.layer.substitution import substituted
from grader.checks.layer.truths import drawn_runs, make_own, message_of
from grader.checks.result import Checked
from grader.checks.seeds import SeedSource
from grader.exercise.kinds import LayerExercise
from grader.findings import Verdict
from grader.runner import Runner
from grader.worker.steps import NotRun, Raised, Returned, TimedOut
from grader.worker.values import Failed


def check_layer(exercise: LayerExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """All checks of a layer exercise."""
    checked = Checked()
    runs = drawn_runs(exercise, seeds)
    owed = promises(runs)
    outcomes = run_all(runner, runs, message_of(exercise, seeds, runs, owed.steps))
    checked.not_started = not_started(runs[0])
    if checked.not_started:
        return checked
    _returns_as_agreed(exercise, runs, checked)
    if not exercise.one_call:
        salvage([run for run in runs if isinstance(run.backward, Raised)], runner)
    judged = judge(runs, runner)
    for name in exercise.nodes:
        checked.nodes[name] = node_result(name, judged[name], runs)
        right = sum(found.passed for _, found in judged[name])
        checked.nodes[name].right_in = right / max(sum(run.decides for run in runs), 1)
    _endings(exercise, runs, checked)
    _cases_that_fail(exercise, judged, checked)
    if isinstance(runs[0].backward, Returned):
        owed.judge(outcomes, checked)
    failed = [name for name in exercise.nodes if checked.nodes[name].verdict is Verdict.FAIL]
    if failed:
        _explain(exercise, runs, judged, failed, runner, checked, seeds)
        told_order(exercise, runs, checked)
    return checked


def _explain(
    exercise: LayerExercise,
    runs: Sequence[LayerRun],
    judged: Judged,
    failed: Sequence[str],
    runner: Runner,
    checked: Checked,
    seeds: SeedSource,
) -> None:
    """What is wrong, why, and where to see it: only for what failed, since it costs more than judging."""
    for run in runs:
        make_own(run)
    if any(isinstance(outcome, TimedOut) for run in runs for outcome in (run.forward, run.backward)):
        # Every other way to look at it would wait for it as long again.
        diagnose(exercise, judged, checked, forward_right=_forward_right(runs[0]))
        return
    substituted(exercise, runs, runner, checked)
    built_on_steps(exercise, runs, runner, checked, seeds)
    right = _forward_right(runs[0])
    if right:
        smallest_example(exercise, failed, runs, runner, checked, seeds)
    if not right or len(checked.example) < 2:
        # One entry moved in a small example shows what whole differences would. Where there is none, or where
        # forward is wrong too and the question is whether backward follows it, the gradient checker answers.
        from grader.checks.layer.own_forward import own_forward

        own_forward(exercise, runs[0], runner, checked, seeds)
    if not right:
        smallest_example(exercise, failed, runs, runner, checked, seeds)
    diagnose(exercise, judged, checked, forward_right=right)


def _forward_right(run: LayerRun) -> bool:
    """Whether a gradient's numbers say something of backward alone: a cache of a wrong output would speak too."""
    outputs = run.exercise.layer.outputs
    return all(compare(name, run.got.get(name), run.expected[name]).passed for name in outputs)


def not_started(run: LayerRun) -> str:
    """Why the exercise counts as not begun: a placeholder that returns None, or raises NotImplementedError."""
    for outcome in (run.forward, run.backward):
        if isinstance(outcome, Raised) and outcome.error == "NotImplementedError":
            return "still raises NotImplementedError" if not _something(run) else ""
    if isinstance(run.forward, Returned) and not _something(run):
        nothing = run.forward.value
        parts = _given_parts(nothing) if isinstance(nothing, tuple) else []
        if nothing is None or (parts and all(v is None for v in parts)):
            return "returns None"
    return ""


def _given_parts(value: tuple[object, ...]) -> list[object]:
    from grader.worker.values import Opaque

    return [part for part in value if not isinstance(part, Opaque)]


def _something(run: LayerRun) -> bool:
    return any(value is not None for value in run.got.values())


def _returns_as_agreed(exercise: LayerExercise, runs: Sequence[LayerRun], checked: Checked) -> None:
    """How many things forward and backward return: said once, where it is wrong."""
    run = runs[0]
    outputs, gradients = exercise.layer.outputs, exercise.gradients
    if isinstance(run.forward, Returned) and not exercise.one_call and outputs[0] not in run.got:
        came = _shape_of(run.forward)
        message = f"{exercise.forward} must return ({', '.join(outputs)}, cache); it returns {came}"
        checked.fail("returns", message, exercise.forward)
    if isinstance(run.backward, Returned):
        names = (*outputs, *gradients) if exercise.one_call else gradients
        value = run.backward.value
        count = len(value) if isinstance(value, (tuple, list)) else None
        if len(names) > 1 and count != len(names) and not isinstance(value, dict):
            function = exercise.functions[-1]
            message = f"{function} must return {', '.join(names)}; it returns {_shape_of(run.backward)}"
            if value is None:
                message += " (is the `return` missing?)"
            checked.fail("returns", message, function)
        elif value is None and len(names) == 1:
            function = exercise.functions[-1]
            checked.fail("returns", f"{function} returns nothing: is its `return` missing?", function)


def _shape_of(outcome: Returned) -> str:
    value = outcome.value
    if isinstance(value, (tuple, list)):
        return f"{len(value)} value{'s' if len(value) != 1 else ''}"
    if isinstance(value, np.ndarray):
        return f"one array of shape {value.shape}"
    from grader.checks.compare import what

    return what(value)


def _endings(exercise: LayerExercise, runs: Sequence[LayerRun], checked: Checked) -> None:
    """Exceptions and other ends of forward and backward: each distinct one once, with its place."""
    seen: set[str] = set()
    for run in runs:
        for outcome, function in (
            (run.forward, exercise.functions[0]),
            (run.backward, exercise.functions[-1]),
        ):
            if isinstance(outcome, (Returned, NotRun)):
                continue
            message = words.told(outcome, function)
            place = words.place(outcome)
            key = place or message
            if key not in seen:
                seen.add(key)
                sizes = f" ({run.words})" if isinstance(outcome, Raised) and "shapes" not in message else ""
                checked.fail("runs", message + sizes, function, case=run.case.name, where=place)
                for name in exercise.gradients:
                    about_shapes = isinstance(outcome, Raised) and (
                        outcome.operands or "shape" in outcome.text
                    )
                    if isinstance(run.got.get(name), Failed) and about_shapes:
                        message = f"{name} must have {shape_words(run, name) or 'shape'} "
                        checked.fail("shape", message + f"= {run.expected[name].value.shape}", name)
            break


def _cases_that_fail(exercise: LayerExercise, judged: Judged, checked: Checked) -> None:
    """For each wrong node the number of cases in which it is, and what the others had in common."""
    for name in exercise.nodes:
        node = checked.nodes[name]
        results = judged[name]
        if any(found.single and not run.single for run, found in results):
            checked.warn("precision", f"{name} is computed in single precision (float32)", name)
        if node.verdict is not Verdict.FAIL or not results:
            continue
        wrong = [run.case.name for run, found in results if not found.passed]
        right = [run.case.name for run, found in results if found.passed]
        if wrong and right:
            few = f"right only in {_listed(right)}"
            if len(wrong) <= len(right):
                few = f"right in {len(right)} of {len(right) + len(wrong)} cases; wrong in {_listed(wrong)}"
            checked.warn("cases", f"{name} is {few}", name)


def _listed(cases: Sequence[str]) -> str:
    """`"cubes, size 2" and "cubes, size 3"`."""
    quoted = [f'"{case}"' for case in cases]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)
