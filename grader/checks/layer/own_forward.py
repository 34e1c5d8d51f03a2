"""The second oracle: differences of the student's own forward, for what the reference calls wrong.

Four cases are told apart: right, "your backward is right for your forward; your forward is wrong", "your forward is
right; your backward is wrong", and wrong in both. It explains; the reference decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.compare import as_numbers, compare, told
from grader.checks.layer.situations import LayerRun
from grader.checks.result import Checked
from grader.checks.seeds import SeedSource
from grader.exercise.exercise import Array
from grader.exercise.kinds import LayerExercise
from grader.findings import Finding, Verdict
from grader.gradcheck.check import Check
from grader.gradcheck.result import GradcheckResult
from grader.gradcheck.subject import CallFailed, Misfit, Move, Subject
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Call, Evaluate, Nudge, Put, Returned
from grader.worker.values import Ref

DRAWS, ALIKE = 12, 0.9
"""Inputs on which two forwards are compared, and the correlation above which they count as one with a slip."""

BENDS = 1e-6
"""A second difference beyond this part of the values: the function is no straight line."""


def own_forward(
    exercise: LayerExercise, run: LayerRun, runner: Runner, checked: Checked, seeds: SeedSource
) -> None:
    """Judge each wrong gradient against the student's own forward, and say which of the two is to be mended."""
    layer = exercise.layer
    wrong = [
        name
        for name in exercise.gradients
        if checked.nodes[name].verdict is Verdict.FAIL and checked.nodes[name].standing is Standing.ORIGIN
    ]
    outs_wrong = [
        name for name in layer.outputs if not compare(name, run.got.get(name), run.expected[name]).passed
    ]
    numbers = [name for name in exercise.gradients if isinstance(run.got.get(name), (np.ndarray, float))]
    if not isinstance(run.forward, Returned) or not any(name in run.got for name in layer.outputs):
        return
    if not outs_wrong and not any(checked.nodes[name].index is not None for name in wrong):
        return
    if run.salvaged or not numbers or any(out not in run.got for out in layer.outputs):
        return
    result = _checked_against_itself(exercise, run, runner)
    if result is None:
        return
    agrees = {f"d{a.name}": a.verdict is Verdict.PASS for a in result.arguments}
    follows = [name for name in exercise.gradients if agrees.get(name)]
    if not outs_wrong:
        for name in wrong:
            if agrees.get(name) is False:
                checked.findings.append(_says(result, name, exercise))
        return
    for name in exercise.gradients:
        node = checked.nodes[name]
        if node.verdict is Verdict.PASS and agrees.get(name) is False:
            node.standing = Standing.CORRECT_ANYWAY
    inherited = [name for name in follows if name in wrong]
    if not inherited:
        return
    listed = ", ".join(inherited)
    checked.findings.append(
        Finding(
            "own forward",
            Verdict.WARN,
            f"{listed}: right for your own {exercise.functions[0]}, by differences; "
            f"mend {', '.join(outs_wrong)} and {'it' if len(inherited) == 1 else 'they'} will have to follow",
            inherited[0],
        )
    )
    earned = _is_no_simpler(exercise, run, runner, seeds) and is_alike(exercise, runner, seeds)
    for name in inherited:
        checked.nodes[name].standing = Standing.INHERITED
        checked.nodes[name].earns = earned


def _says(result: GradcheckResult, name: str, exercise: LayerExercise) -> Finding:
    (argument,) = (a for a in result.arguments if f"d{a.name}" == name)
    at = f"[{', '.join(map(str, argument.index))}]" if argument.index else ""
    if argument.got is None or argument.expected is None:
        message = f"differences of your own {exercise.functions[0]} disagree with {name}"
        return Finding("own forward", Verdict.FAIL, message, name)
    got, expected = told(argument.got, argument.expected)
    message = (
        f"differences of your own {exercise.functions[0]} give {name}{at} = {expected}; you return {got}"
    )
    return Finding(
        "own forward",
        Verdict.FAIL,
        message,
        name,
        argument.index,
        argument.got,
        argument.expected,
        argument.bound,
    )


def _checked_against_itself(exercise: LayerExercise, run: LayerRun, runner: Runner) -> GradcheckResult | None:
    """gradcheck of the student's pair through the runner."""
    layer = exercise.layer
    function = exercise.functions[0]
    outputs = len(layer.outputs)
    names = [spec.name for spec in layer.inputs]
    constants = [spec.name for spec in layer.inputs if not spec.differentiable]

    def forward(*values: Any) -> Any:
        held = [Put(f"in{i}", _plain(v)) for i, v in enumerate(values)]
        refs = tuple(Ref(f"in{i}") for i in range(len(values)))
        outcome = runner.run([*held, Call(function, refs, reveal=None if exercise.one_call else outputs)])[-1]
        if not isinstance(outcome, Returned):
            raise _NoNumbersError
        value = outcome.value
        outs = value[:outputs] if isinstance(value, tuple) else (value,)
        return (*outs, values)

    def backward(*douts_and_cache: Any) -> Any:
        *douts, values = douts_and_cache
        held = [Put(f"in{i}", _plain(v)) for i, v in enumerate(values)]
        refs = tuple(Ref(f"in{i}") for i in range(len(values)))
        if exercise.one_call:
            outcome = runner.run([*held, Call(function, refs)])[-1]
            if not isinstance(outcome, Returned) or not isinstance(outcome.value, tuple):
                raise _NoNumbersError
            grads = outcome.value[outputs:]
            return tuple(douts[0] * np.asarray(g) for g in grads)
        forwards = Call(function, refs, into="f", reveal=outputs)
        backwards = Call(exercise.backward, (*map(_plain, douts), Ref("f", (-1,))))
        outcome = runner.run([*held, forwards, backwards])[-1]
        if not isinstance(outcome, Returned):
            raise _NoNumbersError
        value = outcome.value
        return tuple(value) if isinstance(value, list) else value

    check = Check(
        forward,
        backward,
        tuple(run.inputs),
        seed=0,
        mode="auto",
        names=names,
        constants=constants,
        prove=False,
        contract_checks=False,
    )
    check.subject = RunnerSubject(
        check.subject.forward,
        check.subject.backward,
        check.subject.inputs,
        check.subject.arguments,
        runner=runner,
        function=function,
        outputs=outputs,
    )
    result = check.run()
    return result if result.arguments else None


class _NoNumbersError(Exception):
    """The student's function gave nothing that differences could be taken of."""


@dataclass(slots=True)
class RunnerSubject(Subject):
    """A subject whose rounds of evaluations travel as one message each."""

    runner: Runner | None = None
    function: str = ""
    outputs: int = 1

    def evaluate(self, moves: Iterable[Sequence[Move]]) -> Iterator[list[Array]]:
        """As Subject.evaluate, all groups in one message."""
        assert self.runner is not None
        groups = [tuple(self._nudge(move) for move in group) for group in moves]
        values = tuple(_plain(value) for value in self.fresh())
        (outcome,) = self.runner.run([Evaluate(self.function, values, tuple(groups), self.outputs)])
        self.evaluations += len(groups)
        if not isinstance(outcome, Returned) or not isinstance(outcome.value, list):
            raise CallFailed(Misfit("forward", "forward does not run at inputs that are moved a little"))
        for returned in outcome.value:
            outs = returned if isinstance(returned, tuple) else (returned,)
            try:
                arrays = [np.array(out, np.float64) for out in outs[: self.outputs]]
            except (TypeError, ValueError):
                raise CallFailed(Misfit("forward", "forward returns no array of numbers")) from None
            yield arrays

    def _nudge(self, move: Move) -> Nudge:
        """A move as it travels: one array for the whole argument, since an index may be anything."""
        argument = self.arguments[move.argument]
        if argument.scalar:
            return Nudge(argument.place, float(move.delta))
        delta = np.zeros(argument.value.shape)
        delta[... if move.index is None else move.index] += move.delta
        return Nudge(argument.place, delta)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _is_no_simpler(exercise: LayerExercise, run: LayerRun, runner: Runner, seeds: SeedSource) -> bool:
    """Whether the student's forward depends on its inputs and bends where the right one does.

    Follow-through rewards right work on a wrong forward; a forward of nothing, or a straight line in place of the
    function, would make that work trivial.
    """
    rng = seeds.rng(exercise.id, "line")
    places = [i for i, spec in enumerate(exercise.layer.inputs) if spec.differentiable]
    values = tuple(_plain(v) for v in run.inputs)
    for place in places:
        x = np.asarray(run.inputs[place], np.float64)
        v = 0.25 * np.maximum(np.abs(x), 0.5) * rng.choice((-1.0, 1.0), x.shape)
        groups = tuple((Nudge(place, t * v),) for t in (-1.0, 0.0, 1.0))
        (outcome,) = runner.run(
            [Evaluate(exercise.functions[0], values, groups, len(exercise.layer.outputs))]
        )
        if not isinstance(outcome, Returned):
            return False
        try:
            mine = [np.asarray(r[0] if isinstance(r, tuple) else r, np.float64) for r in outcome.value]
            right = []
            for t in (-1.0, 0.0, 1.0):
                moved = list(run.inputs)
                moved[place] = x + t * v
                right.append(np.asarray(exercise.layer.forward_rule(*moved)[0], np.float64))
        except (TypeError, ValueError, IndexError):
            return False
        if mine[0].shape != right[0].shape:
            return False
        for measure in (_moves, _bends):
            if measure(right) and not measure(mine):
                return False
    return True


def is_alike(exercise: LayerExercise, runner: Runner, seeds: SeedSource) -> bool:
    """Whether the student's forward rises and falls with the right one over many inputs: a slip in this function,
    not another function that is easier to differentiate.
    """
    case = next(case for case in exercise.cases if case.basic)
    drawn = [case.draw(seeds.rng(exercise.id, "alike", str(number))) for number in range(DRAWS)]
    function = exercise.functions[0]
    reveal = None if exercise.one_call else len(exercise.layer.outputs)
    outcomes = runner.run([Call(function, inputs, reveal=reveal) for inputs in drawn])
    mine, right = [], []
    for inputs, outcome in zip(drawn, outcomes, strict=True):
        value = outcome.value if isinstance(outcome, Returned) else None
        array = as_numbers(value[0] if isinstance(value, tuple) and value else value)
        with np.errstate(all="ignore"):
            true = np.asarray(exercise.layer.forward(*inputs)[0], np.float64)
        if array is None or array.shape != true.shape:
            return False
        mine.append(np.asarray(array, np.float64).ravel())
        right.append(true.ravel())
    ours, theirs = np.concatenate(mine), np.concatenate(right)
    with np.errstate(all="ignore"):
        likeness = float(np.corrcoef(ours, theirs)[0, 1])
    return bool(abs(likeness) > ALIKE)


def _moves(values: Sequence[Array]) -> bool:
    return bool(np.abs(values[2] - values[0]).max(initial=0.0) > BENDS * (1e-300 + _size(values)))


def _bends(values: Sequence[Array]) -> bool:
    second = np.abs(values[2] - 2 * values[1] + values[0])
    return bool(second.max(initial=0.0) > BENDS * (1e-300 + _size(values)))


def _size(values: Sequence[Array]) -> float:
    return float(max(np.abs(v).max(initial=0.0) for v in values))
