"""Files of a student's that hide our own: a local `grader.py` or `exercises/` that `import` would find first."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.text import one_line

ROOT = Path(__file__).resolve().parents[1]
"""The folder that our installation is in: a clone, or site-packages."""
ROOMS = ("reference", "grader", "exercises")


def shadowing(*, path: Sequence[str] | None = None, folder: Path | None = None) -> list[str]:
    """One line for each of our packages that was imported from elsewhere, or would be in the working directory.

    Looks at files only and imports nothing. `path` stands for `sys.path`, `folder` for the working directory, which
    is searched first, as notebooks and `python -m` do.
    """
    here = os.fspath(folder) if folder is not None else _working_directory()
    entries = [*([here] if here else []), *(entry or here for entry in (sys.path if path is None else path))]
    said = []
    for name in ROOMS:
        ours = ROOT / name / "__init__.py"
        was = _imported_from(name)
        if was and not _same(was, ours):
            said.append(_line(name, was, "was imported in place of"))
            continue
        would = next((file for entry in entries for file in _modules(entry, name)), "")
        if would and not _same(would, ours):
            said.append(_line(name, would, "hides"))
    return said


def _line(name: str, file: str, verb: str) -> str:
    path, folder = Path(file), Path(file).parent.name == name
    shown = one_line(str(path.parent if folder else path), limit=300)
    return f"{shown} {verb} chainmark's own `{name}`; give the {'folder' if folder else 'file'} another name"


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:  # it has been deleted meanwhile
        return ""


def _imported_from(name: str) -> str:
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        return file
    # A folder without __init__.py has no file, only a path.
    return next((os.path.join(part, "__init__.py") for part in getattr(module, "__path__", ())), "")


def _modules(entry: str, name: str) -> Iterator[str]:
    """Files under which `import name` would find something in this folder, in Python's own order.

    A folder without `__init__.py` is none: Python takes it only where there is no package of this name anywhere.
    """
    for file in (os.path.join(entry, name, "__init__.py"), os.path.join(entry, f"{name}.py")):
        if entry and os.path.isfile(file):
            yield file


def _same(file: str, ours: Path) -> bool:
    return os.path.realpath(file) == os.path.realpath(ours)
