"""What a notebook says of itself: `assignment` and `student_id`, as its first cells define them."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.exercise import Exercise

PRACTICE = "practice"
"""The assignment of whoever has none."""
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What an assignment's file may give as its id."""


@dataclass(frozen=True, slots=True)
class Context:
    """The exercises that a notebook may ask for, and the assignment that it belongs to."""

    known: Mapping[str, Exercise]
    assignment: Assignment | None
    """None where it names none, or none that is found."""
    id: str
    """Of the assignment, also where its file is not found: personal numbers depend on it."""

    @property
    def lost(self) -> str:
        """What to do where the assignment's file is not found, to be added to a message; else empty."""
        from grader.text import one_line

        if self.assignment is not None or self.id == PRACTICE:
            return ""
        return (
            f'; assignment "{one_line(self.id, limit=60)}" does not come with chainmark: lay its assignment.toml, '
            "with the folders that it names, beside this notebook"
        )

    def called(self, exercise: Exercise, functions: Iterable[str]) -> tuple[str, ...]:
        """What the students of this course call these functions of an exercise."""
        entries = self.assignment.exercises if self.assignment is not None else ()
        own: Mapping[str, str] = next((e.functions for e in entries if e.id == exercise.id), {})
        return tuple(own.get(name, name) for name in functions)

    def assigned(self, chosen: Mapping[str, Exercise]) -> Assignment:
        """The assignment with the chosen exercises alone; a practice one where none is found."""
        from dataclasses import replace

        from grader.assignment import Assignment

        loose = Assignment.from_exercises({id: e.worth for id, e in chosen.items()}, tuple(chosen))
        if self.assignment is None:
            return replace(loose, id=self.id)
        mine = {entry.id: entry for entry in self.assignment.exercises}
        return replace(
            self.assignment, exercises=tuple(mine.get(entry.id, entry) for entry in loose.exercises)
        )


def student_of(names: Mapping[str, Any]) -> str:
    """The student's id; empty where none is given."""
    given = names.get("student_id", "")
    # Half of a surrogate pair, as a broken paste leaves it, has no bytes to draw numbers from.
    return str(given).strip().encode(errors="replace").decode() if isinstance(given, (str, int)) else ""


def context_of(names: Mapping[str, Any]) -> Context:
    """The context of these names. Raises ExerciseFileError and AssignmentError."""
    from grader.assignment import exercise_folders, read_assignment
    from grader.exercise_catalogue import exercises

    said = names.get("assignment", "")
    # The name is one that a student may use for anything: what no file could give as its id asks for none.
    id = said.strip() if isinstance(said, str) and ID.fullmatch(said.strip()) else ""
    path = _file(id, names) if id else None
    if path is None:
        return Context(exercises(), None, id or PRACTICE)
    known = exercises(folders=exercise_folders(path))
    assignment = read_assignment(path, known={name: exercise.worth for name, exercise in known.items()})
    return Context(known, assignment, assignment.id)


def _file(id: str, names: Mapping[str, Any]) -> Path | None:
    """The assignment of this id: one that comes with chainmark, else a course's own beside the notebook.

    Its exercises are imported, so only the notebook's own folder and the one above are looked into, and only files
    that are nobody else's.
    """
    from grader.bundled import bundled

    known = bundled().get(id)
    if known is not None:
        return known
    return next((path for path in _beside(id, names) if _trusted(path, names) and _says(path) == id), None)


def _trusted(path: Path, names: Mapping[str, Any]) -> bool:
    """Whether there is such a file, and it is the student's own, or of whoever owns the notebook or the machine.

    The folder above may be one that everybody can write to, such as /tmp: its exercises would be run as the
    student. The same holds for the folders that the file names.
    """
    from grader.assignment import AssignmentError, exercise_folders
    from grader.live.saved import notebook_path

    with contextlib.suppress(OSError, ValueError):
        if not path.is_file() or not hasattr(os, "getuid"):
            return path.is_file()
        notebook = notebook_path(names)
        owners = {0, os.getuid()} | ({notebook.stat().st_uid} if notebook is not None else set())
        if path.stat().st_uid not in owners:
            return False
        with contextlib.suppress(AssignmentError):  # what is wrong with it is said where it is read
            return all(
                file.stat().st_uid in owners
                for folder in exercise_folders(path)
                for file in (folder, *folder.rglob("*.py"))
            )
        return True
    return False


def _beside(id: str, names: Mapping[str, Any]) -> Iterator[Path]:
    from grader.live.saved import notebook_path

    notebook = notebook_path(names)
    places = [notebook.resolve().parent] if notebook is not None else []
    for place in (*places, Path.cwd()):
        for folder in (place, place.parent):
            yield folder / "assignment.toml"
            yield folder / f"{id}.toml"


def _says(path: Path) -> str:
    """The id in an assignment's file; empty where it is none."""
    from grader.assignment import AssignmentError
    from grader.assignment.document import document

    try:
        head = document(path).get("assignment")
    except AssignmentError:
        return ""
    return str(head.get("id", "")) if isinstance(head, dict) else ""
