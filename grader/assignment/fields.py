"""Taking typed values out of a TOML table; what does not fit becomes a Problem and the default stands in."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from grader.assignment.errors import Problem, joined, shown
from grader.nearest import did_you_mean


class Table:
    """One table of the file, under the key by which messages name it.

    All tables of a file share one list of problems, which comes out in the order in which values are taken.
    """

    def __init__(
        self, values: Mapping[str, Any], key: str, *, file: str, problems: list[Problem], about: str = ""
    ) -> None:
        self.values, self.key, self.file, self.problems, self.about = values, key, file, problems, about

    def has(self, name: str) -> bool:
        """Whether the table says anything under this name."""
        return name in self.values

    def problem(self, name: str, expected: str, *, got: str = "", hint: str = "") -> None:
        """Note what is wrong with one value, and where it helps of which exercise."""
        self.problems.append(Problem(self.file, self._key(name), expected, got, joined(hint, self.about)))

    def wrong(self, name: str, expected: str, *, hint: str = "") -> None:
        """Note that the value under this name is not what is expected."""
        self.problem(name, expected, got=shown(self.values[name]), hint=hint)

    def only(self, known: Collection[str], elsewhere: Mapping[str, str]) -> None:
        """Refuse every key that is not known here; `elsewhere` says in which table a key belongs instead."""
        for name in self.values:
            if name in known:
                continue
            home = elsewhere.get(name, "")
            meant = did_you_mean(name, known)
            advice = f"it belongs in {home}" if home else meant or f"the keys here are {', '.join(known)}"
            self.problem(_bare(name), "is not a key of this file", hint=advice)

    def take(self, name: str, default: Any, fits: Callable[[Any], bool], expected: str) -> Any:
        """The value if it fits, else the default."""
        if name not in self.values:
            return default
        if fits(self.values[name]):
            return self.values[name]
        self.wrong(name, expected)
        return default

    def required(self, name: str, fits: Callable[[Any], bool], expected: str, example: str) -> Any:
        """The value if it fits; else "", and a missing one is a problem too."""
        if name not in self.values:
            self.problem(name, "is missing", hint=f"write for example {name} = {example}")
            return ""
        return self.take(name, "", fits, expected)

    def flag(self, name: str, default: bool | None) -> bool | None:
        """A truth value."""
        value: bool | None = self.take(
            name, default, lambda value: isinstance(value, bool), "must be true or false"
        )
        return value

    def degree(self, name: str, default: int, degrees: range) -> int:
        """A whole number within a range."""
        value: int = self.take(
            name,
            default,
            lambda value: isinstance(value, int) and not isinstance(value, bool) and value in degrees,
            f"must be a whole number from {degrees[0]} to {degrees[-1]}",
        )
        return value

    def number(self, name: str, default: float, most: float) -> float:
        """A number above 0."""
        if name not in self.values:
            return default
        value = self.values[name]
        if not _is_number(value) or not value > 0 or value == math.inf:
            self.wrong(name, "must be a number above 0")
        elif value > most:
            self.wrong(name, f"must be at most {most:,.0f}")
        else:
            return float(value)
        return default

    def strings(self, name: str, example: str) -> list[str]:
        """An array of strings."""
        value: list[str] = self.take(
            name,
            [],
            lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
            f"must be an array of strings, such as {example}",
        )
        return value

    def inner(self, name: str, example: str) -> Table:
        """A table within this one; an empty one where there is none."""
        value = self.take(
            name, {}, lambda value: isinstance(value, dict), f"must be a table, such as {example}"
        )
        key = self._key(name)
        return Table(value, key, file=self.file, problems=self.problems, about=self.about)

    def known_names(self, known: Collection[str] | None, what: str) -> None:
        """Refuse every key that names none of these; None where they are not told."""
        if known is None:
            return
        for name in self.values:
            if name not in known:
                meant = did_you_mean(name, known) or f"there are {', '.join(known) or 'none'}"
                self.problem(_bare(name), f"is no {what} of the exercise", hint=meant)

    def _key(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else name


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bare(name: str) -> str:
    """A key as TOML would write it."""
    plain = name.isascii() and name.replace("-", "_").isidentifier()
    return name if plain else shown(name)
