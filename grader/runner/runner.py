"""`Runner`: what every way of running a submission offers. The checks do not know which one they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from grader.worker.program import Source
from grader.worker.session import Loaded
from grader.worker.steps import Outcome, Step


@dataclass(frozen=True, slots=True)
class Program:
    """A submission's source, the names that exercises want of it, and the modules it may import besides NumPy."""

    sources: tuple[Source, ...]
    wanted: tuple[str, ...]
    allowed: tuple[str, ...] = ()


class Runner(Protocol):
    """Runs one submission at a time. Each message starts with empty registers."""

    @property
    def level(self) -> str:
        """What confines the student's code: a level of the sandbox, or "none"."""
        ...

    def take_fault(self) -> str:
        """What went wrong on our side since this was last asked, in one line; empty if nothing did."""
        ...

    def load(self, program: Program) -> Loaded | Outcome:
        """Start with a submission; an Outcome says why it could not be loaded."""
        ...

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """An outcome for each step. Never raises for what the student's code does."""
        ...

    def printed(self) -> str:
        """The beginning of what the student's code printed."""
        ...

    def close(self) -> None:
        """Let go of the submission."""
        ...
