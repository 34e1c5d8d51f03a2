"""Notebooks of one submission that define the same functions: which of them counts, and by what that is known.

A copy as it was handed out never takes the place of work. Otherwise the newest counts: by when its cells were
last run, where both notebooks have kept that (Colab does, JupyterLab if asked to), else by the times of the files,
if they are a minute or more apart; less is the order of a copy or a clone. Where neither tells, nobody guesses.
"""

from __future__ import annotations

import ast
import os
import warnings
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.submission.archive import BROKEN
from grader.submission.types import NotebookFile, Submission, Unit
from grader.text import one_line

if TYPE_CHECKING:
    from grader.assignment import ExerciseEntry
    from grader.exercise import Exercise

APART = 60.0
"""Seconds between two times that say which is newer."""
LONGEST = 100_000
"""Characters of a unit; a longer one is no code that anybody wrote."""
SHOWN = 3

Order = tuple[tuple[str, ...], ...]
"""Names of notebooks by the times of their files, the oldest first; those of one group are of one time."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The submission as it is to be read: what counts comes last."""

    submission: Submission
    said: str = ""
    """Which notebook counts of those that define the same, and why that one."""
    undecided: str = ""
    """Why a person has to say which one counts."""


def newest_last(
    submission: Submission, entries: Iterable[tuple[ExerciseEntry, Exercise]], *, order: Order = ()
) -> Choice:
    """The submission with the notebook that counts read last; `entries` are the exercises that are judged.

    `order` is that of `by_file_times`.
    """
    if len({unit.file for unit in submission.units}) < 2:
        return Choice(submission)
    handed_out: dict[str, str] = {}
    for entry, exercise in entries:
        asked = (*exercise.functions, *exercise.variables)
        starter = _defined(exercise.starter, asked)
        for name in asked:
            handed_out[entry.functions.get(name, name)] = starter.get(name, "")
    names = handed_out.keys()
    made: dict[int, Mapping[str, str]] = {
        place: _defined(unit.source, names) for place, unit in enumerate(submission.units)
    }
    submission, made = _without_copies(submission, made, handed_out)
    books: dict[str, dict[str, str]] = {}
    for place, unit in enumerate(submission.units):
        if unit.cell is not None and made[place]:
            books.setdefault(unit.file, {}).update(made[place])
    rivals = _rivals(books)
    if not rivals:
        return Choice(submission)
    shown = " and ".join(one_line(name, limit=60) for name in sorted(rivals)[:SHOWN])
    newest, why = _newest(rivals, submission.notebooks, order)
    if not newest:
        return Choice(
            submission,
            undecided=f"{shown} define the same functions in different ways, and nothing says which is newer: "
            "leave the one that counts and run the command again",
        )
    last = tuple(unit for unit in submission.units if unit.file == newest)
    rest = tuple(unit for unit in submission.units if unit.file != newest)
    said = (
        f"{shown} define the same functions; graded was {one_line(newest, limit=60)}, the newer one by {why}"
    )
    return Choice(replace(submission, units=(*rest, *last)), said)


def by_file_times(files: Sequence[Path], named: Sequence[str]) -> Order:
    """The notebooks of a folder, a .zip or several files by their times; () for fewer than two.

    `named` are the files' own names where there are several. Times are local to their disk or archive, which is
    enough to compare them.
    """
    times = dict(sorted(_times(files, named)))
    if len(times) < 2:
        return ()
    groups: list[list[str]] = []
    before = float("-inf")
    for name, time in sorted(times.items(), key=lambda item: (item[1], item[0])):
        if time - before >= APART:
            groups.append([])
        groups[-1].append(name)
        before = time
    return tuple(tuple(sorted(group)) for group in groups)


def _times(files: Sequence[Path], named: Sequence[str]) -> Iterator[tuple[str, float]]:
    try:
        if named:
            for path, name in zip(files, named, strict=True):
                if name.lower().endswith(".ipynb"):
                    yield name, path.stat().st_mtime
        elif files[0].is_dir():
            for place, _, inside in os.walk(files[0]):
                for name in inside:
                    path = Path(place, name)
                    if name.lower().endswith(".ipynb") and not path.is_symlink():
                        yield path.relative_to(files[0]).as_posix(), path.stat().st_mtime
        elif files[0].suffix.lower() == ".zip":
            with zipfile.ZipFile(files[0]) as archive:
                for member in archive.infolist():
                    if member.filename.lower().endswith(".ipynb"):
                        yield member.filename, datetime(*member.date_time, tzinfo=UTC).timestamp()
    except BROKEN:
        return  # whoever reads it says what is wrong with it


def _without_copies(
    submission: Submission, made: Mapping[int, Mapping[str, str]], handed_out: Mapping[str, str]
) -> tuple[Submission, dict[int, Mapping[str, str]]]:
    """Without the cells that hold only functions as they were handed out, of which another file made something.

    A .py file stays, since others may import from it, and is read before the notebooks.
    """
    begun = {
        (name, submission.units[place].file)
        for place, found in made.items()
        for name, text in found.items()
        if text != handed_out.get(name)
    }
    kept: list[Unit] = []
    left: dict[int, Mapping[str, str]] = {}
    for place, unit in enumerate(submission.units):
        copies = (
            unit.cell is not None
            and made[place]
            and all(
                text == handed_out.get(name)
                and any(made_by == name and file != unit.file for made_by, file in begun)
                for name, text in made[place].items()
            )
        )
        if not copies or not _nothing_else(unit.source, made[place]):
            left[len(kept)] = made[place]
            kept.append(unit)
    return (replace(submission, units=tuple(kept)) if len(kept) < len(submission.units) else submission), left


def _rivals(books: Mapping[str, Mapping[str, str]]) -> set[str]:
    """The notebooks of which some function is otherwise in another."""
    found: set[str] = set()
    for name in {name for functions in books.values() for name in functions}:
        having = {file: functions[name] for file, functions in books.items() if name in functions}
        if len(set(having.values())) > 1:
            found |= set(having)
    return found


def _newest(rivals: Collection[str], notebooks: Iterable[NotebookFile], order: Order) -> tuple[str, str]:
    """(the newest of these, by what that is known); ("", "") where it is not."""
    run = {book.file: last_run(book.content) for book in notebooks if book.file in rivals}
    known = sorted((time, name) for name, time in run.items() if time is not None)
    if len(known) == len(rivals) and known[-1][0] - known[-2][0] >= APART:
        at = datetime.fromtimestamp(known[-1][0], UTC)
        return known[-1][1], f"when its cells were last run, {at:%Y-%m-%d %H:%M} UTC"
    ranks = {name: _rank(name, order) for name in rivals}
    if None not in ranks.values():
        ranked = sorted((rank, name) for name, rank in ranks.items() if rank is not None)
        if ranked[-1][0] > ranked[-2][0]:
            return ranked[-1][1], "the times of the files"
    return "", ""


def _rank(name: str, order: Order) -> int | None:
    """The group of a notebook; an archive's single top folder is no part of the name that it was read by."""
    for rank, group in enumerate(order):
        if any(each == name or each.endswith(f"/{name}") for each in group):
            return rank
    return None


def last_run(content: Mapping[str, Any]) -> float | None:
    """When a cell of the notebook was last run, in seconds since 1970, as Colab and JupyterLab note it."""
    found = []
    cells = content.get("cells")
    for cell in cells if isinstance(cells, list) else ():
        metadata = cell.get("metadata") if isinstance(cell, dict) else None
        if not isinstance(metadata, dict):
            continue
        colab, lab = metadata.get("executionInfo"), metadata.get("execution")
        if isinstance(colab, dict) and isinstance(colab.get("timestamp"), int):
            found.append(colab["timestamp"] / 1000)
        if isinstance(lab, dict):
            found += [time for said in lab.values() if (time := _time(said)) is not None]
    return max(found, default=None)


def _time(said: object) -> float | None:
    try:
        when = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    if when is None:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _defined(source: str, wanted: Collection[str]) -> dict[str, str]:
    """The wanted names of some source, each as text that white space, comments and docstrings do not change.

    Functions and classes by their bodies, variables by what they are first made of.
    """
    if len(source) > LONGEST or not any(name in source for name in wanted):
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a student's escapes, say
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {name: _plain(node) for node in tree.body if (name := _name(node)) in wanted}


def _nothing_else(source: str, names: Collection[str]) -> bool:
    """Whether some source that parses has imports and these functions, and nothing that others may need."""
    return all(
        isinstance(node, ast.Import | ast.ImportFrom) or _name(node) in names
        for node in ast.parse(source).body
    )


def _name(statement: ast.stmt) -> str:
    """The one name that a statement binds; empty for any other."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _plain(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return "" if statement.value is None else ast.dump(statement.value)
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1:
                node.body = node.body[1:]
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        statement.name = ""  # a course may call it otherwise
    return ast.dump(statement)
