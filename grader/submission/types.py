"""What reading a submission gives: units of source, notes on what was repaired, and the one error it may raise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from grader.text import one_line


@dataclass(frozen=True, slots=True)
class Unit:
    """What is read in one go: a notebook's code cell, or a whole .py file."""

    label: str
    """ "cell 12", counted from 1 among all cells of the notebook as it was handed in; "layers.py"; or
    "hw1.ipynb, cell 12" where there are several files. Safe to show."""
    source: str
    """Python, with magics and shell lines replaced so that each line keeps its number."""
    file: str
    """The path inside the submission, with forward slashes; for a single file its name."""
    cell: int | None = None
    """Index into the repaired notebook's cells, from 0; None for a .py file."""
    module: str = ""
    """The dotted name under which other files import a .py file ("cs231n.layers"); "" where there is none."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was repaired, left out, or deserves to be known; never a reason to stop.

    `kind` is one of: "upgraded" (an old notebook format), "repaired" (broken JSON, cells or text), "truncated",
    "merge conflict", "duplicate cell", "retyped cell", "magic", "language", "skipped file", "metadata".
    """

    kind: str
    message: str
    """One line: what and where."""
    where: str = ""
    """The unit's label, or the file."""


class NotebookFile(NamedTuple):
    """A notebook after its repair, as (file, content): `content` is plain JSON data, valid as nbformat 4.5."""

    file: str
    """As `Unit.file`."""
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Submission:
    """All that was handed in, as data."""

    name: str
    """The file's or folder's name, safe to show."""
    path: Path
    units: tuple[Unit, ...]
    """Files of Python first, by name, then the notebooks' cells in order; what is empty is left out."""
    notes: tuple[Note, ...]
    sha256: str
    """Of a file's bytes; of a folder or .zip, of the names and bytes of all files that were read."""
    notebooks: tuple[NotebookFile, ...]
    metadata: Mapping[str, str]
    """What a notebook's metadata has under "chainmark": the assignment's id, its version, the student's id."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much of a submission is read at most. Sizes are in bytes, after unpacking."""

    file_bytes: int = 20_000_000
    total_bytes: int = 100_000_000
    files: int = 200
    """Python files and notebooks."""
    entries: int = 20_000
    """Names looked at in a folder or .zip, whatever they are."""
    depth: int = 20
    """Folders within folders."""
    json_depth: int = 200
    """Lists and objects within one another in a notebook."""
    json_nodes: int = 300_000
    """Lists and objects in a notebook."""
    cells: int = 5000
    """Cells of one notebook."""
    zip_ratio: int = 200
    """So many times its compressed size may a member of a .zip unfold to, once it is larger than a megabyte."""


class SubmissionError(ValueError):
    """A submission that cannot be read. Its text is one line: the file, what is wrong with it, what to do."""

    def __init__(self, file: str, problem: str, hint: str = "") -> None:
        super().__init__(file, problem, hint)
        self.file = file
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        said = f"{one_line(self.file, limit=120)}: {one_line(self.problem, limit=300)}"
        return f"{said}; {one_line(self.hint)}" if self.hint else said


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the submission, as bytes: `name` is its path inside the submission."""

    name: str
    data: bytes

    @property
    def suffix(self) -> str:
        """The name's ending in small letters, such as ".py"."""
        dot = self.name.rfind(".")
        return self.name[dot:].lower() if dot > self.name.rfind("/") else ""


READABLE = (".py", ".ipynb")
"""What is read inside a folder or .zip."""
