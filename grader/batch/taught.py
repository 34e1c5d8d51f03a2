"""The files that say what chosen exercises ask: their own, and what those import from packages of exercises.

A course's own files are no part of the answer, since they are looked at wherever they lie; what they build upon is.

Read from the files alone. What happens to be imported in this process, by a test or by a course's own server, does
not change the answer: the same exercises have the same files everywhere.
"""

from __future__ import annotations

import ast
import importlib.util
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from grader.exercise import Exercise
from grader.exercise_catalogue import homes, packages


def taught(chosen: Mapping[str, Exercise], folders: Iterable[Path] = ()) -> set[Path]:
    """Files of the modules that define these exercises, and of all that these import from packages of exercises.

    `folders` are the course's own: an exercise there may be a bundled one with another id, so that what its file
    imports counts as well.
    """
    known = frozenset(packages())
    pending = [
        (module.__name__, Path(module.__file__)) for module in homes(chosen.values()) if module.__file__
    ]
    for folder in folders:
        for file in python_files(folder):
            pending += _imported("", file, known)
    found: set[Path] = set()
    while pending:
        name, file = pending.pop()
        if file in found:
            continue
        found.add(file)
        pending += _imported(name, file, known)
    return found


def python_files(folder: Path) -> Iterator[Path]:
    """The Python files below a course's folder, in the order of their names, without hidden ones."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if name.endswith(".py") and not name.startswith(".") and path.is_file():
                yield path


def _imported(name: str, file: Path, known: frozenset[str]) -> Iterator[tuple[str, Path]]:
    """The modules of its own and of the known packages that a module imports at its top or in a function.

    A course's file comes without a name: what it imports by a dot lies in the course's folder, too.
    """
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    tops = known | {name.partition(".")[0]}
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # in a course's folder there may be a file that nobody imports
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level and not name:
                continue
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            home = ".".join([*above, *([node.module] if node.module else [])])
            # `from package import module` and `from module import name` look alike.
            wanted = [home, *(f"{home}.{alias.name}" for alias in node.names)]
        else:
            continue
        for module in wanted:
            if module.partition(".")[0] in tops and (source := _source(module)):
                yield module, source


def _source(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None
