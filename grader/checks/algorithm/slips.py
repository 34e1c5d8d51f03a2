"""An algorithm's slips as programs: what a function that makes this one mistake returns, for the same arguments.

The exercise's plain solution with a line or two changed is run on our side. A slip is named if it returns what the
student's function returned for every argument that both can be compared on, if at least two of these are wrong,
and if no other slip does.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.checks.compare import same_numbers
from grader.checks.graph.runs import bounded
from grader.checks.result import Checked
from grader.diagnosis import Observation, named
from grader.diagnosis.candidates import WORKED, Candidate
from grader.diagnosis.formulas import Worked, parsed
from grader.diagnosis.worked import Known, changed, changes
from grader.exercise.exercise import Situation
from grader.exercise.helper import Helper
from grader.exercise.kinds_without_gradients import AlgorithmExercise, Slip
from grader.findings import Verdict
from grader.report.report import Diagnosis
from grader.worker.steps import Outcome, Returned

LEAST = 2
LARGEST = 20
"""Sizes up to which arguments are compared: a slip of an algorithm shows in small ones."""

CLOSE = 1e-6

NAMED = "these are the numbers"
"""Where a judge's message names the slip itself."""


def name_slips(
    exercise: AlgorithmExercise,
    drawn: Sequence[tuple[Any, ...]],
    outcomes: Sequence[Outcome],
    checked: Checked,
) -> None:
    """The one slip that explains all that came back, at each node that is wrong."""
    wrong = [node for node in exercise.nodes if checked.nodes[node].verdict is Verdict.FAIL]
    seen = [
        (arguments, outcome.value)
        for size, arguments, outcome in zip(exercise.sizes, drawn, outcomes, strict=True)
        if size <= LARGEST and isinstance(outcome, Returned)
    ]
    if not wrong:
        return
    if exercise.reads is not None:
        _name_by_formulas(exercise, wrong, seen, checked)
    if not exercise.slips:
        return
    with np.errstate(all="ignore"):
        faulty = [any(True for _ in exercise.judge(arguments, value)) for arguments, value in seen]
        if sum(faulty) < LEAST:
            return
        fitting = [slip for slip in exercise.slips if _explains(exercise, slip, seen)]
    if len(fitting) != 1:
        return
    (slip,) = fitting
    for node in wrong:
        evidence = (
            f"your {exercise.function} works {slip.title}: it returns the very same for "
            f"{sum(faulty)} of {len(seen)} arguments, where that is wrong"
        )
        checked.diagnoses.append(Diagnosis(slip.id, slip.title, node, evidence))


def _name_by_formulas(
    exercise: AlgorithmExercise,
    wrong: Sequence[str],
    seen: Sequence[tuple[tuple[Any, ...], Any]],
    checked: Checked,
) -> None:
    """For nodes whose message names no slip, one change to the formulas that gives the very numbers."""
    assert exercise.reads is not None
    read = []
    for arguments, value in seen:
        try:
            read.append(exercise.reads(arguments, value))
        except (TypeError, ValueError):
            return  # what came back is no pair, which has been said
    for node in wrong:
        if NAMED in (checked.nodes[node].message or "") or any(node not in got for _, got in read):
            continue  # named already, or no number that a formula gives
        line = node if node == "next_w" else f"new_{node}"
        for text in exercise.worked:
            observed = [_observed(text, line, situation, got[node]) for situation, got in read]
            mistakes = _beside(text, line, frozenset(observed[0].situation) if observed else frozenset())
            found = named(node, observed, mistakes)
            if found is not None:
                checked.diagnoses.append(found)


def _observed(text: str, line: str, situation: Situation, value: Any) -> Observation:
    right = bounded(np.asarray(Worked(parsed(text), situation).values[line], np.float64))
    try:
        numbers = None if value is None else np.asarray(value, np.float64)
    except (TypeError, ValueError):
        numbers = None
    passed = numbers is not None and same_numbers(numbers, right.value, right, False)
    return Observation({**situation, line: right.value}, right, numbers, passed)


def _beside(text: str, line: str, given: frozenset[str]) -> Iterator[Candidate]:
    known: Known = {}
    names = tuple(sorted(given - {line}))
    for change in changes(text, line, names, frozenset()):
        predict = partial(changed, text=text, node=line, change=change, known=known)
        yield Candidate("", "", predict, WORKED, fresh=_afresh, words=change.words)


def _afresh(s: Situation, times: float) -> Situation:
    """Other arrays, about so many times as large; settings and the sign of each entry as they were."""
    rng = np.random.default_rng(len(s))
    return {
        name: value * times * rng.uniform(0.8, 1.2, np.shape(value)) if np.ndim(value) else value
        for name, value in s.items()
    }


def _explains(exercise: AlgorithmExercise, slip: Slip, seen: Sequence[tuple[tuple[Any, ...], Any]]) -> bool:
    if slip.fits is not None:
        return all(slip.fits(arguments, value) for arguments, value in seen)
    names: dict[str, Any] = {"np": np}
    exec(slip.source, names)  # noqa: S102 - the author's own code
    return all(same(_returned(exercise, names, arguments), value) for arguments, value in seen)


def _returned(exercise: AlgorithmExercise, names: Mapping[str, Any], arguments: tuple[Any, ...]) -> Any:
    """What the slip makes of these arguments; None where it raises."""
    try:
        return names[exercise.function](*[_made(exercise, copy.deepcopy(value)) for value in arguments])
    except Exception:
        return None


def _made(exercise: AlgorithmExercise, value: Any) -> Any:
    if not isinstance(value, Helper):
        return value
    names: dict[str, Any] = {"np": np}
    exec(exercise.helpers[value.name], names)  # noqa: S102 - the author's own code
    return names[value.name]


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are the same, numbers up to rounding."""
    if isinstance(one, dict) or isinstance(other, dict):
        return (
            isinstance(one, dict)
            and isinstance(other, dict)
            and one.keys() == other.keys()
            and all(same(one[key], other[key]) for key in one)
        )
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str) or isinstance(other, str) or one is None or other is None:
        return bool(type(one) is type(other) and one == other)
    try:
        a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    except (TypeError, ValueError):
        return False
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=CLOSE, atol=CLOSE**2, equal_nan=True))
