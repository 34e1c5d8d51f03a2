"""Bad input to a whole run: one clear line, exit code 2, and every file as it was, to the byte."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from grader.gradebook import Gradebook
from grader.gradebook.lock import locked
from tests.batch.shared import RIGHT, WRONG, assignment, chainmark, put

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


def everything(folder: Path) -> dict[str, bytes | None]:
    """Each file below a folder with what is in it; None for a folder."""
    return {
        os.fsdecode(os.path.relpath(path, folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def refused(folder: Path, *arguments: object) -> str:
    """The one line with which a command refuses, having touched nothing in the folder."""
    before = everything(folder)
    code, out, err = chainmark(*arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1), (code, out, err)
    after = everything(folder)
    assert after.keys() == before.keys()
    assert [name for name in after if after[name] != before[name]] == []
    return err


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    """ada and bob, graded into out."""
    folder = tmp_path_factory.mktemp("graded")
    put(folder / "in", ada=RIGHT, bob=WRONG)
    code, _, err = chainmark("grade", assignment(folder), folder / "in", "--out", folder / "out", "-q")
    assert code == 0, err
    return folder


@pytest.fixture
def folder(graded_once, tmp_path):
    """A copy of that, to be refused."""
    shutil.copytree(graded_once, tmp_path / "course")
    return tmp_path / "course"


def grade(folder, *more):
    return ("grade", folder / "assignment.toml", folder / "in", "--out", folder / "out", *more)


class TestSubmissions:
    def test_where_there_are_none_it_says_what_was_looked_for(self, folder):
        empty = folder / "empty"
        empty.mkdir()
        (empty / "notes.txt").write_text("not a submission")
        said = refused(folder, "grade", folder / "assignment.toml", empty, "--out", folder / "new")
        assert str(empty) in said
        for system in ("nbgrader", "Gradescope", "Moodle", "Canvas", "GitHub Classroom", ".ipynb"):
            assert system in said
        assert not (folder / "new").exists()

    def test_an_unknown_student_is_named_with_the_nearest_and_the_ways_out(self, folder):
        (folder / "class.csv").write_text("student\nada\nbop\n")
        said = refused(folder, *grade(folder, "--roster", folder / "class.csv"))
        for words in ("not on the roster: bob", 'did you mean "bop"?', "--unknown grade", "--unknown skip"):
            assert words in said

    def test_two_that_claim_one_student_are_both_named(self, folder):
        put(folder / "in", ADA=RIGHT)
        (folder / "class.csv").write_text("student\nada\nbob\n")
        said = refused(folder, *grade(folder, "--roster", folder / "class.csv"))
        for words in ("claim the student ada", "ADA.py", "ada.py", "leave the one that counts"):
            assert words in said

    def test_two_students_that_a_submission_may_be_of_are_named(self, folder):
        (folder / "class.csv").write_text("student,name\n1,Ada\n2,ada\n3,Bob\n")
        said = refused(folder, *grade(folder, "--roster", folder / "class.csv"))
        assert '"ada" may be any of 1, 2' in said

    def test_one_file_or_a_folder_that_is_not_there_is_said(self, folder):
        given, out = folder / "assignment.toml", folder / "new"
        assert "`chainmark check` grades a single" in refused(
            folder, "grade", given, folder / "in" / "ada.py", "--out", out
        )
        assert "there is no such file" in refused(folder, "grade", given, folder / "inn", "--out", out)
        (folder / "class.zip").write_bytes(b"PK not a zip")
        assert "is not a .zip that can be read" in refused(
            folder, "grade", given, folder / "class.zip", "--out", out
        )


class TestTables:
    @pytest.mark.parametrize(
        ("option", "text", "said"),
        [
            ("--roster", "pupil,name\nada,Ada\n", "line 1: there is no column student, but pupil, name"),
            ("--roster", "", "is empty; its first line must name the columns: student"),
            ("--roster", "student\n", "names no student"),
            ("--roster", "student\nada\nada\n", "line 3: the student ada comes twice"),
            ("--roster", "student,name\nada,Ada,Lovelace\n", "line 2: 3 cells under 2 columns"),
            ("--roster", 'student,name\nada,"Ada\n', "line 2: unexpected end of data"),
            ("--roster", "student,name\n,Ada\n", "line 2: the column student is empty"),
            ("--roster", b"student,name\nada,Jos\xe9\n", "line 2: this is not UTF-8; save it as UTF-8"),
            ("--groups", "team\nred\n", "line 1: there is no column student, but team"),
            ("--extensions", "student\nada\n", "line 2: neither extension_until nor extension_days"),
            ("--extensions", "student,extension_days\nada,-3\n", "extension_days must be a number from 0"),
            (
                "--extensions",
                "student,until\nada,soon\n",
                'must be a time such as "2026-12-03T23:59:00+01:00"',
            ),
        ],
    )
    def test_wrong_columns_and_cells_are_named_with_their_line(self, folder, option, text, said):
        path = folder / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        err = refused(folder, *grade(folder, option, path))
        assert f"{path}" in err
        assert said in err

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("student,mark\nada,1\n", "line 1: there is no column points, but student, mark"),
            ("student,points\nada,lots\n", 'line 2: points must be from 0 to 3, got "lots"'),
            ("student,points\nada,1\nzoe,1\n", 'line 3: no student "zoe"'),
            ("student,points\n", "has no line with a mark"),
        ],
    )
    def test_marks_of_written_parts_are_entered_all_or_none(self, folder, text, said):
        path = folder / "essays.csv"
        path.write_text(text)
        assert said in refused(folder, "written", folder / "out", path, "--exercise", "relu")


class TestResults:
    def test_the_results_of_another_assignment_are_left_as_they_are(self, folder):
        given = folder / "assignment.toml"
        given.write_text(given.read_text().replace('"hw1"', '"hw2"'))
        assert "has the results of hw1, not of hw2; name another folder with --out" in refused(
            folder, *grade(folder)
        )

    def test_a_folder_in_use_says_who_uses_it(self, folder):
        with locked(folder / "out"):
            said = refused(folder, *grade(folder))
            assert f"another chainmark (process {os.getpid()} on" in said
            assert "wait until it has finished" in said
            for command in (
                ("waive", folder / "out", "relu", "--reason", "x"),
                ("publish", folder / "out"),
                ("forget", folder / "out", "ada"),
            ):
                assert "another chainmark" in refused(folder, *command)

    @pytest.mark.parametrize("name", ["gradebook.db", "roster.db"])
    def test_files_of_a_newer_version_are_left_as_they_are(self, folder, name):
        book = sqlite3.connect(folder / "out" / name)
        book.execute("PRAGMA user_version = 99")
        book.close()
        for command in (
            grade(folder),
            ("report", folder / "out"),
            ("export", folder / "out"),
            ("publish", folder / "out"),
            ("explain", folder / "out", "ada"),
        ):
            said = refused(folder, *command)
            assert f"{name} was written by a newer chainmark (its version is 99" in said
            assert "update chainmark" in said

    def test_somebody_elses_database_is_left_as_it_is(self, folder):
        path = folder / "out" / "gradebook.db"
        path.unlink()
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE photos (a)")
        other.close()
        assert "is a database, but not of chainmark's" in refused(folder, *grade(folder))
        assert "is a database, but not of chainmark's" in refused(folder, "export", folder / "out")

    def test_a_folder_with_other_things_in_it_and_a_file_are_refused(self, folder):
        (folder / "thesis").mkdir()
        (folder / "thesis" / "thesis.txt").write_text("mine")
        start = ("grade", folder / "assignment.toml", folder / "in", "--out")
        assert "holds other files and no gradebook" in refused(folder, *start, folder / "thesis")
        assert "is a file; name a folder" in refused(folder, *start, folder / "assignment.toml")
        assert "is a file; name a folder" in refused(folder, *start, folder / "assignment.toml")

    @pytest.mark.skipif(os.geteuid() != 0, reason="mounting a read-only disk needs root")
    def test_a_disk_that_may_only_be_read_is_one_line(self, folder):
        """Root may write wherever the disk lets it, so that modes of folders prove nothing."""
        disk = folder / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("this container may not mount")
        try:
            shutil.copytree(folder / "out", disk / "out")
            (disk / "empty").mkdir()
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            start = ("grade", folder / "assignment.toml", folder / "in", "--out")
            for out in (disk / "out", disk / "empty", disk / "new"):
                assert "annot write into" in refused(folder, *start, out), out
            for command in ("publish", "report", "export"):
                assert str(disk / "out") in refused(folder, command, disk / "out")
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)

    def test_modes_that_forbid_writing_are_one_line(self, folder):
        if os.geteuid() == 0:
            pytest.skip("root may write anywhere; the read-only disk stands for this")
        (folder / "closed").mkdir(mode=0o555)
        start = ("grade", folder / "assignment.toml", folder / "in", "--out")
        assert "cannot write into" in refused(folder, *start, folder / "closed")
        assert "cannot write into" in refused(folder, *start, folder / "closed" / "new")


class TestNames:
    LONG = "n" * 252
    """With `.py` the longest that a disk takes."""
    IDS = (
        "Ada Lovelace", " spaces  inside ", "李小明", "Олена Шевченко", "علي حسن", "नमस्ते", "🎓" * 20,
        "O'Brien; DROP TABLE", "-rf", "dots..", "a,b\"c", "=1+1", "%s{}", "é" * 100, LONG,
    )  # fmt: skip

    def test_names_in_any_script_with_spaces_and_of_255_characters_are_graded_and_told(self, tmp_path):
        put(tmp_path / "in", **{name: RIGHT + f"# {number}\n" for number, name in enumerate(self.IDS)})
        given = assignment(tmp_path)
        code, _, err = chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", "-q")
        assert (code, err) == (0, "")
        with Gradebook.open(tmp_path / "out") as book:
            rows = book.marks()
        assert {row.student.id for row in rows} == set(self.IDS)
        assert all(row.score == row.max_score for row in rows)
        for command in (("report",), ("export",), ("export", "--format", "jsonl")):
            assert chainmark(command[0], tmp_path / "out", *command[1:])[0] == 0
        pages = [each for each in (tmp_path / "out" / "report" / "students").iterdir() if each.is_dir()]
        assert len(pages) == len(self.IDS)
        for name in self.IDS:
            code, said, _ = chainmark("explain", tmp_path / "out", "--", name)
            assert (code, "3 of 3 points" in said) == (0, True), name

    def test_names_of_255_characters_on_the_roster_are_kept_whole(self, folder):
        name = "Ж" * 255
        (folder / "class.csv").write_text(f"student,name\nada,{name}\nbob,Bob\n", encoding="utf-8")
        assert chainmark(*grade(folder, "--roster", folder / "class.csv"))[0] == 0
        with Gradebook.open(folder / "out") as book:
            assert book.person(name).id == "ada"
