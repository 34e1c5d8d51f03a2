"""A gradient checker that knows its own error.

    result = gradcheck(affine_forward, affine_backward, x, w, b)
    result.verdict          # "pass", "fail", "inconclusive" or "kink"
    print(result)           # which entry of which argument, got and expected

It needs no reference and no tolerance. The steps are in `grader.gradcheck.check`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from grader.gradcheck.arguments import argument_names
from grader.gradcheck.check import Check, Mode
from grader.gradcheck.derivative import derivative
from grader.gradcheck.jacobian import gradcheck_jacobian
from grader.gradcheck.result import ArgumentResult, GradcheckError, GradcheckResult

__all__ = [
    "ArgumentResult",
    "GradcheckError",
    "GradcheckResult",
    "assert_gradients",
    "derivative",
    "gradcheck",
    "gradcheck_function",
    "gradcheck_jacobian",
]


def gradcheck(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    seed: int = 0,
    mode: Mode = "auto",
    names: Sequence[str] | None = None,
    constants: Collection[str] = (),
    prove: bool = True,
    contract_checks: bool = True,
) -> GradcheckResult:
    """Check backward against differences of forward at the given inputs.

    `forward(*inputs)` returns out, or (out, cache), or (out1, out2, ..., cache); `backward(dout, cache)`, with
    one upstream gradient an output, returns the gradient, or a tuple with one for each floating-point argument
    in order. Without a cache, backward is given None for it. Integers, strings, dictionaries and what
    `constants` names are passed on and not differentiated.

    No tolerance is asked for: each entry is judged within the error of its own difference quotient. mode="full"
    measures every entry, "directional" one random direction an argument, "auto" decides by size. Everything
    random comes from `seed`. prove=False leaves out the planted errors, contract_checks=False what is not about
    the numbers themselves. Whatever the two functions do becomes a finding; only a wrong call of gradcheck
    itself raises ValueError.
    """
    return Check(
        forward,
        backward,
        inputs,
        seed=seed,
        mode=mode,
        names=names,
        constants=constants,
        prove=prove,
        contract_checks=contract_checks,
    ).run()


def assert_gradients(
    forward: Callable[..., Any], backward: Callable[..., Any], *inputs: Any, **options: Any
) -> GradcheckResult:
    """`gradcheck` for test suites: raises GradcheckError, a readable AssertionError, unless it passes."""
    result = gradcheck(forward, backward, *inputs, **options)
    result.raise_if_failed()
    return result


def gradcheck_function(
    function: Callable[..., Any], gradient: Callable[..., Any], *inputs: Any, **options: Any
) -> GradcheckResult:
    """Check a plain gradient: function(*inputs) -> a number, gradient(*inputs) -> an array for each argument.

    Options as for `gradcheck`.
    """
    options.setdefault("names", argument_names(function, len(inputs), None))

    def forward(*values: Any) -> tuple[Any, Any]:
        return function(*values), values

    def backward(dout: Any, cache: Any) -> Any:
        returned = gradient(*cache)
        if isinstance(returned, (tuple, list)):
            return tuple(None if g is None else dout * np.asarray(g) for g in returned)
        return None if returned is None else dout * np.asarray(returned)

    return gradcheck(forward, backward, *inputs, **options)
