"""A notebook's cells into units: copies dropped, retyped cells and other languages noticed, magics taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.submission.conflicts import resolve
from grader.submission.encoding import plain_lines
from grader.submission.magics import Effort, plain_python
from grader.submission.notebook import notebook, with_ids
from grader.submission.types import Note, NotebookFile, ReadLimits, Unit
from grader.text import one_line

_DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(", re.MULTILINE)
_DEFINITION_AT_ONCE = re.compile(r"^def \w+\([^\n]*:[ \t]*$", re.MULTILINE)
_FENCED = re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.MULTILINE | re.DOTALL)
_KERNELS = {"ir": "R", "julia": "Julia", "octave": "Octave", "matlab": "MATLAB", "bash": "Bash", "sos": "SoS"}
"""Languages of kernels whose metadata does not say them, by how the kernel's name begins."""
_ENTRIES = 20
_LONGEST_VALUE = 200
_CARRIED = "exercises"
"""What a notebook carries of its assignment, which is no text: see grader/assignment/carried.py."""


@dataclass(frozen=True, slots=True)
class Cells:
    """All that is taken from one notebook."""

    notebook: NotebookFile
    units: tuple[Unit, ...]
    notes: tuple[Note, ...]
    metadata: dict[str, str]


def read_cells(value: Any, *, file: str, alone: bool, effort: Effort, limits: ReadLimits) -> Cells:
    """A notebook's JSON value into units. `alone`: labels need not name the file. Raises SubmissionError."""
    made, numbers, notes = notebook(value, file=file, limits=limits)
    raw = value.get("metadata")
    language = _language(raw if isinstance(raw, dict) else {})
    if language:
        said = f"{file}: the notebook's language is {one_line(language, limit=40)}; it was read as Python"
        notes.append(Note("language", said, file))
    minor = value.get("nbformat_minor")
    nameless = sum(not cell["id"] for cell in made["cells"])
    if nameless and value.get("nbformat") == 4 and isinstance(minor, int) and minor >= 5:
        notes.append(Note("repaired", f"{file}: {nameless} of its cells had no valid id", file))

    shown = one_line(file, limit=120)
    labels = [f"cell {number}" if alone else f"{shown}, cell {number}" for number in numbers]
    labels, copies = _without_copies(made["cells"], labels)
    notes += copies
    with_ids(made["cells"])
    units = []
    for place, (cell, label) in enumerate(zip(made["cells"], labels, strict=True)):
        source, found = _source(cell, effort)
        notes += [Note(kind, f"{label}: {message}", label) for kind, message in found]
        if source.strip():
            units.append(Unit(label, source, file, place, ""))
    identity, left_out = _identity(made["metadata"])
    if left_out:
        notes.append(Note("metadata", f"{file}: {left_out}", file))
    return Cells(NotebookFile(file, made), tuple(units), tuple(notes), identity)


def _without_copies(cells: list[dict[str, Any]], labels: list[str]) -> tuple[list[str], list[Note]]:
    """Remove, in place, cells that are equal to an earlier one and have its id; the labels of those kept."""
    notes: list[Note] = []
    kept: list[dict[str, Any]] = []
    kept_labels: list[str] = []
    seen: dict[tuple[str, str], tuple[str, str, str]] = {}
    for cell, label in zip(cells, labels, strict=True):
        keys = list(_identities(cell))
        content = (cell["cell_type"], cell["source"].rstrip())
        earlier = [seen[key] for key in keys if key in seen]
        same = next((where for kind, source, where in earlier if (kind, source) == content), None)
        if same is not None:
            notes.append(Note("duplicate cell", f"{label} is a copy of {same} and was left out", label))
            continue
        if earlier:
            said = f"{label} has the same id as {earlier[0][2]} and other contents; both were read"
            notes.append(Note("duplicate cell", said, label))
        for key in keys:
            seen.setdefault(key, (*content, label))
        kept.append(cell)
        kept_labels.append(label)
    cells[:] = kept
    return kept_labels, notes


def _identities(cell: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """All by which a cell may be known: Jupyter's id, Colab's, nbgrader's."""
    if cell["id"]:
        yield "id", cell["id"]
    colab = cell["metadata"].get("id")
    if isinstance(colab, str) and colab:
        yield "colab", colab
    grade_id = _nbgrader(cell).get("grade_id")
    if isinstance(grade_id, str) and grade_id:
        yield "nbgrader", grade_id


def _nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    found = cell["metadata"].get("nbgrader")
    return found if isinstance(found, dict) else {}


def _source(cell: dict[str, Any], effort: Effort) -> tuple[str, list[tuple[str, str]]]:
    """The Python of a cell, "" where it has none; and notes on it as (kind, message)."""
    written = plain_lines(cell["source"])
    if cell["cell_type"] != "code":
        retyped = _retyped(cell, written)
        return "", [("retyped cell", retyped)] if retyped else []
    notes = []
    language = _cell_language(cell)
    if language:
        shown = one_line(language, limit=40)
        return "", [("language", f"the cell's language is {shown}, not Python; it was not read")]
    source, conflicts = resolve(written)
    if conflicts:
        found = "a merge conflict" if conflicts == 1 else f"{conflicts} merge conflicts"
        notes.append(("merge conflict", f"it has {found}; the first version of each was read"))
    source, magics = plain_python(source, effort)
    notes += [("magic", message) for message in magics]
    return source, notes


def _retyped(cell: dict[str, Any], source: str) -> str:
    """Why a cell that is not code looks as if it had been."""
    kind = cell["cell_type"]
    marks = _nbgrader(cell)
    was_code = marks.get("cell_type") == "code" or (
        marks.get("solution") is True and marks.get("grade") is not True and marks.get("task") is not True
    )
    if was_code:
        return (
            f"it was a code cell for a solution and is now a {kind} cell; it was not read: make it code again"
        )
    # Text that explains code has it in fences or indented.
    shown = _FENCED.sub("", source) if kind == "markdown" else source
    if (_DEFINITION if kind == "raw" else _DEFINITION_AT_ONCE).search(shown):
        return f"it defines a function but is a {kind} cell; it was not read: make it a code cell"
    return ""


def _cell_language(cell: dict[str, Any]) -> str:
    """The language that VS Code set a single cell to, unless it is Python."""
    for tool, key in (("vscode", "languageId"), ("dotnet_interactive", "language")):
        settings = cell["metadata"].get(tool)
        language = settings.get(key) if isinstance(settings, dict) else None
        if isinstance(language, str) and language and not _is_python(language):
            return language
    return ""


def _language(metadata: dict[str, Any]) -> str:
    """The notebook's language, unless it is Python or not said."""
    for section, key in (("language_info", "name"), ("kernelspec", "language")):
        settings = metadata.get(section)
        language = settings.get(key) if isinstance(settings, dict) else None
        if isinstance(language, str) and language:
            return "" if _is_python(language) else language
    kernel = metadata.get("kernelspec")
    name = kernel.get("name") if isinstance(kernel, dict) else None
    if isinstance(name, str):
        return next((said for start, said in _KERNELS.items() if re.match(rf"{start}(\W|\d|\Z)", name)), "")
    return ""


def _is_python(language: str) -> bool:
    return language.lower().startswith(("python", "ipython", "sage"))


def _identity(metadata: dict[str, Any]) -> tuple[dict[str, str], str]:
    """What the notebook says of the assignment and the student, as far as it is short text; what was wrong."""
    given = metadata.get("chainmark")
    if given is None:
        return {}, ""
    if not isinstance(given, dict):
        return {}, 'its metadata "chainmark" is no object and was ignored'
    given = {key: value for key, value in given.items() if key != _CARRIED}
    fit = {
        key: value
        for key, value in given.items()
        if isinstance(value, str)
        and max(len(key), len(value)) <= _LONGEST_VALUE
        and (key + value).isprintable()
    }
    kept = dict(list(fit.items())[:_ENTRIES])
    dropped = len(given) - len(kept)
    return (
        kept,
        f'{dropped} entries of its metadata "chainmark" are no short text and were ignored'
        if dropped
        else "",
    )
