"""A notebook's JSON into plain data, also where it is cut off, holds merge conflicts, or goes on after its end.

Nesting is measured on the text before it is parsed: the parser recurses, and a deep enough text would end us.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from grader.submission.conflicts import Side, resolve
from grader.submission.encoding import decode_json
from grader.submission.types import Note, ReadLimits, SubmissionError

# Possessive throughout: linear time, also on a string that never ends.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?+\Z)|[\[\]{}]', re.DOTALL)
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SPACE = re.compile(r"\s*")
_BETWEEN = re.compile(r"[\s,]*")
_LIST_AFTER = re.compile(r"\s*:\s*\[")
_METADATA_AFTER = re.compile(r'\s*\]\s*,\s*"metadata"\s*:\s*')
_LONGEST_NUMBER = 40


def _integer(text: str) -> Any:
    # int() refuses thousands of digits and is slow at fewer; nothing in a notebook is counted that far.
    return int(text) if len(text) <= _LONGEST_NUMBER else _real(text)


def _real(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


_DECODER = json.JSONDecoder(
    strict=False,  # line breaks and tabs inside strings
    parse_int=_integer,
    parse_float=_real,
    parse_constant=lambda _: None,  # NaN and Infinity: Python writes them, JSON does not have them
)


def load(data: bytes, *, file: str, limits: ReadLimits) -> tuple[Any, list[Note]]:
    """The JSON value in a notebook's file, all strings of it fit to be encoded. Raises SubmissionError."""
    text, repaired = decode_json(data)
    if not text.strip():
        raise SubmissionError(file, "the file is empty", "was it saved before it was handed in?")
    _check_nesting(text, file, limits)
    value, notes = _parsed(text, file)
    if repaired:
        notes.insert(0, Note("repaired", f"{file}: {repaired}", file))
    if _LONE_SURROGATE.search(text):
        value = _encodable(value)
    return value, notes


def looks_like_notebook(data: bytes) -> bool:
    """Whether a file with another name holds a notebook's JSON."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"{") and b'"nbformat"' in data and (b'"cells"' in data or b'"worksheets"' in data)


def _check_nesting(text: str, file: str, limits: ReadLimits) -> None:
    depth = count = 0
    for found in _TOKEN.finditer(text):
        sign = text[found.start()]
        if sign in "[{":
            depth += 1
            count += 1
            if depth > limits.json_depth:
                raise SubmissionError(
                    file,
                    f"is nested more than {limits.json_depth} levels deep",
                    "clear its outputs and save it again",
                )
            if count > limits.json_nodes:
                raise SubmissionError(
                    file, f"has more than {limits.json_nodes:,} parts", "clear its outputs and save it again"
                )
        elif sign in "]}":
            depth -= 1


def _decoded(text: str, start: int = 0) -> tuple[Any, int] | None:
    """The JSON value that begins here and where it ends; None where there is none."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None


def _parsed(text: str, file: str) -> tuple[Any, list[Note]]:
    whole = _whole(text)
    if whole is not None:
        value, rest = whole
        notes = (
            [Note("repaired", f"{file}: what follows the notebook's end was ignored", file)] if rest else []
        )
        return value, notes
    first, conflicts = resolve(text)
    if conflicts:
        found = "a merge conflict" if conflicts == 1 else f"{conflicts} merge conflicts"
        second = resolve(text, Side.THEIRS)[0]
        for side, resolved in ((Side.OURS, first), (Side.THEIRS, second)):
            whole = _whole(resolved)
            if whole is not None:
                said = f"{file} has {found}; the {side.value} version of each was read"
                return whole[0], [Note("merge conflict", said, file)]
        text = first
    value, note = _salvaged(text, file)
    if conflicts:
        said = f"{file} has {found}; the first version of each was read, as far as it goes"
        return value, [Note("merge conflict", said, file), note]
    return value, [note]


def _whole(text: str) -> tuple[Any, bool] | None:
    """The value of the text, and whether anything follows it."""
    found = _decoded(text, _start(text))
    if found is None:
        return None
    value, end = found
    return value, bool(text[end:].strip())


def _start(text: str) -> int:
    space = _SPACE.match(text)
    return space.end() if space else 0


def _salvaged(text: str, file: str) -> tuple[dict[str, Any], Note]:
    """The complete cells before the place where the JSON breaks, as a notebook."""
    start = _cells_start(text)
    if start is None:
        raise _no_json(text, file)
    cells: list[Any] = []
    at = start
    while True:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        found = _decoded(text, at) if text.startswith("{", at) else None
        if found is None:
            break
        cells.append(found[0])
        at = found[1]
    ended = text.startswith("]", at)
    if not cells and not ended:
        raise SubmissionError(file, "breaks off before its first cell ends", "save it and hand it in again")
    line = text.count("\n", 0, at) + 1
    count = "1 complete cell was" if len(cells) == 1 else f"{len(cells)} complete cells were"
    cut = (
        f"{file} is cut off" if at >= len(text.rstrip()) or not ended else f"{file} is broken after its cells"
    )
    note = Note("truncated", f"{cut} or damaged (line {line}); {count} read", file)
    if '"worksheets"' in text[:start]:
        return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}, note
    notebook: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    after = _METADATA_AFTER.match(text, at)
    found = _decoded(text, after.end()) if after else None
    if found is not None:
        notebook["metadata"] = found[0]
    return notebook, note


def _cells_start(text: str) -> int | None:
    """Where the list of cells begins, looked for outside strings."""
    for found in _TOKEN.finditer(text):
        if found.group() == '"cells"':
            opened = _LIST_AFTER.match(text, found.end())
            if opened:
                return opened.end()
    return None


def _no_json(text: str, file: str) -> SubmissionError:
    head = text[:200].lstrip().lower()
    if head.startswith(("<!doctype html", "<html")):
        return SubmissionError(file, "is a web page and not a notebook", "download the .ipynb file itself")
    if head.startswith("%pdf"):
        return SubmissionError(file, "is a PDF and not a notebook", "hand in the .ipynb file itself")
    if head.startswith("pk\3\4"):
        return SubmissionError(file, "is a .zip and not a notebook", "let its name end in .zip")
    if head.startswith("{"):
        return SubmissionError(
            file, "is broken JSON without any cell", "save the notebook and hand it in again"
        )
    return SubmissionError(file, "is not a notebook (no JSON)", "save the notebook and hand it in again")


def _encodable(value: Any) -> Any:
    """The value with each half of a surrogate pair that stands alone replaced: no encoding can write one."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8") if not _fits(value) else value
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value


def _fits(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
