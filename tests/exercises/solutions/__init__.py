"""Right solutions of every exercise, written by hand and not taken from the reference: one file for each set.

Every name that a file of this folder defines can be had from here; no two files define the same one.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("[a-z]*.py"))}
FIRST_SET = TEXTS["first_set"]
_HOMES: dict[str, str] = {}


def _module(stem: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{stem}")


def _own(module: ModuleType) -> dict[str, object]:
    """What the module defines itself; numbers and texts count as its own, imported modules and functions do not."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", module.__name__) == module.__name__
    }


for _stem in TEXTS:
    for _name, _value in _own(_module(_stem)).items():
        assert _name not in _HOMES, f"{_name} is defined in {_HOMES[_name]} and in {_stem}"
        _HOMES[_name] = _stem
        globals()[_name] = _value


def text_for(exercise: object) -> str:
    """The files that define what this exercise asks for, one after the other; the first set where none is asked."""
    names = [*exercise.functions, *exercise.variables]  # type: ignore[attr-defined]
    stems = dict.fromkeys(_HOMES[name] for name in names if name in _HOMES)
    return "\n\n".join(TEXTS[stem] for stem in stems) or FIRST_SET
