"""One argument's comparison as a sentence: what, where, got, expected, within which bound."""

from __future__ import annotations

import math

from grader.findings import Finding, Verdict
from grader.gradcheck.result import ArgumentResult


def explain(result: ArgumentResult, low: float, high: float) -> list[Finding]:
    """The finding of a comparison that is not a pass; `low` .. `high` are the one-sided slopes at a kink."""
    got, expected, bound = result.got, result.expected, result.bound
    if result.verdict is Verdict.PASS or got is None or expected is None or bound is None:
        return []
    at = f"[{', '.join(map(str, result.index))}]" if result.index else ""
    what = (
        f"{result.gradient}{at}"
        if result.index is not None
        else f"{result.gradient} along a random direction"
    )
    match result.verdict:
        case Verdict.FAIL if not math.isfinite(expected) or not math.isfinite(bound):
            message = f"{what} = {got:.6g}, and no difference quotient comes near it"
        case Verdict.FAIL if low <= expected <= high and bound >= (high - low) / 2:
            message = f"{what} = {got:.6g} lies outside the one-sided slopes {low:.6g} .. {high:.6g}"
        case Verdict.FAIL:
            message = f"{what} = {got:.6g}, expected {expected:.6g} (±{bound:.1g})"
        case Verdict.KINK:
            message = (
                f"{what} = {got:.6g} is at a kink: the slopes on its two sides are {low:.6g} and {high:.6g}"
            )
        case _:
            message = f"{what} = {got:.6g}; differences give {expected:.6g} ± {bound:.1g}, too wide to decide"
    return [Finding("gradient", result.verdict, message, result.name, result.index, got, expected, bound)]
