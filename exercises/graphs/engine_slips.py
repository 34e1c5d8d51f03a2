"""What goes wrong in an engine of Values, as programs: see `grader.checks.algorithm.slips`."""

from __future__ import annotations

from grader.exercise import Slip, slips

_VALUE = """
class Value:
    def __init__(self, data, parents=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self):
        order, seen, pending = [], set(), [(self, False)]
        while pending:
            value, done = pending.pop()
            if done:
                order.append(value)
            elif id(value) not in seen:
                seen.add(id(value))
                pending.append((value, True))
                pending += [(parent, False) for parent, _ in value.parents]
        for value in order:
            value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for parent, slope in value.parents:
                parent.grad += value.grad * slope
"""
_START = "        for value in order:\n            value.grad = 0.0\n"


def value_engine(run: str) -> tuple[Slip, ...]:
    """Slips of a Value, with the function that is given to run it."""
    return slips(
        _VALUE + "\n\n" + run,
        overwritten=(
            "with = where += belongs: of a value that is used twice the last use alone counts",
            "parent.grad += value",
            "parent.grad = value",
        ),
        not_afresh=(
            "without setting gradients back to 0, so that a second backward adds to the first",
            _START,
            "",
        ),
        not_swapped=(
            "with each factor's own number for its derivative, where the other's belongs",
            "((self, other.data), (other, self.data))",
            "((self, self.data), (other, other.data))",
        ),
        upstream_forgotten=(
            "with the local derivatives alone, without what arrives",
            "value.grad * slope",
            "slope",
        ),
        not_begun=("without setting the gradient of the result itself to 1", "        self.grad = 1.0\n", ""),
        left_only=(
            "with a gradient for the left one of a sum alone",
            "((self, 1.0), (other, 1.0))",
            "((self, 1.0),)",
        ),
        left_factor_only=(
            "with a gradient for the left factor alone",
            "((self, other.data), (other, self.data))",
            "((self, other.data),)",
        ),
        one_step=(
            "for the parents of the result alone: what these were made from gets nothing",
            "for value in reversed(order):",
            "for value in [self]:",
        ),
        product_ignores_upstream=(
            "with the other factor alone for the derivative of a product, without what arrives",
            "parent.grad += value.grad * slope",
            "parent.grad += value.grad if slope == 1.0 else slope",
        ),
        halved=(
            "with a sum that shares its gradient out, half to each",
            "((self, 1.0), (other, 1.0))",
            "((self, 0.5), (other, 0.5))",
        ),
        sum_multiplies=(
            "with a sum that multiplies like a product on the way back",
            "((self, 1.0), (other, 1.0))",
            "((self, other.data), (other, self.data))",
        ),
        product_as_sum=(
            "with a product that hands on what arrives, as a sum does",
            "((self, other.data), (other, self.data))",
            "((self, 1.0), (other, 1.0))",
        ),
        local_forgotten=(
            "with what arrives alone, without the local derivatives",
            "value.grad * slope",
            "value.grad",
        ),
        added=(
            "with what arrives added to the local derivative, where they multiply",
            "value.grad * slope",
            "value.grad + slope",
        ),
    )
