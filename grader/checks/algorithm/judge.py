"""Judging an algorithm by its properties, on random arguments of growing size; the smallest failure tells.

Where one size raises, no node is right, whatever the sizes before it showed. A property is promised for every
argument, the small ones come first, and there many a property holds by itself: one number is sorted, two nodes are
in one of two orders. Who is right on them and raises on all others would earn as much as who solved the exercise.
What a size before showed to be wrong stays told at its node, and the exception counts as one slip for all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.checks import outcomes as words
from grader.checks.algorithm.example import Failure, helpers_in, smallest_failure, with_helpers
from grader.checks.algorithm.slips import name_slips
from grader.checks.arguments import held_call, parameters, split_calls, unchanged
from grader.checks.begun import not_begun
from grader.checks.result import Checked, NodeResult
from grader.checks.runnable import literal
from grader.checks.seeds import SeedSource
from grader.exercise.helper import Helper
from grader.exercise.kinds import AlgorithmExercise
from grader.findings import Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.text import one_line
from grader.worker.steps import NotRun, Outcome, Raised, Returned, Step
from grader.worker.values import Opaque

SHOWN = 300
MOST_LINES = 2
DIGITS = 9
"""Significant digits of a number in a line."""
MOST_CODE = 1200
"""Characters of an example's code."""


def check_algorithm(exercise: AlgorithmExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """Every size once; a node is right if no size finds fault with it."""
    checked = Checked()
    drawn = [exercise.draw(seeds.rng(exercise.id, str(size)), size) for size in exercise.sizes]
    program: list[Step] = []
    for number, arguments in enumerate(drawn):
        program += held_call(exercise.function, with_helpers(arguments, exercise.helpers), f"a{number}")
    outcomes, after = split_calls(runner.run(program), [len(arguments) for arguments in drawn])
    checked.not_started = not_begun(outcomes[:2])
    if checked.not_started:
        return checked
    faults: dict[str, tuple[str, str]] = {}
    failures: dict[str, tuple[int, Failure]] = {}
    for size, arguments, outcome in zip(exercise.sizes, drawn, outcomes, strict=True):
        case = f"size {size}"
        if not isinstance(outcome, Returned):
            _ended(exercise, outcome, case, checked)
            for node in exercise.nodes:
                faults.setdefault(node, (case, words.told(outcome, exercise.function)))
                failures.setdefault(node, (size, Failure(arguments, outcome, "")))
            break
        with np.errstate(all="ignore"):  # what came back may hold anything
            found = exercise.judge(arguments, outcome.value)
        for node, message in found:
            if node not in faults:
                faults[node] = case, message
                failures[node] = size, Failure(arguments, outcome, message)
    causes = {node: message for node, (_, message) in faults.items()}
    for node, message in _examples(exercise, failures, runner, checked, seeds).items():
        faults[node] = "the smallest that shows it", message
    for arguments, values in zip(drawn, after, strict=True):
        kept = [NotRun("") if n in exercise.may_change else v for n, v in enumerate(values)]
        if unchanged(arguments, kept, checked, parameters(exercise.starter, exercise.function)):
            break
    for node in exercise.nodes:
        if node in faults:
            case, message = faults[node]
            checked.nodes[node] = NodeResult(
                node, Verdict.FAIL, Standing.ORIGIN, case=case, message=message, cause=causes[node]
            )
        else:
            checked.nodes[node] = NodeResult(node, Verdict.PASS, Standing.CORRECT)
    name_slips(exercise, drawn, outcomes, checked)
    return checked


def _examples(
    exercise: AlgorithmExercise,
    failures: Mapping[str, tuple[int, Failure]],
    runner: Runner,
    checked: Checked,
    seeds: SeedSource,
) -> dict[str, str]:
    """The first two faults at the smallest arguments that show them, the first with code to run it.

    Returns what is said of each node there, so that a table says the same as the example.
    """
    lines: dict[str, list[str]] = {}
    found = {}
    for node, (size, failure) in list(failures.items())[:MOST_LINES]:
        small = smallest_failure(exercise, node, size, failure, runner, seeds)
        call, said = _line(exercise, small)
        if not call:
            continue
        lines.setdefault(call, [])
        if said not in lines[call]:
            lines[call].append(said)
        checked.example_code = checked.example_code or _code(exercise, small.arguments)
        if small.message:
            found[node] = small.message
    checked.example += [f"{call}: {'; '.join(said)}" for call, said in lines.items()]
    return found


def _code(exercise: AlgorithmExercise, arguments: tuple[Any, ...]) -> str:
    """The call as lines to be pasted below the student's own; nothing where it is too long to be read."""
    sources = [exercise.helpers[name].strip() for name in helpers_in(arguments)]
    call = f"print({exercise.function}({', '.join(map(_literal, arguments))}))"
    code = "\n".join([*sources, call])
    return code if len(code) <= MOST_CODE else ""


def _literal(value: Any) -> str:
    if isinstance(value, Helper):
        return value.name
    if isinstance(value, (list, tuple)):
        inside = ", ".join(map(_literal, value)) + (
            "," if isinstance(value, tuple) and len(value) == 1 else ""
        )
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_literal(item)}" for key, item in value.items()) + "}"
    return literal(value)


def _ended(exercise: AlgorithmExercise, outcome: Outcome, case: str, checked: Checked) -> None:
    message = words.told(outcome, exercise.function)
    checked.fail("runs", message, exercise.function, case=case, where=words.place(outcome))


def _line(exercise: AlgorithmExercise, failure: Failure) -> tuple[str, str]:
    """The call as it can be typed with what came of it, and what is wrong with that."""
    given = ", ".join(a.name if isinstance(a, Helper) else _written(a) for a in failure.arguments)
    match failure.outcome:
        case Returned(value):
            return f"{exercise.function}({given}) returned {_written(value)}", failure.message
        case Raised():
            return f"{exercise.function}({given})", words.told(failure.outcome, exercise.function)
    return "", ""


def _written(value: Any) -> str:
    if isinstance(value, Opaque):
        return value.kind
    return one_line(repr(_plain(value)), limit=SHOWN)


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's own, wherever they stand."""
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, (tuple, list)):
        return type(value)(_plain(item) for item in value)
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")  # 0.872, not 0.8719999999999999
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value
