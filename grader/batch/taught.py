"""The files that say what chosen exercises ask: their own, and what those import from the same package.

Read from the files alone. What happens to be imported in this process, by a test or by a course's own server, does
not change the answer: the same exercises have the same files everywhere.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.exercise import Exercise
from grader.exercise_catalogue import homes


def taught(chosen: Mapping[str, Exercise]) -> set[Path]:
    """Files of the modules that define these exercises, and of all of their packages that these import."""
    pending = [
        (module.__name__, Path(module.__file__)) for module in homes(chosen.values()) if module.__file__
    ]
    found: set[Path] = set()
    while pending:
        name, file = pending.pop()
        if file in found:
            continue
        found.add(file)
        pending += _imported(name, file)
    return found


def _imported(name: str, file: Path) -> Iterator[tuple[str, Path]]:
    """The modules of its own package that a module imports at its top or in a function."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    top = name.partition(".")[0]
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            home = ".".join([*above, *([node.module] if node.module else [])])
            # `from package import module` and `from module import name` look alike.
            wanted = [home, *(f"{home}.{alias.name}" for alias in node.names)]
        else:
            continue
        for module in wanted:
            if module.partition(".")[0] == top and (source := _source(module)):
                yield module, source


def _source(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None
