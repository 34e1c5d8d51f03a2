"""A layer's picture: inputs -> the layer -> outputs, with the student's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.checks.compare import as_numbers, compare, what
from grader.checks.layer.situations import LayerRun
from grader.checks.result import Checked
from grader.checks.shorthand import shown
from grader.exercise.kinds import LayerExercise
from grader.report.report import PictureNode, Standing
from grader.worker.values import Failed


def layer_picture(
    exercise: LayerExercise, run: LayerRun, checked: Checked, *, tied: Sequence[str] = ()
) -> list[PictureNode]:
    """Inputs -> the layer -> outputs, with the student's own numbers.

    `tied` are the gradients that are wrong together here, though each number by itself could be right.
    """
    layer = exercise.layer
    nodes = []
    for spec, value in zip(layer.inputs, run.inputs, strict=True):
        name = f"d{spec.name}"
        gradient = run.got.get(name) if spec.differentiable else None
        standing = Standing.ORIGIN if name in tied else _standing(run, name, checked)
        array = as_numbers(gradient)
        nothing = gradient is None or isinstance(gradient, Failed)
        other = ("not computed" if nothing else what(gradient)) if spec.differentiable else ""
        told_gradient = shown(array) if array is not None else other
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
