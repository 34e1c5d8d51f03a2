"""Ranges of answers: where a calculation ends if each number on the way may be rounded to two or more digits.

Rounding is monotone, so the rounded values of a range lie between the rounded values of its ends; nothing
wider is needed. A student who carries 0.20 for 0.1966 forward stays inside, one who forgets a factor does
not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

DIGITS = range(2, 10)
"""Significant digits that somebody may keep; with more, the rounding is within the slack for ties."""
TIE = 1e-9
"""Relative: 0.125 may be rounded to 0.12 or to 0.13, and its float may lie on either side of the tie."""


@dataclass(frozen=True, slots=True)
class Range:
    """All values from low to high that a careful reader may hold at this point."""

    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return carried(Range(self.low + other.low, self.high + other.high))

    def __mul__(self, other: Range) -> Range:
        products = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return carried(Range(min(products), max(products)))

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def exact(value: float) -> Range:
    """A number that was given, and is used as it was."""
    return Range(value, value)


def sigmoid(u: Range) -> Range:
    """σ of everything in the range, then rounded or not."""
    return carried(Range(1 / (1 + math.exp(-u.low)), 1 / (1 + math.exp(-u.high))))


def one_minus(r: Range) -> Range:
    """1 - r, then rounded or not."""
    return carried(Range(1 - r.high, 1 - r.low))


def carried(r: Range) -> Range:
    """The range, and whatever its values become when they are rounded."""
    slack = TIE * max(abs(r.low), abs(r.high))
    low, high = r.low - slack, r.high + slack
    lows, highs = (tuple(rounded(end, digits) for digits in DIGITS) for end in (low, high))
    return Range(min(low, *lows), max(high, *highs))


def rounded(value: float, digits: int) -> float:
    """The value to this many significant digits."""
    if value == 0:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
