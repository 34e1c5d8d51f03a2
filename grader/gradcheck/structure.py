"""Which entries can be moved together: structure that was verified, so that fewer evaluations are needed.

Axis a of an argument and axis c of an output belong together if entry i along a reaches only entry i along c:
the samples of a batch, the columns of a weight matrix, the channels of a normalisation; for an elementwise
function all axes at once. Entries that differ only along such axes are moved in one evaluation, and each takes
its share of the output.

The check is complete up to coincidence: for every bit of the index along a, all entries with the bit set are
moved and the outputs without it must not change by a single digit, then the other way round. Any two indices
differ in a bit, so any dependence between them would show. A wrong verdict could only cost time: an entry that
disagrees is looked at again on its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from grader.gradcheck.subject import Array, Move, Subject


@dataclass(frozen=True, slots=True)
class Grouping:
    """Pairs (axis of the argument, axis of the output) that belong together; none: one entry at a time."""

    shape: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...] = ()

    @property
    def count(self) -> int:
        """How many groups of entries cover the argument."""
        shared = {a for a, _ in self.pairs}
        return int(np.prod([size for axis, size in enumerate(self.shape) if axis not in shared]))

    def groups(self) -> Iterator[tuple[Any, ...]]:
        """Each group as an index into the argument: all of the shared axes, one place on the others."""
        shared = {a for a, _ in self.pairs}
        ranges = [(slice(None),) if axis in shared else range(size) for axis, size in enumerate(self.shape)]
        yield from product(*ranges)

    def outputs_of(self, index: tuple[int, ...]) -> tuple[Any, ...]:
        """Where in the output an entry's share lies."""
        taken = {c: index[a] for a, c in self.pairs}
        return tuple(taken.get(c, slice(None)) for c in range(max(taken, default=-1) + 1))

    def shares(self, values: Array, *, largest: bool = False) -> Array:
        """Sum (or largest) of an output's values over what belongs to each entry of a group, in its shape."""
        if not self.pairs:
            return np.asarray(values.max(initial=0) if largest else values.sum())
        kept = [c for _, c in sorted(self.pairs)]  # a group's axes stand in the argument's order
        rest = tuple(axis for axis in range(values.ndim) if axis not in kept)
        reduced = values
        if rest:
            reduced = values.max(axis=rest, initial=0) if largest else values.sum(axis=rest)
        places = sorted(kept)
        return reduced if places == kept else np.transpose(reduced, [places.index(c) for c in kept])


def find_grouping(
    subject: Subject, place: int, scale: Array, base: list[Array], rng: np.random.Generator
) -> Grouping:
    """The axes of one argument that may be moved together. Costs 2 log2(size) evaluations for each that may."""
    shape = scale.shape
    plain = Grouping(shape)
    if len(base) != 1 or not shape or not base[0].ndim:
        return plain
    out = base[0]
    pairs: list[tuple[int, int]] = []
    for axis, size in sorted(enumerate(shape), key=lambda item: -item[1]):
        saved = size * (4 if size > 1 else 0)
        cost = 2 * max(1, int(size - 1).bit_length())
        if saved <= cost or Grouping(shape, tuple(pairs)).count <= 1:
            continue
        taken = {c for _, c in pairs}
        # The same place counted from the front or from the back is the likeliest partner.
        partners = sorted(
            (c for c in range(out.ndim) if out.shape[c] == size and c not in taken),
            key=lambda c: (c != axis, out.ndim - c != len(shape) - axis),
        )
        for partner in partners:
            if _independent(subject, place, scale, base, (axis, partner), rng):
                pairs.append((axis, partner))
                break
    return Grouping(shape, tuple(pairs))


def _independent(
    subject: Subject,
    place: int,
    scale: Array,
    base: list[Array],
    pair: tuple[int, int],
    rng: np.random.Generator,
) -> bool:
    axis, partner = pair
    size = scale.shape[axis]
    # Unequal sizes: equal ones could cancel exactly in a sum, and a dependence would go unseen.
    step = scale * rng.uniform(0.5, 1.5, scale.shape) * rng.choice((-1.0, 1.0), scale.shape)
    out = base[0]
    for bit in range(max(1, int(size - 1).bit_length())):
        has = (np.arange(size) >> bit & 1).astype(bool)
        for chosen in (has, ~has):
            shape = [1] * scale.ndim
            shape[axis] = size
            moved = np.where(chosen.reshape(shape), step, 0.0)
            (outs,) = subject.evaluate([[Move(place, moved)]])
            if outs[0].shape != out.shape:
                return False
            rest = np.compress(~chosen, outs[0], axis=partner)
            if not np.array_equal(rest, np.compress(~chosen, out, axis=partner), equal_nan=True):
                return False
    return True
