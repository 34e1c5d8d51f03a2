"""A backward as formulas, as an exercise's author would write it on a blackboard, and every formula beside it.

One change to one formula (`edits`) is a prediction: the numbers that this very formula gives. So the factor, the
term, the axis or the name that a student got wrong is found without anybody having thought of that mistake before.

Two changes that come to the same function are one mistake with two names. They are told from two that agree by
chance by inputs drawn afresh, on which only the same function gives the same numbers.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from grader.diagnosis.changed_parts import Said
from grader.diagnosis.edits import edits
from grader.diagnosis.formulas import Worked, parsed
from grader.diagnosis.slips import Scope
from grader.exercise.exercise import Situation

NEAR = 1e-6
"""The unchanged formulas give the right numbers to this share of the largest."""

Known = dict[tuple[int, str], tuple[Situation, Worked | None]]
"""By a situation's id and the formulas: itself, so that no other takes its id, and the right formulas worked out
there; None where these formulas are not right, by another convention."""


@dataclass(frozen=True, slots=True)
class Change:
    """Another formula at one line."""

    place: int
    formula: ast.expr
    said: Said
    inside: str

    def words(self) -> tuple[str, str]:
        """Its id, and what completes "your dx is ..."."""
        id, title = self.said()
        return id, f"computed {title}{f', in {self.inside}' if self.inside else ''}"

    def says_the_same(self, other: Change) -> bool:
        """Whether it is the same name for the same name, at another place."""
        if self.inside == other.inside or not isinstance(self.said, partial):
            return False
        return self.said.func is getattr(other.said, "func", None) and all(
            isinstance(mine, ast.Name) and isinstance(its, ast.Name) and mine.id == its.id
            for mine, its in zip(self.said.args, getattr(other.said, "args", ()), strict=True)
        )


@cache
def changes(text: str, node: str, given: tuple[str, ...], numbers: frozenset[str]) -> tuple[Change, ...]:
    """Every change to a formula on which this node depends, those to the last of them first.

    `given` are the names that stand for something before the first formula, `numbers` those of one number.
    """
    formulas = parsed(text)
    wanted = formulas.leading_to(node)
    found = []
    for place in sorted(wanted - set(range(formulas.given)), reverse=True):
        line = formulas.lines[place]
        before = [each.name for each in formulas.lines[:place]]
        names = tuple(name for name in dict.fromkeys((*before, *given)) if name != line.name)
        inside = "" if line.name == node else line.name.replace("_", " ")
        scope = Scope(names, formulas.counts, numbers)
        found += [Change(place, new, said, inside) for new, said in edits(line.formula, scope)]
    return tuple(found)


def changed(s: Situation, *, text: str, node: str, change: Change, known: Known) -> Any:
    """The node's numbers with the change; nothing where these formulas are not right."""
    key = id(s), text
    if key not in known:
        worked = Worked(parsed(text), s)
        known[key] = s, worked if is_right(worked.values.get(node), s[node]) else None
    found = known[key][1]
    if found is None:
        return np.full(np.shape(s[node]), np.nan)
    return np.asarray(found.changed(change.place, change.formula, node), np.float64)


def is_right(numbers: Any, right: Any) -> bool:
    """Whether unchanged formulas give the right numbers, as far as rounding lets them."""
    if np.shape(numbers) != np.shape(right):
        return False
    difference = np.abs(np.asarray(numbers, np.float64) - right)
    finite = difference[np.isfinite(difference)]
    return bool(np.max(finite, initial=0.0) <= NEAR * np.max(np.abs(right), initial=0.0))
