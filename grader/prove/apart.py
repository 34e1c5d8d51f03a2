"""Proof 3: on the shipped cases, predictions differ from the right numbers and from each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from grader.exercise import Misconception, Raises
from grader.prove.mistakes import synonyms
from grader.prove.places import Places
from grader.prove.result import Problem, Proof, Proved
from grader.prove.situations import Inputs

LEAST = 2
"""Cases that it takes: a mistake is named on two inputs, or not at all."""

ALIKE = 1e-6
"""The part by which numbers may differ and still be the same to the grader."""


def prove_apart(several: Sequence[Inputs], proved: Proved, places: Places) -> None:
    """For each seed: enough cases on which each prediction is wrong, and on which each pair of them differs."""
    exercise = several[0].exercise
    found: dict[tuple[str, str], str] = {}
    nodes = dict.fromkeys(mistake.node for mistake in exercise.misconceptions)
    for inputs in several:
        cases = list(inputs.situations())
        for node in nodes:
            mistakes = [m for m in exercise.misconceptions if m.node == node]
            right = [np.asarray(situation[node], np.float64) for _, situation in cases]
            numbers = [
                [_predicted(m, s, r) for (_, s), r in zip(cases, right, strict=True)] for m in mistakes
            ]
            for mistake, mine in zip(mistakes, numbers, strict=True):
                count = sum(
                    not isinstance(n, Raises) and not alike(n, r) for n, r in zip(mine, right, strict=True)
                )
                if count < LEAST:
                    message = (
                        f"gives wrong numbers on {_cases(count, len(cases))}; it takes {LEAST} to name it"
                    )
                    found.setdefault((node, mistake.id), message)
            for (a, mine), (b, others) in combinations(zip(mistakes, numbers, strict=True), 2):
                count = sum(not alike(one, other) for one, other in zip(mine, others, strict=True))
                if count < LEAST and b.id not in synonyms(exercise, a):
                    message = (
                        f"differs from {b.id} on {_cases(count, len(cases))}: "
                        "a case that tells them apart, or synonyms"
                    )
                    found.setdefault((node, a.id), message)
    by_name = {(m.node, m.id): m for m in exercise.misconceptions}
    for (node, id), message in found.items():
        place = places.of_mistake(by_name[node, id])
        proved.problems.append(Problem(exercise.id, Proof.APART, f"{node}, {id}: {message}", *place))


def _cases(count: int, of: int) -> str:
    return f"{count or 'none'} of {of} cases"


def _predicted(mistake: Misconception, situation: dict[str, Any], right: Any) -> Any:
    """The numbers it gives; the right ones where it makes no difference."""
    with np.errstate(all="ignore"):
        predicted = mistake.predict(situation)
    if predicted is None:
        return right
    return predicted if isinstance(predicted, Raises) else np.asarray(predicted, np.float64)


def alike(one: Any, other: Any) -> bool:
    """Whether two predictions are one to the grader: both raise, or the same numbers in the same shape."""
    if isinstance(one, Raises) or isinstance(other, Raises):
        return isinstance(one, Raises) and isinstance(other, Raises)
    if one.shape != other.shape:
        return False
    scale = float(np.abs(other[np.isfinite(other)]).max(initial=0.0))
    return bool(np.allclose(one, other, rtol=ALIKE, atol=ALIKE * max(scale, 1e-9), equal_nan=True))
