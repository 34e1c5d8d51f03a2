"""Finding the exercises: every constant in capitals that is an `Exercise`, by walking packages and course folders.

Bundled exercises and those of other packages come in by the same door: entry points of the group
"chainmark.exercises", each of which names a package. Our own is walked without an installation too, and a course
may have folders of its own. A new exercise is a new file; nothing registers it anywhere.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, ModuleType

from grader.course_folder import ExerciseFileError, failure, modules_of
from grader.exercise import Exercise
from grader.nearest import did_you_mean
from grader.shadowing import ROOT, shadowing
from grader.text import one_line

__all__ = ["ExerciseFileError", "UnknownExerciseError", "exercises", "find", "homes", "packages", "shadowing"]

GROUP = "chainmark.exercises"
OURS = "exercises"


class UnknownExerciseError(ValueError):
    """There is no exercise of this id; `nearest` says what may have been meant, as a question."""

    def __init__(self, id: str, nearest: str) -> None:
        super().__init__(id, nearest)
        self.id, self.nearest = id, nearest

    def __str__(self) -> str:
        shown = one_line(self.id, limit=60)
        meant = f"{self.nearest} " if self.nearest else ""
        return f'there is no exercise "{shown}"; {meant}`chainmark list` shows all'


def exercises(*, folders: Iterable[Path] = ()) -> Mapping[str, Exercise]:
    """Every exercise by id: of the installed packages, ours first, then of a course's folders. Read-only.

    Within a package they come in the order of its modules' names. Raises ExerciseFileError, in one line, for a file
    that cannot be imported and for two exercises of one id.
    """
    found: dict[str, tuple[Exercise, str]] = {}
    for module, file in _modules(folders):
        for name, value in vars(module).items():
            if not (isinstance(value, Exercise) and name.isupper()):
                continue
            known, first = found.setdefault(value.id, (value, f"{file} ({name})"))
            if known is not value:
                problem = f"{name} is a second exercise with the id {value.id!r}; the first is in {first}"
                raise ExerciseFileError(file, 0, problem)
    return MappingProxyType({id: exercise for id, (exercise, _) in found.items()})


def homes(chosen: Iterable[Exercise]) -> Iterator[ModuleType]:
    """The modules of packages in which these exercises stand, those of a course's folders apart."""
    wanted = {id(exercise) for exercise in chosen}
    for module, _ in _modules(()):
        if any(name.isupper() and id(value) in wanted for name, value in vars(module).items()):
            yield module


def find(id: str, known: Mapping[str, Exercise]) -> Exercise:
    """The exercise of this id. Raises UnknownExerciseError with the nearest ids."""
    if id not in known:
        raise UnknownExerciseError(id, did_you_mean(id, known))
    return known[id]


def _modules(folders: Iterable[Path]) -> Iterator[tuple[ModuleType, str]]:
    """Every module that may hold exercises, and its file as messages name it."""
    for name in packages():
        yield from _walked(name)
    seen: set[Path] = set()
    for folder in folders:
        real = folder.resolve()
        if real in seen:
            continue
        seen.add(real)
        yield from modules_of(real)


def packages() -> list[str]:
    """Names of the packages of all entry points, ours first and whether or not we are installed."""
    named = {entry.value.partition(":")[0].strip() for entry in metadata.entry_points(group=GROUP)}
    return [OURS, *sorted(named - {OURS})]


def _walked(package: str) -> Iterator[tuple[ModuleType, str]]:
    """A package and all modules below it, in the order of their names."""
    root = _ours() if package == OURS else _imported(package)
    pending = [root]
    while pending:
        module = pending.pop()
        yield module, _file(module)
        below = sorted(found.name for found in pkgutil.iter_modules(getattr(module, "__path__", ())))
        pending += [_imported(f"{module.__name__}.{name}") for name in reversed(below) if name != "__main__"]


def _ours() -> ModuleType:
    """Our own package of exercises, whatever else of its name stands on the path."""
    spec = importlib.machinery.PathFinder.find_spec(OURS, [str(ROOT)])
    if spec is None or spec.loader is None:
        raise ExerciseFileError(str(ROOT / OURS), 0, "chainmark's own exercises are not there")
    if OURS not in sys.modules:
        sys.modules[OURS] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(sys.modules[OURS])
        except BaseException:
            del sys.modules[OURS]
            raise
    places = [os.path.realpath(place) for place in getattr(sys.modules[OURS], "__path__", ())]
    if os.path.realpath(ROOT / OURS) not in places:
        said = (line for line in shadowing() if f"`{OURS}`" in line)
        raise ExerciseFileError("", 0, next(said, f"`{OURS}` is not chainmark's own package"))
    return sys.modules[OURS]


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise failure(error, _home(name.partition(".")[0]), one_line(name)) from error


def _home(package: str) -> Path:
    """The folder of a package, also where it cannot be imported; a path to nothing where it has none."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    return Path(next(iter(spec.submodule_search_locations or ()), os.devnull) if spec else os.devnull)


def _file(module: ModuleType) -> str:
    """The module's file, as from the folder that holds its package."""
    file = getattr(module, "__file__", None) or module.__name__
    below = module.__name__.count(".") + (1 if hasattr(module, "__path__") else 0)
    return one_line("/".join(Path(file).parts[-below - 1 :]), limit=300)
