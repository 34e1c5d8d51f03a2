"""What is published, and what becomes of marks afterwards: absent students, waivers, names that two share."""

from __future__ import annotations

import csv
import io
import sys

import pytest

from grader.class_report.data import ClassData
from grader.class_report.progress import sections
from grader.gradebook import Gradebook, State
from tests.batch.shared import RIGHT, WRONG, chainmark, put
from tests.gradebook.test_decisions import grade, said, scores

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


@pytest.fixture
def folder(tmp_path):
    """ada is right, bob's dx is wrong, cy is on the roster and has handed in nothing."""
    put(tmp_path / "in", ada=RIGHT, bob=WRONG)
    (tmp_path / "class.csv").write_text("student,name\nada,Alex\nbob,Alex\ncy,Cy\n")
    assert grade(tmp_path, "--roster", tmp_path / "class.csv")[0] == 0
    return tmp_path


class TestAbsent:
    def absent(self, folder, who="cy"):
        """What the gradebook, the class report and the CSV say of somebody who handed in nothing."""
        with Gradebook.open(folder / "out") as book:
            alone = book.marks_of(book.person(who).pseudonym)
            (row,) = (row for row in book.marks() if row.student.id == who)
            assert row == alone
            data = ClassData.load(book)
        everybody = sections(data)[0]
        line = next(
            line
            for line in said("export", folder / "out", "--out", "-").splitlines()
            if line.startswith(f"{who},")
        )
        return (
            row.state,
            row.provisional,
            {mark.status for mark in row.exercises},
            row.student.pseudonym in everybody.absent,
            line.split(",")[1],
        )

    NOTHING = (State.NOT_SUBMITTED, False, {"not_started"}, True, "not submitted")

    def test_who_handed_in_nothing_is_absent_before_and_after_a_publication(self, folder):
        """A publication gives everybody a row in the gradebook; a row is no submission."""
        assert self.absent(folder) == self.NOTHING
        said("publish", folder / "out")
        assert self.absent(folder) == self.NOTHING
        assert "nothing has changed since publication 1" in said("diff", folder / "out")
        grade(folder, "--roster", folder / "class.csv", "--regrade")
        assert self.absent(folder) == self.NOTHING
        said("publish", folder / "out", "--raise-only")
        with Gradebook.open(folder / "out") as book:
            cy = book.person("cy").pseudonym
            for each in book.publications():
                published = book.published(each.id)[cy]
                assert (published.state, published.score) == (State.NOT_SUBMITTED, None)

    def test_an_adjustment_that_was_withdrawn_leaves_no_trace_of_a_submission(self, folder):
        out = folder / "out"
        assert "Cy has 1 of" in said("adjust", out, "cy", "--at-least", "1", "--reason", "oral exam")
        assert self.absent(folder)[0] is State.GRADED
        said("adjust", out, "cy", "--undo", "--reason", "for somebody else")
        assert self.absent(folder) == self.NOTHING

    def test_who_comes_later_is_graded_and_changed(self, folder):
        said("publish", folder / "out")
        put(folder / "in", cy=RIGHT)
        grade(folder, "--roster", folder / "class.csv")
        assert self.absent(folder)[0] is State.GRADED
        assert "1 mark differs since publication 1" in said("diff", folder / "out", code=1)


class TestWaivedAfterPublishing:
    @pytest.fixture
    def waived(self, folder):
        """Published, and then half of the points taken out for everybody."""
        out = folder / "out"
        said("publish", out)
        before = scores(folder)
        said("waive", out, "relu", "dx", "--reason", "unclear text")
        after = scores(folder)
        assert after["ada"][1] < before["ada"][1]
        assert before["bob"][0] / before["bob"][1] < after["bob"][0] / after["bob"][1] == 1
        return folder

    def test_waive_says_what_it_does_to_percentages_and_that_full_lowers_nobody(self, folder):
        out = folder / "out"
        put(folder / "in", bob=RIGHT.replace("np.maximum(0, x)", "np.minimum(0, x)"))
        grade(folder)
        with Gradebook.open(out) as book:
            bob = book.marks_of(book.person("bob").pseudonym).exercises[0]
            (right,) = (node.name for node in bob.nodes if node.verdict == "pass")
        told = said("waive", out, "relu", right, "--reason", "unclear text")
        assert "percentages: 0 rise, 1 falls; --full instead lowers nobody" in told
        assert "percentages: 1 rises, 0 fall" in said(
            "waive", out, "relu", right, "--undo", "--reason", "clear"
        )
        told = said("waive", out, "relu", "--full", "--reason", "our fault")
        assert "percentages: 1 rises, 0 fall\n" in told

    def test_the_difference_says_that_there_is_less_to_earn(self, waived):
        lines = said("diff", waived / "out", code=1).splitlines()
        assert "there were 3 points to earn then, 1 now: fewer points need not" in lines[-2]
        assert all(len(line) <= 80 for line in lines)

    def test_raise_only_keeps_the_share_and_nobody_has_more_than_there_is(self, waived):
        said("publish", waived / "out", "--raise-only")
        with Gradebook.open(waived / "out") as book:
            first, second = (book.published(each.id) for each in book.publications())
        for who, now in second.items():
            before = first[who]
            if now.score is None:
                continue
            assert before.score / before.max_score <= now.score / now.max_score <= 1
            assert all(points <= now.max_score for points in now.exercises.values())

    def test_raise_only_still_lowers_nobody_who_does_worse(self, waived):
        put(waived / "in", ada=RIGHT.replace("np.maximum(0, x)", "np.minimum(0, x)"))
        grade(waived, "--roster", waived / "class.csv")
        ada = scores(waived)["ada"]
        assert ada[0] < ada[1]
        said("publish", waived / "out", "--raise-only")
        with Gradebook.open(waived / "out") as book:
            now = book.published(2)[book.person("ada").pseudonym]
        assert now.score == now.max_score, "ada had everything when marks were told"

    def test_the_class_report_says_that_there_is_less_to_earn(self, waived):
        assert chainmark("report", waived / "out", "--class-only")[0] == 0
        page = (waived / "out" / "report" / "class.html").read_text(encoding="utf-8")
        assert "There were 3 points to earn then and there are 1 now" in page


class TestOneTruth:
    """After `publish --raise-only` every command says of everybody what was published."""

    def rows(self, folder, *more):
        text = said("export", folder / "out", "--out", "-", *more)
        return {row["student"]: row for row in csv.DictReader(io.StringIO(text))}

    @pytest.fixture
    def raised(self, folder):
        """ada had everything when marks were told, and is wrong now; bob has risen."""
        said("publish", folder / "out")
        put(folder / "in", ada=WRONG, bob=RIGHT)
        grade(folder)
        told = said("publish", folder / "out", "--raise-only")
        assert "3 students; 1 keeps what was published before" in told
        return folder

    def test_export_report_and_publication_agree_and_nothing_differs(self, raised):
        assert "nothing has changed since publication 2" in said("diff", raised / "out")
        now, told = self.rows(raised), self.rows(raised, "--published")
        assert {n: (r["score"], r["relu"]) for n, r in now.items()} == {
            n: (r["score"], r["relu"]) for n, r in told.items()
        }
        assert (now["ada"]["score"], now["ada"]["raw_score"], now["ada"]["kept"]) == ("3", "1", "2")
        with Gradebook.open(raised / "out") as book:
            ada = book.marks_of(book.person("ada").pseudonym)
        assert ada.notes == (
            "raised to 3 points: publication 2 lowers nobody, and so much was published before",
        )
        assert chainmark("report", raised / "out", "--class-only")[0] == 0
        page = (raised / "out" / "report" / "class.html").read_text(encoding="utf-8")
        assert "student keeps what was published before" in page
        assert "adjusted by hand" not in page

    def test_what_was_kept_stays_through_regrades_and_publications_until_it_is_withdrawn(self, raised):
        grade(raised, "--regrade")
        said("publish", raised / "out")
        assert "nothing has changed" in said("diff", raised / "out")
        assert self.rows(raised)["ada"]["score"] == "3"
        said("adjust", raised / "out", "ada", "--add", "0.5", "--reason", "by hand")
        assert self.rows(raised)["ada"]["raw_score"] == "1.5"
        said("adjust", raised / "out", "ada", "--undo", "--reason", "not so")
        assert self.rows(raised)["ada"]["score"] == "3", "the other adjustment was meant"
        said("adjust", raised / "out", "ada", "--undo", "--reason", "told her so")
        assert self.rows(raised)["ada"]["score"] == "1"
        assert "1 lower" in said("diff", raised / "out", code=1)

    def test_points_hold_where_there_is_more_to_earn_and_the_share_where_there_is_less(self, raised):
        with Gradebook.open(raised / "out") as book:
            (right,) = (
                n.name
                for n in book.marks_of(book.person("ada").pseudonym).exercises[0].nodes
                if n.verdict == "pass"
            )
        worth = float(self.rows(raised)["ada"]["raw_score"])
        said("waive", raised / "out", "relu", right, "--reason", "unclear text")
        assert float(self.rows(raised)["ada"]["score"]) == 3 - worth, "all of what can be earned now"
        said("publish", raised / "out", "--raise-only")
        said("waive", raised / "out", "relu", right, "--undo", "--reason", "clear after all")
        said("publish", raised / "out", "--raise-only")
        assert self.rows(raised)["ada"]["score"] == "3", "as told at first, and no more"
        assert "nothing has changed" in said("diff", raised / "out")

    def test_what_was_told_of_fewer_points_is_no_share_of_more(self, folder):
        out = folder / "out"
        with Gradebook.open(out) as book:
            nodes = {n.verdict: n for n in book.marks_of(book.person("bob").pseudonym).exercises[0].nodes}
        said("waive", out, "relu", nodes["fail"].name, "--reason", "unclear text")
        said("publish", out)
        said("waive", out, "relu", nodes["fail"].name, "--undo", "--reason", "clear after all")
        assert "1 of 3" in said("explain", out, "bob")
        before = self.rows(folder)["bob"]["score"]
        assert "keep what" not in said("publish", out, "--raise-only")
        assert self.rows(folder)["bob"]["score"] == before, "1 of 1 does not become 3 of 3"

    def test_columns_add_up(self, raised):
        said("adjust", raised / "out", "bob", "--add", "-0.25", "--reason", "late by agreement")
        for row in self.rows(raised).values():
            if not row["score"]:
                continue
            raw = float(row["relu"]) + float(row["adjustment"])
            assert raw == float(row["raw_score"])
            assert float(row["score"]) == raw * (1 - float(row["late_percent"]) / 100) + float(row["kept"])

    def test_the_published_marks_stay_as_they_were_told(self, raised):
        put(raised / "in", ada=RIGHT, bob=WRONG)
        grade(raised)
        now, told = self.rows(raised), self.rows(raised, "--published")
        assert (now["bob"]["score"], told["bob"]["score"]) == ("1", "3")
        assert told["ada"]["name"] == "Alex"
        assert "leave --format out" in said(
            "export", raised / "out", "--published", "--format", "jsonl", code=2
        )

    def test_nothing_published_is_one_clear_line(self, folder):
        assert "nothing was published yet" in said("export", folder / "out", "--published", code=2)


def test_two_of_one_name_are_told_apart_by_their_ids(folder):
    lines = said("diff", folder / "out", code=1)
    assert "Alex (ada)" in lines
    assert "Alex (bob)" in lines


def test_explain_says_what_was_waived(folder):
    said("waive", folder / "out", "relu", "dx", "--reason", "unclear text")
    text = said("explain", folder / "out", "bob", "relu.dx")
    assert "dx: fail, 0 of 2; waived" in text
    assert "note: dx was waived: unclear text" in text


def test_an_adjustment_of_one_exercise_says_what_it_has_now(folder):
    assert "Alex has 3.5 of 3 points, of these 3.5 of 3 in relu" in said(
        "adjust", folder / "out", "ada", "relu", "--add", "0.5", "--reason", "a shorter proof"
    )


class TestForgottenPages:
    def test_the_pages_in_the_results_folder_go_and_other_files_are_named(self, folder):
        out = folder / "out"
        assert chainmark("report", out)[0] == 0
        said("export", out)
        with Gradebook.open(out) as book:
            mine = out / "report" / "students" / book.person("ada").pseudonym
        assert mine.is_dir()
        told = said("forget", out, "ada")
        assert not mine.exists()
        assert "report/class.html, report/students/folders.csv, marks.csv may still name them" in told
        assert len([p for p in (out / "report" / "students").iterdir() if p.is_dir()]) == 1, "the other stays"

    def test_where_nothing_was_written_nothing_more_is_said(self, folder):
        assert len(said("forget", folder / "out", "ada").splitlines()) == 1

    def test_what_an_assistant_has_changed_is_not_deleted_but_named(self, folder):
        out = folder / "out"
        assert chainmark("report", out)[0] == 0
        with Gradebook.open(out) as book:
            mine = out / "report" / "students" / book.person("ada").pseudonym
        (mine / "report.md").write_text("my remark")
        assert f"report/students/{mine.name} may still name them" in said("forget", out, "ada")
        assert [path.name for path in mine.iterdir()] == ["report.md"]
