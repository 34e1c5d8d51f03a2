"""Leaves of a graph or network cut down to what can be followed by hand: few entries, plain numbers.

Two axes are the same dimension if they had the same length in every draw. A dimension that had different lengths is
cut to 1, 2 or 3 wherever it occurs; one that was always as long stays so, since the exercise may promise it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks.layer.small_cases import MOST_ENTRIES
from grader.exercise.cases import CLEARANCE
from grader.exercise.exercise import Array
from reference.errors import GraphError
from reference.graph import ForwardPass, Graph

Lengths = tuple[int, ...]
"""A dimension: its length in every draw."""

PLAIN = (0.5, 1.0, 2.0, 3.0)
BELOW_ONE = (0.1, 0.2, 0.5, 1.0)
"""For what never was above 1, as weights and probabilities."""
ROUNDS = 6
ATTEMPTS = 3
FEW = 6
"""Dimensions of which every combination of three lengths is looked at; of more dimensions fewer lengths are."""
AT_ONCE = 6
"""Cases for one message: few, since the first ones mostly do."""


def small_leaves(
    graph: Graph, drawn: Sequence[Mapping[str, Any]], rng: np.random.Generator
) -> Iterator[ForwardPass]:
    """Forward passes at plain values clear of kinks: one of each size from the fewest entries on, then others.

    `drawn` are values of the leaves that the exercise drew; the first give the signs, and what has no clear pass
    in plain numbers is cut from them as they are.
    """
    places = {name: _lengths(name, drawn) for name in graph.leaves}
    cuts = _cuts(places)
    for _ in range(ROUNDS):
        for sizes in cuts:
            cut = {name: _cut(drawn[0][name], lengths, sizes) for name, lengths in places.items()}
            plain = ({name: _plain(v, rng, sizes) for name, v in cut.items()} for _ in range(ATTEMPTS))
            passes = (clear_pass(graph, values) for values in itertools.chain(plain, [cut]))
            yield from itertools.islice((forward for forward in passes if forward is not None), 1)


def plainer(
    graph: Graph, values: Mapping[str, Any], rng: np.random.Generator, count: int
) -> Iterator[ForwardPass]:
    """Others of the same shapes and signs, at most so many."""
    for _ in range(count):
        other = {n: v if np.asarray(v).dtype.kind in "iu" else _plain(v, rng, {}) for n, v in values.items()}
        if (forward := clear_pass(graph, other)) is not None:
            yield forward


def in_batches(passes: Iterator[ForwardPass], most: int) -> Iterator[list[ForwardPass]]:
    """At most so many, a few at a time, so that who has found something need not make the rest."""
    while most > 0 and (batch := list(itertools.islice(passes, min(most, AT_ONCE)))):
        most -= len(batch)
        yield batch


def clear_pass(graph: Graph, values: Mapping[str, Any]) -> ForwardPass | None:
    """The forward pass, unless some node has no value there or is near a kink."""
    try:
        forward = graph.forward_with_caches(values)
    except GraphError:
        return None
    for node in graph.nodes.values():
        if node.op is not None and node.op.margin_rule is not None:
            arguments = [forward.values[a] if isinstance(a, str) else np.asarray(a) for a in node.arguments]
            if node.op.margin_rule(*arguments) < CLEARANCE:
                return None
    return forward


def _lengths(name: str, drawn: Sequence[Mapping[str, Any]]) -> list[Lengths]:
    shapes = [np.shape(values[name]) for values in drawn]
    if len({len(shape) for shape in shapes}) > 1:
        return []
    return list(zip(*shapes, strict=True))


def _cuts(places: Mapping[str, list[Lengths]]) -> list[dict[Lengths, int]]:
    """Every choice of new lengths that leaves few enough entries, by their number."""
    found = dict.fromkeys(each for lengths in places.values() for each in lengths)
    varying = sum(len(set(each)) > 1 for each in found)
    longest = 3 if varying <= FEW else 2 if varying <= 2 * FEW else 1
    options = [
        [size for size in range(1, longest + 1) if size <= max(each)] if len(set(each)) > 1 else [each[0]]
        for each in found
    ]
    cuts = [dict(zip(found, sizes, strict=True)) for sizes in itertools.product(*options)]

    def entries(cut: dict[Lengths, int]) -> int:
        return sum(math.prod(cut[each] for each in lengths) for lengths in places.values())

    return sorted((cut for cut in cuts if entries(cut) <= MOST_ENTRIES), key=entries)


def _cut(value: Any, lengths: list[Lengths], sizes: Mapping[Lengths, int]) -> Any:
    """The value with its axes at their new lengths; where it is too short, it begins again."""
    array = np.asarray(value)
    if not array.size or not lengths:
        return value
    return _taken(array, [sizes[each] for each in lengths])


def _taken(array: Array, shape: Sequence[int]) -> Array:
    for axis, size in enumerate(shape):
        array = np.take(array, np.arange(size) % array.shape[axis], axis=axis)
    return np.array(array)


def _plain(value: Any, rng: np.random.Generator, sizes: Mapping[Lengths, int]) -> Any:
    """Other numbers of the same signs; labels for which a dimension still has room if it had room at first."""
    array = np.asarray(value)
    if array.dtype.kind in "iu":
        top = int(array.max(initial=0))
        room = min((size for each, size in sizes.items() if each[0] > top), default=top + 1)
        return array % max(1, room)
    if array.dtype.kind != "f":
        return value
    pool = BELOW_ONE if np.abs(array).max(initial=0.0) <= 1 else PLAIN
    plain = np.where(array == 0, 1.0, np.sign(array)) * rng.choice(pool, array.shape)
    return float(plain) if not array.ndim else plain
