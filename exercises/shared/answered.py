"""Answers by hand with the range that carried roundings lead to, and the wrong ones that must lie outside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from exercises.shared.rounded import Range, carried, exact
from grader.exercise import Question


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: what is asked, the range of right answers, and where the classic mistakes lead."""

    text: str
    value: float
    range: Range
    wrong: tuple[float, ...] = ()

    @property
    def clear(self) -> bool:
        """Whether no mistake is taken for the right answer."""
        return not any(wrong in self.range for wrong in self.wrong)


def asked(text: str, value: float, *wrong: float, range: Range | None = None) -> Asked:
    """A question; without a range of its own the answer may be rounded to two digits or more."""
    return Asked(text, value, carried(exact(value)) if range is None else range, wrong)


def questions(paper: Mapping[str, Asked], given: str = "") -> tuple[Question, ...]:
    """The paper as the grader wants it; `given` stands before each question."""
    return tuple(
        Question(id, f"{given}{each.text}", each.value, each.range.low, each.range.high)
        for id, each in paper.items()
    )


def clear(paper: Mapping[str, Asked]) -> bool:
    """Whether every question can tell its mistakes from the right answer."""
    return all(each.clear for each in paper.values())


def pick(rng: np.random.Generator, among: Iterable[float]) -> float:
    """One of these numbers."""
    values = tuple(among)
    return float(values[int(rng.integers(len(values)))])


def over(a: Range, b: Range) -> Range:
    """a / b for b above or below 0 throughout, then rounded or not."""
    quotients = [x / y for x in (a.low, a.high) for y in (b.low, b.high)]
    return carried(Range(min(quotients), max(quotients)))


def exp(r: Range) -> Range:
    """eʳ, then rounded or not."""
    return carried(Range(math.exp(r.low), math.exp(r.high)))


def minus_log(r: Range) -> Range:
    """-log r, then rounded or not."""
    return carried(Range(-math.log(r.high), -math.log(r.low)))


def root(r: Range, power: float) -> Range:
    """r to the given power, for r above 0 and a power above 0, then rounded or not."""
    return carried(Range(r.low**power, r.high**power))
