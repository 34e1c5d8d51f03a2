"""One writer to a results folder at a time: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.gradebook.rows import GradebookError
from grader.gradebook.store import now
from grader.text import one_line

NAME = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises GradebookError, naming who holds it, where somebody does."""
    path = folder / NAME
    shown = one_line(str(folder), limit=300)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    except OSError as error:
        raise GradebookError(f"cannot write into {shown}: {error.strerror}") from None
    try:
        if not _taken(descriptor):
            with contextlib.suppress(OSError):
                holder = one_line(os.pread(descriptor, 200, 1).decode("utf-8", "replace").strip(), limit=150)
            who = f" ({holder})" if holder else ""
            raise GradebookError(
                f"another chainmark{who} is writing into {shown}; wait until it has finished"
            )
        with contextlib.suppress(OSError):  # on a full disk: who it is, is not written down
            os.ftruncate(descriptor, 0)
            said = f"process {os.getpid()} on {platform.node()}, since {now()[:19]} UTC\n"
            os.pwrite(descriptor, b" " + said.encode(), 0)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Whether the lock is ours now. It ends with the descriptor, however this process does."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
