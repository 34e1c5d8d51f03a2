"""What any layer invites: predictions that need nothing but the layer itself, for each output and each gradient.

An upstream that is ignored, passed on, or taken from one example alone; a sum left out or taken over too much; the
numbers of another gradient; a sign, a transpose, a factor that is one of the layer's sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from grader.diagnosis.candidates import (
    COMPOSED,
    GENERIC,
    OWN,
    Candidate,
    Predict,
    Twist,
    composed,
    factors,
    own,
    twisted,
)
from grader.diagnosis.mixed_up import mixed_up
from grader.diagnosis.one_function import of_one_function
from grader.diagnosis.parts import cut_short, only, rerun, without
from grader.diagnosis.told_apart import drawn_afresh, explanations
from grader.diagnosis.worked_steps import explanations_of_steps
from grader.exercise.exercise import Array, Situation
from grader.exercise.kinds import LayerExercise
from reference.inputs import ANY, Domain, fit
from reference.layer import Layer

EXAMPLES = "N"
"""The dimension that counts examples, by the field's custom."""


def candidates(exercise: LayerExercise, node: str) -> Iterator[Candidate]:
    """Every explanation of a wrong `node`, the most particular first."""
    fresh = partial(drawn_afresh, exercise.layer)
    for candidate in _by_rank(exercise, node):
        yield candidate if candidate.rank == OWN else replace(candidate, fresh=fresh)


def _by_rank(exercise: LayerExercise, node: str) -> Iterator[Candidate]:
    particular = own(exercise.misconceptions, node)
    yield from particular
    turns = twists(exercise.layer)
    simple = list(_of_gradient(exercise, node) if node in exercise.gradients else _of_output(exercise, node))
    yield from twisted(node, turns, SAME)
    yield from _backwards(exercise, node)
    yield from simple
    yield from composed(node, particular, turns)
    if node in exercise.gradients and not exercise.one_call:
        yield from _without_upstream(exercise.layer, particular)
        yield from mixed_up(exercise.layer, node)
        if exercise.layer.dimensions:
            yield from cut_short(exercise.layer, node, first=int(EXAMPLES in exercise.layer.dimensions))
    yield from composed(node, [*simple, *twisted(node, [t for t in turns if t.scale is None])], turns)
    yield from explanations(exercise, node, turns)
    yield from explanations_of_steps(exercise, node)


def twists(layer: Layer) -> list[Twist]:
    """A sign, a transpose, and factors: 2, and the sizes of the layer."""
    found = [
        Twist("sign", "negated", lambda a, s: -a),
        Twist("transposed", "the right numbers, transposed", lambda a, s: np.swapaxes(a, -1, -2)),
        *factors("two", "2", lambda s: 2.0),
    ]
    for name, words, size in _sizes(layer):
        found += factors(name, words, size)
    return found


def _backwards(exercise: LayerExercise, node: str) -> Iterator[Candidate]:
    """The right numbers, last first along an axis: a list that was filled on the way back and not turned."""
    named = {f"d{spec.name}": spec.shape for spec in exercise.layer.inputs}
    for axis, size in enumerate(named.get(node, ())):
        if isinstance(size, str) and size.isalpha() and size != ANY:
            yield _candidate(
                f"backwards-along-{size}",
                f"the right numbers in backward order along {size}, last first",
                lambda s, axis=axis: np.flip(np.asarray(s[node], np.float64), axis),  # type: ignore[misc]
            )


def _sizes(layer: Layer) -> Iterator[tuple[str, str, Callable[[Situation], float]]]:
    if layer.dimensions:
        for name in layer.dimensions:
            words = f"{name}, the number of examples" if name == EXAMPLES else name
            yield name, words, _size_of(layer, name)
        return
    first = next((spec.name for spec in layer.inputs if ANY in spec.shape), "")
    if first:
        yield "rows", f"the number of rows of {first}", lambda s: float(np.shape(s[first])[0])
        yield "entries", f"the number of entries of {first}", lambda s: float(np.size(s[first]))


def _fitted(layer: Layer, situation: Situation) -> Mapping[str, int]:
    return fit(layer.name, layer.inputs, [situation[spec.name] for spec in layer.inputs])[1]


def _of_gradient(exercise: LayerExercise, node: str) -> Iterator[Candidate]:
    layer = exercise.layer
    wanted = node[1:]
    yield _candidate("zero", "zero everywhere", lambda s: np.zeros_like(s[node]), tells=False)
    if not exercise.one_call:
        yield from _of_upstream(layer, node)
    yield _candidate("ones", "1 everywhere", lambda s: np.ones_like(s[node]))
    for other in exercise.gradients:
        if other != node:
            yield _candidate(f"numbers-of-{other}", f"what {other} should be", _entry(other))
    yield _candidate("value-itself", f"{wanted} itself", lambda s: np.asarray(s[wanted], np.float64))
    yield _candidate(
        "added-to-value",
        f"the right numbers added to {wanted}, where they should be added to zeros",
        lambda s: np.asarray(s[wanted], np.float64) + s[node],
    )
    yield from _shapes(node)


def _of_upstream(layer: Layer, node: str) -> Iterator[Candidate]:
    def changed(change: Callable[[Array], Array]) -> Predict:
        return lambda s: rerun(layer, s, change)[node]

    yield _candidate(
        "ignores-upstream", "computed as if the upstream were 1 everywhere", changed(np.ones_like)
    )
    yield _candidate(
        "positive-upstream",
        "computed from the positive entries of the upstream alone",
        changed(lambda d: np.maximum(d, 0)),
    )
    yield _candidate("upstream-squared", "computed with the square of the upstream", changed(np.square))
    wanted = next(spec for spec in layer.inputs if spec.name == node[1:])
    if EXAMPLES in layer.dimensions:
        for place, words in ((0, "first"), (-1, "last")):
            yield _candidate(
                f"{words}-example-missing",
                f"without the {words} example",
                changed(partial(without, place=place)),
            )
    if EXAMPLES in layer.dimensions and EXAMPLES in wanted.shape:
        for place, words in ((0, "first"), (-1, "last")):
            yield _candidate(
                f"{words}-example-for-all",
                f"computed from the {words} example's upstream for every example",
                changed(partial(_for_all, place=place)),
            )
        yield _candidate(
            "only-first-example",
            "0 but for the first example, as if the others were never visited",
            changed(lambda d: only(d, 0)),
        )
    if EXAMPLES in layer.dimensions and EXAMPLES not in wanted.shape:
        yield _candidate(
            "last-example",
            "that of the last example alone, as if each one overwrote the one before",
            changed(lambda d: only(d, -1)),
        )
        yield _candidate(
            "last-written",
            "in each entry that of the last example that brings anything, as if it overwrote those before",
            _last_written(layer, node),
        )
        yield _candidate("first-example", "that of the first example alone", changed(lambda d: only(d, 0)))
        yield _candidate(
            "not-summed", "one for each example: they were not summed", _each_example(layer, node)
        )
        yield _candidate(
            "not-summed",
            "one for each example: they were not summed",
            _each_example(layer, node, kept=True),
        )
    for out in layer.outputs:
        up = f"d{out}"
        yield _candidate("passed-unchanged", f"{up}, the upstream, as it came", _entry(up), tells=False)
        yield _candidate("mask-on-upstream", f"{up} where {up} is positive, and 0 elsewhere", _positive(up))
    if len(layer.outputs) == 1 and any(ANY in spec.shape for spec in layer.inputs):
        up = f"d{layer.outputs[0]}"
        yield _candidate(
            "sum-for-product",
            "the local gradient added to the upstream, where the chain rule multiplies",
            lambda s: s[up] + rerun(layer, s, np.ones_like)[node],
        )
    if layer.any_shape and len(layer.inputs) == len(layer.outputs) == 1:
        yield from of_one_function(layer, node, _candidate)


def _for_all(dout: Array, place: int) -> Array:
    return np.broadcast_to(dout[place], dout.shape).copy()


def _each_example(layer: Layer, node: str, *, kept: bool = False) -> Predict:
    """Of shape (N, ...); with `kept`, for a gradient whose first axis has size 1, in the place of that axis."""

    def predict(s: Situation) -> Array:
        if kept and np.shape(s[node])[:1] != (1,):
            raise ValueError
        count = int(_fitted(layer, s)[EXAMPLES])
        each = [rerun(layer, s, partial(only, place=n))[node] for n in range(count)]
        return np.concatenate(each) if kept else np.stack(each)

    return predict


def _last_written(layer: Layer, node: str) -> Predict:
    each_example = _each_example(layer, node)

    def predict(s: Situation) -> Array:
        each = np.asarray(each_example(s))
        last = len(each) - 1 - (each[::-1] != 0).argmax(axis=0)
        return np.asarray(np.take_along_axis(each, last[None], axis=0)[0])

    return predict


def _entry(name: str) -> Predict:
    return lambda s: np.asarray(s[name], np.float64)


def _positive(name: str) -> Predict:
    return lambda s: s[name] * (s[name] > 0)


def _size_of(layer: Layer, name: str) -> Callable[[Situation], float]:
    return lambda s: float(_fitted(layer, s)[name])


def _of_output(exercise: LayerExercise, node: str) -> Iterator[Candidate]:
    yield _candidate("zero", "zero everywhere", lambda s: np.zeros_like(s[node]), tells=False)
    for spec in exercise.layer.inputs:
        if spec.domain not in (Domain.CONFIG, Domain.LABEL):
            title = f"{spec.name} itself, unchanged"
            yield _candidate("value-itself", title, _entry(spec.name))
    yield from _shapes(node)


def _shapes(node: str) -> Iterator[Candidate]:
    """The right numbers in a wrong shape, or summed too often."""
    many = "the right numbers with an axis too many"
    yield _candidate("axis-too-many", many, lambda s: np.expand_dims(s[node], 0))
    yield _candidate("axis-too-many", many, lambda s: np.expand_dims(s[node], -1))
    yield _candidate("flattened", "the right numbers in one long row", lambda s: np.ravel(s[node]))
    yield _candidate(
        "squeezed", "the right numbers without their axes of size 1", lambda s: np.squeeze(s[node])
    )
    yield _candidate("summed-to-one", "summed into one number", lambda s: np.sum(s[node]))
    for axis, words in ((0, "first"), (-1, "last")):
        title = f"summed over its {words} axis"
        yield _candidate(f"summed-over-{words}", title, partial(_summed, node=node, axis=axis))
        spread = f"{title}, with the sum in every entry"
        yield _candidate(f"summed-over-{words}-kept", spread, partial(_spread, node=node, axis=axis))


def _summed(s: Situation, *, node: str, axis: int) -> Array:
    return np.asarray(np.sum(s[node], axis=axis))


def _spread(s: Situation, *, node: str, axis: int) -> Array:
    return np.broadcast_to(np.sum(s[node], axis=axis, keepdims=True), np.shape(s[node]))


def _without_upstream(layer: Layer, particular: list[Candidate]) -> Iterator[Candidate]:
    """The exercise's own mistakes, made with an upstream of ones."""
    for candidate in particular:
        title = f"{candidate.title}, and as if the upstream were 1 everywhere"
        predict = partial(_with_ones, predict=candidate.predict, layer=layer)
        yield Candidate(f"{candidate.id}+ignores-upstream", title, predict, COMPOSED)


def _with_ones(s: Situation, *, predict: Predict, layer: Layer) -> Any:
    return predict({**s, **{f"d{out}": np.ones_like(s[f"d{out}"]) for out in layer.outputs}})


SAME: Mapping[str, tuple[str, ...]] = {
    "zero": (
        "ignores-upstream",
        "summed-over-first-kept",
        "summed-over-last-kept",
        "first-example-for-all",
        "last-example-for-all",
    ),
    "ignores-upstream": ("ones",),
    "not-summed": ("passed-unchanged",),
    "last-example": ("last-written",),
    "summed-to-one": ("summed-over-first", "summed-over-last"),
    "summed-over-first": ("summed-over-first-kept", "summed-over-last"),
    "summed-over-first-kept": ("summed-over-last-kept",),
    "mask-on-upstream": ("derivative-of-upstream-times", "positive-upstream", "forward-of-upstream"),
    "passed-unchanged": ("derivative-of-upstream", "forward-of-upstream"),
    "times-two": ("value-for-derivative", "input-for-derivative"),
    "divided-by-two": ("value-for-derivative", "input-for-derivative"),
    "sign": ("value-for-derivative", "input-for-derivative"),
}
"""Different words that come to the same numbers at some layers: the plainer ones are used."""


def _candidate(id: str, title: str, predict: Predict, *, tells: bool = True) -> Candidate:
    return Candidate(id, title, predict, GENERIC, SAME.get(id, ()), tells)
