"""FIELDS.md says of every field of a report what the schema says of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import grader.report
from grader.report.schema import json_schema

PAGE = (Path(grader.report.__file__).parent / "FIELDS.md").read_text(encoding="utf-8")


def _documented() -> dict[str, dict[str, tuple[str, str]]]:
    """By section: field -> (type, allowed values), from the page's tables."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    section = ""
    for line in PAGE.splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("| `"):
            name, kind, allowed, meaning = (cell.strip() for cell in line.strip("|").split("|"))
            assert name not in found.get(section, {})
            assert meaning.endswith(".")
            found.setdefault(section, {})[name.strip("`")] = (kind, allowed)
    return found


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    return part


def _described(schema: dict[str, Any], part: dict[str, Any]) -> tuple[str, str]:
    """The page's words for a part of the schema: (type, allowed values)."""
    name = part.get("$ref", "").rpartition("/")[2]
    part = _resolved(schema, part)
    if "properties" in part:
        return name, ""
    if "const" in part:
        return "text", f"`{part['const']}`"
    if "enum" in part:
        kind = "text" if isinstance(part["enum"][0], str) else "whole number"
        return kind, ", ".join(f"`{value}`" for value in part["enum"])
    if "anyOf" in part:
        first, *_, last = part["anyOf"]
        assert last == {"type": "null"}
        if len(part["anyOf"]) == 3:
            return "number, text or null", _described(schema, part["anyOf"][1])[1]
        if first["type"] == "array":
            kind, allowed = _described(schema, first["items"])
            return f"list of {kind}s, or null", allowed
        kind, allowed = _described(schema, first)
        return f"{kind} or null", allowed
    if "pattern" in part:
        assert part["pattern"] == "^([0-9a-f]{64})?$"
        return "text", "64 hexadecimal digits, or empty"
    kind = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return kind[part["type"]], f"{part['minimum']} or more" if "minimum" in part else ""


def _listed(schema: dict[str, Any], part: dict[str, Any], prefix: str = "") -> dict[str, tuple[str, str]]:
    """field -> (type, allowed values) of one object, with the small objects in it."""
    found: dict[str, tuple[str, str]] = {}
    for name, inner in part["properties"].items():
        if inner.get("type") == "array":
            found[f"{prefix}{name}[]"] = _described(schema, inner["items"])
        elif inner.get("type") == "object" and "properties" in inner:
            found |= _listed(schema, inner, f"{prefix}{name}.")
        elif inner.get("type") == "object":
            found[f"{prefix}{name}.*"] = _described(schema, inner["additionalProperties"])
        else:
            found[prefix + name] = _described(schema, inner)
    return found


def test_the_page_lists_the_fields_of_the_schema_with_their_types_and_values() -> None:
    schema = json_schema()
    expected = {"The report": _listed(schema, schema)}
    sections = ("exercise", "node", "finding", "diagnosis", "hint", "place", "pictureNode")
    expected |= {name: _listed(schema, schema["$defs"][name]) for name in sections}
    documented = _documented()
    assert documented == expected
    for section, found in documented.items():
        assert list(found) == list(expected[section])


def test_the_page_names_every_kind_of_exercise() -> None:
    from grader.exercise import kinds
    from grader.exercise.exercise import Exercise

    (row,) = re.findall(r"^\| `kind` \|.*$", PAGE, re.MULTILINE)
    known = {
        each.kind
        for each in vars(kinds).values()
        if isinstance(each, type) and issubclass(each, Exercise) and each.kind
    }
    assert set(re.findall(r"`([^`]+)`", row)) - {"kind"} == known
