"""What forward and backward owe each other besides numbers, tried on the plainest case.

    inputs and upstream keep their values      changed: fail, since whoever uses them next gets wrong numbers
    two forwards do not share a cache          clobbered: fail
    backward can be called twice               other numbers the second time: a warning
    other memory (read-only, not contiguous)   a warning

What is said here rests on what the worker claims, so it can cost marks but never earn any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks import outcomes as words
from grader.checks.compare import Comparison, as_numbers, compare
from grader.checks.result import Checked
from grader.checks.situations import LayerRun, assign, steps
from grader.runner import Runner
from grader.worker.steps import Call, Get, Put, Raised, Returned, Step
from grader.worker.values import Ref


def keeps_promises(
    exercise: Any,
    runs: Sequence[LayerRun],
    judged: Mapping[str, Sequence[tuple[LayerRun, Comparison]]],
    runner: Runner,
    checked: Checked,
) -> None:
    """Findings about changed arguments, shared caches and repeated calls; each failure costs once."""
    run = runs[0]
    _unchanged(run, runner, checked)
    right = any(found.passed for name in exercise.gradients for of, found in judged[name] if of is run)
    if exercise.one_call or not right:
        return
    if len(runs) > 1:
        _caches_apart(run, runs[1], runner, checked)
    _twice(run, runner, checked)


def _unchanged(run: LayerRun, runner: Runner, checked: Checked) -> None:
    program = steps(run, "u")
    names = [spec.name for spec in run.exercise.layer.inputs]
    held = [
        (Ref(f"u.in{i}"), name, value) for i, (name, value) in enumerate(zip(names, run.inputs, strict=True))
    ]
    if not run.exercise.one_call:
        outputs = run.exercise.layer.outputs
        held += [
            (Ref(f"u.dout{i}"), f"d{n}", d) for i, (n, d) in enumerate(zip(outputs, run.douts, strict=True))
        ]
    arrays = [each for each in held if isinstance(each[2], np.ndarray) and each[2].ndim]
    outcomes = runner.run([*program, *(Get(ref) for ref, _, _ in arrays)])
    for (_, name, before), outcome in zip(arrays, outcomes[len(program) :], strict=True):
        after = as_numbers(outcome.value) if isinstance(outcome, Returned) else None
        if after is None or (after.shape == before.shape and np.array_equal(after, before)):
            continue
        what = "the upstream gradient " if name.startswith("d") and name not in names else ""
        message = (
            f"{what}{name} has other values afterwards, and whoever uses it next gets those; change a copy"
        )
        checked.fail("unchanged", message, name)
        checked.deductions = 1  # however many arguments one slip changes


def _caches_apart(run: LayerRun, other: LayerRun, runner: Runner, checked: Checked) -> None:
    """forward A, forward B, backward A: the numbers must be A's."""
    mine, theirs = steps(run, "a"), steps(other, "b")
    between: list[Step] = [*mine[:-1], *theirs[:-1], mine[-1]]
    before = {name: run.got.get(name) for name in run.exercise.gradients}
    outcome = runner.run(between)[-1]
    again = LayerRun(run.exercise, run.case, run.inputs, run.douts, run.expected)
    assign(again, outcome, run.exercise.gradients)
    for name, value in before.items():
        if as_numbers(value) is None or not compare(name, value, run.expected[name]).passed:
            continue
        if isinstance(outcome, Returned) and compare(name, again.got.get(name), run.expected[name]).passed:
            continue
        function, backward = run.exercise.forward, run.exercise.backward
        message = (
            f"{name} changes when {function} is called again before {backward}: both calls share a cache"
        )
        if isinstance(outcome, Raised):
            message = (
                f"{backward} fails when {function} is called again before it: both calls share a cache "
                f"({words.told(outcome, backward)})"
            )
        checked.fail("cache", message, name, where=words.place(outcome))
        checked.deductions = max(checked.deductions, 1)
        return


def _twice(run: LayerRun, runner: Runner, checked: Checked) -> None:
    program = steps(run, "t")
    last = program[-1]
    assert isinstance(last, Call)
    fresh: list[Step] = [Put(f"t2.dout{i}", dout) for i, dout in enumerate(run.douts)]
    again = Call(last.function, (*(Ref(f"t2.dout{i}") for i in range(len(run.douts))), last.args[-1]))
    first, second = (runner.run([*program, *fresh, again])[i] for i in (len(program) - 1, -1))
    one = LayerRun(run.exercise, run.case, run.inputs, run.douts, run.expected)
    two = LayerRun(run.exercise, run.case, run.inputs, run.douts, run.expected)
    assign(one, first, run.exercise.gradients)
    assign(two, second, run.exercise.gradients)
    for name in run.exercise.gradients:
        a, b = as_numbers(one.got.get(name)), as_numbers(two.got.get(name))
        if a is None or (b is not None and a.shape == b.shape and np.array_equal(a, b)):
            continue
        message = f"{name} is another one when {run.exercise.backward} is called twice with the same cache"
        checked.warn("cache", message, name)
        return
