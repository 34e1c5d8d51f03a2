"""Mending what happened to a notebook on its way: merge conflicts, a cut-off end, duplicated or retyped cells."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from grader.submission.types import Note

DEEPEST = 200
"""Brackets within brackets in a notebook's JSON; real ones have about ten."""

CONFLICT = re.compile(
    r"^<{7}(?: [^\n]*)?\n(.*?)(?:^\|{7}[^\n]*\n.*?)?^={7}[^\n]*\n(.*?)^>{7}(?: [^\n]*)?(?:\n|\Z)",
    re.MULTILINE | re.DOTALL,
)


class NotANotebookError(ValueError):
    """The text is not the JSON of a notebook, whole or in part; the message says why."""


def parsed(text: str, notes: list[Note]) -> dict[str, Any]:
    """The notebook's JSON, mended where that is possible. Raises NotANotebookError."""
    text = text.lstrip("\ufeff \t\r\n")
    if not text:
        raise NotANotebookError("the file is empty")
    if too_deep(text):
        raise NotANotebookError("its JSON is nested too deeply")
    tree = _loaded(text)
    if tree is None and CONFLICT.search(text):
        for side, told in ((1, "first"), (2, "second")):
            tree = _loaded(CONFLICT.sub(lambda found, side=side: found[side], text))  # type: ignore[misc]
            if tree is not None:
                notes.append(
                    Note(
                        "merge conflict",
                        f"a merge conflict was resolved to its {told} side; look at the cells",
                    )
                )
                break
    if tree is None:
        tree = _prefix(text, notes)
    if tree is None:
        raise NotANotebookError("not JSON, so not a notebook; save it again in Jupyter")
    if not isinstance(tree, dict) or not ("cells" in tree or "worksheets" in tree):
        raise NotANotebookError("JSON, but not a notebook: it has no cells")
    return tree


def too_deep(text: str) -> bool:
    """Whether brackets outside of strings go deeper than any notebook's do; linear in the length."""
    depth = 0
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        sign = found[0]
        if sign in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif sign in "]}":
            depth -= 1
    return False


def _loaded(text: str) -> Any:
    try:
        tree, _ = json.JSONDecoder(strict=False).raw_decode(text)  # what follows the end is of no interest
    except (ValueError, RecursionError):
        return None
    return tree


def _prefix(text: str, notes: list[Note]) -> dict[str, Any] | None:
    """A notebook whose end is missing: every cell that is whole."""
    start = re.search(r'"cells"\s*:\s*\[', text)
    if start is None:
        return None
    decoder = json.JSONDecoder(strict=False)
    cells: list[Any] = []
    place = start.end()
    while True:
        skipped = re.compile(r"[\s,]*").match(text, place)
        place = skipped.end() if skipped else place
        try:
            cell, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            break
        cells.append(cell)
    if not cells:
        return None
    notes.append(Note("truncated", f"the file ends in the middle: {len(cells)} whole cells were read"))
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def tidy(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook with every field of the type that nbformat 4 wants; unknown cells become raw ones."""
    cells = []
    listed = tree.get("cells")
    for cell in listed if isinstance(listed, list) else []:
        if not isinstance(cell, dict):
            continue
        kind = cell.get("cell_type")
        kind = kind if kind in ("code", "markdown", "raw") else "markdown" if kind == "heading" else "raw"
        metadata = cell.get("metadata")
        tidied: dict[str, Any] = {
            "cell_type": kind,
            "metadata": metadata if isinstance(metadata, dict) else {},
            "source": text_of(cell.get("source", cell.get("input", ""))),
        }
        if isinstance(cell.get("id"), str):
            tidied["id"] = cell["id"]
        if kind == "code":
            outputs = cell.get("outputs")
            count = cell.get("execution_count")
            tidied["outputs"] = (
                [o for o in outputs if isinstance(o, dict)] if isinstance(outputs, list) else []
            )
            tidied["execution_count"] = count if type(count) is int else None
        elif isinstance(cell.get("attachments"), dict):
            tidied["attachments"] = cell["attachments"]
        cells.append(tidied)
    metadata = tree.get("metadata")
    minor = tree.get("nbformat_minor")
    return {
        "cells": cells,
        "metadata": metadata if isinstance(metadata, dict) else {},
        "nbformat": 4,
        "nbformat_minor": minor if type(minor) is int and 0 <= minor <= 5 else 5,
    }


def text_of(source: Any) -> str:
    """A source as text, however it was saved."""
    if isinstance(source, str):
        return source
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return ""


def without_duplicates(cells: list[dict[str, Any]], label: str, notes: list[Note]) -> list[dict[str, Any]]:
    """Cells that stand there twice, source and id alike, once; the same id with another source is said."""
    kept: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    for number, cell in enumerate(cells, 1):
        name = _identity(cell)
        where = f"{label}cell {number}"
        if name and name in seen:
            if seen[name] == cell["source"]:
                notes.append(Note("duplicate cell", "the same cell a second time; it was left out", where))
                continue
            notes.append(Note("cell ids", f"a second cell is called {name[:40]}; both were read", where))
        elif name:
            seen[name] = cell["source"]
        kept.append(cell)
    return kept


def _identity(cell: Mapping[str, Any]) -> str:
    graded = cell["metadata"].get("nbgrader")
    if isinstance(graded, dict) and isinstance(graded.get("grade_id"), str):
        return str(graded["grade_id"])
    name = cell.get("id") or cell["metadata"].get("id")  # Colab keeps it in the metadata
    return name if isinstance(name, str) else ""


def without_conflicts(source: str, where: str, notes: list[Note]) -> str:
    """A cell's merge conflicts resolved to their first side; the lines that go are left empty."""
    if "<<<<<<<" not in source or not CONFLICT.search(source):
        return source

    def first(found: re.Match[str]) -> str:
        lines = found[0].count("\n") - found[1].count("\n")
        return "\n" + found[1] + "\n" * (lines - 1)

    notes.append(Note("merge conflict", "a merge conflict was resolved to its first side", where))
    return CONFLICT.sub(first, source)
