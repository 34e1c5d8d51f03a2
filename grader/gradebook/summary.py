"""What of a report is kept beside it, small: marks by exercise and node, and the names of mistakes.

A class of thousands is shown from these, without unpacking thousands of reports.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.gradebook.rows import ExerciseMark, Mistake, NodeMark
from grader.report.report import ExerciseReport, Report
from grader.report.schema import whole


def summary_text(report: Report, doubts: Sequence[str] = ()) -> str:
    """The summary as JSON, with the same names as the report's own JSON has: text that SQLite takes.

    `doubts` say what of a submission a person should look at although it was graded.
    """
    content: Any = [_exercise(e) for e in report.exercises]
    if doubts:
        content = {"exercises": content, "doubts": [whole(doubt) for doubt in doubts]}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _exercise(exercise: ExerciseReport) -> dict[str, Any]:
    return {
        "id": whole(exercise.id),
        "status": exercise.status.value,
        "score": float(exercise.score),
        "strict": float(exercise.strict_score),
        "max": float(exercise.max_score),
        "provisional": exercise.provisional,
        "slips": exercise.slips,
        "nodes": [
            [
                whole(n.name),
                n.verdict.value,
                n.standing.value,
                *map(float, (n.points, n.strict, n.max_points)),
            ]
            for n in exercise.nodes
        ],
        "mistakes": [[whole(d.id), whole(d.title), whole(d.node)] for d in exercise.diagnoses],
        "reason": whole(exercise.reason),
    }


def read_summary(text: str) -> tuple[ExerciseMark, ...]:
    """The marks as they were graded."""
    content = json.loads(text)
    found: Sequence[dict[str, Any]] = content["exercises"] if isinstance(content, dict) else content
    return tuple(
        ExerciseMark(
            id=e["id"],
            status=e["status"],
            score=None if e["status"] == "ungraded" else e["score"],
            strict_score=None if e["status"] == "ungraded" else e["strict"],
            max_score=e["max"],
            provisional=e["provisional"],
            slips=e["slips"],
            nodes=tuple(NodeMark(*node) for node in e["nodes"]),
            mistakes=tuple(Mistake(*mistake) for mistake in e["mistakes"]),
            reason=e["reason"],
        )
        for e in found
    )


def read_doubts(text: str) -> tuple[str, ...]:
    """What a person should look at in work that was graded."""
    content = json.loads(text)
    return tuple(content["doubts"]) if isinstance(content, dict) else ()
