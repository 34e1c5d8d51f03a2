"""Judging a graph: the gradient of every named node, and where a wrong one comes from (see `blame`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks import outcomes as words
from grader.checks.compare import as_numbers, compare, what
from grader.checks.follow_through import settle
from grader.checks.graph.blame import close, follows, implied, imply, right, theirs
from grader.checks.graph.example import example_run
from grader.checks.graph.mistakes import name_mistakes
from grader.checks.graph.returned import read_returned
from grader.checks.graph.runs import GraphRun, bounded, graph_runs, uses
from grader.checks.graph.shapes import array_for_number
from grader.checks.graph.words import advise, at_origin, draw_picture, follows_from, symbol, wrong_value
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.exercise.kinds import GraphExercise
from grader.findings import Finding, Verdict
from grader.nearest import did_you_mean
from grader.report.report import Standing
from grader.runner import Runner
from grader.text import one_line
from grader.worker.steps import Call, Raised, Returned
from grader.worker.values import Failed

MOST_EXAMPLES = 2
"""Origins that are shown by hand; who has mended them sees the next."""
MOST_EXTRAS = 5
"""Names without a node that a message lists."""


def check_graph(exercise: GraphExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """All checks of a graph exercise."""
    checked = Checked()
    runs = graph_runs(exercise, seeds)
    outcomes = runner.run([Call(exercise.function, tuple(run.values.values())) for run in runs])
    for run, outcome in zip(runs, outcomes, strict=True):
        run.outcome = outcome
        if isinstance(outcome, Returned) and isinstance(outcome.value, dict):
            run.returned = outcome.value
    checked.not_started = _not_started(runs[0])
    if checked.not_started:
        return checked
    _ended(exercise, runs, checked)
    _salvage(exercise, runs, runner)
    read_returned(exercise.graph, runs)
    imply(exercise.graph, runs)
    for name in exercise.nodes:
        checked.nodes[name] = _judged(exercise, runs, name[1:])
    settle(exercise.graph, runs, checked.nodes)
    array_for_number(exercise, runs, checked)
    _extras(exercise, runs, checked)
    _forward_values(runs, checked)
    origins = [n for n in exercise.nodes if checked.nodes[n].standing is Standing.ORIGIN]
    name_mistakes(exercise, runs, origins, checked)
    seen = [n[1:] for n in origins if all(n[1:] in run.got for run in runs)][:MOST_EXAMPLES]
    examples = [example_run(exercise, runs, name, runner, seeds) for name in seen]
    draw_picture(exercise, next((run for run in examples if run is not None), runs[0]), checked)
    for name, example in zip(seen, examples, strict=True):
        advise(exercise, example, name, checked)
    return checked


def _not_started(run: GraphRun) -> str:
    match run.outcome:
        case Raised(error="NotImplementedError"):
            return "still raises NotImplementedError"
        case Returned(None):
            return "returns None"
        case Returned(dict() as returned):
            asked = [returned[f"d{name}"] for name in run.truth if f"d{name}" in returned]
            if asked and all(value is None for value in asked):
                return "all gradients are None"
    return ""


def _ended(exercise: GraphExercise, runs: Sequence[GraphRun], checked: Checked) -> None:
    for run in runs:
        outcome = run.outcome
        assert outcome is not None
        if not isinstance(outcome, Returned):
            message = words.told(outcome, exercise.function)
            checked.fail("runs", message, exercise.function, case=run.case, where=words.place(outcome))
            return
        if not isinstance(outcome.value, dict):
            message = (
                f"{exercise.function} must return a dictionary of gradients; it returns {what(outcome.value)}"
            )
            checked.fail("returns", message, exercise.function, case=run.case)
            return


def _salvage(exercise: GraphExercise, runs: Sequence[GraphRun], runner: Runner) -> None:
    """Where a line raises, what the others compute all the same."""
    raised = [run for run in runs if isinstance(run.outcome, Raised)]
    if not raised:
        return
    steps = [Call(exercise.function, tuple(run.values.values()), salvage=True) for run in raised]
    for run, outcome in zip(raised, runner.run(steps), strict=True):
        if isinstance(outcome, Returned) and isinstance(outcome.value, dict):
            run.returned = outcome.value


def _judged(exercise: GraphExercise, runs: Sequence[GraphRun], name: str) -> NodeResult:
    """One node over all runs: wrong in one is wrong, and an origin in one is an origin."""
    graph = exercise.graph
    gradient = f"d{name}"
    label = " and ".join(dict.fromkeys(symbol(graph, c) for c, _ in uses(graph, name)))
    worst: NodeResult | None = None
    anyway = False
    decided = [run for run in runs if name not in run.undecided]
    for run in runs:
        absent = _absent(exercise, run, name)
        if absent is not None:
            absent.label = label
            return absent
    for run in decided:
        after = follows(run, name)
        if right(run, name):
            anyway |= not after
            continue
        standing = Standing.INHERITED if after else Standing.ORIGIN
        if worst is None or (standing is Standing.ORIGIN and worst.standing is not Standing.ORIGIN):
            worst = _shown(run, name, Verdict.FAIL, standing, label)
            worst.message = follows_from(graph, run, name) if after else at_origin(graph, run, name)
            worst.earns = after
    if worst is not None:
        return worst
    if not decided:
        message = "all inputs that were tried are at a kink, or too badly conditioned to tell"
        return NodeResult(gradient, Verdict.INCONCLUSIVE, label=label, case=runs[0].case, message=message)
    standing = Standing.CORRECT_ANYWAY if anyway else Standing.CORRECT
    return _shown(decided[0], name, Verdict.PASS, standing, label)


def _shown(run: GraphRun, name: str, verdict: Verdict, standing: Standing, label: str) -> NodeResult:
    gradient = f"d{name}"
    found = compare(gradient, run.got[name], run.truth[name], single=run.single)
    return NodeResult(
        gradient, verdict, standing, label, run.case, found.index, found.got, found.expected, found.bound
    )


def _absent(exercise: GraphExercise, run: GraphRun, name: str) -> NodeResult | None:
    """Where there is no number to judge: why there is none. What no line computed owes it to one exception."""
    if name in run.got:
        return None
    gradient, function, outcome = f"d{name}", exercise.function, run.outcome
    assert outcome is not None
    value = run.returned.get(gradient)
    cause = ""
    if gradient in run.returned and not isinstance(value, Failed):
        message = compare(gradient, value, run.truth[name]).message
    elif not isinstance(outcome, Returned) and (gradient in run.returned or not run.returned):
        message = cause = words.told(outcome, function)
    elif isinstance(outcome, Returned) and not isinstance(outcome.value, dict):
        message, cause = f"{gradient} is missing from what {function} returns", "returns"
    else:
        message = f"{gradient} is missing from what {function} returns"
    return NodeResult(gradient, Verdict.FAIL, Standing.ORIGIN, case=run.case, message=message, cause=cause)


def _extras(exercise: GraphExercise, runs: Sequence[GraphRun], checked: Checked) -> None:
    """Numbers under names that look like gradients and are none: silent where nothing is wrong."""
    if all(node.verdict is Verdict.PASS for node in checked.nodes.values()):
        return
    graph = exercise.graph
    missing = [n for n in exercise.nodes if n[1:] not in runs[0].got and n not in runs[0].returned]
    extra = [
        key
        for key, value in runs[0].returned.items()
        if isinstance(key, str)
        and key[:1] == "d"
        and key not in checked.nodes
        and key not in graph.nodes
        and key != f"d{graph.output}"
        and as_numbers(value) is not None
    ]
    if extra:
        shown = ", ".join(one_line(key, limit=40) for key in extra[:MOST_EXTRAS])
        more = f" and {len(extra) - MOST_EXTRAS} more" if len(extra) > MOST_EXTRAS else ""
        near = did_you_mean(extra[0], missing)
        message = f"{shown}{more}: no gradient of this graph, and not judged" + (f"; {near}" if near else "")
        checked.warn("extra", message, one_line(extra[0], limit=40))


def _forward_values(runs: Sequence[GraphRun], checked: Checked) -> None:
    """Wrong forward values that wrong gradients follow from: each is a slip, and costs what its gradient is worth.

    Where no gradient follows from them they may be anything, such as a temporary of the same name.
    """
    slips = list(dict.fromkeys(name for run in runs for name in run.forward_slips))
    if not slips or not any(
        node.earns and not _follows_without(runs, name[1:]) for name, node in checked.nodes.items()
    ):
        return
    checked.charged += [f"d{name}" for name in slips]
    for name in slips:
        run = next(run for run in runs if name in run.forward_slips)
        found = compare(name, run.returned[name], bounded(np.asarray(run.right.values[name], np.float64)))
        said = found.message or f"{name} differs"
        checked.findings.append(
            Finding(
                "forward values",
                Verdict.FAIL,
                wrong_value(run.right.graph, run, name, said),
                name,
                found.index,
                found.got,
                found.expected,
                found.bound,
                run.case,
            )
        )


def _follows_without(runs: Sequence[GraphRun], name: str) -> bool:
    """Whether a wrong gradient follows from the student's other gradients at the right forward values already."""
    wrong = [run for run in runs if name not in run.undecided and not right(run, name)]
    return all(
        close(run.got[name], implied(run, theirs(run, run.right), name), single=run.single) for run in wrong
    )
