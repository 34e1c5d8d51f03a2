"""What the small commands say to a person who asks: reasons, both numbers, and a node named either way."""

from __future__ import annotations

import json
import sys

import pytest

from tests.batch.shared import ASSIGNMENT, RIGHT, WRONG, assignment, put
from tests.gradebook.test_decisions import WRITTEN, folder, grade, said  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


class TestExplain:
    def test_a_node_is_named_as_waive_names_it_or_with_a_dot(self, folder):  # noqa: F811
        out = folder / "out"
        asked = [said("explain", out, "bob", *node) for node in (("relu.dx",), ("relu", "dx"))]
        assert asked[0] == asked[1]
        assert "relu.out" not in asked[0]
        assert "no exercise or node relu.dy" in said("explain", out, "bob", "relu", "dy", code=2)

    def test_of_one_node_the_smallest_example_and_both_numbers_are_shown(self, folder):  # noqa: F811
        shown = said("explain", folder / "out", "bob", "relu.dx")
        assert "  example: x = " in shown
        assert ", expected " in shown
        assert "  example: " not in said("explain", folder / "out", "bob")

    def test_work_that_follows_and_has_its_points_has_not_failed(self, tmp_path):
        (tmp_path / "assignment.toml").write_text(
            ASSIGNMENT.replace('"relu"', '"chain_rs"'), encoding="utf-8"
        )
        solved = said("show", "chain_rs", "--solution")
        assert "dt = " in solved
        text = solved.replace("dt = ", "dt = 2.0 * ", 1)
        put(tmp_path / "in", ada=text)
        grade(tmp_path)
        shown = said("explain", tmp_path / "out", "ada")
        assert ": follows, " in shown
        (wrong,) = [line for line in shown.splitlines() if line.startswith("  dt: fail, 0 of ")]
        assert wrong.endswith("yours -6; expected -3")

    def test_what_was_recognised_is_said_once(self, folder):  # noqa: F811
        for line in said("explain", folder / "out", "bob").splitlines():
            if "recognised: " in line:
                said_of = line.partition("recognised: ")[2]
                assert said_of.startswith("your dx is ")
                break
        else:
            pytest.fail("nothing was recognised")


def test_the_history_calls_the_student_by_no_pseudonym(folder):  # noqa: F811
    out = folder / "out"
    said("adjust", out, "bob", "relu", "--add", "0.5", "--reason", "by hand")
    (line,) = [each for each in said("explain", out, "bob").splitlines() if ": adjust " in each]
    assert line.endswith(": adjust relu difference 0.5: by hand")


class TestDiff:
    def test_a_mark_that_an_extension_or_lateness_moved_says_so(self, folder):  # noqa: F811
        out = folder / "out"
        said("publish", out)
        said("adjust", out, "bob", "--add", "0.5", "--reason", "good questions")
        (line,) = [each for each in said("diff", out, code=1).splitlines() if "bob" in each]
        assert "good questions" in line
        (change,) = json.loads(said("diff", out, "--json", code=1))
        assert change["why"] == ["+0.5 points, by a person: good questions"]

    def test_a_difference_is_written_as_every_other_number(self, folder):  # noqa: F811
        out = folder / "out"
        said("publish", out)
        said("adjust", out, "bob", "relu", "--add", "0.5", "--reason", "x")
        (line,) = [each for each in said("diff", out, code=1).splitlines() if "bob" in each]
        assert " +0.5 " in line
        (change,) = json.loads(said("diff", out, "--json", code=1))
        assert change["why"] == []


def test_points_above_what_can_be_earned_are_a_bonus_and_it_says_so(folder):  # noqa: F811
    shown = said("adjust", folder / "out", "ada", "relu", "--add", "2", "--reason", "found our bug")
    assert "more than can be earned: --undo withdraws it" in shown
    assert "more than" not in said("adjust", folder / "out", "bob", "relu", "--add", "0.5", "--reason", "x")


def test_without_a_column_for_the_exercise_it_names_the_option(tmp_path):
    path = assignment(tmp_path)
    path.write_text(path.read_text() + WRITTEN)
    put(tmp_path / "in", ada=RIGHT, bob=WRONG)
    grade(tmp_path)
    marks = tmp_path / "essays.csv"
    marks.write_text("student,points\nada,3\n")
    wrong = said("written", tmp_path / "out", marks, code=2)
    assert "there is no column exercise" in wrong
    assert "or add --exercise why_gradients_add, if all are of one" in wrong
