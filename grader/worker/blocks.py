"""A text that does not parse as a whole, read block by block: one broken function must not lose the others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.worker.older_prints import with_print_calls

CONTINUES = ("else", "elif", "except", "finally", ")", "]", "}", "#")
"""How a line at the left margin begins that belongs to the block above it."""

LONGEST_BLOCK = 200
"""Blocks that are tried together, where one alone ends within a text or a bracket."""

UNFINISHED = ("unterminated triple-quoted", "was never closed", "unexpected EOF", "expected 'except'")
"""What the parser says of a block that goes on beyond a line at the left margin."""

ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A block that Python cannot read: its line, and what the parser says."""

    line: int
    said: str


def readable(text: str, label: str, printed: set[int] | None = None) -> Iterator[ast.stmt | Unreadable]:
    """The statements of each block that parses, and for each other one why it does not.

    With `printed`, a block that parses only with its print statements as calls is read so, and their lines are put
    there.
    """
    lines = split_lines(text)
    starts = [
        number
        for number, line in enumerate(lines)
        if line[:1].strip()
        and not line.startswith(CONTINUES)
        and not (number and lines[number - 1].startswith("@"))
    ]
    place = 0
    while place < len(starts):
        found: list[ast.stmt] | Unreadable = []
        for further in range(1, LONGEST_BLOCK):
            end = starts[place + further] if place + further < len(starts) else len(lines)
            attempt = _parsed(lines, starts[place], end, label, printed)
            if further == 1 or not isinstance(attempt, Unreadable):
                found = attempt
            if not isinstance(attempt, Unreadable):
                place += further - 1
                break
            if end == len(lines) or not any(sign in attempt.said for sign in UNFINISHED):
                break
        place += 1
        if isinstance(found, Unreadable):
            yield found
        else:
            yield from found


def why(error: BaseException) -> Unreadable:
    """What the parser says, with the line it means."""
    said = getattr(error, "msg", None) or type(error).__name__
    text = (getattr(error, "text", None) or "").strip()
    return Unreadable(getattr(error, "lineno", None) or 1, f"{said}: {text}" if text else str(said))


def split_lines(text: str) -> list[str]:
    """Lines as Python counts them; `str.splitlines` ends lines at form feeds and separators as well."""
    return re.split(r"\r\n|\r|\n", text)


def _parsed(
    lines: list[str], start: int, end: int, label: str, printed: set[int] | None
) -> list[ast.stmt] | Unreadable:
    # Blank lines before the block keep the numbers of the lines.
    text = "\n" * start + "\n".join(lines[start:end])
    try:
        return ast.parse(text, label).body
    except ERRORS as error:
        failed = why(error)
    if printed is None or "print" not in text or any(sign in failed.said for sign in UNFINISHED):
        return failed
    called, calls = with_print_calls(text)
    try:
        nodes = ast.parse(called, label).body
    except ERRORS:
        return failed  # in the student's own words
    printed.update(calls)
    return nodes
