"""A run that says less than the one before lowers nobody's marks: the folder remembers, or the run is refused."""

from __future__ import annotations

import sys

import pytest

from grader.gradebook import Gradebook
from tests.batch.shared import ASSIGNMENT, RIGHT, WRONG, assignment, chainmark, put

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


def grade(folder, *more, code=0):
    """Grade folder/in into folder/out: what was said."""
    given = folder / "assignment.toml"
    given = given if given.exists() else assignment(folder)
    found, out, err = chainmark("grade", given, folder / "in", "--out", folder / "out", *more)
    assert found == code, (out, err)
    return out + err


def marks(folder):
    with Gradebook.open(folder / "out") as book:
        return {row.student.id: row for row in book.marks()}


def told(folder, **times):
    """A tree of nbgrader's with a right solution of each student, handed in at these times."""
    for student, time in times.items():
        put(folder / "in/submitted" / student / "hw1", p=RIGHT)
        (folder / "in/submitted" / student / "hw1/timestamp.txt").write_text(time)
    return folder


class TestKeys:
    @pytest.fixture
    def keys(self, tmp_path):
        for name in ("one", "two"):
            (tmp_path / name).write_bytes(name.encode() * 16)
        put(tmp_path / "in", ada=RIGHT, bob=WRONG)
        return tmp_path

    def reports(self, folder):
        return {student: row.report_id for student, row in marks(folder).items()}

    @pytest.mark.parametrize(
        ("first", "then", "said"),
        [
            ("one", "", "add its --key, or --regrade to grade everybody anew on public practice inputs"),
            ("one", "two", "add the right --key, or --regrade"),
            ("", "one", "was graded without a key; leave --key out, or --regrade"),
        ],
    )
    def test_other_inputs_for_everybody_need_to_be_asked_for(self, keys, first, then, said):
        def given(name):
            return ("--key", keys / name) if name else ()

        grade(keys, *given(first))
        before = self.reports(keys)
        line = grade(keys, *given(then), code=2)
        assert said in line
        assert len(line.splitlines()) == 1
        assert self.reports(keys) == before
        assert "2 unchanged" in grade(keys, *given(first)), "it goes on as it was"
        grade(keys, *given(then), "--regrade")
        assert self.reports(keys) != before
        assert "2 unchanged" in grade(keys, *given(then)), "and from then on by the other"

    def test_where_nothing_was_graded_any_key_is_good(self, keys):
        put(keys / "in", ada="", bob="")
        grade(keys, code=3)
        put(keys / "in", ada=RIGHT, bob=RIGHT)
        assert "2 right" in grade(keys, "--key", keys / "one")


class TestRosters:
    @pytest.fixture
    def folder(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT, bob=WRONG)
        (tmp_path / "class.csv").write_text("student,name\nada,Ada\nbob,Bob\ncy,Cy\n")
        grade(tmp_path, "--roster", tmp_path / "class.csv")
        return tmp_path

    def test_the_roster_still_holds_where_none_is_given(self, folder):
        put(folder / "in", s99=RIGHT)
        assert "not on the roster: s99" in grade(folder, code=2)
        assert marks(folder).keys() == {"ada", "bob", "cy"}
        assert "the roster of the last run still holds, 3 students" in grade(folder, "--unknown", "skip")
        assert "s99" not in marks(folder)
        grade(folder, "--unknown", "grade")
        assert "s99" in marks(folder)
        grade(folder, "--unknown", "skip")

    def test_names_are_still_known_and_another_roster_replaces_it(self, folder):
        (folder / "in" / "bob.py").rename(folder / "in" / "Bob.py")
        assert "2 unchanged" in grade(folder)
        (folder / "class.csv").write_text("student\nada\n")
        assert "not on the roster: Bob" in grade(folder, "--roster", folder / "class.csv", code=2)
        grade(folder, "--roster", folder / "class.csv", "--unknown", "skip")
        assert "not on the roster: Bob" in grade(folder, code=2), "now that one holds"

    def test_who_was_forgotten_is_no_stranger(self, folder):
        assert chainmark("forget", folder / "out", "bob")[0] == 0
        assert "1 unchanged, 1 forgotten" in grade(folder)
        assert marks(folder).keys() == {"ada", "cy"}

    def test_a_column_that_is_nearly_one_of_ours_is_refused(self, folder):
        (folder / "class.csv").write_text("student,extension_untill\nada,2026-11-30\nbob,\n")
        said = grade(folder, "--roster", folder / "class.csv", code=2)
        assert 'the column extension_untill is not known; did you mean "extension_until"?' in said
        (folder / "class.csv").write_text("student,username,nickname,major,year\nada,a,b,c,1\nbob,b,b,b,2\n")
        grade(folder, "--roster", folder / "class.csv")


class TestExtensions:
    LATE = "2026-11-22 12:00:00 +01:00"

    @pytest.fixture
    def folder(self, tmp_path):
        told(tmp_path, ada=self.LATE, bob="2026-11-20 12:00:00 +01:00")
        (tmp_path / "x.csv").write_text("student,extension_days\nada,3\n")
        return tmp_path

    def whole(self, folder):
        row = marks(folder)["ada"]
        return row.penalised == row.score

    @pytest.mark.parametrize("roster", ["", "student\nada\nbob\n", "student,extension_until\nada,\nbob,\n"])
    def test_an_extension_from_a_file_holds_until_another_file(self, folder, roster):
        with_roster = ()
        if roster:
            (folder / "r.csv").write_text(roster)
            with_roster = ("--roster", folder / "r.csv")
        grade(folder, *with_roster, "--extensions", folder / "x.csv")
        assert self.whole(folder)
        for more in (with_roster, ()):
            said = grade(folder, *more)
            assert "extensions of the last run still hold, 1 of them" in said
            assert self.whole(folder)
        (folder / "x.csv").write_text("student,extension_days\nbob,3\n")
        said = grade(folder, *with_roster, "--extensions", folder / "x.csv")
        if roster:
            assert "no extension any more, by the files of this run: ada" in said
            assert not self.whole(folder)

    def test_an_empty_cell_of_the_roster_takes_back_what_the_roster_gave(self, folder):
        (folder / "r.csv").write_text("student,extension_until\nada,2026-11-30\nbob,\n")
        grade(folder, "--roster", folder / "r.csv")
        assert self.whole(folder)
        (folder / "r.csv").write_text("student,extension_until\nada,\nbob,\n")
        assert "no extension any more" in grade(folder, "--roster", folder / "r.csv")
        assert not self.whole(folder)

    def test_where_nobody_says_when_work_came_it_is_said(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT, bob=WRONG)
        assert "nothing says when the submissions came, so [late] takes nothing off them" in grade(tmp_path)
        assert chainmark("report", tmp_path / "out", "--class-only")[0] == 0
        page = (tmp_path / "out" / "report" / "class.html").read_text(encoding="utf-8")
        assert "students came: lateness takes nothing off it" in page

    def test_where_nothing_is_taken_off_or_times_are_known_nothing_is_said(self, tmp_path, folder):
        assert "nothing says when" not in grade(folder)
        other = tmp_path / "other"
        put(other / "in", ada=RIGHT)
        assignment(other, ASSIGNMENT.partition("[late]")[0] + '[[exercises]]\nid = "relu"\n')
        assert "nothing says when" not in grade(other)


def test_the_best_attempt_goes_on_counting_and_groups_go_on_holding(tmp_path):
    for number, text in ((1, RIGHT), (2, WRONG)):
        put(tmp_path / f"in/submission_{number}", p=text)
    (tmp_path / "in/submission_metadata.yml").write_text(
        "".join(
            f"submission_{n}:\n  :submitters:\n  - :name: Ada\n    :sid: ada\n"
            f"  :created_at: 2026-11-1{n} 10:00:00 Z\n"
            for n in (1, 2)
        )
    )
    (tmp_path / "g.csv").write_text("group,student\ng,ada\ng,bob\n")
    grade(tmp_path, "--attempts", "best", "--groups", tmp_path / "g.csv")
    assert all(row.score == row.max_score for row in marks(tmp_path).values())
    said = grade(tmp_path)
    assert "the best attempt counts, as in the last run" in said
    assert "the groups of the last run still hold" in said
    assert "4 unchanged" in said, "both attempts of both members"
    assert all(row.score == row.max_score for row in marks(tmp_path).values())
    grade(tmp_path, "--attempts", "latest")
    assert all(row.score < row.max_score for row in marks(tmp_path).values())
