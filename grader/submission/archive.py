"""All Python files and notebooks in a .zip, read member by member and never unpacked to the disk.

Nothing that the archive says of itself is believed: names are checked, bytes are counted while they unfold.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from grader.submission.files import opened, too_large
from grader.submission.names import is_clutter, is_environment, is_readable, refused
from grader.submission.types import Found, Note, ReadLimits, SubmissionError
from grader.text import one_line

BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError,
    RuntimeError, OverflowError, IndexError, KeyError, MemoryError, AssertionError,
)  # fmt: skip
"""All that the zipfile module has been seen to raise at a malformed archive."""

_DIRECTORY_BYTES = 2_000_000
"""The archive's table of contents: room for some ten thousand members, before zipfile makes an object of each."""

_TAIL = 65_536 + 200
_FREE_BYTES = 1_000_000
"""Below this the ratio does not matter: a megabyte of zeros harms nobody."""

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1


class _Bomb(Exception):
    """A member unfolds to more than it may."""


def read_zip(path: Path, *, name: str, limits: ReadLimits) -> tuple[list[Found], list[Note]]:
    """The files, sorted by name, and what was skipped although it may matter. Raises SubmissionError."""
    with opened(path, name=name, limit=limits.total_bytes) as stream:
        try:
            _check_directory(stream, name)
            with zipfile.ZipFile(stream) as archive:
                return _read(archive, name, limits)
        except SubmissionError:
            raise
        except BROKEN as error:
            said = "its end is missing or damaged" if isinstance(error, zipfile.BadZipFile) else str(error)
            raise SubmissionError(
                name, f"is not a .zip that can be read ({one_line(said, limit=100)})", "make it anew"
            ) from None


def _check_directory(stream: BinaryIO, name: str) -> None:
    """Refuse a table of contents that would fill the memory. Leaves the stream at its start."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    stream.seek(0)
    for signature, offset, form in ((b"PK\5\6", 12, "<L"), (b"PK\6\6", 40, "<Q")):
        at = tail.find(signature)
        while at >= 0:
            field = tail[at + offset : at + offset + struct.calcsize(form)]
            if len(field) == struct.calcsize(form):
                (claimed,) = struct.unpack(form, field)
                # All ones in the short record means: see the long one, which is checked as well.
                if claimed > _DIRECTORY_BYTES and not (form == "<L" and claimed == 0xFFFFFFFF):
                    raise SubmissionError(name, "lists too many files", "put only the homework into it")
            at = tail.find(signature, at + 1)


def _read(archive: zipfile.ZipFile, name: str, limits: ReadLimits) -> tuple[list[Found], list[Note]]:
    members = archive.infolist()
    if len(members) > limits.entries:
        raise SubmissionError(
            name, f"lists more than {limits.entries} files", "put only the homework into it"
        )
    chosen, notes = _choose(members, limits)
    if len(chosen) > limits.files:
        raise SubmissionError(
            name,
            f"has {len(chosen)} Python files and notebooks, and at most {limits.files} are read",
            "put only the homework into it",
        )
    found = []
    total = 0
    for inside in sorted(chosen):
        try:
            data = _unfold(archive, chosen[inside], limits, limits.total_bytes - total)
        except _Bomb:
            raise SubmissionError(
                name, f"unfolds to far more than its size, in {inside}", "put only the homework into it"
            ) from None
        except SubmissionError as error:
            notes.append(_skipped(inside, f"it {error.problem}"))
            continue
        except BROKEN as error:
            reason = f"it is damaged ({one_line(str(error) or type(error).__name__, limit=80)})"
            notes.append(_skipped(inside, reason))
            continue
        total += len(data)
        if total > limits.total_bytes:
            raise too_large(name, total, limits.total_bytes)
        found.append(Found(inside, data))
    return found, notes


def _choose(
    members: list[zipfile.ZipInfo], limits: ReadLimits
) -> tuple[dict[str, zipfile.ZipInfo], list[Note]]:
    """The members to read, by their path inside; of two with one name the later, as unpacking would leave it."""
    chosen: dict[str, zipfile.ZipInfo] = {}
    notes: list[Note] = []
    twice: set[str] = set()
    environments = _environments(members)
    for member in members:
        # `filename` ends at a NUL, where the original goes on.
        raw = member.orig_filename.replace("\\", "/")
        if raw.endswith("/"):
            continue
        parts = tuple(part for part in raw.split("/") if part not in ("", "."))
        inside = "/".join(parts)
        if is_clutter([part for part in parts if part != ".."]):
            continue
        if any(parts[: len(folder)] == folder for folder in environments):
            continue
        wanted = is_readable(raw.partition("\0")[0]) or is_readable(raw)
        reason = refused(raw) or (_unfit(member, len(parts), limits) if wanted else "")
        if reason:
            notes.append(_skipped(raw, reason))
        elif wanted:
            if inside in chosen:
                twice.add(inside)
            chosen[inside] = member
        elif raw.lower().endswith(".zip"):
            notes.append(_skipped(inside, "an archive inside a submission is not opened"))
    for inside in sorted(twice):
        shown = one_line(inside, limit=120)
        notes.append(
            Note("skipped file", f"{shown} is in the archive more than once; the last was read", shown)
        )
    return chosen, notes[: limits.files]


def _environments(members: list[zipfile.ZipInfo]) -> list[tuple[str, ...]]:
    """Folders that are virtual environments."""
    inside: dict[tuple[str, ...], set[str]] = {}
    for member in members:
        parts = tuple(member.filename.split("/"))
        for depth in range(1, min(len(parts), 5)):
            inside.setdefault(parts[:depth], set()).add(parts[depth])
    return [folder for folder, names in inside.items() if is_environment(folder[-1], names)]


def _unfit(member: zipfile.ZipInfo, depth: int, limits: ReadLimits) -> str:
    """Why a member is not read, or ""."""
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "it is a link, and links are not followed"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is not a regular file"
    if member.flag_bits & _ENCRYPTED:
        return "it is encrypted; make the archive without a password"
    if member.compress_type not in _METHODS:
        return "it is compressed in an unusual way; make an ordinary .zip"
    if depth > limits.depth:
        return f"it lies more than {limits.depth} folders deep"
    return ""


def _unfold(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: ReadLimits, left: int) -> bytes:
    """A member's bytes, counted as they come: what the archive says of their number may be a lie."""
    allowed = max(_FREE_BYTES, limits.zip_ratio * member.compress_size)
    if member.file_size > allowed:
        raise _Bomb
    if member.file_size > limits.file_bytes:
        raise too_large(member.filename, member.file_size, limits.file_bytes)
    parts = []
    size = 0
    with archive.open(member) as stream:
        while chunk := stream.read(65_536):
            parts.append(chunk)
            size += len(chunk)
            if size > allowed or size > left:
                raise _Bomb
            if size > limits.file_bytes:
                raise too_large(member.filename, size, limits.file_bytes)
    return b"".join(parts)


def _skipped(inside: str, reason: str) -> Note:
    shown = one_line(inside, limit=120)
    return Note("skipped file", f"{shown} was not read: {reason}", shown)
