"""One array where another belongs: q for k, the state after a step for the one before it, out for dout.

Nothing is guessed about a student's code. The layer's own backward is run with a cache in which one array has
been exchanged for another that the student had at hand; a name needs the very numbers, on every input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from grader.diagnosis.candidates import MIXED_UP, Candidate
from grader.diagnosis.parts import rerun
from grader.exercise.exercise import Array, Situation
from reference.inputs import Domain
from reference.layer import Layer

SLICED = 2
"""Axes of an input along which a loop may have read one slice for all: examples and filters, units and channels."""

UPSTREAMS: tuple[tuple[str, str, Callable[[Array], Array]], ...] = (
    ("everything", "the sum of all its entries", lambda d: np.sum(d) * np.ones_like(d)),
    ("size", "its size, without its sign", np.abs),
)
"""What an upstream may have been turned into before it was used."""


def mixed_up(layer: Layer, node: str) -> Iterator[Candidate]:
    """What the gradient at `node` is if backward reads another array, or has one too many as a factor."""
    values = [spec.name for spec in layer.inputs if spec.domain not in (Domain.CONFIG, Domain.LABEL)]
    values += layer.outputs
    ups = [f"d{name}" for name in layer.outputs]
    for other in [*values, *ups]:
        for wanted in [*values, *ups]:
            if wanted != other and {wanted, other} - set(ups):
                yield Candidate(
                    f"{other}-for-{wanted}",
                    f"computed with {other} where {wanted} belongs",
                    partial(_exchanged, layer=layer, node=node, wanted=wanted, other=other),
                    MIXED_UP,
                )
    for other in [*values, *ups]:
        yield Candidate(
            f"times-{other}",
            f"the right one, multiplied by {other} as well",
            partial(_times, node=node, other=other),
            MIXED_UP,
        )
        yield Candidate(
            f"divided-by-{other}",
            f"the right one, divided by {other} as well",
            partial(_times, node=node, other=other, power=-1),
            MIXED_UP,
        )
    for spec in layer.inputs if not layer.any_shape else ():
        for axis in range(SLICED) if spec.domain is Domain.REAL else ():
            for place, words in ((0, "first"), (-1, "last")):
                yield Candidate(
                    f"{words}-of-{spec.name}-along-{axis}",
                    f"computed with the {words} of {spec.name} along axis {axis} for all of them",
                    partial(_sliced, layer=layer, node=node, wanted=spec.name, axis=axis, place=place),
                    MIXED_UP,
                )
    for up in ups:
        for other in values:
            for id, title, change in (
                ("times", f"computed with {up} · {other} instead of {up}", np.multiply),
                ("plus", f"computed with {up} + {other} instead of {up}", np.add),
            ):
                how = partial(_combined, layer=layer, node=node, up=up, other=other, change=change)
                yield Candidate(f"{up}-{id}-{other}", title, how, MIXED_UP)
    for id, title, replaced in UPSTREAMS:
        yield Candidate(
            f"upstream-{id}",
            f"computed with the upstream replaced by {title}",
            partial(_changed, layer=layer, node=node, change=replaced),
            MIXED_UP,
        )
    yield Candidate("size-alone", "the right one without its sign", lambda s: np.abs(s[node]), MIXED_UP)
    yield Candidate("squared", "the square of the right one", lambda s: np.square(s[node]), MIXED_UP)


def _exchanged(s: Situation, *, layer: Layer, node: str, wanted: str, other: str) -> Array | None:
    """None where backward does not read `wanted`, so that the mistake would change nothing."""
    instead = np.array(s[other], np.float64)
    upstream = {f"d{name}": place for place, name in enumerate(layer.outputs)}
    if wanted in upstream:
        return _with_upstream(s, layer, wanted, instead)[node]
    found = False

    def exchange(cache: Any, named: Mapping[str, Any]) -> Any:
        nonlocal found
        found, cache = _replaced(cache, named[wanted], instead)
        return cache

    gradients = rerun(layer, s, lambda dout: dout, exchange)
    return gradients[node] if found else None


def _sliced(s: Situation, *, layer: Layer, node: str, wanted: str, axis: int, place: int) -> Array | None:
    """Backward with one slice of an array that was kept in the place of all of them."""
    kept = np.asarray(s[wanted], np.float64)
    one = np.take(kept, [place], axis=axis)  # there may be no such axis
    found = False

    def exchange(cache: Any, named: Mapping[str, Any]) -> Any:
        nonlocal found
        found, cache = _replaced(cache, named[wanted], np.broadcast_to(one, kept.shape).copy())
        return cache

    gradients = rerun(layer, s, lambda dout: dout, exchange)
    return gradients[node] if found else None


def _with_upstream(s: Situation, layer: Layer, wanted: str, instead: Array) -> dict[str, Array]:
    if instead.shape != np.shape(s[wanted]):
        raise ValueError  # as a product of shapes that do not meet raises for the student
    return rerun(layer, {**s, wanted: instead}, lambda dout: dout)


def _replaced(cache: Any, old: Any, new: Array) -> tuple[bool, Any]:
    """Whether `old` was there, and the cache with `new` in its place, in tuples within it as well."""
    if cache is old:
        return True, new
    if not isinstance(cache, tuple):
        return False, cache
    parts = [_replaced(part, old, new) for part in cache]
    return any(found for found, _ in parts), tuple(part for _, part in parts)


def _changed(s: Situation, *, layer: Layer, node: str, change: Callable[[Array], Array]) -> Array:
    return rerun(layer, s, change)[node]


def _combined(s: Situation, *, layer: Layer, node: str, up: str, other: str, change: np.ufunc) -> Array:
    """Backward for an upstream that another array of its shape was multiplied into, or added to."""
    return _with_upstream(s, layer, up, _same_shape(change(s[up], s[other]), s[up]))[node]


def _same_shape(numbers: Array, like: Array) -> Array:
    if np.shape(numbers) != np.shape(like):
        raise ValueError
    return np.asarray(numbers, np.float64)


def _times(s: Situation, *, node: str, other: str, power: int = 1) -> Array:
    product = np.asarray(s[node], np.float64) * np.asarray(s[other], np.float64) ** power
    if product.shape != np.shape(s[node]):
        raise ValueError
    return product
