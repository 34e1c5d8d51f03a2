"""Gradescope's `submission_metadata.yml`: who handed in which folder, and when.

It is YAML as Ruby writes it, with students' names and their graders' whole results in it. Only the few lines that
are needed are read, by their indentation; nothing of YAML that could build objects or repeat itself is understood.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.batch.errors import BatchError
from grader.submission.files import read_bytes
from grader.submission.types import SubmissionError
from grader.text import one_line

METADATA = "submission_metadata.yml"
LARGEST = 200_000_000
_LINE = re.compile(r"(?P<indent> *)(?P<dash>- )?:?(?P<key>[A-Za-z_][\w]*):(?: (?P<value>.*))?")


@dataclass(frozen=True, slots=True)
class Submitter:
    """One of those who handed in."""

    name: str = ""
    sid: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of one folder."""

    submitters: tuple[Submitter, ...]
    created_at: datetime | None


def read_metadata(path: Path) -> dict[str, Metadata]:
    """By folder ("submission_123"). {} where there is no such file; BatchError where it cannot be read."""
    if not path.is_file() or path.is_symlink():
        return {}
    try:
        text = read_bytes(path, name=path.name, limit=LARGEST).decode("utf-8")
    except SubmissionError as error:
        raise BatchError(str(error)) from None
    except UnicodeDecodeError:
        raise BatchError(
            f"{one_line(str(path), limit=300)} is not UTF-8; export it from Gradescope anew"
        ) from None
    found: dict[str, Metadata] = {}
    folder, part = "", ""
    people: list[dict[str, str]] = []
    created: datetime | None = None
    for line in [*text.splitlines(), "end:"]:
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        indent, key, value = len(match["indent"]), match["key"], _scalar(match["value"] or "")
        if indent == 0 and not match["dash"]:
            if folder:
                found[folder] = Metadata(tuple(Submitter(**person) for person in people), created)
            folder, part, people, created = key, "", [], None
        elif indent == 2 and not match["dash"]:
            part = key
            if key == "created_at":
                created = _time(value)
        elif part == "submitters" and indent <= 4:
            if match["dash"]:
                people.append({})
            if people and key in ("name", "sid", "email"):
                people[-1][key] = value
    return found


def _scalar(text: str) -> str:
    """A plain or quoted scalar."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            read = json.loads(re.sub(r"\\x([0-9A-Fa-f]{2})", r"\\u00\1", text))
        except ValueError:
            return text[1:-1]
        return read if isinstance(read, str) else text[1:-1]
    return "" if text in ("~", "null") else text


def _time(text: str) -> datetime | None:
    """Ruby's "2026-11-20 17:03:12.123456000 Z", or ISO 8601."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))? ?(Z|UTC|[+-]\d\d:?\d\d)?", text)
    if match is None:
        return None
    zone = match[4] or "Z"
    zone = "+00:00" if zone in ("Z", "UTC") else zone
    try:
        when = datetime.fromisoformat(f"{match[1]}T{match[2]}.{(match[3] or '0')[:6]:0<6}{zone}")
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
