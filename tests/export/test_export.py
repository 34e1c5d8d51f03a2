"""Marks as CSV and JSON Lines: complete, readable by other programs, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.export.cells import STARTS, cell
from tests.class_report.classes import DUE, Student, made, wrong_affine
from tests.report.samples import HOSTILE, all_right, not_started, written

WRONG, _ = wrong_affine()
ESSAY = written()


def run(*arguments):
    result = CliRunner().invoke(main, ["export", *map(str, arguments)], prog_name="chainmark")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def results(tmp_path):
    relu = not_started("relu", 3.0)
    students = [
        Student("ada", (WRONG, relu, ESSAY), "Ada", "Monday", received=DUE + timedelta(hours=25)),
        Student("bo", (WRONG, all_right("relu", 3.0), ESSAY), "Bo"),
        Student("cy", (), "Cy"),
        Student("di", (), "Di", trouble="submission: cannot be read"),
    ]
    return made(tmp_path / "results", students, (WRONG, relu, ESSAY), late={"percent_a_day": 10.0})


def test_the_csv_has_a_row_a_student_and_a_column_an_exercise(results):
    code, out, _ = run(results)
    assert (code, out) == (0, f"wrote {results / 'marks.csv'}: 4 students\n")
    text = (results / "marks.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == (
        "student,status,score,max_score,affine,relu,why_gradients_add,"
        "adjustment,raw_score,strict_score,late_percent,kept,name,email,section"
    )
    found = {row["student"]: row for row in rows(text)}
    assert list(found) == ["ada", "bo", "cy", "di"]
    ada, bo = found["ada"], found["bo"]
    assert (ada["name"], ada["section"]) == ("Ada", "Monday")
    assert (ada["score"], ada["raw_score"], ada["late_percent"]) == ("4", "5", "20")
    assert (ada["affine"], ada["relu"], ada["why_gradients_add"]) == ("5", "0", "")
    assert (bo["score"], bo["max_score"], bo["relu"], bo["status"]) == ("8", "13", "3", "provisional")


def test_no_mark_is_an_empty_cell_and_never_a_zero(results):
    run(results)
    found = {row["student"]: row for row in rows((results / "marks.csv").read_text())}
    assert (found["cy"]["status"], found["cy"]["score"], found["cy"]["affine"]) == ("not submitted", "", "")
    assert (found["di"]["status"], found["di"]["score"]) == ("could not be graded", "")


def test_json_lines_have_everything_and_each_line_stands_alone(results):
    assert run(results, "--format", "jsonl")[0] == 0
    lines = (results / "marks.jsonl").read_text(encoding="ascii").splitlines()
    found = {line["student"]: line for line in map(json.loads, lines)}
    assert all(line["schema"] == "chainmark/marks/1" for line in found.values())
    ada = found["ada"]
    assert (ada["name"], ada["section"], ada["score"], ada["raw_score"]) == ("Ada", "Monday", 4.0, 5.0)
    assert ada["late"]["seconds"] == 25 * 3600
    assert [node["name"] for node in ada["exercises"]["affine"]["nodes"]] == ["out", "dx", "dw", "db"]
    assert ada["exercises"]["affine"]["mistakes"][0]["id"] == "missing-transpose"
    assert found["cy"]["score"] is None
    assert found["di"]["trouble"] == "submission: cannot be read"


def test_json_lines_have_the_numbers_that_the_csv_has(tmp_path):
    """5 less 7 % is 4.6499999999999995 in binary."""
    student = Student("ada", (WRONG,), received=DUE + timedelta(hours=1))
    results = made(tmp_path / "results", [student], (WRONG,), late={"percent_a_day": 7.0})
    assert '"score": 4.65,' in run(results, "--format", "jsonl", "--out", "-")[1]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_without_names_nothing_says_who_anybody_is(results, form):
    code, out, _ = run(results, "--format", form, "--no-names", "--out", "-")
    assert code == 0
    assert not any(name in out for name in ("ada", "Ada", "Bo", '"bo"', "Cy", "Di"))
    found = [line.split(",")[0] for line in out.splitlines()[1:]] if form == "csv" else out.splitlines()
    assert len(found) >= 3
    if form == "csv":
        assert found == sorted(found), "the order of ids would tell"


@pytest.mark.parametrize("start", sorted(STARTS))
def test_what_a_spreadsheet_would_compute_is_text_to_it(start):
    assert cell(f"{start}1+cmd|' /C calc'!A0")[0] == "'"
    if not start.isspace():
        assert cell(f" {start}1")[0] == "'", "some programs skip blanks first"


@pytest.mark.parametrize("plain", ["ada", "s1042", "ada@x.org", "O'Brien", "小明", "a=b", "1-2", ""])
def test_what_opens_no_formula_is_left_as_it_is(plain):
    assert cell(plain) == plain


def test_hostile_ids_stay_in_their_cell(tmp_path):
    strange = [
        '=HYPERLINK("http://x","y")',
        "+1",
        "@SUM(A1)",
        "-2+3",
        "\t=1",
        'a","b',
        "two\nlines",
        HOSTILE[:-20].replace("\ud800", ""),
    ]
    students = [Student(name, (WRONG,), sha256=f"{n:064x}") for n, name in enumerate(strange)]
    results = made(tmp_path / "results", students, (WRONG,))
    run(results)
    text = (results / "marks.csv").read_text(encoding="utf-8")
    found = rows(text)
    assert len(found) == len(strange)
    assert len(text.splitlines()) == len(strange) + 1
    assert all(row["student"][:1] not in STARTS for row in found)
    assert all(row["score"] == "5" for row in found)
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no results folder"),
        (["--format", "xlsx"], "xlsx"),
        (["--out", "/dev/null/x"], "cannot write"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(results, arguments, said):
    given = arguments if arguments[0] == "nowhere" else [results, *arguments]
    code, out, err = run(*given)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
