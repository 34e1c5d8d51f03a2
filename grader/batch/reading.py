"""Reading one student's work: its content's hash, and the submission under a name that gives nobody away."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from grader.batch.scratch import full
from grader.submission import Submission, SubmissionError, read_submission
from grader.submission.archive import read_zip
from grader.submission.files import read_bytes
from grader.submission.folder import read_folder
from grader.submission.types import ReadLimits

NAME = "submission"
"""What a submission is called in its report; the file's or folder's own name may be the student's."""


def fingerprint(files: Sequence[Path], named: Sequence[str]) -> str:
    """The SHA-256 that reading will give, without parsing anything. Raises SubmissionError."""
    limits = ReadLimits()
    if len(files) > 1:
        return _digest(_flat(files, named, limits))
    path = files[0]
    if _is_folder(path):
        found, _ = read_folder(path, name=NAME, limits=limits)
    elif path.name.lower().endswith(".zip"):
        found, _ = read_zip(path, name=NAME, limits=limits)
    else:
        return hashlib.sha256(read_bytes(path, name=NAME, limit=limits.file_bytes)).hexdigest()
    return _digest((file.name, file.data) for file in found)


def read_work(files: Sequence[Path], named: Sequence[str], *, desk: Path) -> Submission:
    """The submission. Files are first copied into the empty folder `desk`, under the names that they had once.

    Raises SubmissionError, whose text names no student, and BatchError where there is no room for the copy.
    """
    limits = ReadLimits()
    try:
        if not named:
            return replace(read_submission(files[0], limits=limits), name=NAME)
        flat = dict(_flat(files, named, limits))
        try:
            for name, data in flat.items():
                (desk / name).write_bytes(data)
        except OSError as error:
            raise full(error) from None
        if len(flat) == 1:
            return read_submission(desk / next(iter(flat)), limits=limits)
        return replace(read_submission(desk, limits=limits), name=NAME)
    except SubmissionError as error:
        name = error.file if named else NAME
        raise SubmissionError(name, error.problem, error.hint) from None
    finally:
        _clear(desk)


def _flat(files: Sequence[Path], named: Sequence[str], limits: ReadLimits) -> list[tuple[str, bytes]]:
    """Names, each once and short enough for any disk, and contents."""
    found: dict[str, bytes] = {}
    total = 0
    for path, name in zip(files, named, strict=True):
        data = read_bytes(path, name=_short(name), limit=limits.total_bytes)
        total += len(data)
        if total > limits.total_bytes:
            raise SubmissionError(NAME, "is too large altogether", "leave out data and pictures")
        stem, dot, end = _short(name).rpartition(".")
        unique, number = _short(name), 2
        while unique in found:
            unique, number = f"{stem}-{number}{dot}{end}", number + 1
        found[unique] = data
    return list(found.items())


def _short(name: str) -> str:
    """Without separators, and with its ending even when it is cut."""
    name = "".join(c if c.isprintable() and c not in "/\\" else "_" for c in name)
    stem, dot, end = name.rpartition(".")
    return name if len(name.encode("utf-8", "replace")) <= 200 else f"{stem[:40]}{dot}{end[:10]}"


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _digest(found: Iterable[tuple[str, bytes]]) -> str:
    """As the reader of submissions does it for folders."""
    digest = hashlib.sha256()
    for name, data in sorted(found):
        for part in (name.encode("utf-8", "surrogatepass"), data):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _clear(desk: Path) -> None:
    with os.scandir(desk) as scan:
        for entry in scan:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)
