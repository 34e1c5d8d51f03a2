"""One array where another belongs: q for k, the state after a step for the one before it, out for dout.

Nothing is guessed about a student's code. The layer's own backward is run with a cache in which one array has
been exchanged for another that the student had at hand; a name needs the very numbers, on every input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from grader.diagnosis.candidates import MIXED_UP, Candidate
from grader.diagnosis.parts import rerun
from grader.exercise.exercise import Array, Situation
from reference.inputs import Domain
from reference.layer import Layer


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


def _times(s: Situation, *, node: str, other: str) -> Array:
    product = np.asarray(s[node], np.float64) * np.asarray(s[other], np.float64)
    if product.shape != np.shape(s[node]):
        raise ValueError
    return product
