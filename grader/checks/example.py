"""The smallest example: a failing case that can be followed by hand, with few entries and short decimals.

Sizes grow from 1; the first on which the numbers are wrong (rather than the shapes) is taken. Then one entry is
moved by 0.01 through the student's own forward, which says what the gradient has to be.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from grader.checks.compare import Comparison, as_numbers, compare, told
from grader.checks.result import Checked
from grader.checks.seeds import SeedSource
from grader.checks.situations import LayerRun, layer_run, run_all
from grader.exercise.cases import CLEARANCE, Case, Draw
from grader.exercise.exercise import Array
from grader.exercise.kinds import LayerExercise
from grader.report.report import PictureNode, Standing
from grader.runner import Runner
from grader.worker.steps import Evaluate, Nudge, Returned
from reference.inputs import Domain

MOST_ENTRIES = 24
"""Numbers in all inputs together; more cannot be followed by hand."""

MOST_TRIED = 16
STEP = 0.01


def smallest_example(
    exercise: LayerExercise, failed: Sequence[str], runner: Runner, checked: Checked, seeds: SeedSource
) -> None:
    """Add the example for the first wrong node, and its picture, where a small enough case exists."""
    candidates = list(itertools.islice(_candidates(exercise, seeds), MOST_TRIED))
    if not candidates:
        return
    run_all(runner, candidates)
    name, found, run = _chosen(candidates, failed)
    if run is None:
        return
    inputs = [
        f"{spec.name} = {shown(value)}"
        for spec, value in zip(exercise.layer.inputs, run.inputs, strict=True)
        if not isinstance(value, dict)
    ]
    upstream = [f"d{out} = {shown(d)}" for out, d in zip(exercise.layer.outputs, run.douts, strict=True)]
    given = ", ".join(inputs if exercise.one_call else [*inputs, *upstream])
    checked.picture_note = given
    checked.picture = _picture(exercise, run, checked)
    value = as_numbers(run.got.get(name))
    if found is None or value is None:
        return
    checked.example.append(f"{given}: you return {name} = {shown(value)}.")
    if name in exercise.gradients:
        line = _moved(exercise, run, name, runner)
        if line:
            checked.example.append(line)
    elif found.index is not None and found.expected is not None:
        right = shown(run.expected[name].value)
        checked.example.append(f"By hand: {name} = {right}.")


def _candidates(exercise: LayerExercise, seeds: SeedSource) -> Iterator[LayerRun]:
    """Small cases by growing number of entries."""
    layer = exercise.layer
    rng = seeds.rng(exercise.id, "example")
    for draw in exercise.small or _by_size(exercise):
        for attempt in range(8):
            try:
                drawn = draw(rng)
            except (KeyError, ValueError, IndexError, ZeroDivisionError):
                break  # a window that does not fit so small an image
            values = tuple(
                _simple(v, rng) if attempt < 7 and spec.domain is Domain.REAL else v
                for spec, v in zip(layer.inputs, drawn, strict=True)
            )
            try:
                if layer.kink_margin(*values) < CLEARANCE:
                    continue
            except ValueError:
                continue
            if sum(v.size for v in values if isinstance(v, np.ndarray)) > MOST_ENTRIES:
                break
            run = layer_run(exercise, Case("example", lambda _, v=values: v), values, rng)  # type: ignore[misc]
            run.douts = tuple(_simple(d, rng) if not exercise.one_call else d for d in run.douts)
            yield _with_douts(exercise, values, run.douts, rng)
            break


def _by_size(exercise: LayerExercise) -> Iterator[Draw]:
    """The layer's own drawing with every dimension 1, 2 or 3, by their sum."""
    layer = exercise.layer
    least = layer.smallest
    options = [[n for n in (1, 2, 3) if n >= least.get(d, 1)] or [least[d]] for d in layer.dimensions]
    sizes = [dict(zip(layer.dimensions, each, strict=True)) for each in itertools.product(*options)]
    sizes.sort(key=lambda each: (sum(each.values()), tuple(each.values())))
    free = {"free": (2,)} if layer.draw_rule is None and any("..." in s.shape for s in layer.inputs) else {}
    for each in sizes:
        yield lambda rng, each=each: layer.draw(rng, each, **free)  # type: ignore[misc]


def _with_douts(
    exercise: LayerExercise, values: tuple[Any, ...], douts: tuple[Array, ...], rng: np.random.Generator
) -> LayerRun:
    run = layer_run(exercise, Case("example", lambda _: values), values, rng)
    layer = exercise.layer
    *_, cache = layer.forward_rule(*(v.copy() if isinstance(v, np.ndarray) else v for v in run.inputs))
    gradients = layer.backward(*(np.array(d, np.float64) for d in douts), cache)
    run.douts = douts
    for name, gradient in zip(exercise.gradients, gradients, strict=True):
        value = np.asarray(gradient, np.float64)
        bound = 1e-7 * np.abs(value) + 1e-9 * max(1.0, float(np.abs(value).max(initial=0.0)))
        run.expected[name] = type(run.expected[name])(value, bound, 1e3 * bound, value, value)
    return run


def _simple(value: Any, rng: np.random.Generator) -> Any:
    """Small numbers with at most one decimal in place of real ones."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    return np.asarray(rng.choice((-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0, 4.0), value.shape))


def _chosen(
    candidates: Sequence[LayerRun], failed: Sequence[str]
) -> tuple[str, Comparison | None, LayerRun | None]:
    """The first wrong node with numbers on the smallest case; a case without numbers if there is no other."""
    for name in failed:
        for run in candidates:
            if name in run.got:
                found = compare(name, run.got[name], run.expected[name])
                if not found.passed and found.index is not None:
                    return name, found, run
    return failed[0], None, candidates[0]


def _moved(exercise: LayerExercise, run: LayerRun, name: str, runner: Runner) -> str:
    """What moving one entry does to the student's own forward, and so what its gradient is."""
    wanted = name[1:]
    place = next(i for i, spec in enumerate(exercise.layer.inputs) if spec.name == wanted)
    value = as_numbers(run.got[name])
    right = run.expected[name].value
    assert value is not None
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(np.abs(value - right))), right.shape))
    outputs = len(exercise.layer.outputs)
    values = tuple(v.item() if isinstance(v, np.generic) else v for v in run.inputs)
    rounds = ((), (Nudge(place, STEP, index),), (Nudge(place, -STEP, index),))
    (outcome,) = runner.run([Evaluate(exercise.functions[0], values, rounds, outputs)])
    if not isinstance(outcome, Returned) or not isinstance(outcome.value, list):
        return ""
    sums = []
    for returned in outcome.value:
        outs = returned if isinstance(returned, tuple) else (returned,)
        arrays = [as_numbers(out) for out in outs[:outputs]]
        if len(arrays) != len(run.douts):
            return ""
        if any(a is None or a.shape != d.shape for a, d in zip(arrays, run.douts, strict=True)):
            return ""
        sums.append(
            sum(float((d * a).sum()) for a, d in zip(arrays, run.douts, strict=True) if a is not None)
        )
    change, slope = sums[1] - sums[0], (sums[1] - sums[2]) / (2 * STEP)
    if not np.isfinite(slope) or abs(slope - float(right[index])) > 1e-2 * max(1.0, abs(float(right[index]))):
        return ""  # their forward is wrong as well: its differences would mislead
    at = f"{wanted}[{', '.join(map(str, index))}]" if index else wanted
    moves = (
        "does not move"
        if abs(change) < 1e-9
        else f"{'rises' if change > 0 else 'falls'} by {short(abs(change))}"
    )
    outs = exercise.layer.outputs
    total = outs[0] if exercise.one_call else f"sum of {' + '.join(f'd{o}·{o}' for o in outs)}"
    about = "" if abs(sums[1] + sums[2] - 2 * sums[0]) < 1e-9 else "about "
    yours, true = told(float(value[index]), slope)
    if about or abs(slope - round(slope, 4)) < 1e-7:
        yours, true = short(float(value[index])), short(slope)
    return f"Raise {at} by {STEP:g}: your own {total} {moves}, so d{at} is {about}{true}, not {yours}."


def _picture(exercise: LayerExercise, run: LayerRun, checked: Checked) -> list[PictureNode]:
    """Inputs -> the layer -> outputs, with the student's own numbers."""
    layer = exercise.layer
    nodes = []
    for spec, value in zip(layer.inputs, run.inputs, strict=True):
        name = f"d{spec.name}"
        gradient = run.got.get(name) if spec.differentiable else None
        standing = _standing(run, name, checked)
        array = as_numbers(gradient)
        told_gradient = shown(array) if array is not None else ("not computed" if spec.differentiable else "")
        nodes.append(
            PictureNode(
                spec.name,
                spec.name,
                True,
                _cell(value),
                told_gradient,
                (),
                standing,
                name if spec.differentiable else "",
            )
        )
    inputs = tuple(spec.name for spec in layer.inputs)
    for place, out in enumerate(layer.outputs):
        value = as_numbers(run.got.get(out))
        nodes.append(
            PictureNode(
                out,
                layer.symbol or layer.name,
                False,
                shown(value) if value is not None else "not computed",
                shown(run.douts[place]) if not exercise.one_call else "1",
                inputs,
                _standing(run, out, checked),
                f"d{out}",
            )
        )
    return nodes


def _standing(run: LayerRun, name: str, checked: Checked) -> Standing:
    """The node's standing; unjudged where its number is right in this very case, though wrong in another."""
    if name not in checked.nodes:
        return Standing.UNJUDGED
    standing = checked.nodes[name].standing
    if standing is Standing.CORRECT or name not in run.got:
        return standing
    return Standing.UNJUDGED if compare(name, run.got[name], run.expected[name]).passed else standing


def _cell(value: Any) -> str:
    array = as_numbers(value)
    return shown(array) if array is not None else "options"


def shown(value: Any) -> str:
    """An array as one writes it down: short decimals, nested brackets."""
    array = np.asarray(value)
    if not array.ndim:
        return short(float(array))
    return "[" + ", ".join(shown(part) for part in array) + "]"


def short(number: float) -> str:
    """At most four significant digits, no negative zero."""
    return f"{number + 0.0:.4g}" if abs(number) > 1e-12 else "0"


__all__ = ["short", "shown", "smallest_example"]
