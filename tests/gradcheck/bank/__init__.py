"""The banks: wrong backwards that a checker must reject, right ones that it must not."""

from __future__ import annotations

from tests.gradcheck.bank import (
    activations,
    contracts,
    elementwise,
    hard,
    images,
    linear,
    losses,
    nets,
    normalisation,
    regularised,
    sequences,
    shapes,
)
from tests.gradcheck.bank.case import Case

FAMILIES = (
    elementwise,
    activations,
    linear,
    shapes,
    losses,
    regularised,
    normalisation,
    images,
    sequences,
    nets,
    contracts,
    hard,
)


def wrong_cases() -> tuple[Case, ...]:
    return tuple(c for family in FAMILIES for c in family.WRONG if c.contract != "mutates the cache")


def warned_cases() -> tuple[Case, ...]:
    """Right numbers from a cache that serves only once: "pass", with a warning."""
    return tuple(c for family in FAMILIES for c in family.WRONG if c.contract == "mutates the cache")


def right_cases() -> tuple[Case, ...]:
    return tuple(case for family in FAMILIES for case in family.RIGHT)


def unrepeatable_cases() -> tuple[Case, ...]:
    """Forwards that give other numbers each time: neither "pass" nor "fail" is an answer."""
    return contracts.UNREPEATABLE
