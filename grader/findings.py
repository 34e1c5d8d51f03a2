"""`Finding`: one thing that a check has to say, as data. Renderers word it, marks weigh it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a check says. Only PASS and FAIL decide; the others say why nothing was decided."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    WARN = "warn"
    INCONCLUSIVE = "inconclusive"
    KINK = "kink"
    SKIPPED = "skipped"
    GRADER_ERROR = "grader error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of one check.

    `index` is the worst entry, with what came (`got`), what was expected there, and the `bound` within which
    the two had to agree. A check that compares no numbers leaves them out.
    """

    check: str
    verdict: Verdict
    message: str
    argument: str = ""
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    bound: float | None = None
    case: str = ""
    """The inputs it is about, by their name in the exercise."""
    where: str = ""
    """Where in the student's work: "cell 12, line 4"."""
