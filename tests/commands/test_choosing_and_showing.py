"""`chainmark list`, `show` and `new`: what they print, what they write, and one clear line for bad input."""

from __future__ import annotations

import json
import tomllib

import pytest
from click.testing import CliRunner

from grader.assignment import read_assignment
from grader.bundled import bundled
from grader.cli import COMMANDS, main
from grader.exercise_catalogue import exercises


def run(*arguments, columns=80):
    """(exit code, stdout, stderr)."""
    result = CliRunner(env={"COLUMNS": str(columns)}).invoke(
        main, [*map(str, arguments)], prog_name="chainmark"
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def complaint(*arguments):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    return err


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples_or_says_what_it_prints(command):
    code, out, err = run(command, "--help")
    assert (code, err) == (0, "")
    assert f"chainmark {command}" in out


class TestList:
    def test_all_exercises_are_listed_under_their_topics(self):
        _, out, _ = run("list", columns=140)
        for exercise in exercises().values():
            assert f"  {exercise.id} " in out
            assert exercise.topic in out

    @pytest.mark.parametrize(
        ("options", "right"),
        [
            (["--topic", "losses"], lambda e: e.topic == "losses"),
            (["--topic", "LOSSES"], lambda e: e.topic == "losses"),
            (["--lecture", "csci 5622"], lambda e: "CSCI 5622" in e.lecture),
            (["--kind", "graph"], lambda e: e.kind == "graph"),
            (["--kind", "graph", "--kind", "jacobian"], lambda e: e.kind in ("graph", "jacobian")),
            (["--difficulty", "2"], lambda e: e.difficulty == 2),
            (["--difficulty", "2-3"], lambda e: 2 <= e.difficulty <= 3),
            (["--minutes", "-10"], lambda e: e.minutes <= 10),
            (["--minutes", "30-"], lambda e: e.minutes >= 30),
            (["--topic", "losses", "--kind", "layer", "--difficulty", "1"],
             lambda e: (e.topic, e.kind, e.difficulty) == ("losses", "layer", 1)),
        ],
    )  # fmt: skip
    def test_each_option_chooses_what_it_says(self, options, right):
        _, out, _ = run("list", "--json", *options)
        chosen = [entry["id"] for entry in json.loads(out)]
        assert chosen == [e.id for e in exercises().values() if right(e)]
        assert chosen

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--topic", "loses"], 'no exercise has the topic "loses"; did you mean "losses"?'),
            (["--kind", "zebra"], 'no exercise has the kind "zebra"; there are '),
            (["--difficulty", "hard"], "--difficulty must be a number or a range such as 2, 1-3, 10- or -20"),
            (["--minutes", "20-10"], '--minutes "20-10" is empty: write 10-20'),
            (["--assignment", "n99"], "n99 is no file and no assignment that comes with chainmark"),
        ],
    )
    def test_a_choice_that_makes_no_sense_gets_one_line(self, options, said):
        assert said in complaint("list", *options)

    def test_a_choice_of_nothing_says_so(self):
        code, out, _ = run("list", "--topic", "losses", "--difficulty", "5")
        assert code == 0
        assert "no exercise is like that" in out

    def test_the_assignments_that_come_with_chainmark_are_listed(self):
        _, out, _ = run("list", "--assignments")
        assert all(name in out for name in bundled())
        data = json.loads(run("list", "--assignments", "--json")[1])
        assert [entry["id"] for entry in data] == [*bundled()]


class TestShow:
    def test_the_task_stands_there_with_formulas_as_text(self):
        _, out, _ = run("show", "affine")
        text = words(out)
        assert text.startswith("The affine layer affine; layer; ")
        assert "out = x w + b" in text
        assert "6 points: out 3, dx 1, dw 1, db 1" in text
        assert "Convention: row batches" in text
        assert "$" not in text
        assert "Which entries of w does x[0, 0] touch?" not in text

    @pytest.mark.parametrize("id", exercises())
    def test_every_exercise_can_be_shown_in_eighty_columns(self, id):
        code, out, _ = run("show", id, "--cases", "--hints", "9")
        assert code == 0
        assert exercises()[id].title in words(out)
        assert "\\frac" not in out
        assert "Judged on" in out

    def test_hints_come_by_degrees(self):
        _, out, _ = run("show", "affine", "--hints", "1")
        assert "Which entries of w does x[0, 0] touch?" in words(out)
        assert "transpose" not in out
        assert "transpose" in run("show", "affine", "--hints", "3")[1]

    def test_the_starter_alone_is_a_file(self):
        assert run("show", "affine", "--starter")[1] == exercises()["affine"].starter

    def test_the_solution_alone_is_a_file_that_gets_full_marks(self, tmp_path):
        path = tmp_path / "affine.py"
        path.write_text(run("show", "affine", "--solution")[1], encoding="utf-8")
        assert run("check", "--here", path, "affine")[0] == 0

    def test_cases_and_mistakes_are_for_staff(self):
        _, out, _ = run("show", "affine", "--cases")
        assert "square, size 2" in out
        assert "missing-transpose" in out
        assert "square, size 2" not in run("show", "affine")[1]

    def test_personal_numbers_are_those_of_the_student_and_the_assignment(self):
        shown = {
            run("show", "circuits_by_hand", *options)[1]
            for options in ([], ["--student", "s1"], ["--student", "s2"], ["-a", "n01-scalar-circuits"])
        }
        assert len(shown) == 4

    def test_everything_is_there_as_json(self):
        data = json.loads(run("show", "affine", "--json")[1])
        assert data["functions"] == ["affine_forward", "affine_backward"]
        assert len(data["hints"]["dx"]) == 3

    def test_a_misspelled_id_gets_the_nearest_one(self):
        assert 'there is no exercise "afine"; did you mean "affine"?' in complaint("show", "afine")

    def test_starter_and_solution_do_not_go_together(self):
        assert "choose one" in complaint("show", "affine", "--starter", "--solution")


class TestNew:
    def test_the_file_is_an_assignment_of_these_exercises_in_this_order(self, tmp_path):
        out = tmp_path / "hw1" / "assignment.toml"
        code, said, _ = run("new", "Gates & wires", "--exercises", "relu,affine", "--out", out)
        assert code == 0
        assert "2 exercises, 9 points" in said
        known = {name: e.worth for name, e in exercises().items()}
        made = read_assignment(out, known=known)
        assert made.id == "gates-wires"
        assert made.title == "Gates & wires"
        assert [entry.id for entry in made.exercises] == ["relu", "affine"]
        assert made.worth == 9

    def test_what_is_commented_out_may_be_uncommented(self, tmp_path):
        out = tmp_path / "a.toml"
        run("new", "All", "--exercises", "affine,residual_block", "--out", out)
        lines = out.read_text().splitlines()
        (tmp_path / "my_exercises").mkdir()
        text = "\n".join(
            line[2:] if line.startswith("# ") and not line.startswith(("# An a", "# `chain")) else line
            for line in lines
        )
        assert "hints_after_closing = 9" in text
        out.write_text(text)
        known = exercises()
        made = read_assignment(
            out, known={n: e.worth for n, e in known.items()}, nodes={n: e.nodes for n, e in known.items()}
        )
        assert made.limits.memory_mb == 1024
        assert made.due is not None
        assert "introduction" in tomllib.loads(text)["notebook"]

    def test_exercises_may_be_chosen_by_what_they_are(self, tmp_path):
        out = tmp_path / "a.toml"
        run("new", "Losses", "--topic", "losses", "--difficulty", "1-2", "--out", out)
        ids = [entry["id"] for entry in tomllib.loads(out.read_text())["exercises"]]
        assert ids == [e.id for e in exercises().values() if e.topic == "losses" and e.difficulty <= 2]

    def test_what_is_there_is_never_replaced(self, tmp_path):
        out = tmp_path / "a.toml"
        out.write_text("mine")
        assert "is there already; choose another name with --out" in complaint(
            "new", "T", "--exercises", "affine", "--out", out
        )
        assert out.read_text() == "mine"

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["T"], "say which exercises"),
            (["T", "--exercises", "afine"], 'there is no exercise "afine"; did you mean "affine"?'),
            (["T", "--exercises", "affine,affine"], "affine is named twice"),
            (["T", "--exercises", ","], "--exercises names none"),
            (["T", "--exercises", "affine", "--topic", "losses"], "leave the other options out"),
            (["Übung ☃", "--exercises", "affine", "--id", "a b"], '"a b" cannot be an id'),
            (["☃", "--exercises", "affine"], "give one with --id"),
            (["a\nb", "--exercises", "affine"], "the title must be one line"),
        ],
    )
    def test_bad_input_gets_one_line_and_no_file(self, tmp_path, arguments, said):
        out = tmp_path / "a.toml"
        assert said in complaint("new", *arguments, "--out", out)
        assert not out.exists()

    def test_a_title_with_quotes_is_written_so_that_it_can_be_read(self, tmp_path):
        out = tmp_path / "a.toml"
        run("new", 'The "chain" rule \\ 2', "--exercises", "affine", "--out", out)
        assert tomllib.loads(out.read_text())["assignment"]["title"] == 'The "chain" rule \\ 2'
