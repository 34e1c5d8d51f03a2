"""Judging find-the-bug: the counterexample must show it, the name must be right, the mended rule must be right."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.checks import outcomes as words
from grader.checks.begun import not_begun
from grader.checks.compare import as_numbers, compare
from grader.checks.layer.situations import layer_run
from grader.checks.layer.small_cases import small_cases
from grader.checks.result import Checked, NodeResult
from grader.checks.runnable import call_lines, literal
from grader.checks.seeds import SeedSource
from grader.checks.shorthand import shown
from grader.exercise.exercise import Array
from grader.exercise.kinds import FindTheBugExercise, LayerExercise
from grader.findings import Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.text import one_line
from grader.worker.steps import Call, NotRun, Outcome, Returned, Variable
from reference.errors import InputError

MOST_TRIED = 24
"""Small inputs that are tried for an example."""
SHOWS = 1e-4
"""By which part two gradients must differ for a counterexample to show it."""


def check_find_the_bug(exercise: FindTheBugExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """The three parts, each on its own."""
    checked = Checked()
    example, answer = runner.run([Call(exercise.counterexample), Variable(exercise.answer)])
    named = answer.value if isinstance(answer, Returned) else None
    mended, nothing = _mended(exercise, runner, seeds)
    if _nothing(example) and named is None and nothing:
        checked.not_started = "nothing is filled in"
        return checked
    checked.nodes["counterexample"] = _counterexample(exercise, example, seeds)
    right = isinstance(named, str) and named.strip() in exercise.wrong
    said = (
        ""
        if right
        else f"{exercise.answer} is {one_line(str(named), limit=40)!r}: not the first wrong gradient"
    )
    checked.nodes["node"] = NodeResult(
        "node",
        Verdict.PASS if right else Verdict.FAIL,
        Standing.CORRECT if right else Standing.ORIGIN,
        message=said,
    )
    checked.nodes["mended"] = mended
    if mended.index is not None:
        _example(exercise, runner, seeds, checked)
    for outcome, function in ((example, exercise.counterexample),):
        if not isinstance(outcome, Returned) and not _nothing(outcome):
            checked.fail("runs", words.told(outcome, function), function, where=words.place(outcome))
    return checked


def _nothing(outcome: Outcome) -> bool:
    return bool(not_begun([outcome])) or isinstance(outcome, NotRun)


def _failed(node: str, message: str, case: str = "") -> NodeResult:
    return NodeResult(node, Verdict.FAIL, Standing.ORIGIN, case=case, message=message)


def _counterexample(exercise: FindTheBugExercise, outcome: Outcome, seeds: SeedSource) -> NodeResult:
    node = "counterexample"
    layer = exercise.layer
    if not isinstance(outcome, Returned):
        return _failed(node, words.told(outcome, exercise.counterexample))
    given = outcome.value
    names = [spec.name for spec in layer.inputs]
    if isinstance(given, Mapping):
        missing = [name for name in names if name not in given]
        if missing:
            return _failed(node, f"{exercise.counterexample} gives no {', '.join(missing)}")
        values = tuple(given[name] for name in names)
    elif len(names) == 1 and not isinstance(given, tuple):
        values = (given,)
    elif isinstance(given, (tuple, list)) and len(given) == len(names):
        values = tuple(given)
    else:
        return _failed(node, f"{exercise.counterexample} must return {', '.join(names)}")
    try:
        inputs = layer.check(*(_array(v) for v in values))
    except InputError as error:
        return _failed(node, one_line(str(error).removeprefix(f"{layer.name}: ")))
    if any(isinstance(v, np.ndarray) and (v.size > 10_000 or not np.isfinite(v).all()) for v in inputs):
        return _failed(node, "the inputs must be finite and few enough to look at")
    rng = seeds.rng(exercise.id, node)
    largest = 0.0
    for _ in range(3):  # an upstream may hide a difference by chance; three do not
        try:
            right, shown = _both(exercise, inputs, rng)
        except Exception as error:  # the rule that is shown is wrong, and need not run everywhere
            said = f"the rule that is shown raises {type(error).__name__} there"
            return _failed(node, f"{said}: give one where it gives a wrong number")
        for true, wrong in zip(right, shown, strict=True):
            if true.shape != wrong.shape:  # an empty slice, a lost axis: no number could show it better
                return NodeResult(node, Verdict.PASS, Standing.CORRECT)
            scale = float(np.abs(true).max(initial=0.0)) + float(np.abs(wrong).max(initial=0.0))
            if scale and np.isfinite(scale):
                largest = max(largest, float(np.abs(true - wrong).max(initial=0.0)) / scale)
    if largest > SHOWS:
        return NodeResult(node, Verdict.PASS, Standing.CORRECT)
    return _failed(node, "there the shown rule gives the right gradient: it shows nothing")


def _array(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value
    array = as_numbers(value)
    return value if array is None else np.array(array)


def _both(
    exercise: FindTheBugExercise, inputs: tuple[Any, ...], rng: np.random.Generator
) -> tuple[list[Array], list[Array]]:
    layer = exercise.layer
    with np.errstate(all="ignore"):
        *outs, cache = layer.forward_rule(*inputs)
        douts = [
            np.asarray(rng.uniform(0.5, 1.5, np.shape(o)) * rng.choice((-1.0, 1.0), np.shape(o)))
            for o in outs
        ]
        right = [np.asarray(g, np.float64) for g in layer.backward(*(d.copy() for d in douts), cache)]
        shown = exercise.shown(*douts, *inputs)
    listed = shown if isinstance(shown, tuple) else (shown,)
    return right, [np.asarray(g, np.float64) for g in listed]


def _mended(exercise: FindTheBugExercise, runner: Runner, seeds: SeedSource) -> tuple[NodeResult, bool]:
    """The mended backward on every case, and whether there is none yet."""
    as_layer = _as_layer(exercise)
    runs = []
    for case in exercise.cases:
        rng = seeds.rng(exercise.id, case.name)
        runs.append(layer_run(as_layer, case, case.draw(rng), rng))
    outcomes = runner.run([Call(exercise.mended, (*run.douts, *run.inputs)) for run in runs])
    if _nothing(outcomes[0]):
        return _failed("mended", f"{exercise.mended} returns nothing yet"), True
    for run, outcome in zip(runs, outcomes, strict=True):
        if not isinstance(outcome, Returned):
            return _failed("mended", words.told(outcome, exercise.mended), run.case.name), False
        value = outcome.value
        parts = value if isinstance(value, (tuple, list)) and len(as_layer.gradients) > 1 else (value,)
        if len(parts) != len(as_layer.gradients):
            return _failed("mended", f"{exercise.mended} must return {', '.join(as_layer.gradients)}"), False
        for name, part in zip(as_layer.gradients, parts, strict=True):
            found = compare(name, part, run.expected[name], single=run.single)
            if not found.passed:
                node = _failed("mended", found.message, run.case.name)
                node.index, node.got, node.expected, node.bound = (
                    found.index,
                    found.got,
                    found.expected,
                    found.bound,
                )
                return node, False
    return NodeResult("mended", Verdict.PASS, Standing.CORRECT), False


def _as_layer(exercise: FindTheBugExercise) -> LayerExercise:
    return LayerExercise(
        id=exercise.id, title=exercise.title, text="", layer=exercise.layer, points={_first(exercise): 1}
    )


def _example(exercise: FindTheBugExercise, runner: Runner, seeds: SeedSource, checked: Checked) -> None:
    """The smallest inputs in plain numbers on which the mended rule is still wrong, with code to run it."""
    as_layer = _as_layer(exercise)
    runs = list(itertools.islice(small_cases(as_layer, seeds), MOST_TRIED))
    names = [*(f"d{out}" for out in as_layer.layer.outputs), *(spec.name for spec in as_layer.layer.inputs)]
    outcomes = runner.run([Call(exercise.mended, (*run.douts, *run.inputs)) for run in runs])
    for run, outcome in zip(runs, outcomes, strict=True):
        if not isinstance(outcome, Returned):
            continue
        several = len(as_layer.gradients) > 1 and isinstance(outcome.value, (tuple, list))
        parts = outcome.value if several else (outcome.value,)
        for name, part in zip(as_layer.gradients, parts, strict=False):
            found, mine = compare(name, part, run.expected[name]), as_numbers(part)
            if found.passed or found.index is None or mine is None:
                continue
            arguments = (*run.douts, *run.inputs)
            given = ", ".join(
                f"{n} = {literal(v) if isinstance(v, Mapping) else shown(v)}"
                for n, v in zip(names, arguments, strict=True)
            )
            due = shown(run.expected[name].value)
            checked.example.append(f"{given}: {exercise.mended} gives {name} = {shown(mine)}; it is {due}.")
            checked.example_code = call_lines(exercise.mended, names, arguments)
            return


def _first(exercise: FindTheBugExercise) -> str:
    return f"d{exercise.layer.differentiable[0]}"
