"""A notebook's code cells as units: upgraded, mended, without magics."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from grader.submission.files import decoded
from grader.submission.magics import without_magics
from grader.submission.repair import (
    NotANotebookError,
    parsed,
    tidy,
    without_conflicts,
    without_duplicates,
)
from grader.submission.types import Note, SubmissionError, Unit
from grader.text import one_line

METADATA = ("assignment", "version", "student")


def notebook_units(
    content: bytes, file: str, notes: list[Note], *, several: bool = False
) -> tuple[list[Unit], dict[str, Any]]:
    """(units, the repaired notebook). Raises SubmissionError where there is no notebook in the bytes."""
    shown = one_line(file)
    if content.startswith(b"PK"):
        raise SubmissionError(f"{shown}: a .zip with a notebook's name; rename it to .zip")
    try:
        tree = parsed(decoded(content, file) if content.strip() else "", notes)
        book = _version_4(tree, notes)
    except NotANotebookError as error:
        raise SubmissionError(f"{shown}: {error}") from None
    prefix = f"{shown}, " if several else ""
    _language(book, notes)
    book["cells"] = without_duplicates(book["cells"], prefix, notes)
    units = []
    for index, cell in enumerate(book["cells"]):
        where = f"{prefix}cell {index + 1}"
        if cell["cell_type"] != "code":
            if _was_code(cell):
                notes.append(
                    Note(
                        "not run",
                        f"a {cell['cell_type']} cell that holds a function; make it a code cell",
                        where,
                    )
                )
            continue
        source, found = without_magics(without_conflicts(cell["source"], where, notes), where)
        notes.extend(found)
        units.append(Unit(where, source, file, index))
    return units, book


def stated(book: Mapping[str, Any]) -> dict[str, str]:
    """What the notebook says of the assignment it belongs to."""
    said = book["metadata"].get("chainmark")
    if not isinstance(said, dict):
        return {}
    return {key: said[key][:200] for key in METADATA if isinstance(said.get(key), str)}


def _version_4(tree: dict[str, Any], notes: list[Note]) -> dict[str, Any]:
    major = tree.get("nbformat")
    if type(major) is int and major >= 4 and "cells" in tree:
        return tidy(tree)
    if "worksheets" not in tree and "cells" in tree:
        notes.append(Note("repaired", "the notebook does not say its format; it was read as format 4"))
        return tidy(tree)
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is missing is filled in by tidy
            tree.setdefault("metadata", {})
            tree["nbformat"] = major if type(major) is int and major in (1, 2, 3) else 3
            tree.setdefault("nbformat_minor", 0)
            book = nbformat.convert(nbformat.from_dict(tree), 4)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise NotANotebookError(
            f"an old format that cannot be upgraded; save it again in Jupyter ({type(error).__name__})"
        ) from None
    notes.append(Note("upgraded", f"the notebook was in format {tree['nbformat']}; it was read as format 4"))
    return tidy(book)


def _language(book: Mapping[str, Any], notes: list[Note]) -> None:
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        said = book["metadata"].get(key)
        language = said.get(name) if isinstance(said, dict) else None
        if isinstance(language, str) and language and not language.lower().startswith(("python", "ipython")):
            notes.append(
                Note("language", f"the notebook's language is {one_line(language, limit=20)}; read as Python")
            )
            return


def _was_code(cell: Mapping[str, Any]) -> bool:
    """Whether a cell that is no code cell was one: it holds a function at the beginning of a line."""
    fenced = re.sub(r"^```.*?^```", "", cell["source"], flags=re.MULTILINE | re.DOTALL)
    return re.search(r"^def \w+\(.*\).*:\s*$", fenced, re.MULTILINE) is not None
