"""`chainmark grade` from end to end: what is graded, what is left alone, and one clear line for all bad input."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest

from grader.gradebook import Gradebook, State
from grader.gradebook.lock import locked
from tests.batch.classes import ASSIGNMENT as FIVE
from tests.batch.classes import write
from tests.batch.shared import RIGHT, STARTER, WRONG, assignment, chainmark, files, put

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


def graded(folder, *more, code=0):
    """Grade folder/in into folder/out: what was said."""
    given = folder / "assignment.toml"
    given = given if given.exists() else assignment(folder)
    found, out, err = chainmark("grade", given, folder / "in", "--out", folder / "out", *more)
    assert found == code, (out, err)
    return out + err


def marks(folder):
    with Gradebook.open(folder / "out") as book:
        return {row.student.id: row for row in book.marks()}


class TestGrading:
    def test_every_label_of_a_generated_class_is_right(self, tmp_path):
        labels = write(tmp_path / "in", 60, seed=0)
        assignment(tmp_path, FIVE)
        said = graded(tmp_path, "--jobs", "2")
        assert "60 submissions" in said
        found = marks(tmp_path)
        assert found.keys() == labels.keys()
        for student, label in labels.items():
            row = found[student]
            wrong = tuple(m.id for m in row.exercises if m.score != m.max_score)
            if label.kind == "cut off":
                assert row.state in (State.GRADED, State.UNGRADED), student
            else:
                assert (row.state, wrong) == (State.GRADED, label.wrong), (student, label)
        assert {label.kind for label in labels.values()} >= {"right", "partly right", "not started"}

    def test_a_second_run_grades_only_what_is_new_or_changed(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT, bob=WRONG)
        graded(tmp_path)
        assert "2 unchanged" in graded(tmp_path)
        put(tmp_path / "in", bob=RIGHT, cy=STARTER)
        said = graded(tmp_path)
        assert "1 right, 1 not started, 1 unchanged" in said
        assert marks(tmp_path)["bob"].score == marks(tmp_path)["bob"].max_score
        with Gradebook.open(tmp_path / "out") as book:
            bob = book.person("bob").pseudonym
            assert [row.counts for row in book.history(bob)] == [False, True]

    def test_regrade_grades_all_and_a_changed_assignment_does_too(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT, bob=WRONG)
        graded(tmp_path)
        assert "unchanged" not in graded(tmp_path, "--regrade")
        path = tmp_path / "assignment.toml"
        path.write_text(path.read_text().replace('id = "relu"', 'id = "relu"\npoints = 30'))
        assert "unchanged" not in graded(tmp_path)
        assert marks(tmp_path)["ada"].score == 30

    def test_equal_files_are_graded_once_and_have_a_report_each(self, tmp_path):
        put(tmp_path / "in", **{f"s{i}": WRONG for i in range(20)})
        graded(tmp_path)
        found = marks(tmp_path)
        assert len({row.score for row in found.values()}) == 1
        with Gradebook.open(tmp_path / "out") as book:
            told = {report["submission"]["student"] for _, report in book.reports()}
        assert told == {row.student.pseudonym for row in found.values()}

    def test_what_cannot_be_graded_is_no_zero_and_displaces_no_mark(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT, eve="")
        said = graded(tmp_path, code=3)
        assert "could not be graded: eve: submission.py: the file is empty" in said
        found = marks(tmp_path)
        assert (found["eve"].state, found["eve"].score) == (State.UNGRADED, None)
        put(tmp_path / "in", ada="")
        graded(tmp_path, code=3)
        ada = marks(tmp_path)["ada"]
        assert (ada.state, ada.score == ada.max_score) == (State.GRADED, True)
        assert "is empty" in ada.trouble
        put(tmp_path / "in", ada=RIGHT, eve=WRONG)
        graded(tmp_path)
        assert {row.trouble for row in marks(tmp_path).values()} == {""}

    def test_no_name_stands_in_the_gradebook(self, tmp_path):
        put(tmp_path / "in", Lovelace=WRONG, Babbage="")
        graded(tmp_path, code=3)
        for name in ("gradebook.db", "gradebook.db-wal"):
            path = tmp_path / "out" / name
            content = path.read_bytes().lower() if path.exists() else b""
            assert b"lovelace" not in content
            assert b"babbage" not in content
        with Gradebook.open(tmp_path / "out") as book:
            for _, report in book.reports():
                assert "lovelace" not in json.dumps(report).lower()

    def test_a_key_gives_each_student_other_inputs_and_the_same_again(self, tmp_path):
        (tmp_path / "key").write_bytes(b"k" * 32)
        put(tmp_path / "in", ada=WRONG, bob=WRONG)
        told = []
        for _ in range(2):
            graded(tmp_path, "--key", tmp_path / "key", "--regrade")
            with Gradebook.open(tmp_path / "out") as book:
                told.append([book.report(row.report_id)["exercises"] for row in book.marks()])
        assert told[0] == told[1]
        assert told[0][0] != told[0][1]

    def test_late_work_has_a_raw_and_a_penalised_mark(self, tmp_path):
        times = {
            "ada": "2026-11-20 17:05:00 UTC",
            "bob": "2026-11-21 19:00:00 +01:00",
            "cy": "2026-11-30 00:00:00",
        }
        for student, time in times.items():
            put(tmp_path / "in/submitted" / student / "hw1", p=RIGHT)
            (tmp_path / "in/submitted" / student / "hw1/timestamp.txt").write_text(time)
        (tmp_path / "x.csv").write_text("student,extension_days\ncy,30\n")
        graded(tmp_path, "--extensions", tmp_path / "x.csv")
        found = {
            name: (round(row.penalised / row.score, 9), row.lateness.late)
            for name, row in marks(tmp_path).items()
        }
        assert found == {"ada": (1.0, False), "bob": (0.8, True), "cy": (1.0, False)}

    def test_the_best_of_several_attempts_counts_if_asked(self, tmp_path):
        for number, text in ((1, RIGHT), (2, WRONG)):
            put(tmp_path / f"in/submission_{number}", p=text)
        (tmp_path / "in/submission_metadata.yml").write_text(
            "".join(
                f"submission_{n}:\n  :submitters:\n  - :name: Ada\n    :sid: ada\n"
                f"  :created_at: 2026-11-1{n} 10:00:00 Z\n"
                for n in (1, 2)
            )
        )
        graded(tmp_path)
        assert marks(tmp_path)["ada"].score < marks(tmp_path)["ada"].max_score
        graded(tmp_path, "--attempts", "best")
        assert marks(tmp_path)["ada"].score == marks(tmp_path)["ada"].max_score

    def test_a_zip_of_a_class_is_graded(self, tmp_path):
        put(tmp_path / "class", ada=RIGHT, bob=WRONG)
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            for path in (tmp_path / "class").iterdir():
                archive.write(path, f"class/{path.name}")
        code, out, _ = chainmark(
            "grade", assignment(tmp_path), tmp_path / "in.zip", "--out", tmp_path / "out", "--jobs", 1
        )
        assert (code, "1 right, 1 partly right" in out) == (0, True)
        copy = Path(marks(tmp_path)["bob"].student.path)
        assert copy.read_text() == WRONG  # a report can still show the notebook
        chainmark("forget", tmp_path / "out", "bob")
        assert not copy.exists()

    def test_where_a_zip_cannot_be_copied_the_one_before_stays(self, tmp_path, monkeypatch):
        def command():
            return chainmark("grade", given, tmp_path / "in.zip", "--out", tmp_path / "out", "--jobs", 1)

        given, held = assignment(tmp_path), tmp_path / "out" / "unpacked"
        for text in (WRONG, RIGHT):
            with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
                archive.writestr("ada.py", text)
            if text == RIGHT:
                with monkeypatch.context() as full:
                    full.setattr(shutil, "copytree", lambda *_: os.mkdir("/proc/nothing"))
                    assert "make room and run the same command again" in command()[2]
                assert (held / "ada.py").read_text() == WRONG
            assert command()[0] == 0
            assert (held / "ada.py").read_text() == text
        assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir()) == ["unpacked"]

    def test_everybody_on_the_roster_is_in_the_gradebook(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT)
        (tmp_path / "r.csv").write_text("student,name\nada,Ada\nbob,Bob\n")
        graded(tmp_path, "--roster", tmp_path / "r.csv")
        assert marks(tmp_path)["bob"].state is State.NOT_SUBMITTED
        assert marks(tmp_path)["bob"].score is None

    def test_names_that_no_encoding_knows_are_graded_like_any_other(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT)
        (tmp_path / "in" / "a\nb\x1b[31m.py").write_text(RIGHT)
        with open(os.fsencode(tmp_path / "in") + b"/\xff\xfe.py", "w") as stream:
            stream.write(WRONG)
        said = graded(tmp_path, "--verbose")
        assert "2 right, 1 partly right" in said
        assert "\x1b" not in said
        assert set(marks(tmp_path)) == {"ada", "a\nb\x1b[31m", "\\udcff\\udcfe"}

    def test_hostile_work_harms_nobody_else(self, tmp_path):
        path = assignment(tmp_path)
        path.write_text(path.read_text() + "\n[limits]\ncpu_seconds = 1\n")
        does = {
            "ends": "import os; os._exit(0)",
            "loops": "while True: pass",
            "fills": "x = [bytearray(1 << 30) for _ in range(99)]",
            "forges": "np.testing.assert_allclose = np.allclose = lambda *a, **k: True; return 0, 0",
            "floods": "import os; [os.write(fd, b'x' * 65536) for fd in range(3, 9) for _ in range(999)]",
        }
        hostile = {name: RIGHT.replace("return np.maximum(0, x), x", text) for name, text in does.items()}
        put(tmp_path / "in", **hostile, **{f"honest{i}": RIGHT + f"# {i}\n" for i in range(6)})
        chainmark("grade", path, tmp_path / "in", "--out", tmp_path / "out", "-q")
        found = marks(tmp_path)
        assert len(found) == 11
        for name, row in found.items():
            assert (row.score == row.max_score) == name.startswith("honest"), name

    def test_below_level_b_it_refuses_unless_told(self, tmp_path, monkeypatch):
        from dataclasses import replace

        from grader.sandbox import level

        weak = replace(level.probe(), level=level.Level.C)
        monkeypatch.setattr(level, "probe", lambda: weak)
        put(tmp_path / "in", ada=RIGHT)
        assert "cannot seal a stranger's code" in graded(tmp_path, code=2)
        assert not (tmp_path / "out").exists()
        assert "sandbox level D" in graded(tmp_path, "--allow-weak-sandbox")
        assert marks(tmp_path)["ada"].score == marks(tmp_path)["ada"].max_score


class TestBadInput:
    def refused(self, folder, *more, said):
        before = files(folder)
        code, out, err = chainmark("grade", *more)
        assert (code, out) == (2, ""), err
        assert len(err.splitlines()) == 1
        assert said in err, err
        assert files(folder) == before

    def test_each_is_one_line_and_nothing_is_touched(self, tmp_path):
        given, out = assignment(tmp_path), tmp_path / "out"
        put(tmp_path / "in", ada=RIGHT)
        put(tmp_path / "twice", ada=RIGHT, ADA=RIGHT)
        (tmp_path / "empty").mkdir()
        (tmp_path / "r.csv").write_text("student\nada\n")
        (tmp_path / "s.csv").write_text("student\nbob\n")
        (tmp_path / "pupils.csv").write_text("pupil\nada\n")
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "thesis.txt").write_text("mine")
        put(tmp_path / "one", ada=RIGHT)
        end = ("--out", out)
        for more, said in (
            ((given, tmp_path / "empty", *end), "holds no submission: looked for"),
            ((given, tmp_path / "nowhere", *end), "there is no such file or folder"),
            ((given, tmp_path / "one" / "ada.py", *end), "`chainmark check` grades a single submission"),
            ((tmp_path / "none.toml", tmp_path / "in", *end), "there is no such file"),
            ((given, tmp_path / "in", "--roster", tmp_path / "s.csv", *end), "not on the roster: ada"),
            (
                (given, tmp_path / "in", "--roster", tmp_path / "pupils.csv", *end),
                "there is no column student",
            ),
            (
                (given, tmp_path / "twice", "--roster", tmp_path / "r.csv", *end),
                "2 submissions claim the student ada",
            ),
            ((given, tmp_path / "in", "--out", tmp_path / "full"), "holds other files and no gradebook"),
            ((given, tmp_path / "in", "--out", given), "is a file; name a folder"),
            ((given, tmp_path / "in", "--key", tmp_path / "r.csv", *end), "is shorter than 16 bytes"),
        ):
            self.refused(tmp_path, *more, said=said)

    def test_the_results_of_another_assignment_are_refused(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT)
        graded(tmp_path)
        (tmp_path / "assignment.toml").write_text(
            (tmp_path / "assignment.toml").read_text().replace("hw1", "hw2")
        )
        assert "has the results of hw1, not of hw2" in graded(tmp_path, code=2)
        assert marks(tmp_path)["ada"].score is not None

    def test_a_second_grader_is_told_who_is_there(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT)
        graded(tmp_path)
        with locked(tmp_path / "out"):
            assert f"another chainmark (process {os.getpid()} on" in graded(tmp_path, code=2)
        assert "1 unchanged" in graded(tmp_path)

    def test_an_unwritable_folder_is_one_line(self, tmp_path):
        """Root may write into folders that are closed to all; not so where nobody may, as in /proc."""
        put(tmp_path / "in", ada=RIGHT)
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o555)
        out = Path("/proc/results") if os.geteuid() == 0 else closed / "out"
        self.refused(tmp_path, assignment(tmp_path), tmp_path / "in", "--out", out, said="cannot ")

    def test_a_damaged_gradebook_is_one_line(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT)
        graded(tmp_path)
        (tmp_path / "out" / "gradebook.db").write_bytes(b"not a database at all, but long enough" * 40)
        for name in ("gradebook.db-wal", "gradebook.db-shm"):
            (tmp_path / "out" / name).unlink(missing_ok=True)
        assert "it is no database" in graded(tmp_path, code=2)

    def test_a_gradebook_of_a_newer_version_is_left_alone(self, tmp_path):
        put(tmp_path / "in", ada=RIGHT)
        graded(tmp_path)
        book = sqlite3.connect(tmp_path / "out" / "gradebook.db")
        book.execute("PRAGMA user_version = 99")
        book.close()
        assert "was written by a newer chainmark" in graded(tmp_path, code=2)
