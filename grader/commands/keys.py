"""The course's key, from its file."""

from __future__ import annotations

from pathlib import Path

from grader.commands.errors import BadInputError
from grader.text import one_line

SHORTEST = 16
"""Bytes."""


def course_key(path: Path) -> bytes:
    """The key. Raises BadInputError for a file that cannot be read, or is too short to be one."""
    shown = one_line(str(path))
    if path.exists() and not path.is_file():
        raise BadInputError(f"the key {shown} is not a regular file")
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise BadInputError(f"cannot read the key {shown}: {error.strerror}") from None
    if len(key) < SHORTEST:
        raise BadInputError(f"the key {shown} is shorter than {SHORTEST} bytes; make a longer one")
    return key
