"""A notebook of a course's own assignment, checked where that is not at hand: the same points and titles."""

from __future__ import annotations

import json

import pytest

from grader.assignment.carried import carried, to_carry
from grader.assignment.known import known_of
from grader.exercise_catalogue import exercises
from grader.notebooks.build import as_text, notebook, read_book
from tests.commands.shared import RIGHT, WRONG, here
from tests.live.test_check import run, shell, words  # noqa: F401 - a fixture

TEXT = """[assignment]
id = "week3"
title = "Week 3"
version = "4"
due = 2026-11-15T23:59:00+01:00
hints = 2

[late]
percent_a_day = 10
grace_minutes = 30
at_most_percent = 50
closes_after_days = 10

[[exercises]]
id = "relu"
points = 30
parts = { out = 1, dx = 2 }
functions = { relu_forward = "my_forward" }

[[exercises]]
id = "why_gradients_add"
points = 4
"""


def book(folder, text=TEXT):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "assignment.toml").write_text(text, encoding="utf-8")
    return read_book(folder / "assignment.toml", exercises())


@pytest.fixture
def homework(tmp_path):
    """The notebook as handed out, solved but for one slip, in a folder without the assignment."""
    content = notebook(book(tmp_path / "course"))
    for cell in content["cells"]:
        if cell["metadata"]["chainmark"] | {"sha256": ""} == {
            "exercise": "relu",
            "role": "starter",
            "sha256": "",
        }:
            cell["source"] = WRONG.replace("relu_forward", "my_forward")
    path = tmp_path / "home" / "week3.ipynb"
    path.parent.mkdir()
    path.write_text(as_text(content), encoding="utf-8")
    return path


def test_a_check_in_a_terminal_gives_the_courses_points(homework):
    _, out, err = here(homework)
    assert "10 of 30 points" in out
    assert "Week 3 4" in out
    assert "1 to be marked by a person" in out
    assert "practice;" not in out
    assert err == ""
    assert "Hint 2" in out


def test_check_in_the_kernel_gives_them_too(shell, homework, monkeypatch):  # noqa: F811
    monkeypatch.setenv("JPY_SESSION_NAME", str(homework))
    run(shell, "assignment = 'week3'\n" + WRONG.replace("relu_forward", "my_forward"))
    for call in ("check('relu')", "check_all()"):
        shown = words(run(shell, call))
        assert "10 of 30 points" in shown
        assert "Week 3 4" in shown


def test_where_nothing_is_found_it_says_that_the_points_are_not_the_courses(shell):  # noqa: F811
    run(shell, "assignment = 'week3'\n" + RIGHT)
    shown = words(run(shell, "check('relu')"))
    assert "points and titles are the exercises' own, not your course's" in shown
    assert "lay its assignment.toml" in shown
    run(shell, "assignment = 'no id at all'")
    assert "points and titles" not in words(run(shell, "check('relu')"))


def test_what_only_the_course_has_is_named(homework):
    content = json.loads(homework.read_text(encoding="utf-8"))
    content["metadata"]["chainmark"]["exercises"].append({"id": "our_own", "points": 3})
    homework.write_text(json.dumps(content), encoding="utf-8")
    _, out, err = here(homework)
    assert "our_own" in err
    assert "--assignment" in err
    assert "10 of 30 points" in out


def test_with_a_key_nothing_that_a_notebook_says_counts(homework, tmp_path):
    (tmp_path / "key").write_text("0123456789abcdef", encoding="utf-8")
    _, out, _ = here(homework, "relu", "--key", tmp_path / "key", "--student", "s1")
    assert "of 30" not in out


@pytest.mark.parametrize(
    "entries",
    [
        None,
        {},
        [],
        [3],
        [{"id": "relu", "points": -1}],
        [{"id": "relu"}, {"id": "relu"}],
        [{"id": "relu", "x": 1}],
    ],
)
def test_what_somebody_has_spoilt_is_practice_and_no_traceback(homework, entries):
    content = json.loads(homework.read_text(encoding="utf-8"))
    content["metadata"]["chainmark"]["exercises"] = entries
    homework.write_text(json.dumps(content), encoding="utf-8")
    code, out, _ = here(homework, "relu")
    assert code == 1
    assert "the notebook was made for the assignment week3, and is graded as practice" in " ".join(
        out.split()
    )


def test_what_is_carried_reads_back_as_it_was(tmp_path):
    made = book(tmp_path).assignment
    found = carried(
        {"assignment": made.id, "version": made.version, **to_carry(made)}, **known_of(exercises())
    )
    assert found.absent == ()
    assert found.assignment.exercises == made.exercises
    assert (found.assignment.id, found.assignment.title) == ("week3", "Week 3")


def test_the_notebook_says_when_it_is_due_and_what_late_work_loses(tmp_path):
    said = notebook(book(tmp_path))["cells"][0]["source"]
    assert "**Due 15 November 2026, 23:59 (UTC+01:00)**." in said
    assert (
        "Late work loses 10 % of what it earns for each day begun, at most 50 %; 30 minutes of grace. "
        "More than 10 days late, it earns nothing." in said
    )
    plain = TEXT[: TEXT.index("[late]")] + TEXT[TEXT.index("[[exercises]]") :]
    said = notebook(book(tmp_path, plain))["cells"][0]["source"]
    assert "**Due 15 November" in said
    assert "ate work" not in said
    shut = TEXT.replace("percent_a_day = 10\n", "").replace("closes_after_days = 10", "closes_after_days = 0")
    assert "Whatever is late earns nothing." in notebook(book(tmp_path, shut))["cells"][0]["source"]
