"""A new version of a notebook that a student has worked in: our words and starters change, theirs stay.

Each cell that we handed out is found again by its tag. No cell is ever lost: what a student wrote or added stays
where it was, and what belongs to an exercise that is no longer there comes at the end.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from grader.notebooks.cells import (
    CODE,
    KEY,
    MARKDOWN,
    THEIRS,
    digest,
    handed_out,
    is_touched,
    source_of,
    tag,
)

Node = dict[str, Any]
Key = tuple[str, str]

GONE = """## No longer part of this assignment

What follows was in an earlier version. It is kept for you and is not graded."""


def updated(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The new notebook with all that was done in the old one. Both are nbformat 4."""
    known = {key for cell in new["cells"] if (key := tag(cell)) is not None}
    matched, beside, leaving = _sorted_out(old["cells"], known)
    cells: list[Node] = list(beside.get(None, ()))
    for fresh in new["cells"]:
        key = tag(fresh)
        assert key is not None, "every cell that we hand out has a tag"
        cells += _merged(matched.get(key), fresh, key[1])
        cells += beside.get(key, ())
    if leaving:
        if not any(source_of(cell).startswith(GONE[:40]) for cell in leaving):
            cells.append(_note(GONE, "gone"))
        cells += leaving
    _distinct(cells)
    metadata = {**copy.deepcopy(dict(old.get("metadata", {}))), KEY: _identity(old, new)}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _sorted_out(
    cells: Sequence[Node], known: set[Key]
) -> tuple[dict[Key, Node], dict[Key | None, list[Node]], list[Node]]:
    """The cells that have a successor, a student's own by the one they follow, and those without a place."""
    matched: dict[Key, Node] = {}
    beside: dict[Key | None, list[Node]] = {}
    leaving: list[Node] = []
    last: Key | None = None
    gone = False
    for given in cells:
        cell = copy.deepcopy(dict(given))
        key = tag(cell)
        if key is not None and key in known and key not in matched:
            matched[key], last, gone = cell, key, False
        elif key is not None and key not in known and (key[0] or key[1] == "gone"):
            leaving.append(cell)
            gone = True
        elif key is not None and key not in known and not is_touched(cell):
            continue  # words of ours between exercises, which the new version has not
        elif gone:
            leaving.append(cell)  # a student's own cell among those of an exercise that has gone
        else:
            beside.setdefault(last, []).append(_theirs(cell) if key in matched else cell)
    return matched, beside, leaving


def _merged(old: Node | None, fresh: Node, role: str) -> list[Node]:
    """What stands in a cell's place: the new one, or the student's with a note where the starter has changed."""
    fresh = copy.deepcopy(fresh)
    if old is None:
        return [fresh]
    if not is_touched(old):
        if digest(source_of(old)) == digest(source_of(fresh)) and fresh["cell_type"] == CODE:
            fresh["outputs"] = old.get("outputs", [])
            fresh["execution_count"] = old.get("execution_count")
        fresh["id"] = old.get("id", fresh["id"])
        return [fresh]
    if role not in THEIRS:
        # Somebody wrote into a cell of ours. Ours is renewed, and what they wrote stays below as a cell of theirs.
        return [fresh, _theirs(old)]
    kept = {**old, "metadata": {**old["metadata"], **fresh["metadata"]}}
    if handed_out(old) == handed_out(fresh):
        return [kept]
    fence = "```"
    shown = source_of(fresh)
    language = "python" if fresh["cell_type"] == CODE else ""
    said = f"The cell above is as you left it. It would now begin like this:\n\n{fence}{language}\n{shown}\n{fence}"
    return [kept, _note(said, f"{fresh['id']}-new")]


def _theirs(cell: Node) -> Node:
    """The cell without our tag: from now on it is one of the student's own."""
    ours = (KEY, "editable", "deletable")
    return {**cell, "metadata": {name: value for name, value in cell["metadata"].items() if name not in ours}}


def _note(source: str, name: str) -> Node:
    """A cell of ours that stays: it has a role, and belongs to no exercise."""
    role = "gone" if name == "gone" else "note"
    metadata = {KEY: {"role": role}} if role == "gone" else {}
    return {
        "cell_type": MARKDOWN,
        "id": f"note-{digest(name + source)}",
        "metadata": metadata,
        "source": source,
    }


def _identity(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What the notebook says of itself: the new assignment and version, and what else the old one said."""
    said = old.get("metadata", {}).get(KEY, {})
    return {**(said if isinstance(said, dict) else {}), **new["metadata"][KEY]}


def _distinct(cells: list[Node]) -> None:
    """Every cell an id of its own; of two equal ones the first keeps it."""
    taken: set[str] = set()
    for place, cell in enumerate(cells):
        name = str(cell.get("id") or f"cell-{place}")
        again = 1
        while name in taken:
            again += 1
            name = f"{str(cell.get('id') or f'cell-{place}')[:56]}-{again}"
        cell["id"] = name
        taken.add(name)
