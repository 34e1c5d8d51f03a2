"""Whose mistake a network's wrong number is: that of a layer of the student's own, or the network's.

The student's layers alone are put together beside their code, in the right order: what equals that follows from
the layer that is wrong. Where a layer raises, stand-ins show whether the rest is right.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks.compare import as_numbers, compare, same_numbers
from grader.checks.follow_through import is_trivial
from grader.checks.network.layers import Alone, composed
from grader.checks.network.mistakes import NetworkRun
from grader.checks.network.stand_ins import in_vain, wired
from grader.checks.result import Checked
from grader.exercise.kinds import NetworkExercise
from grader.findings import Finding, Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Raised


def faulty(layers: Sequence[Alone]) -> list[str]:
    """Functions of theirs that are wrong by themselves, each once."""
    return list(dict.fromkeys(each.faulty for each in layers if each.faulty))


def whose(
    exercise: NetworkExercise,
    runs: Sequence[NetworkRun],
    wrong: Sequence[str],
    layers: Sequence[Alone],
    runner: Runner,
    checked: Checked,
) -> None:
    """A layer's mistake or the network's own.

    What the student's layers give when they are put together rightly follows from the one that is wrong. Where that
    says nothing, since a layer raises or gives numbers that any network could follow, stand-ins decide.
    """
    wrong_layers = faulty(layers)
    lost = list(dict.fromkeys([*wrong_layers, *in_vain(exercise, [run.outcome for run in runs])]))
    if not lost:
        return
    for run in runs:
        run.composed = composed(exercise, run.values, runner)
        if len(run.composed) < len(exercise.nodes):
            # A backward that raises for one gradient may have the others right.
            run.composed |= composed(exercise, run.values, runner, salvage=True)
    poor = any(each.poor for each in layers)
    followed = [node for node in wrong if all(_is_composed(run, node) for run in runs)]
    doubtful = [node for node in followed if poor or _is_trivial(runs, node)]
    hidden = [
        node
        for node in wrong
        if node not in followed and all(_may_follow(run, node) or _is_hidden(run, node) for run in runs)
    ]
    proven: set[str] = set()
    if doubtful or hidden:
        proven, lost = _proven(exercise, runs, [*doubtful, *hidden], lost, runner)
    _tell(checked, runs, followed, hidden, set(followed) - set(doubtful) | proven, wrong_layers, lost)
    if wrong_layers:
        inherited = [node for node in wrong if node in followed or node in proven]
        listed = ", ".join(wrong_layers)
        verb = "follows" if len(inherited) == 1 else "follow"
        follow = f"; {', '.join(inherited)} {verb} from it" if inherited else ""
        message = f"{listed}: wrong on its own already, at the right inputs{follow}"
        checked.findings.append(Finding("own layers", Verdict.WARN, message))


def _proven(
    exercise: NetworkExercise,
    runs: Sequence[NetworkRun],
    nodes: Sequence[str],
    lost: list[str],
    runner: Runner,
) -> tuple[set[str], list[str]]:
    """Those of the nodes that the network has right with stand-ins wherever its own numbers do not show it."""
    proven = set(nodes)
    for run in runs:
        found, lost = wired(exercise, run, lost, runner)
        proven &= found | {node for node in proven if _is_hidden(run, node) is False and _is_right(run, node)}
    return proven, lost


def _tell(
    checked: Checked,
    runs: Sequence[NetworkRun],
    followed: Sequence[str],
    hidden: Sequence[str],
    earning: set[str],
    wrong_layers: Sequence[str],
    lost: Sequence[str],
) -> None:
    place = "its place" if len(lost) == 1 else "their places"
    shown = (
        f"follows from {', '.join(lost)}; with made-up numbers in {place}, the rest is put together rightly"
    )
    for node in followed:
        result = checked.nodes[node]
        result.standing, result.earns = Standing.INHERITED, node in earning
        result.message = f"follows from {', '.join(wrong_layers)}, which you put together rightly"
        if node not in earning:
            result.message += ", which makes the rest trivial: no marks for following it"
    what_raises = _raising(runs)
    for node in hidden:
        result = checked.nodes[node]
        if node in earning:
            result.standing, result.cause, result.earns, result.message = Standing.INHERITED, "", True, shown
        elif what_raises in lost and not any(node in run.got for run in runs):
            result.standing, result.cause = Standing.INHERITED, ""
            result.message = f"not to be seen before {what_raises} runs: no marks yet"


def _raising(runs: Sequence[NetworkRun]) -> str:
    """The function of the student's that raises in the network; empty where none does."""
    found = (run.outcome for run in runs if isinstance(run.outcome, Raised) and run.outcome.frames)
    return next((outcome.frames[-1].function for outcome in found), "")


def _is_trivial(runs: Sequence[NetworkRun], node: str) -> bool:
    """Whether what follows is too poor to say anything."""
    mine, right = [run.composed[node] for run in runs], [run.truth[node].value for run in runs]
    return is_trivial(mine, right, [0.0] * len(runs))


def _is_hidden(run: NetworkRun, node: str) -> bool:
    """Whether there is nothing to be judged: no number came, or a layer's is not finite, and so is what follows."""
    mine, other = as_numbers(run.got.get(node)), run.composed.get(node)
    if node not in run.got:
        return True
    return (
        mine is not None and other is not None and not (np.isfinite(mine).all() or np.isfinite(other).all())
    )


def _may_follow(run: NetworkRun, node: str) -> bool:
    return node in run.got and (_is_composed(run, node) or _is_right(run, node))


def _is_right(run: NetworkRun, node: str) -> bool:
    return compare(node, run.got[node], run.truth[node]).passed


def _is_composed(run: NetworkRun, node: str) -> bool:
    """Whether the student's number is that of their own layers put together rightly."""
    mine, other = as_numbers(run.got.get(node)), run.composed.get(node)
    if mine is None or other is None:
        return False
    return same_numbers(np.asarray(mine, np.float64), other, run.truth[node], False)
