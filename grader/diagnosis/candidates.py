"""Mistakes as predictions: an exercise's own, those that any node invites, and two of them at once.

A candidate's rank says how particular it is. The most particular rank that has a proof names the mistake, so that
"divided by the number of examples" from the exercise comes before the factor that fits as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.exercise.exercise import Array, Misconception, Raises, Situation

OWN, GENERIC, COMPOSED, MIXED_UP, COMPOSED_GENERIC = range(5)
"""Ranks, from the most particular on: a mistake of the exercise, one of any layer, the exercise's with a twist, one
array where another belongs, one of any layer with a twist."""

Predict = Callable[[Situation], Any]
Change = Callable[[Array, Situation], Array]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mistake that may explain a node's numbers. `title` completes "your dx is ..."."""

    id: str
    title: str
    predict: Predict
    rank: int = GENERIC
    synonyms: tuple[str, ...] = ()
    tells: bool = True
    """Whether its name gives away how to mend it."""
    scale: Callable[[Situation], float] | None = None
    """For a factor: its size on this input, which the evidence lists."""


@dataclass(frozen=True, slots=True)
class Twist:
    """Something done to otherwise explained numbers: a sign, a factor, a transpose."""

    id: str
    title: str
    change: Change
    scale: Callable[[Situation], float] | None = None
    tells: bool = True


def own(misconceptions: Iterable[Misconception], node: str) -> list[Candidate]:
    """The exercise's own, in its order."""
    return [Candidate(m.id, m.title, m.predict, OWN, m.synonyms) for m in misconceptions if m.node == node]


def twisted(
    node: str, twists: Sequence[Twist], same: Mapping[str, tuple[str, ...]] | None = None
) -> list[Candidate]:
    """Each twist of the right numbers alone; `same` gives synonyms by id."""
    return [
        Candidate(
            t.id,
            t.title,
            _after(lambda s: s[node], t, node),
            GENERIC,
            (same or {}).get(t.id, ()),
            t.tells,
            t.scale,
        )
        for t in twists
    ]


def composed(node: str, candidates: Sequence[Candidate], twists: Sequence[Twist]) -> Iterator[Candidate]:
    """Each candidate with each twist on top of it, and each pair of twists of different kinds."""
    for candidate in candidates:
        if candidate.scale is not None:
            continue  # two factors are one
        for twist in twists:
            if twist.id != candidate.id:
                yield replace(
                    candidate,
                    id=f"{candidate.id}+{twist.id}",
                    title=f"{candidate.title}, and {_added(twist)}",
                    predict=_after(candidate.predict, twist, node),
                    rank=COMPOSED if candidate.rank == OWN else COMPOSED_GENERIC,
                    synonyms=(
                        *(f"{synonym}+{twist.id}" for synonym in candidate.synonyms),
                        *_the_other_way_round(candidate, twist, candidates),
                    ),
                    scale=twist.scale,
                )


def _the_other_way_round(
    candidate: Candidate, twist: Twist, candidates: Sequence[Candidate]
) -> Iterator[str]:
    """A mistake that is a twist, with a twist that is a mistake: "y - a, halved" is "without the 2, negated"."""
    for other in candidates:
        if twist.id in (other.id, *other.synonyms):
            yield from (f"{other.id}+{synonym}" for synonym in candidate.synonyms)


def _added(twist: Twist) -> str:
    return twist.title.removeprefix("the right one ").removeprefix("the right numbers, ")


def _after(predict: Predict, twist: Twist, node: str) -> Predict:
    def changed(situation: Situation) -> Any:
        numbers = predict(situation)
        if isinstance(numbers, Raises):
            return numbers
        if numbers is None:  # where the mistake makes no difference, the twist still does
            numbers = situation[node]
        return twist.change(np.asarray(numbers, np.float64), situation)

    return changed
