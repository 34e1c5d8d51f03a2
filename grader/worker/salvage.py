"""Running a function in parts, so that a statement that raises does not hide what the others compute.

`dx = dout @ w` raises, `dw = x.T @ dout` is right: the function made here returns (Failed, dw, db). What it returns
was computed by the student's own statements, none of which had anything lost among what it reads: whatever a failed
statement gave a value, changed or may have changed is lost, and so is what is computed from it. Where that cannot
be told, the function as a whole has failed.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Sequence
from typing import Any, Never

import numpy as np

from grader.worker.failures import told
from grader.worker.imports import USES
from grader.worker.parts import KEEPER, TEMPORARY, Part, in_parts, suitable
from grader.worker.program import Analysis, Source
from grader.worker.values import Failed, class_name

MOST_PARTS_RUN = 200_000
"""A loop whose end depended on what is lost ends here."""

DEEPEST = 6
"""Containers within containers that are looked into for what is lost or changed."""

NEEDS_LOST = "it needs a value that could not be computed"


def salvaged(function: Any, analysis: Analysis, sources: Sequence[Source], namespace: dict[str, Any]) -> Any:
    """The function run in parts, or None if it is no plain definition of the student's.

    Calling it raises what the function itself raises where nothing can be told apart.
    """
    if type(function) is not types.FunctionType or function.__globals__ is not namespace:
        return None
    found = _definition(function.__code__, analysis, sources)
    if found is None or not suitable(found[0]):
        return None
    node, flags = found
    code = function.__code__
    local = [name for name in (*code.co_varnames, *code.co_cellvars) if name.isidentifier()]
    free = code.co_freevars
    made, parts = in_parts(node, tuple(dict.fromkeys(local)))
    outer = ast.parse(f"def outer({', '.join((KEEPER, *free))}):\n    pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body = [made]
    made.name = f"{TEMPORARY}function"  # its own name means the function itself, where it calls itself
    module = ast.fix_missing_locations(ast.Module([outer], []))
    try:
        compiled = compile(module, code.co_filename, "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    inner = _inner(_inner(compiled, "outer"), made.name).replace(co_name=node.name)
    keeper = Keeper(parts, frozenset(local), namespace, {source.label for source in sources})
    cells = dict(zip(free, function.__closure__ or (), strict=True)) | {KEEPER: types.CellType(keeper)}
    rebuilt = types.FunctionType(
        inner, namespace, node.name, function.__defaults__, tuple(cells[name] for name in inner.co_freevars)
    )
    rebuilt.__kwdefaults__ = function.__kwdefaults__

    def in_pieces(*args: Any, **named: Any) -> Any:
        keeper.begin()
        try:
            value = rebuilt(*args, **named)
        except GiveUp:
            raise keeper.first or RuntimeError(NEEDS_LOST) from None
        return keeper.result(value)

    return in_pieces


class GiveUp(BaseException):
    """What is lost cannot be told from what is not."""


class _NeedsLost(Exception):
    """A lost value was used."""


class Mark:
    """In place of a value that is lost; any use of it raises, and its keeper hears of it."""

    __slots__ = ("_failed", "_keeper")

    def __init__(self, keeper: Keeper, failed: Failed) -> None:
        object.__setattr__(self, "_keeper", keeper)
        object.__setattr__(self, "_failed", failed)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        _used(self)


def _used(self: Mark, *_: Any, **__: Any) -> Never:
    object.__getattribute__(self, "_keeper").touched = True
    raise _NeedsLost(NEEDS_LOST)


for _name in USES.split():
    setattr(Mark, f"__{_name}__", _used)


class Keeper:
    """Knows what is lost while a function is run in parts."""

    def __init__(
        self, parts: Sequence[Part], local: frozenset[str], names: dict[str, Any], units: set[str]
    ) -> None:
        self.parts, self.local, self.names, self.units = parts, local, names, units
        self.begin()

    def begin(self) -> None:
        """Nothing is lost yet."""
        self.first: BaseException | None = None
        self.losing: frozenset[str] = frozenset()
        """Names that lose their value now."""
        self.latest = Mark(self, Failed("", NEEDS_LOST))
        """The mark that they are given."""
        self.touched = False
        self.skipped_unwritten = False
        self.runs = 0
        self.before: dict[str, Any] = {}

    def may_run(self, number: int) -> bool:
        """Whether nothing that the part reads is lost."""
        self.runs += 1
        if self.runs > MOST_PARTS_RUN:
            raise GiveUp
        part = self.parts[number]
        values = _locals()
        lost = [values[name] for name in part.loads if type(values.get(name)) is Mark]
        if lost:
            failed = object.__getattribute__(lost[0], "_failed")
            needing = Mark(self, Failed(failed.error, NEEDS_LOST, failed.line))
            self.latest = lost[0] if part.copies else needing
            self._lose(part, values, self._reached(part, values))
            return False
        self.before = {name: _digest(values[name]) for name in part.loads if name in values}
        self.touched = False
        return True

    def done(self) -> None:
        """The part has ended. Raises if it used what is lost."""
        if self.touched:
            raise _NeedsLost(NEEDS_LOST)

    def failed(self, number: int, error: Exception) -> None:
        """The part has raised."""
        part, values = self.parts[number], _locals()
        self.first = self.first or error
        if part.leaves:
            raise GiveUp
        name, text = class_name(type(error)), told(error)
        if type(error) is _NeedsLost:
            name = object.__getattribute__(self.latest, "_failed").error
        elif self.skipped_unwritten and isinstance(error, NameError):
            name, text = "NotImplementedError", ""
        self.latest = Mark(self, Failed(name, text, self._line(error)))
        changed = {n for n, digest in self.before.items() if n in values and _digest(values[n]) != digest}
        self._lose(part, values, changed)

    def lose(self, number: int) -> None:
        """A whole `if` or loop is not run, because what decides about it is lost."""
        part, values = self.parts[number], _locals()
        if part.leaves:
            raise GiveUp
        self._lose(part, values, self._reached(part, values))

    def lost(self) -> None:
        """The names have their marks."""
        self.losing = frozenset()

    def knows(self, value: Any) -> bool:
        """Whether a value is there."""
        return type(value) is not Mark

    def unwritten(self) -> None:
        """`raise NotImplementedError` is passed over: what stands after it was written all the same."""
        self.skipped_unwritten = True
        self.first = self.first or NotImplementedError()

    def refuse(self, error: Exception) -> Never:
        """The student's own `raise` or `assert` speaks: that is the function's answer."""
        self.first = error
        raise GiveUp

    def result(self, value: Any) -> Any:
        """What the function returned, with Failed for each mark. Raises the first error if nothing else is left."""
        found: list[Failed] = []
        shown = _shown(value, found, 0)
        if self.first is not None and (type(value) is Mark or (self.skipped_unwritten and not found)):
            raise self.first
        return shown

    def _lose(self, part: Part, values: dict[str, Any], changed: set[str]) -> None:
        touched = set(part.changes) | changed
        if part.item is not None and type(values.get(part.item[0])) is dict and part.item[0] not in changed:
            values[part.item[0]][part.item[1]] = self.latest
            touched.discard(part.item[0])
        for name in touched - self.local:
            if type(self.names.get(name)) is not types.ModuleType:
                raise GiveUp  # it is shared with other functions, and cannot be marked
        shared = [v for n in touched if type(v := values.get(n)) is not Mark]
        for name, value in values.items():
            if any(_overlap(value, other, 0) for other in shared):
                touched.add(name)
        if KEEPER in touched:
            touched.discard(KEEPER)
        self.losing = (frozenset(touched) & self.local) | {
            name for name in part.stores if name in self.local or name.startswith(TEMPORARY)
        }

    def _reached(self, part: Part, values: dict[str, Any]) -> set[str]:
        """Names whose contents the part might have changed by the functions and methods that it calls."""
        reached: set[str] = set()
        for called, arguments in part.calls:
            target = values.get(called, self.names.get(called))
            if isinstance(target, types.FunctionType):
                reached |= {n for n in arguments if n in values and not _is_fixed(values[n])}
        for name in part.methods:
            if name in values and not _is_fixed(values[name]) and not isinstance(values[name], np.ndarray):
                reached.add(name)
        return {name for name in reached if type(values[name]) is not Mark}

    def _line(self, error: BaseException) -> int:
        line, found = 0, error.__traceback__
        while found is not None:
            if found.tb_frame.f_code.co_filename in self.units:
                line = found.tb_lineno or 0
            found = found.tb_next
        return line


def _locals() -> dict[str, Any]:
    """Local names of the function that is run in parts: the caller of the keeper's method."""
    return dict(sys._getframe(2).f_locals)


def _is_fixed(value: Any) -> bool:
    """Whether nobody can change the value in place."""
    fixed = (bool, int, float, complex, str, bytes, type(None), types.FunctionType, types.ModuleType)
    return isinstance(value, (*fixed, np.generic, type))


def _digest(value: Any, depth: int = 0) -> Any:
    """Something that differs when the value is changed in place."""
    kind = type(value)
    if isinstance(value, np.ndarray):
        return (id(value), value.shape, value.dtype.str, hash(value.tobytes()))
    if depth < DEEPEST:
        if kind in (tuple, list):
            return (id(value), *(_digest(item, depth + 1) for item in value))
        if kind is dict:
            return (id(value), *((id(k), _digest(item, depth + 1)) for k, item in value.items()))
        if not _is_fixed(value) and isinstance(getattr(value, "__dict__", None), dict):
            return (id(value), _digest(value.__dict__, depth + 1))
    return id(value)


def _overlap(value: Any, other: Any, depth: int) -> bool:
    """Whether a change in one can be seen in the other."""
    if type(value) is Mark or type(other) is Mark or _is_fixed(value) or _is_fixed(other):
        return False
    if value is other:
        return True
    if isinstance(value, np.ndarray) and isinstance(other, np.ndarray):
        return bool(np.may_share_memory(value, other))
    if depth < DEEPEST:
        for container, single in ((value, other), (other, value)):
            if type(container) in (tuple, list, dict):
                items = container.values() if type(container) is dict else container
                return any(_overlap(item, single, depth + 1) for item in items)
    return False


def _shown(value: Any, found: list[Failed], depth: int) -> Any:
    if type(value) is Mark:
        failed: Failed = object.__getattribute__(value, "_failed")
        found.append(failed)
        return failed
    if depth < DEEPEST:
        if type(value) in (tuple, list):
            return type(value)(_shown(item, found, depth + 1) for item in value)
        if type(value) is dict:
            return {key: _shown(item, found, depth + 1) for key, item in value.items()}
    return value


def _definition(
    code: types.CodeType, analysis: Analysis, sources: Sequence[Source]
) -> tuple[ast.FunctionDef, int] | None:
    """The definition that the code was compiled from, with the compiler's flags of its file."""
    for statement in analysis.statements:
        if sources[statement.unit].label == code.co_filename:
            for node in _functions(statement.node):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                if (
                    node.name == code.co_name
                    and first == code.co_firstlineno
                    and not _has_private_names(node)
                ):
                    return node, statement.flags
    return None


def _has_private_names(node: ast.AST) -> bool:
    """Whether names in it mean others within a class than they do outside of it."""
    names = (getattr(n, "attr", getattr(n, "id", "")) for n in ast.walk(node))
    return any(isinstance(n, str) and n.startswith("__") and not n.endswith("__") for n in names)


def _functions(node: ast.AST) -> list[ast.FunctionDef]:
    """Function definitions in a statement, methods among them."""
    return [current for current in ast.walk(node) if isinstance(current, ast.FunctionDef)]


def _inner(code: types.CodeType, name: str) -> types.CodeType:
    return next(c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == name)
