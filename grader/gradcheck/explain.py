"""One argument's comparison as a sentence: what, where, got, expected, within which bound."""

from __future__ import annotations

import math

from grader.findings import Finding, Verdict
from grader.gradcheck.result import ArgumentResult


def explain(result: ArgumentResult, slopes: tuple[float, float] | None) -> list[Finding]:
    """The finding of a comparison that is not a pass; `slopes` are the two one-sided ones where it is at a kink."""
    low, high = slopes or (math.nan, math.nan)
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
        case Verdict.FAIL if not math.isfinite(got):
            message = f"{what} is {got}"
        case Verdict.FAIL if slopes is not None:
            message = f"{what} = {got:.6g} lies outside the one-sided slopes {low:.6g} .. {high:.6g}"
        case Verdict.FAIL:
            digits = next((n for n in range(6, 17) if f"{got:.{n}g}" != f"{expected:.{n}g}"), 17)
            message = f"{what} = {got:.{digits}g}, expected {expected:.{digits}g} (±{bound:.1g})"
        case Verdict.KINK:
            message = (
                f"{what} = {got:.6g} is at a kink: the slopes on its two sides are {low:.6g} and {high:.6g}"
            )
        case _:
            message = f"{what} = {got:.6g}; differences give {expected:.6g} ± {bound:.1g}, too wide to decide"
    return [Finding("gradient", result.verdict, message, result.name, result.index, got, expected, bound)]
