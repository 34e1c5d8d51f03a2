"""One call of forward and one of backward at the point: what came, and what was seen on the way.

Findings about what a single pass shows: shapes, number, finite numbers, inputs or upstream changed, memory shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.findings import Finding, Verdict
from grader.gradcheck.subject import Array, CallFailed, Raised, Subject, gradient_array


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
            message = f"forward returned {out[index]} in {name}{where(index)}"
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
            message = f"{name}{where(index)} is {array[index]}"
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


def random_upstream(out: Array, rng: np.random.Generator) -> Array:
    """± U[0.5, 1.5]: signed, no small entries, no systematic cancellation, all digits of the dtype."""
    size = rng.uniform(0.5, 1.5, out.shape)
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


def _names(word: str, count: int) -> list[str]:
    return [word] if count == 1 else [f"{word}{i + 1}" for i in range(count)]


def where(index: tuple[int, ...]) -> str:
    """[2, 0], or nothing for a number."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def worst_entry(values: Array) -> tuple[int, ...]:
    """Index of the largest value."""
    return tuple(int(i) for i in np.unravel_index(int(values.argmax()), values.shape))


def _count(number: int) -> str:
    return "1 gradient" if number == 1 else f"{number} gradients"


def finding_of(failed: CallFailed) -> Finding:
    """A call that ended in an exception or returned no numbers, as a finding."""
    check = f"{failed.reason.function} {'runs' if isinstance(failed.reason, Raised) else 'returns numbers'}"
    return fail(check, str(failed))
