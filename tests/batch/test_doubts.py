"""Work that was graded and should be looked at all the same: who, what was graded, and why, in every place."""

from __future__ import annotations

import os
import sys

import pytest

from grader.gradebook import Gradebook, State
from tests.batch.classes import notebook
from tests.batch.shared import RIGHT, WRONG, assignment, chainmark

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


@pytest.fixture
def folder(tmp_path):
    """ada and fay have two notebooks, bob's is cut off, eve's cell is no Python; cy and di did as they should.

    The times of fay's files say nothing.
    """
    for name, text in {
        "ada/week3_final.ipynb": notebook([RIGHT], line="1"),
        "ada/week3_v1.ipynb": notebook([WRONG], line="2"),
        "fay/week3_final.ipynb": notebook([RIGHT], line="7"),
        "fay/week3_v1.ipynb": notebook([WRONG], line="8"),
        "bob.ipynb": notebook([RIGHT, "y = 1"], line="3")[:-200],
        "cy.ipynb": notebook([RIGHT, RIGHT], line="4"),
        "eve.ipynb": notebook([RIGHT.replace("ward(", "ward((")], line="6"),
        "di/hw.ipynb": notebook([RIGHT], line="5"),
        "di/helper.py": "def helper(x):\n    return x\n",
    }.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(text)
    os.utime(tmp_path / "in/ada/week3_v1.ipynb", (1.79e9, 1.79e9))
    assignment(tmp_path)
    return tmp_path


def grade(folder, *more):
    code, out, err = chainmark(
        "grade", folder / "assignment.toml", folder / "in", "--out", folder / "out", *more
    )
    assert code == 3, err
    return out + err


ADA = (
    "ada: week3_final.ipynb and week3_v1.ipynb define the same functions; graded was week3_final.ipynb, the newer "
    "one by the times of the files"
)
FAY = (
    "fay: week3_final.ipynb and week3_v1.ipynb define the same functions in different ways, and nothing says"
)


@pytest.mark.parametrize("more", [(), ("--verbose",)])
def test_grade_says_whose_work_to_look_at_and_what_was_graded(folder, more):
    said = grade(folder, *more)
    lines = [line for line in said.splitlines() if line.startswith("graded, but look at it: ")]
    assert len(lines) == 3, "nobody else"
    assert any(ADA in line for line in lines)
    assert any("bob: submission.ipynb is cut off or damaged" in line for line in lines)
    assert any("eve: relu: relu_" in line and "cannot be read: cell 2, line" in line for line in lines)
    assert f"could not be graded: {FAY} which is newer: leave the one that counts" in said
    assert "graded, but" not in grade(folder, "--regrade", "--quiet")


def test_two_notebooks_wait_for_a_person_until_one_is_left_and_the_newest_counts(folder):
    grade(folder)
    with Gradebook.open(folder / "out") as book:
        rows = {row.student.id: row for row in book.marks()}
    assert rows["ada"].score == rows["ada"].max_score
    assert (rows["fay"].state, rows["fay"].score) == (State.UNGRADED, None)
    (folder / "in/fay/week3_v1.ipynb").unlink()
    assert (
        "fay" not in chainmark("grade", folder / "assignment.toml", folder / "in", "--out", folder / "out")[2]
    )
    with Gradebook.open(folder / "out") as book:
        rows = {row.student.id: row for row in book.marks()}
    assert rows["fay"].score == rows["fay"].max_score


def test_other_times_of_the_same_files_are_graded_anew(folder):
    grade(folder)
    os.utime(folder / "in/ada/week3_v1.ipynb", (1.9e9, 1.9e9))
    grade(folder)
    with Gradebook.open(folder / "out") as book:
        rows = {row.student.id: row for row in book.marks()}
    assert rows["ada"].score < rows["ada"].max_score


def test_the_class_report_lists_it_with_what_waits_for_a_person(folder):
    grade(folder)
    grade(folder)  # also when nothing was graded anew
    with Gradebook.open(folder / "out") as book:
        doubts = {row.student.id: len(row.doubts) for row in book.marks()}
        assert [row.outcome.value for row in book.history(book.person("ada").pseudonym)] == ["graded"]
    assert doubts == {"ada": 1, "bob": 1, "cy": 0, "di": 0, "eve": 1, "fay": 0}
    assert chainmark("report", folder / "out", "--class-only")[0] == 0
    page = (folder / "out" / "report" / "class.html").read_text(encoding="utf-8")
    assert "Graded, but look at what was handed in" in page
    assert "graded was week3_final.ipynb, the newer one" in page
    assert "Everything that was handed in has been graded." not in page
