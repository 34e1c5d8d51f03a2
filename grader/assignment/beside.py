"""A course's own assignment beside a notebook, and whether it may be believed.

Its exercises are imported and run as whoever checks, so only the notebook's own folder and the one above are looked
into, and only what nobody else can have put there: the folder above may be /tmp, or one that a whole course shares.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.assignment.document import document
from grader.assignment.errors import AssignmentError
from grader.assignment.read import exercise_folders
from grader.text import one_line


@dataclass(frozen=True, slots=True)
class Beside:
    """The assignment's file; or None, and why one that is there was not taken."""

    path: Path | None = None
    passed_over: str = ""


def beside(id: str, homes: Iterable[Path], *, notebook: Path | None = None) -> Beside:
    """The file of the assignment of this id in one of these folders, or in the folder above one of them."""
    why = ""
    for home in homes:
        for folder in (home, home.parent):
            for path in (folder / "assignment.toml", folder / f"{id}.toml"):
                if not _is_file(path) or _says(path) != id:
                    continue
                wrong = untrusted(path, home=home, notebook=notebook)
                if not wrong:
                    return Beside(path)
                why = why or wrong
    return Beside(None, why)


def untrusted(path: Path, *, home: Path, notebook: Path | None = None) -> str:
    """Why the file, or an exercise that it names, may be somebody else's; empty where it is not.

    It has to belong to whoever runs this, to the notebook's owner or to root, and to lie where nobody else can put
    another in its place. In the notebook's own folder whoever can write could change the notebook as well.
    """
    if not hasattr(os, "getuid"):
        return ""
    try:
        owners = {0, os.getuid()} | ({notebook.stat().st_uid} if notebook is not None else set())
        guarded = not _open_to_all(home)
        above = [] if _same(path.parent, home) else [path.parent]
        found = _first((*above, path), owners, guarded=guarded)
        if not found:
            folders = exercise_folders(path)
            every = (file for folder in folders for file in (folder, *_below(folder)))
            found = _first(every, owners, guarded=guarded)
    except AssignmentError:  # what is wrong with it is said where it is read
        return ""
    except (OSError, ValueError):
        return f"{one_line(str(path))} cannot be looked at"
    return found


def _first(places: Iterable[Path], owners: Collection[int], *, guarded: bool) -> str:
    """The first of these that is somebody else's or, if `guarded`, that everybody may write to; in words."""
    for place in places:
        # A link is as much its owner's as what it leads to: it can be made to lead elsewhere.
        for status in (place.lstat(), place.stat()):
            if status.st_uid not in owners:
                return f"{one_line(str(place))} is somebody else's"
            if guarded and status.st_mode & stat.S_IWOTH and not stat.S_ISLNK(status.st_mode):
                return f"everybody may write to {one_line(str(place))}"
    return ""


def _below(folder: Path) -> Iterator[Path]:
    """All that an import may find there, compiled files as well."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *files))


def _open_to_all(home: Path) -> bool:
    """Whether anybody can replace the notebook itself, as on a disk without owners: nothing is left to guard."""
    mode = home.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _says(path: Path) -> str:
    """The id in an assignment's file; empty where it is none."""
    try:
        head = document(path).get("assignment")
    except AssignmentError:
        return ""
    return str(head.get("id", "")) if isinstance(head, dict) else ""
