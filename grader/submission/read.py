"""`read_submission`: a notebook, a .py file, a .zip or a folder, as one Submission."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import Any

from grader.submission.archive import members
from grader.submission.files import decoded, read_file, walk
from grader.submission.notebook import notebook_units, stated
from grader.submission.types import Note, ReadLimits, Submission, SubmissionError, Unit
from grader.text import one_line


def read_submission(path: Path, *, limits: ReadLimits | None = None) -> Submission:
    """Everything of a submission that can be read. Raises SubmissionError, in one line, where nothing can."""
    limits = limits or ReadLimits()
    notes: list[Note] = []
    if os.path.isdir(path) and not path.is_symlink():
        contents = _folder(path, limits, notes)
    else:
        content = read_file(path, limits)
        shown = one_line(str(path))
        if not content:
            raise SubmissionError(f"{shown}: the file is empty")
        if path.suffix.lower() == ".zip":
            contents = list(members(content, str(path), limits, notes))
            if not contents:
                raise SubmissionError(f"{shown}: no .ipynb or .py file in it")
        elif path.suffix.lower() in (".ipynb", ".py"):
            contents = [(path.name, content)]
        else:
            raise SubmissionError(f"{shown}: not a .ipynb, .py, .zip or folder")
    return _submission(path, contents, notes)


def _folder(path: Path, limits: ReadLimits, notes: list[Note]) -> list[tuple[str, bytes]]:
    contents, total = [], 0
    for inside, file in walk(path, limits, notes):
        data = read_file(file, limits)
        total += len(data)
        if total > limits.total_bytes:
            raise SubmissionError(f"{one_line(str(path))}: more than {limits.total_bytes >> 20} MB in all")
        contents.append((inside, data))
    if not contents:
        raise SubmissionError(f"{one_line(str(path))}: no .ipynb or .py file in this folder")
    return contents


def _submission(path: Path, contents: list[tuple[str, bytes]], notes: list[Note]) -> Submission:
    several = len(contents) > 1
    books = [(name, data) for name, data in contents if name.endswith(".ipynb")]
    units: list[Unit] = []
    notebooks: list[tuple[str, dict[str, Any]]] = []
    metadata: dict[str, str] = {}
    troubles: list[str] = []
    for name, data in contents:
        if name.endswith(".ipynb"):
            continue
        try:
            text = decoded(data, name)
        except SubmissionError as error:
            troubles.append(str(error))
            continue
        module = ".".join(PurePosixPath(name).with_suffix("").parts).removesuffix(".__init__")
        units.append(Unit(one_line(name), text, name, None, module))
    for name, data in books:
        try:
            found, book = notebook_units(data, name, notes, several=several)
        except SubmissionError as error:
            troubles.append(str(error))
            continue
        units += found
        notebooks.append((name, book))
        metadata = metadata or stated(book)
    if troubles and not units:
        raise SubmissionError(troubles[0] if not several else f"{one_line(str(path))}: {troubles[0]}")
    notes += [Note("skipped file", trouble) for trouble in troubles]
    return Submission(
        one_line(path.name or str(path)),
        path,
        tuple(units),
        tuple(notes),
        _digest(contents),
        tuple(notebooks),
        metadata,
    )


def _digest(contents: list[tuple[str, bytes]]) -> str:
    if len(contents) == 1:
        return hashlib.sha256(contents[0][1]).hexdigest()
    digest = hashlib.sha256()
    for name, data in sorted(contents):
        digest.update(
            f"{len(name.encode('utf-8', 'replace'))}:{name}:{len(data)}:".encode("utf-8", "replace")
        )
        digest.update(data)
    return digest.hexdigest()
