"""What somebody probably meant: the known names nearest to a word, put as a question."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 100
"""Longer words are cut before they are compared: comparing takes time quadratic in the length."""


def nearest(word: str, known: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """Up to `count` of the known names, the nearest first, whatever the case of their letters; often none."""
    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(name.casefold(), name)
    found = difflib.get_close_matches(word[:LONGEST].casefold(), by_folded, n=count, cutoff=0.6)
    return tuple(by_folded[folded] for folded in found)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean "affine" or "affine_relu"?`, or nothing where no name is near."""
    found = [f'"{name}"' for name in nearest(word, known)]
    if not found:
        return ""
    return f"did you mean {' or '.join([', '.join(found[:-1]), found[-1]] if found[1:] else found)}?"
