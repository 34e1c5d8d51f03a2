"""Judging a graph: the gradient of every named node, and where a wrong one comes from.

g   the student's gradient          g*   the right one
ĝ   what the student's own gradients downstream imply: Σ over the uses c of v of  g_c · ∂c/∂v

g = g*           correct (in spite of its downstream, if g ≠ ĝ)
g ≠ g*, g = ĝ    inherited: right work on a wrong number; its marks are earned unless that number is degenerate
g ≠ g*, g ≠ ĝ    the origin of a mistake
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks import outcomes as words
from grader.checks.compare import compare, same_numbers, what
from grader.checks.graph_mistakes import name_mistakes
from grader.checks.graph_runs import (
    GraphRun,
    bounded,
    graph_runs,
    implied_gradients,
    known,
    read_returned,
    uses,
)
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.checks.shorthand import short
from grader.exercise.kinds import GraphExercise
from grader.findings import Finding, Verdict
from grader.report.report import PictureNode, Standing
from grader.runner import Runner
from grader.worker.steps import Call, Raised, Returned
from reference.graph import Graph

TINY = 1e-9
"""An upstream below this part of the right one is trivially small: nothing is earned by following it."""


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
    read_returned(exercise.graph, runs)
    for run in runs:
        run.implied = implied_gradients(exercise.graph, run)
    for name in exercise.nodes:
        checked.nodes[name] = _judged(exercise, runs, name[1:])
    _degenerate(exercise.graph, runs, checked)
    _forward_values(runs, checked)
    origins = [n for n in exercise.nodes if checked.nodes[n].standing is Standing.ORIGIN]
    name_mistakes(exercise, runs, origins, checked)
    _picture(exercise, runs[0], checked)
    _advice(exercise, runs[0], origins, checked)
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


def _judged(exercise: GraphExercise, runs: Sequence[GraphRun], name: str) -> NodeResult:
    """One node over all runs: an origin in one is an origin."""
    graph = exercise.graph
    label = " and ".join(dict.fromkeys(_symbol(graph, c) for c, _ in uses(graph, name)))
    gradient = f"d{name}"
    worst: NodeResult | None = None
    anyway = False
    for run in runs:
        if gradient not in run.returned and name not in run.got:
            message, cause = f"{gradient} is missing from what {exercise.function} returns", ""
            if not isinstance(run.outcome, Returned):
                assert run.outcome is not None
                message = cause = words.told(run.outcome, exercise.function)
            elif not isinstance(run.outcome.value, dict):
                cause = "returns"
            return NodeResult(
                gradient, Verdict.FAIL, Standing.ORIGIN, label, run.case, message=message, cause=cause
            )
        truth = run.truth[name]
        found = compare(gradient, run.got.get(name, run.returned.get(gradient)), truth)
        mine = run.got.get(name)
        follows = mine is not None and same_numbers(mine, run.implied[name].value, run.implied[name], False)
        if found.passed:
            anyway |= not follows
            continue
        standing = Standing.INHERITED if follows else Standing.ORIGIN
        if worst is None or (standing is Standing.ORIGIN and worst.standing is not Standing.ORIGIN):
            worst = NodeResult(
                gradient,
                Verdict.FAIL,
                standing,
                label,
                run.case,
                found.index,
                found.got,
                found.expected,
                found.bound,
            )
            worst.message = _follows(graph, run, name) if follows else _at_origin(graph, run, name)
            worst.earns = follows
    if worst is not None:
        return worst
    run = runs[0]
    shown = compare(gradient, run.got[name], run.truth[name])
    standing = Standing.CORRECT_ANYWAY if anyway else Standing.CORRECT
    return NodeResult(
        gradient, Verdict.PASS, standing, label, run.case, shown.index, shown.got, shown.expected, shown.bound
    )


def _symbol(graph: Graph, name: str) -> str:
    node = graph.nodes[name]
    return node.label or graph.operation(name).symbol or graph.operation(name).name


def _at_origin(graph: Graph, run: GraphRun, name: str) -> str:
    """The numbers on the spot: what went in, what came out, what arrived, what was made of it."""
    found = uses(graph, name)
    mine = run.got.get(name)
    yours = short(float(mine)) if mine is not None and not mine.ndim else what(run.returned.get(f"d{name}"))
    if mine is not None and mine.ndim:
        yours = f"an array of shape {mine.shape}"
    if len(found) == 1 and not run.truth[name].value.ndim:
        consumer, _ = found[0]
        node = graph.nodes[consumer]
        ins = ", ".join(
            short(float(run.right.values[a])) if isinstance(a, str) else short(a) for a in node.arguments
        )
        out = short(float(run.right.values[consumer]))
        upstream = short(float(known(run, consumer)))
        return f"in {ins}, out {out}, upstream {upstream}, yours {yours}"
    if len(found) > 1 and not run.truth[name].value.ndim:
        assert run.own is not None
        parts = [f"{short(float(run.own.product(c, p, known(run, c))))} from {c}" for c, p in found]
        return f"used {len(found)} times; your numbers send back {', '.join(parts)}; yours {yours}"
    return f"yours {yours}"


def _follows(graph: Graph, run: GraphRun, name: str) -> str:
    """For an inherited node: from which numbers of the student's it follows."""
    wrong = [
        consumer
        for consumer, _ in uses(graph, name)
        if not same_numbers(known(run, consumer), run.truth[consumer].value, run.truth[consumer], False)
    ]
    return f"follows from your d{wrong[0]}" if wrong else "follows from your forward values"


def _degenerate(graph: Graph, runs: Sequence[GraphRun], checked: Checked) -> None:
    """Take the follow-through marks from what follows from a number that made the work trivial."""
    poor: set[str] = set()
    for name in reversed(graph.order):
        node = checked.nodes.get(f"d{name}")
        if node is None or node.verdict is not Verdict.FAIL:
            continue
        upstream = [consumer for consumer, _ in uses(graph, name)]
        if node.standing is Standing.INHERITED and any(c in poor for c in upstream):
            node.earns = False
            node.message += ", which makes the rest trivial: no marks for following it"
        if not node.earns and (node.standing is Standing.INHERITED or _is_poor(runs, name)):
            poor.add(name)


def _is_poor(runs: Sequence[GraphRun], name: str) -> bool:
    """Missing, not finite, zero, trivially small, or the same number whatever goes in."""
    given = [run.got.get(name) for run in runs]
    if any(g is None or not np.isfinite(g).all() for g in given):
        return True
    arrays = [np.asarray(g) for g in given]
    right = [run.truth[name].value for run in runs]
    for mine, true in zip(arrays, right, strict=True):
        size = float(np.abs(true).max(initial=0.0))
        if float(np.abs(mine).max(initial=0.0)) <= TINY * size:
            return True
    constant = all(np.array_equal(arrays[0], other) for other in arrays[1:])
    return constant and not all(np.allclose(right[0], other) for other in right[1:])


def _forward_values(runs: Sequence[GraphRun], checked: Checked) -> None:
    """Wrong forward values that wrong gradients follow from: each is a slip, and costs as much as one gradient.

    Where no gradient follows from them they may be anything, such as a temporary of the same name.
    """
    follow = [n for n in checked.nodes.values() if n.standing is Standing.INHERITED and n.earns]
    slips = list(dict.fromkeys(name for run in runs for name in run.forward_slips))
    if not follow or not slips:
        return
    checked.deductions += len(slips)
    for name in slips:
        run = next(run for run in runs if name in run.forward_slips)
        right = bounded(np.asarray(run.right.values[name], np.float64))
        found = compare(name, run.returned[name], right)
        said = found.message or f"of {name} is not what its operation gives"
        message = f"the forward value {said}"
        checked.findings.append(
            Finding(
                "forward values",
                Verdict.FAIL,
                message,
                name,
                found.index,
                found.got,
                found.expected,
                found.bound,
                run.case,
            )
        )


def _picture(exercise: GraphExercise, run: GraphRun, checked: Checked) -> None:
    graph = exercise.graph
    checked.picture_note = ", ".join(
        f"{n} = {short(float(v))}" for n, v in run.values.items() if np.ndim(v) == 0
    )
    for name in graph.order:
        node = graph.nodes[name]
        mine = run.got.get(name)
        gradient = "missing" if mine is None else short(float(mine)) if not mine.ndim else str(mine.shape)
        value = run.right.values[name]
        result = checked.nodes.get(f"d{name}")
        checked.picture.append(
            PictureNode(
                name,
                name if node.op is None else _symbol(graph, name),
                node.op is None,
                short(float(value)) if not np.ndim(value) else str(np.shape(value)),
                gradient,
                node.inputs,
                Standing.UNJUDGED if result is None else result.standing,
                f"d{name}",
            )
        )


def _advice(exercise: GraphExercise, run: GraphRun, origins: Sequence[str], checked: Checked) -> None:
    """A number to try by hand at the first origin, and where to go on from there."""
    graph = exercise.graph
    first = next((n for n in origins if run.got.get(n[1:]) is not None), None)
    if first is None:
        return
    name = first[1:]
    found = uses(graph, name)
    if len(found) != 1 or run.truth[name].value.ndim:
        return
    consumer, position = found[0]
    node = graph.nodes[consumer]
    x = float(run.right.values[name])
    moved = [run.right.values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments]
    moved[position] = np.asarray(x + 0.01)
    change = float(graph.operation(consumer).forward_rule(*moved)[0] - run.right.values[consumer])
    label = _symbol(graph, consumer)
    checked.example.append(
        f"Move {name} from {short(x)} to {short(x + 0.01)}: {label} moves by {change:.2g}. "
        "What is the local gradient?"
    )
    followers = [n for n in exercise.nodes if checked.nodes[n].standing is Standing.INHERITED]
    if followers:
        checked.example.append(
            f"Mend {first}, then work out anew what follows from it: {', '.join(followers)}."
        )
