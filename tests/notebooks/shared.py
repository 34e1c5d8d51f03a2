"""The bundled notebooks, built once, and running their cells without a kernel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from grader.bundled import bundled
from grader.exercise_catalogue import exercises
from grader.notebooks.build import notebook, read_book

ROOT = Path(__file__).parents[2]


@cache
def books():
    """The books of all bundled assignments that have a page, by id."""
    known = exercises()
    every = {name: read_book(path, known) for name, path in bundled().items()}
    return {name: book for name, book in every.items() if book.page.given}


@cache
def built(name, *, solved=False):
    return notebook(books()[name], solved=solved)


NAMES = tuple(books())


def code(content):
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def cells_of(content, exercise):
    return {
        cell["metadata"]["chainmark"]["role"]: cell
        for cell in content["cells"]
        if cell["metadata"].get("chainmark", {}).get("exercise") == exercise
    }
