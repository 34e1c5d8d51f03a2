"""Writing files so that nobody ever reads half of one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write all of the text (UTF-8) or nothing: a new file beside the old one, then one atomic replacement.

    A link is followed. Raises OSError; what is not a regular file (a folder, a device) is never replaced.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        kind = IsADirectoryError if target.is_dir() else OSError
        raise kind("it is a folder" if target.is_dir() else "it is not a regular file")
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
