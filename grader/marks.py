"""From what was found to points: by node, with follow-through, and what broken promises cost."""

from __future__ import annotations

from collections.abc import Mapping

from grader.checks.result import Checked, NodeResult
from grader.findings import Verdict
from grader.report.report import NodeReport, Standing


def marked(checked: Checked, points: Mapping[str, float], *, follow_through: bool) -> tuple[NodeReport, ...]:
    """Every node with what it earns. `points` are the nodes' worths here; a node without any earns nothing.

    A right node earns its points, an inherited one as well where following through counts. A broken promise costs
    as much as the first right gradient, once.
    """
    left = checked.deductions
    reports = []
    for name, node in checked.nodes.items():
        worth = points.get(name, 0.0)
        right = node.verdict is Verdict.PASS
        strict = worth if right else 0.0
        earned = worth if right or (follow_through and node.earns) else 0.0
        message = node.message
        if right and left and name.startswith("d") and worth:
            left -= 1
            strict = earned = 0.0
            message = "the numbers are right; its points went to what is said below"
        reports.append(_report(node, earned, strict, worth, message))
    return tuple(reports)


def slips(checked: Checked) -> int:
    """Independent mistakes: wrong numbers node by node, one exception once, and broken promises."""
    origins = [
        node
        for node in checked.nodes.values()
        if node.verdict is Verdict.FAIL and node.standing is Standing.ORIGIN
    ]
    numbers = sum(node.index is not None for node in origins)
    reasons = {node.message for node in origins if node.index is None and "expected" not in node.message}
    shapes = sum(node.index is None and "expected" in node.message for node in origins)
    return numbers + len(reasons) + shapes + checked.deductions


def _report(node: NodeResult, points: float, strict: float, worth: float, message: str) -> NodeReport:
    return NodeReport(
        node.name,
        node.verdict,
        node.standing,
        points,
        strict,
        worth,
        node.label,
        node.case,
        node.index,
        node.got,
        node.expected,
        node.bound,
        message,
    )
