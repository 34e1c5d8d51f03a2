"""The smallest example: a failing case that can be followed by hand, with few entries and short decimals.

sizes grow from 1 until the numbers are wrong (rather than the shapes)
-> in these sizes, the plainest numbers that are still wrong
-> one entry moved by 0.01 through the student's own forward, which says what the gradient has to be
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from grader.checks.compare import Comparison, as_numbers, compare, told
from grader.checks.layer.picture import layer_picture
from grader.checks.layer.salvaged import salvage
from grader.checks.layer.situations import LayerRun, run_all
from grader.checks.layer.small_cases import MOST_ENTRIES, simpler, single_entries, small_cases
from grader.checks.layer.ties import torn
from grader.checks.result import Checked
from grader.checks.runnable import layer_code, literal
from grader.checks.seeds import SeedSource
from grader.checks.shorthand import short, shown
from grader.exercise.exercise import Array
from grader.exercise.kinds import LayerExercise
from grader.findings import Verdict
from grader.runner import Runner
from grader.worker.steps import Evaluate, Nudge, Raised, Returned

MOST_TRIED = 16
"""Sizes that are tried, in one message; and as many more where none of them fails."""

MOST_SIMPLER = 18
WRITTEN = 12
"""Entries up to which a right array is written out."""
STEP = 0.01


def smallest_example(
    exercise: LayerExercise,
    failed: Sequence[str],
    judged: Sequence[LayerRun],
    runner: Runner,
    checked: Checked,
    seeds: SeedSource,
) -> None:
    """Add the example for the first wrong node, and its picture, where a small enough case exists."""
    found = _found(exercise, failed, judged, runner, seeds)
    if found is None:
        return
    name, comparison, run = found
    given = _given(run)
    checked.picture_note = given
    checked.picture = layer_picture(exercise, run, checked, tied=exercise.gradients if _torn(found) else ())
    value = as_numbers(run.got.get(name))
    if comparison is None or value is None:
        return
    together = [each for each in exercise.gradients if each != name] if _torn(found) else []
    checked.example_code = layer_code(run, name, *together)
    if comparison.index is None:
        checked.example.append(_without_an_entry(found, value, given))
        return
    checked.example.append(f"{given}: you return {_written(name, value, comparison)}.")
    if name in exercise.gradients:
        line = _moved(exercise, run, name, runner)
        if line:
            checked.example.append(line)
    elif comparison.index is not None and comparison.expected is not None:
        right = _written(name, run.expected[name].value, comparison, mine=False)
        checked.example.append(f"By hand: {right}.")


def _written(name: str, value: Array, comparison: Comparison, *, mine: bool = True) -> str:
    """The whole value; where the wrong number looks right in so few digits, that number with all it takes."""
    got, expected = comparison.got, comparison.expected
    if got is None or expected is None or short(got) != short(expected):
        return f"{name} = {shown(value)}"
    at = f"{name}[{', '.join(map(str, comparison.index))}]" if comparison.index else name
    return f"{at} = {told(got, expected)[0 if mine else 1]}"


def _without_an_entry(found: Found, value: Array, given: str) -> str:
    """What is wrong though no entry is: the shape, or at a tie how the gradients go together."""
    name, comparison, run = found
    assert comparison is not None
    if _torn(found):
        names = run.exercise.gradients
        yours = " and ".join(f"{each} = {shown(as_numbers(run.got[each]))}" for each in names)
        return f"{given}: you return {yours}; {comparison.message}."
    shape = f"of shape {value.shape}" if value.ndim else "a single number"
    right = run.expected[name].value
    asked = f"of shape {right.shape}" if right.ndim else "a single number"
    due = f"; {name} = {shown(right)}" if right.size <= WRITTEN else ""
    return f"{given}: you return {name} = {shown(value)}, {shape}. By hand it is {asked}{due}."


def _torn(found: Found) -> bool:
    """Whether every gradient is a possible one at a tie, and all of them together are not."""
    _, comparison, run = found
    return comparison is not None and comparison.index is None and bool(torn(run))


def _given(run: LayerRun) -> str:
    layer = run.exercise.layer
    inputs = [
        f"{spec.name} = {literal(value) if hasattr(value, 'items') else shown(value)}"
        for spec, value in zip(layer.inputs, run.inputs, strict=True)
    ]
    upstream = [f"d{out} = {shown(d)}" for out, d in zip(layer.outputs, run.douts, strict=True)]
    return ", ".join(inputs if run.exercise.one_call else [*inputs, *upstream])


Found = tuple[str, Comparison | None, LayerRun]
"""A node, how it is wrong (None if no value was returned), and the case."""


def _found(
    exercise: LayerExercise,
    failed: Sequence[str],
    judged: Sequence[LayerRun],
    runner: Runner,
    seeds: SeedSource,
) -> Found | None:
    """The smallest failing case in its plainest numbers; a case without wrong numbers if there is no other."""
    cases = small_cases(exercise, seeds)
    tried: list[LayerRun] = []
    for _ in range(2):
        batch = list(itertools.islice(cases, MOST_TRIED))
        if not batch:
            break
        run_all(runner, batch)
        _salvaged(batch, failed, runner)
        tried += batch
        wrong = _wrong(batch, failed)
        if wrong is not None:
            return _plainest(wrong, runner, seeds)
    few = sorted((run for run in judged if _entries(run) <= MOST_ENTRIES), key=_entries)
    wrong = _wrong(few, failed)
    if wrong is not None:
        return wrong if wrong[2].case.kink else _plainest(wrong, runner, seeds)
    other = _misshapen([*tried, *few], failed) or _torn_apart(few, failed, runner)
    if other is not None:
        return other
    # Nothing came back that could be wrong: the picture shows where it ends.
    nothing = [run for run in tried if any(as_numbers(run.got.get(name)) is None for name in failed)]
    return (failed[0], None, nothing[0]) if nothing else None


def _salvaged(runs: Sequence[LayerRun], failed: Sequence[str], runner: Runner) -> None:
    """Where every case raises, each is run statement by statement, so that what is wrong beside it can be seen."""
    if len(failed) > 1 and all(isinstance(run.backward, Raised) for run in runs):
        salvage(runs, runner)


def _misshapen(runs: Sequence[LayerRun], failed: Sequence[str]) -> Found | None:
    """The first wrong node of another shape, where its numbers are others too: [[2]] for 2 shows nothing."""
    for name in failed:
        for run in runs:
            value = as_numbers(run.got.get(name))
            if value is None or value.shape == run.expected[name].value.shape:
                continue
            right = run.expected[name].value
            if right.size > 1 or not np.allclose(value.reshape(-1), right.reshape(-1)):
                return name, compare(name, value, run.expected[name]), run
    return None


def _torn_apart(runs: Sequence[LayerRun], failed: Sequence[str], runner: Runner) -> Found | None:
    """A case at a tie whose gradients are possible one by one and not together: in one entry, if that shows it."""
    for run in runs:
        if torn(run):
            ones = list(single_entries(run))
            run_all(runner, ones)
            told_by = next((each for each in ones if torn(each)), run)
            return failed[0], Comparison(Verdict.FAIL, torn(told_by)), told_by
    return None


def _entries(run: LayerRun) -> int:
    return sum(value.size for value in run.inputs if isinstance(value, np.ndarray))


def _wrong(runs: Sequence[LayerRun], failed: Sequence[str]) -> Found | None:
    """The first wrong node with numbers, on the first case that has some."""
    for name in failed:
        for run in runs:
            if name in run.got:
                found = compare(name, run.got[name], run.expected[name], single=run.single)
                if not found.passed and found.index is not None:
                    return name, found, run
    return None


def _plainest(wrong: Found, runner: Runner, seeds: SeedSource) -> Found:
    """Of the same shapes in simpler numbers, the shortest to write down that is still wrong to the eye."""
    name, _, run = wrong
    others = list(simpler(run, seeds.rng(run.exercise.id, "simpler"), MOST_SIMPLER))
    run_all(runner, others)
    _salvaged(others, ["", *([name] if run.salvaged else [])], runner)
    still = [found for other in others if (found := _wrong([other], [name])) is not None and _visible(found)]
    return min([wrong, *still] if _visible(wrong) or not still else still, key=lambda f: _length(f[2]))


REPEATED = 4
"""Characters that a repeated number counts: two equal ones cannot be told apart in what comes out."""


def _length(run: LayerRun) -> int:
    repeated = sum(v.size - len(np.unique(v)) for v in run.inputs if isinstance(v, np.ndarray))
    return len(_given(run)) + REPEATED * repeated


def _visible(found: Found) -> bool:
    """Whether the wrong number is another one as it is written down, and no zero that says nothing."""
    _, comparison, _ = found
    assert comparison is not None
    got, expected = comparison.got, comparison.expected
    return got is not None and expected is not None and expected != 0 and short(got) != short(expected)


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
    at = f"{wanted}[{', '.join(map(str, index))}]" if index else wanted
    outs = exercise.layer.outputs
    total = outs[0] if exercise.one_call else f"sum of {' + '.join(f'd{o}·{o}' for o in outs)}"
    return told_by_moving(at, total, sums, float(right[index]), float(value[index]))


def told_by_moving(at: str, total: str, sums: Sequence[float], right: float, mine: float) -> str:
    """What the student's own `total` does when the entry `at` moves: `sums` as it was, raised by STEP, lowered."""
    change, slope = sums[1] - sums[0], (sums[1] - sums[2]) / (2 * STEP)
    if not np.isfinite(slope) or abs(slope - right) > 1e-2 * max(1.0, abs(right)):
        return ""  # their forward is wrong as well: its differences would mislead
    moves = (
        "does not move"
        if abs(change) < 1e-9
        else f"{'rises' if change > 0 else 'falls'} by {short(abs(change))}"
    )
    about = "" if abs(sums[1] + sums[2] - 2 * sums[0]) < 1e-9 else "about "
    yours, true = told(mine, slope)
    if about or abs(slope - round(slope, 4)) < 1e-7:
        yours, true = short(mine), short(slope)
    return f"Raise {at} by {STEP:g}: your own {total} {moves}, so d{at} is {about}{true}, not {yours}."
