"""gradcheck: is a backward function the gradient of its forward function? The steps in order.

sort the arguments -> call once -> promises kept? -> rounding, steps, structure -> differences -> judge
-> plant errors and see them rejected -> verdict
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import numpy as np

from grader.findings import Finding, Verdict
from grader.gradcheck import promises
from grader.gradcheck.arguments import argument_names, sort_arguments
from grader.gradcheck.directional import check_direction
from grader.gradcheck.explain import explain
from grader.gradcheck.full import Point, measure
from grader.gradcheck.judge import judge
from grader.gradcheck.passes import Passes, finding_of, first_pass
from grader.gradcheck.planting import direction_can_fail, entries_can_fail
from grader.gradcheck.result import ArgumentResult, GradcheckResult
from grader.gradcheck.rounding import (
    Fit,
    first_steps,
    fitting_steps,
    measured_noise,
    natural_slope,
    nearer,
    own_rounding,
    promoted,
    reached,
    step_scale,
    widened,
)
from grader.gradcheck.structure import Grouping, find_grouping
from grader.gradcheck.subject import Argument, Array, CallFailed, Subject

Mode = Literal["auto", "full", "directional"]

LARGE = 4096
"""If an argument has more entries, "auto" checks all of them along directions instead of entry by entry."""

DIRECTIONS = 3
"""Directions tried before a large argument is called inconclusive."""


class Check:
    """One run of gradcheck. Its methods are the steps; what they share is held here and nowhere else."""

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        inputs: tuple[Any, ...],
        *,
        seed: int,
        mode: Mode,
        names: Sequence[str] | None,
        constants: Collection[str],
        prove: bool,
        contract_checks: bool,
    ) -> None:
        if mode not in ("auto", "full", "directional"):
            raise ValueError(f'mode must be "auto", "full" or "directional", got {mode!r}')
        listed = argument_names(forward, len(inputs), names)
        arguments, self.constants, self.findings = sort_arguments(inputs, listed, constants)
        self.subject = Subject(forward, backward, inputs, arguments)
        self.rng = np.random.default_rng(seed)
        self.seed, self.mode, self.prove, self.contract_checks = seed, mode, prove, contract_checks
        self.results: list[ArgumentResult] = []
        self.groupings: dict[str, Grouping] = {}
        self.proved = False

    def run(self) -> GradcheckResult:
        """All steps; whatever the functions do ends as a finding."""
        for name, function in (("forward", self.subject.forward), ("backward", self.subject.backward)):
            if not callable(function):
                message = f"{name} is {type(function).__name__}, not a function"
                self.findings.append(Finding(f"{name} runs", Verdict.FAIL, message))
        if not self.findings and not self.subject.arguments:
            message = "no argument is a floating-point array: there is nothing to differentiate by"
            self.findings.append(Finding("inputs", Verdict.INCONCLUSIVE, message))
        elif not self.findings:
            try:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    # A step past a singularity warns; the student's own point was theirs to warn about.
                    warnings.simplefilter("ignore")
                    self._check()
            except CallFailed as failed:
                self.findings.append(finding_of(failed))
            except Exception as error:
                # Ours, not the student's: it must neither end their program nor pass or fail them.
                message = f"gradcheck itself failed with {type(error).__name__}: {error}"
                self.findings.append(Finding("gradcheck", Verdict.GRADER_ERROR, message))
        return self._result()

    def _check(self) -> None:
        subject = self.subject
        passes = first_pass(subject, self.rng)
        self.findings += passes.findings
        if any(f.check == "finite forward" for f in passes.findings) or not passes.gradients:
            return
        large = [self._is_large(argument) for argument in subject.arguments]
        own, noise = own_rounding(subject, passes, self.rng, reruns=1 if all(large) else 2)
        self._promises(passes, own)
        if any(finding.check == "repeatable" for finding in self.findings):
            return
        finer = promoted(subject, passes, own, self.rng, reruns=1 if all(large) else 2)
        if finer is not None:
            self.subject = subject = finer.subject
            passes, own, noise = finer.passes, finer.own, finer.noise
        (base,) = subject.evaluate([[]])
        scales = [step_scale(argument.value) for argument in subject.arguments]
        weights = [np.asarray(dout, np.float64) for dout in passes.douts]
        point = Point(subject, base, weights, noise)
        fits = [
            Fit(first_steps(point, scale), 0.0) if big else fitting_steps(point, place, scale, self.rng)
            for place, (scale, big) in enumerate(zip(scales, large, strict=True))
        ]
        if not all(large):
            point = measured_noise(point, [fit.steps for fit in fits], self.rng)
        for place, argument in enumerate(subject.arguments):
            if argument.name not in passes.gradients:
                self.results.append(ArgumentResult(argument.name, argument.value.shape, Verdict.FAIL))
                continue
            gradient = np.asarray(passes.gradients[argument.name], np.float64)
            if not gradient.size:
                self.results.append(ArgumentResult(argument.name, gradient.shape, Verdict.PASS))
                continue
            if large[place]:
                self._directional(point, place, fits[place].steps, gradient, own[argument.name])
            else:
                steps = widened(fits[place], point, scales[place], before=noise)
                nearby = reached(point, place, steps, scales[place], self.rng)
                self._full(nearby, place, steps, scales[place], gradient, own[argument.name])
        (last,) = subject.evaluate([[]])
        if not all(np.array_equal(now, then) for now, then in zip(last, base, strict=True)):
            message = (
                "forward gives other values after some calls than at first: its results depend on its past"
            )
            self.results.clear()
            self.findings = [Finding("repeatable", Verdict.INCONCLUSIVE, message)]
            return
        if self.contract_checks:
            self._one_sample(passes, own)

    def _is_large(self, argument: Argument) -> bool:
        if self.mode == "auto":
            return any(a.value.size > LARGE for a in self.subject.arguments) and argument.value.size > 1
        return self.mode == "directional"

    def _coarsest(self) -> float:
        """The last digit of the argument with the fewest."""
        return max(float(np.finfo(argument.value.dtype).eps) for argument in self.subject.arguments)

    def _promises(self, passes: Passes, own: dict[str, Array]) -> None:
        if not self.contract_checks:
            return
        other = self.subject.fresh()
        for argument in self.subject.arguments:
            shifted = argument.value + step_scale(argument.value) / 8
            other[argument.place] = (
                shifted.item() if argument.scalar else np.asarray(shifted, argument.value.dtype)
            )
        checks: tuple[Callable[[], list[Finding]], ...] = (
            lambda: promises.second_pass(self.subject, passes, own, other),
            lambda: promises.linear(self.subject, passes, own, self.rng),
            lambda: promises.unusual_inputs(self.subject, passes, own),
        )
        for check in checks:
            if any(finding.check == "repeatable" for finding in self.findings):
                return  # nothing that is compared with an earlier call would mean anything
            try:
                self.findings += check()
            except CallFailed as failed:
                self.findings.append(finding_of(failed))

    def _full(
        self, point: Point, place: int, steps: Array, scale: Array, gradient: Array, own: Array
    ) -> None:
        """One argument, entry by entry."""
        name = self.subject.arguments[place].name
        grouping = find_grouping(self.subject, place, 4 * steps, point.base, self.rng)
        self.groupings[name] = grouping
        apart = tuple(axis for axis, _ in grouping.pairs)
        own = nearer(own, gradient, apart, self._coarsest())
        measured = measure(point, place, steps, grouping, gradient, own)
        judged = judge(gradient, measured, own)
        if judged.verdict is Verdict.INCONCLUSIVE:
            measured.natural = natural_slope(point, place, scale, self.rng)
            judged = judge(gradient, measured, own)
        verdict, index = judged.verdict, judged.index
        if verdict is Verdict.PASS and self.prove:
            self.proved = True
            if not entries_can_fail(gradient, measured, own):
                verdict = self._unproved(name)
        assert index is not None, "a gradient with entries has a worst one"
        result = ArgumentResult(
            name,
            gradient.shape,
            verdict,
            index,
            float(gradient[index]),
            float(measured.value[index]),
            float(measured.bound[index] + own[index]),
            judged.checked,
            judged.disagreeing,
        )
        self._add(result, measured.slopes(index))

    def _directional(self, point: Point, place: int, steps: Array, gradient: Array, own: Array) -> None:
        """One large argument, along a random direction; a second one where the first proves nothing."""
        name = self.subject.arguments[place].name
        if not np.isfinite(gradient).all():
            self.results.append(ArgumentResult(name, gradient.shape, Verdict.FAIL, mode="directional"))
            return
        for _ in range(DIRECTIONS):
            found = check_direction(point, place, steps, gradient, own, self.rng)
            verdict = found.verdict
            if verdict is not Verdict.PASS or not self.prove or not gradient.any():
                break
            self.proved = True
            if direction_can_fail(gradient, found, own):
                break
        else:
            verdict = self._unproved(name)
        got, expected = found.claimed, found.derivative.estimate
        bound = found.derivative.bound + found.slack
        wrong = 0
        if found.index is not None and found.entry is not None:
            got, expected, wrong = float(gradient[found.index]), found.entry.estimate, 1
            bound = found.entry.bound + float(own[found.index])
        result = ArgumentResult(
            name, gradient.shape, verdict, found.index, got, expected, bound, wrong, wrong, "directional"
        )
        shown = found.entry or found.derivative
        self._add(result, (shown.low, shown.high) if shown.kink else None)

    def _unproved(self, name: str) -> Verdict:
        message = (
            f"d{name}: an error of one part in a thousand, planted to prove the check, is not noticed here"
        )
        self.findings.append(Finding("proof", Verdict.INCONCLUSIVE, message, name))
        return Verdict.INCONCLUSIVE

    def _add(self, result: ArgumentResult, slopes: tuple[float, float] | None) -> None:
        self.results.append(result)
        self.findings += explain(result, slopes)

    def _one_sample(self, passes: Passes, own: dict[str, Array]) -> None:
        """A batch of one, where the batch axis was verified and every array argument has it."""
        out = passes.outs[0]
        if len(passes.outs) > 1 or not out.ndim or out.shape[0] < 2:
            return
        batched = [
            a for a in self.subject.arguments if (0, 0) in self.groupings.get(a.name, Grouping(())).pairs
        ]
        places = {argument.place for argument in batched}
        unclear = any(
            isinstance(value, np.ndarray) and value.ndim and len(value) == len(out) and place not in places
            for place, value in enumerate(self.subject.inputs)
        )
        if batched and not unclear:
            self.findings += promises.one_sample(self.subject, passes, own, batched)

    def _result(self) -> GradcheckResult:
        verdicts = [finding.verdict for finding in self.findings] + [
            result.verdict for result in self.results
        ]
        if Verdict.GRADER_ERROR in verdicts:
            verdicts = [Verdict.INCONCLUSIVE]
        order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.KINK)
        rank = {verdict: place for place, verdict in enumerate((*order, Verdict.WARN))}
        return GradcheckResult(
            next((verdict for verdict in order if verdict in verdicts), Verdict.PASS),
            tuple(self.results),
            tuple(sorted(self.findings, key=lambda finding: rank.get(finding.verdict, 9))),
            self.constants,
            self.subject.evaluations,
            self.subject.backward_calls,
            self.seed,
            self.proved,
        )
