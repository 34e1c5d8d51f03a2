"""What is said of a graph: numbers on the spot, what a wrong one follows from, the picture, what to try next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks.blame import known, right, theirs
from grader.checks.graph_runs import GraphRun, uses
from grader.checks.result import Checked
from grader.checks.shorthand import short
from grader.exercise.kinds import GraphExercise
from grader.report.report import PictureNode, Standing
from reference.graph import Graph


def symbol(graph: Graph, name: str) -> str:
    """How a blackboard writes a node's operation."""
    node = graph.nodes[name]
    return node.label or graph.operation(name).symbol or graph.operation(name).name


def at_origin(graph: Graph, run: GraphRun, name: str) -> str:
    """The numbers on the spot: what went in, what came out, what arrived, what was made of it."""
    found = uses(graph, name)
    mine = run.got[name]
    if mine.ndim:
        return f"yours an array of shape {mine.shape}"
    yours = short(float(mine))
    if len(found) == 1 and _plain(graph, run, found[0][0]):
        consumer, _ = found[0]
        node = graph.nodes[consumer]
        ins = ", ".join(
            short(float(run.right.values[a])) if isinstance(a, str) else short(a) for a in node.arguments
        )
        out = short(float(run.right.values[consumer]))
        upstream = short(float(known(run, consumer)))
        return f"in {ins}, out {out}, upstream {upstream}, yours {yours}"
    if len(found) > 1:
        terms = zip(theirs(run).terms(name), found, strict=True)
        parts = [f"{short(float(term))} from {consumer}" for term, (consumer, _) in terms]
        return f"used {len(found)} times; your numbers send back {', '.join(parts)}; yours {yours}"
    return f"yours {yours}"


def _plain(graph: Graph, run: GraphRun, consumer: str) -> bool:
    """Whether an operation goes from plain numbers to a plain number."""
    return not any(np.ndim(run.right.values[name]) for name in (consumer, *graph.nodes[consumer].inputs))


def follows_from(graph: Graph, run: GraphRun, name: str) -> str:
    """For an inherited node: from which numbers of the student's it follows."""
    wrong = [
        consumer for consumer, _ in uses(graph, name) if consumer in run.got and not right(run, consumer)
    ]
    return f"follows from your d{wrong[0]}" if wrong else "follows from your forward values"


def draw_picture(exercise: GraphExercise, run: GraphRun, checked: Checked) -> None:
    """Every node with its value and the student's gradient."""
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
                name if node.op is None else symbol(graph, name),
                node.op is None,
                short(float(value)) if not np.ndim(value) else str(np.shape(value)),
                gradient,
                node.inputs,
                Standing.UNJUDGED if result is None else result.standing,
                f"d{name}",
            )
        )


def advise(exercise: GraphExercise, run: GraphRun, origins: Sequence[str], checked: Checked) -> None:
    """A number to try by hand at the first origin, and where to go on from there."""
    graph = exercise.graph
    first = next((n for n in origins if run.got.get(n[1:]) is not None), None)
    if first is None:
        return
    name = first[1:]
    found = uses(graph, name)
    if len(found) != 1 or not _plain(graph, run, found[0][0]):
        return
    consumer, position = found[0]
    node = graph.nodes[consumer]
    x = float(run.right.values[name])
    moved = [run.right.values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments]
    moved[position] = np.asarray(x + 0.01)
    with np.errstate(all="ignore"):
        change = float(graph.operation(consumer).forward_rule(*moved)[0] - run.right.values[consumer])
    if not np.isfinite(change):
        return
    label = symbol(graph, consumer)
    checked.example.append(
        f"Move {name} from {short(x)} to {short(x + 0.01)}: {label} moves by {change:.2g}. "
        "What is the local gradient?"
    )
    followers = [n for n in exercise.nodes if checked.nodes[n].standing is Standing.INHERITED]
    if followers:
        checked.example.append(
            f"Mend {first}, then work out anew what follows from it: {', '.join(followers)}."
        )
