"""Reading a .zip without unpacking it: names are only text here, and every byte is counted while it is read."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator

from grader.submission.files import SKIPPED, WANTED
from grader.submission.types import Note, ReadLimits, SubmissionError
from grader.text import one_line

LONGEST_NAME = 300


def members(content: bytes, shown: str, limits: ReadLimits, notes: list[Note]) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every .ipynb and .py, sorted. Hostile members are left out and said; bombs are refused."""
    shown = one_line(shown)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        infos = archive.infolist()
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        IndexError,
    ) as error:
        raise SubmissionError(
            f"{shown}: not a .zip that can be read ({one_line(str(error), limit=60)})"
        ) from None
    if len(infos) > 20 * limits.files:
        raise SubmissionError(
            f"{shown}: more than {20 * limits.files} entries; give the archive of one submission"
        )
    seen: set[str] = set()
    total = count = 0
    for info in sorted(infos, key=lambda i: i.filename):
        name = info.filename
        parts = name.split("/")
        if info.is_dir() or not name.endswith(WANTED):
            continue
        if any((part.startswith(".") and part not in (".", "..")) or part in SKIPPED for part in parts):
            continue
        trouble = _trouble(info, seen)
        if trouble:
            notes.append(Note("skipped file", f"{one_line(name, limit=80)} {trouble} and was left out"))
            continue
        seen.add(name)
        count += 1
        if count > limits.files:
            raise SubmissionError(
                f"{shown}: more than {limits.files} files; give the archive of one submission"
            )
        data = _read(archive, info, shown, limits)
        total += len(data)
        if total > limits.total_bytes:
            raise SubmissionError(f"{shown}: unpacks to more than {limits.total_bytes >> 20} MB")
        yield name, data


def _trouble(info: zipfile.ZipInfo, seen: set[str]) -> str:
    """Why a member is not read; empty if it is."""
    name = info.filename
    if name in seen:
        return "is in the archive twice"
    if len(name) > LONGEST_NAME:
        return "has too long a name"
    if name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return "points out of the archive"
    if not name.isprintable():
        return "has a name with characters that cannot be shown"
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is a link or device"
    if info.flag_bits & 1:
        return "is encrypted"
    return ""


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str, limits: ReadLimits) -> bytes:
    name = one_line(info.filename, limit=80)
    most = min(limits.file_bytes, max(1 << 20, limits.ratio * max(info.compress_size, 1)))
    try:
        with archive.open(info) as stream:
            data = stream.read(most + 1)  # what the entry claims of its size is not believed
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        said = one_line(str(error), limit=60)
        raise SubmissionError(f"{shown}: {name} in it is damaged ({said}); pack it again") from None
    if len(data) > most:
        raise SubmissionError(f"{shown}: {name} in it unpacks to more than {most >> 20} MB and was not read")
    return data
