"""`Session`: one submission's namespace, and the steps that are run in it."""

from __future__ import annotations

import builtins
import functools
import itertools
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.worker.blocks import split_lines
from grader.worker.failures import call_error, own_frames, raised
from grader.worker.imports import Importer, Later, Missing
from grader.worker.lending import Lent, Names, called_like
from grader.worker.older import helpers
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
    Raised,
    Returned,
    Stand,
    Step,
    Swap,
    Unsupported,
    Variable,
)
from grader.worker.surroundings import (
    OverBudgetError,
    Printed,
    apart,
    interrupts,
    leave,
    no_input,
    randomness,
    time_limit,
)
from grader.worker.swap import replaced
from grader.worker.values import Budget, Code, Failed, Opaque, Ref, TooLargeError, plain

LOAD_BUDGET = 5.0
"""Seconds that all of a submission's top level may take; one statement may take half of what is left."""

_COUNTER = itertools.count()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a submission defines, and what went wrong at its top level."""

    definitions: tuple[Definition, ...]
    problems: tuple[Problem, ...]
    missing: tuple[tuple[str, str], ...]
    """Modules that are not available, with the place of their import."""


class Session:
    """Holds what the student's code is and returns; nothing of it leaves except as plain values."""

    def __init__(self, sources: Sequence[Source], *, allowed: frozenset[str] = frozenset()) -> None:
        self.sources = tuple(sources)
        self.analysis = analyse(self.sources)
        # A module of its own in sys.modules, because dataclasses and pickle look classes up by it.
        self._name = f"submission_{next(_COUNTER)}"  # the module's own `__name__` is theirs to change
        self.module = types.ModuleType(self._name)
        sys.modules[self._name] = self.module
        self.namespace = self.module.__dict__
        self.printed = Printed()
        self.registers: dict[str, Any] = {}
        self.lent = Lent(self)
        self._parts: tuple[Any, Any] | None = None
        self.problems: list[Problem] = list(self.analysis.problems)
        self.messages = 0
        self.weight = 0
        """Of all that was returned, in parts; whoever sends it on may set it back."""
        self._lines = {source.label: split_lines(source.text) for source in self.sources}
        modules = frozenset(source.module for source in sources if source.module)
        guarded = self.analysis.guarded
        self.importer = Importer(
            self.namespace,
            modules,
            allowed,
            lambda unit, line: (unit, line) in guarded,
            self.analysis.names,
        )
        self.namespace["__builtins__"] = (
            vars(builtins)
            | {
                "__import__": self.importer.import_,
                "input": no_input,
                "breakpoint": no_input,
                "exit": leave,
                "quit": leave,
            }
            | helpers()
        )

    def close(self) -> None:
        """Forget the submission."""
        sys.modules.pop(self._name, None)

    def load(
        self,
        wanted: Sequence[str],
        *,
        budget: float = LOAD_BUDGET,
        skip: Mapping[int, str] | None = None,
        before: Callable[[int], None] = lambda _: None,
    ) -> Loaded:
        """Run imports, definitions, literals and what the wanted names ask for, within `budget` seconds.

        `before` is told the number of each statement that could end the process before it is run; those in `skip`
        did so, and are left out with that reason.
        """
        skip = skip or {}
        until = time.monotonic() + budget
        with randomness(0), apart(self.printed), interrupts() as pressed:
            for part in self.analysis.order(wanted):
                unfinished = []
                for statement in part:
                    if statement.number in skip:
                        self._problem("ended", statement, skip[statement.number])
                        continue
                    if statement.risky:
                        before(statement.number)
                    error = self._run(statement, until)
                    if pressed():
                        raise KeyboardInterrupt
                    if isinstance(error, NameError) and not statement.binds <= self.namespace.keys():
                        unfinished.append((statement, error))
                    elif error is not None:
                        self._failed(statement, error)
                self._resolve()
                for statement, _ in unfinished:  # cells out of order: what it needed may be there by now
                    error = self._run(statement, until)
                    if error is not None:
                        self._failed(statement, error)
        self._resolve()
        for name, value in list(self.namespace.items()):
            if type(value) is Later:
                del self.namespace[name]
        known = tuple(d for d in self.analysis.definitions if callable(self.namespace.get(d.name)))
        known += self._made(set(wanted) - {definition.name for definition in known})
        problems = tuple(dict.fromkeys(self.problems))
        return Loaded(known, problems, tuple(self.importer.missing.items()))

    def _run(self, statement: Statement, until: float) -> BaseException | None:
        """Run a statement at top level; whatever it raises is returned."""
        left = until - time.monotonic()
        if left <= 0.01 and statement.risky:
            return OverBudgetError()
        try:
            if not statement.risky:
                exec(statement.code, self.namespace)  # noqa: S102 - running the student's code is the purpose
                return None
            with time_limit(max(left / 2, 0.01)):
                exec(statement.code, self.namespace)  # noqa: S102
        except BaseException as error:
            return error
        return None

    def _failed(self, statement: Statement, error: BaseException) -> None:
        if isinstance(error, OverBudgetError):
            self._problem("budget", statement, "took too long and was stopped")
            return
        failure = self._raised(error)
        label = self.sources[statement.unit].label
        line = next((f.line for f in failure.frames if f.unit == label), statement.node.lineno)
        text = f"{failure.error}: {failure.text}" if failure.text else failure.error
        self.problems.append(Problem("raised", label, line, text))

    def _problem(self, kind: str, statement: Statement, text: str) -> None:
        label = self.sources[statement.unit].label
        self.problems.append(Problem(kind, label, statement.node.lineno, text))

    def _resolve(self) -> None:
        """Names imported from a file that is read later become what that file has defined."""
        for name, value in list(self.namespace.items()):
            if type(value) is Later:
                found = self.namespace.get(value.name)
                if type(found) is not Later and found is not None:
                    self.namespace[name] = found

    def _made(self, names: set[str]) -> tuple[Definition, ...]:
        """Wanted functions that no `def` shows (unpacked from a call, say), where they are bound."""
        found = []
        for name in sorted(names):
            value = self.namespace.get(name)
            if not callable(value) or isinstance(value, (Missing, Later)):
                continue
            binders = [s for s in self.analysis.statements if name in s.binds]
            unit, line = (binders[-1].unit, binders[-1].node.lineno) if binders else (0, 1)
            found.append(Definition(name, unit, line))
        return tuple(found)

    def run(self, steps: Iterable[Step]) -> Iterator[Outcome]:
        """The outcome of each step, as it ends. Whatever the student's code does is an outcome."""
        self.registers.clear()
        self.messages += 1
        try:
            with randomness(self.messages), interrupts() as pressed:
                for step in steps:
                    looks = isinstance(step, Get) and not step.ref.path  # a path asks their own __getitem__
                    if looks or isinstance(step, (Put, Stand, Variable)):  # nothing of the student's is run
                        outcome = self._outcome(step)
                    else:
                        with apart(self.printed):
                            outcome = self._outcome(step)
                    if pressed():
                        raise KeyboardInterrupt
                    yield outcome
        finally:
            self.lent.take_back()

    def _outcome(self, step: Step) -> Outcome:
        try:
            match step:
                case Put():
                    self.registers[step.register] = self._given(step.value)
                    return Returned(None)
                case Get():
                    return Returned(self._plain(self._given(step.ref)))
                case Swap():
                    return self._swap(step)
                case Stand():
                    return self._stand(step)
                case Variable():
                    if step.name not in self.namespace:
                        return NotRun(f"{step.name} is not defined")
                    return Returned(self._plain(self.namespace[step.name]))
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
        except BaseException as error:
            return self._raised(error)

    def _raised(self, error: BaseException) -> Raised:
        """The exception as an outcome; for a name that a star import may have meant, with the module."""
        outcome = raised(error, self._line)
        starred = self.importer.starred
        if outcome.error == "NameError" and starred:
            names = " or ".join(f"{module} (imported in {where})" for module, where in starred.items())
            text = f"{outcome.text}; it may come from {names}, which is not available in grading"
            return replace(outcome, text=text)
        return outcome

    def _call(self, step: Call) -> Outcome:
        function = self._function(step.function)
        args = [self._given(arg) for arg in step.args]
        if step.salvage:
            function = self._in_parts(function)
            if function is None:
                return NotRun("the function cannot be run in parts")
        try:
            returned = function(*args)
        except TypeError as error:
            # Arguments that do not fit end before the first of the student's own lines.
            return (not own_frames(error, self._line) and call_error(function, args)) or self._raised(error)
        if step.into:
            self.registers[step.into] = returned
        if step.reveal is not None and type(returned) in (tuple, list) and len(returned) == step.reveal + 1:
            shown = self._plain(tuple(returned[: step.reveal]))
            return Returned((*shown, Opaque("the cache")))
        return Returned(self._plain(returned))

    def _plain(self, value: Any) -> Any:
        budget = Budget()
        before = budget.left
        try:
            return plain(value, budget)
        finally:
            self.weight += before - budget.left

    def _in_parts(self, function: Any) -> Any:
        """The function run in parts, made once for all the cases that raise; None if it cannot be."""
        names = function.__globals__ if type(function) is types.FunctionType else self.namespace
        if names is not self.namespace and isinstance(names.get("submission"), Names):
            names["within"] = self._method_in_parts  # the function is ours: what it calls is the student's
            return function
        if self._parts is None or self._parts[0] is not function:
            self._parts = function, salvaged(function, self.analysis, self.sources, self.namespace)
        return self._parts[1]

    def _method_in_parts(self, method: Any) -> Any:
        """The student's method run in parts; as it is where it cannot be."""
        made = self._in_parts(method.__func__) if type(method) is types.MethodType else None
        return method if made is None else functools.partial(made, method.__self__)

    def _swap(self, step: Swap) -> Outcome:
        returned = self._looked_up(Ref(step.register))
        if type(returned) not in (tuple, list) or len(returned) < step.place + 2:
            raise _Absent("there is no cache")
        cache, found = replaced(returned[-1], np.asarray(returned[step.place]), np.asarray(step.value))
        if not found:
            raise _Absent("the cache does not hold the output")
        self.registers[step.register] = (*returned[:-1], cache)
        return Returned(None)

    def _stand(self, step: Stand) -> Outcome:
        """Every name of theirs for the function means the stand-in; a function that is not there gets its name."""
        theirs, ours = self.namespace.get(step.function), self._given(step.code)
        names = {step.function}
        if callable(theirs):
            names |= {name for name, value in list(self.namespace.items()) if value is theirs}
        for name in names:
            self.lent.lend(name, called_like(theirs, ours))
        return Returned(None)

    def _evaluate(self, step: Evaluate) -> Outcome:
        function = self._function(step.function)
        results = []
        budget = Budget(parts=600_000, bytes=192 << 20)
        before = budget.left
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
            results.append(plain(returned, budget))
        self.weight += before - budget.left
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
            made: dict[str, Any] = {
                "np": np,
                "__name__": "chainmark_helper",
                "submission": Names(self.lent),
            }
            exec(_compiled(value.source, value.name), made)  # noqa: S102 - our own source
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
            if isinstance(value, np.ndarray):
                raise _Absent(f"{ref.register} is one array, not a tuple")  # its last row is no cache
            try:
                value = value[part]
            except Exception:
                raise _Absent(f"{ref.register} has no item {part!r}") from None
        if type(value) is Failed:
            raise _Absent(f"{ref.register} was not computed")
        return value

    def _line(self, label: str, line: int) -> str:
        """The text of a line of the student's own; empty for any other file."""
        lines = self._lines.get(label, ())
        return lines[line - 1] if 0 < line <= len(lines) else ""


class _Absent(Exception):
    """A step needs what is not there."""


@functools.lru_cache(maxsize=64)
def _compiled(source: str, name: str) -> types.CodeType:
    return compile(source, f"<{name}>", "exec")
