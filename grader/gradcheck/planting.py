"""The proof, at every call, that the check can fail: our own errors, planted and rejected.

The measurements stay as they are; only the claim is spoilt. A check that lets a thousandth pass at these inputs
has proved nothing, and says so instead of passing.
"""

from __future__ import annotations

import numpy as np

from grader.findings import Verdict
from grader.gradcheck.directional import DirectionResult, claim
from grader.gradcheck.judge import Measured, judge
from grader.gradcheck.subject import Array

PLANTED = 1.001
"""The factor that a wrong gradient may not get away with."""


def entries_can_fail(gradient: Array, measured: Measured, own: Array) -> bool:
    """Whether the judge rejects the gradient times PLANTED, and with its largest entry alone times PLANTED."""
    size = np.abs(gradient)
    one = gradient.copy()
    allowed = measured.bound + own
    if (size <= allowed).all():
        # All zero within their bounds: an entry that is not must be noticed, however small beside the function.
        one.flat[0] = 4 * float(allowed.max()) or 1.0
        return judge(one, measured, own).verdict is Verdict.FAIL
    one.flat[int(size.argmax())] *= PLANTED
    spoilt = (gradient * PLANTED, one)
    return all(judge(wrong, measured, own).verdict is Verdict.FAIL for wrong in spoilt)


def direction_can_fail(gradient: Array, found: DirectionResult, own: Array) -> bool:
    """Whether this direction rejects the gradient times PLANTED, and with its largest entry's sign flipped."""
    allowed = found.derivative.bound + found.slack
    flipped = gradient.copy()
    flipped.flat[int(np.abs(gradient).argmax())] *= -1
    return all(
        abs(claim(wrong, own, found.direction)[0] - found.derivative.estimate) > allowed
        for wrong in (gradient * PLANTED, flipped)
    )
