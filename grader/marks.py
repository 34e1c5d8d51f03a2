"""From what was found to points: by node, with follow-through, and what broken promises cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from grader.checks.result import Checked, NodeResult
from grader.findings import Verdict
from grader.report.report import NodeReport, Standing

LONG = 40
"""Characters from which on a message is not repeated."""


def marked(checked: Checked, points: Mapping[str, float], *, follow_through: bool) -> tuple[NodeReport, ...]:
    """Every node with what it earns. `points` are the nodes' worths here; a node without any earns nothing.

    A right node earns its points, an inherited one as well where following through counts; a wrong forward value
    that is followed from then costs as much as its own gradient. A broken promise costs as much as the first right
    gradient, once.
    """
    earned = {
        name: _earned(node, points.get(name, 0.0), follow_through) for name, node in checked.nodes.items()
    }
    charged = _charged(checked, points, earned) if follow_through else set()
    lost = _lost(checked, points, earned, charged)
    reports = []
    for name, node in checked.nodes.items():
        worth = points.get(name, 0.0)
        strict = worth if node.verdict is Verdict.PASS and name not in lost else 0.0
        if name in lost | charged:
            why = "the numbers are right" if node.verdict is Verdict.PASS else node.message
            what = "point" if worth == 1 else "points"
            message = f"{why}; its {worth:.4g} {what} went to the slip that is told below"
            reports.append(_report(node, 0.0, strict, worth, message))
            continue
        reports.append(_report(node, earned[name], strict, worth, node.message))
    return _said_once(reports)


def _said_once(reports: list[NodeReport]) -> tuple[NodeReport, ...]:
    """The nodes, with a long message that several share told at the first of them."""
    seen: set[str] = set()
    told = []
    for report in reports:
        again = report.index is None and len(report.message) > LONG and report.message in seen
        seen.add(report.message)
        told.append(replace(report, message="as above") if again else report)
    return tuple(told)


def _earned(node: NodeResult, worth: float, follow_through: bool) -> float:
    return worth if node.verdict is Verdict.PASS or (follow_through and node.earns) else 0.0


def _charged(checked: Checked, points: Mapping[str, float], earned: Mapping[str, float]) -> set[str]:
    """The nodes whose points go to a wrong forward value that is followed from: its own, or the least earned."""
    having = sorted((n for n in checked.nodes if earned[n]), key=lambda name: points.get(name, 0.0))
    found = {name for name in checked.charged if name in having}
    others = [name for name in having if name not in found]
    return found | set(others[: len(set(checked.charged)) - len(found)])


def _lost(
    checked: Checked, points: Mapping[str, float], earned: Mapping[str, float], charged: set[str]
) -> set[str]:
    """The nodes whose points broken promises take: right gradients first, in their order, then the least."""
    having = [name for name in checked.nodes if earned[name] and name not in charged]
    rank = {
        name: (
            not name.startswith("d"),
            checked.nodes[name].verdict is not Verdict.PASS,
            points.get(name, 0.0),
        )
        for name in having
    }
    ordered = sorted(
        having, key=lambda name: rank[name][:2] + ((rank[name][2],) if rank[name][0] else (0.0,))
    )
    return set(ordered[: checked.deductions])


def total(points: Iterable[float]) -> float:
    """The sum, in which twelve twelfths of 4 points are 4."""
    return round(math.fsum(points), 9)


def slips(checked: Checked) -> int:
    """Independent mistakes: wrong numbers node by node, one exception once, and broken promises."""
    origins = {
        node.cause or name
        for name, node in checked.nodes.items()
        if node.verdict is Verdict.FAIL and node.standing is Standing.ORIGIN
    }
    return len(origins) + checked.deductions + len(checked.charged)


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
