"""Names inside a folder or archive: which are left out, which are refused, which module a file is."""

from __future__ import annotations

import re

from grader.submission.types import READABLE

_OTHERS = frozenset({"__pycache__", "__macosx", "node_modules", "site-packages"})
_VENVS = frozenset({"venv", "env", "virtualenv"})
_FEEDBACK = re.compile(r".+\.feedback\d*\.ipynb", re.DOTALL)
_LONGEST_PART = 255
_LONGEST = 1000


def is_clutter(parts: list[str] | tuple[str, ...]) -> bool:
    """Whether the path lies in what tools leave behind: hidden files, checkpoints, caches, installed packages.

    Our own feedback is among them: it holds the student's functions a second time.
    """
    if parts and _FEEDBACK.fullmatch(parts[-1]):
        return True
    return any(part.startswith(".") or part.lower() in _OTHERS for part in parts)


def is_environment(folder: str, names: set[str]) -> bool:
    """Whether a folder that holds these names is a virtual environment."""
    return "pyvenv.cfg" in names or (
        folder.lower() in _VENVS and bool({"lib", "Lib"} & names) and bool({"bin", "Scripts"} & names)
    )


def is_readable(name: str) -> bool:
    """Whether it is a Python file or a notebook, by its name."""
    return name.lower().endswith(READABLE)


def refused(name: str) -> str:
    """Why a path inside an archive is not trusted; "" if nothing is wrong with it. Slashes are forward ones."""
    parts = name.split("/")
    if name.startswith("/"):
        return "its name begins at the root"
    if re.match(r"[A-Za-z]:", name):
        return "its name begins with a drive"
    if ".." in parts:
        return "its name leads out of the archive"
    if not name.isprintable():
        return "its name has characters that cannot be seen"
    if len(name) > _LONGEST or any(len(part) > _LONGEST_PART for part in parts):
        return "its name is too long"
    return ""


def module_name(file: str) -> str:
    """`cs231n/layers.py` -> `cs231n.layers`; "" where the path is no name that can be imported."""
    parts = file[:-3].split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else ""
