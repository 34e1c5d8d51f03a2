"""`marks.jsonl`: a line a student, with every exercise and node."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from grader.export.marks_csv import status
from grader.gradebook import AssignmentInfo, ExerciseMark, StudentMarks

SCHEMA = "chainmark/marks/1"


def marks_jsonl(
    assignment: AssignmentInfo, students: Iterable[StudentMarks], *, names: bool = True
) -> Iterator[str]:
    """The lines, each with its end, in ASCII. Without `names`, nothing in them says who anybody is."""
    for marks in students:
        yield json.dumps(_line(assignment, marks, names=names), ensure_ascii=True, allow_nan=False) + "\n"


def _line(assignment: AssignmentInfo, marks: StudentMarks, *, names: bool) -> dict[str, Any]:
    person, late = marks.student, marks.lateness
    who: dict[str, Any] = {"student": person.id if names else person.pseudonym}
    if names:
        who |= {
            "pseudonym": person.pseudonym,
            "name": person.name,
            "email": person.email,
            "group": person.group,
        }
    return {
        "schema": SCHEMA,
        "assignment": {"id": assignment.id, "version": assignment.version},
        **who,
        "section": person.section,
        "status": status(marks),
        "score": _points(marks.penalised),
        "max_score": _points(marks.max_score),
        "raw_score": _points(marks.score),
        "strict_score": _points(marks.strict_score),
        "kept": _points(marks.kept),
        "late": {
            "seconds": late.seconds, "percent": late.percent, "extended": late.extended,
            "marked_late": late.marked_late,
        },
        "received": marks.received.isoformat() if marks.received else None,
        "attempt": marks.attempt,
        "sha256": marks.sha256,
        "trouble": marks.trouble,
        "doubts": list(marks.doubts),
        "notes": list(marks.notes),
        "exercises": {mark.id: _exercise(mark) for mark in marks.exercises},
    }  # fmt: skip


def _points(value: float | None) -> float | None:
    """As `marks.csv` has it: 23.4, not what adding up in binary makes of it."""
    return None if value is None else round(value, 6) + 0.0


def _exercise(mark: ExerciseMark) -> dict[str, Any]:
    return {
        "status": mark.status,
        "score": _points(mark.score),
        "strict_score": _points(mark.strict_score),
        "max_score": _points(mark.max_score),
        "provisional": mark.provisional,
        "slips": mark.slips,
        "nodes": [
            {
                "name": node.name, "verdict": node.verdict, "standing": node.standing, "points": node.points,
                "strict": node.strict, "max_points": node.max_points, "waived": node.waived,
            }
            for node in mark.nodes
        ],
        "mistakes": [{"id": m.id, "title": m.title, "node": m.node} for m in mark.mistakes],
        "notes": list(mark.notes),
        "reason": mark.reason,
    }  # fmt: skip
