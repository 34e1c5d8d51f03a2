"""The runner in this very process: for a student's own notebook, and for tests. It confines nothing."""

from __future__ import annotations

from collections.abc import Sequence

from grader.runner.runner import Program
from grader.worker.session import Loaded, Session
from grader.worker.steps import NotRun, Outcome, Step


class InProcessRunner:
    """Runs the submission here."""

    level = "none"

    def __init__(self) -> None:
        self._session: Session | None = None

    def load(self, program: Program) -> Loaded | Outcome:
        """As `Runner`."""
        self.close()
        self._session = Session(program.sources, allowed=frozenset(program.allowed))
        return self._session.load(program.wanted)

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """As `Runner`."""
        if self._session is None:
            return [NotRun("nothing is loaded")] * len(steps)
        return list(self._session.run(steps))

    def take_fault(self) -> str:
        """As `Runner`."""
        return ""

    def printed(self) -> str:
        """As `Runner`."""
        return "".join(self._session.printed.kept) if self._session else ""

    def close(self) -> None:
        """As `Runner`."""
        if self._session is not None:
            self._session.close()
            self._session = None
