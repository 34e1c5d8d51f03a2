"""Cases that can be followed by hand: few entries, short decimals; and simpler numbers in the same shapes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.checks.compare import Expected
from grader.checks.layer.situations import LayerRun
from grader.checks.seeds import SeedSource
from grader.exercise.cases import CLEARANCE, Case, Draw
from grader.exercise.exercise import Array
from grader.exercise.kinds import LayerExercise
from reference.inputs import Domain
from reference.layer import Layer

ENTRIES = ((2,), (2,), (3,), (3,), (4,), (2, 2), (2, 3))
"""Shapes for layers that take any; one number alone hides what has to do with its neighbours."""

MOST_ENTRIES = 24
"""Numbers in all inputs together; more cannot be followed by hand."""


def small_cases(exercise: LayerExercise, seeds: SeedSource) -> Iterator[LayerRun]:
    """Cases by growing number of entries, each in its first draw that keeps clear of kinks."""
    layer = exercise.layer
    rng = seeds.rng(exercise.id, "example")
    for draw in exercise.small or sizes_of(layer):
        values = plain_inputs(layer, draw, rng)
        if values is None or sum(v.size for v in values if isinstance(v, np.ndarray)) > MOST_ENTRIES:
            continue
        yield _plain_run(exercise, values, None if exercise.one_call else _upstream(exercise, values, rng))


def plain_inputs(layer: Layer, draw: Draw, rng: np.random.Generator) -> tuple[Any, ...] | None:
    """What `draw` gives in plain numbers, clear of kinks; None where no attempt is, or no image fits a window."""
    for attempt in range(8):
        try:
            drawn = draw(rng)
        except (KeyError, ValueError, IndexError, ZeroDivisionError):
            return None
        values = tuple(
            _simple(v, rng) if attempt < 7 and spec.domain is Domain.REAL else v
            for spec, v in zip(layer.inputs, drawn, strict=True)
        )
        try:
            values = layer.check(*values)
            if layer.kink_margin(*values) < CLEARANCE:
                continue
        except ValueError:
            continue
        return values
    return None


def _upstream(
    exercise: LayerExercise, values: tuple[Any, ...], rng: np.random.Generator
) -> tuple[Array, ...]:
    with np.errstate(all="ignore"):
        *outs, _ = exercise.layer.forward_rule(
            *(v.copy() if isinstance(v, np.ndarray) else v for v in values)
        )
    return tuple(_simple(np.ones(np.shape(out)), rng) for out in outs)


def simpler(run: LayerRun, rng: np.random.Generator, count: int) -> Iterator[LayerRun]:
    """The same shapes with plainer numbers: small integers first, an upstream of a single 1 in between."""
    exercise = run.exercise
    layer = exercise.layer
    for attempt in range(count):
        pool = (1.0, 2.0, 3.0) if attempt % 3 else (-2.0, -1.0, 1.0, 2.0)
        values = tuple(
            rng.choice(pool, v.shape) if isinstance(v, np.ndarray) and spec.domain is Domain.REAL else v
            for spec, v in zip(layer.inputs, run.inputs, strict=True)
        )
        try:
            values = layer.check(*values)
            if layer.kink_margin(*values) < CLEARANCE:
                continue
        except ValueError:
            continue
        douts = run.douts
        if not exercise.one_call:
            douts = tuple(
                _single(d, attempt) if attempt % 2 else rng.choice((1.0, 2.0), d.shape) for d in douts
            )
        yield _plain_run(exercise, values, None if exercise.one_call else douts)


def single_entries(run: LayerRun) -> Iterator[LayerRun]:
    """A case of an elementwise layer entry by entry, with the same upstream; nothing for other layers."""
    shapes = {np.shape(value) for value in (*run.inputs, *run.douts)}
    if len(shapes) > 1:
        return
    for index in np.ndindex(*shapes.pop()):
        values = tuple(np.array([value[index]]) for value in run.inputs)
        douts = tuple(np.array([dout[index]]) for dout in run.douts)
        yield _plain_run(run.exercise, values, douts, kink=True)


def _single(dout: Array, attempt: int) -> Array:
    """1 at one entry, 0 elsewhere: one path to follow."""
    alone = np.zeros(dout.shape)
    alone.reshape(-1)[attempt // 2 % max(1, dout.size)] = 1.0
    return alone


def sizes_of(layer: Layer) -> Iterator[Draw]:
    """The layer's own drawing with every dimension 1, 2 or 3, by their sum; entry by entry, a few numbers."""
    if not layer.dimensions and layer.draw_rule is None:
        for shape in ENTRIES:
            yield lambda rng, shape=shape: layer.draw(rng, free=shape)  # type: ignore[misc]
        return
    least = layer.smallest
    options = [[n for n in (1, 2, 3) if n >= least.get(d, 1)] or [least[d]] for d in layer.dimensions]
    sizes = [dict(zip(layer.dimensions, each, strict=True)) for each in itertools.product(*options)]
    sizes.sort(key=lambda each: (sum(each.values()), tuple(each.values())))
    free = {"free": (2,)} if layer.draw_rule is None and any("..." in s.shape for s in layer.inputs) else {}
    for each in sizes:
        yield lambda rng, each=each: layer.draw(rng, each, **free)  # type: ignore[misc]


def _plain_run(
    exercise: LayerExercise, values: tuple[Any, ...], douts: tuple[Array, ...] | None, *, kink: bool = False
) -> LayerRun:
    """The case with its right numbers; few and simple as they are, they need no bounds from moved inputs.

    Without `douts` it is the upstream of a loss: 1 for each output.
    """
    layer = exercise.layer
    with np.errstate(all="ignore"):
        *outs, cache = layer.forward_rule(*(v.copy() if isinstance(v, np.ndarray) else v for v in values))
        upstream = douts or tuple(np.ones(np.shape(out)) for out in outs)
        gradients = layer.backward(*(np.array(d, np.float64) for d in upstream), cache)
    expected = {
        name: _expected(np.array(value, np.float64))
        for name, value in zip(exercise.nodes, (*outs, *gradients), strict=True)
    }
    case = Case("example", lambda _: values, kink=kink)
    return LayerRun(exercise, case, values, upstream, expected)


def _expected(value: Array) -> Expected:
    bound = 1e-7 * np.abs(value) + 1e-9 * max(1.0, float(np.abs(value).max(initial=0.0)))
    return Expected(value, bound, 1e3 * bound, value, value)


def _simple(value: Any, rng: np.random.Generator) -> Any:
    """Small numbers with at most one decimal in place of real ones."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    return np.asarray(rng.choice((-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0, 4.0), value.shape))
