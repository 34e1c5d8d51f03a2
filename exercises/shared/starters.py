"""The cells that students begin with: functions that run, return placeholders, and say what goes where."""

from __future__ import annotations

import re

REGION = "    # your code here\n\n    # end of your code\n"


def pair(
    forward: str,
    arguments: str,
    about_forward: str,
    backward: str,
    gradients: str,
    about_backward: str,
) -> str:
    """forward(arguments) -> out, cache and backward(dout, cache) -> gradients, each returning None so far.

    What forward returns is called in the code as in `about_forward`: `... -> loss (one number), cache.`
    """
    outputs = f"{re.split(r' [(=]| of |, cache', about_forward.rpartition('-> ')[2])[0]}, cache"
    return (
        "import numpy as np\n\n\n"
        f'def {forward}({arguments}):\n    """{about_forward}"""\n    {_nothing(outputs)}\n'
        f"{REGION}    return {outputs}\n\n\n"
        f'def {backward}(dout, cache):\n    """{about_backward}"""\n    {_nothing(gradients)}\n'
        f"{REGION}    return {gradients}\n"
    )


def one_call(function: str, arguments: str, about: str, results: str) -> str:
    """function(arguments) -> results, returning None so far."""
    return (
        "import numpy as np\n\n\n"
        f'def {function}({arguments}):\n    """{about}"""\n    {_nothing(results)}\n'
        f"{REGION}    return {results}\n"
    )


def _nothing(names: str) -> str:
    return f"{names} = " + ", ".join("None" for _ in names.split(","))
