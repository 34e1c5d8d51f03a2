"""A course's own folder of exercise files, imported as a package; what is wrong in a file becomes one line."""

from __future__ import annotations

import hashlib
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from grader.text import one_line

SKIPPED = ("__pycache__", "__main__.py", "__init__.py", "conftest.py")
"""`__init__.py` is run when the folder itself is imported."""


class ExerciseFileError(ValueError):
    """A file of exercises that cannot be used: which, at which line (0 if unknown), and what is wrong."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(file, line, problem)
        self.file, self.line, self.problem = file, line, problem

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return one_line(f"{place}: {self.problem}" if place else self.problem, limit=600)


def modules_of(folder: Path) -> Iterator[tuple[ModuleType, str]]:
    """Every module of a folder, in the order of their names, and its file as messages name it.

    The folder is a package under a name that nothing else has, with or without an `__init__.py`, and its files
    import each other with a dot: `from .shared import draw`. Each call imports them anew. Hidden files,
    `conftest.py` and files that begin with test_ are left out. Raises ExerciseFileError.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise ExerciseFileError(one_line(str(folder), limit=300), 0, "there is no such folder")
    package = f"chainmark_course_{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]
    importlib.invalidate_caches()  # a file may have been added since this process last looked
    yield _package(package, folder), folder.name
    for file in _files(folder):
        inside = file.relative_to(folder)
        shown = displayed(file, folder)
        if any("." in part for part in inside.with_suffix("").parts):
            raise ExerciseFileError(shown, 0, "its name may have no dot but the one before py")
        try:
            yield importlib.import_module(".".join((package, *inside.with_suffix("").parts))), shown
        except (Exception, SystemExit) as error:
            raise failure(error, folder, shown, package=package) from error


def _package(name: str, folder: Path) -> ModuleType:
    """The folder as a package; its `__init__.py`, if it has one, is run."""
    file = folder / "__init__.py"
    spec = (
        importlib.util.spec_from_file_location(name, file, submodule_search_locations=[str(folder)])
        if file.is_file()
        else importlib.machinery.ModuleSpec(name, None, is_package=True)
    )
    assert spec is not None, "a file that ends in .py has a loader"
    spec.submodule_search_locations = [str(folder)]
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        if spec.loader is not None:
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise failure(error, folder, displayed(file, folder), package=name) from error
    return module


def _files(folder: Path) -> list[Path]:
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED)
        found += [
            Path(place, name)
            for name in files
            if name.endswith(".py") and not name.startswith((".", "test_")) and name not in SKIPPED
        ]
    return sorted(found)


def displayed(file: Path, folder: Path) -> str:
    """A file below a folder as messages name it: with the folder's own name, without what is above."""
    return one_line(f"{folder.name}/{file.relative_to(folder).as_posix()}", limit=300)


def failure(error: BaseException, folder: Path, shown: str, *, package: str = "") -> ExerciseFileError:
    """What went wrong while a file was imported: the last place within the folder that the error came through.

    `shown` is the file to name if there is no such place; `package` is the name under which the folder was
    imported, for which its own name is put.
    """
    line = 0
    places = [(frame.f_code.co_filename, number) for frame, number in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno or 0))
    for name, number in places:
        file = Path(name)
        if file.is_absolute() and file.is_relative_to(folder):
            shown, line = displayed(file, folder), number
    return ExerciseFileError(shown, line, _said(error, folder, package))


def _said(error: BaseException, folder: Path, package: str) -> str:
    if isinstance(error, SystemExit):
        return "it ends Python while it is imported"
    said = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
    if package:
        said = said.replace(package, folder.name)
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        if (folder / f"{top}.py").is_file() or (folder / top).is_dir():
            said += f"; files of one folder import each other with a dot: from .{error.name} import ..."
    return one_line(said, limit=400)
