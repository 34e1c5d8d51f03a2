"""Cells of a notebook, each with an id and a tag by which it is known again.

A tag stands in the cell's metadata under "chainmark": the exercise (empty for the notebook's own cells), the role,
and a digest of the source as it was handed out, from which `build --update` sees what a student has changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

KEY = "chainmark"
CODE, MARKDOWN = "code", "markdown"

TEXT, STARTER, CHECK, ANSWER, PAPER, NOTE = "text", "starter", "check", "answer", "paper", "note"
"""Roles. Students write in starters and answers."""
THEIRS = (STARTER, ANSWER, "id")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it is handed out."""

    role: str
    kind: str
    source: str
    exercise: str = ""

    @property
    def digest(self) -> str:
        """Of the source, without the white space at its end, which editors change."""
        return digest(self.source)

    def node(self, assignment: str) -> dict[str, Any]:
        """The cell as nbformat 4.5 has it. The same cell of the same assignment always has the same id."""
        tag = {"exercise": self.exercise, "role": self.role, "sha256": self.digest}
        metadata: dict[str, Any] = {KEY: tag if self.exercise else {k: v for k, v in tag.items() if v}}
        if self.exercise or self.role in THEIRS:
            metadata["deletable"] = False
        if self.exercise and self.role in (TEXT, CHECK, PAPER):
            metadata["editable"] = False
        name = f"{self.exercise or 'page'}-{self.role}"
        node: dict[str, Any] = {
            "cell_type": self.kind,
            "id": f"{_plain(name)[:50]}-{digest(f'{assignment}/{name}')[:8]}",
            "metadata": metadata,
            "source": self.source.rstrip("\n"),
        }
        if self.kind == CODE:
            node |= {"execution_count": None, "outputs": []}
        return node


def digest(source: str) -> str:
    """Twelve hexadecimal digits of a source."""
    lines = "\n".join(line.rstrip() for line in source.strip().splitlines())
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def tag(cell: dict[str, Any]) -> tuple[str, str] | None:
    """(exercise, role) of a cell that we handed out; None for a student's own."""
    found = _tag(cell)
    if found is None:
        return None
    exercise, role = found.get("exercise", ""), found.get("role")
    return (exercise, role) if isinstance(exercise, str) and isinstance(role, str) else None


def handed_out(cell: dict[str, Any]) -> str:
    """The digest of the source as it was handed out; empty if the cell does not say."""
    found = _tag(cell)
    value = found.get("sha256") if found is not None else None
    return value if isinstance(value, str) else ""


def is_touched(cell: dict[str, Any]) -> bool:
    """Whether somebody changed a cell that we handed out."""
    known = handed_out(cell)
    return bool(known) and digest(source_of(cell)) != known


def source_of(cell: dict[str, Any]) -> str:
    """The cell's source as one text."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def _tag(cell: dict[str, Any]) -> dict[str, Any] | None:
    metadata = cell.get("metadata")
    found = metadata.get(KEY) if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else None


def _plain(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in name)
