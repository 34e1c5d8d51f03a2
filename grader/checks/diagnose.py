"""Naming a mistake, on proof only: its prediction reproduces the student's numbers on at least two independent
inputs, no other prediction does (but for declared synonyms), and nothing that was observed contradicts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.checks.compare import Comparison, as_numbers, same_numbers
from grader.checks.result import Checked
from grader.checks.situations import LayerRun
from grader.exercise.exercise import Misconception, Raises
from grader.exercise.kinds import LayerExercise
from grader.findings import Verdict
from grader.report.report import Diagnosis
from grader.worker.steps import Raised

LEAST = 2
"""Inputs on which the student's numbers have to be reproduced."""


def diagnose(
    exercise: LayerExercise,
    judged: Mapping[str, Sequence[tuple[LayerRun, Comparison]]],
    checked: Checked,
    *,
    forward_right: bool = True,
) -> list[Diagnosis]:
    """A named mistake for each wrong node that has a proof."""
    found = []
    for name in exercise.nodes:
        if checked.nodes[name].verdict is not Verdict.FAIL:
            continue
        if name in exercise.gradients and not forward_right and not exercise.one_call:
            continue
        results = [(run, c) for run, c in judged[name] if not run.case.kink]
        proofs = {
            m.id: proof
            for m in exercise.misconceptions
            if m.node == name and (proof := _proof(m, name, results)) is not None
        }
        named = _most_particular([m for m in exercise.misconceptions if m.id in proofs])
        if named is not None:
            found.append(
                Diagnosis(named.id, named.title, name, f"your {name} is {named.title}: {proofs[named.id]}")
            )
    return found


def _proof(mistake: Misconception, name: str, results: Sequence[tuple[LayerRun, Comparison]]) -> str | None:
    """The evidence in words, or None where something speaks against it."""
    reproduced, raised, silent = 0, 0, 0
    for run, comparison in results:
        with np.errstate(all="ignore"):
            try:
                predicted = mistake.predict(run.situation)
            except Exception:
                predicted = Raises()  # what the prediction cannot compute, the mistake could not either
        did_raise = isinstance(run.backward, Raised) and as_numbers(run.got.get(name)) is None
        if isinstance(predicted, Raises):
            if not did_raise:
                return None
            raised += 1
        elif predicted is None:
            if not comparison.passed:
                return None
            silent += 1
        else:
            right = run.expected[name]
            value = as_numbers(run.got.get(name))
            if value is not None and not np.isfinite(value).all() and value.shape == right.value.shape:
                continue  # an overflow is a mistake of its own, and says nothing about this one
            if value is None or not same_numbers(value, np.asarray(predicted, np.float64), right, run.single):
                return None
            differs = not same_numbers(np.asarray(predicted, np.float64), right.value, right, run.single)
            reproduced += differs
    if reproduced < LEAST:
        return None
    rest = f", and raises where it would ({raised})" if raised else ""
    return f"these very numbers on {reproduced} of {len(results) - raised - silent} inputs{rest}"


def _most_particular(proved: Sequence[Misconception]) -> Misconception | None:
    """The one that is proved; of declared synonyms the most particular, which authors list first."""
    if not proved:
        return None
    first = proved[0]
    same = {first.id, *first.synonyms}
    if all(other.id in same or first.id in other.synonyms for other in proved[1:]):
        return first
    return None
