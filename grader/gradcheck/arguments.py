"""Sorting the arguments of a call: what is differentiated, what is a constant, and what cannot be either."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from grader.findings import Finding, Verdict
from grader.gradcheck.subject import Argument


def argument_names(function: Callable[..., Any], count: int, given: Sequence[str] | None) -> tuple[str, ...]:
    """The names to report: as given, else the function's own parameter names, else arg1, arg2, ..."""
    if given is not None:
        if len(given) != count:
            raise ValueError(f"names: {len(given)} given for {count} inputs")
        return tuple(given)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return tuple(plain[i] if i < len(plain) else f"arg{i + 1}" for i in range(count))


def sort_arguments(
    inputs: Sequence[Any], names: Sequence[str], constants: Collection[str]
) -> tuple[tuple[Argument, ...], tuple[str, ...], list[Finding]]:
    """(differentiable arguments, names of constants, findings about what is neither).

    Constant are integers, booleans, strings, dictionaries, functions, None, and whatever `constants` names.
    """
    unknown = [name for name in constants if name not in names]
    if unknown:
        raise ValueError(f"constants: {unknown[0]!r} is not an argument; there are {', '.join(names)}")
    differentiable: list[Argument] = []
    fixed: list[str] = []
    findings: list[Finding] = []
    for place, (name, value) in enumerate(zip(names, inputs, strict=True)):
        if name in constants:
            fixed.append(name)
            continue
        array, problem = _float_array(name, value)
        if problem:
            findings.append(Finding("inputs", Verdict.FAIL, problem, name))
        elif array is None:
            fixed.append(name)
        else:
            scalar = not isinstance(value, np.ndarray)
            differentiable.append(Argument(place, name, array.copy(), scalar))
    return tuple(differentiable), tuple(fixed), findings


def _float_array(name: str, value: Any) -> tuple[np.ndarray[Any, Any] | None, str]:
    """(array to differentiate by, what is wrong with the argument); (None, "") for a constant."""
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, np.ndarray) and item.dtype.kind == "f" for item in value):
            return None, f"{name} is a {type(value).__name__} of arrays: pass each as an argument of its own"
        try:
            kind = np.asarray(value).dtype.kind
        except ValueError:
            kind = "O"
        if kind == "f":
            return None, f"{name} is a {type(value).__name__}, not an array: pass np.array({name})"
        return None, ""
    if not isinstance(value, (np.ndarray, np.generic, float, complex)):
        return None, ""
    array = np.asarray(value)
    if array.dtype.kind in "iubSUMm":
        return None, ""
    if array.dtype.kind == "c":
        return None, f"{name} is complex; gradcheck differentiates real functions"
    if array.dtype.kind != "f":
        return None, f"{name} has dtype {array.dtype}: pass an array of floating-point numbers"
    if array.dtype == np.float16:
        return None, f"{name} is float16, which has 3 digits: pass float32 or float64"
    if not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = f"[{', '.join(map(str, index))}]" if index else ""
        return None, f"{name}{where} is {array[index]}: no derivative exists there"
    return array, ""
