"""A Jacobian's example: the smallest inputs at which it is wrong, and what comes out there.

The cases say that something is wrong at seven entries; who follows it by hand wants two. Where no small inputs show
it, the case itself is told, so that no number stands without the inputs that it belongs to.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks import outcomes as words
from grader.checks.arguments import parameters
from grader.checks.compare import Comparison, Expected, as_numbers, compare, expected_values, told
from grader.checks.layer.small_cases import MOST_ENTRIES, plain_inputs, sizes_of
from grader.checks.result import Checked
from grader.checks.runnable import call_lines
from grader.checks.seeds import SeedSource
from grader.checks.shorthand import given_as, short, shown
from grader.exercise.exercise import Array
from grader.exercise.kinds import JacobianExercise
from grader.runner import Runner
from grader.worker.steps import Call, Outcome, Raised, Returned

MOST_TRIED = 20
"""Small inputs that are tried, in one message."""
WRITTEN = 9
"""Entries up to which a Jacobian is written out."""


@dataclass(frozen=True, slots=True)
class JacobianRun:
    """One call: inputs, what is right there, what came."""

    inputs: tuple[Any, ...]
    right: Expected
    outcome: Outcome
    single: bool = False

    @property
    def entries(self) -> int:
        """Numbers in all inputs together."""
        return sum(int(np.size(value)) for value in self.inputs)


def names_of(exercise: JacobianExercise) -> tuple[str, ...]:
    """The arguments as the starter calls them; as the layer does where it has no starter."""
    theirs = parameters(exercise.starter, exercise.function) if exercise.starter else ()
    mine = tuple(spec.name for spec in exercise.layer.inputs)
    return theirs if len(theirs) == len(mine) else mine


def right_jacobian(exercise: JacobianExercise, inputs: tuple[Any, ...]) -> Sequence[Array]:
    """What is asked for, in a list of one, as `expected_values` takes it."""
    found = exercise.layer.jacobian_rule(*inputs)[exercise.output, exercise.wrt]
    return [np.asarray(found, np.float64)]


def jacobian_example(
    exercise: JacobianExercise,
    failing: Sequence[JacobianRun],
    runner: Runner,
    checked: Checked,
    seeds: SeedSource,
) -> None:
    """Add the smallest inputs at which it fails in the same way, with code that shows it."""
    rng = seeds.rng(exercise.id, "example")
    shapes = [tuple(map(np.ndim, run.inputs)) for run in failing]
    drawn = list(itertools.islice(_small(exercise, shapes[0], rng), MOST_TRIED))
    outcomes = runner.run([Call(exercise.function, inputs) for inputs in drawn]) if drawn else []
    small = []
    for inputs, outcome in zip(drawn, outcomes, strict=True):
        (right,) = expected_values(lambda values: right_jacobian(exercise, values), inputs, rng)
        small.append(JacobianRun(inputs, right, outcome))
    alike = [run for run in small if _alike(run, failing[0])]
    run = min(alike, key=lambda each: (each.entries, len(_given(exercise, each)))) if alike else failing[0]
    _tell(exercise, run, checked)


def _small(
    exercise: JacobianExercise, ranks: tuple[int, ...], rng: np.random.Generator
) -> Iterator[tuple[Any, ...]]:
    """Plain inputs with as many axes as in the exercise's cases, each size twice; then the cases' own sizes."""
    cases = (case.draw for case in exercise.cases if not case.kink)
    for draw in itertools.chain(sizes_of(exercise.layer), cases):
        for _ in range(2):
            values = plain_inputs(exercise.layer, draw, rng)
            if values is None or tuple(map(np.ndim, values)) != ranks:
                break
            if sum(int(np.size(value)) for value in values) <= MOST_ENTRIES:
                yield values


def _compared(run: JacobianRun) -> Comparison | None:
    """How a returned value is wrong; None where nothing was returned."""
    if not isinstance(run.outcome, Returned):
        return None
    return compare("", run.outcome.value, run.right, single=run.single)


def _alike(run: JacobianRun, first: JacobianRun) -> bool:
    """Whether the run fails as the first one did, and so that it can be seen."""
    found, wanted = _compared(run), _compared(first)
    if wanted is None:
        return (
            isinstance(run.outcome, Raised)
            and isinstance(first.outcome, Raised)
            and run.outcome.error == first.outcome.error
        )
    if found is None or found.passed or (found.index is None) != (wanted.index is None):
        return False
    if found.index is None:
        return run.right.value.size > 1
    assert found.got is not None
    assert found.expected is not None
    return short(found.got) != short(found.expected)


def _given(exercise: JacobianExercise, run: JacobianRun) -> str:
    return given_as(names_of(exercise), run.inputs)


def _tell(exercise: JacobianExercise, run: JacobianRun, checked: Checked) -> None:
    given = _given(exercise, run)
    checked.example_code = call_lines(exercise.function, names_of(exercise), run.inputs)
    found = _compared(run)
    if found is None or not isinstance(run.outcome, Returned):
        checked.example.append(f"{given}: {words.told(run.outcome, exercise.function)}.")
        return
    numbers = as_numbers(run.outcome.value)
    if found.index is None or numbers is None:
        checked.example.append(
            f"{given}: {compare('what you return', run.outcome.value, run.right).message}."
        )
        return
    assert found.got is not None
    assert found.expected is not None
    at = f"J[{', '.join(map(str, found.index))}]" if found.index else "J"
    mine, due = told(found.got, found.expected)
    if numbers.size <= WRITTEN and short(found.got) != short(found.expected):
        checked.example.append(f"{given}: you return J = {shown(numbers)}.")
        checked.example.append(f"By hand: {at} = {short(found.expected)}, not {short(found.got)}.")
        return
    checked.example.append(f"{given}: you return {at} = {mine}.")
    checked.example.append(f"By hand: {at} = {due}.")
