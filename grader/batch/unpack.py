"""A class in one .zip: unfolded into an empty folder, which nothing in it can leave, up to a bounded size."""

from __future__ import annotations

import errno
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.batch.errors import BatchError
from grader.batch.scratch import full
from grader.submission.archive import BROKEN
from grader.submission.names import is_clutter, refused
from grader.text import one_line

MOST_FILES = 100_000
MOST_BYTES = 20_000_000_000
MOST_ONE = 100_000_000
RATIO = 200
FREE = 1_000_000
CHUNK = 1 << 20


def unpack(path: Path, into: Path) -> list[str]:
    """Unfold the archive. Returns what was left out, a line each. Raises BatchError."""
    shown = one_line(str(path), limit=300)
    notes: list[str] = []
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_FILES:
                raise BatchError(f"{shown} lists more than {MOST_FILES} files; unpack it and name the folder")
            seen: set[str] = set()
            for member in members:
                name = member.filename.replace("\\", "/")
                why = _unwanted(member, name, seen)
                if why:
                    notes.append(f"{one_line(name, limit=120)} was left out: {why}")
                if why is not None or member.is_dir():
                    continue
                seen.add(name)
                total += _unfold(archive, member, into / name)
                if total > MOST_BYTES:
                    raise BatchError(f"{shown} unfolds to more than {MOST_BYTES // 10**9} GB")
    except FileNotFoundError as error:
        raise BatchError(f"{shown}: {error.strerror}") from None
    except BROKEN as error:
        if isinstance(error, BatchError):
            raise
        said = one_line(getattr(error, "strerror", None) or str(error), limit=100)
        raise BatchError(f"{shown} is not a .zip that can be read ({said}); make it anew") from None
    return notes


def _unwanted(member: zipfile.ZipInfo, name: str, seen: set[str]) -> str | None:
    """Why it is left out; "" for what nobody misses; None where it is wanted."""
    if why := refused(name.rstrip("/")):
        return why
    if is_clutter(name.rstrip("/").split("/")) and "/.git/" not in f"/{name}":
        return ""
    mode = member.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "it is a link or a device"
    if member.flag_bits & 0x1:
        return "it is encrypted"
    if name in seen:
        return "its name comes twice"
    if member.file_size > MOST_ONE:
        return "it is too large"
    return None


def _unfold(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> int:
    """Bytes written, counted while they come."""
    most = min(MOST_ONE, max(FREE, RATIO * member.compress_size))
    written = 0
    with archive.open(member) as source, _writing(target) as write:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > most:
                raise ValueError(f"{one_line(member.filename, limit=80)} unfolds to far more than its size")
            write(chunk)
    return written


@contextmanager
def _writing(target: Path) -> Iterator[Callable[[bytes], object]]:
    """Writes to a new file. Raises BatchError where that fails: it is not the archive that is broken then."""

    def write(chunk: bytes) -> None:
        try:
            sink.write(chunk)
        except OSError as error:
            raise full(error) from None

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sink = target.open("xb")
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise BatchError(
                f"the name {one_line(target.name, limit=60)} is too long for this disk; shorten it and zip the "
                "submissions again, or unpack the .zip elsewhere and name the folder"
            ) from None
        raise full(error) from None
    try:
        yield write
    finally:
        try:
            sink.close()
        except OSError as error:
            raise full(error) from None
