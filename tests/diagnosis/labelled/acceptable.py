"""Which names are true descriptions of a label's words, decided by reading titles.

By exercise and words: the ids of all titles that say what was done, the exercise's own, general ones, and
compositions ("id+id"). Where no title said it, the entry was empty or of a name not given yet, and the bank
counted a miss, until the exercise learnt it. The names of the second bank stand in `acceptable_later`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.diagnosis.labelled import (
    acceptable_deep,
    acceptable_graphs,
    acceptable_later,
    acceptable_losses,
    acceptable_simple,
)

PARTS = (acceptable_simple, acceptable_losses, acceptable_deep, acceptable_graphs, acceptable_later)


def _merged() -> Mapping[str, Mapping[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for part in PARTS:
        for exercise, names in part.NAMES.items():
            mine = merged.setdefault(exercise, {})
            for words, ids in names.items():
                assert mine.setdefault(words, ids).split() == ids.split(), (
                    f"{exercise}: {words!r} means two things"
                )
    return merged


ACCEPTABLE = _merged()


def acceptable(exercise: str, words: str) -> frozenset[str]:
    """The ids that say it."""
    return frozenset(ACCEPTABLE[exercise][words].split())
