"""`Work`: one submission of one student, as a tree of submissions shows it, before anything of it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Work:
    """What one student handed in at one time."""

    student: str
    """The id by which the tree knows the student: a folder's name, a number, an address."""
    files: tuple[Path, ...]
    """The one file or folder; several where a system flattens what was handed in together."""
    named: tuple[str, ...]
    """The files' own names, without what the system put before them; for one folder nothing."""
    name: str = ""
    """The student's name where the tree tells it."""
    email: str = ""
    sort_key: str = ""
    """Canvas' `lastnamefirstname`."""
    attempt: str = "1"
    received: datetime | None = None
    marked_late: bool = False

    @property
    def place(self) -> Path:
        """Where it lies."""
        return self.files[0]

    @property
    def aliases(self) -> tuple[str, ...]:
        """All that may say who it is, the surest first."""
        return tuple(filter(None, (self.student, self.email, self.name)))


@dataclass(frozen=True, slots=True)
class Found:
    """All submissions below a path."""

    layout: str
    """How they lie, in words."""
    works: tuple[Work, ...]
    notes: tuple[str, ...] = ()
    """What was passed over although it may matter, a line each."""
