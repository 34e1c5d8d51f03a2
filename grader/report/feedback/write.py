"""Feedback into files: `hw.feedback.ipynb` and `hw.feedback.html`, never over anything that is not ours."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from grader.files import write_whole
from grader.report.feedback.notebook import fill
from grader.report.feedback.plain import joined
from grader.report.feedback.plan import SEAL, is_feedback, plan
from grader.report.report import ExerciseReport, Report

if TYPE_CHECKING:
    from grader.submission import NotebookFile, Unit

MOST_READ = 200_000_000
MOST_TRIES = 1000

_UNFIT = re.compile(r"[^\w.()+-]+")
_NUMBERED = re.compile(r"(?P<stem>.+)\.feedback(?P<number>\d{0,6})\Z", re.DOTALL)
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)


def feedback_html(
    notebook: Mapping[str, Any],
    report: Report,
    *,
    file: str,
    exercise_html: Callable[[ExerciseReport], str] | None = None,
    labels: Mapping[str, int] | None = None,
    home: bool = True,
) -> str:
    """The notebook (nbformat 4, with or without earlier feedback) and the findings as one page.

    Arguments as in `annotated`; `exercise_html` renders one exercise to HTML that is trusted as it is.
    """
    from grader.report.feedback.page import page

    made = plan(notebook.get("cells", []), report, file=file, labels=labels, home=home)
    return page(notebook, made, exercise_html or _fragment())


def write_feedback(
    folder: Path, notebooks: Sequence[NotebookFile], report: Report, *, units: Sequence[Unit] = ()
) -> tuple[Path, ...]:
    """Write each notebook with its findings into the folder, as .ipynb and as .html; returns the files written.

    The folder is made if it is missing. Nothing is overwritten but an earlier feedback of ours in which nobody has
    changed anything: otherwise the name gets a number (`hw.feedback2.ipynb`). With the submission's `units`, cells
    are numbered as messages number them even where copies of cells were left out. Raises OSError.
    """
    from grader.report.feedback.page import page

    folder.mkdir(parents=True, exist_ok=True)
    labels: dict[str, dict[str, int]] = {}
    for unit in units:
        if unit.cell is not None:
            labels.setdefault(unit.file, {})[unit.label] = unit.cell
    written: list[Path] = []
    for number, (notebook, name) in enumerate(
        zip(notebooks, _names([n.file for n in notebooks]), strict=True)
    ):
        cells = notebook.content.get("cells", [])
        made = plan(cells, report, file=notebook.file, labels=labels.get(notebook.file), home=number == 0)
        texts = _sealed(fill(notebook.content, made)), page(notebook.content, made, _fragment())
        for path, text in zip(_free(folder, name, taken=written), texts, strict=True):
            write_whole(path, text)
            written.append(path)
    return tuple(written)


def _fragment() -> Callable[[ExerciseReport], str]:
    """What renders one exercise after the other for a page: the first brings the style for all."""
    from grader.report.html import exercise_html

    styled = False

    def fragment(exercise: ExerciseReport) -> str:
        nonlocal styled
        first, styled = not styled, True
        return exercise_html(exercise, level=2, style=first)

    return fragment


def _names(files: Sequence[str]) -> list[str]:
    """A name for each notebook: its stem, with its folders before it where another has the same."""
    paths = [PurePosixPath(file) for file in files]
    stems = [_fit(path.stem) for path in paths]
    return [
        stem if stems.count(stem) == 1 else _fit("-".join((*path.parts[:-1], path.stem)))
        for path, stem in zip(paths, stems, strict=True)
    ]


def _fit(name: str) -> str:
    """A file's name that every system takes and no terminal stumbles over."""
    name = _UNFIT.sub("_", name).lstrip(".-") or "notebook"
    while len(name.encode()) > 150:
        name = name[:-1]
    return f"_{name}" if _DEVICES.match(name) else name


def _free(folder: Path, name: str, *, taken: Sequence[Path]) -> tuple[Path, Path]:
    """The first pair of names under which nothing stands that is not ours."""
    match = _NUMBERED.match(name)
    # Who hands in hw.feedback.ipynb works in that file; what we write gets the next number.
    stem, first = (match["stem"], int(match["number"] or 1) + 1) if match else (name, 1)
    for number in range(first, first + MOST_TRIES):
        base = f"{stem}.feedback{number if number > 1 else ''}"
        ipynb, html = folder / f"{base}.ipynb", folder / f"{base}.html"
        if ipynb not in taken and _replaceable(ipynb, _is_sealed) and _replaceable(html, _is_page):
            return ipynb, html
    raise FileExistsError(f"{folder} has {MOST_TRIES} files named like {name}.feedback already")


def _replaceable(path: Path, is_ours: Callable[[str], bool]) -> bool:
    """Whether nothing stands there, or something of ours. A link never is: it may lead to the student's file."""
    if path.is_symlink():
        return False
    if not path.exists():
        return True
    try:
        return (
            path.is_file() and path.stat().st_size <= MOST_READ and is_ours(path.read_text(encoding="utf-8"))
        )
    except (OSError, ValueError):
        return False


def _is_page(text: str) -> bool:
    from grader.report.feedback.page import GENERATOR

    return f'<meta name="generator" content="{GENERATOR}">' in text[:2000]


def _is_sealed(text: str) -> bool:
    """Whether the notebook's cells are as we wrote them; running them or saving it changes nothing of that."""
    try:
        notebook = json.loads(text)
        return isinstance(notebook["metadata"][SEAL], str) and notebook["metadata"][SEAL] == _digest(notebook)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _digest(notebook: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for cell in notebook["cells"]:
        kind = "feedback" if is_feedback(cell) else cell["cell_type"]
        digest.update(json.dumps([kind, joined(cell["source"])]).encode())
    return digest.hexdigest()


def _sealed(notebook: dict[str, Any]) -> str:
    """The notebook as Jupyter writes one: sources as lists of lines, an indent of one, keys in order."""
    metadata = {**notebook.get("metadata", {}), SEAL: _digest(notebook)}
    cells = [
        {**cell, "source": joined(cell["source"]).splitlines(keepends=True)} for cell in notebook["cells"]
    ]
    whole = {**notebook, "cells": cells, "metadata": metadata}
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can write
        text = json.dumps(whole, indent=1, sort_keys=True)
    return text + "\n"
