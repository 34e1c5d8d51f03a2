"""A layer's backward run again with another upstream: ones, one example alone, all but the last row.

A loop that stops too early, or writes where it should add, leaves a part of the upstream out. Whatever the loop
runs over, the numbers are those of the layer's own backward for an upstream with zeros there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from grader.diagnosis.candidates import MIXED_UP, Candidate
from grader.exercise.exercise import Array, Situation
from reference.layer import Layer

AXES = range(4)
"""Axes of an upstream along which a loop may be too short: units, steps, rows and columns of an image."""


def rerun(
    layer: Layer,
    situation: Situation,
    change: Callable[[Array], Array],
    exchange: Callable[[Any, Mapping[str, Any]], Any] | None = None,
) -> dict[str, Array]:
    """The gradients by name for an upstream that was changed, and a cache in which something was exchanged."""
    inputs = {spec.name: _copied(situation[spec.name]) for spec in layer.inputs}
    *outputs, cache = layer.forward_rule(*inputs.values())
    if exchange is not None:
        cache = exchange(cache, inputs | dict(zip(layer.outputs, outputs, strict=True)))
    douts = [change(np.array(situation[f"d{name}"], np.float64)) for name in layer.outputs]
    gradients = layer.backward(*douts, cache)
    return {f"d{name}": g for name, g in zip(layer.differentiable, gradients, strict=True)}


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.astype(np.float64) if value.dtype.kind == "f" else value.copy()
    return dict(value) if hasattr(value, "items") else value


def cut_short(layer: Layer, node: str, first: int = 1) -> Iterator[Candidate]:
    """What the gradient at `node` is if a loop along one of the upstream's axes is too short.

    `first` is 0 for a layer of one example; that of many has names of its own, which need no such words.
    """
    up = f"d{layer.outputs[0]}" if len(layer.outputs) == 1 else "dout"
    for axis in AXES[first:]:
        before = ":, " * axis
        for place, words in ((-1, "last"), (0, "first")):
            where = f"the upstream's {words} entries along axis {axis}"
            index = f"{up}[{before}{place}]"
            for change, id, title in (
                (without, f"{words}-along-{axis}-missing", f"without {where}, {index}"),
                (only, f"{words}-along-{axis}", f"computed from {where} alone, {index}"),
            ):
                how = partial(change, place=place, axis=axis)
                yield Candidate(id, title, partial(_changed, layer=layer, node=node, change=how), MIXED_UP)


def _changed(s: Situation, *, layer: Layer, node: str, change: Callable[[Array], Array]) -> Array:
    for name in layer.outputs:
        change(np.asarray(s[f"d{name}"]))  # there may be no such axis, which is found out at no cost
    return rerun(layer, s, change)[node]


def only(dout: Array, place: int, axis: int = 0) -> Array:
    """Zeros but for this place along the axis. Raises IndexError where there is no such axis."""
    kept = np.zeros_like(dout)
    if dout.ndim or axis:
        along: tuple[Any, ...] = (*[slice(None)] * axis, place)
        kept[along] = dout[along]
    return kept


def without(dout: Array, place: int, axis: int = 0) -> Array:
    """Zeros at this place along the axis."""
    return dout - only(dout, place, axis)
