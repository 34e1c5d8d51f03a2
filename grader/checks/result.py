"""`Checked`: what judging one exercise found, before marks are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.findings import Finding, Verdict
from grader.report.report import Diagnosis, PictureNode, Standing


@dataclass(slots=True)
class NodeResult:
    """One node's verdict over all its cases, told by the plainest case that fails."""

    name: str
    verdict: Verdict
    standing: Standing = Standing.UNJUDGED
    label: str = ""
    case: str = ""
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    bound: float | None = None
    message: str = ""
    cause: str = ""
    """What several nodes may owe to one and the same slip: an exception, a missing return; empty for its own."""
    earns: bool = False
    """Whether an inherited node's marks are earned by follow-through."""
    right_in: float = 0.0
    """The share of a layer's cases in which it is right."""


@dataclass(slots=True)
class Checked:
    """The outcome of an exercise's checks; the checks fill it in step by step."""

    nodes: dict[str, NodeResult] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    diagnoses: list[Diagnosis] = field(default_factory=list)
    example: list[str] = field(default_factory=list)
    example_code: str = ""
    """The example as code to be pasted below the student's own."""
    picture: list[PictureNode] = field(default_factory=list)
    picture_note: str = ""
    not_started: str = ""
    """Why it counts as not started; empty if it was."""
    ungraded: str = ""
    """Why it could not be graded; empty if it could."""
    deductions: int = 0
    """Broken promises that cost as much as one right gradient each."""
    charged: list[str] = field(default_factory=list)
    """Nodes whose points go to a slip that is told elsewhere, such as a wrong forward value; another's where they
    have none."""
    provisional: bool = False

    def fail(self, check: str, message: str, argument: str = "", *, case: str = "", where: str = "") -> None:
        """Note a failure that is about no single number."""
        self.findings.append(Finding(check, Verdict.FAIL, message, argument, case=case, where=where))

    def warn(self, check: str, message: str, argument: str = "", *, case: str = "", where: str = "") -> None:
        """Note what costs nothing."""
        self.findings.append(Finding(check, Verdict.WARN, message, argument, case=case, where=where))
