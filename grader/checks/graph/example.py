"""A graph's example by hand: the first wrong node at numbers that fit on a blackboard.

The lecture's own numbers, where the node is wrong there: they can be looked up. Otherwise the smallest and plainest
that show the same origin. What is told is what arrives, what was made of it and what moving one entry does; the
right number is never told, since it is what the exercise asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from grader.checks.graph.blame import follows, implied, known, right, theirs
from grader.checks.graph.returned import read_returned
from grader.checks.graph.runs import GraphRun, expected, uses
from grader.checks.graph.small_leaves import in_batches, plainer, small_leaves
from grader.checks.layer.small_cases import MOST_ENTRIES
from grader.checks.runnable import named_call
from grader.checks.seeds import SeedSource
from grader.checks.shorthand import short, shown
from grader.exercise.exercise import Array
from grader.exercise.kinds import GraphExercise
from grader.runner import Runner
from grader.worker.steps import Call, Returned
from reference.graph import ForwardPass, Graph

MOST_TRIED = 24
"""Small cases that are tried."""
MOST_PLAINER = 6
MOST_NODES = 600
"""Nodes in all of them together: of a large graph fewer are tried."""
MORE_DRAWS = 4
"""Draws that only show which dimensions have a length of their own."""
STEP = 0.01
ENOUGH = 0.01
"""Share of a number that may be rounded away: what is left still tells 165 from 170."""
EXACT = 1e-9
FAINT = 0.01
"""Below this a number is there, and shows little."""


def example_run(
    exercise: GraphExercise, runs: Sequence[GraphRun], name: str, runner: Runner, seeds: SeedSource
) -> GraphRun | None:
    """The run to look at for this origin: few numbers, in which it is one."""
    graph = exercise.graph
    if not runs[0].drawn and _entries(runs[0]) <= MOST_ENTRIES and _shows(runs[0], name):
        return runs[0]
    rng = seeds.rng(exercise.id, "example")
    drawn = [run.values for run in runs if run.drawn] + [exercise.drawn(rng) for _ in range(MORE_DRAWS)]
    most = min(MOST_TRIED, MOST_NODES // len(graph.nodes))
    found: list[GraphRun] = []
    for batch in in_batches(small_leaves(graph, drawn, rng), most):
        found = [run for run in _tried(exercise, name, batch, runner) if _shows(run, name)]
        if found:
            break
    found = found or [run for run in runs if _entries(run) <= MOST_ENTRIES and _shows(run, name)]
    if not found:
        return None
    best = min(found, key=_entries)
    others = _tried(exercise, name, plainer(graph, best.values, rng, min(MOST_PLAINER, most)), runner)
    same = [run for run in (*found, *others) if _entries(run) == _entries(best) and _shows(run, name)]
    return min(same, key=lambda run: (_faint(run, name), len(given(run))))


def _tried(
    exercise: GraphExercise, name: str, passes: Iterable[ForwardPass], runner: Runner
) -> list[GraphRun]:
    """The student's function at these numbers, in one message, and what their numbers imply for the node."""
    runs = [_run(exercise.graph, forward) for forward in passes]
    outcomes = runner.run([Call(exercise.function, tuple(run.values.values())) for run in runs])
    for run, outcome in zip(runs, outcomes, strict=True):
        run.outcome = outcome
        if isinstance(outcome, Returned) and isinstance(outcome.value, dict):
            run.returned = outcome.value
            read_returned(exercise.graph, [run])
            run.implied = {name: implied(run, theirs(run), name)}
    return runs


def _run(graph: Graph, forward: ForwardPass) -> GraphRun:
    """The right numbers, few and simple as they are without bounds from moved inputs."""
    values = {name: forward.values[name] for name in graph.leaves}
    gradients = graph.backward(values).gradients
    floor = 1e-12 * max(float(np.abs(g).max(initial=0.0)) for g in gradients.values())
    truth = {name: expected(np.asarray(g, np.float64), 0.0, floor) for name, g in gradients.items()}
    plain = {name: v if v.ndim else v.item() for name, v in values.items()}
    return GraphRun(plain, forward, truth, dict.fromkeys(truth, 0.0), set(), floor, "example")


def _shows(run: GraphRun, name: str) -> bool:
    """Whether the node is an origin in this run, and to the eye."""
    if name not in run.got or name not in run.implied or right(run, name) or follows(run, name):
        return False
    mine, due = run.got[name], run.implied[name].value
    at = _worst(mine, due)
    return bool(np.isfinite(mine).all()) and short(float(mine[at])) != short(float(due[at]))


def _faint(run: GraphRun, name: str) -> bool:
    """Whether the numbers at the node are so small that the eye passes over them."""
    due = run.implied[name].value
    return abs(float(due[_worst(run.got[name], due)])) < FAINT


def _entries(run: GraphRun) -> int:
    return sum(int(np.size(value)) for value in run.values.values())


def given(run: GraphRun) -> str:
    """The leaves as one writes them down."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in run.values.items())


def told(exercise: GraphExercise, run: GraphRun, name: str) -> list[str]:
    """What is to be seen at the node: for numbers that are not the lecture's, the case; then one entry moved."""
    graph = exercise.graph
    arrives = ", ".join(
        f"d{consumer} = {shown(known(run, consumer))} arrives from {consumer}"
        for consumer in dict.fromkeys(consumer for consumer, _ in uses(graph, name))
    )
    case = f"{given(run)}: {arrives}, and you return d{name} = {shown(run.got[name])}."
    moved = _moved(graph, run, name)
    return [*([case] if run.drawn or run.got[name].ndim else []), *([moved] if moved else [])]


def code(exercise: GraphExercise, run: GraphRun, name: str) -> str:
    """The example to be pasted below the student's own code."""
    return named_call(exercise.function, run.values, "grads", f'grads["d{name}"]')


def _worst(mine: Array, due: Array) -> tuple[int, ...]:
    with np.errstate(all="ignore"):
        off = np.nan_to_num(np.abs(mine - due), nan=np.inf)
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))


def _moved(graph: Graph, run: GraphRun, name: str) -> str:
    """By how much moving one entry moves what the node is used for, weighted with what arrives from there."""
    at = _worst(run.got[name], run.implied[name].value)
    before = np.array(run.right.values[name], np.float64)
    start = float(before[at])
    consumers = list(dict.fromkeys(consumer for consumer, _ in uses(graph, name)))
    plain = len(consumers) == 1 and not before.ndim and not np.ndim(run.right.values[consumers[0]])
    up, down = (_change(graph, run, name, _stepped(before, at, step), plain=plain) for step in (STEP, -STEP))
    # The difference to either side cancels the curvature, which would suggest another number than the gradient.
    change = (up - down) / 2 if np.isfinite(down) else up  # below a small number may be none, as for log
    if not np.isfinite(change):
        return ""
    entry = f"{name}[{', '.join(map(str, at))}]" if at else name
    moved = f"Move {entry} from {short(start)} to {short(start + STEP)}:"
    if plain:
        return f"{moved} {consumers[0]} moves by {_rounded(change)}. What is the local gradient?"
    total = " + ".join(f"d{consumer}·{consumer}" for consumer in consumers)
    total = f"the sum of {total}" if before.ndim or len(consumers) > 1 else total
    off = max(abs(up - change), abs(float(_rounded(change)) - change))
    about = "" if off <= EXACT * abs(change) else "about "
    return f"{moved} {total}, with your numbers, moves by {about}{_rounded(change)}. What has to be d{entry}?"


def _stepped(value: Array, at: tuple[int, ...], step: float) -> Array:
    moved = value.copy()
    moved[at] += step
    return moved


def _change(graph: Graph, run: GraphRun, name: str, value: Array, *, plain: bool) -> float:
    """What the nodes that use this one change by when it has another value, weighted unless it is `plain`."""
    change = 0.0
    for consumer in dict.fromkeys(consumer for consumer, _ in uses(graph, name)):
        arguments = [
            value if a == name else run.right.values[a] if isinstance(a, str) else np.asarray(a)
            for a in graph.nodes[consumer].arguments
        ]
        with np.errstate(all="ignore"):
            off = (
                np.asarray(graph.operation(consumer).forward_rule(*arguments)[0]) - run.right.values[consumer]
            )
            change += float(off) if plain else float((known(run, consumer) * off).sum())
    return change


def _rounded(change: float) -> str:
    """In two digits where these say as much, else in up to four."""
    two = f"{change:.2g}"
    return two if abs(float(two) - change) <= ENOUGH * abs(change) else short(change)
