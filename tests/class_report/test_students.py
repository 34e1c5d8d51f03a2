"""Each student's own files: what they say, to whom, and that nothing is written twice or over anybody's work."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from grader.class_report.markdown import report_markdown
from grader.class_report.students import STAMP, closed, write_student
from grader.class_report.students import Shown as For
from grader.cli import main
from grader.gradebook import Gradebook
from grader.report.report import Reader
from tests.class_report.classes import DUE, Student, large, made, wrong_affine
from tests.commands.shared import notebook
from tests.report.samples import HOSTILE, all_right, hostile, report, samples, sigmoid_circuit

WRONG, UNITS = wrong_affine()
PRACTICE, CLOSED = For(Reader.PRACTICE, 1), For(Reader.CLOSED, 9)


def run(*arguments):
    result = CliRunner().invoke(main, [*map(str, arguments)], prog_name="chainmark")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def written(folder: Path, who: str, out: Path, shown=PRACTICE):
    with Gradebook.open(folder) as book:
        return write_student(book, book.marks_of(book.person(who).pseudonym), out, shown)


def unfenced(text: str) -> str:
    """Markdown without its blocks of code, which end at a fence as long as the one that opened them."""
    return re.sub(r"^(`{3,})python\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def results(tmp_path) -> Path:
    circuit = sigmoid_circuit()
    students = [
        Student("ada", (WRONG, circuit), "Ada Lovelace", units=UNITS, received=DUE + timedelta(hours=1)),
        Student("bo", (WRONG, circuit), "Bo"),
        Student("cy", (), "Cy"),
    ]
    return made(tmp_path / "results", students, (WRONG, circuit), late={"percent_a_day": 10.0})


def test_a_student_gets_a_page_a_text_and_the_notebook_with_the_findings(results, tmp_path):
    found = written(results, "ada", tmp_path / "out")
    assert found.fresh
    assert sorted(p.name for p in found.folder.iterdir() if p.name != STAMP) == [
        "hw1.feedback.html", "hw1.feedback.ipynb", "report.html", "report.md",
    ]  # fmt: skip
    book = nbformat.read(found.folder / "hw1.feedback.ipynb", as_version=4)
    nbformat.validate(book)
    sources = [cell.source for cell in book.cells]
    mine = next(n for n, s in enumerate(sources) if "dx = dout @ w" in s and "def affine_backward" in s)
    assert "you return dx" in sources[mine + 1], "below the cell that it is about"


def test_what_a_student_may_not_see_yet_is_in_none_of_the_files(results, tmp_path):
    early = written(results, "ada", tmp_path / "early").folder
    late = written(results, "ada", tmp_path / "late", CLOSED).folder
    for path in early.iterdir():
        assert "transpose" not in path.read_text(encoding="utf-8").replace("missing-transpose", ""), path.name
        assert "0.19661" not in path.read_text(encoding="utf-8"), path.name
    for name in ("report.html", "report.md", "hw1.feedback.ipynb"):
        assert "transpose" in (late / name).read_text(encoding="utf-8"), name


def test_the_mark_that_counts_is_told_where_it_is_another_than_the_reports(results, tmp_path):
    text = (written(results, "ada", tmp_path).folder / "report.md").read_text(encoding="utf-8")
    assert "the mark that counts is 14.4 of 18" in text
    assert "late 1.0 h, -10 %" in text
    other = (written(results, "bo", tmp_path).folder / "report.md").read_text(encoding="utf-8")
    assert "mark that counts" not in other


def test_the_notebook_itself_is_taken_where_it_still_lies_as_it_was_graded(tmp_path):
    handed = tmp_path / "hw1.ipynb"
    notebook(handed, *["pass"] * 10, UNITS[0].source, UNITS[1].source)
    data = json.loads(handed.read_text())
    data["cells"].insert(
        12, {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "My own thoughts"}
    )
    handed.write_text(json.dumps(data))
    from grader.submission import read_submission

    sha256 = read_submission(handed).sha256
    student = Student("ada", (WRONG,), units=UNITS, sha256=sha256, path=str(handed))
    results = made(tmp_path / "results", [student], (WRONG,))
    text = (written(results, "ada", tmp_path / "a").folder / "hw1.feedback.ipynb").read_text()
    assert "My own thoughts" in text
    assert "not at hand" not in text
    handed.write_text(json.dumps(data | {"cells": data["cells"][:12]}))
    text = (written(results, "ada", tmp_path / "b").folder / "hw1.feedback.ipynb").read_text()
    assert "My own thoughts" not in text
    assert "not at hand" in text
    assert "dx = dout @ w" in text


def test_files_that_are_up_to_date_are_left_alone_and_new_work_replaces_them(results, tmp_path):
    first = written(results, "ada", tmp_path)
    before = {p.name: p.stat().st_mtime_ns for p in first.folder.iterdir()}
    assert not written(results, "ada", tmp_path).fresh
    assert {p.name: p.stat().st_mtime_ns for p in first.folder.iterdir()} == before
    (first.folder / "report.md").unlink()
    assert written(results, "ada", tmp_path).fresh, "what is gone is written again"
    assert written(results, "ada", tmp_path, CLOSED).fresh, "for another reader"
    assert len(list(first.folder.glob("*.ipynb"))) == 1


def test_what_an_assistant_wrote_into_a_notebook_is_not_overwritten(results, tmp_path):
    folder = written(results, "ada", tmp_path).folder
    path = folder / "hw1.feedback.ipynb"
    data = json.loads(path.read_text())
    data["cells"].append({"cell_type": "markdown", "id": "ta", "metadata": {}, "source": "See me on Friday"})
    path.write_text(json.dumps(data))
    assert written(results, "ada", tmp_path, CLOSED).fresh
    assert "See me on Friday" in path.read_text()
    assert (folder / "hw1.feedback2.ipynb").is_file()


def test_without_names_the_files_have_the_pseudonym_alone(results, tmp_path):
    folder = written(results, "ada", tmp_path, For(Reader.STAFF, 9, names=False)).folder
    page = (folder / "report.html").read_text()
    assert f"student <bdi>{folder.name}</bdi>" in page
    assert "student <bdi>ada</bdi>" not in page


@pytest.mark.parametrize("name", samples())
def test_markdown_of_any_report_shows_its_strings_and_does_nothing(name):
    text = unfenced(report_markdown(samples()[name]))
    assert not any(tag in text.lower() for tag in ("<script", "<img", "](", "javascript:"))
    assert all(c.isprintable() or c == "\n" for c in text)
    assert "```" not in text


def test_markdown_says_what_the_page_says():
    text = report_markdown(report(WRONG, all_right()))
    assert "8 of 9 points" in text
    assert "| The affine layer | 5 | 6 | ✗ wrong: dx |" in text
    assert "Which entries of w does x" in text


def test_closed_means_that_nobody_may_hand_in_any_more(tmp_path):
    def at(hours: float, *, extension=None, **how) -> bool:
        folder = tmp_path / f"{hours}{extension}{sorted(how)}{how}".replace("/", "")[:100]
        with Gradebook.open(made(folder, [Student("a", extension=extension)], (WRONG,), **how)) as book:
            return closed(book.assignment, book.people, DUE + timedelta(hours=hours))

    assert not at(-1)
    assert at(1)
    assert not at(1, due=None)
    assert not at(1, extension=DUE + timedelta(hours=2))
    assert at(3, extension=DUE + timedelta(hours=2))
    assert not at(30, late={"percent_a_day": 10.0, "closes_after_days": 2})
    assert at(49, late={"percent_a_day": 10.0, "closes_after_days": 2})
    assert not at(9 * 24, late={"percent_a_day": 10.0}), "there is still something to earn"
    assert at(11 * 24, late={"percent_a_day": 10.0})
    assert not at(1000, late={"percent_a_day": 10.0, "at_most_percent": 50.0}), (
        "late work earns half for ever"
    )


def test_the_command_writes_the_class_and_everybody_with_links_that_lead_somewhere(results):
    code, out, err = run("report", results, "--reader", "practice")
    assert (code, err) == (0, "")
    assert "the files of 2 students, 0 up to date (for the reader: practice)" in out
    page = (results / "report" / "class.html").read_text(encoding="utf-8")
    table = json.loads(page.split('id="class-data">')[1].split("</script>")[0])
    links = {row["i"]: row["h"] for row in table["rows"]}
    assert links["cy"] == ""
    cells = {row["i"]: row["e"] for row in table["rows"]}
    assert set(cells["cy"]) == {None}, "who handed nothing in has not failed to start one exercise"
    assert None not in cells["ada"]
    for who in ("ada", "bo"):
        assert (results / "report" / links[who]).is_file()
    assert "the files of 0 students, 2 up to date" in run("report", results, "--reader", "practice")[1]


def test_the_command_writes_one_student_or_the_class_alone(results, tmp_path):
    code, _, _ = run("report", results, "--student", "Ada Lovelace", "--out", tmp_path / "one")
    assert code == 0
    assert not (tmp_path / "one" / "class.html").exists()
    assert len(list((tmp_path / "one" / "students").iterdir())) == 1
    run("report", results, "--class-only", "--no-names", "--out", tmp_path / "class")
    assert [p.name for p in (tmp_path / "class").iterdir()] == ["class.html"]
    assert "Lovelace" not in (tmp_path / "class" / "class.html").read_text()


def test_what_was_written_of_a_forgotten_student_goes_with_the_next_report(results):
    run("report", results)
    with Gradebook.open(results) as book:
        folder = results / "report" / "students" / book.person("ada").pseudonym
    assert folder.is_dir()
    code, _, err = run("forget", results, "ada")
    assert code == 0, err
    run("report", results)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no results folder"),
        (["--student", "adda"], 'did you mean "ada"'),
        (["--student", "cy"], "there is no report on Cy: not submitted"),
        (["--student", "ada", "--class-only"], "leave one out"),
        (["--out", "/dev/null/x"], "cannot write to /dev/null/x"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(results, arguments, said):
    given = arguments if arguments[0] == "nowhere" else [results, *arguments]
    code, out, err = run("report", *given)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_many_students_are_written_by_several_processes(tmp_path):
    """Enough that the work is divided; each has the files that one process would have written."""
    folder = large(tmp_path / "results", 110)
    assert run("report", folder, "--jobs", "2", "--out", tmp_path / "two")[0] == 0
    run("report", folder, "--jobs", "1", "--out", tmp_path / "one")
    names = [
        sorted(str(p.relative_to(tmp_path / out)) for p in (tmp_path / out).rglob("*"))
        for out in ("one", "two")
    ]
    assert names[0] == names[1]
    assert len(names[0]) > 400


def test_hostile_work_has_files_of_its_own_that_hold_it_as_text(tmp_path):
    (exercise,) = hostile().exercises
    student = Student("x", (exercise,), HOSTILE.replace("\ud800", ""), units=UNITS)
    found = written(made(tmp_path / "results", [student], (exercise,)), "x", tmp_path, CLOSED)
    assert "<script>alert" not in (found.folder / "report.html").read_text()
    text = (found.folder / "report.md").read_text()
    assert "<script" not in unfenced(text)
    assert "&#60;script" in text, "shown as text"
