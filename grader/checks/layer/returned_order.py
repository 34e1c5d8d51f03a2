"""Right gradients returned in another order: one slip, at the `return`, however many of them stand elsewhere.

Only between gradients of different shapes: `dx, dy = dout * x, dout * y` for a product is a mistake in the rule,
with the very numbers of an exchange.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checks.compare import compare
from grader.checks.layer.situations import LayerRun
from grader.checks.result import Checked
from grader.exercise.kinds import LayerExercise
from grader.findings import Verdict
from grader.report.report import Standing


def told_order(exercise: LayerExercise, runs: Sequence[LayerRun], checked: Checked) -> None:
    """Where all gradients are right and in another order: each is right work, and the slip costs as one does."""
    if exercise.one_call or any(n not in run.got for run in runs for n in exercise.gradients):
        return
    came = _order([run for run in runs if run.decides], exercise.gradients)
    if not came:
        return
    for name, own in zip(exercise.gradients, came, strict=True):
        node = checked.nodes[name]
        if own != name and node.verdict is Verdict.FAIL:
            node.standing, node.earns, node.cause = Standing.INHERITED, True, ""
            node.message = f"what stands here is {own}, and right"
            node.index = node.got = node.expected = node.bound = None
    moved = {name for name, own in zip(exercise.gradients, came, strict=True) if own != name}
    checked.diagnoses = [each for each in checked.diagnoses if each.node not in moved]
    if all(checked.nodes[out].verdict is Verdict.PASS for out in exercise.layer.outputs):
        checked.example, checked.example_code, checked.picture = [], "", []  # no number is wrong to be shown
    asked = ", ".join(exercise.gradients)
    checked.fail(
        "order",
        f"{exercise.backward} must return {asked} in this order; yours come as {', '.join(came)}",
        exercise.backward,
    )
    checked.charged.append(next(name for name in exercise.gradients if name in moved))


def _order(runs: Sequence[LayerRun], names: Sequence[str]) -> tuple[str, ...]:
    """Whose right numbers stand at each place in every case; empty if that is no exchange of different shapes."""
    found = []
    for name in names:
        fits = [
            other
            for other in names
            if all(
                compare(other, run.got[name], run.expected[other], single=run.single).passed for run in runs
            )
        ]
        if len(fits) != 1:
            return ()
        found.append(fits[0])
    if not runs or found == list(names) or sorted(found) != sorted(names):
        return ()
    apart = all(
        own == name or any(_shape(run, own) != _shape(run, name) for run in runs)
        for name, own in zip(names, found, strict=True)
    )
    return tuple(found) if apart else ()


def _shape(run: LayerRun, name: str) -> tuple[int, ...]:
    return np.shape(run.expected[name].value)
