"""Inputs in chosen shapes: what elementwise layers, which have no named dimensions, are judged on."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.exercise import Case
from grader.exercise.cases import ATTEMPTS, Draw, away_from_kinks
from reference.inputs import Array, Domain, Input
from reference.inputs import draw as draw_inputs
from reference.layer import Layer


def shaped(layer: Layer, shape: tuple[int, ...], scale: float = 1.0) -> Draw:
    """Inputs of this one shape in short decimals, kept away from kinks; `scale` shrinks them."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        return scaled(draw_inputs(layer.inputs, rng, {}, free=shape), scale)

    return away_from_kinks(layer, draw)


def matrices(layer: Layer, shapes: dict[str, tuple[int, ...]], scale: float = 1.0) -> Draw:
    """Real inputs with a shape for each name, where the layer's own drawing would choose another."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        specs = tuple(Input(spec.name, tuple(map(str, shapes[spec.name]))) for spec in layer.inputs)
        return scaled(draw_inputs(specs, rng, {}), scale)

    return away_from_kinks(layer, draw)


def telling(layer: Layer, draw: Draw) -> Draw:
    """Draws until no gradient is 0 everywhere, as that of a ReLU is where all inputs are negative."""

    def drawn(rng: np.random.Generator) -> tuple[Any, ...]:
        values = draw(rng)
        for _ in range(ATTEMPTS):
            *outs, cache = layer.forward(*values)
            upstreams = [np.ones_like(out) for out in outs]
            if all(np.abs(gradient).max(initial=0.0) > 0 for gradient in layer.backward(*upstreams, cache)):
                break
            again = draw(rng)
            if all(np.array_equal(one, other) for one, other in zip(values, again, strict=True)):
                break  # inputs that are given, not drawn
            values = again
        return values

    return drawn


def scaled(values: tuple[Any, ...], scale: float) -> tuple[Any, ...]:
    """Real arrays times `scale`, with three decimals; labels as they are."""
    if scale == 1.0:
        return values
    return tuple(_shrunk(value, scale) for value in values)


def _shrunk(value: Any, scale: float) -> Any:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    shrunk: Array = np.round(value * scale, 3)
    return shrunk


def given(name: str, *values: Any, kink: bool = False) -> Case:
    """A case of fixed inputs; every draw hands out fresh copies, so that nobody's change lives on."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:  # noqa: ARG001 - fixed
        return tuple(value.copy() if isinstance(value, np.ndarray) else value for value in values)

    return Case(name, draw, kink=kink)


def elementwise_cases(layer: Layer, *more: Case, scale: float = 1.0) -> tuple[Case, ...]:
    """A matrix, a vector, a block, one sample, one number, whatever the author adds, and single precision."""
    matrix = telling(layer, shaped(layer, (2, 3), scale))
    return (
        Case("generic", matrix, basic=True),
        Case("a vector", telling(layer, shaped(layer, (5,), scale))),
        Case("a block", telling(layer, shaped(layer, (2, 3, 2), scale))),
        Case("one sample", shaped(layer, (1, 4), scale)),
        Case("one number", shaped(layer, (1,), scale)),
        *_small_and_large(layer),
        *more,
        Case("float32", matrix, float32=True),
    )


def _small_and_large(layer: Layer) -> tuple[Case, ...]:
    """Entries near 0 and far from it, where a threshold or a clip shows that is none of the function's."""
    if any(spec.domain not in (Domain.REAL, Domain.NONZERO) for spec in layer.inputs):
        return ()
    entries = np.array([0.03, -0.03, 0.08, -0.4, 12.0, -12.0, 35.0, -35.0])

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        return tuple(rng.permutation(entries).reshape(2, 4) for _ in layer.inputs)

    return (Case("small and large", away_from_kinks(layer, draw)),)


def distinct(rng: np.random.Generator, count: int, largest: int = 18) -> tuple[float, ...]:
    """Numbers of different size from 0.3 up, with signs, in tenths: no two wires of a circuit look alike."""
    sizes = rng.permutation(np.arange(3, largest + 1))[:count] / 10
    return tuple(float(size) for size in sizes * rng.choice((-1.0, 1.0), count))


def classifier(layer: Layer, examples: int, features: int, classes: int, *, reg: float | None = None) -> Draw:
    """W (D, C), X (N, D), y (N,) and reg for a linear classifier, with scores of a few units.

    `reg` is drawn from 0.05 to 0.5 unless it is given.
    """

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        weights = rng.integers(-90, 91, (features, classes)) / 100
        inputs = rng.integers(-20, 21, (examples, features)) / 10
        labels = rng.integers(0, classes, examples)
        strength = float(rng.integers(1, 11)) / 20 if reg is None else reg
        return weights, inputs, labels, strength

    return away_from_kinks(layer, draw)


def classifier_cases(layer: Layer, *more: Case) -> tuple[Case, ...]:
    """Sizes that differ, sizes that agree, one sample, no penalty, whatever the author adds, single precision."""
    return (
        Case("generic", classifier(layer, 3, 2, 4), basic=True),
        Case("generic, other sizes", classifier(layer, 7, 5, 3)),
        Case("square, size 2", classifier(layer, 2, 2, 2)),
        Case("square, size 3", classifier(layer, 3, 3, 3)),
        Case("one sample", classifier(layer, 1, 2, 4)),
        Case("no penalty", classifier(layer, 3, 2, 4, reg=0.0)),
        *more,
        Case("float32", classifier(layer, 3, 2, 4), float32=True),
    )


def one_label(layer: Layer, draw: Draw, label: int) -> Draw:
    """The same inputs with one label for all examples: repeated indices, where `+=` may count only once."""
    place = [spec.name for spec in layer.inputs].index("y")

    def drawn(rng: np.random.Generator) -> tuple[Any, ...]:
        values = list(draw(rng))
        values[place] = np.full_like(values[place], label)
        return tuple(values)

    return away_from_kinks(layer, drawn)
