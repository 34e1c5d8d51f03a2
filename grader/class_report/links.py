"""Counts that lead to their submissions: each is a link to a named group of students in the page's own table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from grader.text import one_line

LONGEST = 160


@dataclass(slots=True)
class Links:
    """Collects the groups while the page is laid out. `rows` gives each pseudonym's row in the table."""

    rows: Mapping[str, int]
    groups: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    _known: dict[tuple[str, tuple[int, ...]], int] = field(default_factory=dict)

    def to(self, title: str, students: Iterable[str]) -> int:
        """The number of the group of these students; `title` says what they have in common."""
        found = {self.rows[who] for who in students if who in self.rows}
        key = one_line(title, limit=LONGEST), tuple(sorted(found))
        if key not in self._known:
            self._known[key] = len(self.groups)
            self.groups.append(key)
        return self._known[key]
