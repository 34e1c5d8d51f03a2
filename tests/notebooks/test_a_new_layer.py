"""One reference file and one exercise file in a course's folder: notebook, check, proof and grade follow."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.exercise_catalogue import exercises
from tests.commands.shared import really
from tests.notebooks.shared import cells_of, code
from tests.notebooks.test_run import executed
from tests.notebooks.test_update import valid
from tests.prove.faulty import changed

COURSE = Path(__file__).with_name("own_course")
FILES = ("centre_layer.py", "from_a_centre.py")
ID = "from_a_centre"

RIGHT = """import numpy as np


def centre_forward(x, c):
    return ((x - c) ** 2).sum(1), (x, c)


def centre_backward(dout, cache):
    x, c = cache
    dx = 2 * (x - c) * dout.reshape(-1, 1)
    dc = -2 * np.einsum("n,nd->d", dout, x - c)
    return dx, dc
"""
WITHOUT_TWO = changed(RIGHT, "dx = 2 * (x - c)", "dx = (x - c)")
WRONG_SIGN = changed(RIGHT, "-2 * np.einsum", "2 * np.einsum")


def chainmark(*arguments):
    """What the command says in this process, which has to succeed."""
    result = CliRunner().invoke(main, list(map(str, arguments)), prog_name="chainmark")
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def course(tmp_path):
    """A course's folder with the two files in `layers`, and the assignment that `chainmark new` makes of them."""
    (tmp_path / "layers").mkdir()
    for name in FILES:
        shutil.copy(COURSE / name, tmp_path / "layers" / name)
    chainmark(
        "new", "Own layers", "--exercises-from", tmp_path / "layers", "--out", tmp_path / "assignment.toml"
    )
    return tmp_path


def test_nothing_of_it_is_known_without_the_folder():
    assert ID not in exercises()


def test_the_assignment_names_the_folder_as_seen_from_itself(course):
    text = (course / "assignment.toml").read_text(encoding="utf-8")
    assert 'exercises_from = ["layers"]' in text
    assert f'id = "{ID}"' in text


def test_list_and_show_know_it(course):
    assert ID in chainmark("list", "--assignment", course)
    shown = " ".join(chainmark("show", ID, "--assignment", course, "--hints", "1").split())
    assert "do the distances grow or shrink?" in shown
    assert "Convention: the distance is squared, without a half." in shown


def test_it_is_proved(course):
    assert "1 of 1 exercises proved" in chainmark("prove", "--exercises-from", course / "layers")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("dx = 2 * dout", "dx = dout", "backward_rule is not the derivative of forward_rule: dx["),
        ("-away}", "away}", "jacobian_rule and backward_rule disagree about dc"),
        ("rows[:, :, None]", "rows[:2, :, None]", "could not be proved: ValueError"),
    ],
)
def test_a_reference_that_is_wrong_is_not_proved(course, right, wrong, said):
    """A course's own mathematics has no tests of ours behind it, and right work would lose marks by it."""
    layer = course / "layers" / "centre_layer.py"
    layer.write_text(changed(layer.read_text(encoding="utf-8"), right, wrong), encoding="utf-8")
    found = really("prove", "--exercises-from", course / "layers", columns=300)
    assert found.returncode == 1
    assert f"solution: {said}" in found.stdout


def test_a_layer_may_leave_out_its_jacobian(course):
    layer = course / "layers" / "centre_layer.py"
    text = changed(
        layer.read_text(encoding="utf-8"), "jacobian_rule=centre_jacobian", "jacobian_rule=lambda x, c: {}"
    )
    layer.write_text(text, encoding="utf-8")
    assert "1 of 1 exercises proved" in chainmark("prove", "--exercises-from", course / "layers")


@pytest.mark.filterwarnings("ignore")
def test_its_notebook_runs_unfilled_and_its_check_finds_the_course_beside_it(course):
    chainmark("build", course, "--out", course / "notebooks")
    content = json.loads((course / "notebooks" / "own-layers.ipynb").read_text(encoding="utf-8"))
    valid(content)
    node = executed(content, course / "notebooks")
    (shown,) = [cell["outputs"] for cell in code(node) if cell["source"] == f'check("{ID}")']
    assert "not started: returns None" in shown[0]["data"]["text/plain"]
    assert "Own layers 1" in shown[0]["data"]["text/plain"]


@pytest.mark.filterwarnings("ignore")
def test_its_solved_notebook_is_right_in_a_kernel_and_sealed(course):
    chainmark("build", course, "--solutions", "--out", course / "staff")
    path = course / "staff" / "own-layers.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"][-1]["source"] = 'check_all("own-layers.ipynb")'
    node = executed(content, path.parent)
    cells = [c["outputs"][0]["data"]["text/plain"] for c in code(node) if c["source"].startswith("check")]
    assert len(cells) == 2
    assert all("4 of 4 points" in text for text in cells)
    found = really("check", path, "--assignment", course)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "4 of 4 points" in found.stdout


@pytest.mark.filterwarnings("ignore")
def test_a_mistake_is_named_in_the_kernel_with_the_assignments_own_points(course):
    text = (course / "assignment.toml").read_text(encoding="utf-8")
    (course / "assignment.toml").write_text(changed(text, "\npoints = 4", "\npoints = 8"), encoding="utf-8")
    chainmark("build", course, "--out", course)
    content = json.loads((course / "own-layers.ipynb").read_text(encoding="utf-8"))
    cells = cells_of(content, ID)
    starter, check = cells["starter"], cells["check"]
    starter["source"], check["source"] = WITHOUT_TWO, f'check("{ID}", hints=3)'
    node = executed(content, course)
    (shown,) = [cell["outputs"][0]["data"] for cell in code(node) if "hints=3" in cell["source"]]
    plain = " ".join(shown["text/plain"].split())
    assert "6 of 8 points" in plain
    assert "computed without the 2 that the square leaves behind" in plain
    assert "<table" in shown["text/html"]


def test_a_notebook_without_its_course_says_what_is_missing(course, tmp_path_factory):
    chainmark("build", course, "--out", course / "notebooks")
    alone = tmp_path_factory.mktemp("home")
    content = nbformat.v4.new_notebook()
    content.cells = [
        nbformat.v4.new_code_cell(f'from grader import check\nassignment = "own-layers"\ncheck("{ID}")')
    ]
    node = executed(content, alone)
    said = node.cells[0]["outputs"][0]["data"]["text/plain"]
    assert f'there is no exercise "{ID}"' in said
    assert 'assignment "own-layers" does not come with chainmark: lay its assignment.toml' in said


@pytest.mark.parametrize(("work", "points", "node"), [(WITHOUT_TWO, 3, "dx"), (WRONG_SIGN, 2, "dc")])
def test_a_wrong_submission_loses_the_points_of_its_node_sealed(course, work, points, node):
    (course / "hw.py").write_text(work, encoding="utf-8")
    found = really("check", course / "hw.py", "--assignment", course, "--hints", "3")
    assert found.returncode == 1
    assert f"{points} of 4 points" in found.stdout
    assert f"{node}    ✗ wrong" in found.stdout or f"{node}   ✗ wrong" in found.stdout
    assert "Recognised:" in found.stdout


def test_a_small_class_is_graded(course):
    handed_in = course / "handed_in"
    handed_in.mkdir()
    starter = chainmark("show", ID, "--assignment", course, "--starter")
    works = {"ann": RIGHT, "bob": WITHOUT_TWO, "cem": WRONG_SIGN, "dana": starter}
    for student, text in works.items():
        (handed_in / f"{student}.py").write_text(text, encoding="utf-8")
    graded = really("grade", course, handed_in, "--out", course / "results", "--jobs", "1")
    assert graded.returncode in (0, 1), graded.stdout + graded.stderr
    rows = csv.DictReader(io.StringIO(chainmark("export", course / "results", "--out", "-")))
    marks = {row["student"]: (float(row["score"]), float(row["max_score"])) for row in rows}
    assert marks == {"ann": (4, 4), "bob": (3, 4), "cem": (2, 4), "dana": (0, 4)}
