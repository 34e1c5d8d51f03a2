"""From a path to the tables of `assignment.toml`: opening it safely, its encoding, its TOML."""

from __future__ import annotations

import errno
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from grader.assignment.errors import AssignmentError, Problem
from grader.text import one_line

NAME = "assignment.toml"
LARGEST = 1_000_000
"""Bytes; an assignment has a few thousand."""
UTF16 = (b"\xff\xfe", b"\xfe\xff")
REASONS = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file",
    errno.EACCES: "you have no permission to read it",
    errno.EPERM: "you have no permission to read it",
    errno.ELOOP: "its links go in a circle",
    errno.ENAMETOOLONG: "the name is too long for a file",
    errno.ENXIO: "it is not a regular file",  # a socket
}


def locate(path: Path) -> Path:
    """The file meant by a path: itself, or `assignment.toml` in the folder that it names."""
    return path / NAME if os.path.isdir(path) else path


def document(path: Path) -> dict[str, Any]:
    """The tables of the file, which `locate` has found. Raises AssignmentError."""
    return _tables(path, _text(path, _content(path)))


def display(path: Path) -> str:
    """The path as messages show it."""
    return one_line(str(path), limit=300)


def _refusal(path: Path, said: str, hint: str = "") -> AssignmentError:
    return AssignmentError((Problem(display(path), "", said, hint=hint),))


def _content(path: Path) -> bytes:
    try:
        # Without O_NONBLOCK opening a named pipe would wait for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        if error.errno == errno.ENOENT and path.name == NAME and os.path.isdir(path.parent):
            raise _refusal(path.parent, f"this folder holds no {NAME}") from None
        raise _refusal(path, _reason(error)) from None
    except ValueError:  # a null character in the name
        raise _refusal(path, "no file can have this name") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise _refusal(path, "it is a folder" if stat.S_ISDIR(mode) else "it is not a regular file")
        content = b""
        while len(content) <= LARGEST and (more := os.read(descriptor, LARGEST + 1 - len(content))):
            content += more
    except OSError as error:
        raise _refusal(path, _reason(error)) from None
    finally:
        os.close(descriptor)
    if len(content) > LARGEST:
        raise _refusal(path, f"it is larger than {LARGEST // 1_000_000} MB, so it is no assignment")
    return content


def _reason(error: OSError) -> str:
    return REASONS.get(error.errno or 0) or (error.strerror or type(error).__name__).lower()


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")  # some editors put a mark at the beginning
    except UnicodeDecodeError as error:
        if content.startswith(UTF16):
            raise _refusal(path, "it is written in UTF-16", "save it as UTF-8") from None
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal(path, f"line {line} is not UTF-8", "save it as UTF-8") from None


def _tables(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refusal(path, f"it is not valid TOML: {error}", _hint(text, str(error))) from None
    except RecursionError:
        raise _refusal(path, "its arrays or tables are nested too deeply") from None
    except ValueError as error:  # a number with thousands of digits
        raise _refusal(path, f"it has a value that cannot be read: {error}") from None


def _hint(text: str, said: str) -> str:
    """What is probably wrong in the line that TOML's reader stumbles over."""
    place = re.search(r"at line (\d+)", said)
    lines = text.splitlines()
    line = lines[int(place[1]) - 1] if place and int(place[1]) <= len(lines) else ""
    found = re.search(r"=\s*(\d{4}-\d\d-\d\d)[T ]?(\d\d:\d\d)?", line)
    return f"write the time as {found[1]}T{found[2] or '23:59'}:00+01:00" if found else ""
