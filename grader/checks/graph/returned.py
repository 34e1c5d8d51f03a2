"""What a graph's submission returned: gradients, and forward values as the passes that a step may have used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from grader.checks.compare import FLOOR, as_numbers, is_single
from grader.checks.graph.runs import ROUNDING, GraphRun, bounded, with_output
from grader.exercise.exercise import Array
from reference.graph import ForwardPass, Graph

CONSTANT = 1e-9
"""Right numbers that vary by a smaller part are constant but for rounding."""


def read_returned(graph: Graph, runs: Sequence[GraphRun]) -> None:
    """Sort what was returned: gradients under d<node>, forward values under the node's own name.

    The output's own gradient is 1, whatever is returned for it: everything else follows from that number.
    """
    for run in runs:
        numbers = []
        for name in graph.order:
            array = as_numbers(run.returned.get(f"d{name}"))
            right = run.truth[name].value
            if array is not None and array.shape in (right.shape, (1,) if not right.shape else right.shape):
                numbers.append(array)
                run.got[name] = np.asarray(array, np.float64).reshape(right.shape)
        run.got[graph.output] = run.truth[graph.output].value
        run.single = _in_single(numbers)
    given = {name: [_given_value(graph, run, name) for run in runs] for name in graph.order}
    rights = {name: [run.right.values[name] for run in runs] for name in graph.order}
    poor = {name for name, values in given.items() if _is_poor(values, rights[name])}
    for place, run in enumerate(runs):
        mine = {name: value for name, values in given.items() if (value := values[place]) is not None}
        _own_passes(graph, run, mine, poor)


def _in_single(numbers: Sequence[Array]) -> bool:
    """Whether all numbers end where single precision does, and some could not be short decimals."""
    with np.errstate(over="ignore"):
        if not all(n.dtype.kind in "iub" or (n == n.astype(np.float32)).all() for n in numbers):
            return False
    return any(is_single(number) for number in numbers)


def _given_value(graph: Graph, run: GraphRun, name: str) -> Array | None:
    """The forward value that the student gives for a node, if it is a finite one of the right shape.

    A node that is called like the gradient of another (`dx` beside `x`) has its name taken.
    """
    if graph.nodes[name].op is None or (name[0] == "d" and name[1:] in graph.nodes):
        return None
    array = as_numbers(run.returned.get(name))
    if array is None or array.shape != run.right.values[name].shape:
        return None
    mine = np.asarray(array, np.float64)
    return mine if np.isfinite(mine).all() else None


def _is_poor(values: Sequence[Array | None], right: Sequence[Array]) -> bool:
    """Next to zero, or nearly the same number whatever goes in: what follows from such a value is trivial."""
    arrays = [value for value in values if value is not None]
    if len(arrays) < len(values) or not any(np.any(r) for r in right):
        return True
    if any(np.abs(m).max(initial=0.0) <= FLOOR * np.abs(r).max(initial=0.0) and np.any(r)
           for m, r in zip(arrays, right, strict=True)):  # fmt: skip
        return True
    return same_everywhere(arrays, right)


def same_everywhere(arrays: Sequence[Array], right: Sequence[Array]) -> bool:
    """Whether numbers hardly change with the inputs, next to how much the right ones do."""
    due = min(_variation(right), 1.0)
    return len(arrays) > 1 and due > CONSTANT and _variation(arrays) < 1e-3 * due


def _variation(arrays: Sequence[Array]) -> float:
    """The largest change over the runs, as a part of the largest number."""
    if any(a.shape != arrays[0].shape for a in arrays):
        return 1.0
    largest = max(float(np.abs(a).max(initial=0.0)) for a in arrays)
    change = max(float(np.abs(a - arrays[0]).max(initial=0.0)) for a in arrays)
    return change / largest if largest else 0.0


def _own_passes(graph: Graph, run: GraphRun, given: Mapping[str, Array], poor: Collection[str]) -> None:
    """Each operation once more at the student's own values, so that a wrong forward is not punished twice.

    A value that is neither right nor what its operation gives at the student's own inputs is a slip of the
    forward pass, and used unless it is poor. Where a step back uses the output (a sigmoid's), theirs may be used.
    """
    run.own, run.passes, run.nudged = run.right, (run.right,), (None,)
    if all(_near(value, run.right.values[name]) for name, value in given.items()):
        return
    values, caches = dict(run.right.values), dict(run.right.caches)
    outputs, nudged, nudged_outputs = dict(caches), dict(caches), dict(caches)
    for name in graph.order:
        node = graph.nodes[name]
        if node.op is None:
            continue
        arguments = [values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments]
        with np.errstate(all="ignore"):
            try:
                value, caches[name] = node.op.forward_rule(*arguments)
            except (ValueError, FloatingPointError, ZeroDivisionError):
                continue
        outputs[name] = caches[name]
        with np.errstate(all="ignore"):
            off, cache = node.op.forward_rule(*(_off(argument, ROUNDING) for argument in arguments))
        nudged[name] = nudged_outputs[name] = with_output(cache, off, _off(np.asarray(off), -ROUNDING))
        mine = given.get(name)
        if mine is None or (name in poor and not _near(mine, value)):
            values[name] = np.asarray(value) if np.isfinite(value).all() else values[name]
            continue
        if not _near(mine, value) and not _near(mine, run.right.values[name]):
            run.forward_slips.append(name)
        values[name] = mine
        outputs[name] = with_output(caches[name], value, mine)
        nudged_outputs[name] = with_output(cache, off, _off(mine, -ROUNDING))
    run.own = ForwardPass(graph, values, caches)
    run.passes = run.own, ForwardPass(graph, values, outputs), run.right
    run.nudged = ForwardPass(graph, values, nudged), ForwardPass(graph, values, nudged_outputs), None


def _off(value: Array, by: float) -> Array:
    return np.asarray(value * (1 + by)) if value.dtype.kind == "f" else value


def _near(mine: Array, other: Array) -> bool:
    """Forward values that are the same, with some room for rounding on the way."""
    with np.errstate(all="ignore"):
        return bool((np.abs(mine - other) <= 10 * bounded(np.asarray(other, np.float64)).bound).all())
