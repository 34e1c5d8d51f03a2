"""Merge-conflict markers, as git leaves them in a file: one side is taken, and lines keep their numbers."""

from __future__ import annotations

import re
from enum import Enum

_START = re.compile(r"<{7}(?: |\r?\Z)")
_BASE = re.compile(r"\|{7}(?: |\r?\Z)")
_MIDDLE = re.compile(r"={7}\r?\Z")
_END = re.compile(r">{7}(?: |\r?\Z)")


class Side(Enum):
    """Whose version."""

    OURS = "first"
    THEIRS = "second"


def resolve(text: str, side: Side = Side.OURS) -> tuple[str, int]:
    """The text with one side of each conflict, and how many there were.

    Markers and the other side become blank lines. What is not a whole conflict (start, middle, end) is left alone.
    """
    if "<<<<<<<" not in text:
        return text, 0
    lines = text.split("\n")
    count = 0
    at = 0
    while at < len(lines):
        if not _START.match(lines[at]):
            at += 1
            continue
        parts = _parts(lines, at)
        if parts is None:
            at += 1
            continue
        base, middle, end = parts
        kept = range(at + 1, base) if side is Side.OURS else range(middle + 1, end)
        for number in range(at, end + 1):
            if number not in kept:
                lines[number] = ""
        count += 1
        at = end + 1
    return "\n".join(lines), count


def _parts(lines: list[str], start: int) -> tuple[int, int, int] | None:
    """Lines where the first side ends, the second begins (less one) and the conflict ends; None if it does not."""
    base = middle = None
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if _START.match(line):
            return None  # the next conflict begins before this one has ended
        if middle is None and base is None and _BASE.match(line):
            base = number
        elif middle is None and _MIDDLE.match(line):
            middle = number
        elif middle is not None and _END.match(line):
            return (base if base is not None else middle), middle, number
    return None
