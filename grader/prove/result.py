"""What the proofs found of an exercise, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Proof(StrEnum):
    """The five proofs, and what is said of declarations that nothing needs."""

    SOLUTION = "solution"
    MISTAKES = "mistakes"
    APART = "apart"
    CASES = "cases"
    MUTANTS = "mutants"
    EQUIVALENTS = "equivalents"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not proved: what, and the line to look at. `file` is empty where none is known."""

    exercise: str
    proof: Proof
    message: str
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """`exercises/linear/affine.py:31`, or as much of it as is known."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Change:
    """A mutant as people name it: in which function of the solution which expression became which."""

    function: str
    text: str
    """`rows.T @ dout -> rows @ dout`."""


@dataclass(slots=True)
class Proved:
    """An exercise and all that its proofs counted and found."""

    exercise: str
    kind: str
    solved: bool = False
    """Whether its right solution earned everything."""
    mistakes: int = 0
    caught: int = 0
    """Misconceptions, and how many were caught and called by their names."""
    cases: int = 0
    mutants: int = 0
    killed: int = 0
    declared: int = 0
    """Survivors that are declared to be as right as the solution."""
    possible: int = 0
    """How many mutants there are, of which `mutants` were tried."""
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    """Worth a look, and no fault: an algorithm's author is free in much that a mutant changes."""
    tried: frozenset[Change] = frozenset()
    survived: frozenset[Change] = frozenset()

    @property
    def sound(self) -> bool:
        """Whether everything is proved."""
        return not self.problems
