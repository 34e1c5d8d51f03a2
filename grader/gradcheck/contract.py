"""What forward and backward promise each other besides right numbers; each broken promise is a finding.

Fail: a number is wrong or gets spoilt (shape, count, not linear in the upstream, an input or upstream whose
values change, a cache that the next forward overwrites, results that differ from call to call). Warn: nothing
is wrong yet (aliasing, another dtype, a cache that serves only once).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.findings import Finding, Verdict
from grader.gradcheck.subject import Argument, Array, CallFailed, Raised, Subject, gradient_array


@dataclass(slots=True)
class Passes:
    """One forward and one backward pass at the point, and what was seen on the way."""

    outs: tuple[Array, ...]
    douts: tuple[Array, ...]
    gradients: dict[str, Array] = field(default_factory=dict)
    """By argument; arguments without a usable gradient are missing."""
    findings: list[Finding] = field(default_factory=list)


def fail(check: str, message: str, argument: str = "", **more: Any) -> Finding:
    """A finding with verdict fail."""
    return Finding(check, Verdict.FAIL, message, argument, **more)


def warn(check: str, message: str, argument: str = "", **more: Any) -> Finding:
    """A finding with verdict warn."""
    return Finding(check, Verdict.WARN, message, argument, **more)


def first_pass(subject: Subject, rng: np.random.Generator) -> Passes:
    """Forward and backward once, on copies, with a random signed upstream gradient. Raises CallFailed.

    The upstream has no small entries and no constant part: all ones would hide a backward that ignores it.
    """
    given = subject.fresh()
    outs, cache = subject.call_forward(given)
    outs = tuple(out.copy() for out in outs)
    douts = tuple(random_upstream(out, rng) for out in outs)
    passes = Passes(outs, douts)
    for out, name in zip(outs, _names("out", len(outs)), strict=True):
        if not np.isfinite(out).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(out))[0])
            message = f"forward returned {out[index]} in {name}{_at(index)}"
            passes.findings.append(fail("finite forward", message, index=index))
    passes.findings += _written_to(subject, given, "forward")
    if passes.findings and passes.findings[0].check == "finite forward":
        return passes
    upstream = [dout.copy() for dout in douts]
    before = _snapshots(given)
    returned = subject.call_backward(upstream, cache)
    for place, (dout, kept) in enumerate(zip(upstream, douts, strict=True)):
        if not np.array_equal(dout, kept):
            name = _names("dout", len(douts))[place]
            passes.findings.append(
                fail("upstream unchanged", f"backward changes {name}; at a fan-out others still need it")
            )
    if any(not _same(a, b) for a, b in zip(before, given, strict=True)):
        passes.findings.append(fail("inputs unchanged", "backward changes an input of forward"))
    _take_gradients(subject, returned, passes, given, upstream)
    return passes


def _take_gradients(
    subject: Subject,
    returned: tuple[Any, ...],
    passes: Passes,
    given: Sequence[Any],
    upstream: Sequence[Array],
) -> None:
    """Sort what backward returned to the arguments, saying what does not fit."""
    wanted = subject.arguments
    listed = ", ".join(argument.name for argument in wanted)
    if len(returned) == len(subject.inputs) > len(wanted):
        returned = tuple(returned[argument.place] for argument in wanted)
    elif len(returned) > len(wanted) and all(value is None for value in returned[len(wanted) :]):
        returned = returned[: len(wanted)]
    if len(returned) != len(wanted):
        message = f"backward returned {_count(len(returned))}, expected {len(wanted)} ({listed})"
        passes.findings.append(fail("number of gradients", message))
        if len(returned) < len(wanted):
            return
        returned = returned[: len(wanted)]
    raw: list[tuple[str, Array]] = []
    for argument, value in zip(wanted, returned, strict=True):
        name = f"d{argument.name}"
        if value is None:
            passes.findings.append(
                fail("number of gradients", f"backward returned None for {name}", argument.name)
            )
            continue
        try:
            array = gradient_array(value, name)
        except CallFailed as failed:
            passes.findings.append(fail("array of numbers", str(failed), argument.name))
            continue
        if array.shape != argument.value.shape:
            message = f"{name} has shape {array.shape}, {argument.name} has {argument.value.shape}"
            passes.findings.append(fail("shape", message, argument.name))
            continue
        if argument.value.ndim and array.dtype != argument.value.dtype:
            message = f"{name} is {array.dtype}, {argument.name} is {argument.value.dtype}"
            passes.findings.append(warn("dtype", message, argument.name))
        if isinstance(value, np.ndarray):
            raw.append((name, value))
            _aliases(passes, name, value, subject, given, upstream)
        passes.gradients[argument.name] = np.array(array)
        if not np.isfinite(array).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            message = f"{name}{_at(index)} is {array[index]}"
            passes.findings.append(fail("finite gradient", message, argument.name, index=index))
    for i, (name, value) in enumerate(raw):
        for other, another in raw[i + 1 :]:
            if np.may_share_memory(value, another):
                passes.findings.append(
                    warn("aliasing", f"{name} and {other} are one array: writing to one changes the other")
                )


def _aliases(
    passes: Passes, name: str, value: Array, subject: Subject, given: Sequence[Any], upstream: Sequence[Array]
) -> None:
    for dout, label in zip(upstream, _names("dout", len(upstream)), strict=True):
        if dout.ndim and np.may_share_memory(value, dout):
            passes.findings.append(warn("aliasing", f"{name} shares its memory with {label}"))
    for argument in subject.arguments:
        held = given[argument.place]
        if isinstance(held, np.ndarray) and held.ndim and np.may_share_memory(value, held):
            passes.findings.append(warn("aliasing", f"{name} shares its memory with {argument.name}"))


def second_pass(subject: Subject, passes: Passes, own: dict[str, Array], other: list[Any]) -> list[Finding]:
    """Again at the same point, with a forward at `other` inputs between: the same numbers must come.

    Raises CallFailed. Costs two forward evaluations, and one more where something differs.
    """
    outs, cache = subject.call_forward(subject.fresh())
    # Taken now: a result may be a view of memory that the next call reuses.
    if not _agree(outs, passes.outs):
        message = (
            "forward gives other values when it is called again with the same inputs; fix its random seed"
        )
        return [Finding("repeatable", Verdict.INCONCLUSIVE, message)]
    subject.call_forward(other)
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
            index = _worst(np.abs(gradient))
            value = float(gradient[index])
            message = f"d{name}{_at(index)} is {value:.6g} for an upstream gradient of zero: it ignores dout"
            findings.append(
                fail("linear in dout", message, name, index=index, got=float(gradient[index]), expected=0.0)
            )
    if worst or any(finding.verdict is Verdict.FAIL for finding in findings):
        return findings
    other = [random_upstream(out, rng) for out in passes.outs]
    second = pulled(other)
    a, b = -0.75, 0.5
    mixed = pulled(
        [np.asarray(a * d + b * o, dtype=d.dtype) for d, o in zip(passes.douts, other, strict=True)]
    )
    for name, gradient in mixed.items():
        if name not in second or name not in passes.gradients:
            continue
        first = passes.gradients[name]
        expected = a * first + b * second[name]
        eps = float(np.finfo(np.result_type(first.dtype, passes.outs[0].dtype)).eps)
        size = np.abs(first) + np.abs(second[name])
        # A backward that is not linear is so by more than a millionth; less may be rounding that cancelled before.
        relative, absolute = max(1e-6, 64 * eps) * size, max(1e-9, 8 * eps) * size.max(initial=0.0)
        allowed = 64 * own[name] + relative + absolute
        distance = np.abs(gradient - expected)
        if not (distance <= allowed).all():
            index = _worst(np.nan_to_num(distance / np.maximum(allowed, 1e-300), nan=np.inf))
            message = (
                f"d{name}{_at(index)} is not linear in dout: "
                f"backward(-0.75 d1 + 0.5 d2) is {gradient[index]:.6g}, "
                f"-0.75 backward(d1) + 0.5 backward(d2) is {expected[index]:.6g}"
            )
            findings.append(
                fail(
                    "linear in dout",
                    message,
                    name,
                    index=index,
                    got=float(gradient[index]),
                    expected=float(expected[index]),
                )
            )
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
            return [
                fail(
                    "one sample",
                    f"out has shape {outs[0].shape} for one sample, expected {passes.outs[0][:1].shape}",
                )
            ]
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


def random_upstream(out: Array, rng: np.random.Generator) -> Array:
    """± U[0.5, 1.5], in eighths: signed, no small entries, no systematic cancellation."""
    size = rng.integers(4, 13, out.shape) / 8
    return np.asarray(size * rng.choice((-1.0, 1.0), out.shape), dtype=out.dtype)


def gradients_again(
    subject: Subject,
    passes: Passes,
    cache: Any,
    douts: Sequence[Array] | None = None,
    *,
    check_shape: bool = True,
) -> dict[str, Array]:
    """Another backward's gradients by name, those with a known shape. Raises CallFailed."""
    upstream = [
        dout.copy() if dout.flags.writeable else dout for dout in (passes.douts if douts is None else douts)
    ]
    returned = subject.call_backward(upstream, cache)
    if len(returned) == len(subject.inputs) > len(subject.arguments):
        returned = tuple(returned[argument.place] for argument in subject.arguments)
    found: dict[str, Array] = {}
    for argument, value in zip(subject.arguments, returned, strict=False):
        if argument.name not in passes.gradients or value is None:
            continue
        array = gradient_array(value, f"d{argument.name}")
        if check_shape and array.shape != argument.value.shape:
            continue
        found[argument.name] = np.array(array)
    return found


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


def _written_to(subject: Subject, given: Sequence[Any], who: str) -> list[Finding]:
    return [
        fail("inputs unchanged", f"{who} changes {argument.name}, which belongs to its caller", argument.name)
        for argument in subject.arguments
        if isinstance(given[argument.place], np.ndarray)
        and not np.array_equal(given[argument.place], argument.value, equal_nan=True)
    ]


def _snapshots(values: Sequence[Any]) -> list[Any]:
    return [value.copy() if isinstance(value, np.ndarray) else None for value in values]


def _same(kept: Any, value: Any) -> bool:
    return kept is None or np.array_equal(kept, value, equal_nan=True)


def _strided(array: Array, *, locked: bool) -> Array:
    """The same values in every second place of a larger array."""
    larger = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=array.dtype)
    view: Array = larger[..., ::2]
    view[...] = array
    view.setflags(write=not locked)
    return view


def _names(word: str, count: int) -> list[str]:
    return [word] if count == 1 else [f"{word}{i + 1}" for i in range(count)]


def _at(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def _worst(values: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(values.argmax()), values.shape))


def _count(number: int) -> str:
    return "1 gradient" if number == 1 else f"{number} gradients"


def finding_of(failed: CallFailed) -> Finding:
    """A call that ended in an exception or returned no numbers, as a finding."""
    check = f"{failed.reason.function} {'runs' if isinstance(failed.reason, Raised) else 'returns numbers'}"
    return fail(check, str(failed))
