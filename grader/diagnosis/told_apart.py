"""Which changes to worked formulas are told apart at all: one of those that come to the same function.

Each change is tried on an input that was drawn for it, with sizes that all differ, so that an axis taken for
another shows. What comes to nothing else than the right numbers there, or what another change came to before, is
left out; before two are taken for one, they are tried on a second input, where nothing saturates.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from grader.diagnosis.candidates import WORKED, Candidate, Twist
from grader.diagnosis.formulas import EACH_STEP, Worked, parsed
from grader.diagnosis.worked import Change, Known, changed, changes
from grader.exercise.exercise import Situation
from grader.exercise.kinds import LayerExercise
from reference.inputs import Domain
from reference.layer import Layer

FAR, NEAR = 0.5, 0.1
"""Numbers are drawn from -9 to 9 and brought nearer by this: at first so that there are margins of either sign,
then so that no sigmoid is 0 or 1. What is one number has the other sign at the second time."""

OTHER = (5, 7, 6, 8, 9, 10, 11, 12, 13)
"""Sizes that all differ; the third can be cut into heads whose width is no square."""

SEED = 2
"""Draws several heads where there may be one, which would hide that a head is narrower than them all."""

GOLDEN = (math.sqrt(5) - 1) / 2
"""Its multiples lie in no pattern between the whole numbers."""

RIGHT = Change(-1, ast.Constant(0), lambda: ("", ""), "")
"""No change at all."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A change of some formulas, and how to try it a second time."""

    text: str
    change: Change
    node: str
    again: Worked | None

    def sign(self) -> str:
        """What it comes to on the second input."""
        return "" if self.again is None else _sign(_outcome(self.change, self.node, self.again))


def explanations(exercise: LayerExercise, node: str, twists: Sequence[Twist] = ()) -> Iterator[Candidate]:
    """One candidate for each function beside the right one, on which `twists` may come."""
    known: Known = {}
    for text, change in _distinct(exercise, node):
        predict = partial(changed, text=text, node=node, change=change, known=known)
        yield Candidate("", "", predict, WORKED, words=change.words, twists=twists)


_kept: dict[tuple[int, str], tuple[LayerExercise, tuple[tuple[str, Change], ...]]] = {}
"""By an exercise's id and a node: the exercise itself, so that no other takes its id, and its changes."""


def _distinct(exercise: LayerExercise, node: str) -> tuple[tuple[str, Change], ...]:
    key = id(exercise), node
    if key not in _kept:
        with np.errstate(all="ignore"):
            _kept[key] = exercise, tuple((one.text, one.change) for one in _told_apart(exercise, node))
    return _kept[key][1]


def _told_apart(exercise: LayerExercise, node: str) -> Iterator[Tried]:
    layer = exercise.layer
    real = [s.name for s in layer.inputs if s.domain not in (Domain.CONFIG, Domain.LABEL)]
    given = (*real, *layer.outputs, *(() if exercise.one_call else (f"d{out}" for out in layer.outputs)))
    sizes: tuple[dict[str, int], ...] = (_all_other(layer), {}, _all_alike(layer))
    drawn = [(_sample(layer, each, FAR), _sample(layer, each, NEAR)) for each in sizes]
    found: dict[tuple[int, str], list[Tried]] = {}
    for text in exercise.worked:
        if EACH_STEP in text or node not in {line.name for line in parsed(text).lines}:
            continue
        tries = [(one, _worked_out(text, other)) for far, other in drawn if (one := _worked_out(text, far))]
        for place, (far, near) in enumerate(tries):
            right = Tried(text, RIGHT, node, near)
            found.setdefault((place, _sign(far.values[node])), []).append(right)
        numbers = (
            frozenset(n for n, value in tries[0][0].values.items() if np.ndim(value) == 0) if tries else ()
        )
        for change in changes(text, node, given, frozenset(numbers)):
            sign, again = _first_sign(change, node, tries)
            if sign:
                _put(Tried(text, change, node, again), found.setdefault(sign, []))
    for same in found.values():
        yield from (one for one in same if one.change.place >= 0)


def _put(new: Tried, same: list[Tried]) -> None:
    """Beside those that come to the same at first, unless one of them does at the second try as well."""
    sign = new.sign() if same else ""
    for place, known in enumerate(same):
        if known.sign() == sign:
            if known.change.says_the_same(new.change):
                same[place] = replace(known, change=replace(known.change, inside=""))
            return
    same.append(new)


def _outcome(change: Change, node: str, where: Worked) -> Any:
    """The node's numbers with the change; the right ones for a change at no line."""
    return where.values[node] if change.place < 0 else where.changed(change.place, change.formula, node)


def _worked_out(text: str, sample: Situation | None) -> Worked | None:
    try:
        return None if sample is None else Worked(parsed(text), sample)
    except Exception:  # a layer may draw what these formulas are not made for
        return None


def _first_sign(
    change: Change, node: str, tries: Sequence[tuple[Worked, Worked | None]]
) -> tuple[tuple[int, str] | None, Worked | None]:
    for place, (far, near) in enumerate(tries):
        try:
            return (place, _sign(_outcome(change, node, far))), near
        except Exception:  # noqa: S112 - shapes that do not meet here may meet where they are equal
            continue
    return None, None


def _sign(numbers: Any) -> str:
    """What tells one array from another: its shape, and a weighted sum in as many digits as can be trusted."""
    flat = np.ravel(numbers)
    weights = 1 + np.modf(np.arange(1, flat.size + 1) * GOLDEN)[0]
    return f"{np.shape(numbers)} {flat @ weights:.9g}"


def _all_other(layer: Layer) -> dict[str, int]:
    return dict(zip(layer.dimensions, OTHER, strict=False))


def _all_alike(layer: Layer) -> dict[str, int]:
    return dict.fromkeys(layer.dimensions, 4)


def _brought(value: Any, near: float, sign: int) -> Any:
    """Numbers brought nearer to 0; one number by itself gets a sign."""
    return value * near if np.ndim(value) else sign * abs(value * near)


def _sample(layer: Layer, sizes: Mapping[str, int], near: float) -> Situation | None:
    """A situation of these sizes; None where the layer has no such sizes."""
    rng = np.random.default_rng(len(layer.name) + SEED)
    try:
        inputs = layer.draw(rng, sizes) if layer.draw_rule else layer.draw(rng, sizes, free=(4, 5))
        sign = 1 if near == FAR else -1
        inputs = tuple(
            _brought(value, near, -sign) if spec.domain is Domain.REAL else value
            for spec, value in zip(layer.inputs, inputs, strict=True)
        )
        *outputs, _ = layer.forward(*inputs)
    except Exception:  # not every layer can be square
        return None
    s = dict(zip((*(spec.name for spec in layer.inputs), *layer.outputs), (*inputs, *outputs), strict=True))
    for name, out in zip(layer.outputs, outputs, strict=True):
        s[f"d{name}"] = _brought(rng.uniform(-1, 1, np.shape(out)), 1.0, sign)
    return drawn_afresh(layer, s)


def drawn_afresh(layer: Layer, s: Situation, times: float = 1.0) -> Situation:
    """Another situation of the same shapes: entries in another order and `times` as large, outputs to match."""
    rng = np.random.default_rng(len(layer.name))

    def other(value: Any, domain: Domain = Domain.REAL) -> Any:
        if domain in (Domain.CONFIG, Domain.LABEL):
            return value
        values = np.asarray(value, np.float64)
        mixed = rng.permutation(values.ravel()).reshape(values.shape)
        if domain in (Domain.MASK, Domain.PROBABILITY):
            return mixed
        return mixed * times * rng.uniform(0.5, 1.5, values.shape)

    inputs = {spec.name: other(s[spec.name], spec.domain) for spec in layer.inputs}
    *outputs, rest = layer.forward_rule(*inputs.values())
    ups = {f"d{name}": other(s[f"d{name}"]) for name in layer.outputs if f"d{name}" in s}
    douts = [ups.get(f"d{name}", np.ones_like(out)) for name, out in zip(layer.outputs, outputs, strict=True)]
    gradients = layer.backward(*douts, rest)
    return {
        **inputs,
        **dict(zip(layer.outputs, outputs, strict=True)),
        **ups,
        **{f"d{name}": g for name, g in zip(layer.differentiable, gradients, strict=True)},
    }
