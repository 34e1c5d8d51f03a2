"""Writing notebooks into a folder without ever costing anybody their work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.files import write_whole
from grader.notebooks.build import Book, as_text, notebook
from grader.notebooks.cells import KEY, is_touched, tag
from grader.notebooks.update import updated
from grader.text import one_line


class NotebookError(ValueError):
    """A notebook that cannot be written or updated: which file, and what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written; `what` is "new", "unchanged", "rebuilt" or "updated"."""

    path: Path
    what: str
    backup: Path | None = None


def write(book: Book, folder: Path, *, solved: bool = False, update: bool = False) -> Written:
    """Write the book's notebook into a folder. Raises NotebookError, SolutionError or OSError.

    A notebook that somebody has worked in is only touched by `update`, which keeps their work and lays a copy of
    the file beside it. Solved and unsolved notebooks never take each other's place.
    """
    path = folder / book.file
    content = notebook(book, solved=solved)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, as_text(content))
        return Written(path, "new")
    raw = path.read_bytes()
    old = _read(path, raw)
    _refuse_other_kind(path, old, solved=solved)
    if update:
        text = as_text(updated(old, content))
        if text.encode() == raw:
            return Written(path, "unchanged")
        backup = _backup(path, raw)
        write_whole(path, text)
        return Written(path, "updated", backup)
    if not solved and has_work(old):
        raise NotebookError(
            f"{one_line(str(path))} has been worked in; add --update, which keeps that work, or use another --out"
        )
    text = as_text(content)
    if text.encode() == raw:
        return Written(path, "unchanged")
    write_whole(path, text)
    return Written(path, "rebuilt")


def has_work(content: Mapping[str, Any]) -> bool:
    """Whether a notebook holds anything that we did not hand out."""
    for cell in content["cells"]:
        found = tag(cell)
        if found is None or is_touched(cell):
            return True
    return False


def solved_in(folder: Path) -> bool | None:
    """Whether the notebooks of a folder are solutions; None where it has none of ours."""
    for path in sorted(folder.glob("*.ipynb")):
        try:
            said = json.loads(path.read_bytes())["metadata"][KEY]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(said, dict) and "assignment" in said:
            return "solutions" in said
    return None


def _read(path: Path, raw: bytes) -> dict[str, Any]:
    import nbformat

    try:
        node = nbformat.reads(raw.decode("utf-8-sig"), as_version=4)  # type: ignore[no-untyped-call]
        plain: dict[str, Any] = json.loads(json.dumps(node))
        cells = plain["cells"]
        assert isinstance(cells, list)
    except Exception as error:  # nbformat raises what the data makes it raise
        said = one_line(str(error) or type(error).__name__, limit=120)
        raise NotebookError(
            f"{one_line(str(path))} is no notebook that can be read ({said}); open it in Jupyter and save it "
            "again, or move it away"
        ) from None
    return plain


def _refuse_other_kind(path: Path, old: Mapping[str, Any], *, solved: bool) -> None:
    said = old.get("metadata", {}).get(KEY)
    has_solutions = isinstance(said, dict) and "solutions" in said
    if solved and not has_solutions:
        raise NotebookError(
            f"{one_line(str(path))} is a student's notebook; choose another folder for solutions with --out"
        )
    if not solved and has_solutions:
        raise NotebookError(
            f"{one_line(str(path))} has solutions in it; choose another folder for students with --out"
        )


def _backup(path: Path, raw: bytes) -> Path:
    """A copy of the file as it was, under a name that nothing has yet."""
    number = 1
    while True:
        suffix = "" if number == 1 else f"-{number}"
        beside = path.with_name(f"{path.stem}.before-update{suffix}.ipynb")
        try:
            with beside.open("xb") as stream:
                stream.write(raw)
        except FileExistsError:
            number += 1
        else:
            return beside
