"""The nodes of a layer: each output and gradient compared with the reference on every case, and what comes of it.

A node passes if it is right in all cases that decide. Where it is not, one case tells it: the first with a wrong
number, since numbers say more than a shape.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks import outcomes as words
from grader.checks.compare import Comparison, compare, is_single
from grader.checks.layer.precision import computes_in_single
from grader.checks.layer.situations import LayerRun
from grader.checks.layer.ties import torn
from grader.checks.result import NodeResult
from grader.findings import Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.text import one_line
from grader.worker.salvage import NEEDS_LOST
from grader.worker.steps import NotRun, Outcome, Returned
from grader.worker.values import Failed

Judged = dict[str, list[tuple[LayerRun, Comparison]]]
"""For each node its comparisons, in the order of the cases."""


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
                judged[name].append((run, Comparison(Verdict.FAIL, _lost(name, value))))
                continue
            shape = shape_words(run, name)
            found = compare(name, value, right, single=run.single, shape=shape)
            if not found.passed and found.index is not None and not run.single:
                # Right but for the digits that single precision lacks? Only if that is what it was computed in.
                rough = compare(name, value, right, single=True, shape=shape)
                if rough.passed and (is_single(value) or _single(single, run, runner, name)):
                    found = rough
            judged[name].append((run, found))
        _hold_together(run, judged)
    return judged


def _lost(name: str, value: Failed) -> str:
    """Why one gradient is not there while others are: its own exception, or that of what it is made from."""
    if value.text == NEEDS_LOST:
        return f"{name} {NEEDS_LOST.removeprefix('it ')}"
    said = one_line(": ".join(part for part in (value.error, value.text) if part), limit=120)
    return f"{name} could not be computed" + (f": {said}" if said else "")


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


def shape_words(run: LayerRun, name: str) -> str:
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
        said = "" if _agreed_on(missing) else _without_a_cache(name, missing)
        if not said and not isinstance(outcome, Returned):
            said = words.told(outcome, _its_function(name, missing))
        message = said or f"{_its_function(name, missing)} does not return {name}"
        return NodeResult(
            name,
            Verdict.FAIL,
            Standing.ORIGIN,
            case=missing.case.name,
            message=message,
            cause=said if _agreed_on(missing) and said else "returns",
        )
    run, found = max(judged, key=lambda each: _closeness(each[1]))
    return _node(name, Verdict.PASS, Standing.CORRECT, run, found)


def _agreed_on(run: LayerRun) -> bool:
    """Whether forward returned its outputs and a cache, or nothing at all: else that is told for itself."""
    forward = run.forward
    if not isinstance(forward, Returned) or run.exercise.one_call:
        return True
    return run.exercise.layer.outputs[0] in run.got


def _without_a_cache(name: str, run: LayerRun) -> str:
    """Of a node where forward returned something else than (out, cache)."""
    forward, backward = run.exercise.functions
    if name in run.exercise.gradients:
        return f"{backward} was not called: {forward} hands out no cache"
    return f"{forward} does not return it in the form ({', '.join(run.exercise.layer.outputs)}, cache)"


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
