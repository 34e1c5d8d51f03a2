"""From a layer's cases to the name of its mistake: what was seen of each wrong node, and what explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.checks.compare import Comparison, as_numbers
from grader.checks.result import Checked
from grader.checks.situations import LayerRun
from grader.diagnosis import Observation, named
from grader.diagnosis.layers import candidates
from grader.diagnosis.pattern import pattern
from grader.exercise.kinds import LayerExercise
from grader.findings import Verdict
from grader.worker.steps import Raised


def diagnose(
    exercise: LayerExercise,
    judged: Mapping[str, Sequence[tuple[LayerRun, Comparison]]],
    checked: Checked,
    *,
    forward_right: bool = True,
) -> None:
    """For each wrong node a named mistake, or what its wrong entries have in common."""
    for name in exercise.nodes:
        if checked.nodes[name].verdict is not Verdict.FAIL:
            continue
        if name in exercise.gradients and not forward_right and not exercise.one_call:
            continue  # numbers from a wrong forward's cache speak of forward
        seen = [_observation(name, run, found) for run, found in judged[name] if not run.case.kink]
        found = named(name, seen, candidates(exercise, name))
        if found is not None:
            checked.diagnoses.append(found)
        elif said := pattern(seen):
            checked.warn("pattern", f"{name}: the cause was not recognised; {said}", name)


def _observation(name: str, run: LayerRun, found: Comparison) -> Observation:
    numbers = as_numbers(run.got.get(name))
    return Observation(
        run.situation,
        run.expected[name],
        None if numbers is None else np.asarray(numbers, np.float64),
        found.passed,
        isinstance(run.backward, Raised) and numbers is None,
        run.single,
    )
