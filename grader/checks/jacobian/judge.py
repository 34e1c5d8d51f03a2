"""Judging a full local Jacobian: every ∂out_i/∂in_j, as an array of shape out_shape + in_shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.checks import outcomes as words
from grader.checks.begun import not_begun
from grader.checks.compare import Comparison, as_numbers, compare, expected_values, is_single
from grader.checks.jacobian.example import JacobianRun, jacobian_example, right_jacobian
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.diagnosis import Observation, named
from grader.diagnosis.jacobians import candidates
from grader.diagnosis.pattern import pattern
from grader.exercise.cases import as_float32
from grader.exercise.exercise import Array
from grader.exercise.kinds import JacobianExercise
from grader.findings import Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Call, Raised, Returned

NODE = "jacobian"


def check_jacobian(exercise: JacobianExercise, runner: Runner, seeds: SeedSource) -> Checked:
    """Compare on every case; the first that fails tells."""
    checked = Checked()
    layer = exercise.layer
    drawn = []
    for case in exercise.cases:
        rng = seeds.rng(exercise.id, case.name)
        inputs = layer.check(*case.draw(rng))
        drawn.append((case, as_float32(inputs) if case.float32 else inputs, rng))
    outcomes = runner.run([Call(exercise.function, inputs) for _, inputs, _ in drawn])
    checked.not_started = not_begun(outcomes[:1])
    if checked.not_started:
        return checked

    def compute(inputs: tuple[Any, ...]) -> Sequence[Array]:
        return right_jacobian(exercise, inputs)

    worst: tuple[str, Comparison] | None = None
    seen: list[Observation] = []
    failing: list[JacobianRun] = []
    for (case, inputs, rng), outcome in zip(drawn, outcomes, strict=True):
        exact = tuple(
            v.astype(np.float64) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v for v in inputs
        )
        (right,) = expected_values(compute, exact, rng, kink=case.kink)
        situation = dict(zip((spec.name for spec in layer.inputs), exact, strict=True)) | {NODE: right.value}
        if not isinstance(outcome, Returned):
            message = words.told(outcome, exercise.function)
            checked.fail("runs", message, exercise.function, case=case.name, where=words.place(outcome))
            checked.nodes[NODE] = NodeResult(
                NODE, Verdict.FAIL, Standing.ORIGIN, case=case.name, message=message
            )
            if isinstance(outcome, Raised):
                jacobian_example(exercise, [JacobianRun(inputs, right, outcome)], runner, checked, seeds)
            return checked
        single = case.float32 or is_single(outcome.value)
        found = compare(NODE, outcome.value, right, single=single)
        numbers = as_numbers(outcome.value)
        if not case.kink:
            exact_numbers = None if numbers is None else np.asarray(numbers, np.float64)
            seen.append(Observation(situation, right, exact_numbers, found.passed, single=single))
        if worst is None or (worst[1].passed and not found.passed):
            worst = case.name, found
            if not found.passed and case.basic:
                _shape_hint(exercise, outcome.value, right.value, situation[exercise.wrt], checked)
        if not found.passed:
            failing.append(JacobianRun(inputs, right, outcome, single))
    assert worst is not None
    case_name, found = worst
    right_one = Standing.CORRECT if found.passed else Standing.ORIGIN
    checked.nodes[NODE] = NodeResult(
        NODE,
        found.verdict,
        right_one,
        case=case_name,
        index=found.index,
        got=found.got,
        expected=found.expected,
        bound=found.bound,
        message=found.message,
    )
    if not found.passed:
        jacobian_example(exercise, failing, runner, checked, seeds)
        _explain(exercise, seen, checked)
    return checked


def _explain(exercise: JacobianExercise, seen: Sequence[Observation], checked: Checked) -> None:
    diagnosis = named(NODE, seen, candidates(exercise))
    if diagnosis is not None:
        checked.diagnoses.append(diagnosis)
    elif said := pattern(seen):
        checked.warn("pattern", f"{NODE}: the cause was not recognised; {said}", NODE)


def _shape_hint(exercise: JacobianExercise, value: Any, right: Array, given: Any, checked: Checked) -> None:
    """A right Jacobian with its axes in another order is told so."""
    array = as_numbers(value)
    if array is None or array.size != right.size:
        return
    out_axes = right.ndim - np.ndim(given)
    swapped = np.moveaxis(right, range(out_axes), range(right.ndim - out_axes, right.ndim))
    same = right.shape == swapped.shape and np.allclose(right, swapped)
    if array.shape == swapped.shape and np.allclose(array, swapped) and not same:
        message = f"the axes of {exercise.wrt} come first in yours; those of {exercise.output} belong there"
        checked.fail("convention", message, NODE)
    elif array.shape != right.shape and np.allclose(array.reshape(-1), right.reshape(-1)):
        message = f"the numbers are right in shape {array.shape}; asked for is {right.shape}"
        checked.fail("convention", message, NODE)
