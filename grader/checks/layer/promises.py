"""What forward and backward owe each other besides numbers, tried on the plainest case.

    inputs and upstream keep their values      changed: fail, since whoever uses them next gets wrong numbers
    two forwards do not share a cache          clobbered: fail
    backward can be called twice               other numbers the second time: a warning

The steps travel in one message with the cases. What is said here rests on what the worker claims, so it can cost
marks but never earn any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grader.checks import outcomes as words
from grader.checks.compare import as_numbers, compare
from grader.checks.layer.situations import LayerRun, assign, steps
from grader.checks.result import Checked
from grader.exercise.exercise import Array
from grader.findings import Verdict
from grader.worker.steps import Call, Get, Outcome, Put, Raised, Returned, Step
from grader.worker.values import Ref


@dataclass(frozen=True, slots=True)
class Promises:
    """The steps that try them, after the first case has run under the prefix `c0`."""

    run: LayerRun
    held: tuple[tuple[str, Array], ...]
    """Arguments whose values are looked at afterwards, by name."""
    steps: tuple[Step, ...]

    def judge(self, outcomes: Sequence[Outcome], checked: Checked) -> None:
        """Findings about changed arguments, shared caches and repeated calls; each failure costs once."""
        if not outcomes:
            return
        self._unchanged(outcomes[: len(self.held)], checked)
        if self.run.exercise.one_call or not self._has_right_gradient():
            return
        twice, between = outcomes[-1 - self._between], outcomes[-1]
        if self._between:
            self._caches_apart(between, checked)
        self._twice(twice, checked)

    @property
    def _between(self) -> int:
        """How many steps the last promise takes; 0 where there is no second case to put in between."""
        return len(self.steps) - len(self.held) - len(self.run.douts) - 1

    def _has_right_gradient(self) -> bool:
        return any(self._right(self.run, name) for name in self.run.exercise.gradients)

    @staticmethod
    def _right(run: LayerRun, name: str) -> bool:
        return name in run.got and compare(name, run.got[name], run.expected[name]).passed

    def _unchanged(self, outcomes: Sequence[Outcome], checked: Checked) -> None:
        inputs = {spec.name for spec in self.run.exercise.layer.inputs}
        for (name, before), outcome in zip(self.held, outcomes, strict=True):
            after = as_numbers(outcome.value) if isinstance(outcome, Returned) else None
            if after is None or (after.shape == before.shape and np.array_equal(after, before)):
                continue
            what = "" if name in inputs else "the upstream gradient "
            changed = "has other values afterwards, and whoever uses it next gets those; change a copy"
            message = f"{what}{name} {changed}"
            checked.fail("unchanged", message, name)
            checked.deductions = 1  # however many arguments one slip changes

    def _twice(self, outcome: Outcome, checked: Checked) -> None:
        again = self._again(outcome)
        for name in self.run.exercise.gradients:
            one, two = as_numbers(self.run.got.get(name)), as_numbers(again.got.get(name))
            if one is None or (two is not None and one.shape == two.shape and np.array_equal(one, two)):
                continue
            backward = self.run.exercise.backward
            message = f"{name} is another one when {backward} is called twice with the same cache"
            checked.warn("cache", message, name)
            return

    def _caches_apart(self, outcome: Outcome, checked: Checked) -> None:
        """forward A, forward B, backward A: the numbers must be A's."""
        run, again = self.run, self._again(outcome)
        forward, backward = run.exercise.forward, run.exercise.backward
        for name in run.exercise.gradients:
            if checked.nodes[name].verdict is Verdict.FAIL:
                continue  # wrong for another reason, which is said there
            if not self._right(run, name) or (isinstance(outcome, Returned) and self._right(again, name)):
                continue
            message = (
                f"{name} changes when {forward} is called again before {backward}: both calls share a cache"
            )
            if isinstance(outcome, Raised):
                message = (
                    f"{backward} fails when {forward} is called again before it: both calls share a cache "
                    f"({words.told(outcome, backward)})"
                )
            checked.fail("cache", message, name, where=words.place(outcome))
            checked.deductions = max(checked.deductions, 1)
            return

    def _again(self, outcome: Outcome) -> LayerRun:
        run = self.run
        again = LayerRun(run.exercise, run.case, run.inputs, run.douts, run.expected)
        assign(again, outcome, run.exercise.gradients)
        return again


def promises(runs: Sequence[LayerRun]) -> Promises:
    """What to try after the cases: look at the first case's arguments, call backward again, mix two forwards."""
    run = runs[0]
    exercise = run.exercise
    names = [spec.name for spec in exercise.layer.inputs]
    places = [(Ref(f"c0.in{i}"), name, v) for i, (name, v) in enumerate(zip(names, run.inputs, strict=True))]
    if not exercise.one_call:
        named = zip(exercise.layer.outputs, run.douts, strict=True)
        places += [(Ref(f"c0.dout{i}"), f"d{name}", dout) for i, (name, dout) in enumerate(named)]
    arrays = [
        (ref, name, value) for ref, name, value in places if isinstance(value, np.ndarray) and value.ndim
    ]
    program: list[Step] = [Get(ref) for ref, _, _ in arrays]
    held = tuple((name, value) for _, name, value in arrays)
    if exercise.one_call:
        return Promises(run, held, tuple(program))
    program += [Put(f"t.dout{i}", dout) for i, dout in enumerate(run.douts)]
    douts = tuple(Ref(f"t.dout{i}") for i in range(len(run.douts)))
    program.append(Call(exercise.backward, (*douts, Ref("c0.fwd", (-1,)))))
    if len(runs) > 1:
        mine, theirs = steps(run, "a"), steps(runs[1], "b")
        program += [*mine[:-1], *theirs[:-1], mine[-1]]
    return Promises(run, held, tuple(program))
