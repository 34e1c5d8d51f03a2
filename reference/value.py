"""`Value`: one number that remembers how it was made, and finds its own gradients.

Each result keeps its parents with the local derivative towards each; `backward` goes through them in reverse
topological order. Sources: notes "Training Neural Networks", section 1.2; Baydin et al. 2018, "Automatic
differentiation in machine learning: a survey".
"""

from __future__ import annotations


class Value:
    """A number `data` with `grad`, the derivative by it of whatever `backward` was last called on.

    `parents` are the values it was made from, each with ∂self/∂parent; twice if one was used twice.
    """

    def __init__(self, data: float, parents: tuple[tuple[Value, float], ...] = ()) -> None:
        self.data = data
        self.parents = parents
        self.grad = 0.0

    def __add__(self, other: Value) -> Value:
        """Both local derivatives are 1."""
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Value) -> Value:
        """Each one's local derivative is the other's number."""
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self) -> None:
        """Sets `grad` of everything that self was made from, whatever stood there before."""
        order = self.ancestors()
        for value in order:
            value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for parent, slope in value.parents:
                parent.grad += value.grad * slope

    def ancestors(self) -> list[Value]:
        """Self and all that it was made from, each once, parents before children; a stack in place of recursion."""
        order: list[Value] = []
        seen: set[int] = set()
        pending = [(self, False)]
        while pending:
            value, parents_done = pending.pop()
            if parents_done:
                order.append(value)
            elif id(value) not in seen:
                seen.add(id(value))
                pending.append((value, True))
                pending += [(parent, False) for parent, _ in value.parents]
        return order
