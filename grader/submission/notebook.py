"""Any notebook's JSON into nbformat 4.5: old formats are converted, missing parts put in, and notes say so."""

from __future__ import annotations

import contextlib
import copy
import itertools
import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

from grader.submission.shapes import repaired_cell, repaired_metadata
from grader.submission.types import Note, ReadLimits, SubmissionError

MAJOR, MINOR = 4, 5


def notebook(value: Any, *, file: str, limits: ReadLimits) -> tuple[dict[str, Any], list[int], list[Note]]:
    """The notebook as valid nbformat 4.5, each cell's place in what was handed in (from 1), and what was done.

    Raises SubmissionError if the JSON is no notebook.
    """
    if not isinstance(value, dict) or not ("cells" in value or "worksheets" in value):
        raise SubmissionError(file, "is JSON but not a notebook", "hand in the .ipynb file itself")
    count = len(_all_cells(value))
    if count > limits.cells:
        raise SubmissionError(
            file, f"has {count} cells, and at most {limits.cells} are read", "hand in a part of it"
        )
    value, notes = _upgraded(value, file)
    cells = value.get("cells")
    if not isinstance(cells, list):
        raise SubmissionError(file, "is a notebook without a list of cells", "save it again in Jupyter")
    kept, numbers, repairs = _cells(cells)
    metadata, unfit = repaired_metadata(value.get("metadata"))
    if unfit:
        repairs["entries of its metadata that were of the wrong type were left out"] += unfit
    if value.get("nbformat") != MAJOR:
        repairs["its nbformat number was missing or unknown"] += 1
    for said, count in repairs.items():
        times = f" ({count} times)" if count > 1 else ""
        notes.append(Note("repaired", f"{file}: {said}{times}", file))
    return {"cells": kept, "metadata": metadata, "nbformat": MAJOR, "nbformat_minor": MINOR}, numbers, notes


def _cells(cells: list[Any]) -> tuple[list[dict[str, Any]], list[int], Counter[str]]:
    """Repaired cells with unique ids, their places, and how often each kind of repair was made."""
    repairs: Counter[str] = Counter()
    kept: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            repairs["something among its cells is no cell and was left out"] += 1
            continue
        kept.append(repaired_cell(cell, repairs))
        numbers.append(number)
    return kept, numbers, repairs


def with_ids(cells: list[dict[str, Any]]) -> None:
    """Give an id to each cell that has none, or one that an earlier cell has. The same file gets the same ids."""
    taken = {cell["id"] for cell in cells if cell["id"]}
    seen: set[str] = set()
    for place, cell in enumerate(cells, 1):
        if not cell["id"] or cell["id"] in seen:
            names = (f"cell-{place}-{again}" if again else f"cell-{place}" for again in itertools.count())
            cell["id"] = fresh = next(name for name in names if name not in taken)
            taken.add(fresh)
        seen.add(cell["id"])


def _upgraded(value: dict[str, Any], file: str) -> tuple[dict[str, Any], list[Note]]:
    """Formats 1 to 3 as format 4."""
    major = value.get("nbformat")
    old = "worksheets" in value and "cells" not in value
    if not old and not (isinstance(major, int) and major in (1, 2, 3)):
        return value, []
    if not isinstance(major, int) or major not in (1, 2, 3):
        major = 3
    converted = _converted(value, major)
    if converted is None:
        # Damaged: what its cells say is read all the same, without their outputs.
        converted = {"nbformat": MAJOR, "metadata": value.get("metadata", {}), "cells": _all_cells(value)}
    return converted, [
        Note("upgraded", f"{file} has the old notebook format {major}; it was converted", file)
    ]


def _converted(value: dict[str, Any], major: int) -> dict[str, Any] | None:
    """nbformat's conversion; None where it fails, as it does at anything that it did not expect."""
    with _quiet():
        try:
            from nbformat import convert, versions

            # A copy, since it works in place.
            node = versions[major].to_notebook_json({**copy.deepcopy(value), "nbformat": major}, minor=0)
            plain = _plain(convert(node, MAJOR))  # type: ignore[no-untyped-call]
        except Exception:  # its converters raise what the data makes them raise
            return None
    if not isinstance(plain, dict) or not isinstance(plain.get("cells"), list):
        return None
    for cell in plain["cells"]:
        if isinstance(cell, dict):
            cell.pop("id", None)  # drawn at random, and ours are the same each time
    return plain


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without nbformat's warnings and log: what is wrong with the file is for our notes to say."""
    log = logging.getLogger("traitlets")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before


def _plain(value: Any) -> Any:
    """nbformat's nodes as ordinary dictionaries."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _all_cells(value: dict[str, Any]) -> list[Any]:
    sheets = value.get("worksheets")
    found: list[Any] = []
    for sheet in [value, *(sheets if isinstance(sheets, list) else [])]:
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
            found += sheet["cells"]
    return found
