"""What a notebook says of itself: `assignment` and `student_id`, as its first cells define them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.assignment.beside import Beside
    from grader.exercise import Exercise
    from grader.findings import Finding

PRACTICE = "practice"
"""The assignment of whoever has none."""
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What an assignment's file may give as its id."""
LARGEST = 20_000_000
"""Bytes of a notebook, as a submission may have."""


@dataclass(frozen=True, slots=True)
class Context:
    """The exercises that a notebook may ask for, and the assignment that it belongs to."""

    known: Mapping[str, Exercise]
    assignment: Assignment | None
    """From its file, else what the notebook carries of it; None where it names none, or nothing is found."""
    id: str
    """Of the assignment, also where its file is not found: personal numbers depend on it."""
    missing: bool = False
    """Whether it names an assignment whose file is not found."""
    passed_over: str = ""
    """Why a file that is there was not taken."""

    @property
    def lost(self) -> str:
        """What to do where the assignment's file is not found, to be added to a message; else empty."""
        return f"; {self._advice}" if self.missing else ""

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What to know of the points where the assignment's file is not found and the notebook carries none."""
        from grader.findings import Finding, Verdict

        if not self.missing or self.assignment is not None:
            return ()
        said = f"points and titles are the exercises' own, not your course's: {self._advice}"
        return (Finding("assignment", Verdict.WARN, said),)

    @property
    def _advice(self) -> str:
        from grader.text import one_line

        named = f'assignment "{one_line(self.id, limit=60)}"'
        if self.passed_over:
            return f"{named} is not taken from beside this notebook, since {self.passed_over}"
        return (
            f"{named} does not come with chainmark: lay its assignment.toml, with the folders that it names, "
            "beside this notebook"
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
    from grader.assignment.known import known_of
    from grader.exercise_catalogue import exercises

    said = names.get("assignment", "")
    # The name is one that a student may use for anything: what no file could give as its id asks for none.
    id = said.strip() if isinstance(said, str) and ID.fullmatch(said.strip()) else ""
    if not id:
        return Context(exercises(), None, PRACTICE)
    found = _file(id, names)
    if found.path is None:
        known = exercises()
        return Context(known, _carried(id, names, known), id, missing=True, passed_over=found.passed_over)
    known = exercises(folders=exercise_folders(found.path))
    assignment = read_assignment(found.path, **known_of(known))
    return Context(known, assignment, assignment.id)


def _file(id: str, names: Mapping[str, Any]) -> Beside:
    """The assignment of this id: one that comes with chainmark, else a course's own beside the notebook."""
    from grader.assignment.beside import Beside, beside
    from grader.bundled import bundled
    from grader.live.saved import notebook_path

    known = bundled().get(id)
    if known is not None:
        return Beside(known)
    notebook = notebook_path(names)
    homes = [notebook.resolve().parent] if notebook is not None else []
    return beside(id, (*homes, Path.cwd()), notebook=notebook)


def _carried(id: str, names: Mapping[str, Any], known: Mapping[str, Exercise]) -> Assignment | None:
    """What the running notebook carries of this assignment, where its file is known and can be read."""
    import json

    from grader.assignment.carried import carried
    from grader.assignment.known import known_of
    from grader.live.saved import notebook_path

    notebook = notebook_path(names)
    if notebook is None:
        return None
    try:
        if notebook.stat().st_size > LARGEST:
            return None
        metadata = json.loads(notebook.read_bytes())["metadata"]["chainmark"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    found = carried(metadata, **known_of(known)) if isinstance(metadata, dict) else None
    return found.assignment if found is not None and found.assignment.id == id else None
