"""An example as code that can be pasted below the student's own functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.checks.situations import LayerRun


def layer_code(run: LayerRun, name: str) -> str:
    """Inputs, forward, backward, and the value in question: a few lines of NumPy."""
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
    return "\n".join([*lines, f"print({name})"])


def call_code(function: str, arguments: Mapping[str, Any], after: str = "") -> str:
    """One call of a function with its arguments by name; `after` takes something of what it returns."""
    given = ", ".join(f"{name}={literal(value)}" for name, value in arguments.items())
    return f"{function}({given}){after}"


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
