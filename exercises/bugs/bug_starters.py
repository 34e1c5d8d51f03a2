"""The cell that a student begins with where a mistake is to be found: a counterexample, a name, a mended rule."""

from __future__ import annotations


def find_the_bug(prefix: str, inputs: str, dout: str, gradients: str) -> str:
    """`prefix`_counterexample(), `prefix`_wrong_node and `prefix`_mended_backward(dout, inputs) -> gradients."""
    return f'''import numpy as np


def {prefix}_counterexample():
    """-> {inputs} for which the rule above is wrong."""
    {inputs} = {_nothing(inputs)}
    # your code here

    # end of your code
    return {inputs}


{prefix}_wrong_node = None  # the name of the first wrong gradient, such as "dq"


def {prefix}_mended_backward({dout}, {inputs}):
    """{dout} and the inputs -> {gradients}, as it should be."""
    {gradients} = {_nothing(gradients)}
    # your code here

    # end of your code
    return {gradients}
'''


def _nothing(names: str) -> str:
    return ", ".join("None" for _ in names.split(","))
