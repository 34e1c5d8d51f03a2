"""Option dictionaries such as `conv_param`: which keys they may have, and of what kind the values are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reference.errors import InputError


def check_keys(
    subject: str,
    argument: str,
    given: Mapping[str, Any],
    *,
    required: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
) -> None:
    """Raises InputError for a key that is missing or unknown (a misspelled one would be ignored in silence)."""
    listed = ", ".join((*required, *(f"{name} (optional)" for name in optional)))
    for name in required:
        if name not in given:
            raise InputError(subject, argument, f"a dictionary with {listed}", f"no {name!r}")
    for name in given:
        if name not in required and name not in optional:
            raise InputError(subject, argument, f"a dictionary with {listed}", f"the key {name!r}")


def whole(subject: str, argument: str, value: object, *, least: int) -> int:
    """An option that counts something. Raises InputError for what is no integer or below `least`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(subject, argument, f"an integer of at least {least}", repr(value))
    return int(value)


def above_zero(subject: str, argument: str, value: object) -> float:
    """An option that must be positive, such as the eps in a denominator. Raises InputError."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.floating) or not 0 < value < np.inf:
        raise InputError(subject, argument, "a finite number above 0", repr(value))
    return float(value)


def one_of(subject: str, argument: str, value: object, allowed: tuple[str, ...]) -> str:
    """An option that names a mode. Raises InputError."""
    if not isinstance(value, str) or value not in allowed:
        raise InputError(subject, argument, " or ".join(repr(name) for name in allowed), repr(value))
    return value
