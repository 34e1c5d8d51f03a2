"""What gradcheck found: for each argument a verdict with its evidence, and everything else as findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.findings import Finding, Verdict

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


class GradcheckError(AssertionError):
    """A gradient check that did not pass, with its result. An AssertionError, so that pytest shows it as one."""

    def __init__(self, result: GradcheckResult) -> None:
        super().__init__(result.text())
        self.result = result


@dataclass(frozen=True, slots=True)
class ArgumentResult:
    """One argument's gradient against differences.

    `index` is the worst entry: the one that disagrees most beyond its bound or, in a pass, comes closest to it.
    `checked` counts the entries that were judged singly; `disagreeing` those that cannot be right.
    """

    name: str
    shape: tuple[int, ...]
    verdict: Verdict
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    bound: float | None = None
    """How far `got` and `expected` may lie apart: truncation and rounding of both."""
    checked: int = 0
    disagreeing: int = 0
    mode: str = "full"

    @property
    def gradient(self) -> str:
        """Name of the gradient: d and the argument's name."""
        return f"d{self.name}"


@dataclass(frozen=True, slots=True)
class GradcheckResult:
    """The outcome of one check. `findings` holds every failure and warning, the most telling one first."""

    verdict: Verdict
    arguments: tuple[ArgumentResult, ...]
    findings: tuple[Finding, ...]
    constants: tuple[str, ...] = ()
    """Arguments that were taken as given: integers, flags, dictionaries, what was named so."""
    evaluations: int = 0
    """Calls of forward."""
    backward_calls: int = 0
    seed: int = 0
    proved: bool = False
    """Whether planted errors were put in and rejected in this very run."""

    @property
    def passed(self) -> bool:
        """Whether the verdict is pass. Inconclusive and kink are not."""
        return self.verdict is Verdict.PASS

    def __bool__(self) -> bool:
        """`assert gradcheck(...)` means what it says: true only for a pass."""
        return self.passed

    def raise_if_failed(self, *, strict: bool = True) -> None:
        """Raise GradcheckError unless the check passed; with strict=False only where the verdict is fail."""
        if self.verdict is Verdict.FAIL or (strict and not self.passed):
            raise GradcheckError(self)

    def text(self) -> str:
        """The result in plain lines, the verdict first."""
        from grader.gradcheck.render import plain

        return plain(self)

    def __str__(self) -> str:
        return self.text()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from grader.gradcheck.render import rich_parts

        yield from rich_parts(self)

    def _repr_html_(self) -> str:
        from grader.gradcheck.render import html

        return html(self)
