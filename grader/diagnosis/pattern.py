"""Where no mistake is recognised: what the wrong entries have in common, in words, without guessing a cause.

A pattern is told only if it holds on every input that is wrong, and on two of them at least in a way that chance
would not give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from grader.diagnosis.observation import Observation
from grader.exercise.exercise import Array

LEAST = 2
NEGLIGIBLE = 1e-12

Where = Callable[[Observation], Array]
"""Which entries are wrong, as a mask of the node's shape."""


def pattern(observations: Sequence[Observation]) -> str:
    """What the wrong numbers have in common; empty if nothing, or if there are no numbers to look at."""
    wrong = [o for o in observations if not o.passed]
    if len(wrong) < LEAST or any(not _comparable(o) for o in wrong):
        return ""
    return _of_numbers(wrong) or _of_places(wrong)


def _comparable(seen: Observation) -> bool:
    value = seen.value
    return value is not None and value.shape == seen.right.value.shape and bool(np.isfinite(value).all())


def _of_numbers(wrong: Sequence[Observation]) -> str:
    """A factor, an offset, signs, an order: what may be wrong with all entries at once."""
    several = [o for o in wrong if o.right.value.size > 1]
    if len(several) < LEAST:
        return ""
    factors = [_factor(o) for o in several]
    if None not in factors:
        shown = list(dict.fromkeys(f"{factor:.4g}" for factor in factors))
        if len(shown) == 1:
            return f"every entry is the right one times {shown[0]}, on every input"
        return (
            f"every entry is off by one and the same factor, another on each input ({', '.join(shown[:4])})"
        )
    if all(_offset(o) for o in several):
        return "every entry is off by one and the same amount"
    if all(_close(o, np.abs(_value(o)), np.abs(o.right.value)) for o in several):
        return "the sizes are right and some signs are not" + _beside(several)
    if all(_reordered(o) for o in several):
        return "the right numbers, in other places"
    return ""


def _value(seen: Observation) -> Array:
    assert seen.value is not None
    return seen.value


def _factor(seen: Observation) -> float | None:
    value, right = _value(seen), seen.right.value
    at = int(np.argmax(np.abs(right)))
    if abs(right.flat[at]) < NEGLIGIBLE:
        return None
    factor = float(value.flat[at] / right.flat[at])
    told = np.count_nonzero(np.abs(right) > 1e-6 * np.abs(right).max()) > 1
    return factor if told and factor and _close(seen, value, factor * right) else None


def _offset(seen: Observation) -> bool:
    value, right = _value(seen), seen.right.value
    amount = float((value - right).flat[0])
    varied = np.ptp(right) > 1e-6 * np.abs(right).max(initial=0.0)
    return varied and abs(amount) > NEGLIGIBLE and _close(seen, value, right + amount)


def _reordered(seen: Observation) -> bool:
    return _close(seen, np.sort(_value(seen), axis=None), np.sort(seen.right.value, axis=None))


def _close(seen: Observation, value: Array, other: Array) -> bool:
    scale = float(np.abs(seen.right.value).max(initial=0.0))
    rough = 1e-3 if seen.single else 1e-6
    return bool((np.abs(value - other) <= rough * (np.abs(other) + scale)).all())


def _of_places(wrong: Sequence[Observation]) -> str:
    """The places that are wrong: a row, a column, the diagonal, wherever something has a sign."""
    said = _beside(wrong)
    return f"wrong exactly{said}" if said else ""


def _beside(wrong: Sequence[Observation]) -> str:
    masks = [_wrong(o) for o in wrong]
    names = sorted(set.intersection(*({w for w, _ in _places(o)} for o in wrong)), key=_order(wrong[0]))
    tables = [dict(_places(o)) for o in wrong]
    for name in names:
        if not all(_same(o, m, table[name]) for o, m, table in zip(wrong, masks, tables, strict=True)):
            continue
        telling = [mask for mask in masks if mask.any() and not mask.all()]
        if len(telling) >= LEAST and sum(mask.size for mask in telling) >= 6:
            return f" {name}"
    return ""


def _same(seen: Observation, wrong: Array, place: Array) -> bool:
    """Whether what is wrong is all of that place but for entries too small to show it."""
    size = np.abs(seen.right.value)
    shows = (size == 0) | (size > 1e-6 * size.max(initial=0.0))
    return bool((place | ~wrong).all() and (wrong | ~place | ~shows).all() and (wrong & place).any())


def _order(seen: Observation) -> Callable[[str], int]:
    places = [name for name, _ in _places(seen)]
    return places.index


def _wrong(seen: Observation) -> Array:
    bound = seen.right.single if seen.single else seen.right.bound
    return np.asarray(np.abs(_value(seen) - seen.right.value) > bound)


def _places(seen: Observation) -> Iterator[tuple[str, Array]]:
    """Masks of the node's shape, with what to call them."""
    right = seen.right.value
    shape = right.shape
    for name, value in seen.situation.items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiu" and value.shape == shape:
            if value is right or np.array_equal(value, right):
                continue
            yield f"where {name} is negative", value < 0
            yield f"where {name} is positive", value > 0
            yield f"where {name} is 0", value == 0
            yield f"where {name} is not 0", value != 0
    yield "where the right number is 0", right == 0
    yield "where the right number is not 0", right != 0
    yield "where the right number is negative", right < 0
    yield "where the right number is positive", right > 0
    if right.ndim < 1:
        return
    rows, columns = np.indices(shape)[0], np.indices(shape)[-1]
    if right.ndim >= 2:
        yield "on the diagonal", rows == columns
        yield "off the diagonal", rows != columns
    line = "row" if right.ndim >= 2 else "entry"
    yield f"in the first {line}", rows == 0
    yield f"in the last {line}", rows == shape[0] - 1
    yield f"in every {line} but the first", rows != 0
    yield f"in every {line} but the last", rows != shape[0] - 1
    if right.ndim >= 2:
        yield "in the first column", columns == 0
        yield "in the last column", columns == shape[-1] - 1
        yield "in every column but the first", columns != 0
        yield "in every column but the last", columns != shape[-1] - 1
    if right.ndim >= 3:
        deep, wide = np.indices(shape)[-2], columns
        border = (deep == 0) | (wide == 0) | (deep == shape[-2] - 1) | (wide == shape[-1] - 1)
        yield "along the border", border
        yield "everywhere but along the border", ~border
