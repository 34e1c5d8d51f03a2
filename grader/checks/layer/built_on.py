"""A slip in a step that is judged by itself: is the sequence rightly built from the student's own steps?

A sequence's forward and backward call the student's own step, whose slip has cost its marks where the step is
judged. So the steps alone are put together rightly, beside the student's code and in numbers of theirs: a sequence
whose wrong numbers equal those was built rightly, and only the step is to be mended. As for networks, nothing of
the right step ever enters the process of the student's code.

A step that raises hides the sequence: there stand-ins of made-up numbers (grader/checks/stand_ins.py) take its
place on both sides, and show as well whether the sequence is built rightly.

So it is with a step that makes the rest trivial: one of whose numbers is zero, next to nothing, not finite or the
same throughout (with a dprev_h of zeros nobody sees whether it is carried), or whose forward is another function
than the right one with a slip. To follow it proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks.compare import Expected, as_numbers, compare, is_single, same_numbers
from grader.checks.follow_through import is_trivial
from grader.checks.graph.runs import bounded
from grader.checks.layer.own_forward import is_alike
from grader.checks.layer.situations import LayerRun, take
from grader.checks.layer.situations import steps as program
from grader.checks.result import Checked, NodeResult
from grader.checks.seeds import SeedSource
from grader.checks.stand_ins import Shapes, stand_ins
from grader.exercise.exercise import Array
from grader.exercise.kinds import BuiltOn, LayerExercise
from grader.findings import Finding, Verdict
from grader.report.report import Standing
from grader.runner import Runner
from grader.worker.steps import Call, Returned, Step
from grader.worker.values import Ref


def built_on_steps(
    exercise: LayerExercise, runs: Sequence[LayerRun], runner: Runner, checked: Checked, seeds: SeedSource
) -> None:
    """Mark as inherited each wrong node that is what the student's own steps give, put together rightly."""
    built = exercise.builds_on
    wrong = [name for name in exercise.nodes if _may_follow(checked.nodes[name])]
    if built is None or not wrong:
        return
    steps = Steps(built.exercise, runner)
    lost = ""
    follows = set(wrong)
    deciding = [run for run in runs if run.decides]
    for run in deciding:
        composed = _composed(built, run, steps)
        if composed is None:
            lost = lost or steps.called
            seen = {
                name for name in follows & run.got.keys() if _is_composed(run, name, run.expected[name].value)
            }
        else:
            seen = {name for name in follows if _is_composed(run, name, composed[name])}
        unseen = {name for name in follows - seen if name not in run.got or not _is_finite(run.got[name])}
        follows = seen | (unseen & _with_made_up_steps(built, run, runner) if unseen else set())
        if not follows:
            return
    faulty = steps.faulty() or lost
    if not deciding or not faulty:
        return
    alike = lost or faulty != built.exercise.forward or is_alike(built.exercise, runner, seeds)
    poor = steps.trivial() or not alike
    for run in deciding if poor else ():
        follows &= _with_made_up_steps(built, run, runner)
    inherited = [name for name in wrong if name in follows]
    if not inherited:
        return
    rightly = "right for the steps that it is built from"
    if lost or poor:
        rightly = "with made-up numbers in its place, the rest is built rightly"
    for name in inherited:
        node = checked.nodes[name]
        node.verdict, node.standing, node.earns, node.cause = Verdict.FAIL, Standing.INHERITED, True, ""
        node.message = f"follows from your {faulty}: {rightly}"
    message = (
        f"{', '.join(inherited)}: right as soon as your {built.exercise.id} is; the steps are put together "
        f"rightly, mend {faulty} alone"
    )
    checked.findings.append(Finding("own steps", Verdict.WARN, message, inherited[0]))


def _may_follow(node: NodeResult) -> bool:
    """Whether it is wrong by itself so far, or was not judged since something before it did not run."""
    return node.verdict is Verdict.SKIPPED or (
        node.verdict is Verdict.FAIL and node.standing is Standing.ORIGIN
    )


def _is_finite(value: Any) -> bool:
    numbers = as_numbers(value)
    return numbers is None or bool(np.isfinite(numbers).all())


def _with_made_up_steps(built: BuiltOn, run: LayerRun, runner: Runner) -> set[str]:
    """What the sequence has right when made-up steps stand in for the student's."""
    instead = stand_ins((built.exercise.forward, built.exercise.backward), _called(built, run))
    again = LayerRun(run.exercise, run.case, run.inputs, run.douts, run.expected)
    take(again, runner.run([*instead, *program(run, "s")])[len(instead) :])
    made_up = _composed(built, run, Steps(built.exercise, runner, instead)) or {}
    return {
        name
        for name, right in made_up.items()
        if right.any() and _is_composed(again, name, right, bounded(right))
    }


def _called(built: BuiltOn, run: LayerRun) -> list[Shapes]:
    """The shapes with which the sequence calls its step."""
    layer = built.exercise.layer
    found: list[Shapes] = []

    def forward(*inputs: Any) -> tuple[Any, ...]:
        *outs, cache = layer.forward_rule(*(np.array(value, np.float64) for value in inputs))
        shapes = [np.shape(value) for value in inputs]
        places = [place for place, spec in enumerate(layer.inputs) if spec.differentiable]
        called = Shapes(shapes, [np.shape(out) for out in outs], places)
        if called not in found:
            found.append(called)
        return (*outs, cache)

    with np.errstate(all="ignore"):
        built.compose(forward, lambda *given: layer.backward(*given[:-1], given[-1]), run.inputs, run.douts)
    return found


class _NoNumbersError(Exception):
    """A step gave nothing that a sequence could be put together from."""


@dataclass(slots=True)
class Steps:
    """The student's own step as two functions, each call a message, and what all calls gave beside the right."""

    exercise: LayerExercise
    runner: Runner
    first: Sequence[Step] = ()
    """What is run before each call."""
    called: str = ""
    """The function that was asked last: the one that gave nothing to go on with, where one did not."""
    mine: dict[str, list[Array]] = field(default_factory=dict)
    right: dict[str, list[Array]] = field(default_factory=dict)
    single: dict[str, list[bool]] = field(default_factory=dict)
    """Whether they came of single precision, in which they may be computed whatever type they end in."""

    def forward(self, *inputs: Any) -> tuple[Any, ...]:
        """inputs -> (outputs..., cache); the cache is what it takes to call the step again."""
        self.called = self.exercise.forward
        outcome = self.runner.run([*self.first, self._call(inputs)])[-1]
        outs = self.exercise.layer.outputs
        value = outcome.value if isinstance(outcome, Returned) else None
        if not isinstance(value, (tuple, list)) or len(value) != len(outs) + 1:
            raise _NoNumbersError
        with np.errstate(all="ignore"):
            *right, _ = self.exercise.layer.forward_rule(*(np.array(v, np.float64) for v in inputs))
        return (*self._noted(outs, value[:-1], right, inputs), inputs)

    def backward(self, *douts_and_cache: Any) -> tuple[Array, ...]:
        """(upstreams..., cache) -> gradients."""
        *douts, inputs = douts_and_cache
        self.called = self.exercise.backward
        back = Call(self.exercise.backward, (*douts, Ref("step", (-1,))))
        outcome = self.runner.run([*self.first, self._call(inputs), back])[-1]
        value = outcome.value if isinstance(outcome, Returned) else None
        names = self.exercise.gradients
        if not isinstance(value, (tuple, list)) or len(value) != len(names):
            raise _NoNumbersError
        with np.errstate(all="ignore"):
            *_, cache = self.exercise.layer.forward_rule(*(np.array(v, np.float64) for v in inputs))
            right = self.exercise.layer.backward(*(np.array(d, np.float64) for d in douts), cache)
        return self._noted(names, value, right, inputs)

    def _call(self, inputs: tuple[Any, ...]) -> Call:
        return Call(self.exercise.forward, inputs, into="step", reveal=len(self.exercise.layer.outputs))

    def _noted(
        self, names: Sequence[str], values: Sequence[Any], right: Sequence[Any], inputs: Sequence[Any]
    ) -> tuple[Array, ...]:
        given = []
        single = any(is_single(value) for value in inputs)
        for name, value, true in zip(names, values, right, strict=True):
            array, exact = as_numbers(value), np.asarray(true, np.float64)
            if array is None or array.shape != exact.shape:
                raise _NoNumbersError
            given.append(array)
            self.mine.setdefault(name, []).append(np.asarray(array, np.float64))
            self.right.setdefault(name, []).append(exact)
            self.single.setdefault(name, []).append(single or is_single(array))
        return tuple(given)

    def faulty(self) -> str:
        """Which of the two functions is wrong by itself: forward before backward, which may follow it."""
        layer = self.exercise.layer
        for names, function in (
            (layer.outputs, self.exercise.forward),
            (self.exercise.gradients, self.exercise.backward),
        ):
            for name in names:
                single = self.single.get(name, ())
                calls = zip(self.mine.get(name, ()), self.right.get(name, ()), single, strict=True)
                if not all(compare(name, m, bounded(t), single=s).passed for m, t, s in calls):
                    return function
        return ""

    def trivial(self) -> bool:
        """Whether any of its numbers makes what follows trivial."""
        return any(
            is_trivial(self.mine[name], right, [0.0] * len(right))
            for name, right in self.right.items()
            if any(true.any() for true in right)
        )


def _composed(built: BuiltOn, run: LayerRun, steps: Steps) -> dict[str, Array] | None:
    """Every node of the sequence as the student's own steps give it; None where one of them gives nothing."""
    try:
        with np.errstate(all="ignore"):
            values = built.compose(steps.forward, steps.backward, run.inputs, run.douts)
    except _NoNumbersError:
        return None
    return {n: np.asarray(v, np.float64) for n, v in zip(run.exercise.nodes, values, strict=True)}


def _is_composed(run: LayerRun, name: str, composed: Array, right: Expected | None = None) -> bool:
    mine = as_numbers(run.got.get(name))
    single = run.single or is_single(mine)
    return mine is not None and same_numbers(
        np.asarray(mine, np.float64), composed, right or run.expected[name], single
    )
