"""A wrong submission with what a person who reads it would say is wrong at each node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrong:
    """One submission: an exercise's id, the whole text, and for each wrong node the mistake in words."""

    exercise: str
    words: Mapping[str, str]
    text: str

    @property
    def name(self) -> str:
        return f"{self.exercise}: " + "; ".join(f"{node} {said}" for node, said in self.words.items())


def wrong(exercise: str, text: str, words: Mapping[str, str], *slips: tuple[str, str]) -> Wrong:
    """`text` after each slip; a slip's first half has to occur, or the bank has a mistake of its own."""
    for before, after in slips:
        assert before in text, f"{exercise}: {before!r} is not there"
        text = text.replace(before, after)
    return Wrong(exercise, dict(words), text)
