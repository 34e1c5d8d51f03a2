"""Whether an exercise was begun: a placeholder returns None, or raises NotImplementedError."""

from __future__ import annotations

from collections.abc import Sequence

from grader.worker.steps import Outcome, Raised, Returned


def not_begun(outcomes: Sequence[Outcome], others: Sequence[str] = ()) -> str:
    """Why it counts as not started, if every outcome says so; else empty.

    A placeholder among `others`, the functions that it is built from, is another exercise's.
    """
    reasons = [_placeholder(outcome, others) for outcome in outcomes]
    return reasons[0] if reasons and all(reasons) else ""


def _placeholder(outcome: Outcome, others: Sequence[str]) -> str:
    match outcome:
        case Raised(error="NotImplementedError", frames=frames):
            if frames and frames[-1].function in others:
                return ""
            return "still raises NotImplementedError"
        case Returned(None):
            return "returns None"
        case Returned(tuple() as parts) if parts and all(part is None for part in parts):
            return "returns None"
        case Returned(dict() as parts) if parts and all(part is None for part in parts.values()):
            return "returns None"
    return ""
