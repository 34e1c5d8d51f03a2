"""Values of inputs as they are written on a command line: `x=-2 y=5`."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from grader.text import one_line
from reference.graph import Graph, Node


class ValuesError(ValueError):
    """A value that is missing, unknown or no number, with what to write instead."""


def read_values(texts: Sequence[str], graph: Graph) -> dict[str, float]:
    """A number for each leaf of the graph. Raises ValuesError, naming the argument."""
    values: dict[str, float] = {}
    for text in texts:
        name, number = _pair(text)
        if name in values:
            raise ValuesError(f"{name} is given twice; keep one of the two")
        values[name] = _number(name, number)
    for name in values:
        if name not in graph.leaves:
            raise ValuesError(_not_an_input(name, graph.nodes.get(name), graph.leaves))
    missing = [name for name in graph.leaves if name not in values]
    if missing:
        listed = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
        example = " ".join(f"{name}={number}" for name, number in zip(missing, (2, -1, 3), strict=False))
        raise ValuesError(f"no value for {listed}; add for example {example}")
    return values


def _pair(text: str) -> tuple[str, str]:
    name, equals, number = (part.strip() for part in text.partition("="))
    name = unicodedata.normalize("NFKC", name)  # as Python reads the names in the formula
    if not equals:
        shown = one_line(text, limit=40)
        raise ValuesError(
            f"`{shown}` is no value; write name=number, such as x=2, and put quotes around the formula"
        )
    if not name.isidentifier():
        shown = one_line(text, limit=40)
        raise ValuesError(f"`{shown}`: left of = stands an input's name, such as x=2")
    return name, number.replace("−", "-")


def _number(name: str, text: str) -> float:
    shown = one_line(text, limit=40)
    try:
        value = float(text)
    except ValueError:
        if "," in text and _is_number(text.replace(",", ".")):
            raise ValuesError(
                f"{name}={shown}: write the number with a point, {name}={text.replace(',', '.')}"
            ) from None
        raise ValuesError(
            f"{name}={shown}: {f'`{shown}`' if shown else 'this'} is not a number; write for example {name}=0.5"
        ) from None
    if not math.isfinite(value):
        raise ValuesError(f"{name}={shown} is not a finite number; write one below 1.8e308")
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _not_an_input(name: str, node: Node | None, leaves: Iterable[str]) -> str:
    known = list(leaves)
    if node is not None:
        return (
            f"{name} is computed by the formula; leave its value out (the inputs are {', '.join(known[:12])})"
        )
    near = get_close_matches(name, known, n=1, cutoff=0.5) or [k for k in known if k.lower() == name.lower()]
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{name} is not in the formula, whose inputs are {', '.join(known[:12])}{hint}"
