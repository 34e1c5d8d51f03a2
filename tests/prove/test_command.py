"""`chainmark prove` at the terminal: a line an exercise, a line a problem, and exit codes that scripts can use."""

from __future__ import annotations

import json

import pytest

from tests.prove.faulty import HEAD, LAYER, changed, run


def test_a_line_for_each_exercise_says_what_is_proved():
    result = run("affine", "why_gradients_add", "topo_sort")
    assert result.exit_code == 0
    lines = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line.strip()}
    assert lines["affine"][1] == "✓"
    caught, mistakes = lines["affine"][2].split("/")
    assert caught == mistakes
    assert int(mistakes) > 10
    assert lines["affine"][-1] == "proved"
    assert lines["why_gradients_add"][1:] == ["✓", "-", "-", "-", "proved"]
    assert "3 of 3 exercises proved" in result.stdout


def test_problems_are_listed_with_file_and_line_and_the_exit_code_is_1(tmp_path):
    text = changed(LAYER, 'lambda s: s["dout"]),', 'lambda s: s["dx"]),')
    (tmp_path / "own.py").write_text(text, encoding="utf-8")
    result = run("--exercises-from", str(tmp_path))
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if "found right" in line]
    place, _, said = line.partition(": ")
    assert said == "bent, mistakes: dx, passed-on: handed in, it is found right"
    number = int(place.rpartition(":")[2])
    assert '"passed-on"' in text.splitlines()[number - 1]
    assert "0 of 1 exercises proved" in result.stdout


def test_a_folder_without_names_proves_its_own_exercises_alone(tmp_path):
    (tmp_path / "own.py").write_text(LAYER, encoding="utf-8")
    found = json.loads(run("--exercises-from", str(tmp_path), "--json").stdout)
    assert [exercise["exercise"] for exercise in found["exercises"]] == ["bent"]
    both = json.loads(run("--exercises-from", str(tmp_path), "--json", "relu", "bent").stdout)
    assert [exercise["exercise"] for exercise in both["exercises"]] == ["relu", "bent"]


def test_json_holds_all_counts_and_problems():
    result = run("affine", "--json")
    found = json.loads(result.stdout)
    assert found["proved"] is True
    (affine,) = found["exercises"]
    assert affine["exercise"] == "affine"
    assert affine["kind"] == "layer"
    assert affine["killed"] == affine["mutants"] == affine["possible"] > 10
    assert affine["problems"] == affine["notes"] == []
    assert found["equivalents"] == []


def test_quick_tries_fewer_mutants_and_says_so():
    full = json.loads(run("affine", "--json").stdout)["exercises"][0]
    quick = json.loads(run("affine", "--json", "--quick").stdout)
    assert quick["quick"] is True
    assert quick["exercises"][0]["mutants"] == 12 < full["mutants"]
    assert quick["exercises"][0]["possible"] == full["possible"]
    assert "not all mutants were tried" in run("affine", "--quick").stdout


def test_an_unknown_id_is_bad_input_with_the_nearest_one():
    result = run("affin")
    assert result.exit_code == 2
    assert 'there is no exercise "affin"; did you mean "affine"' in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "there is no exercise in"),
        ("x = = 1\n", "SyntaxError"),
        (HEAD + "raise RuntimeError('no')\n", "RuntimeError: no"),
    ],
    ids=["none", "syntax", "raises"],
)
def test_a_folder_that_cannot_be_used_is_bad_input(tmp_path, text, said):
    (tmp_path / "own.py").write_text(text, encoding="utf-8")
    result = run("--exercises-from", str(tmp_path))
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_missing_folder_and_options_that_contradict_are_bad_input(tmp_path):
    assert run("--exercises-from", str(tmp_path / "none")).exit_code == 2
    result = run("affine", "--quick", "--thorough")
    assert result.exit_code == 2
    assert "do not go together" in result.stderr


def test_help_names_the_proofs_and_the_exit_codes():
    text = run("--help").stdout
    for word in ("solution", "mistakes", "apart", "cases", "mutants", "EQUIVALENT", "Exit codes"):
        assert word in text


def test_what_is_only_worth_a_look_is_counted_and_listed_when_asked_for():
    """An author of an algorithm is free in its steps and thresholds: a mutant of those is no fault."""
    short, long = run("rel_error"), run("rel_error", "--all")
    assert short.exit_code == long.exit_code == 0
    assert "to look at)" in short.stdout
    assert "nobody would notice" not in short.stdout
    assert "nobody would notice in rel_error" in long.stdout
