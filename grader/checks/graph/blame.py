"""Blame: whether a node's gradient is right, and whether it follows from the student's own numbers downstream.

g   the student's gradient          g*   the right one
ĝ   what the student's own gradients downstream imply: Σ over the uses c of v of  g_c · ∂c/∂v

g = g*           correct (in spite of its downstream, if g ≠ ĝ)
g ≠ g*, g = ĝ    inherited: right work on a wrong number; its marks are earned unless that number is degenerate
g ≠ g*, g ≠ ĝ    the origin of a mistake
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from grader.checks.compare import FINE_SINGLE, SPREAD, Expected
from grader.checks.graph.runs import GraphRun, expected, flatness, uses
from grader.exercise.exercise import Array
from reference.graph import ForwardPass, Graph

SEEN = 1e-12
"""Rounding of a sum, as a part of its largest term."""


def close(mine: Array, right: Expected, *, single: bool = False) -> bool:
    """Whether every entry is within its bound. What is not finite is close to nothing."""
    bound = right.single if single else right.bound
    if not mine.ndim:
        return abs(float(mine) - float(right.value)) <= float(bound)
    return bool((np.abs(mine - right.value) <= bound).all())


class Sent:
    """What every use of a node sends back to it: `upstream(c)` · ∂c/∂v, through one forward pass."""

    def __init__(self, forward: ForwardPass, upstream: Callable[[str], Array]) -> None:
        self.forward, self.upstream = forward, upstream
        self._products: dict[str, list[Array | None]] = {}

    def terms(self, name: str) -> list[Array]:
        """One for each use, in the graph's order."""
        found = (self._product(consumer)[place] for consumer, place in uses(self.forward.graph, name))
        return [term for term in found if term is not None]

    def flatness(self, name: str) -> float:
        """How far their sum may be off where local gradients are made from outputs."""
        found = 0.0
        for (consumer, _), term in zip(uses(self.forward.graph, name), self.terms(name), strict=True):
            off = flatness(np.asarray(self.forward.values[consumer]), self.upstream(consumer), term)
            found += float(np.max(off, initial=0.0))
        return found

    def _product(self, consumer: str) -> list[Array | None]:
        """By argument of the consumer; None where an argument has no gradient."""
        if consumer not in self._products:
            op = self.forward.graph.operation(consumer)
            with np.errstate(all="ignore"):
                found = iter(op.backward(self.upstream(consumer), self.forward.caches[consumer]))
            self._products[consumer] = [next(found) if spec.differentiable else None for spec in op.inputs]
        return self._products[consumer]


def known(run: GraphRun, name: str) -> Array:
    """The student's gradient, or the right one where there is none to follow from."""
    given = run.got.get(name)
    return run.truth[name].value if given is None or not np.isfinite(given).all() else given


def theirs(run: GraphRun, forward: ForwardPass | None = None) -> Sent:
    """What the student's own gradients send back, through their own forward pass or another one."""
    return Sent(forward or run.passes[0], partial(known, run))


def imply(graph: Graph, runs: Sequence[GraphRun]) -> None:
    """Work out ĝ for every node, from the student's own forward values where they gave some."""
    for run in runs:
        sent = theirs(run)
        run.implied = {name: implied(run, sent, name) for name in graph.order if name != graph.output}


def _nudged(run: GraphRun, forward: ForwardPass) -> ForwardPass | None:
    return next((n for p, n in zip(run.passes, run.nudged, strict=True) if p is forward), None)


def implied(run: GraphRun, sent: Sent, name: str) -> Expected:
    """ĝ with its bound: that of the right gradient, at the size of what was added up."""
    terms = sent.terms(name)
    with np.errstate(all="ignore"):
        total = np.asarray(sum(terms, np.zeros(run.truth[name].value.shape)), np.float64)
        size = float(np.max(sum((np.abs(t) for t in terms), np.zeros(()))))
        off = 0.0
        if (nudged := _nudged(run, sent.forward)) is not None:
            moved = sum(theirs(run, nudged).terms(name), np.zeros(total.shape))
            off = SPREAD * float(np.nan_to_num(np.abs(moved - total)).max(initial=0.0)) + sent.flatness(name)
    single = FINE_SINGLE * size if run.single else 0.0
    return expected(total, (run.wobble[name] + SEEN) * size + off + single, run.floor)


def right(run: GraphRun, name: str) -> bool:
    """g = g*"""
    mine = run.got.get(name)
    return mine is not None and close(mine, run.truth[name], single=run.single)


def follows(run: GraphRun, name: str) -> bool:
    """g = ĝ, by any of the forward passes that the student may have used.

    What is not finite follows from what is not finite, so that one overflow is one slip.
    """
    mine = run.got.get(name)
    if mine is None:
        return False
    if not np.isfinite(mine).all():
        raw = Sent(run.passes[0], lambda c: run.got.get(c, run.truth[c].value))
        return _spoiled_alike(mine, raw.terms(name))
    if close(mine, run.implied[name], single=run.single):
        return True
    return any(
        close(mine, implied(run, theirs(run, other), name), single=run.single) for other in run.passes[1:]
    )


def _spoiled_alike(mine: Array, terms: Sequence[Array]) -> bool:
    with np.errstate(all="ignore"):
        raw = np.asarray(sum(terms, np.zeros(mine.shape)))
        same = np.isclose(mine, raw, rtol=FINE_SINGLE, atol=0, equal_nan=True)
    return bool((same | (np.isnan(mine) & ~np.isfinite(raw))).all())
