"""A `Report` from its JSON: what the gradebook keeps, turned back into what the renderers take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.findings import Finding, Verdict
from grader.report.report import (
    Diagnosis,
    ExerciseReport,
    Hint,
    NodeReport,
    PictureNode,
    Place,
    Reader,
    Report,
    Seed,
    Standing,
    Status,
)


def report_of(data: Mapping[str, Any]) -> Report:
    """The report that `as_json` has made this of, in version 1 too, which did not say whether a diagnosis tells."""
    return Report(
        assignment=data["assignment"]["id"],
        title=data["assignment"]["title"],
        version=data["assignment"]["version"],
        submission=data["submission"]["name"],
        sha256=data["submission"]["sha256"],
        seed=Seed(data["seed"]["kind"], data["seed"]["id"]),
        sandbox=data["sandbox"],
        reader=Reader(data["reader"]),
        exercises=tuple(_exercise(exercise) for exercise in data["exercises"]),
        notes=tuple(_finding(note) for note in data["notes"]),
        versions=tuple(data["versions"].items()),
        student=data["submission"]["student"],
    )


def _exercise(data: Mapping[str, Any]) -> ExerciseReport:
    return ExerciseReport(
        id=data["id"],
        title=data["title"],
        kind=data["kind"],
        status=Status(data["status"]),
        score=data["score"],
        strict_score=data["strict_score"],
        max_score=data["max_score"],
        nodes=tuple(_node(node) for node in data["nodes"]),
        findings=tuple(_finding(finding) for finding in data["findings"]),
        diagnoses=tuple(_diagnosis(d) for d in data["diagnoses"]),
        places=tuple(
            Place(p["name"], p["unit"], p["line"], p["definitions"], p["file"], p["cell"])
            for p in data["places"]
        ),
        conventions=tuple(data["conventions"]),
        hints=tuple(_hint(n, hint) for n, hint in enumerate(data["hints"], 1)),
        hints_left=data["hints_left"],
        example=tuple(data["example"]),
        picture=tuple(_picture(node) for node in data["picture"]),
        picture_note=data["picture_note"],
        slips=data["slips"],
        reason=data["reason"],
        output=data["output"],
        provisional=data["provisional"],
        example_code=data["example_code"],
    )


def _node(data: Mapping[str, Any]) -> NodeReport:
    return NodeReport(
        name=data["name"],
        verdict=Verdict(data["verdict"]),
        standing=Standing(data["status"]),
        points=data["points"],
        strict=data["strict"],
        max_points=data["max_points"],
        label=data["label"],
        message=data["message"],
        **_numbers(data),
    )


def _diagnosis(data: Mapping[str, Any]) -> Diagnosis:
    return Diagnosis(data["id"], data["title"], data["node"], data["evidence"], data.get("tells", True))


def _hint(number: int, data: Any) -> Hint:
    """Up to version 2 hints were texts, all about the first slip."""
    return Hint(number, data) if isinstance(data, str) else Hint(data["degree"], data["text"], data["node"])


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(
        check=data["check"],
        verdict=Verdict(data["verdict"]),
        message=data["message"],
        argument=data["argument"],
        where=data["where"],
        **_numbers(data),
    )


def _numbers(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "case": data["case"],
        "index": None if data["index"] is None else tuple(data["index"]),
        **{name: None if data[name] is None else float(data[name]) for name in ("got", "expected", "bound")},
    }


def _picture(data: Mapping[str, Any]) -> PictureNode:
    return PictureNode(
        data["name"],
        data["symbol"],
        data["leaf"],
        data["value"],
        data["gradient"],
        tuple(data["inputs"]),
        Standing(data["status"]),
        data["shown"],
    )
