"""What the exercises about CS231n's network classes share: starters, hints, solutions of the layers below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

STAND_ALONE = """Only numbers are looked at: what `loss` returns for a network with small sizes, whose `params` are
replaced by numbers of ours in double precision. Call your own layers or write it out; dropout is off. A layer of
yours that is wrong costs its own marks once, and a network that puts it together rightly has its marks
all the same."""


def starter(name: str, arguments: str, about: str, kept: Iterable[str], data: str) -> str:
    """The class as students begin with it: a constructor that makes no parameters yet, and a loss of None."""
    keeps = "".join(f"        self.{each} = {each}\n" for each in kept)
    return (
        "import numpy as np\n\n\n"
        f'class {name}:\n    """{about}"""\n\n'
        f"    def __init__(self, {arguments}):\n{keeps}        self.params = {{}}\n"
        "        # your code here\n\n        # end of your code\n\n"
        f"    def loss(self, {data}):\n        loss, grads = None, None\n"
        "        # your code here\n\n        # end of your code\n        return loss, grads\n"
    )


def hints_of(
    parameters: Iterable[str],
    loss: tuple[str, ...],
    particular: Mapping[str, tuple[str, str, str]],
) -> dict[str, tuple[str, ...]]:
    """Hints by node; a bias, a scale or a shift has those of any."""
    found: dict[str, tuple[str, ...]] = {"loss": loss}
    for name in parameters:
        kind = name.rstrip("0123456789")
        found[f"d{name}"] = particular.get(name) or OF_KIND[kind]
    return found


TWICE = "It is used in the data loss and in the penalty. What do gradients do where a value is used twice?"

OF_KIND: Mapping[str, tuple[str, str, str]] = {
    "W": (
        "In how many places of the loss does this matrix stand?",
        TWICE,
        "What your affine_backward returns for it, with this layer's own cache, plus the penalty's part.",
    ),
    "b": (
        "Which layer's backward returns it, and what upstream does that want?",
        "It comes from the same call as its weight's, and has no penalty.",
        "The third result of affine_backward, with this layer's own cache.",
    ),
    "gamma": (
        "Between which two layers does the normalisation stand on the way forward?",
        "On the way back it comes after the ReLU's backward and before the affine layer's.",
        "The second result of the normalisation's backward, with this layer's own cache; no penalty.",
    ),
    "beta": (
        "Between which two layers does the normalisation stand on the way forward?",
        "It comes from the same call as gamma's gradient.",
        "The third result of the normalisation's backward, with this layer's own cache; no penalty.",
    ),
}
