"""Bytes into text: Python files by byte order mark and PEP 263's declaration, notebooks as JSON is written."""

from __future__ import annotations

import codecs
import json
import re

from grader.submission.types import SubmissionError
from grader.text import one_line

_DECLARED = re.compile(rb"[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"[ \t\f]*(?:#[^\n]*)?\r?\Z")
_KNOWN = {
    "utf-8": "utf-8", "utf8": "utf-8", "u8": "utf-8", "utf-8-sig": "utf-8",
    "latin-1": "latin-1", "latin1": "latin-1", "iso-8859-1": "latin-1", "iso8859-1": "latin-1", "l1": "latin-1",
    "ascii": "ascii", "us-ascii": "ascii",
    "cp1252": "cp1252", "windows-1252": "cp1252",
}  # fmt: skip
"""Declarations that are honoured. Others, such as rot13, could hide what a file says."""

_WIDE = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"),
         (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))  # fmt: skip


def decode_python(data: bytes, file: str) -> str:
    """A .py file's text, lines ended by a line feed. Raises SubmissionError where Python would fail too."""
    for mark, encoding in _WIDE:
        if data.startswith(mark):
            raise SubmissionError(
                file, f"is saved as {encoding}, which Python does not read", "save it as UTF-8"
            )
    marked = data.startswith(codecs.BOM_UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise SubmissionError(
            file, f"is not Python text: there is a NUL byte in line {line}", "hand in the .py file itself"
        )
    declared = _declared(data)
    encoding = "utf-8" if declared is None else _known(declared)
    if not encoding:
        raise SubmissionError(
            file,
            f"declares the encoding {one_line(declared or '', limit=40)}, which is not read",
            "save it as UTF-8",
        )
    if marked and encoding != "utf-8":
        raise SubmissionError(
            file,
            f"is marked as UTF-8 and declares the encoding {encoding}",
            "remove the line that declares it",
        )
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SubmissionError(
            file, f"is not {encoding.upper()} text: line {line} has other bytes", "save it as UTF-8"
        ) from None
    return plain_lines(text)


def plain_lines(text: str) -> str:
    """The text with a line feed alone at the end of each line, as Python counts lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _declared(data: bytes) -> str | None:
    """PEP 263: in the first line, or in the second if the first is blank or a comment."""
    first, _, rest = data.partition(b"\n")
    second = rest.partition(b"\n")[0]
    for line in (first, second):
        found = _DECLARED.match(line[:400])
        if found:
            return found.group(1).decode("ascii", "replace")
        if not _BLANK.match(line):
            return None
    return None


def _known(declared: str) -> str:
    """Our name for it, or "". An editor's ending, as in `utf-8-unix`, is no part of it."""
    name = declared.lower().replace("_", "-")
    return _KNOWN.get(re.sub(r"-(unix|dos|mac)\Z", "", name), "")


def decode_json(data: bytes) -> tuple[str, str]:
    """A notebook's text, and what had to be repaired for it ("" if nothing). Never raises."""
    try:
        encoding = json.detect_encoding(data)
    except (ValueError, IndexError):
        encoding = "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        # One damaged byte in an output must not cost the rest; that it is no JSON at all is found later.
        text = data.decode(encoding, "replace")
        return text.removeprefix("\ufeff"), "bytes that are not text were replaced"
    if encoding not in ("utf-8", "utf-8-sig"):
        return text.removeprefix("\ufeff"), f"it is saved as {encoding.upper()} instead of UTF-8"
    return text, "a byte order mark before its first character was ignored" if encoding == "utf-8-sig" else ""
