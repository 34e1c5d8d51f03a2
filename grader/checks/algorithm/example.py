"""The smallest arguments on which an algorithm is still wrong: drawn again and again, and graphs cut node by node.

draws at the sizes up to the one that fails  ->  the lightest that shows the same fault
a graph in it: half of the nodes away, a quarter, ... single nodes, single edges, while the fault stays
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.algorithm.plain_graphs import edges_of, nodes_of, without_edge, without_nodes
from grader.checks.seeds import SeedSource
from grader.exercise.helper import Helper
from grader.exercise.kinds import AlgorithmExercise
from grader.runner import Runner
from grader.worker.steps import Call, NotRun, Outcome, Raised, Returned
from grader.worker.values import Code

EACH = 4
"""Draws at each size."""
MOST_DRAWN = 24
MOST_CUT = 160
"""Calls that cutting may cost, in messages of at most MOST_AT_ONCE."""
MOST_AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class Failure:
    """Arguments on which a node is wrong, with what came and what is said of it."""

    arguments: tuple[Any, ...]
    outcome: Outcome
    message: str


def smallest_failure(
    exercise: AlgorithmExercise, node: str, size: int, first: Failure, runner: Runner, seeds: SeedSource
) -> Failure:
    """The smallest failure of this node that a bounded search finds; `first` if there is no smaller one.

    What neither returns nor raises is not looked for again: each try would cost the whole time limit.
    """
    if not isinstance(first.outcome, (Returned, Raised)):
        return first
    tried = _Tried(exercise, node, first, runner)
    best = first
    for failure in tried.all(list(_drawn(exercise, size, weight(first.arguments), seeds))):
        if weight(failure.arguments) < weight(best.arguments):
            best = failure
    return _cut(best, tried)


def weight(value: Any) -> int:
    """How much there is to write down."""
    if isinstance(value, Mapping):
        return sum(1 + weight(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return sum(weight(item) for item in value)
    return int(np.size(value)) if isinstance(value, np.ndarray) else 1


def _drawn(exercise: AlgorithmExercise, size: int, most: int, seeds: SeedSource) -> Iterator[tuple[Any, ...]]:
    """Arguments lighter than those that failed, at the sizes that came before and at the same one."""
    sizes = exercise.sizes[: exercise.sizes.index(size) + 1]
    count = 0
    for each in sizes:
        for number in range(EACH):
            arguments = exercise.draw(seeds.rng(exercise.id, "example", str(each), str(number)), each)
            if weight(arguments) < most:
                yield arguments
                count += 1
            if count == MOST_DRAWN:
                return


class _Tried:
    """Whether arguments show the fault, asked in bounded messages."""

    def __init__(self, exercise: AlgorithmExercise, node: str, first: Failure, runner: Runner) -> None:
        self.exercise, self.node, self.runner = exercise, node, runner
        self.kind = first.outcome.error if isinstance(first.outcome, Raised) else ""
        self.left = MOST_DRAWN + MOST_CUT

    def all(self, candidates: Sequence[tuple[Any, ...]]) -> Iterator[Failure]:
        """Those of the candidates that fail in the same way, in their order."""
        some = candidates[: min(self.left, MOST_AT_ONCE)]
        if not some:
            return
        self.left -= len(some)
        calls = [Call(self.exercise.function, with_helpers(each, self.exercise.helpers)) for each in some]
        for arguments, outcome in zip(some, self.runner.run(calls), strict=True):
            if not isinstance(outcome, (Returned, Raised, NotRun)):
                self.left = 0  # it hung or died: no more of this
            if (message := self._message(arguments, outcome)) is not None:
                yield Failure(arguments, outcome, message)

    def _message(self, arguments: tuple[Any, ...], outcome: Outcome) -> str | None:
        if isinstance(outcome, Raised):
            return "" if self.kind and outcome.error == self.kind else None
        if self.kind or not isinstance(outcome, Returned):
            return None
        with np.errstate(all="ignore"):
            try:
                found = dict(reversed(self.exercise.judge(arguments, outcome.value)))
            except Exception:
                return None  # a judge need not know graphs that were never drawn
        return found.get(self.node)


def _cut(failure: Failure, tried: _Tried) -> Failure:
    """The failure with nodes, then edges, taken out of its graph while it stays one."""
    names = nodes_of(failure.arguments)
    chunk = max(1, len(names) // 2)
    while names and tried.left:
        parts = [names[start : start + chunk] for start in range(0, len(names), chunk)]
        smaller = _first(tried, [without_nodes(failure.arguments, set(part)) for part in parts])
        if smaller is not None:
            failure = smaller
            names = nodes_of(failure.arguments)
            chunk = max(1, min(chunk, len(names) // 2))
        elif chunk == 1:
            break
        else:
            chunk //= 2
    while tried.left:
        fewer = [without_edge(failure.arguments, edge) for edge in edges_of(failure.arguments)]
        smaller = _first(tried, fewer)
        if smaller is None:
            break
        failure = smaller
    return failure


def _first(tried: _Tried, candidates: Sequence[tuple[Any, ...]]) -> Failure | None:
    for start in range(0, len(candidates), MOST_AT_ONCE):
        found = list(tried.all(candidates[start : start + MOST_AT_ONCE]))
        if found:
            return found[0]
    return None


def with_helpers(value: Any, helpers: Mapping[str, str]) -> Any:
    """Arguments as they travel: every Helper as the code that makes it."""
    return _replaced(value, lambda helper: Code(helper.name, helpers[helper.name]))


def helpers_in(value: Any) -> list[str]:
    """Names of the helpers among the arguments, each once."""
    found: dict[str, None] = {}

    def note(helper: Helper) -> Helper:
        found[helper.name] = None
        return helper

    _replaced(value, note)
    return list(found)


def _replaced(value: Any, change: Callable[[Helper], Any]) -> Any:
    if isinstance(value, Helper):
        return change(value)
    if isinstance(value, (tuple, list)):
        return type(value)(_replaced(item, change) for item in value)
    if isinstance(value, dict):
        return {key: _replaced(item, change) for key, item in value.items()}
    return value
