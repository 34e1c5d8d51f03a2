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

OWN, GENERIC, COMPOSED, MIXED_UP, COMPOSED_GENERIC, WORKED, COMPOSED_WORKED = range(7)
"""Ranks, from the most particular on: a mistake of the exercise, one of any layer, the exercise's with a twist, one
array where another belongs, one of any layer with a twist, one thing changed in a worked formula, and that with a
twist."""

COMPOSED_OF = {OWN: COMPOSED, WORKED: COMPOSED_WORKED}
"""The rank of a mistake of this rank with a twist; COMPOSED_GENERIC for the others."""

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
    fresh: Callable[[Situation, float], Situation] | None = None
    """Draws another situation of the same shapes, with numbers larger by a factor: two candidates that agree on it
    too are one function."""
    words: Callable[[], tuple[str, str]] | None = None
    """Gives id and title, where there are too many candidates to put every one of them into words."""

    twists: Sequence[Twist] = ()
    """Tried on top of it where its numbers are those that came but for one factor."""

    def named(self) -> Candidate:
        """Itself, with its id and title."""
        if self.words is None:
            return self
        id, title = self.words()
        return replace(self, id=id, title=title, words=None)


@dataclass(frozen=True, slots=True)
class Twist:
    """Something done to otherwise explained numbers: a sign, a factor, a transpose."""

    id: str
    title: str
    change: Change
    scale: Callable[[Situation], float] | None = None
    tells: bool = True


def factors(name: str, words: str, size: Callable[[Situation], float]) -> tuple[Twist, Twist]:
    """Multiplied by a number or divided by it: "two", or a size of this name, which `words` say in full."""
    times, parts = f"the right one multiplied by {words}", f"the right one divided by {words}"
    if name == "two":
        times, parts = "the right one doubled", "the right one halved"
    return (
        Twist(f"times-{name}", times, lambda a, s: a * size(s), size),
        Twist(f"divided-by-{name}", parts, lambda a, s: a / size(s), size),
    )


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
                    rank=COMPOSED_OF.get(candidate.rank, COMPOSED_GENERIC),
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
