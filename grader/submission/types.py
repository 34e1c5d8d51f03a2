"""`Submission`: what a student handed in, as plain data. Nothing of it has been run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Unit:
    """What is read in one go: a notebook's code cell, or a whole .py file."""

    label: str
    """As messages call it: "cell 12" (from 1, among all cells), "layers.py", "hw1.ipynb, cell 12"."""
    source: str
    """Plain Python; lines that were magics or shell commands are empty, so that the numbers of lines are kept."""
    file: str
    """Its path inside the submission, with forward slashes."""
    cell: int | None = None
    """Index into the repaired notebook's cells, from 0; None for a .py file."""
    module: str = ""
    """Dotted name under which a .py file may be imported by the others."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was repaired, left out or deserves to be known; never a reason to stop.

    kind: upgraded | repaired | merge conflict | truncated | duplicate cell | cell ids | not run | magic |
    language | skipped file
    """

    kind: str
    message: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything read from one file or folder."""

    name: str
    path: Path
    units: tuple[Unit, ...]
    notes: tuple[Note, ...]
    sha256: str
    """Of the file's bytes; for several files of their names and bytes, sorted."""
    notebooks: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """(file, the repaired notebook in nbformat 4), for the feedback that is written into it."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What a notebook says of itself under "chainmark": assignment, version, student."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much is read at most. What is larger is refused before it is read."""

    file_bytes: int = 20 << 20
    total_bytes: int = 100 << 20
    files: int = 200
    depth: int = 8
    """Folders within folders."""
    ratio: int = 200
    """How much larger than its packed form a member of an archive may be."""


class SubmissionError(ValueError):
    """The submission cannot be read: one line that says what, where and what to do."""
