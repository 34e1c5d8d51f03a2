"""`Case`: inputs on which an exercise is judged, and the ones that every layer gets.

generic      distinct sizes, so that a lost transpose shows in a shape
square       all sizes equal: there a lost transpose runs, and only its numbers are wrong
one sample   N = 1, where sums that were broadcast and squeezed axes show
extremes     large numbers, where a formula overflows that is right on paper
kink         points without a derivative; any subgradient is accepted
float32      the same in single precision
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.exercise.exercise import Array
from reference.layer import Layer

Draw = Callable[[np.random.Generator], tuple[Any, ...]]

CLEARANCE = 0.02
"""How far from a kink the inputs of a case are kept, in their own units."""

ATTEMPTS = 200


@dataclass(frozen=True, slots=True)
class Case:
    """Inputs for one call, drawn from the seed. `kink`: any subgradient is accepted, as all are right."""

    name: str
    draw: Draw
    kink: bool = False
    float32: bool = False
    basic: bool = False
    """Decides whether an exercise was begun at all, and is the first to be shown when it fails."""


def away_from_kinks(layer: Layer, draw: Draw) -> Draw:
    """Draws until the layer's kink margin is at least CLEARANCE; the last draw stands where that never happens."""

    def drawn(rng: np.random.Generator) -> tuple[Any, ...]:
        values = draw(rng)
        for _ in range(ATTEMPTS):
            if layer.kink_margin(*values) >= CLEARANCE:
                break
            values = draw(rng)
        return values

    return drawn


def sized(layer: Layer, sizes: Mapping[str, int] | None = None, scale: float = 1.0) -> Draw:
    """Inputs in short decimals with these sizes, kept away from kinks; scale shrinks the real ones."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        return tuple(_shrunk(value, scale) for value in layer.draw(rng, sizes))

    return away_from_kinks(layer, draw)


def cases_of(
    layer: Layer,
    *,
    extremes: tuple[Any, ...] | None = None,
    kink: tuple[Any, ...] | None = None,
    square: bool = True,
    scale: float = 1.0,
    more: tuple[Case, ...] = (),
) -> tuple[Case, ...]:
    """The cases that every layer gets, by its dimensions, with the extremes and kinks that its author names.

    `scale` multiplies the drawn numbers, which go up to 9: 0.1 keeps a tanh from saturating.
    """
    dimensions = layer.dimensions
    first = {name: 2 + place for place, name in enumerate(dimensions)}
    second = {name: 3 + 2 * (len(dimensions) - place) for place, name in enumerate(dimensions)}
    cases = [
        Case("generic", sized(layer, first, scale), basic=True),
        Case("generic, other sizes", sized(layer, second, scale)),
    ]
    if square and len(dimensions) > 1 and layer.draw_rule is None:
        cases += [
            Case("square, size 2", sized(layer, dict.fromkeys(dimensions, 2), scale)),
            Case("square, size 3", sized(layer, dict.fromkeys(dimensions, 3), scale)),
        ]
    if "N" in dimensions and layer.smallest.get("N", 1) <= 1:
        cases.append(Case("one sample", sized(layer, first | {"N": 1}, scale)))
    cases += more
    if extremes is not None:
        cases.append(Case("extremes", lambda rng: extremes))
    if kink is not None:
        cases.append(Case("kink", lambda rng: kink, kink=True))
    cases.append(Case("float32", sized(layer, first, scale), float32=True))
    return tuple(cases)


def as_float32(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Real arrays in single precision; labels and options as they are."""
    return tuple(
        value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
        for value in values
    )


def _shrunk(value: Any, scale: float) -> Any:
    if scale == 1.0 or not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    shrunk: Array = np.round(value * scale, 3)
    return shrunk
