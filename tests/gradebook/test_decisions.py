"""The small commands: waive, adjust, written, diff, publish, explain, forget; no regrade undoes what they did."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from grader.gradebook import Gradebook, GradebookError, State
from tests.batch.shared import RIGHT, WRONG, assignment, chainmark, put, start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

WRITTEN = """
[[exercises]]
id = "why_gradients_add"
points = 4
"""


@pytest.fixture
def folder(tmp_path):
    """ada is right, bob's dx is wrong; graded and not yet published."""
    put(tmp_path / "in", ada=RIGHT, bob=WRONG)
    assert grade(tmp_path)[0] == 0
    return tmp_path


def grade(folder, *more):
    given = folder / "assignment.toml"
    given = given if given.exists() else assignment(folder)
    return chainmark("grade", given, folder / "in", "--out", folder / "out", "-q", *more)


def scores(folder):
    with Gradebook.open(folder / "out") as book:
        return {row.student.id: (row.score, row.max_score) for row in book.marks()}


def said(*arguments, code=0):
    found, out, err = chainmark(*arguments)
    assert found == code, (out, err)
    assert len(err.splitlines()) == (code == 2)
    return out + err


class TestWaiveAndAdjust:
    def test_a_waived_node_counts_for_nobody_until_it_counts_again(self, folder):
        before = scores(folder)
        out = folder / "out"
        said("waive", out, "relu", "dx", "--reason", "unclear text")
        after = scores(folder)
        assert after["bob"][0] == after["bob"][1] == after["ada"][0] < before["ada"][0]
        grade(folder, "--regrade")
        assert scores(folder) == after
        for again in (("relu", "dx"), ("relu.dx",)):  # the second is how `explain` has it
            assert "is waived already: unclear text" in said("waive", out, *again, "--reason", "x", code=2)
        said("waive", out, "relu", "dx", "--undo", "--reason", "clear after all")
        assert scores(folder) == before

    @pytest.mark.parametrize("more", [(), ("--full",)])
    def test_a_waiver_makes_nobody_graded_who_handed_nothing_in(self, folder, more):
        (folder / "class.csv").write_text("student\nada\nbob\ncyd\n", encoding="utf-8")
        grade(folder, "--roster", folder / "class.csv")
        said("waive", folder / "out", "relu", *more, "--reason", "typo")
        with Gradebook.open(folder / "out") as book:
            rows = {row.student.id: row for row in book.marks()}
        assert (rows["cyd"].state, rows["cyd"].score, rows["cyd"].penalised) == (
            State.NOT_SUBMITTED,
            None,
            None,
        )
        assert rows["ada"].score is not None
        assert "cyd" not in said("diff", folder / "out", code=1)
        said("adjust", folder / "out", "cyd", "--at-least", "1", "--reason", "told me")
        with Gradebook.open(folder / "out") as book:
            assert {row.student.id: row.score for row in book.marks()}["cyd"] == 1

    def test_adjustments_survive_a_regrade_and_can_be_withdrawn(self, folder):
        before, out = scores(folder), folder / "out"
        assert "bob has" in said("adjust", out, "bob", "relu", "--add", "0.25", "--reason", "by hand")
        said("adjust", out, "bob", "--at-least", "2.5", "--reason", "ill")
        after = scores(folder)
        assert after["bob"][0] == max(before["bob"][0] + 0.25, 2.5)
        grade(folder, "--regrade")
        assert scores(folder) == after
        said("adjust", out, "bob", "relu", "--undo", "--reason", "no")
        said("adjust", out, "bob", "--undo", "--reason", "no")
        assert scores(folder) == before

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("waive", "OUT", "rleu", "--reason", "x"), 'did you mean "relu"?'),
            (("waive", "OUT", "relu", "dy", "--reason", "x"), "dy is no node of relu"),
            (("waive", "OUT", "relu", "--reason", "  "), "--reason is empty"),
            (("waive", "OUT", "relu", "--undo", "--reason", "x"), "relu is not waived"),
            (("adjust", "OUT", "bbo", "--add", "1", "--reason", "x"), 'no student "bbo"'),
            (("adjust", "OUT", "bob", "--reason", "x"), "say one of --add"),
            (("adjust", "OUT", "bob", "--add", "nan", "--reason", "x"), "points must be a number"),
            (("adjust", "OUT", "bob", "--undo", "--reason", "x"), "there is no adjustment"),
            (
                ("explain", "OUT", "bob", "nothing"),
                "no exercise or node nothing; there are relu.out, relu.dx",
            ),
            (("forget", "OUT", "zoe"), 'no student "zoe"'),
            (("publish", "NOWHERE"), "is no results folder"),
            (("diff", "NOWHERE"), "is no results folder"),
        ],
    )
    def test_bad_input_is_one_line_and_changes_nothing(self, folder, arguments, message):
        before = scores(folder)
        places = {"OUT": folder / "out", "NOWHERE": folder / "in"}
        assert message in said(*(places.get(each, each) for each in arguments), code=2)
        assert scores(folder) == before


class TestWritten:
    def test_marks_by_hand_end_what_is_provisional_all_or_none(self, tmp_path):
        path = assignment(tmp_path)
        path.write_text(path.read_text() + WRITTEN)
        put(tmp_path / "in", ada=RIGHT, bob=WRONG)
        assert grade(tmp_path)[0] == 0
        out, marks = tmp_path / "out", tmp_path / "essays.csv"
        assert "2 marks are provisional" in said("publish", out, code=2)
        marks.write_text("student,points,comment\nada,3.5,clear\nbob,9,\n")
        wrong = said("written", out, marks, "--exercise", "why_gradients_add", code=2)
        assert 'line 3: points must be from 0 to 4, got "9"' in wrong
        marks.write_text('student;points;comment\nada;"3,5";clear\nbob;2;\n')
        said("written", out, marks, "--exercise", "why_gradients_add")
        with Gradebook.open(out) as book:
            rows = {row.student.id: row for row in book.marks()}
        assert not any(row.provisional for row in rows.values())
        assert rows["ada"].score == rows["ada"].max_score - 0.5
        said("publish", out)


class TestPublishing:
    def test_the_difference_to_what_was_published_is_shown_before(self, folder):
        out = folder / "out"
        assert "2 marks to be published for the first time" in said("diff", out, code=1)
        said("publish", out)
        assert "nothing has changed since publication 1" in said("diff", out)
        put(folder / "in", ada=WRONG, bob=RIGHT)
        grade(folder)
        changes = {c["student"]: c for c in json.loads(said("diff", out, "--json", code=1))}
        assert changes["bob"]["now"] > changes["bob"]["before"]
        assert changes["ada"]["now"] < changes["ada"]["before"]
        assert set(changes["ada"]["exercises"]) == {"relu"}

    def test_raise_only_lowers_nobody(self, folder):
        out = folder / "out"
        said("publish", out)
        put(folder / "in", ada=WRONG, bob=RIGHT)
        grade(folder)
        said("publish", out, "--raise-only")
        with Gradebook.open(out) as book:
            first, second = (book.published(each.id) for each in book.publications())
            ada, bob = book.person("ada").pseudonym, book.person("bob").pseudonym
        assert second[ada].score == first[ada].score
        assert second[bob].score > first[bob].score


def test_a_page_with_a_persons_mark_waits_for_nobody(folder):
    path = folder / "assignment.toml"
    path.write_text(path.read_text(encoding="utf-8") + WRITTEN, encoding="utf-8")
    put(folder / "in", ada=RIGHT + "\nWHY = 'because paths add'\n")
    grade(folder)
    out = folder / "out"
    (folder / "w.csv").write_text("student,points,comment\nada,3,good\nbob,0,\n")

    def pages(form):
        assert chainmark("report", out)[0] == 0
        with Gradebook.open(out) as book:
            who = book.person("ada").pseudonym
        return (out / "report" / "students" / who / f"report.{form}").read_text(encoding="utf-8")

    assert "a mark is still missing" in pages("html")
    said("written", out, folder / "w.csv", "--exercise", "why_gradients_add")
    page, text = pages("html"), pages("md")
    assert "a mark is still missing" not in page
    assert "by a person: good" in page
    for shown in (page, text):
        assert "a person marks it" not in shown
        assert "to be marked by a person" not in shown
        assert "6 of 7 points" in shown


class TestExplain:
    def test_asked_for_a_node_it_still_shows_the_line_that_raises(self, folder):
        put(folder / "in", bob=RIGHT.replace("dout * (cache > 0)", "dout.no_such_thing"))
        grade(folder)
        whole, node = (said("explain", folder / "out", "bob", *more) for more in ((), ("relu.dx",)))
        line = next(line for line in whole.splitlines() if line.startswith("  runs: "))
        assert "no_such_thing" in line
        assert line in node.splitlines()

    def test_it_shows_evidence_history_and_a_command_that_replays(self, folder):
        out = folder / "out"
        said("adjust", out, "bob", "--add", "0.5", "--reason", "regrade request 7")
        text = said("explain", out, "bob", "relu.dx")
        assert "dx: fail" in text
        assert "regrade request 7" in text
        assert "<- counts" in text
        replay = text.rpartition("replay: ")[2].split()
        with Gradebook.open(out) as book:
            kept = book.report(book.marks_of("bob").report_id)["exercises"][0]["nodes"]
        ran = subprocess.run(
            [sys.executable, "-m", "grader", *replay[1:], "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert json.loads(ran.stdout)["exercises"][0]["nodes"] == kept


class TestForget:
    def test_nothing_of_a_student_is_left_in_any_file(self, folder):
        put(folder / "in", **{"Marie Curie": WRONG + "# radium\n"})
        grade(folder)
        out = folder / "out"
        said("publish", out)
        with Gradebook.open(out) as book:
            pseudonym = book.person("Marie Curie").pseudonym
        said("forget", out, "Marie Curie")
        for path in out.iterdir():
            assert b"Curie" not in path.read_bytes(), path
        with Gradebook.open(out) as book:
            assert "Marie Curie" not in {row.student.id for row in book.marks()}
            assert not book.history(pseudonym)
            assert all(pseudonym not in book.published(each.id) for each in book.publications())
            assert [entry.detail for entry in book.audit_log() if entry.what == "forget"] == [pseudonym]
        code, _, _ = grade(folder)
        assert code == 0
        assert "Marie Curie" not in scores(folder)

    def test_work_that_somebody_else_handed_in_too_stays_theirs(self, folder):
        put(folder / "in", cy=WRONG)
        grade(folder)
        said("forget", folder / "out", "cy")
        with Gradebook.open(folder / "out") as book:
            bob = book.marks_of("bob")
            assert bob.state is State.GRADED
            assert book.sources(bob.sha256)


def test_readers_see_whole_transactions_while_somebody_grades(folder):
    put(folder / "in", **{f"s{i}": RIGHT + f"# {i}\n" for i in range(30)})
    process = start("grade", folder / "assignment.toml", folder / "in", "--out", folder / "out", "-q")
    seen = set()
    while process.poll() is None:
        with Gradebook.open(folder / "out") as book:
            for row in book.marks():
                assert (row.score is None) == (row.report_id is None)
            seen.add(sum(row.report_id is not None for row in book.marks()))
    process.communicate()
    assert max(seen) > 2


def test_a_folder_that_is_none_is_one_line(tmp_path):
    with pytest.raises(GradebookError, match="is no results folder"):
        Gradebook.open(tmp_path)
