"""What is said of a graph: numbers on the spot, what a wrong one follows from, the picture, what to try next."""

from __future__ import annotations

import numpy as np

from grader.checks.compare import as_numbers, compare
from grader.checks.graph.blame import known, right, theirs
from grader.checks.graph.example import code, told
from grader.checks.graph.runs import GraphRun, uses
from grader.checks.result import Checked
from grader.checks.shorthand import short, shown
from grader.exercise.exercise import Array
from grader.exercise.kinds import GraphExercise
from grader.report.report import PictureNode, Standing
from reference.graph import Graph

WRITTEN = 4
"""Entries up to which an array is written out in a picture."""


def symbol(graph: Graph, name: str) -> str:
    """How a blackboard writes a node's operation."""
    node = graph.nodes[name]
    return node.label or graph.operation(name).symbol or graph.operation(name).name


def at_origin(graph: Graph, run: GraphRun, name: str) -> str:
    """The numbers on the spot: what went in, what came out, what arrived, what was made of it."""
    found = uses(graph, name)
    mine = run.got[name]
    if mine.ndim:
        off = compare(f"d{name}", mine, run.truth[name], single=run.single).wrong
        return f"the shape {mine.shape} is right, {_count(off, mine.size)} in it {'is' if off == 1 else 'are'} not"
    yours = short(float(mine))
    if len(found) == 1 and _plain(graph, run, found[0][0]):
        consumer, _ = found[0]
        node = graph.nodes[consumer]
        ins = ", ".join(f"{a} = {short(float(run.right.values[a]))}" for a in dict.fromkeys(node.inputs))
        out = f"{consumer} = {short(float(run.right.values[consumer]))}"
        upstream = f"d{consumer} = {short(float(known(run, consumer)))}"
        return f"in {ins}, out {out}, upstream {upstream}, yours {yours}"
    if len(found) > 1:
        terms = zip(theirs(run).terms(name), found, strict=True)
        parts = [f"{short(float(term))} from {consumer}" for term, (consumer, _) in terms]
        return f"used {len(found)} times; your numbers send back {', '.join(parts)}; yours {yours}"
    return f"yours {yours}"


def _count(wrong: int, of: int) -> str:
    """`6 of 9 numbers`, `all 9 numbers`."""
    some = f"all {of}" if wrong == of else f"{wrong} of {of}"
    return f"{some} numbers" if of > 1 else "the number"


def wrong_value(graph: Graph, run: GraphRun, name: str, numbers: str) -> str:
    """Of a forward value: what it should be made of, which are the student's own numbers; then what came."""
    own = run.own or run.right
    inputs = dict.fromkeys(graph.nodes[name].inputs)
    parts = [f"{n} = {shown(own.values[n])}" if np.size(own.values[n]) <= WRITTEN else n for n in inputs]
    return f"the forward value {name} is not what {symbol(graph, name)} makes of your {', '.join(parts)}: {numbers}"


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
        f"{n} = {shown(v)}" for n, v in run.values.items() if np.size(v) <= WRITTEN
    )
    for name in graph.order:
        node = graph.nodes[name]
        mine = run.got.get(name)
        other = as_numbers(run.returned.get(f"d{name}")) if mine is None else mine
        gradient = "missing" if other is None else _written(other)
        value = run.own.values[name] if run.own and name in run.forward_slips else run.right.values[name]
        result = checked.nodes.get(f"d{name}")
        checked.picture.append(
            PictureNode(
                name,
                name if node.op is None else symbol(graph, name),
                node.op is None,
                _written(value),
                gradient,
                node.inputs,
                Standing.UNJUDGED if result is None else result.standing,
                f"d{name}",
            )
        )


def _written(value: Array) -> str:
    """A number or a few as they are, more by their shape."""
    return shown(value) if np.size(value) <= WRITTEN else str(np.shape(value))


def advise(exercise: GraphExercise, run: GraphRun | None, name: str, checked: Checked) -> None:
    """What to look at and try by hand at an origin, and where to go on from there."""
    first = not checked.example
    if run is not None:
        checked.example += told(exercise, run, name)
        checked.example_code = checked.example_code or code(exercise, run, name)
    if not checked.example:
        return
    before = _on_the_way_back(exercise.graph, name)
    inherited = [n for n in exercise.nodes if checked.nodes[n].standing is Standing.INHERITED]
    followers = [n for n in inherited if n[1:] in before]
    if followers:
        line = f"Mend d{name}, then work out anew what follows from it: {', '.join(followers)}."
        checked.example.append(line)
    values = [f.argument for f in checked.findings if f.check == "forward values"]
    if first and values:
        checked.example.append(
            f"Mend the forward value {' and '.join(values)} as well; gradients follow from it."
        )


def _on_the_way_back(graph: Graph, name: str) -> set[str]:
    """The nodes whose gradients are worked out from this one's: all that it was made of."""
    found: set[str] = set()
    left = list(graph.nodes[name].inputs)
    while left:
        node = left.pop()
        if node not in found:
            found.add(node)
            left += graph.nodes[node].inputs
    return found
