"""An example as code that can be pasted below the student's own functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.checks.layer.situations import LayerRun


def layer_code(run: LayerRun, name: str, *others: str) -> str:
    """Inputs, forward, backward, and the values in question: a few lines of NumPy."""
    exercise = run.exercise
    layer = exercise.layer
    lines = [f"{spec.name} = {literal(v)}" for spec, v in zip(layer.inputs, run.inputs, strict=True)]
    arguments = ", ".join(spec.name for spec in layer.inputs)
    if exercise.one_call:
        lines.append(f"{', '.join(exercise.nodes)} = {exercise.one_call}({arguments})")
    else:
        lines.append(f"{', '.join(layer.outputs)}, cache = {exercise.forward}({arguments})")
        if name in exercise.gradients:
            lines += [f"d{out} = {literal(d)}" for out, d in zip(layer.outputs, run.douts, strict=True)]
            douts = ", ".join(f"d{out}" for out in layer.outputs)
            lines.append(f"{', '.join(exercise.gradients)} = {exercise.backward}({douts}, cache)")
    return "\n".join([*lines, f"print({', '.join((name, *others))})"])


def call_lines(function: str, names: Sequence[str], arguments: Sequence[Any]) -> str:
    """Each argument on a line under the name that the starter gives it, then the call, which is printed.

    The call goes by position: whoever has renamed a parameter can paste it all the same.
    """
    lines = [f"{name} = {literal(value)}" for name, value in zip(names, arguments, strict=True)]
    return "\n".join([*lines, f"print({function}({', '.join(names)}))"])


def named_call(function: str, arguments: Mapping[str, Any], result: str, wanted: str) -> str:
    """Each argument on a line, the call, and a line that prints what is in question."""
    lines = [f"{name} = {literal(value)}" for name, value in arguments.items()]
    return "\n".join([*lines, f"{result} = {function}({', '.join(arguments)})", f"print({wanted})"])


def literal(value: Any) -> str:
    """A value as NumPy code: `np.array([[1.0, 2.0]])`, or a plain number, a dictionary of options."""
    if isinstance(value, np.ndarray) and value.ndim:
        kind = f", dtype=np.{value.dtype.name}" if value.dtype == np.float32 or not value.size else ""
        return f"np.array({value.tolist()!r}{kind})"
    if isinstance(value, (np.ndarray, np.generic)):
        return repr(value.item())
    if hasattr(value, "items"):
        return "{" + ", ".join(f"{key!r}: {literal(item)}" for key, item in value.items()) + "}"
    return repr(value)
