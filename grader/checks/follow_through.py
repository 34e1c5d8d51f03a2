"""Which inherited nodes earn their marks: those whose step took work on a number that did not make it trivial.

Nothing is earned by following
- a number that is zero, next to nothing, not finite, or the same whatever goes in, in every run that counts (the
  lecture's own numbers do not where others are drawn: whoever has seen the slide has those);
- where a number drowns out another path that should be visible;
- by handing a number on unchanged, as an add gate does, unless more of the steps that take work are done (right, or
  rightly from a wrong number) than have merely another node's number: one number copied everywhere would earn every
  sum otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from grader.checks.graph.blame import Sent, theirs
from grader.checks.graph.returned import CONSTANT, same_everywhere
from grader.checks.graph.runs import GraphRun, uses
from grader.checks.result import NodeResult
from grader.exercise.exercise import Array
from grader.findings import Verdict
from reference.graph import Graph

TINY = 1e-9
"""Below this part of the right gradient a number is trivially small."""
DUST = 1e-3
"""Below this part of its floor a right number is what rounding leaves of 0."""
DROWNED = 1e-5
"""Below this part of the largest term a path is not visible in a sum."""


def settle(graph: Graph, runs: Sequence[GraphRun], nodes: Mapping[str, NodeResult]) -> None:
    """Take the follow-through marks from what follows trivially. `nodes` are by gradient, d<node>."""
    if not any(node.earns for node in nodes.values()):
        return
    counting = [run for run in runs if run.drawn] or list(runs)
    sent = [(theirs(run), Sent(run.right, partial(_true, run))) for run in counting]
    wrong = [n for n in reversed(graph.order) if f"d{n}" in nodes and nodes[f"d{n}"].verdict is Verdict.FAIL]
    poor = {name for name in wrong if _is_poor(name, counting)}
    for name in wrong:
        node = nodes[f"d{name}"]
        if not node.earns:
            continue
        spoiled = not any(np.isfinite(run.got[name]).all() for run in counting)
        if spoiled or any(consumer in poor for consumer, _ in uses(graph, name)):
            _takes(node, "which makes the rest trivial: no marks for following it")
        elif _drowned(name, graph, sent):
            _takes(node, "which drowns out another path: no marks for following it")
    handed = {name for name in graph.order if _hands_on(name, graph, counting)}
    copied = {name for name in _copies(graph, runs) - handed if not _is_right(nodes, name)}
    done = [n for n in graph.order if n not in handed | copied and (_is_right(nodes, n) or _earns(nodes, n))]
    if len(done) <= len(copied):
        for name in wrong:
            if name in handed | copied and nodes[f"d{name}"].earns:
                _takes(
                    nodes[f"d{name}"], "handed on unchanged: no marks before steps that take work are done"
                )


def _is_right(nodes: Mapping[str, NodeResult], name: str) -> bool:
    return f"d{name}" in nodes and nodes[f"d{name}"].verdict is Verdict.PASS


def _earns(nodes: Mapping[str, NodeResult], name: str) -> bool:
    return f"d{name}" in nodes and nodes[f"d{name}"].earns


def _takes(node: NodeResult, why: str) -> None:
    node.earns = False
    node.message += f", {why}"


def _is_poor(name: str, runs: Sequence[GraphRun]) -> bool:
    """Whether a number makes what follows trivial. A missing one does not: the right one was followed."""
    given = [array for run in runs if (array := run.got.get(name)) is not None]
    if len(given) < len(runs):
        return False
    return is_trivial(given, [run.truth[name].value for run in runs], [run.floor for run in runs])


def is_trivial(mine: Sequence[Array], right: Sequence[Array], floors: Sequence[float]) -> bool:
    """Whether a number is zero, next to nothing, not finite or the same throughout, in all runs.

    `floors` are how far from 0 a number may be that should be 0.
    """
    if not any(_is_sound(m, r, floor) for m, r, floor in zip(mine, right, floors, strict=True)):
        return True
    if not all(np.isfinite(array).all() for array in mine):
        return False
    flat = all(np.ptp(a) == 0 for a in mine if a.size) and any(
        np.ptp(t) > CONSTANT * np.abs(t).max() for t in right if t.size
    )
    return flat or same_everywhere(mine, right)


def _is_sound(mine: Array, true: Array, floor: float) -> bool:
    """Finite, and of a size that can be seen next to the right number's."""
    size = float(np.abs(true).max(initial=0.0))
    least = TINY * size if size > DUST * floor else floor
    return bool(np.isfinite(mine).all() and float(np.abs(mine).max(initial=0.0)) > least)


def _true(run: GraphRun, name: str) -> Array:
    return run.truth[name].value


def _drowned(name: str, graph: Graph, sent: Sequence[tuple[Sent, Sent]]) -> bool:
    """Whether a path that shows in the right sum shows in the student's in no run. `sent`: (theirs, the right)."""
    if len(uses(graph, name)) < 2:
        return False
    shows = np.any([_visible(mine.terms(name)) for mine, _ in sent], axis=0)
    should = np.any([_visible(right.terms(name)) for _, right in sent], axis=0)
    return bool(np.any(should & ~shows))


def _visible(terms: Sequence[Array]) -> list[bool]:
    largest = [float(np.abs(term).max(initial=0.0)) for term in terms]
    return [bool(size > DROWNED * max(largest)) for size in largest]


def _hands_on(name: str, graph: Graph, runs: Sequence[GraphRun]) -> bool:
    """Whether the right step back is to take the only upstream as it is, in every run."""
    found = uses(graph, name)
    if len(found) != 1:
        return False
    consumer, position = found[0]
    for run in runs:
        upstream = 2 + np.cos(np.arange(run.truth[consumer].value.size))
        upstream = upstream.reshape(run.truth[consumer].value.shape)
        with np.errstate(all="ignore"):
            back = run.passes[0].product(consumer, position, upstream)
        if np.shape(back) != upstream.shape or not np.allclose(back, upstream, rtol=DROWNED, atol=0):
            return False
    return True


def _copies(graph: Graph, runs: Sequence[GraphRun]) -> set[str]:
    """The nodes whose number is in every run that of another one, though the right ones are not the same."""
    alike: dict[tuple[bytes, ...], list[str]] = {}
    for name in graph.order:
        given = [array for run in runs if (array := run.got.get(name)) is not None]
        if len(given) == len(runs):
            alike.setdefault(tuple(map(_digits, given)), []).append(name)
    return {
        name
        for names in alike.values()
        if any(_differ(names[0], other, runs) for other in names[1:])
        for name in names
    }


def _digits(array: Array) -> bytes:
    """Equal for arrays whose numbers have the same first digits: a copy is one in spite of a little noise."""
    parts, exponents = np.frexp(array)
    return np.round(parts * 2**15).tobytes() + exponents.tobytes()


def _differ(name: str, other: str, runs: Sequence[GraphRun]) -> bool:
    pairs = [(run.truth[name].value, run.truth[other].value) for run in runs]
    return any(a.shape != b.shape or not (np.abs(a - b) <= DROWNED * np.abs(b)).all() for a, b in pairs)
