"""A report as JSON, in the published schema `report.schema.json`; FIELDS.md says what each field means.

JSON has no nan and no infinity. Where a student's number or what it was held against may be one, it is written as
the string "nan", "inf" or "-inf"; null means that there is no number. All other numbers are finite.
"""

from __future__ import annotations

import json
import math
import re
from importlib.resources import files
from typing import Any

from grader.findings import Finding
from grader.report.report import (
    SCHEMA,
    Diagnosis,
    ExerciseReport,
    Hint,
    NodeReport,
    PictureNode,
    Place,
    Report,
)

_HALF = re.compile("[\ud800-\udfff]")


def json_schema() -> dict[str, Any]:
    """The published schema, a JSON Schema of draft 2020-12."""
    text = files("grader.report").joinpath("report.schema.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def json_text(report: Report, *, ascii_only: bool = False) -> str:
    """The report as one JSON text, the same bytes for the same report, safe to print.

    Of what is outside ASCII, only what can be seen stands as itself; controls, marks of direction and the like are
    escapes. `ascii_only` escapes everything else too, for an output that is not in UTF-8.
    Raises ValueError if points are not finite.
    """
    text = json.dumps(as_json(report), indent=2, allow_nan=False, ensure_ascii=ascii_only)
    return "\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n"))


def as_json(report: Report) -> dict[str, Any]:
    """The report in plain dictionaries, lists, strings, numbers: what the schema describes, keys in its order."""
    return {
        "schema": SCHEMA,
        "assignment": {
            "id": whole(report.assignment),
            "title": whole(report.title),
            "version": whole(report.version),
        },
        "submission": {
            "name": whole(report.submission),
            "sha256": report.sha256,
            "student": whole(report.student),
        },
        "reader": report.reader.value,
        "seed": {"kind": report.seed.kind, "id": whole(report.seed.id)},
        "sandbox": report.sandbox,
        "versions": {whole(name): whole(version) for name, version in report.versions},
        "score": float(report.score),
        "strict_score": float(report.strict_score),
        "max_score": float(report.max_score),
        "provisional": report.provisional,
        "exit_code": report.exit_code,
        "notes": [_finding(note) for note in report.notes],
        "exercises": [_exercise(exercise) for exercise in report.exercises],
    }


def _exercise(exercise: ExerciseReport) -> dict[str, Any]:
    return {
        "id": whole(exercise.id),
        "title": whole(exercise.title),
        "kind": exercise.kind,
        "status": exercise.status.value,
        "reason": whole(exercise.reason),
        "passed": exercise.passed,
        "provisional": exercise.provisional,
        "score": float(exercise.score),
        "strict_score": float(exercise.strict_score),
        "max_score": float(exercise.max_score),
        "slips": exercise.slips,
        "nodes": [_node(node) for node in exercise.nodes],
        "findings": [_finding(finding) for finding in exercise.findings],
        "diagnoses": [_diagnosis(diagnosis) for diagnosis in exercise.diagnoses],
        "places": [_place(place) for place in exercise.places],
        "conventions": _texts(exercise.conventions),
        "hints": [_hint(hint) for hint in exercise.hints],
        "hints_left": exercise.hints_left,
        "example": _texts(exercise.example),
        "example_code": whole(exercise.example_code),
        "picture": [_picture(node) for node in exercise.picture],
        "picture_note": whole(exercise.picture_note),
        "output": whole(exercise.output),
    }


def _node(node: NodeReport) -> dict[str, Any]:
    return {
        "name": whole(node.name),
        "label": whole(node.label),
        "verdict": node.verdict.value,
        "status": node.standing.value,
        "points": float(node.points),
        "strict": float(node.strict),
        "max_points": float(node.max_points),
        **_numbers(node),
        "message": whole(node.message),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": whole(finding.check),
        "verdict": finding.verdict.value,
        "message": whole(finding.message),
        "argument": whole(finding.argument),
        **_numbers(finding),
        "where": whole(finding.where),
    }


def _numbers(item: NodeReport | Finding) -> dict[str, Any]:
    return {
        "case": whole(item.case),
        "index": None if item.index is None else [int(i) for i in item.index],
        "got": _number(item.got),
        "expected": _number(item.expected),
        "bound": _number(item.bound),
    }


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "id": whole(diagnosis.id),
        "title": whole(diagnosis.title),
        "node": whole(diagnosis.node),
        "evidence": whole(diagnosis.evidence),
        "tells": diagnosis.tells,
    }


def _hint(hint: Hint) -> dict[str, Any]:
    return {"degree": int(hint.degree), "text": whole(hint.text), "node": whole(hint.node)}


def _place(place: Place) -> dict[str, Any]:
    return {
        "name": whole(place.name),
        "unit": whole(place.unit),
        "line": int(place.line),
        "definitions": int(place.definitions),
        "file": whole(place.file),
        "cell": None if place.cell is None else int(place.cell),
    }


def _picture(node: PictureNode) -> dict[str, Any]:
    return {
        "name": whole(node.name),
        "symbol": whole(node.symbol),
        "leaf": node.leaf,
        "value": whole(node.value),
        "gradient": whole(node.gradient),
        "inputs": _texts(node.inputs),
        "status": node.standing.value,
        "shown": whole(node.shown),
    }


def _texts(texts: tuple[str, ...]) -> list[str]:
    return [whole(text) for text in texts]


def whole(text: str) -> str:
    """The text; a lone half of a surrogate pair, which no UTF-8 can hold, as the replacement character."""
    return _HALF.sub("\ufffd", text)


def _number(value: float | None) -> float | str | None:
    """A float that JSON can hold: no negative zero, and a name for what is not finite."""
    if value is None:
        return None
    number = float(value)
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return number + 0.0


def _escaped(line: str) -> str:
    """The line with JSON's escapes for all that cannot be seen, which stands inside strings only."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
