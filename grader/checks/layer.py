"""Judging a layer: the student's forward and backward on every case, argument by argument.

    out against the reference -> each gradient against the reference -> promises (nothing changed, caches apart)
    -> for what is wrong: was it right for the student's own forward? which mistake? the smallest example

Where the whole backward raises, it is run again statement by statement, so that one gradient's exception does not
take the others along.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from grader.checks import outcomes as words
from grader.checks.built_on import built_on_steps
from grader.checks.compare import Comparison, compare, is_single
from grader.checks.diagnose import diagnose
from grader.checks.example import smallest_example
from grader.checks.precision import computes_in_single
from grader.checks.promises import promises
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.checks.situations import LayerRun, assign, run_all, steps
from grader.checks.substitution import substituted
from grader.checks.ties import torn
from grader.checks.truths import drawn_runs, make_own, message_of
from grader.exercise.kinds import LayerExercise
from grader.findings import Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import NotRun, Outcome, Raised, Returned, TimedOut
from grader.worker.values import Failed

Judged = dict[str, list[tuple[LayerRun, Comparison]]]
"""For each node its comparisons, in the order of the cases."""


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
        _salvage([run for run in runs if isinstance(run.backward, Raised)], runner)
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
        from grader.checks.own_forward import own_forward

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


def _shape_of(outcome: Returned) -> str:
    value = outcome.value
    if isinstance(value, (tuple, list)):
        return f"{len(value)} value{'s' if len(value) != 1 else ''}"
    if isinstance(value, np.ndarray):
        return f"one array of shape {value.shape}"
    from grader.checks.compare import what

    return what(value)


def _salvage(runs: Sequence[LayerRun], runner: Runner) -> None:
    """Run the backwards that raised statement by statement: in one message, or one by one if that ends early."""
    programs = [steps(run, f"s{number}", salvage=True) for number, run in enumerate(runs)]
    outcomes = runner.run([step for program in programs for step in program]) if runs else []
    ended = any(not isinstance(outcome, (Returned, Raised, NotRun)) for outcome in outcomes)
    ends = itertools.accumulate(len(program) for program in programs)
    for run, program, end in zip(runs, programs, ends, strict=True):
        outcome = outcomes[end - 1]
        if isinstance(outcome, NotRun) and ended:
            outcome = runner.run(program)[-1]
        if not isinstance(outcome, Returned):
            continue
        value = outcome.value
        parts = value if isinstance(value, (tuple, list)) else (value,)
        if all(isinstance(part, Failed) for part in parts):
            continue
        run.salvaged = True
        assign(run, outcome, run.exercise.gradients)


def judge(runs: Sequence[LayerRun], runner: Runner) -> Judged:
    """Every node of every case that decides something."""
    judged: Judged = {name: [] for name in runs[0].exercise.nodes}
    single: dict[str, bool] = {}
    for run in runs:
        if not run.decides:
            continue
        for name in judged:
            if name not in run.got:
                continue
            value, right = run.got[name], run.expected[name]
            if isinstance(value, Failed):
                judged[name].append((run, Comparison(Verdict.FAIL, f"{name} could not be computed")))
                continue
            shape = _shape_words(run, name)
            found = compare(name, value, right, single=run.single, shape=shape)
            if not found.passed and found.index is not None and not run.single:
                # Right but for the digits that single precision lacks? Only if that is what it was computed in.
                rough = compare(name, value, right, single=True, shape=shape)
                if rough.passed and (is_single(value) or _single(single, run, runner, name)):
                    found = rough
            judged[name].append((run, found))
        _hold_together(run, judged)
    return judged


def _hold_together(run: LayerRun, judged: Judged) -> None:
    """At a kink: gradients that are subgradients one by one but not together fail, the first in place of all."""
    names = run.exercise.gradients
    if not run.case.kink or not all(
        judged[n] and judged[n][-1][0] is run and judged[n][-1][1].passed for n in names
    ):
        return
    if message := torn(run):
        judged[names[0]][-1] = (run, Comparison(Verdict.FAIL, message))


def _single(known: dict[str, bool], run: LayerRun, runner: Runner, name: str) -> bool:
    if name not in known:
        known[name] = computes_in_single(run, runner, name)
    return known[name]


def _shape_words(run: LayerRun, name: str) -> str:
    """`x's shape (N, D)`: the shape of a gradient in names, where it has some."""
    for spec in run.exercise.layer.inputs:
        if f"d{spec.name}" == name and spec.shape:
            if {"...", "*"} & set(spec.shape):
                return f"{spec.name}'s shape"
            return f"{spec.name}'s shape ({', '.join(spec.shape)}{',' if len(spec.shape) == 1 else ''})"
    return ""


def node_result(
    name: str, judged: Sequence[tuple[LayerRun, Comparison]], runs: Sequence[LayerRun]
) -> NodeResult:
    """One verdict for a node: right in every case or wrong, told by the first case that fails."""
    outputs = runs[0].exercise.layer.outputs
    decided = [run for run in runs if run.decides]
    if not decided:
        message = "no inputs were found on which right and wrong can be told apart"
        return NodeResult(name, Verdict.INCONCLUSIVE, message=message)
    failing = [(run, found) for run, found in judged if not found.passed]
    if failing:
        # Numbers say more than a shape, and the plain cases come first.
        run, found = min(failing, key=lambda each: each[1].index is None)
        return _node(name, Verdict.FAIL, Standing.ORIGIN, run, found)
    missing = next(
        (run for run in decided if name not in run.got and (name in outputs or not _cut_off(run))), None
    )
    if missing is None and not judged:
        message = f"{runs[0].exercise.functions[0]} has to run before {name} can be judged"
        return NodeResult(name, Verdict.SKIPPED, message=message)
    if missing is not None:
        outcome = _its_outcome(name, missing)
        said = words.told(outcome, _its_function(name, missing)) if not isinstance(outcome, Returned) else ""
        message = said or f"{_its_function(name, missing)} does not return {name}"
        return NodeResult(
            name,
            Verdict.FAIL,
            Standing.ORIGIN,
            case=missing.case.name,
            message=message,
            cause=said or "returns",
        )
    run, found = max(judged, key=lambda each: _closeness(each[1]))
    return _node(name, Verdict.PASS, Standing.CORRECT, run, found)


def _cut_off(run: LayerRun) -> bool:
    """Whether backward had no cache to start from: forward failed, which is another node's slip."""
    return isinstance(run.backward, NotRun) and not isinstance(run.forward, Returned)


def _node(name: str, verdict: Verdict, standing: Standing, run: LayerRun, found: Comparison) -> NodeResult:
    return NodeResult(
        name,
        verdict,
        standing,
        case=run.case.name,
        index=found.index,
        got=found.got,
        expected=found.expected,
        bound=found.bound,
        message=found.message,
        cause="nothing" if run.got.get(name) is None else "",
    )


def _closeness(found: Comparison) -> float:
    if found.got is None or found.expected is None or not found.bound:
        return 0.0
    return abs(found.got - found.expected) / found.bound


def _its_outcome(name: str, run: LayerRun) -> Outcome:
    return run.forward if name in run.exercise.layer.outputs else run.backward


def _its_function(name: str, run: LayerRun) -> str:
    functions = run.exercise.functions
    return functions[0] if name in run.exercise.layer.outputs else functions[-1]


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
                        message = f"{name} must have {_shape_words(run, name) or 'shape'} "
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
            few = f"right only in: {', '.join(right)}"
            if len(wrong) <= len(right):
                few = (
                    f"right in {len(right)} of {len(right) + len(wrong)} cases; wrong in: {', '.join(wrong)}"
                )
            checked.warn("cases", f"{name} is {few}", name)
