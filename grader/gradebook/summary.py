"""What of a report is kept beside it, small: marks by exercise and node, and the names of mistakes.

A class of thousands is shown from these, without unpacking thousands of reports.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.gradebook.rows import ExerciseMark, Mistake, NodeMark
from grader.report.report import ExerciseReport, Report


def summary_text(report: Report) -> str:
    """The summary as JSON."""
    return json.dumps([_exercise(e) for e in report.exercises], ensure_ascii=False, separators=(",", ":"))


def _exercise(exercise: ExerciseReport) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "status": exercise.status.value,
        "score": float(exercise.score),
        "strict": float(exercise.strict_score),
        "max": float(exercise.max_score),
        "provisional": exercise.provisional,
        "slips": exercise.slips,
        "nodes": [
            [n.name, n.verdict.value, n.standing.value, float(n.points), float(n.strict), float(n.max_points)]
            for n in exercise.nodes
        ],
        "mistakes": [[d.id, d.title, d.node] for d in exercise.diagnoses],
        "reason": exercise.reason.encode("utf-8", "replace").decode(),
    }


def read_summary(text: str) -> tuple[ExerciseMark, ...]:
    """The marks as they were graded."""
    found: Sequence[dict[str, Any]] = json.loads(text)
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
