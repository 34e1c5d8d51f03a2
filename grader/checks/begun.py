"""Whether an exercise was begun: a placeholder returns None, or raises NotImplementedError."""

from __future__ import annotations

from collections.abc import Sequence

from grader.worker.steps import Outcome, Raised, Returned


def not_begun(outcomes: Sequence[Outcome]) -> str:
    """Why it counts as not started, if every outcome says so; else empty."""
    reasons = [_placeholder(outcome) for outcome in outcomes]
    return reasons[0] if reasons and all(reasons) else ""


def _placeholder(outcome: Outcome) -> str:
    match outcome:
        case Raised(error="NotImplementedError"):
            return "still raises NotImplementedError"
        case Returned(None):
            return "returns None"
        case Returned(tuple() as parts) if parts and all(part is None for part in parts):
            return "returns None"
        case Returned(dict() as parts) if parts and all(part is None for part in parts.values()):
            return "returns None"
    return ""
