"""What `chainmark report` writes for a student is what `chainmark check` shows: one reader, one policy of hints."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from grader.gradebook import Gradebook
from grader.gradebook.content import assignment_info
from grader.gradebook.restore import report_of
from grader.report.redact import redact
from grader.report.report import Reader
from grader.report.schema import as_json
from tests.batch.shared import RIGHT, chainmark, put
from tests.report.samples import all_right, report, samples

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

ZERO = RIGHT.replace("return dout * (cache > 0)", "return np.zeros_like(dout)")
"""A mistake that may be called by its name at once: zeros say nothing about the way to the right number."""
MASKED = RIGHT.replace("return dout * (cache > 0)", "return dout * (dout > 0)")
"""One whose name tells how to mend it."""


def assignment(folder, *, due="2126-11-20", head="", relu=""):
    path = folder / "assignment.toml"
    path.write_text(
        f'[assignment]\nid = "hw1"\ntitle = "T"\nversion = "1"\ndue = {due}T18:00:00+01:00\n{head}\n'
        f'[[exercises]]\nid = "relu"\n{relu}\n[[exercises]]\nid = "sigmoid"\n'
    )
    return path


def shown(folder, monkeypatch, *more):
    """The report that the files of each student are made from."""
    from grader.class_report import students

    seen = {}
    original = students.html

    def html(made):
        seen[made.student] = made
        return original(made)

    monkeypatch.setattr(students, "html", html)
    code, _, err = chainmark("report", folder / "out", "--out", folder / "pages", *more)
    assert code == 0, err
    return seen


def differing(one, other, path=""):
    """The places at which two JSON documents differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [place for key in one for place in differing(one[key], other[key], f"{path}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [place for at, pair in pairs for place in differing(*pair, f"{path}[{at}]")]
    return [] if one == other else [path]


@pytest.mark.parametrize(
    ("head", "relu"),
    [
        ("", ""),
        ("hints = 2", "hints = 3"),
        ('reader = "closed"\nhints_after_closing = 2', ""),
        ("hints = 0\nhints_after_closing = 0", ""),
    ],
)
def test_before_closing_the_report_is_the_one_that_check_shows(tmp_path, monkeypatch, head, relu):
    given = assignment(tmp_path, head=head, relu=relu)
    assert ZERO != RIGHT != MASKED
    put(tmp_path / "in" / "zero", hw1=ZERO)
    put(tmp_path / "in" / "masked", hw1=MASKED)
    assert chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", "-q")[0] == 0
    made = shown(tmp_path, monkeypatch)
    for student in ("zero", "masked"):
        path = tmp_path / "in" / student
        _, out, _ = chainmark("check", path, "--assignment", given, "--student", student, "--json")
        # A folder may bear a student's name, so the gradebook keeps another.
        assert differing(json.loads(out), as_json(made[student])) == [".submission.name"]
    names = {who: one.exercises[0].diagnoses[0].id for who, one in made.items()}
    assert names["zero"], "a name that gives nothing away is told at once"
    assert bool(names["masked"]) == ("3" in relu or "closed" in head)


def test_after_closing_the_assignments_own_hints_are_shown(tmp_path, monkeypatch):
    given = assignment(tmp_path, due="2020-11-20", head="hints = 1\nhints_after_closing = 2")
    put(tmp_path / "in", masked=MASKED)
    assert chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", "-q")[0] == 0
    made = shown(tmp_path, monkeypatch)["masked"]
    assert (made.reader, len(made.exercises[0].hints)) == (Reader.CLOSED, 2)
    asked = shown(tmp_path, monkeypatch, "--reader", "practice", "--hints", "0")["masked"]
    assert (asked.reader, asked.exercises[0].hints) == (Reader.PRACTICE, ())


def test_another_policy_of_hints_writes_the_files_again(tmp_path):
    put(tmp_path / "in", masked=MASKED)
    for degrees, fresh in ((1, "1 student,"), (1, "0 students,"), (2, "1 student,")):
        given = assignment(tmp_path, relu=f"hints = {degrees}")
        assert chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", "-q")[0] == 0
        assert fresh in chainmark("report", tmp_path / "out")[1]


@pytest.mark.parametrize("name", samples())
def test_a_report_from_the_gradebook_is_cut_for_a_reader_as_the_first_one(name):
    """A text that is no text in UTF-8 is mended in JSON, so that the two are compared as JSON."""
    first = samples()[name]
    back = report_of(as_json(first))
    for reader in (Reader.PRACTICE, Reader.CLOSED):
        for hints in (0, 2, 3):
            cut = as_json(redact(back, reader, hints=hints))
            assert cut == as_json(redact(first, reader, hints=hints))


def test_what_was_written_before_there_were_readers_and_hints_is_still_read():
    old = (
        '{"id": "hw1", "title": "T", "version": "1", "due": null, "late": {}, "exercises": '
        '[{"id": "relu", "title": "R", "kind": "layer", "max_score": 2.0, "nodes": {}}]}'
    )
    info = assignment_info(old)
    assert (info.reader, info.degrees(Reader.PRACTICE)) == (Reader.PRACTICE, {"relu": 1})
    assert info.degrees(Reader.CLOSED) == info.hints_after_closing == 9
    exercise = replace(all_right(), diagnoses=())
    document = as_json(report(exercise))
    document["exercises"][0]["diagnoses"] = [{"id": "a", "title": "t", "node": "dx", "evidence": "e"}]
    assert report_of(document).exercises[0].diagnoses[0].tells
    document["exercises"][0]["hints"] = ["gentle", "plain"]
    assert [(hint.degree, hint.text) for hint in report_of(document).exercises[0].hints] == [
        (1, "gentle"),
        (2, "plain"),
    ]


def test_the_gradebook_opens_with_what_the_assignment_says_of_readers(tmp_path):
    given = assignment(tmp_path, head='reader = "closed"\nhints_after_closing = 4', relu="hints = 2")
    put(tmp_path / "in", ada=RIGHT)
    assert chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", "-q")[0] == 0
    with Gradebook.open(tmp_path / "out") as book:
        info = book.assignment
    assert (info.reader, info.hints_after_closing, info.exercises[0].hints) == (Reader.CLOSED, 4, 2)
