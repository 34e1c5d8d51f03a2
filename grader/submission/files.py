"""Opening what strangers handed in: regular files only, never through a link, never waiting, never too much."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from grader.submission.types import SubmissionError

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)  # a link may point at anything
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for its writer
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_CHUNK = 1 << 20

_KINDS = (
    (stat.S_ISLNK, "is a link, which is not followed", "name the file itself"),
    (stat.S_ISDIR, "is a folder", "name a file in it"),
    (stat.S_ISFIFO, "is a pipe and not a file", "save it as a file first"),
    (stat.S_ISSOCK, "is a socket and not a file", "name a notebook or a .py file"),
    (stat.S_ISCHR, "is a device and not a file", "name a notebook or a .py file"),
    (stat.S_ISBLK, "is a device and not a file", "name a notebook or a .py file"),
)


@contextmanager
def opened(path: Path, *, name: str, limit: int) -> Iterator[BinaryIO]:
    """The file, open for reading bytes, if it is a regular one of at most `limit` bytes. Raises SubmissionError.

    Its size is looked at before anything is read, so that a sparse file of gigabytes costs nothing.
    """
    if not hasattr(os, "O_NOFOLLOW"):  # Windows
        refuse_kind(_status(path, name), name)
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise unreadable(path, name, error) from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        refuse_kind(status, name)
        if status.st_size > limit:
            raise too_large(name, status.st_size, limit)
        yield stream


def read_bytes(path: Path, *, name: str, limit: int) -> bytes:
    """A regular file's bytes, at most `limit`. Raises SubmissionError under the file's `name`."""
    parts = []
    size = 0
    with opened(path, name=name, limit=limit) as stream:
        try:
            while chunk := stream.read(min(_CHUNK, limit + 1 - size)):
                parts.append(chunk)
                size += len(chunk)
                if size > limit:  # it has grown since, or is a file whose size the system does not know
                    raise too_large(name, size, limit)
        except OSError as error:
            raise unreadable(path, name, error) from None
    return b"".join(parts)


def refuse_kind(status: os.stat_result, name: str) -> None:
    """Raise SubmissionError unless it is a regular file."""
    if stat.S_ISREG(status.st_mode):
        return
    for test, problem, hint in _KINDS:
        if test(status.st_mode):
            raise SubmissionError(name, problem, hint)
    raise SubmissionError(name, "is not a regular file", "name a notebook or a .py file")


def too_large(name: str, size: int, limit: int) -> SubmissionError:
    """The error for a file, a member of an archive, or all together."""
    hint = "clear a notebook's outputs, and leave out data and pictures"
    return SubmissionError(
        name, f"is {_megabytes(size)} large, and at most {_megabytes(limit)} are read", hint
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.3g} MB" if size < 1e9 else f"{size / 1e9:.3g} GB"


def unreadable(path: Path, name: str, error: OSError | ValueError) -> SubmissionError:
    """What the system said, as an error of ours."""
    code = getattr(error, "errno", None)
    if code == errno.ENOENT or code == errno.ENOTDIR:
        return SubmissionError(name, "there is no such file or folder", "is its name spelled right?")
    if code in (errno.EACCES, errno.EPERM):
        return SubmissionError(
            name, "may not be read (permission denied)", "give yourself the right to read it"
        )
    if code == errno.ENAMETOOLONG or isinstance(error, ValueError):
        return SubmissionError(name, "is no name that a file can have")
    try:
        # A link answers ELOOP (or EMLINK, EFTYPE), a socket ENXIO: it depends on the system.
        refuse_kind(path.lstat(), name)
    except SubmissionError as kind:
        return kind
    except OSError:
        pass
    return SubmissionError(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")


def _status(path: Path, name: str) -> os.stat_result:
    try:
        return path.lstat()
    except (OSError, ValueError) as error:
        raise unreadable(path, name, error) from None


def is_folder(path: Path, *, name: str) -> bool:
    """Whether it is a folder itself, and not a link to one. Raises SubmissionError where nothing is there."""
    return stat.S_ISDIR(_status(path, name).st_mode)
