"""A course's assignment beside a notebook: found there and one folder up, and only where nobody else can put it."""

from __future__ import annotations

import os

import pytest

from grader.assignment.beside import beside

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners are those of Unix")

ASSIGNMENT = """[assignment]
id = "hw7"
title = "Our own"
version = "1"
exercises_from = ["own"]

[[exercises]]
id = "affine"
"""


@pytest.fixture
def course(tmp_path):
    """course/assignment.toml with course/own/more.py, and a student's folder below."""
    folder = tmp_path / "course"
    (folder / "own").mkdir(parents=True)
    (folder / "me").mkdir()
    (folder / "assignment.toml").write_text(ASSIGNMENT, encoding="utf-8")
    (folder / "own/more.py").write_text("", encoding="utf-8")
    return folder


def test_it_is_found_in_the_folder_itself_and_in_the_one_above(course):
    for home in (course, course / "me"):
        assert beside("hw7", [home]).path == course / "assignment.toml"
    (course / "me/deeper").mkdir()
    found = beside("hw7", [course / "me/deeper"])
    assert found.path is None
    assert not found.passed_over


@pytest.mark.parametrize("mode", [0o1777, 0o777, 0o773])
def test_a_folder_above_that_everybody_may_write_to_is_passed_over_and_that_is_said(course, mode):
    course.chmod(mode)
    found = beside("hw7", [course / "me"])
    assert found.path is None
    assert found.passed_over == f"everybody may write to {course}"


def test_a_folder_that_a_group_shares_is_believed(course):
    """Group members trust each other, and on many systems each user has a group alone."""
    course.chmod(0o775)
    assert beside("hw7", [course / "me"]).path


@pytest.mark.parametrize("name", ["assignment.toml", "own", "own/more.py"])
def test_what_everybody_may_change_is_passed_over_also_in_the_notebooks_own_folder(course, name):
    (course / name).chmod(0o777)
    assert str(course / name) in beside("hw7", [course]).passed_over


def test_where_everybody_may_change_the_notebook_itself_nothing_is_left_to_guard(course):
    """As on a Windows disk under Linux, which says so of every file."""
    for place, folders, files in os.walk(course):
        for name in (".", *folders, *files):
            os.chmod(os.path.join(place, name), 0o777)
    assert beside("hw7", [course / "me"]).path == course / "assignment.toml"


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", ["assignment.toml", "own", "own/more.py", "."])
def test_what_is_somebody_elses_is_passed_over(course, name):
    os.chown(course / name, 12345, 12345)
    assert "is somebody else's" in beside("hw7", [course / "me"]).passed_over


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
def test_a_link_that_somebody_else_made_to_a_file_of_ours_is_passed_over(course, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "assignment.toml").symlink_to(course / "assignment.toml")
    os.chown(other / "assignment.toml", 12345, 12345, follow_symlinks=False)
    (other / "own").mkdir()
    assert "is somebody else's" in beside("hw7", [other]).passed_over
