"""All Python files and notebooks below a folder, links not followed."""

from __future__ import annotations

import os
from pathlib import Path

from grader.submission.files import read_bytes, too_large, unreadable
from grader.submission.names import is_clutter, is_environment, is_readable
from grader.submission.types import Found, Note, ReadLimits, SubmissionError
from grader.text import one_line


def read_folder(path: Path, *, name: str, limits: ReadLimits) -> tuple[list[Found], list[Note]]:
    """The files, sorted by name, and what was skipped although it may matter. Raises SubmissionError."""
    paths, notes = _walk(path, name, limits)
    if len(paths) > limits.files:
        raise SubmissionError(
            name,
            f"has {len(paths)} Python files and notebooks, and at most {limits.files} are read",
            "name the folder that holds only the homework",
        )
    found = []
    total = 0
    for inside in sorted(paths):
        try:
            data = read_bytes(path / inside, name=inside, limit=limits.file_bytes)
        except SubmissionError as error:
            notes.append(_skipped(inside, f"it {error.problem}"))
            continue
        total += len(data)
        if total > limits.total_bytes:
            raise too_large(name, total, limits.total_bytes)
        found.append(Found(inside, data))
    return found, notes


def _walk(path: Path, name: str, limits: ReadLimits) -> tuple[list[str], list[Note]]:
    """Paths inside the folder of all that is to be read. A stack, since depth is the student's choice."""
    paths: list[str] = []
    notes: list[Note] = []
    stack: list[tuple[str, ...]] = [()]
    seen = 0
    while stack:
        inside = stack.pop()
        try:
            with os.scandir(path.joinpath(*inside)) as scan:
                entries = []
                for entry in scan:
                    seen += 1
                    if seen > limits.entries:
                        raise SubmissionError(
                            name,
                            f"holds more than {limits.entries} files",
                            "name the folder that holds only the homework",
                        )
                    entries.append(entry)
        except OSError as error:
            if not inside:
                raise unreadable(path, name, error) from None
            notes.append(_skipped("/".join(inside), f"it cannot be read ({error.strerror})"))
            continue
        if inside and is_environment(inside[-1], {entry.name for entry in entries}):
            continue
        for entry in sorted(entries, key=lambda e: e.name):
            if is_clutter([entry.name]):
                continue
            _sort(entry, inside, stack, paths, notes, limits)
    return paths, notes


def _sort(
    entry: os.DirEntry[str],
    inside: tuple[str, ...],
    stack: list[tuple[str, ...]],
    paths: list[str],
    notes: list[Note],
    limits: ReadLimits,
) -> None:
    """Put an entry where it belongs: to be walked, to be read, or on the notes."""
    here = "/".join((*inside, entry.name))
    wanted = is_readable(entry.name)
    if not here.isprintable():
        if wanted:
            notes.append(_skipped(here, "its name has characters that cannot be seen"))
    elif entry.is_symlink():
        if wanted or Path(entry.path).is_dir():
            notes.append(_skipped(here, "it is a link, and links are not followed"))
    elif entry.is_dir(follow_symlinks=False):
        if len(inside) + 1 > limits.depth:
            notes.append(_skipped(here, f"it lies more than {limits.depth} folders deep"))
        else:
            stack.append((*inside, entry.name))
    elif wanted:
        if entry.is_file(follow_symlinks=False):
            paths.append(here)
        else:
            notes.append(_skipped(here, "it is not a regular file"))
    elif entry.name.lower().endswith(".zip"):
        notes.append(_skipped(here, "an archive inside a submission is not opened"))


def _skipped(inside: str, reason: str) -> Note:
    shown = one_line(inside, limit=120)
    return Note("skipped file", f"{shown} was not read: {reason}", shown)
