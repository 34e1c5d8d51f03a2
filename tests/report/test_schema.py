"""The published JSON: every sample follows the schema, the schema refuses the rest, and no field goes missing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any

import jsonschema
import pytest

from grader.findings import Finding, Verdict
from grader.report.redact import redact
from grader.report.report import (
    SCHEMA,
    Diagnosis,
    ExerciseReport,
    NodeReport,
    PictureNode,
    Place,
    Reader,
    Report,
    Seed,
    Standing,
    Status,
)
from grader.report.schema import as_json, json_schema, json_text
from tests.report.samples import HOSTILE, affine_without_transpose, inconclusive, report, samples, twelve


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def faults(validator: jsonschema.Draft202012Validator, document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


# --- every report follows the schema


@pytest.mark.parametrize("hints", [0, 1, 3, 9])
@pytest.mark.parametrize("reader", Reader)
@pytest.mark.parametrize("name", samples())
def test_every_sample_follows_the_schema_for_every_reader(
    validator: jsonschema.Draft202012Validator, name: str, reader: Reader, hints: int
) -> None:
    written = json_text(redact(samples()[name], reader, hints=hints))
    assert faults(validator, json.loads(written)) == []


def test_the_schema_carries_the_name_that_reports_carry() -> None:
    schema = json_schema()
    assert schema["$id"] == SCHEMA == schema["properties"]["schema"]["const"]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    ("place", "values"),
    [
        (("$defs", "verdict"), Verdict),
        (("$defs", "standing"), Standing),
        (("$defs", "exercise", "properties", "status"), Status),
        (("properties", "reader"), Reader),
    ],
)
def test_the_enums_of_the_schema_are_those_of_the_code(place: tuple[str, ...], values: type[StrEnum]) -> None:
    found: Any = json_schema()
    for key in place:
        found = found[key]
    assert found["enum"] == [value.value for value in values]


def test_every_level_of_the_sandbox_is_allowed() -> None:
    from grader.sandbox.level import Level

    assert json_schema()["properties"]["sandbox"]["enum"] == [*(level.value for level in Level), "none"]


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        for value in schema.values():
            yield from _objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _objects(value)


def test_every_object_is_closed_and_requires_all_its_fields() -> None:
    found = list(_objects(json_schema()))
    assert len(found) == 11
    for each in found:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])


def test_keys_come_in_the_order_of_the_schema() -> None:
    schema, document = json_schema(), as_json(twelve())
    defs = schema["$defs"]
    assert list(document) == list(schema["properties"])
    for exercise in document["exercises"]:
        assert list(exercise) == list(defs["exercise"]["properties"])
        for plural, name in (("nodes", "node"), ("findings", "finding"), ("diagnoses", "diagnosis")):
            assert all(list(each) == list(defs[name]["properties"]) for each in exercise[plural])
        for plural, name in (("places", "place"), ("picture", "pictureNode")):
            assert all(list(each) == list(defs[name]["properties"]) for each in exercise[plural])


# --- the schema refuses wrong documents

Change = Callable[[dict[str, Any]], object]
WRONG: dict[str, Change] = {
    "another schema": lambda d: d.update(schema="chainmark/report/1"),
    "a field too many": lambda d: d.update(extra=1),
    "a field too few": lambda d: d.pop("seed"),
    "no reader": lambda d: d.update(reader="public"),
    "no such exit code": lambda d: d.update(exit_code=2),
    "no such level": lambda d: d.update(sandbox="E"),
    "no such seed": lambda d: d["seed"].update(kind="secret"),
    "a digest that is none": lambda d: d["submission"].update(sha256="abc"),
    "a version that is no text": lambda d: d["versions"].update(numpy=2),
    "a negative score": lambda d: d.update(score=-1),
    "a score that is a text": lambda d: d.update(score="17"),
    "notes that are texts": lambda d: d.update(notes=["syntax error"]),
    "no such status": lambda d: d["exercises"][5].update(status="graded late"),
    "an exercise's field too many": lambda d: d["exercises"][5].update(time=0.1),
    "an exercise's field too few": lambda d: d["exercises"][5].pop("slips"),
    "half a slip": lambda d: d["exercises"][5].update(slips=0.5),
    "hints in one text": lambda d: d["exercises"][5].update(hints="Which entries?"),
    "fewer than no hints": lambda d: d["exercises"][5].update(hints_left=-1),
    "no such verdict": lambda d: d["exercises"][5]["nodes"][1].update(verdict="failed"),
    "no such standing": lambda d: d["exercises"][5]["nodes"][1].update(status="wrong"),
    "a number in words": lambda d: d["exercises"][5]["nodes"][1].update(got="four"),
    "an infinity in other words": lambda d: d["exercises"][5]["nodes"][1].update(got="Infinity"),
    "a negative index": lambda d: d["exercises"][5]["nodes"][1].update(index=[-1, 0]),
    "a node's field too many": lambda d: d["exercises"][5]["nodes"][1].update(standing="origin"),
    "a finding's field too few": lambda d: d["exercises"][5]["findings"][0].pop("where"),
    "a finding's verdict": lambda d: d["exercises"][5]["findings"][0].update(verdict="error"),
    "a note's verdict": lambda d: d["notes"][0].update(verdict="error"),
    "a diagnosis that half tells": lambda d: d["exercises"][5]["diagnoses"][0].update(tells="half"),
    "a diagnosis's field too many": lambda d: d["exercises"][5]["diagnoses"][0].update(sure=True),
    "line 0": lambda d: d["exercises"][5]["places"][0].update(line=0),
    "a cell by its label": lambda d: d["exercises"][5]["places"][0].update(cell="cell 12"),
    "a picture's standing": lambda d: d["exercises"][5]["picture"][0].update(status="✗"),
    "a picture's numbers": lambda d: d["exercises"][5]["picture"][0].update(value=[1, 2]),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_schema_refuses(validator: jsonschema.Draft202012Validator, name: str) -> None:
    document = as_json(twelve())
    assert document["exercises"][5]["id"] == "affine"
    assert faults(validator, document) == []
    WRONG[name](document)
    assert faults(validator, document) != []


@pytest.mark.parametrize("reader", [Reader.PRACTICE, Reader.CLOSED])
def test_the_schema_refuses_output_for_students(
    validator: jsonschema.Draft202012Validator, reader: Reader
) -> None:
    document = as_json(redact(twelve(), reader, hints=9))
    document["exercises"][5]["output"] = "printed"
    assert faults(validator, document) != []


@pytest.mark.parametrize("exercise", ["exp_gate", "sigmoid_circuit", "circuits_by_hand"])
@pytest.mark.parametrize("field", ["expected", "bound"])
def test_the_schema_refuses_answers_in_practice(
    validator: jsonschema.Draft202012Validator, exercise: str, field: str
) -> None:
    document = as_json(redact(twelve(), Reader.PRACTICE, hints=9))
    (found,) = (each for each in document["exercises"] if each["id"] == exercise)
    assert faults(validator, document) == []
    hiding = [found["nodes"][1], *(found["findings"] if exercise == "circuits_by_hand" else [])]
    for place in hiding:
        assert place[field] is None
        place[field] = 0.19661193324148188
        assert faults(validator, document) != []
        place[field] = None


@pytest.mark.parametrize("field", [f.name for f in fields(Report) if f.name != "versions"])
def test_no_field_of_a_report_may_be_missing(validator: jsonschema.Draft202012Validator, field: str) -> None:
    """Whatever stands for it in JSON, taking that away is refused."""
    (path,) = FIELDS["Report"][field]
    document = as_json(twelve())
    *parents, last = path.split(".")
    holder = document
    for parent in parents:
        holder = holder[parent]
    del holder[last]
    assert faults(validator, document) != []


# --- every field of the data types is in JSON

FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "Report": {
        "assignment": ("assignment.id",),
        "title": ("assignment.title",),
        "version": ("assignment.version",),
        "submission": ("submission.name",),
        "student": ("submission.student",),
        "sha256": ("submission.sha256",),
        **{n: (n,) for n in ("seed", "sandbox", "reader", "exercises", "notes", "versions")},
    },
    "NodeReport": {"standing": ("status",)},
    "PictureNode": {"standing": ("status",)},
}
"""Where a field stands in JSON, unless it has its own name there."""

DERIVED = {
    "Report": {"schema", "score", "strict_score", "max_score", "provisional", "exit_code"},
    "ExerciseReport": {"passed"},
}
"""What JSON has besides the fields: properties of the data types."""

PLACES: dict[type, Callable[[dict[str, Any]], dict[str, Any]]] = {
    Report: lambda d: d,
    Seed: lambda d: d["seed"],
    ExerciseReport: lambda d: d["exercises"][5],
    NodeReport: lambda d: d["exercises"][5]["nodes"][1],
    Finding: lambda d: d["exercises"][5]["findings"][0],
    Diagnosis: lambda d: d["exercises"][5]["diagnoses"][0],
    Place: lambda d: d["exercises"][5]["places"][0],
    PictureNode: lambda d: d["exercises"][5]["picture"][0],
}


@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.__name__)
def test_every_field_is_in_json(kind: type) -> None:
    document = PLACES[kind](as_json(twelve()))
    found = {key for key, value in document.items() if key not in ("assignment", "submission")}
    if kind is Report:
        found |= {f"{key}.{inner}" for key in ("assignment", "submission") for inner in document[key]}
    names = FIELDS.get(kind.__name__, {})
    expected = {path for field in fields(kind) for path in names.get(field.name, (field.name,))}
    assert found == expected | DERIVED.get(kind.__name__, set())


def test_json_says_what_the_report_says() -> None:
    document = as_json(twelve())
    affine = document["exercises"][5]
    dx = affine["nodes"][1]
    assert (dx["name"], dx["verdict"], dx["status"], dx["case"]) == ("dx", "fail", "origin", "square, size 2")
    assert (dx["index"], dx["got"], dx["expected"]) == ([0, 0], 12.7874, -12.4194)
    assert (dx["points"], dx["strict"], dx["max_points"]) == (0.0, 0.0, 1.0)
    assert affine["findings"][0]["where"] == "cell 12, line 4"
    assert affine["places"][1] == {
        "name": "affine_backward",
        "unit": "cell 12",
        "line": 1,
        "definitions": 2,
        "file": "hw1.ipynb",
        "cell": 11,
    }
    assert (document["score"], document["max_score"], document["exit_code"]) == (36.0, 51.0, 3)
    assert document["versions"] == {"chainmark": "0.1.0", "python": "3.11.7", "numpy": "2.4.6"}


# --- numbers and texts that JSON finds hard


def test_nan_and_infinity_are_written_as_words() -> None:
    out, dx = as_json(report(inconclusive()))["exercises"][0]["nodes"]
    assert (out["got"], out["expected"], out["bound"]) == ("nan", "-inf", "inf")
    assert (dx["got"], dx["index"]) == (None, None)


def test_numbers_of_numpy_and_negative_zeros_become_plain() -> None:
    import numpy as np

    exercise = affine_without_transpose()
    node = replace(exercise.nodes[1], got=np.float32(0.5), expected=-0.0, index=(np.int64(3),))  # type: ignore[arg-type]
    written = as_json(report(replace(exercise, nodes=(node,))))["exercises"][0]["nodes"][0]
    assert type(written["got"]) is float
    assert math.copysign(1, written["expected"]) == 1
    assert type(written["index"][0]) is int


def test_points_that_are_not_finite_are_never_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json_text(report(replace(affine_without_transpose(), score=math.nan)))


@pytest.mark.parametrize("ascii_only", [False, True])
def test_printed_json_holds_nothing_that_a_terminal_would_act_on(ascii_only: bool) -> None:
    written = json_text(samples()["hostile"], ascii_only=ascii_only)
    assert all(line.isprintable() for line in written.split("\n"))
    assert written.isascii() or not ascii_only
    written.encode("utf-8")
    read = json.loads(written)
    assert read["submission"]["name"] == HOSTILE.replace("\ud800", "\ufffd")


def test_what_can_be_seen_stays_readable() -> None:
    beyond = "∂f/∂x 🙂 naïve \U000e0001"  # the last one is a tag, outside the first 65,536 and invisible
    written = json_text(report(title=beyond))
    assert "∂f/∂x 🙂 naïve \\udb40\\udc01" in written
    assert json.loads(written)["assignment"]["title"] == beyond


def test_the_same_report_gives_the_same_bytes() -> None:
    assert json_text(twelve()) == json_text(twelve())
