"""A right file becomes an Assignment with everything in it, and what it leaves out has a sensible value."""

from __future__ import annotations

import dataclasses
import datetime
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment import (
    Assignment,
    AssignmentError,
    ExerciseEntry,
    LateRule,
    Limits,
    exercise_folders,
    read_assignment,
)
from grader.report.report import Reader
from tests.assignment.files import AFFINE, FULL, HEAD, KNOWN, read, write

ROOT = Path(__file__).parents[2]


@pytest.fixture
def homework(tmp_path):
    folder = tmp_path / "hw1"
    (folder / "my_exercises").mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    return folder


def test_everything_in_a_file_arrives(homework):
    assignment = read(homework, FULL)
    assert assignment == Assignment(
        id="hw1",
        title="Backpropagation by hand",
        version="2026.1",
        due=datetime.datetime(2026, 12, 1, 22, 59, tzinfo=datetime.UTC),
        reader=Reader.CLOSED,
        hints=2,
        hints_after_closing=8,
        allowed_modules=("scipy",),
        exercises_from=(homework / "my_exercises", homework.parent / "shared"),
        limits=Limits(cpu_seconds=5, wall_seconds=60.5, memory_mb=768),
        late=LateRule(percent_a_day=10, grace_minutes=15, at_most_percent=50, closes_after_days=7),
        exercises=(
            ExerciseEntry(
                "affine",
                12.0,
                parts={"out": 3.0, "dx": 1.0, "dw": 1.0, "db": 1.0},
                hints=3,
                follow_through=True,
                functions={"affine_forward": "my_forward"},
                accept=("columns",),
            ),
            ExerciseEntry("relu", 3.0, hints=2, follow_through=False),
        ),
        path=homework / "assignment.toml",
    )
    assert assignment.worth == 15


def test_what_a_file_leaves_out_has_a_sensible_value(tmp_path):
    assignment = read(tmp_path, HEAD + AFFINE)
    assert (assignment.due, assignment.reader) == (None, Reader.PRACTICE)
    assert (assignment.hints, assignment.hints_after_closing) == (1, 9)
    assert (assignment.allowed_modules, assignment.exercises_from) == ((), ())
    assert assignment.limits == Limits(cpu_seconds=10, wall_seconds=100, memory_mb=1024)
    assert assignment.exercises == (ExerciseEntry("affine", 6.0, hints=1, follow_through=None),)


def test_every_field_can_be_set_in_a_file(homework):
    """A field that no key reaches would silently keep its default."""
    full, bare = read(homework, FULL), read(homework, HEAD + AFFINE)
    named_in_both = {"id", "title", "version", "path"}
    for field in dataclasses.fields(Assignment):
        if field.name not in named_in_both:
            assert getattr(full, field.name) != getattr(bare, field.name), field.name
    for field in dataclasses.fields(ExerciseEntry):
        if field.name != "id":
            assert getattr(full.exercises[0], field.name) != getattr(bare.exercises[0], field.name), (
                field.name
            )


def test_a_folder_stands_for_the_file_in_it(tmp_path):
    write(tmp_path, HEAD + AFFINE)
    assert read_assignment(tmp_path, known=KNOWN) == read_assignment(
        tmp_path / "assignment.toml", known=KNOWN
    )


def test_the_file_may_have_another_name(tmp_path):
    path = write(tmp_path, HEAD + AFFINE, "week 3.toml")
    assert read_assignment(path, known=KNOWN).path == path


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    text = b"\xef\xbb\xbf" + (HEAD + AFFINE).replace("\n", "\r\n").encode()
    assert read(tmp_path, text).id == "hw1"


def test_wall_time_is_ten_times_the_cpu_time_where_only_that_is_given(tmp_path):
    limits = read(tmp_path, HEAD + "[limits]\ncpu_seconds = 200\n" + AFFINE).limits
    assert (limits.cpu_seconds, limits.wall_seconds) == (200, 2000)


def test_the_follow_through_of_an_exercise_goes_before_the_assignments(tmp_path):
    text = HEAD + "follow_through = true\n" + AFFINE + 'follow_through = false\n[[exercises]]\nid = "relu"\n'
    assert [entry.follow_through for entry in read(tmp_path, text).exercises] == [False, True]


def test_parts_without_points_are_the_points(tmp_path):
    (entry,) = read(tmp_path, HEAD + AFFINE + "parts = { out = 1.5, dw = 2 }\n").exercises
    assert entry.points == 3.5
    assert entry.marks({"out": 3, "dx": 1, "dw": 1, "db": 1}) == {"out": 1.5, "dw": 2.0}


def test_points_are_shared_out_by_the_exercises_own_weights(tmp_path):
    (entry,) = read(tmp_path, HEAD + AFFINE + "points = 3\n").exercises
    assert entry.marks({"out": 3, "dx": 1, "dw": 1, "db": 1}) == {"out": 1.5, "dx": 0.5, "dw": 0.5, "db": 0.5}


@given(points=st.floats(1e-3, 1e6), weights=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=12))
def test_the_marks_of_the_parts_sum_to_the_points(points, weights):
    parts = {f"n{i}": weight for i, weight in enumerate(weights)}
    marks = ExerciseEntry("e", points, parts=parts).marks({"other": 1.0})
    assert marks.keys() == parts.keys()
    assert math.isclose(math.fsum(marks.values()), points, rel_tol=1e-14)
    assert all(mark > 0 for mark in marks.values())


def test_folders_are_found_before_it_is_known_which_exercises_there_are(homework):
    path = write(homework, FULL.replace('id = "relu"', 'id = "only in my_exercises"'))
    assert exercise_folders(path) == (homework / "my_exercises", homework.parent / "shared")
    assert exercise_folders(homework) == exercise_folders(path)


def test_without_names_of_parts_and_functions_they_are_taken_as_they_are(tmp_path):
    text = HEAD + AFFINE + 'parts = { anything = 1 }\nfunctions = { f = "g" }\n'
    (entry,) = read_assignment(write(tmp_path, text), known=KNOWN).exercises
    assert (entry.parts, entry.functions) == ({"anything": 1.0}, {"f": "g"})


def test_two_exercises_may_share_a_renamed_function(tmp_path):
    rename = 'functions = { affine_forward = "mine" }\n'
    text = HEAD + AFFINE + rename + '[[exercises]]\nid = "softmax_loss"\n' + rename
    assert len(read(tmp_path, text).exercises) == 2


def test_an_assignment_can_be_made_without_a_file():
    assignment = Assignment.from_exercises(KNOWN, ["relu", "affine"], hints=2)
    assert assignment.exercises == (
        ExerciseEntry("relu", 3.0, hints=2),
        ExerciseEntry("affine", 6.0, hints=2),
    )
    assert assignment.path is None
    assert assignment.worth == 9


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["afine"], 'exercises[1] must be the id of an exercise, got "afine"; did you mean "affine"?'),
        (
            ["relu", "relu"],
            'exercises[2] must be an exercise not named before, got "relu" again, as in exercises[1]',
        ),
        ([], "no exercise is named"),
    ],
)
def test_without_a_file_ids_are_checked_as_in_one(ids, said):
    with pytest.raises(AssignmentError) as caught:
        Assignment.from_exercises(KNOWN, ids)
    assert str(caught.value).startswith(said)
    assert caught.value.file == ""


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"cpu_seconds": 0}, "cpu_seconds must be a number of seconds from 1 to 3600, got 0"),
        ({"cpu_seconds": math.nan}, "cpu_seconds must be a number of seconds from 1 to 3600, got nan"),
        ({"memory_mb": 127}, "memory_mb must be a whole number of MB from 128 to 1048576, got 127"),
        ({"memory_mb": 512.5}, "memory_mb must be a whole number of MB from 128 to 1048576, got 512.5"),
        ({"cpu_seconds": 20, "wall_seconds": 19}, "wall_seconds must be at least cpu_seconds (20), got 19"),
    ],
)
def test_limits_that_make_no_sense_cannot_be_made(limits, said):
    with pytest.raises(ValueError, match="^" + said.replace("(", r"\(").replace(")", r"\)") + "$"):
        Limits(**limits)


def test_the_smallest_limits_are_allowed():
    assert Limits(cpu_seconds=1, wall_seconds=1, memory_mb=128).memory_mb == 128


def test_reading_an_assignment_needs_neither_numpy_nor_the_exercises():
    code = "import sys, grader.assignment; print({'numpy', 'exercises', 'reference'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout == "set()\n"
