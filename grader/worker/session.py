"""`Session`: one submission's namespace, and the steps that are run in it."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import itertools
import signal
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.worker.failures import call_error, own_frames, raised
from grader.worker.imports import Importer, Later, Missing
from grader.worker.program import Definition, Problem, Source, Statement, analyse
from grader.worker.salvage import salvaged
from grader.worker.steps import (
    Call,
    Evaluate,
    Get,
    NotRun,
    Outcome,
    OutOfMemory,
    Put,
    Returned,
    Step,
    Unsupported,
    Variable,
)
from grader.worker.values import Code, Failed, Opaque, Ref, TooLargeError, plain

MOST_OUTPUT = 20_000
"""Characters of what a student's code prints that are kept."""

_COUNTER = itertools.count()


class OverBudgetError(BaseException):
    """A top-level statement took too long. Not an Exception, so that `except Exception` does not swallow it."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a submission defines, and what went wrong at its top level."""

    definitions: tuple[Definition, ...]
    problems: tuple[Problem, ...]
    missing: tuple[tuple[str, str], ...]
    """Modules that are not available, with the place of their import."""


@dataclass(slots=True)
class _Printed(io.TextIOBase):
    """Keeps the beginning of what is printed."""

    kept: list[str] = field(default_factory=list)
    length: int = 0

    def write(self, text: str) -> int:
        text = str(text)
        if self.length < MOST_OUTPUT:
            self.kept.append(text[: MOST_OUTPUT - self.length])
        self.length += len(text)
        return len(text)

    def writable(self) -> bool:
        return True


class Session:
    """Holds what the student's code is and returns; nothing of it leaves except as plain values."""

    def __init__(self, sources: Sequence[Source], *, allowed: frozenset[str] = frozenset()) -> None:
        self.sources = tuple(sources)
        self.analysis = analyse(self.sources)
        # A module of its own in sys.modules, because dataclasses and pickle look classes up by it.
        self.module = types.ModuleType(f"submission_{next(_COUNTER)}")
        sys.modules[self.module.__name__] = self.module
        self.namespace = self.module.__dict__
        self.printed = _Printed()
        self.registers: dict[str, Any] = {}
        self.problems: list[Problem] = list(self.analysis.problems)
        modules = frozenset(source.module for source in sources if source.module)
        guarded = self.analysis.guarded
        self.importer = Importer(self.namespace, modules, allowed, lambda unit, line: (unit, line) in guarded)
        self.namespace["__builtins__"] = vars(builtins) | {
            "__import__": self.importer.import_,
            "input": _no_input,
            "breakpoint": _no_input,
        }

    def close(self) -> None:
        """Forget the submission."""
        sys.modules.pop(self.module.__name__, None)

    def load(self, wanted: Sequence[str], *, budget: float = 5.0) -> Loaded:
        """Run imports, definitions, literals and what the wanted names ask for, within `budget` seconds."""
        asked = {id(statement) for statement in self.analysis.wanted(wanted)}
        with self._apart(), _time_limit(budget) as left:
            for statement in self.analysis.statements:
                if not left():
                    break
                # In source order, so that a function wrapped further down is the wrapped one, as in a notebook.
                if statement.eager or id(statement) in asked:
                    self._run(statement)
        for name, value in list(self.namespace.items()):
            if isinstance(value, Later) and value.name == name:
                del self.namespace[name]
        known = tuple(d for d in self.analysis.definitions if callable(self.namespace.get(d.name)))
        return Loaded(known, tuple(self.problems), tuple(self.importer.missing.items()))

    def _run(self, statement: Statement) -> None:
        if statement.done:
            return
        statement.done = True
        if any(name not in self.namespace for name in statement.needs_now):
            # A default or decorator that is computed further up: what it needs is run before it.
            for needed in self.analysis.wanted(statement.needs_now - set(self.namespace)):
                if needed is not statement and needed.node.lineno != statement.node.lineno:
                    self._run(needed)
        source = self.sources[statement.unit]
        try:
            code = compile(
                ast.Module([statement.node], []),
                source.label,
                "exec",
                flags=statement.flags,
                dont_inherit=True,
            )
            exec(code, self.namespace)  # noqa: S102 - running the student's code is the purpose
        except OverBudgetError:
            line = statement.node.lineno
            self.problems.append(Problem("budget", source.label, line, "took too long and was stopped"))
            raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever a student's statement raises is recorded
            failure = raised(error, self._line)
            line = next((f.line for f in failure.frames if f.unit == source.label), statement.node.lineno)
            text = f"{failure.error}: {failure.text}" if failure.text else failure.error
            self.problems.append(Problem("raised", source.label, line, text))

    def run(self, steps: Sequence[Step]) -> Iterator[Outcome]:
        """The outcome of each step, as it ends. Whatever the student's code does is an outcome."""
        self.registers.clear()
        for step in steps:
            with self._apart():
                outcome = self._outcome(step)
            yield outcome

    def _outcome(self, step: Step) -> Outcome:
        try:
            match step:
                case Put():
                    self.registers[step.register] = self._given(step.value)
                    return Returned(None)
                case Get():
                    return Returned(plain(self._given(step.ref)))
                case Variable():
                    if step.name not in self.namespace:
                        return NotRun(f"{step.name} is not defined")
                    return Returned(plain(self.namespace[step.name]))
                case Call():
                    return self._call(step)
                case Evaluate():
                    return self._evaluate(step)
        except _Absent as absent:
            return NotRun(str(absent))
        except TooLargeError as error:
            return Unsupported(str(error))
        except MemoryError:
            return OutOfMemory()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return raised(error, self._line)

    def _call(self, step: Call) -> Outcome:
        function = self._function(step.function)
        args = [self._given(arg) for arg in step.args]
        if step.salvage:
            function = salvaged(function, self.analysis, self.sources, self.namespace)
            if function is None:
                return NotRun("the function cannot be run in parts")
        try:
            returned = function(*args)
        except TypeError as error:
            # Arguments that do not fit end before the first of the student's own lines.
            return (not own_frames(error, self._line) and call_error(function, args)) or raised(
                error, self._line
            )
        if step.into:
            self.registers[step.into] = returned
        if step.reveal is not None and type(returned) is tuple and len(returned) == step.reveal + 1:
            shown = [plain(item) for item in returned[: step.reveal]]
            return Returned((*shown, Opaque("the cache")))
        return Returned(plain(returned))

    def _evaluate(self, step: Evaluate) -> Outcome:
        function = self._function(step.function)
        results = []
        for group in step.rounds:
            args = [self._given(arg) for arg in step.args]
            for nudge in group:
                value = args[nudge.argument]
                if not isinstance(value, np.ndarray):
                    args[nudge.argument] = value + float(nudge.delta)
                elif nudge.index is None:
                    value += nudge.delta
                else:
                    value[nudge.index] += nudge.delta
            returned = function(*[a[()] if isinstance(a, np.ndarray) and not a.ndim else a for a in args])
            if type(returned) is tuple and len(returned) > step.outputs:
                returned = returned[: step.outputs]
            results.append(plain(returned))
        return Returned(results)

    def _function(self, function: str | Ref) -> Any:
        if isinstance(function, Ref):
            found = self._given(function)
        elif function in self.namespace:
            found = self.namespace[function]
        else:
            raise _Absent(f"{function} is not defined")
        if isinstance(found, Missing) or not callable(found):
            raise _Absent(f"{function} is not a function")
        return found

    def _given(self, value: Any) -> Any:
        """The value as the student's code gets it: Refs looked up, Code made, arrays as writable copies."""
        kind = type(value)
        if kind is Ref:
            return self._looked_up(value)
        if kind is Code:
            made: dict[str, Any] = {"np": np, "__name__": "chainmark_helper"}
            exec(compile(value.source, f"<{value.name}>", "exec"), made)  # noqa: S102 - our own source
            return made[value.name]
        if kind is np.ndarray:
            copy = value.copy()
            return copy[()] if not copy.ndim else copy
        if kind is dict:
            return {key: self._given(item) for key, item in value.items()}
        if kind in (list, tuple):
            return kind(self._given(item) for item in value)
        return value

    def _looked_up(self, ref: Ref) -> Any:
        if ref.register not in self.registers:
            raise _Absent(f"{ref.register} was not computed")
        value = self.registers[ref.register]
        for part in ref.path:
            try:
                value = value[part]
            except Exception:
                raise _Absent(f"{ref.register} has no item {part!r}") from None
        if type(value) is Failed:
            raise _Absent(f"{ref.register} was not computed")
        return value

    def _line(self, label: str, line: int) -> str:
        """The text of a line of the student's own; empty for any other file."""
        for source in self.sources:
            if source.label == label:
                lines = source.text.splitlines()
                return lines[line - 1] if 0 < line <= len(lines) else ""
        return ""

    @contextlib.contextmanager
    def _apart(self) -> Iterator[None]:
        """What the student prints is kept apart, and their NumPy warnings and settings stay theirs."""
        with (
            contextlib.redirect_stdout(self.printed),
            contextlib.redirect_stderr(self.printed),
            np.errstate(all="ignore"),
        ):
            yield


class _Absent(Exception):
    """A step needs what is not there."""


def _no_input(*_: Any, **__: Any) -> Any:
    raise EOFError("nobody is there to answer while the code is graded")


@contextlib.contextmanager
def _time_limit(seconds: float | None) -> Iterator[Any]:
    """Ends what takes longer with OverBudgetError, where the platform and thread allow it."""
    if (
        not seconds
        or not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield lambda: True
        return
    over = False

    def end(*_: Any) -> None:
        nonlocal over
        over = True
        raise OverBudgetError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield lambda: not over
    except OverBudgetError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
