"""Text that UTF-8 cannot write, and signs that end a string elsewhere: safe in every place that it gets to."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from grader.assignment import Assignment
from grader.class_report.data import ClassData
from grader.class_report.page import class_page
from grader.class_report.students import Shown, write_student
from grader.export.marks_csv import marks_csv
from grader.export.marks_jsonl import marks_jsonl
from grader.findings import Finding, Verdict
from grader.gradebook import Gradebook
from grader.gradebook.content import assignment_info, assignment_text
from grader.gradebook.summary import read_summary, summary_text
from grader.report.report import Diagnosis, ExerciseReport, Hint, NodeReport, Reader, Standing, Status
from tests.class_report.classes import Student, made
from tests.report.samples import report

STRANGE = ("\ud800", "\udfff\ud800", "a\0b", "\0", "\ud83d", "x\udc80y\0")


def exercise(text: str) -> ExerciseReport:
    """An exercise of which every text is this."""
    node = NodeReport(text, Verdict.FAIL, Standing.ORIGIN, 0.0, 0.0, 2.0, text, text, message=text)
    return ExerciseReport(
        id=text, title=text, kind="layer", status=Status.GRADED, score=1.0, strict_score=1.0, max_score=3.0,
        nodes=(node, replace(node, name="db" + text, verdict=Verdict.PASS, points=1.0, max_points=1.0)),
        findings=(Finding(text, Verdict.FAIL, text, text, where=text),),
        diagnoses=(Diagnosis(text, text, text, text),),
        reason=text, conventions=(text,), hints=(Hint(1, text, text),), example=(text,), output=text,
        example_code=text,
    )  # fmt: skip


def plain(text: str) -> bool:
    """Whether a file in UTF-8 can hold it, and nothing in it ends a string or hides."""
    text.encode()
    return "\0" not in text


@pytest.mark.parametrize("text", STRANGE)
def test_the_summary_has_the_same_names_as_the_report_and_can_be_written(text):
    from grader.report.schema import as_json

    made_of = exercise(text)
    said = summary_text(report(made_of))
    with closing(sqlite3.connect(":memory:")) as book:
        assert book.execute("SELECT ?", (said,)).fetchone()[0] == said
    (mark,) = read_summary(said)
    (same,) = as_json(report(made_of))["exercises"]
    assert (mark.id, mark.reason) == (same["id"], same["reason"])
    assert [node.name for node in mark.nodes] == [node["name"] for node in same["nodes"]]
    assert [(m.id, m.title, m.node) for m in mark.mistakes] == [
        (d["id"], d["title"], d["node"]) for d in same["diagnoses"]
    ]


@pytest.mark.parametrize("text", STRANGE)
def test_from_the_gradebook_into_every_file_nothing_breaks_and_nobody_loses_points(tmp_path, text):
    wrong = exercise(text)
    students = [Student("ada", (wrong,)), Student("bob", trouble=f"cannot be read: {text}")]
    results = made(tmp_path / "results", students, (wrong,), title=text)
    with Gradebook.open(results) as book:
        ada, bob = book.marks()
        assert (ada.score, ada.max_score) == (1.0, 3.0)
        assert [mark.score for mark in ada.exercises] == [1.0]
        assert bob.trouble.startswith("cannot be read")
        page = class_page(ClassData.load(book))
        for reader in Reader:
            written = write_student(book, ada, tmp_path / reader.value, Shown(reader, 3))
            for file in written.folder.iterdir():
                assert plain(file.read_text(encoding="utf-8")), file.name
        table = marks_csv(book.assignment, book.marks(), names=True)
        lines = list(marks_jsonl(book.assignment, book.marks(), names=True))
    assert plain(page)
    assert plain(table)
    rows = list(csv.reader(io.StringIO(table)))
    assert {len(row) for row in rows} == {len(rows[0])}
    for line in lines:
        assert plain(line)
        json.loads(line)


@pytest.mark.parametrize("text", STRANGE)
def test_an_assignment_whose_exercises_have_such_names_is_kept(text):
    class Course:
        title, kind, points = text, text, {"dx": 1.0}

    given = Assignment.from_exercises({text: 1.0}, (text,))
    kept = assignment_text(given, {text: Course()})
    with closing(sqlite3.connect(":memory:")) as book:
        assert book.execute("SELECT ?", (kept,)).fetchone()[0] == kept
    assert assignment_info(kept).exercises[0].max_score == 1.0
