"""Every tree of submissions that course systems make, and names as people have them."""

from __future__ import annotations

import os
import zipfile
from datetime import UTC, datetime

import pytest

from grader.batch.discovery import discover
from grader.batch.errors import BatchError
from grader.batch.gradescope import read_metadata
from grader.batch.reading import fingerprint, read_work
from grader.batch.unpack import unpack
from grader.submission import SubmissionError

RIGHT = "x = 1\n"


def tree(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(RIGHT, encoding="utf-8")
    return root


def students(found):
    return [work.student for work in found.works]


class TestTrees:
    def test_nbgraders_submitted_is_read_by_assignment_with_its_times(self, tmp_path):
        tree(tmp_path, "submitted/ada/hw1/p.ipynb", "submitted/bob/hw2/p.ipynb", "source/hw1/p.ipynb")
        (tmp_path / "submitted/ada/hw1/timestamp.txt").write_text("2026-11-20 17:03:12.123456 UTC")
        found = discover(tmp_path, assignment="hw1")
        assert students(found) == ["ada"]
        assert found.works[0].received == datetime(2026, 11, 20, 17, 3, 12, 123456, UTC)
        assert found.notes == ("bob has no hw1",)
        assert students(discover(tmp_path / "submitted", assignment="hw1")) == ["ada"]

    def test_an_nbgrader_tree_without_the_assignment_says_what_is_there(self, tmp_path):
        tree(tmp_path, "submitted/ada/ps1/p.ipynb", "submitted/ada/ps2/p.ipynb")
        with pytest.raises(BatchError, match="the assignments there are ps1, ps2"):
            discover(tmp_path, assignment="hw1")

    def test_a_folder_called_submitted_that_is_not_nbgraders_is_to_be_named_itself(self, tmp_path):
        tree(tmp_path, "submitted/ada/p.ipynb", "submitted/bob/p.ipynb", "out/hw1.ipynb")
        with pytest.raises(BatchError, match=r"name it itself: chainmark grade ASSIGNMENT .*submitted$"):
            discover(tmp_path, assignment="hw1")
        assert students(discover(tmp_path / "submitted", assignment="hw1")) == ["ada", "bob"]

    def test_what_is_handed_out_is_no_students_work(self, tmp_path):
        tree(tmp_path, "out/hw1.ipynb")
        with pytest.raises(
            BatchError, match=r"hw1\.ipynb is called as what is handed out, not as a student is"
        ):
            discover(tmp_path / "out", assignment="hw1")
        found = discover(tree(tmp_path, "out/ada.ipynb") / "out", assignment="hw1")
        assert students(found) == ["ada"]
        assert found.notes == ("hw1.ipynb is called as what is handed out, not as a student is; left out",)
        assert students(discover(tree(tmp_path, "in/ada/hw1.ipynb") / "in", assignment="hw1")) == ["ada"]

    def test_gradescopes_metadata_names_the_students_and_times(self, tmp_path):
        tree(tmp_path, "submission_11/p.py", "submission_12/p.py", "submission_13/p.py")
        (tmp_path / "submission_metadata.yml").write_text(
            "---\nsubmission_11:\n  :submitters:\n  - :name: Ada O'Neill\n    :sid: '0012'\n"
            "    :email: ada@x.edu\n  - :name: 'Bob: the \"2nd\"'\n    :sid: \n    :email: bob@x.edu\n"
            "  :created_at: 2026-11-20 17:03:12.123456000 Z\n  :score: 5.0\n  :results:\n    tests:\n"
            "    - name: ':submitters:'\n      :sid: stolen\n  :history:\n  - :created_at: 2020-01-01 00:00:00 Z\n"
            'submission_12:\n  :submitters:\n  - :name: "Zo\\xEB"\n    :email: zoe@x.edu\n'
            "  :created_at: 2026-11-20 18:00:00 +0100\n"
        )
        found = discover(tmp_path, assignment="hw1")
        assert students(found) == ["0012", "bob@x.edu", "zoe@x.edu"]
        assert [work.name for work in found.works] == ["Ada O'Neill", 'Bob: the "2nd"', "Zoë"]
        assert found.works[0].received == datetime(2026, 11, 20, 17, 3, 12, 123456, UTC)
        assert found.works[2].received == datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
        assert any("submission_13" in note for note in found.notes)

    def test_moodles_folders_and_files_give_id_and_name(self, tmp_path):
        tree(
            tmp_path,
            "Ada_B Lovelace_4711_assignsubmission_file_/p.py",
            "李 明_12_assignsubmission_file_hw.py",
        )
        found = discover(tmp_path, assignment="hw1")
        assert [(w.student, w.name) for w in found.works] == [("4711", "Ada_B Lovelace"), ("12", "李 明")]

    def test_canvas_files_of_one_student_belong_together(self, tmp_path):
        tree(
            tmp_path,
            "lovelaceada_LATE_7_100_hw1.ipynb",
            "lovelaceada_LATE_7_101_util-1.py",
            "bob_8_102_a_b.py",
        )
        found = discover(tmp_path, assignment="hw1")
        ada = next(work for work in found.works if work.student == "7")
        assert len(found.works) == 2
        assert (ada.named, ada.marked_late, ada.sort_key) == (("hw1.ipynb", "util-1.py"), True, "lovelaceada")

    def test_classrooms_clones_lose_their_common_prefix(self, tmp_path):
        tree(
            tmp_path,
            "hw-1-octocat/.git/HEAD",
            "hw-1-octocat/p.py",
            "hw-1-octopus/.git/HEAD",
            "hw-1-octopus/p.py",
        )
        assert students(discover(tmp_path, assignment="hw1")) == ["octocat", "octopus"]

    def test_one_folder_or_file_a_student_in_any_script_and_length(self, tmp_path):
        long = "ä" * 120 + "x" * 11  # 255 bytes with its ending is what most disks take
        names = ["Ægir Þór", "عمر", "李明", "o'brien; rm -rf", "=1+1", "-rf", long]
        tree(tmp_path, *(f"{name}.py" for name in names), "ada/deep/p.py")
        assert sorted(students(discover(tmp_path, assignment="hw1"))) == sorted([*names, "ada"])

    def test_links_are_not_followed_and_that_is_said(self, tmp_path):
        tree(tmp_path / "in", "ada.py")
        os.symlink("/etc/passwd", tmp_path / "in" / "eve.py")
        found = discover(tmp_path / "in", assignment="hw1")
        assert students(found) == ["ada"]
        assert found.notes == ("eve.py is a link, which is not followed",)

    def test_an_empty_folder_says_what_was_looked_for(self, tmp_path):
        with pytest.raises(BatchError, match="holds no submission: looked for nbgrader's submitted/"):
            discover(tmp_path, assignment="hw1")


class TestUnpacking:
    def zipped(self, path, *members):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in members:
                archive.writestr(name, text)
        return path

    def test_nothing_leaves_the_folder_and_links_are_left_out(self, tmp_path):
        link = zipfile.ZipInfo("c/eve.py")
        link.external_attr = 0o120777 << 16
        path = self.zipped(
            tmp_path / "a.zip",
            ("c/ada.py", RIGHT),
            ("../out.py", RIGHT),
            ("/abs.py", RIGHT),
            (link, "/etc/passwd"),
        )
        into = tmp_path / "in"
        into.mkdir()
        notes = unpack(path, into)
        assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.py")] == ["in/c/ada.py"]
        assert len(notes) == 3

    def test_a_bomb_and_a_broken_archive_are_one_clear_line(self, tmp_path):
        bomb = self.zipped(tmp_path / "b.zip", ("ada.py", b"\0" * 30_000_000))
        (tmp_path / "c.zip").write_bytes(bomb.read_bytes()[:100])
        for name in ("b.zip", "c.zip"):
            into = tmp_path / f"in-{name}"
            into.mkdir()
            with pytest.raises(BatchError, match=r"is not a \.zip that can be read"):
                unpack(tmp_path / name, into)


class TestReading:
    @pytest.mark.parametrize("flat", [True, False])
    def test_the_fingerprint_is_the_hash_that_reading_gives(self, tmp_path, flat):
        tree(tmp_path / "in", "a.py", "b.py")
        desk = tmp_path / "desk"
        desk.mkdir()
        files = (tmp_path / "in" / "a.py", tmp_path / "in" / "b.py") if flat else (tmp_path / "in",)
        named = ("ü.py", "ü.py") if flat else ()
        read = read_work(files, named, desk=desk)
        assert read.sha256 == fingerprint(files, named)
        assert not list(desk.iterdir())

    def test_a_submission_tells_nobodys_name(self, tmp_path):
        tree(tmp_path, "ada lovelace.py", "ada.d/lovelace.txt")
        desk = tmp_path / "desk"
        desk.mkdir()
        read = read_work((tmp_path / "ada lovelace.py",), ("submission.py",), desk=desk)
        assert "lovelace" not in repr((read.name, read.units, read.notes))
        with pytest.raises(SubmissionError) as caught:
            read_work((tmp_path / "ada.d",), (), desk=desk)
        assert "ada" not in str(caught.value)


def test_metadata_that_is_not_utf8_is_one_clear_line(tmp_path):
    (tmp_path / "m.yml").write_bytes(b"submission_1:\n  :name: \xff\n")
    with pytest.raises(BatchError, match="is not UTF-8"):
        read_metadata(tmp_path / "m.yml")
