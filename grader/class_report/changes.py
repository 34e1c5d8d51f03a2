"""What is different from the marks that were published last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from grader.class_report.data import ClassData
from grader.gradebook import Change
from grader.gradebook.publications import same

TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Changes:
    """Who has more, less, a first mark, no mark any more, or the same from other exercises."""

    since: datetime | None
    """When marks were last published; None: never."""
    more: tuple[Change, ...] = ()
    less: tuple[Change, ...] = ()
    new: tuple[Change, ...] = ()
    gone: tuple[Change, ...] = ()
    inside: tuple[Change, ...] = ()

    @property
    def most(self) -> tuple[float, float] | None:
        """Points that could be earned then and now, where a waiver or another assignment made them differ."""
        for change in self.ranked:
            if change.before is not None and not same(change.before.max_score, change.now.max_score):
                return change.before.max_score, change.now.max_score
        return None

    @property
    def told(self) -> tuple[tuple[str, tuple[Change, ...]], ...]:
        """The kinds that occur, with what these students have."""
        kinds = (
            ("less", self.less),
            ("more", self.more),
            ("a first mark", self.new),
            ("no mark any more", self.gone),
            ("the same sum from other exercises, or another state", self.inside),
        )
        return tuple((words, changes) for words, changes in kinds if changes)

    @property
    def ranked(self) -> tuple[Change, ...]:
        """All of them: losses first, then the largest gains."""
        by_size = sorted(self.more, key=lambda c: -(c.difference or 0.0))
        return (
            *sorted(self.less, key=lambda c: c.difference or 0.0),
            *self.gone,
            *by_size,
            *self.new,
            *self.inside,
        )


def since_publication(data: ClassData) -> Changes:
    """The changes, sorted by kind; nothing where nothing was published yet."""
    if not data.publications:
        return Changes(None)
    kinds: dict[str, list[Change]] = {"more": [], "less": [], "new": [], "gone": [], "inside": []}
    for change in data.changes:
        kinds[_kind(change)].append(change)
    return Changes(data.publications[-1].at, **{kind: tuple(found) for kind, found in kinds.items()})


def _kind(change: Change) -> str:
    if change.difference is not None:
        if abs(change.difference) <= TINY:
            return "inside"
        return "more" if change.difference > 0 else "less"
    before = change.before.score if change.before is not None else None
    if before is None and change.now.penalised is not None:
        return "new"
    return "gone" if before is not None else "inside"
