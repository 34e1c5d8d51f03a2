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
from grader.report.report import SCHEMA, Diagnosis, ExerciseReport, NodeReport, PictureNode, Place, Report

LEFT_OUT = {
    "Diagnosis": {"tells": "what it withholds, redaction has taken out already"},
}
"""Fields of the report's data types that JSON does without, by type, and why."""

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
            "id": _text(report.assignment),
            "title": _text(report.title),
            "version": _text(report.version),
        },
        "submission": {
            "name": _text(report.submission),
            "sha256": report.sha256,
            "student": _text(report.student),
        },
        "reader": report.reader.value,
        "seed": {"kind": report.seed.kind, "id": _text(report.seed.id)},
        "sandbox": report.sandbox,
        "versions": {_text(name): _text(version) for name, version in report.versions},
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
        "id": _text(exercise.id),
        "title": _text(exercise.title),
        "kind": exercise.kind,
        "status": exercise.status.value,
        "reason": _text(exercise.reason),
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
        "hints": _texts(exercise.hints),
        "hints_left": exercise.hints_left,
        "example": _texts(exercise.example),
        "example_code": _text(exercise.example_code),
        "picture": [_picture(node) for node in exercise.picture],
        "picture_note": _text(exercise.picture_note),
        "output": _text(exercise.output),
    }


def _node(node: NodeReport) -> dict[str, Any]:
    return {
        "name": _text(node.name),
        "label": _text(node.label),
        "verdict": node.verdict.value,
        "status": node.standing.value,
        "points": float(node.points),
        "strict": float(node.strict),
        "max_points": float(node.max_points),
        **_numbers(node),
        "message": _text(node.message),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": _text(finding.check),
        "verdict": finding.verdict.value,
        "message": _text(finding.message),
        "argument": _text(finding.argument),
        **_numbers(finding),
        "where": _text(finding.where),
    }


def _numbers(item: NodeReport | Finding) -> dict[str, Any]:
    return {
        "case": _text(item.case),
        "index": None if item.index is None else [int(i) for i in item.index],
        "got": _number(item.got),
        "expected": _number(item.expected),
        "bound": _number(item.bound),
    }


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "id": _text(diagnosis.id),
        "title": _text(diagnosis.title),
        "node": _text(diagnosis.node),
        "evidence": _text(diagnosis.evidence),
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "name": _text(place.name),
        "unit": _text(place.unit),
        "line": int(place.line),
        "definitions": int(place.definitions),
        "file": _text(place.file),
        "cell": None if place.cell is None else int(place.cell),
    }


def _picture(node: PictureNode) -> dict[str, Any]:
    return {
        "name": _text(node.name),
        "symbol": _text(node.symbol),
        "leaf": node.leaf,
        "value": _text(node.value),
        "gradient": _text(node.gradient),
        "inputs": _texts(node.inputs),
        "status": node.standing.value,
        "shown": _text(node.shown),
    }


def _texts(texts: tuple[str, ...]) -> list[str]:
    return [_text(text) for text in texts]


def _text(text: str) -> str:
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
