"""Calls whose arguments are looked at afterwards: what a function was given must still have its values."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.checks.result import Checked
from grader.exercise.helper import Helper
from grader.worker.steps import Call, Get, Outcome, Put, Returned, Step
from grader.worker.values import Opaque, Ref


def held_call(function: str | Ref, arguments: Sequence[Any], prefix: str) -> list[Step]:
    """Put every argument, call, and get every argument again."""
    held: list[Step] = [Put(f"{prefix}.{place}", value) for place, value in enumerate(arguments)]
    refs = tuple(Ref(f"{prefix}.{place}") for place in range(len(arguments)))
    return [*held, Call(function, refs), *(Get(ref) for ref in refs)]


def split_calls(
    outcomes: Sequence[Outcome], counts: Sequence[int]
) -> tuple[list[Outcome], list[list[Outcome]]]:
    """(the calls' outcomes, the arguments afterwards) of the programs of `held_call`, one after another."""
    calls, after, place = [], [], 0
    for count in counts:
        # Where the process ended before the call, what ended it is told in place of the call's outcome.
        calls.append(outcomes[place + count])
        after.append(list(outcomes[place + count + 1 : place + 2 * count + 1]))
        place += 2 * count + 1
    return calls, after


def unchanged(
    arguments: Sequence[Any], after: Sequence[Outcome], checked: Checked, names: Sequence[str] = ()
) -> bool:
    """Note the first argument that has other values afterwards; True if there is one."""
    for place, (before, outcome) in enumerate(zip(arguments, after, strict=True)):
        if (
            isinstance(before, Helper)
            or not isinstance(outcome, Returned)
            or isinstance(outcome.value, Opaque)
        ):
            continue
        if not _same(before, outcome.value):
            name = names[place] if place < len(names) else f"argument {place + 1}"
            message = (
                f"{name} has other values afterwards, and whoever uses it next gets those; change a copy"
            )
            checked.fail("unchanged", message, name)
            checked.deductions = max(checked.deductions, 1)
            return True
    return False


def parameters(source: str, function: str) -> tuple[str, ...]:
    """The names of a function's parameters, as the source defines them; none where it does not."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return tuple(argument.arg for argument in node.args.args)
    return ()


def _same(before: Any, after: Any) -> bool:
    """Whether two plain values are the same, arrays and plain numbers alike."""
    if isinstance(before, (np.ndarray, np.generic)) or isinstance(after, np.ndarray):
        one, other = np.asarray(before), np.asarray(after)
        real = one.dtype.kind in "fc" and other.dtype.kind in "fc"
        return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=real))
    if isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        return list(before) == list(after) and all(_same(before[key], after[key]) for key in before)
    return bool(before == after) or (before != before and after != after)  # two NaN
