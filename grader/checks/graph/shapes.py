"""A forward value that is an array where one number is due: one slip, from which other shapes follow.

`h = w * x` for wᵀx leaves every number after it an array, and every gradient back to it. Entry by entry it is the
right work on a wrong number: each entry is held against the graph with that entry in place of the value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.checks.compare import as_numbers
from grader.checks.graph.blame import Sent
from grader.checks.graph.runs import GraphRun
from grader.checks.result import Checked
from grader.exercise.exercise import Array
from grader.exercise.kinds import GraphExercise
from grader.findings import Finding, Verdict
from grader.report.report import Standing
from reference.graph import ForwardPass, Graph

MOST_ENTRIES = 64
ARRAY_FOR_NUMBER = "one number"
"""Stands in what is said of it."""
NEAR = 1e-6
"""As a part of the number: each entry comes from a short chain of gates."""


def array_for_number(exercise: GraphExercise, runs: Sequence[GraphRun], checked: Checked) -> None:
    """Where the shapes say that a forward value is an array, tell that as one slip, and what follows from it."""
    graph = exercise.graph
    name = _suspect(graph, runs[0])
    if not name:
        return
    shape = np.shape(_raw(runs[0], name))
    misshapen = [n for n in graph.order if f"d{n}" in checked.nodes and _is_misshapen(runs[0], f"d{n}")]
    followed = {n for n in graph.order if all(_follows(graph, run, name, n) for run in runs)}
    if any(_says_nothing(_raw(run, name)) for run in runs):
        followed = set()  # zeros or ones are followed by whatever is written next
    for n in graph.order:
        node = checked.nodes.get(f"d{n}")
        if node is None or node.verdict is not Verdict.FAIL or node.standing is not Standing.ORIGIN:
            continue
        if n in followed:
            node.standing, node.earns, node.cause = Standing.INHERITED, True, ""
            node.message = f"follows from your {name}, an array where one number is due"
        elif n in misshapen and not followed:
            node.cause = f"the shape of {name}"
    op = graph.nodes[name].label or graph.operation(name).symbol or graph.operation(name).name
    given = " and ".join(dict.fromkeys(graph.nodes[name].inputs))
    if as_numbers(runs[0].returned.get(name)) is not None:
        said = f"your forward value {name} is an array of shape {shape}; {op} makes one number of {given}"
    else:
        listed = ", ".join(f"d{n}" for n in reversed(misshapen))
        said = (
            f"the forward value {name} has to be one number, which {op} makes of {given}: "
            f"{listed} of yours {'is an array' if len(misshapen) == 1 else 'are arrays'} of shape {shape}"
        )
    checked.findings.append(Finding("forward values", Verdict.FAIL, said, name, case=runs[0].case))
    if followed:
        checked.charged.append(f"d{name}")


def _says_nothing(value: Any) -> bool:
    """Whether an array is not finite, or one number throughout."""
    numbers = as_numbers(value)
    return numbers is not None and not (np.isfinite(numbers).all() and np.ptp(numbers) > 0)


def _suspect(graph: Graph, run: GraphRun) -> str:
    """The first value that has to be one number, made of arrays, where the student has an array of that shape."""
    for name in graph.order:
        if graph.nodes[name].op is None or np.ndim(run.right.values[name]):
            continue
        shape = np.shape(_raw(run, name))
        ins = {np.shape(run.right.values[a]) for a in graph.nodes[name].inputs}
        if shape and shape in ins and np.prod(shape) <= MOST_ENTRIES:
            return name if _value_or_beyond(graph, run, name) else ""
        if _is_misshapen(run, name) or _is_misshapen(run, f"d{name}"):
            return ""  # another shape, or made from numbers: not this slip
    return ""


def _value_or_beyond(graph: Graph, run: GraphRun, name: str) -> bool:
    """Whether the value itself or what it goes into is seen to be an array: else its gradient alone is wrong."""
    if as_numbers(run.returned.get(name)) is not None:
        return True
    return any(_is_misshapen(run, f"d{consumer}") for consumer in graph.consumers[name])


def _raw(run: GraphRun, name: str) -> Any:
    """What the student has for a value: the value itself, or its gradient, which has the same shape."""
    value = as_numbers(run.returned.get(name))
    return as_numbers(run.returned.get(f"d{name}")) if value is None else value


def _is_misshapen(run: GraphRun, key: str) -> bool:
    """Whether an array was returned under this key, a value's name or its gradient's, where one number is due."""
    value = as_numbers(run.returned.get(key))
    name = key if key in run.right.values else key[1:]
    return value is not None and value.size > 1 and not np.ndim(run.right.values[name])


def _follows(graph: Graph, run: GraphRun, name: str, node: str) -> bool:
    """Whether the student's gradient of a node is, entry by entry, what their own numbers imply."""
    mine = as_numbers(run.returned.get(f"d{node}"))
    shape = np.shape(_raw(run, name))
    if mine is None or node == graph.output or mine.shape != shape:
        return False
    right = np.shape(run.right.values[node])
    if right not in ((), shape):
        return False
    for index in np.ndindex(*shape):
        forward = _pass(graph, run, name, index)
        if forward is None:
            return False
        with np.errstate(all="ignore"):
            try:
                terms = Sent(forward, partial(_upstream, run, shape, index)).terms(node)
                due = np.asarray(sum(terms, np.zeros(right)), np.float64)
            except (ValueError, TypeError, FloatingPointError):
                return False
        wanted = float(due[index]) if right else float(due)
        if not math.isfinite(wanted) or not abs(float(mine[index]) - wanted) <= NEAR * max(abs(wanted), NEAR):
            return False
    return True


def _upstream(run: GraphRun, shape: tuple[int, ...], index: tuple[int, ...], consumer: str) -> Array:
    given = as_numbers(run.returned.get(f"d{consumer}"))
    right: Array = run.truth[consumer].value
    if given is not None and given.shape == shape and not right.shape:
        return np.asarray(given[index], np.float64)
    return np.asarray(run.got.get(consumer, right))


def _pass(graph: Graph, run: GraphRun, name: str, index: tuple[int, ...]) -> ForwardPass | None:
    """The graph with one entry of the student's array in place of the value; None where it has no value so."""
    values, caches = dict(run.right.values), dict(run.right.caches)
    given = as_numbers(run.returned.get(name))
    for n in graph.order:
        node = graph.nodes[n]
        if node.op is None:
            continue
        arguments = [values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments]
        try:
            with np.errstate(all="ignore"):
                value, caches[n] = node.op.forward_rule(*arguments)
                if n == name:
                    alone = [np.asarray(a)[index].reshape(1) if np.ndim(a) else a for a in arguments]
                    value = given[index] if given is not None else node.op.forward_rule(*alone)[0]
        except (ValueError, TypeError, IndexError, FloatingPointError):
            return None
        values[n] = np.asarray(value, np.float64)
    return ForwardPass(graph, values, caches)
