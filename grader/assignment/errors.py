"""What is wrong with an assignment's file: each problem as data and as one line."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from grader.text import one_line

SHOWN = 5
"""So many problems are worth listing at once; the rest is usually the same again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where it stands, what belongs there, what was there instead.

    `expected` continues the key: "must be a number above 0". `got` and `key` are empty where there is nothing to
    show, as in a file that cannot be read; `hint` says what to do where `expected` does not.
    """

    file: str
    key: str
    expected: str
    got: str = ""
    hint: str = ""

    @property
    def line(self) -> str:
        """All of it in one line."""
        said = " ".join(part for part in (self.key, self.expected) if part)
        got = f", got {self.got}" if self.got else ""
        file = f"{self.file}: " if self.file else ""
        return one_line(file + joined(f"{said}{got}", self.hint), limit=600)


class AssignmentError(ValueError):
    """An assignment that cannot be used. Its text is the first problem in one line; `problems` has all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        assert problems, "an error has a problem"
        super().__init__(problems)  # as the only argument, so that it survives pickling
        self.problems = problems

    @property
    def file(self) -> str:
        """The file as it was asked for; empty for an assignment without one."""
        return self.problems[0].file

    @property
    def key(self) -> str:
        """Where in the file the first problem stands, such as "exercises[2].points", counted from 1."""
        return self.problems[0].key

    @property
    def expected(self) -> str:
        """What belongs there."""
        return self.problems[0].expected

    @property
    def got(self) -> str:
        """What was there, as it may be shown."""
        return self.problems[0].got

    @property
    def lines(self) -> tuple[str, ...]:
        """The first few problems, a line each, and how many more there are."""
        rest = len(self.problems) - SHOWN
        more = (f"and {rest} more",) if rest > 0 else ()
        return (*(problem.line for problem in self.problems[:SHOWN]), *more)

    def __str__(self) -> str:
        rest = len(self.problems) - 1
        return self.problems[0].line + (f" (and {rest} more)" if rest else "")


def joined(*parts: str) -> str:
    """The parts that say something, one after another, with a semicolon unless a question mark ends one."""
    text = ""
    for part in filter(None, parts):
        text += (" " if text.endswith("?") else "; " if text else "") + part
    return text


def shown(value: object) -> str:
    """A value from the file as TOML would write it, short and on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{one_line(value, limit=60)}"'
    if isinstance(value, int) and value.bit_length() > 200:
        return "a number of more than 60 digits"  # writing it out may take long, or be refused
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list):
        return f"an array of {len(value)}" if value else "an empty array"
    return "a table" if isinstance(value, dict) else type(value).__name__
