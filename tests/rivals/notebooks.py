"""Notebooks as plain data: cells, and what a student wrote put into the notebook that was handed out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from tests.batch.classes import FIVE, NAMES, Label, functions, submission

Cell = dict[str, Any]
ASSIGNMENT_ID = "hw1"
TITLE = "# Five layers\n\nWrite forward and backward of each layer. All of it is NumPy."
IMPORTS = "import numpy as np"


def cell(kind: str, source: str, **metadata: Any) -> Cell:
    """A cell of nbformat 4."""
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": metadata, "source": source, **more}


def dumped(cells: list[Cell], metadata: dict[str, Any] | None = None) -> str:
    """The text of a notebook; nbformat 4.4, so that cells need no ids."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": cells, "metadata": metadata or {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}
    )


def source_of(found: Cell) -> str:
    return "".join(found["source"])


def defined_in(code: str) -> str | None:
    """Which of the functions that are asked for the code defines, also if it does not parse."""
    return next((name for name in NAMES if f"def {name}(" in code), None)


def filled_in(handed_out: Path, codes: list[str], *, pasted: bool = False) -> str:
    """The notebook at `handed_out` with a student's cells in it.

    What defines a function stands in place of the starter that does; a second time, in a new cell below it, or if
    `pasted` in a copy of that cell with all that the system wrote into its metadata. Everything else is written
    into the first code cell, which belongs to the student.
    """
    notebook = json.loads(handed_out.read_text(encoding="utf-8"))
    cells: list[Cell] = notebook["cells"]
    done: set[str] = set()
    first = next(each for each in cells if source_of(each).startswith(IMPORTS))
    for code in codes:
        if (name := defined_in(code)) is None:
            first["source"] = source_of(first) + "\n" + code
            continue
        at = next(number for number, each in enumerate(cells) if f"def {name}(" in source_of(each))
        if name in done:
            cells.insert(
                at + 1, cell("code", code, **(copy.deepcopy(cells[at]["metadata"]) if pasted else {}))
            )
        else:
            cells[at]["source"] = code
        done.add(name)
    return dumped(cells, notebook["metadata"])


def student_of(text: str, number: int) -> list[str]:
    """The code of a generated submission's cells. One that is cut off was right before."""
    try:
        return [source_of(each) for each in json.loads(text)["cells"]]
    except ValueError:
        return [f"{IMPORTS}\n# submission {number}", *functions()]


def class_of(count: int, rng: Any) -> dict[str, tuple[list[str], Label]]:
    """By student: the code of the cells, and what grading must find. The class of tests/batch/classes.py."""
    found = {}
    for number in range(count):
        text, label = submission(number, rng)
        found[f"s{number:05d}"] = (student_of(text, number), label)
    return found


__all__ = ["ASSIGNMENT_ID", "FIVE", "IMPORTS", "TITLE", "Cell", "cell", "class_of", "dumped", "filled_in"]
