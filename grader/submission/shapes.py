"""The shape of nbformat 4.5: whatever a cell, an output or its metadata is, it is brought into that shape."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_JSON_MIME = re.compile(r"application/(.*\+)?json\Z")
_SOURCES = ("source", "input", "code", "text")
"""Where formats 4, 3 and 1 keep a cell's text."""
_TYPES = {
    "code": "code",
    "markdown": "markdown",
    "raw": "raw",
    "heading": "markdown",
    "html": "markdown",
    "text": "raw",
}


def repaired_cell(cell: dict[str, Any], repairs: Counter[str]) -> dict[str, Any]:
    """The cell with all that format 4.5 asks for and nothing else; its id is "" where it has none that is valid."""
    kind = cell.get("cell_type")
    if not isinstance(kind, str) or kind not in _TYPES:
        # A cell with outputs was code, whatever it is called now.
        known = "code" if kind is None and "outputs" in cell else "raw"
        repairs[f"a cell of no known type was read as a {known} cell"] += 1
    else:
        known = _TYPES[kind]
    metadata, unfit = _repaired(cell.get("metadata"), _CELL_METADATA)
    if unfit:
        repairs["metadata of a cell that was missing or of the wrong type was mended"] += unfit
    given = cell.get("id")
    made: dict[str, Any] = {
        "cell_type": known,
        "id": given if isinstance(given, str) and _ID.match(given) else "",
        "metadata": metadata,
        "source": _source(cell, repairs),
    }
    if known == "code":
        made["execution_count"] = _count(cell.get("execution_count"))
        made["outputs"] = _outputs(cell.get("outputs"), repairs)
    elif isinstance(cell.get("attachments"), dict):
        made["attachments"] = {
            name: _bundle(item) for name, item in cell["attachments"].items() if isinstance(item, dict)
        }
    return made


def repaired_metadata(metadata: Any) -> tuple[dict[str, Any], int]:
    """A notebook's metadata, and how many entries of it had a type that format 4.5 forbids."""
    return _repaired(metadata, _NOTEBOOK_METADATA)


def _source(cell: dict[str, Any], repairs: Counter[str]) -> str:
    given = next((cell[key] for key in _SOURCES if key in cell), None)
    if isinstance(given, str):
        return given
    if isinstance(given, list):
        strings = [line for line in given if isinstance(line, str)]
        if len(strings) < len(given):
            repairs["lines of a cell that are not text were left out"] += 1
        return "".join(strings)
    repairs["a cell without its text was read as an empty one"] += 1
    return ""


def _outputs(outputs: Any, repairs: Counter[str]) -> list[dict[str, Any]]:
    if not isinstance(outputs, list):
        repairs["a code cell without its list of outputs got an empty one"] += 1
        return []
    kept = [made for made in map(_output, outputs) if made is not None]
    if len(kept) < len(outputs):
        repairs["outputs that no notebook can show were left out"] += len(outputs) - len(kept)
    return kept


def _output(output: Any) -> dict[str, Any] | None:
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream":
        text = _lines(output.get("text"))
        name = output.get("name", "stdout")
        if text is None or not isinstance(name, str):
            return None
        return {"output_type": kind, "name": name, "text": text}
    if kind == "error":
        trace = output.get("traceback")
        lines = [line for line in trace if isinstance(line, str)] if isinstance(trace, list) else []
        ename, evalue = output.get("ename"), output.get("evalue")
        return {
            "output_type": kind,
            "ename": ename if isinstance(ename, str) else "",
            "evalue": evalue if isinstance(evalue, str) else "",
            "traceback": lines,
        }
    if kind not in ("display_data", "execute_result") or not isinstance(output.get("data"), dict):
        return None
    metadata = output.get("metadata")
    made = {
        "output_type": kind,
        "data": _bundle(output["data"]),
        "metadata": metadata if isinstance(metadata, dict) else {},
    }
    if kind == "execute_result":
        made["execution_count"] = _count(output.get("execution_count"))
    return made


def _bundle(data: dict[str, Any]) -> dict[str, Any]:
    """Text by its kind; only what is JSON by its kind may be anything else."""
    made = {}
    for mime, content in data.items():
        if _JSON_MIME.match(mime):
            made[mime] = content
        elif (text := _lines(content)) is not None:
            made[mime] = text
    return made


def _lines(text: Any) -> Any:
    if isinstance(text, str) or (isinstance(text, list) and all(isinstance(line, str) for line in text)):
        return text
    return None


def _count(count: Any) -> int | None:
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


Check = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and re.search(r"^.+$", value) is not None


def _are_tags(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(tag, str) and re.search(r"^[^,]+$", tag) for tag in value)
        and len(set(value)) == len(value)
    )


def _is_kernel(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(key), str) for key in ("name", "display_name")
    )


def _is_language(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return False
    texts = ("file_extension", "mimetype", "pygments_lexer")
    mode = value.get("codemirror_mode", "")
    return all(isinstance(value.get(key, ""), str) for key in texts) and isinstance(mode, str | dict)


_CELL_METADATA: dict[str, Check] = {
    "collapsed": _is_flag,
    "execution": lambda v: isinstance(v, dict) and all(isinstance(item, str) for item in v.values()),
    "format": _is_text,
    "jupyter": _is_object,
    "name": _is_name,
    "scrolled": lambda v: isinstance(v, bool) or v == "auto",
    "tags": _are_tags,
}
_NOTEBOOK_METADATA: dict[str, Check] = {
    "authors": lambda v: isinstance(v, list),
    "kernelspec": _is_kernel,
    "language_info": _is_language,
    "orig_nbformat": lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 1,
    "title": _is_text,
}
"""Entries that the format has a rule for."""


def _repaired(metadata: Any, rules: dict[str, Check]) -> tuple[dict[str, Any], int]:
    if not isinstance(metadata, dict):
        return {}, 1
    made = {key: item for key, item in metadata.items() if key not in rules or rules[key](item)}
    return made, len(metadata) - len(made)
