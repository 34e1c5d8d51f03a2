"""For judges of algorithms that return gradients by node: which wrong numbers are mistakes, which only follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


def origins(
    feeds: Mapping[str, Sequence[str]],
    local: Callable[[str, str], float],
    mine: Mapping[str, float],
    right: Mapping[str, float],
    loss: str,
    *,
    part: float = 1e-5,
) -> list[str]:
    """The nodes whose number is wrong and not what the numbers of those that they feed imply, in their order.

    `feeds` maps each node to those it feeds, `local(v, c)` is ∂c/∂v, the gradient of the loss itself is 1. Numbers
    are the same within `part` of the sizes of all that is added up. Where `mine` lacks a node, the right number
    stands in for it further back.
    """
    known = {name: mine.get(name, right[name]) for name in feeds}
    found = []
    for name, fed in feeds.items():
        if name not in mine:
            continue
        terms = [known[c] * local(name, c) for c in fed]
        implied, size = (1.0, 1.0) if name == loss else (sum(terms), sum(map(abs, terms)))
        wrong = not abs(mine[name] - right[name]) <= part * max(abs(right[name]), 1e-300)
        if wrong and not abs(mine[name] - implied) <= part * size:
            found.append(name)
    return found
