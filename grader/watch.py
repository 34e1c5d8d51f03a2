"""Waiting for a file or folder to be saved: by its times and sizes, which works on every file system."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

INTERVAL = 0.4
"""Seconds between two looks."""

MOST_FILES = 2000
IGNORED = frozenset({"__pycache__", ".git", ".ipynb_checkpoints", ".venv", "node_modules"})


def changes(path: Path, *, interval: float = INTERVAL) -> Iterator[None]:
    """Yields each time the path was saved and has come to rest since; ends when it is gone for good."""
    before = _state(path)
    gone = 0
    while True:
        time.sleep(interval)
        now = _state(path)
        if not now:
            gone += 1  # editors replace a file: for a moment there is none
            if gone * interval > 10:
                return
            continue
        gone = 0
        if now == before:
            continue
        while True:  # until nothing is being written any more
            time.sleep(interval / 2)
            again = _state(path)
            if again == now and again:
                break
            now = again
        before = now
        yield


def _state(path: Path) -> tuple[tuple[str, int, int], ...]:
    """(name, time, size) of the file, or of every file below a folder."""
    try:
        if not path.is_dir():
            status = path.stat()
            return ((path.name, status.st_mtime_ns, status.st_size),)
        found: list[tuple[str, int, int]] = []
        for place, folders, files in os.walk(path):
            folders[:] = [name for name in folders if name not in IGNORED]
            for name in sorted(files):
                if name.endswith((".py", ".ipynb", ".zip")) and len(found) < MOST_FILES:
                    status = Path(place, name).stat()
                    found.append((str(Path(place, name)), status.st_mtime_ns, status.st_size))
        return tuple(sorted(found))
    except OSError:
        return ()
