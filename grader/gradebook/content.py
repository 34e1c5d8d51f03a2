"""The assignment as the gradebook keeps it, and the packed blobs: to JSON and back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from grader.assignment import Assignment, LateRule
from grader.assignment.types import HINT_DEGREES
from grader.exercise import Exercise
from grader.gradebook.rows import AssignmentInfo, ExerciseInfo
from grader.gradebook.store import time_of
from grader.report.report import Reader
from grader.report.schema import whole
from grader.submission import Unit

LEVEL = 6
"""Of zlib: a report of 60 kB becomes 6 in about a millisecond."""


def assignment_text(assignment: Assignment, exercises: Mapping[str, Exercise]) -> str:
    """What of an assignment the marks and the reports depend on, as JSON."""
    content: dict[str, Any] = {
        "id": assignment.id,
        "title": assignment.title,
        "version": assignment.version,
        "reader": assignment.reader.value,
        "hints_after_closing": assignment.hints_after_closing,
        "due": assignment.due.isoformat() if assignment.due else None,
        "late": {
            "percent_a_day": assignment.late.percent_a_day,
            "grace_minutes": assignment.late.grace_minutes,
            "at_most_percent": assignment.late.at_most_percent,
            "closes_after_days": assignment.late.closes_after_days,
        },
        "exercises": [
            {
                "id": entry.id,
                "title": exercises[entry.id].title,
                "kind": exercises[entry.id].kind,
                "max_score": entry.points,
                "nodes": entry.marks(exercises[entry.id].points),
                "hints": entry.hints,
            }
            for entry in assignment.exercises
        ],
    }
    return whole(json.dumps(content, ensure_ascii=False, sort_keys=True))


def assignment_info(text: str) -> AssignmentInfo:
    """The assignment that `assignment_text` has written."""
    data = json.loads(text)
    exercises = tuple(
        ExerciseInfo(e["id"], e["title"], e["kind"], e["max_score"], e["nodes"], e.get("hints", 1))
        for e in data["exercises"]
    )
    return AssignmentInfo(
        data["id"],
        data["title"],
        data["version"],
        time_of(data["due"]),
        exercises,
        LateRule(**data["late"]),
        Reader(data.get("reader", Reader.PRACTICE)),
        data.get("hints_after_closing", HINT_DEGREES[-1]),
    )


def pack(text: str) -> bytes:
    """Compressed."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), LEVEL)


def unpack(blob: bytes) -> str:
    """What `pack` was given."""
    return zlib.decompress(blob).decode("utf-8", "surrogatepass")


def pack_units(units: Iterable[Unit]) -> bytes:
    """A submission's source."""
    return pack(json.dumps([[u.label, u.source, u.file, u.cell, u.module] for u in units], ensure_ascii=True))


def unpack_units(blob: bytes) -> tuple[Unit, ...]:
    """What `pack_units` was given."""
    return tuple(Unit(*fields) for fields in json.loads(unpack(blob)))
