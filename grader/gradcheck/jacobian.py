"""Checking a claimed Jacobian: every ∂out[j]/∂x[i] against differences, on its own scale.

Each output is a function of its own, so each row is measured as a gradient is; the evaluations are remembered,
because all rows need them at the same points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.findings import Finding, Verdict
from grader.gradcheck.arguments import argument_names, sort_arguments
from grader.gradcheck.explain import explain
from grader.gradcheck.full import Point, measure
from grader.gradcheck.judge import Judgement, Measured, judge
from grader.gradcheck.passes import Passes, fail, finding_of
from grader.gradcheck.planting import entries_can_fail
from grader.gradcheck.result import ArgumentResult, GradcheckResult
from grader.gradcheck.rounding import (
    fitting_steps,
    measured_noise,
    natural_slope,
    own_rounding,
    step_scale,
    widened,
)
from grader.gradcheck.structure import Grouping
from grader.gradcheck.subject import Array, CallFailed, Subject, gradient_array


class _Remembered:
    """A function of one array that computes each point once."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function
        self.known: dict[tuple[str, bytes], Any] = {}

    def __call__(self, x: Any) -> Any:
        key = (str(np.asarray(x).dtype), np.asarray(x).tobytes())
        if key not in self.known:
            self.known[key] = np.array(self.function(x))  # a copy: it may be a view of what is moved next
        return self.known[key]


def gradcheck_jacobian(
    function: Callable[[Any], Any],
    jacobian: Callable[[Any], Any] | Array,
    x: Any,
    *,
    seed: int = 0,
    prove: bool = True,
) -> GradcheckResult:
    """Check jacobian(x), or a ready array, against differences of function(x).

    Its shape is out.shape + x.shape, or the matrix (out.size, x.size) of the flattened arrays. In the result,
    `index` is the output's index followed by the input's. Whatever the functions do becomes a finding.
    """
    if isinstance(x, np.ndarray) and x.dtype == np.float32:
        x = x.astype(np.float64)  # the claim is judged with float32's digits, the differences need more
        digits: Any = np.float32
    else:
        digits = np.float64
    names = argument_names(function, 1, None)
    arguments, constants, findings = sort_arguments((x,), names, ())
    remembered = _Remembered(function)
    subject = Subject(remembered, None, (x,), arguments)
    if not findings and not arguments:
        message = f"{names[0]} is not a floating-point array: there is nothing to differentiate by"
        findings.append(Finding("inputs", Verdict.INCONCLUSIVE, message))
    results: list[ArgumentResult] = []
    proved = False
    if not findings:
        try:
            with np.errstate(all="ignore"):
                result, proved = _rows(
                    subject, function, jacobian, np.random.default_rng(seed), prove, findings, digits
                )
            results += result
        except CallFailed as failed:
            findings.append(finding_of(failed))
        except Exception as error:
            message = f"gradcheck itself failed with {type(error).__name__}: {error}"
            findings.append(Finding("gradcheck", Verdict.GRADER_ERROR, message))
            findings.append(Finding("gradcheck", Verdict.INCONCLUSIVE, "nothing is said of the Jacobian"))
    verdicts = [f.verdict for f in findings] + [r.verdict for r in results]
    order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.KINK)
    verdict = next((v for v in order if v in verdicts), Verdict.PASS)
    return GradcheckResult(
        verdict, tuple(results), tuple(findings), constants, len(remembered.known), 0, seed, proved
    )


def _rows(
    subject: Subject,
    function: Callable[[Any], Any],
    jacobian: Callable[[Any], Any] | Array,
    rng: np.random.Generator,
    prove: bool,
    findings: list[Finding],
    digits: Any,
) -> tuple[list[ArgumentResult], bool]:
    (argument,) = subject.arguments
    outs, _ = subject.call_forward(subject.fresh())
    out = outs[0].copy()
    if not np.array_equal(np.asarray(function(*subject.fresh())), out, equal_nan=True):
        message = "the function gives other values when it is called again with the same input"
        findings.append(Finding("repeatable", Verdict.INCONCLUSIVE, message))
        return [], False
    if not np.isfinite(out).all():
        findings.append(fail("finite forward", "the function is not finite at this point"))
        return [], False
    claimed = _claimed(subject, jacobian)
    shape = out.shape + argument.value.shape
    if claimed.shape == (out.size, argument.value.size):
        claimed = claimed.reshape(shape)
    if claimed.shape != shape:
        message = (
            f"the Jacobian has shape {claimed.shape}, expected {shape} (out's shape, then {argument.name}'s)"
        )
        findings.append(fail("shape", message, argument.name))
        return [], False
    douts = (np.ones_like(out),)
    rows = claimed.reshape(out.size, *argument.value.shape)
    passes = Passes((out,), douts, {})
    _, noise = own_rounding(subject, passes, rng, reruns=0)
    (base,) = subject.evaluate([[]])
    scale = step_scale(argument.value)
    point = Point(subject, base, [np.ones(out.shape)], noise)
    fit = fitting_steps(point, 0, scale, rng)
    point = measured_noise(point, [fit.steps], rng)
    steps = widened(fit, point, scale, before=noise)
    eps = float(np.finfo(digits).eps)
    judged: list[tuple[Judgement, Measured, Array, Array]] = []
    proved = prove
    for place, row in enumerate(rows):
        weights = np.zeros(out.shape)
        weights.flat[place] = 1.0
        here = Point(subject, base, [weights], point.noise)
        own = 64 * eps * np.maximum(np.abs(row), np.abs(row).max(initial=0.0) / 2)
        measured = measure(here, 0, steps, Grouping(row.shape), row, own)
        verdict = judge(row, measured, own)
        if verdict.verdict is Verdict.INCONCLUSIVE:
            measured.natural = natural_slope(here, 0, scale, rng)
            verdict = judge(row, measured, own)
        if (
            verdict.verdict is Verdict.PASS
            and prove
            and row.size
            and not entries_can_fail(row, measured, own)
        ):
            verdict = Judgement(Verdict.INCONCLUSIVE, verdict.index, 0, verdict.checked)
        judged.append((verdict, measured, row, own))
    return [_worst(judged, out, argument.name, shape, findings)], proved


def _claimed(subject: Subject, jacobian: Callable[[Any], Any] | Array) -> Array:
    if not callable(jacobian):
        return np.asarray(gradient_array(jacobian, "the Jacobian"), np.float64)
    as_subject = Subject(jacobian, None, subject.inputs, subject.arguments, calls="the Jacobian")
    outs, _ = as_subject.call_forward(as_subject.fresh())
    return np.array(outs[0], np.float64)


def _worst(
    judged: list[tuple[Judgement, Measured, Array, Array]],
    out: Array,
    name: str,
    shape: tuple[int, ...],
    findings: list[Finding],
) -> ArgumentResult:
    """The whole Jacobian's verdict: that of its worst row."""
    if not judged or not judged[0][2].size:
        return ArgumentResult(name, shape, Verdict.PASS)
    order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.KINK, Verdict.PASS)
    place = min(range(len(judged)), key=lambda row: order.index(judged[row][0].verdict))
    verdict, measured, row, own = judged[place]
    index = verdict.index
    assert index is not None, "a row with entries has a worst one"
    result = ArgumentResult(
        name,
        shape,
        verdict.verdict,
        (*(int(i) for i in np.unravel_index(place, out.shape)), *index),
        float(row[index]),
        float(measured.value[index]),
        float(measured.bound[index] + own[index]),
        sum(v.checked for v, *_ in judged),
        sum(v.disagreeing for v, *_ in judged),
    )
    findings += explain(result, measured.slopes(index))
    return result
