"""Two notebooks of one student that define the same functions: which counts, and by what that is known."""

from __future__ import annotations

import json
import os
import zipfile

import pytest

from grader.assignment import ExerciseEntry
from grader.exercise_catalogue import exercises
from grader.rivals import by_file_times, last_run, newest_last
from grader.submission import read_submission
from tests.commands.shared import RIGHT, WRONG, here, notebook

RELU = exercises()["relu"]
ENTRIES = ((ExerciseEntry("relu", 3.0), RELU),)
NOON = 1_795_000_000


def handed_in(folder, order=(), entries=ENTRIES, **books):
    """The choice in a folder of these notebooks: name=source, or name=(source, seconds of its file)."""
    folder.mkdir(exist_ok=True)
    for name, given in books.items():
        source, time = given if isinstance(given, tuple) else (given, NOON)
        path = notebook(folder / f"{name}.ipynb", source)
        os.utime(path, (time, time))
    submission = read_submission(folder)
    return newest_last(submission, entries, order=order or by_file_times((folder,), ()))


def counting(choice):
    """The file whose relu_backward is read last."""
    return [unit.file for unit in choice.submission.units if "def relu_backward" in unit.source][-1]


def stamped(path, **execution):
    """The notebook with what a front end keeps of when its first cell was run."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"][0]["metadata"] |= execution
    path.write_text(json.dumps(content), encoding="utf-8")


class TestChoice:
    def test_the_newer_file_counts_whatever_the_names_say(self, tmp_path):
        choice = handed_in(tmp_path, final=(RIGHT, NOON + 3600), v1=(WRONG, NOON))
        assert counting(choice) == "final.ipynb"
        assert choice.said == (
            "final.ipynb and v1.ipynb define the same functions; graded was final.ipynb, the newer one by the "
            "times of the files"
        )
        assert counting(handed_in(tmp_path, final=(RIGHT, NOON), v1=(WRONG, NOON + 61))) == "v1.ipynb"

    @pytest.mark.parametrize("id", ["two_layer_class", "relu_kinks"])
    def test_classes_and_answers_are_work_as_functions_are(self, tmp_path, id):
        exercise = exercises()[id]
        entries = ((ExerciseEntry(id, 3.0), exercise),)
        work = exercise.starter.replace("None", "3").replace("pass", "return 3") + "\n"
        work = (
            work
            if work.strip() != exercise.starter.strip()
            else work.replace("raise NotImplementedError", "x = 3")
        )
        other = work.replace("3", "4")
        assert exercise.starter.strip() != work.strip() != other.strip()
        choice = handed_in(tmp_path / "two", entries=entries, a=(work, NOON + 3600), b=(other, NOON))
        assert choice.submission.units[-1].file == "a.ipynb"
        assert "graded was a.ipynb" in choice.said
        choice = handed_in(tmp_path / "one", entries=entries, a=(work, NOON), b=(exercise.starter, NOON))
        assert {unit.file for unit in choice.submission.units} == {"a.ipynb"}

    def test_times_of_a_copy_or_a_clone_say_nothing_and_a_person_is_asked(self, tmp_path):
        choice = handed_in(tmp_path, final=(RIGHT, NOON + 59), v1=(WRONG, NOON))
        assert "final.ipynb and v1.ipynb define the same functions in different ways" in choice.undecided
        assert "leave the one that counts" in choice.undecided
        assert not choice.said

    @pytest.mark.parametrize(
        ("older", "newer"),
        [
            (
                {"executionInfo": {"timestamp": NOON * 1000}},
                {"executionInfo": {"timestamp": (NOON + 100) * 1000}},
            ),
            (
                {"execution": {"iopub.execute_input": "2026-11-18T10:00:00.123456Z"}},
                {"execution": {"shell.execute_reply": "2026-11-18T12:00:00+01:00"}},
            ),
        ],
        ids=["Colab", "JupyterLab"],
    )
    def test_when_the_cells_were_last_run_says_more_than_the_files(self, tmp_path, older, newer):
        handed_in(tmp_path, final=RIGHT, v1=WRONG)
        stamped(tmp_path / "v1.ipynb", **older)
        stamped(tmp_path / "final.ipynb", **newer)
        for name, time in (("final", NOON), ("v1", NOON + 3600)):
            os.utime(tmp_path / f"{name}.ipynb", (time, time))
        choice = newest_last(read_submission(tmp_path), ENTRIES, order=by_file_times((tmp_path,), ()))
        assert counting(choice) == "final.ipynb"
        assert "when its cells were last run, 20" in choice.said

    def test_one_notebook_that_knows_its_time_is_not_newer_than_one_that_does_not(self, tmp_path):
        handed_in(tmp_path, final=RIGHT, v1=WRONG)
        stamped(tmp_path / "v1.ipynb", executionInfo={"timestamp": NOON * 1000})
        assert newest_last(read_submission(tmp_path), ENTRIES).undecided

    def test_the_notebook_as_it_was_handed_out_takes_nobodys_place(self, tmp_path):
        choice = handed_in(tmp_path, a=RIGHT, z=RELU.starter)
        assert (counting(choice), choice.said, choice.undecided) == ("a.ipynb", "", "")
        assert counting(handed_in(tmp_path, a=(RIGHT, NOON), z=(RELU.starter, NOON + 999))) == "a.ipynb"

    def test_also_not_that_of_work_in_a_py_file(self, tmp_path):
        (tmp_path / "layers.py").write_text(RIGHT, encoding="utf-8")
        choice = handed_in(tmp_path, week3=RELU.starter)
        assert counting(choice) == "layers.py"
        assert here(tmp_path, "relu")[0] == 0

    def test_a_cell_with_something_that_others_may_need_stays_and_so_does_a_py_file(self, tmp_path):
        (tmp_path / "layers.py").write_text(RELU.starter + "\nSCALE = 2.0\n", encoding="utf-8")
        choice = handed_in(tmp_path, a=(RIGHT, NOON), b=("EPS = 1e-8\n" + RELU.starter, NOON - 999))
        assert {unit.file for unit in choice.submission.units} == {"layers.py", "a.ipynb", "b.ipynb"}
        assert counting(choice) == "a.ipynb"

    def test_by_the_names_that_a_course_gives(self, tmp_path):
        entries = ((ExerciseEntry("relu", 3.0, functions={"relu_backward": "back"}), RELU),)
        source = RELU.starter.replace("relu_backward", "back")
        choice = handed_in(tmp_path, entries=entries, a=RIGHT.replace("relu_backward", "back"), z=source)
        assert {unit.file for unit in choice.submission.units if "def back" in unit.source} == {"a.ipynb"}

    def test_the_same_work_twice_is_no_question(self, tmp_path):
        choice = handed_in(tmp_path, a=RIGHT, b="# a copy\n" + RIGHT)
        assert not choice.said
        assert not choice.undecided

    def test_notebooks_with_different_functions_are_laid_together(self, tmp_path):
        forward, _, backward = RIGHT.partition("\ndef relu_backward")
        choice = handed_in(tmp_path, a=f"def relu_backward{backward}", b=forward, scratch="x = 1")
        assert not choice.said
        assert not choice.undecided
        assert len(choice.submission.units) == 3

    def test_a_check_takes_the_same_one_and_says_so(self, tmp_path):
        handed_in(tmp_path, final=(RIGHT, NOON + 3600), v1=(WRONG, NOON))
        code, out, _ = here(tmp_path, "relu")
        assert code == 0
        assert "graded was final.ipynb, the newer one" in " ".join(out.split())


class TestTimes:
    def test_groups_are_of_times_less_than_a_minute_apart(self, tmp_path):
        handed_in(tmp_path, a=(RIGHT, NOON), b=(RIGHT, NOON + 30), c=(RIGHT, NOON + 91))
        assert by_file_times((tmp_path,), ()) == (("a.ipynb", "b.ipynb"), ("c.ipynb",))
        assert by_file_times((tmp_path / "a.ipynb",), ()) == ()
        files = tuple(tmp_path / f"{name}.ipynb" for name in "ac")
        assert by_file_times(files, ("x.ipynb", "y.ipynb")) == (("x.ipynb",), ("y.ipynb",))
        assert by_file_times((tmp_path / "nothing",), ()) == ()

    def test_an_archive_keeps_its_own_times(self, tmp_path):
        path = tmp_path / "in.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, hour, source in (("final", 12, RIGHT), ("v1", 9, WRONG)):
                book = notebook(tmp_path / f"{name}.ipynb", source).read_text(encoding="utf-8")
                archive.writestr(zipfile.ZipInfo(f"hw/{name}.ipynb", (2026, 11, 20, hour, 0, 0)), book)
        order = by_file_times((path,), ())
        assert order == (("hw/v1.ipynb",), ("hw/final.ipynb",))
        choice = newest_last(read_submission(path), ENTRIES, order=order)
        assert counting(choice).endswith("final.ipynb")

    @pytest.mark.parametrize(
        "content",
        [
            {}, {"cells": None}, {"cells": [None, {"metadata": 3}]},
            {"cells": [{"metadata": {"execution": {"a": "no time"}, "executionInfo": {"timestamp": "x"}}}]},
        ],
    )  # fmt: skip
    def test_what_is_no_time_is_none(self, content):
        assert last_run(content) is None
