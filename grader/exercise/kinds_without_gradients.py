"""Kinds of exercise that no gradient decides: properties of a result, numbers by hand, statistics, a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from grader.exercise.exercise import Array, Exercise, Situation

Judge = Callable[[tuple[Any, ...], Any], Sequence[tuple[str, str]]]
"""(arguments, what the function returned) -> (node, what is wrong with it) for everything that is."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A mistake in an algorithm, as a whole program that makes it. `title` completes "your function works ..."."""

    id: str
    title: str
    source: str = ""
    fits: Callable[[tuple[Any, ...], Any], bool] | None = None
    """Where many answers are right: whether this mistake may have returned this for these arguments."""


def slips(plain: str, **told: tuple[str, str, str]) -> tuple[Slip, ...]:
    """Slips by id, each `(title, before, after)`: what is changed in a plain solution."""
    found = []
    for id, (title, before, after) in told.items():
        if before not in plain:
            raise ValueError(f"slip {id}: {before!r} is not in the plain solution")
        found.append(Slip(id.replace("_", "-"), title, plain.replace(before, after)))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmExercise(Exercise):
    """function(*arguments) -> anything plain, judged by its properties on random arguments of growing size."""

    kind: ClassVar[str] = "algorithm"

    function: str
    draw: Callable[[np.random.Generator, int], tuple[Any, ...]]
    """(rng, size) -> arguments."""
    judge: Judge
    sizes: tuple[int, ...] = (1, 2, 3, 5, 8, 20, 60)
    may_change: tuple[int, ...] = ()
    """Places of arguments that the function may change in place, as an update rule does with its weights."""
    helpers: Mapping[str, str] = field(default_factory=dict)
    """Python source, by name, of functions that are made beside the student's code and handed to it: `draw` puts
    `Helper(name)` where one is wanted."""
    slips: tuple[Slip, ...] = ()
    """What may be got wrong, as programs."""
    worked: tuple[str, ...] = ()
    """What is asked for, in formulas (`grader.diagnosis.worked`): a line `new_m` for the node `m`."""
    reads: Callable[[tuple[Any, ...], Any], tuple[Situation, Mapping[str, Any]]] | None = None
    """(arguments, what came back) -> what the formulas read, by name, and what came for each node."""

    @property
    def functions(self) -> tuple[str, ...]:
        return (self.function,)


@dataclass(frozen=True, slots=True)
class Question:
    """One number to be worked out by hand. Any answer from `low` to `high` is right."""

    id: str
    text: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersExercise(Exercise):
    """A dictionary `variable` of numbers worked out by hand, of a paper that each student has alone.

    `paper` draws the questions from a generator that depends on assignment and student only. A number may be
    written as a number, an expression ("-4 * 2") or with a decimal comma ("0,20").
    """

    kind: ClassVar[str] = "answers"

    variable: str
    paper: Callable[[np.random.Generator], Sequence[Question]]

    @property
    def variables(self) -> tuple[str, ...]:
        return (self.variable,)


@dataclass(frozen=True, slots=True)
class Trial:
    """Calls of the function whose results are judged together, as a sample: (arguments, results) -> problems.

    Each call has arguments of its own from one generator; `judge` is given those of the first.
    """

    node: str
    name: str
    arguments: Callable[[np.random.Generator], tuple[Any, ...]]
    calls: int
    judge: Callable[[tuple[Any, ...], Sequence[Array]], str]
    """What is wrong with the sample; empty if nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentExercise(Exercise):
    """function(*arguments) -> arrays, judged by statistics whose false-alarm rate is stated.

    With `backward`, a pair is judged whose cache carries what chance decided: function(*arguments[:-1]) -> (out,
    cache), then backward(arguments[-1], cache) -> dx, of the shape of out. A result is then np.stack([out, dx]).
    """

    kind: ClassVar[str] = "experiment"

    function: str
    trials: tuple[Trial, ...]
    backward: str = ""
    false_alarm: float = 1e-6
    """The probability, for a right submission, that all trials together find fault with it."""

    @property
    def functions(self) -> tuple[str, ...]:
        return (self.function, self.backward) if self.backward else (self.function,)

    def result(self, functions: Mapping[str, Callable[..., Any]], arguments: tuple[Any, ...]) -> Any:
        """What one call of these functions, by name, gives to a judge."""
        if not self.backward:
            return functions[self.function](*arguments)
        *given, dout = arguments
        out, cache = functions[self.function](*given)
        return np.stack([out, functions[self.backward](dout, cache)])


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenExercise(Exercise):
    """An explanation in words, marked by a person; the total stays provisional until then."""

    kind: ClassVar[str] = "written"

    @property
    def nodes(self) -> tuple[str, ...]:
        return ("explanation",)
