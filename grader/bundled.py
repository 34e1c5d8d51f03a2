"""Assignments that come with a package of exercises, found by their ids wherever a file is expected.

They are the `assignments/*.toml` of each such package, ours first; a file is called after its id.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from grader.nearest import did_you_mean
from grader.shadowing import ROOT
from grader.text import one_line

GROUP = "chainmark.exercises"
FOLDER = "assignments"


class UnknownAssignmentError(ValueError):
    """What was given is neither a file, nor a folder, nor the id of an assignment that comes with chainmark."""

    def __init__(self, given: str, nearest: str) -> None:
        super().__init__(given, nearest)
        self.given, self.nearest = given, nearest

    def __str__(self) -> str:
        known = ", ".join(bundled())
        hint = self.nearest or f"those that come with chainmark are {known}"
        return f"{one_line(self.given)} is no file and no assignment that comes with chainmark; {hint}"


def bundled() -> Mapping[str, Path]:
    """The file of each assignment by its id, in the order of their names."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, path)
    return MappingProxyType(found)


def assignment_file(given: Path) -> Path:
    """The file or folder that is meant: the path itself where there is something, else what is bundled by this id.

    Raises UnknownAssignmentError for a plain word that is neither; a path that leads nowhere is given back, since
    whoever reads it says why.
    """
    text = os.fspath(given)
    if os.path.lexists(given):
        return given
    known = bundled()
    if text in known:
        return known[text]
    if given.name != text or text.endswith(".toml"):
        return given
    raise UnknownAssignmentError(text, did_you_mean(text, known))


def _folders() -> list[Path]:
    homes = [ROOT / "exercises"]
    for entry in metadata.entry_points(group=GROUP):
        package = entry.value.partition(":")[0].strip()
        try:
            spec = importlib.util.find_spec(package)
        except (ImportError, ValueError):
            continue
        homes += [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    return [home / FOLDER for home in dict.fromkeys(homes)]
