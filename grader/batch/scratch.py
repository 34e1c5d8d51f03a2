"""A temporary folder that outlives nobody: who is killed leaves one behind, and the next run takes it away.

Within it lie `lock`, held by its owner until its process ends in whatever way, and `work`, which is for use. A
folder whose lock can be had belongs to nobody any more. It is removed if it is ours in every respect: our name, our
user, our lock. Whatever lacks one of these is left alone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import Self

from grader.batch.errors import BatchError
from grader.text import one_line

PREFIX = "chainmark-"
LOCK, WORK = "lock", "work"
MARK = b"chainmark: a temporary folder; without a process that holds this file it may be deleted\n"


class Scratch:
    """An empty folder, `path`, until `close`. Raises BatchError where none can be made."""

    def __init__(self) -> None:
        sweep()
        self._folder: Path | None = None
        self._lock = -1
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            self._lock = _held(self._folder)
            self.path = self._folder / WORK
            self.path.mkdir()
        except OSError as error:
            self.close()
            raise full(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder and all in it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
        self._folder, self._lock = None, -1


def full(error: OSError) -> BatchError:
    """What is wrong with the place for temporary files, and what helps."""
    try:
        place = one_line(tempfile.gettempdir(), limit=200)
    except OSError:
        place = "any of the usual places"
    return BatchError(
        f"cannot write temporary files in {place}: {error.strerror or error}; make room there, or let TMPDIR name "
        "another folder"
    )


def sweep() -> int:
    """Remove what killed processes of this user have left; returns how many folders."""
    if sys.platform == "win32":
        return 0
    removed = 0
    with contextlib.suppress(OSError):
        base = tempfile.gettempdir()
        with os.scandir(base) as scan:
            names = [entry.name for entry in scan if entry.name.startswith(PREFIX)]
        for name in names:
            removed += _swept(os.path.join(base, name))
    return removed


def _held(folder: Path) -> int:
    """The folder's lock, ours before anybody can see it by its name."""
    hidden = folder / f".{secrets.token_hex(4)}"
    descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, MARK)
        hidden.rename(folder / LOCK)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _swept(folder: str) -> bool:
    """Remove this folder if its owner is gone; whether it was removed."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        found = os.lstat(folder)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return False
        descriptor = os.open(
            os.path.join(folder, LOCK), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError:
        return False
    try:
        said = os.fstat(descriptor)
        if not stat.S_ISREG(said.st_mode) or said.st_uid != os.geteuid():
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.read(descriptor, len(MARK) + 1) != MARK:
            return False
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return not os.path.lexists(folder)
