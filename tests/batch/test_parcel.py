"""What travels to another machine, and what never does."""

from __future__ import annotations

import pickle
import shutil

import pytest

from grader.batch import parcel
from grader.batch.course import load_course
from grader.batch.desk import Desk, Job, Recipe
from grader.batch.errors import BatchError
from grader.batch.parcel import course_files, taught_source, wrapped
from grader.batch.reading import fingerprint
from tests.batch.own_course import FORMULA, KEY, OWN, own_exercises
from tests.batch.shared import RIGHT, WRONG, assignment, put


class TestSecrets:
    def test_neither_key_nor_name_leaves_this_machine(self, tmp_path):
        own_exercises(tmp_path / "layers")
        given = assignment(tmp_path, OWN.replace("../layers", "layers"))
        course = load_course(given, KEY)
        put(tmp_path / "in", submission=RIGHT)
        job = handed(tmp_path / "in" / "submission.py", course.seeds("Lovelace", "1"))
        packed = wrapped(job, personal=False)
        assert packed.contents == (("submission.py", RIGHT.encode()),)
        pytest.importorskip("distributed", reason="chainmark[dask] is not installed")
        from grader.batch.station import Station

        station = Station(course_files(given), taught=taught_source(course), weak=False)
        sent = pickle.dumps(packed) + pickle.dumps(station)
        assert FORMULA.encode() in sent
        assert KEY not in sent
        assert b"Lovelace" not in sent
        assert str(tmp_path).encode() not in sent
        # Who it is must be known where each student has a paper of the student's own.
        assert b"Lovelace" in pickle.dumps(wrapped(job, personal=True))

    def test_a_desk_without_the_key_grades_by_the_same_inputs(self, tmp_path):
        given = assignment(tmp_path)
        put(tmp_path / "in", submission=WRONG)
        course = load_course(given, KEY)
        told = []
        for key in (KEY, b""):
            with Desk(Recipe(given, key, None)) as desk:
                job = handed(tmp_path / "in" / "submission.py", course.seeds("ada", "1"))
                told.append(desk.grade(job).graded.report)
        assert told[0] == told[1]


def handed(path, seeds):
    return Job(0, (path,), (), "Lovelace", "p1", fingerprint((path,), ()), "", seeds)


class TestCourseFiles:
    @pytest.mark.parametrize("name", ["layers", "../layers", "../../a/../layers", "."])
    def test_unpacked_elsewhere_it_is_the_same_course(self, tmp_path, name):
        home = tmp_path / "home" / "course" / "hw"
        (tmp_path / "home" / "a").mkdir(parents=True)
        home.mkdir(parents=True)
        own_exercises(home / name)
        assignment(home, OWN.replace("../layers", name))
        there = tmp_path / "there"
        there.mkdir()
        moved = course_files(home).unpacked(there)
        shutil.rmtree(tmp_path / "home")
        assert [*load_course(moved).grader.exercises] == ["cube_own"]
        assert not [path for path in tmp_path.iterdir() if path != there]

    def test_folders_that_are_too_large_to_send_are_one_line(self, tmp_path, monkeypatch):
        monkeypatch.setattr(parcel, "LARGEST", 200)
        own_exercises(tmp_path / "layers")
        (tmp_path / "hw").mkdir()
        with pytest.raises(BatchError, match="layers have more than 0 MB, too much to be sent"):
            course_files(assignment(tmp_path / "hw", OWN))
