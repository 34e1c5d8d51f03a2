"""The questions of a paper for a reader: what several have in common is said once, above them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.exercise import Question

Group = tuple[str, tuple[tuple[str, str], ...]]
"""What the questions share (empty: nothing), and (id, question) of each."""


def grouped(questions: Sequence[Question]) -> list[Group]:
    """Neighbours that begin alike, up to a colon: `f = xy at x = 2: the value of f`, `f = xy at x = 2: df/dx`."""
    found: list[Group] = []
    for stem, run in groupby(questions, key=_stem):
        listed = list(run)
        if len(listed) > 1 and stem:
            found.append((stem, tuple((q.id, q.text.partition(": ")[2]) for q in listed)))
            continue
        alone = tuple((q.id, q.text) for q in listed)
        if found and not found[-1][0]:
            alone = found.pop()[1] + alone
        found.append(("", alone))
    return found


def _stem(question: Question) -> str:
    stem, colon, rest = question.text.partition(": ")
    return stem if colon and rest else ""
