"""Choosing exercises from the catalogue: by topic, lecture, kind, difficulty and minutes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from grader.exercise import Exercise
from grader.nearest import did_you_mean
from grader.text import one_line


class SelectionError(ValueError):
    """A choice that makes no sense: a topic that nothing has, a range that is none."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What exercises must have. Empty: anything. Ranges are "2", "1-3", "-20" (at most 20) or "10-"."""

    topics: tuple[str, ...] = ()
    lectures: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    difficulty: str = ""
    minutes: str = ""

    def of(self, known: Mapping[str, Exercise]) -> dict[str, Exercise]:
        """Those of the known exercises that have it all, in their order. Raises SelectionError."""
        every = known.values()
        topics = _meant("topic", self.topics, {e.topic for e in every})
        lectures = _meant("lecture", self.lectures, {e.lecture for e in every})
        kinds = _meant("kind", self.kinds, {e.kind for e in every})
        difficulty, minutes = _range("difficulty", self.difficulty), _range("minutes", self.minutes)
        return {
            name: e
            for name, e in known.items()
            if (topics is None or e.topic in topics)
            and (lectures is None or e.lecture in lectures)
            and (kinds is None or e.kind in kinds)
            and difficulty[0] <= e.difficulty <= difficulty[1]
            and minutes[0] <= e.minutes <= minutes[1]
        }

    @property
    def is_empty(self) -> bool:
        """Whether everything is chosen."""
        return not (self.topics or self.lectures or self.kinds or self.difficulty or self.minutes)


def _meant(what: str, given: tuple[str, ...], there: Collection[str]) -> set[str] | None:
    """The names that contain what was given, whatever the case of its letters; None where nothing was."""
    if not given:
        return None
    there = sorted(name for name in there if name)
    found: set[str] = set()
    for text in given:
        exact = {name for name in there if name.casefold() == text.casefold()}
        matching = exact or {name for name in there if text.casefold() in name.casefold()}
        if not matching or not text.strip():
            meant = did_you_mean(text, there) or f"there are {', '.join(there)}"
            raise SelectionError(f'no exercise has the {what} "{one_line(text, limit=60)}"; {meant}')
        found |= matching
    return found


def _range(what: str, text: str) -> tuple[float, float]:
    """Lowest and highest. Raises SelectionError."""
    if not text:
        return float("-inf"), float("inf")
    match = re.fullmatch(r"\s*(\d{0,4})\s*(?:(-|–|\.\.)\s*(\d{0,4}))?\s*", text)
    if match is None or not (match[1] or match[3]):
        raise SelectionError(
            f'--{what} must be a number or a range such as 2, 1-3, 10- or -20, got "{one_line(text)}"'
        )
    low = float(match[1]) if match[1] else float("-inf")
    if match[2] is None:
        return low, low
    high = float(match[3]) if match[3] else float("inf")
    if low > high:
        raise SelectionError(f'--{what} "{one_line(text)}" is empty: write {high:g}-{low:g}')
    return low, high
