"""Opening what strangers handed in: regular files only, no links, nothing that blocks, nothing too large."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from grader.submission.types import Note, ReadLimits, SubmissionError
from grader.text import one_line

SKIPPED = frozenset({"__pycache__", "__MACOSX", "node_modules", "venv", "env", "site-packages"})
WANTED = (".ipynb", ".py")
ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "latin-1": "latin-1",
    "iso-8859-1": "latin-1",
    "iso-8859-15": "iso-8859-15",
    "latin1": "latin-1",
    "cp1252": "cp1252",
    "windows-1252": "cp1252",
}
"""What a coding line may name, and how it is read."""
COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def read_file(path: Path, limits: ReadLimits, *, name: str = "") -> bytes:
    """The bytes of a regular file. Raises SubmissionError for anything else."""
    shown = one_line(name or str(path))
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NOFOLLOW", 0)
        | getattr(os, "O_NONBLOCK", 0)
        | getattr(os, "O_CLOEXEC", 0)
    )
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise SubmissionError(f"{shown}: {_reason(error)}") from None
    except ValueError:
        raise SubmissionError(f"{shown}: this is no name that a file can have") from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if stat.S_ISDIR(status.st_mode):
            raise SubmissionError(f"{shown}: a folder, not a file")
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(
                f"{shown}: not a regular file (a pipe or device); give a .ipynb, .py, .zip or folder"
            )
        if status.st_size > limits.file_bytes:
            raise SubmissionError(too_large(shown, status.st_size, limits))
        content = stream.read(limits.file_bytes + 1)
    if len(content) > limits.file_bytes:
        raise SubmissionError(too_large(shown, len(content), limits))
    return content


def too_large(shown: str, size: int, limits: ReadLimits) -> str:
    """The refusal of a file by its size."""
    return (
        f"{shown}: {size / 2**20:,.0f} MB is more than the {limits.file_bytes >> 20} MB that one file may have; "
        "clear the outputs or leave the data out"
    )


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "a symbolic link; give the file itself"
    if error.errno == errno.ENOENT:
        return "there is no such file"
    if error.errno == errno.EACCES:
        return "no permission to read it"
    if error.errno == errno.ENXIO:
        return "not a regular file (a pipe or device)"
    return error.strerror or type(error).__name__


def walk(folder: Path, limits: ReadLimits, notes: list[Note]) -> Iterator[tuple[str, Path]]:
    """(name inside, path) of every .ipynb and .py below a folder, sorted; links are not followed, and said."""
    count = 0
    for place, folders, files in os.walk(folder, followlinks=False):
        depth = len(Path(place).relative_to(folder).parts)
        kept = sorted(n for n in folders if not n.startswith(".") and n not in SKIPPED)
        folders[:] = kept if depth < limits.depth else []
        for name in sorted(files):
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            if name.startswith(".") or not name.endswith(WANTED):
                continue
            if path.is_symlink():
                notes.append(Note("skipped file", f"{one_line(inside)} is a link and was left out"))
                continue
            count += 1
            if count > limits.files:
                raise SubmissionError(
                    f"{one_line(str(folder))}: more than {limits.files} files; give the folder of one submission"
                )
            yield inside, path


def decoded(content: bytes, shown: str) -> str:
    """Python source as text. Raises SubmissionError for NUL bytes and for encodings that are not text's own."""
    shown = one_line(shown)
    if b"\0" in content:
        raise SubmissionError(
            f"{shown}: holds NUL bytes, so it is no Python source; is it another kind of file?"
        )
    encoding = "utf-8"
    for line in content.splitlines()[:2]:
        found = COOKIE.match(line)
        if found:
            named = found[1].decode("ascii", "replace").lower().replace("_", "-")
            if named.removesuffix("-sig") not in ENCODINGS:
                raise SubmissionError(
                    f"{shown}: its encoding {one_line(named, limit=30)} is not read; save it as UTF-8"
                )
            encoding = ENCODINGS[named.removesuffix("-sig")]
            break
    if content.startswith(codecs.BOM_UTF8):
        content, encoding = content[3:], "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise SubmissionError(f"{shown}, line {number}: not UTF-8; save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
