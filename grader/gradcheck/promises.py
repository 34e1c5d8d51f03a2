"""What forward and backward promise each other over several calls; each broken promise is a finding.

Fail: a number is wrong or gets spoilt (not linear in the upstream, a cache that the next forward overwrites,
results that differ from call to call or with the memory layout). Warn: nothing is wrong yet (a cache that serves
only once).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.findings import Finding, Verdict
from grader.gradcheck.passes import Passes, fail, gradients_again, random_upstream, warn, where, worst_entry
from grader.gradcheck.subject import Argument, Array, CallFailed, Subject


def second_pass(subject: Subject, passes: Passes, own: dict[str, Array], other: list[Any]) -> list[Finding]:
    """Again at the same point, with a forward at `other` inputs between: the same numbers must come.

    Raises CallFailed. Costs two forward evaluations, and one more where something differs.
    """
    outs, cache = subject.call_forward(subject.fresh())
    if not _agree(outs, passes.outs):
        message = (
            "forward gives other values when it is called again with the same inputs; fix its random seed"
        )
        return [Finding("repeatable", Verdict.INCONCLUSIVE, message)]
    kept = [out.copy() for out in outs]
    subject.call_forward(other)
    if not _agree(outs, kept):
        return [
            fail(
                "cache", "the output of one forward changes when forward runs again: both use the same memory"
            )
        ]
    gradients = gradients_again(subject, passes, cache)
    worst = _differing(gradients, passes.gradients, own)
    if not worst:
        return []
    outs, cache = subject.call_forward(subject.fresh())
    if _differing(gradients_again(subject, passes, cache), passes.gradients, own):
        return [
            fail(
                "repeatable",
                f"backward gives another {worst} when it is called again with the same arguments",
                worst[1:],
            )
        ]
    message = (
        f"the cache does not survive the next forward: {worst} changes when forward ran again in between"
    )
    return [fail("cache", message, worst[1:])]


def linear(
    subject: Subject, passes: Passes, own: dict[str, Array], rng: np.random.Generator
) -> list[Finding]:
    """backward(a·d1 + b·d2) = a·backward(d1) + b·backward(d2), and 0 for 0. Raises CallFailed. One forward."""
    _, cache = subject.call_forward(subject.fresh())
    findings: list[Finding] = []
    again = gradients_again(subject, passes, cache)
    worst = _differing(again, passes.gradients, own)
    twice = gradients_again(subject, passes, cache)
    reusable = not _differing(twice, again, own)
    if not reusable:
        message = (
            "a second backward with the same cache gives other gradients: the first one changed the cache"
        )
        findings.append(warn("cache", message))

    def pulled(douts: Sequence[Array]) -> dict[str, Array]:
        held = cache if reusable else subject.call_forward(subject.fresh())[1]
        return gradients_again(subject, passes, held, douts)

    zero = pulled([np.zeros_like(dout) for dout in passes.douts])
    for name, gradient in zero.items():
        if np.abs(gradient).max(initial=0.0) > own[name].max(initial=0.0):
            index = worst_entry(np.abs(gradient))
            value = float(gradient[index])
            message = (
                f"d{name}{where(index)} is {value:.6g} for an upstream gradient of zero: it ignores dout"
            )
            findings.append(
                fail("linear in dout", message, name, index=index, got=float(gradient[index]), expected=0.0)
            )
    if worst or any(finding.verdict is Verdict.FAIL for finding in findings):
        return findings
    other = [random_upstream(out, rng) for out in passes.outs]
    second = pulled(other)
    # Two upstreams mixed, and one a thousand times larger and smaller: a clipped gradient shows at its limits.
    for a, b, told in (
        (-0.75, 0.5, "-0.75 d1 + 0.5 d2"),
        (1024.0, 0.0, "1024 d1"),
        (1 / 1024, 0.0, "d1 / 1024"),
    ):
        mixed = pulled(
            [np.asarray(a * d + b * o, dtype=d.dtype) for d, o in zip(passes.douts, other, strict=True)]
        )
        for name, gradient in mixed.items():
            if name not in second or name not in passes.gradients:
                continue
            first = passes.gradients[name]
            expected = a * first + b * second[name]
            eps = float(np.finfo(np.result_type(first.dtype, passes.outs[0].dtype)).eps)
            size = abs(a) * np.abs(first) + abs(b) * np.abs(second[name])
            # A backward that is not linear is so by more than a millionth; less may be rounding that cancelled.
            relative, absolute = max(1e-6, 64 * eps) * size, max(1e-9, 8 * eps) * size.max(initial=0.0)
            allowed = 64 * (abs(a) + abs(b)) * own[name] + relative + absolute
            distance = np.abs(gradient - expected)
            if (distance <= allowed).all():
                continue
            index = worst_entry(np.nan_to_num(distance / np.maximum(allowed, 1e-300), nan=np.inf))
            got, right = float(gradient[index]), float(expected[index])
            message = (
                f"d{name}{where(index)} is not linear in dout: backward({told}) gives {got:.6g}, "
                f"from backward(d1) and backward(d2) it should be {right:.6g}"
            )
            findings.append(fail("linear in dout", message, name, index=index, got=got, expected=right))
        if findings and findings[-1].verdict is Verdict.FAIL:
            break
    return findings


def unusual_inputs(subject: Subject, passes: Passes, own: dict[str, Array]) -> list[Finding]:
    """The same numbers in other memory: read-only, and not contiguous. Raises nothing; a forward or two."""
    for locked in (True, False):
        values = [
            _strided(v, locked=locked) if isinstance(v, np.ndarray) and v.ndim else v for v in subject.fresh()
        ]
        try:
            outs, cache = subject.call_forward(values)
            douts = [_strided(dout, locked=locked) if dout.ndim else dout for dout in passes.douts]
            gradients = gradients_again(subject, passes, cache, douts)
        except CallFailed as failed:
            if locked:
                blocked = failed
                continue
            return [warn("memory layout", f"with inputs that are not contiguous, {failed}")]
        loose = {name: 64 * bound for name, bound in own.items()}
        if not _agree(outs, passes.outs, rtol=1e-3 if outs[0].dtype == np.float32 else 1e-9):
            return [fail("memory layout", "forward gives other values for inputs that are not contiguous")]
        worst = _differing(gradients, passes.gradients, loose)
        if worst:
            return [fail("memory layout", f"{worst} changes when the inputs are not contiguous", worst[1:])]
        return [] if locked else [warn("inputs unchanged", f"with read-only inputs, {blocked}")]
    return []


def one_sample(
    subject: Subject, passes: Passes, own: dict[str, Array], batched: Sequence[Argument]
) -> list[Finding]:
    """The first sample alone gives its own row of everything. Only for arguments verified to be a batch."""
    places = {argument.place for argument in batched}
    values = [v[:1].copy() if place in places else v for place, v in enumerate(subject.fresh())]
    try:
        outs, cache = subject.call_forward(values)
        if outs[0].shape != passes.outs[0][:1].shape:
            return []  # the functions hold data for the whole batch (a mask, say), which one sample does not fit
        returned = gradients_again(
            subject, passes, cache, [dout[:1].copy() for dout in passes.douts], check_shape=False
        )
    except CallFailed as failed:
        return [warn("one sample", f"with one sample, {failed}")]
    for argument in batched:
        if argument.name not in returned or argument.name not in passes.gradients:
            continue
        got, expected = returned[argument.name], passes.gradients[argument.name][:1]
        if got.shape != expected.shape:
            message = f"d{argument.name} has shape {got.shape} for one sample, expected {expected.shape}"
            return [fail("one sample", message, argument.name)]
        if (np.abs(got - expected) > 64 * own[argument.name][:1] + 1e-6 * np.abs(expected)).any():
            return [
                fail(
                    "one sample", f"d{argument.name} of the first sample depends on the others", argument.name
                )
            ]
    return []


def _differing(one: dict[str, Array], other: dict[str, Array], own: dict[str, Array]) -> str:
    """The first gradient that differs by more than its rounding, as d<name>; empty if none does."""
    for name, gradient in other.items():
        if name not in one or not np.isfinite(gradient).all():
            continue
        if not (np.abs(one[name] - gradient) <= 4 * own[name]).all():
            return f"d{name}"
    return ""


def _agree(one: Sequence[Array], other: Sequence[Array], *, rtol: float = 0.0) -> bool:
    if [a.shape for a in one] != [b.shape for b in other]:
        return False
    return all(
        bool(
            (np.abs(a - b) <= rtol * np.abs(b).max(initial=0.0) + 8 * np.finfo(b.dtype).eps * np.abs(b)).all()
        )
        for a, b in zip(one, other, strict=True)
    )


def _strided(array: Array, *, locked: bool) -> Array:
    """The same values in every second place of a larger array."""
    larger = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=array.dtype)
    view: Array = larger[..., ::2]
    view[...] = array
    view.setflags(write=not locked)
    return view
