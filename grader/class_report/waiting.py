"""What has no final mark yet: could not be graded, could not be decided, waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.class_report.data import ClassData
from grader.findings import Verdict

UNDECIDED = {
    Verdict.INCONCLUSIVE: "could not be decided",
    Verdict.KINK: "judged at a kink only",
    Verdict.GRADER_ERROR: "the grader itself failed",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is open: where, why, whose."""

    where: str
    """An exercise's id; empty for the whole submission."""
    node: str
    said: str
    students: tuple[str, ...]


def ungraded(data: ClassData) -> tuple[Row, ...]:
    """Submissions and exercises that could not be graded, by reason. None of these is a zero."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for marks in data.students:
        who = marks.student.pseudonym
        stuck = [m for m in marks.exercises if m.status == "ungraded" and not m.provisional and m.reason]
        for mark in stuck:
            found.setdefault((mark.id, "", mark.reason), []).append(who)
        if marks.trouble and not stuck:
            found.setdefault(("", "", marks.trouble), []).append(who)
    return _rows(found)


def doubtful(data: ClassData) -> tuple[Row, ...]:
    """Work that was graded as far as it could be read, or where it is not clear what was meant to count."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for marks in data.students:
        for doubt in marks.doubts:
            found.setdefault(("", "", doubt), []).append(marks.student.pseudonym)
    return _rows(found)


def untimed(data: ClassData) -> tuple[str, ...]:
    """Whose work came at a time that nobody says, where being late would cost something."""
    rule = data.assignment.late
    if data.assignment.due is None or not (rule.percent_a_day or rule.closes_after_days is not None):
        return ()
    return tuple(
        marks.student.pseudonym for marks in data.students if marks.report_id and marks.received is None
    )


def undecided(data: ClassData) -> tuple[Row, ...]:
    """Nodes on which the checks could not say right or wrong."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for marks in data.students:
        for mark in marks.exercises:
            for node in mark.nodes:
                said = UNDECIDED.get(Verdict(node.verdict)) if not node.waived else None
                if said:
                    found.setdefault((mark.id, node.name, said), []).append(marks.student.pseudonym)
    return _rows(found)


def provisional(data: ClassData) -> tuple[Row, ...]:
    """Exercises of which a person still has to mark a part."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for marks in data.students:
        for mark in marks.exercises:
            if mark.provisional:
                found.setdefault((mark.id, "", "waits for a person's mark"), []).append(
                    marks.student.pseudonym
                )
    return _rows(found)


def _rows(found: Mapping[tuple[str, str, str], list[str]]) -> tuple[Row, ...]:
    rows = [Row(*key, tuple(dict.fromkeys(students))) for key, students in found.items()]
    return tuple(sorted(rows, key=lambda row: (-len(row.students), row.where, row.node, row.said)))
