"""The course's key, from its file."""

from __future__ import annotations

from pathlib import Path

from grader.commands.errors import BadInputError
from grader.text import one_line

SHORTEST = 16
"""Bytes."""
MAKE = 'python3 -c "import secrets; print(secrets.token_hex(32))"'


def course_key(path: Path) -> bytes:
    """The key. Raises BadInputError for a file that cannot be read, or is too short to be one."""
    shown = one_line(str(path))
    if path.exists() and not path.is_file():
        raise BadInputError(f"the key {shown} is not a regular file")
    try:
        key = path.read_bytes().strip()
    except FileNotFoundError:
        raise BadInputError(f"there is no key {shown}; `{MAKE} > {shown}` makes one") from None
    except OSError as error:
        raise BadInputError(f"cannot read the key {shown}: {error.strerror}") from None
    if len(key) < SHORTEST:
        raise BadInputError(f"the key {shown} is shorter than {SHORTEST} bytes; `{MAKE}` prints a good one")
    return key
