"""Suspect us first: where so many fail, or fail alike without a name for it, that the exercise may be at fault."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from grader.class_report.data import ClassData, failed
from grader.findings import Verdict
from grader.report.report import NodeReport, Standing

SHARE = 0.5
"""Of those who were judged; where more fail, the exercise, its text or its check is looked at first."""
FEWEST = 3
"""Students; fewer prove nothing."""
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Suspect:
    """A node that most students fail."""

    exercise: str
    node: str
    students: tuple[str, ...]
    of: tuple[str, ...]
    waived: bool

    @property
    def share(self) -> float:
        """Which part of those judged fails."""
        return len(self.students) / len(self.of)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Students who have one and the same wrong number, or one and the same multiple of the right one."""

    exercise: str
    node: str
    said: str
    """What they have in common, in words."""
    students: tuple[str, ...]


def suspects(data: ClassData) -> tuple[Suspect, ...]:
    """Nodes that more than half of those judged fail by themselves, the worst first."""
    found = []
    for exercise in data.assignment.exercises:
        of: dict[str, list[str]] = {}
        lost: dict[str, list[str]] = {}
        waived: set[str] = set()
        for marks, mark in data.graded(exercise.id):
            for node in mark.nodes:
                if node.verdict not in (Verdict.PASS, Verdict.FAIL):
                    continue
                of.setdefault(node.name, []).append(marks.student.pseudonym)
                if failed(node):
                    lost.setdefault(node.name, []).append(marks.student.pseudonym)
                if node.waived:
                    waived.add(node.name)
        found += [
            Suspect(exercise.id, node, tuple(students), tuple(of[node]), node in waived)
            for node, students in lost.items()
            if len(students) >= FEWEST and len(students) > SHARE * len(of[node])
        ]
    return tuple(sorted(found, key=lambda s: (-s.share, -len(s.students), s.exercise, s.node)))


def clusters(data: ClassData) -> tuple[Cluster, ...]:
    """Wrong numbers without a name that several students share, the most frequent first.

    With the public inputs the numbers themselves agree. Where each student's inputs are their own, what agrees is
    how often the right number goes into theirs: a factor or a sign is the same for all.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    for wrong in data.wrong:
        named = {diagnosis.node for diagnosis in wrong.exercise.diagnoses}
        for node in wrong.exercise.nodes:
            if node.verdict is not Verdict.FAIL or node.standing is Standing.INHERITED or node.name in named:
                continue
            said = _number(node) if wrong.foreseen else _ratio(node)
            if said:
                found.setdefault((wrong.exercise.id, node.name, said), []).append(wrong.student)
    rows = [
        Cluster(exercise, node, said, _once(students))
        for (exercise, node, said), students in found.items()
        if len(_once(students)) >= FEWEST
    ]
    return tuple(sorted(rows, key=lambda row: (-len(row.students), row.exercise, row.node, row.said)))


def _number(node: NodeReport) -> str:
    if node.got is None:
        return ""
    at = f"{node.name}[{', '.join(map(str, node.index))}]" if node.index else node.name
    case = f" ({node.case})" if node.case else ""
    right = "" if node.expected is None else f", expected {node.expected:.{DIGITS}g}"
    return f"{at} = {node.got + 0.0:.{DIGITS}g}{right}{case}"


def _ratio(node: NodeReport) -> str:
    if node.got is None or not node.expected:
        return ""
    ratio = node.got / node.expected
    # Most ratios are of two unrelated numbers; those that several share are a rule.
    return f"{ratio + 0.0:.4g} times the right number" if math.isfinite(ratio) else ""


def _once(students: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(students))
