"""`chainmark build`, and bundled assignments by their ids wherever a file is expected."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from grader.bundled import UnknownAssignmentError, assignment_file, bundled
from tests.commands.shared import ROOT, notebook
from tests.commands.test_choosing_and_showing import complaint, run, words
from tests.notebooks.shared import NAMES, built


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_without_a_name_all_notebooks_are_written():
    code, out, _ = run("build")
    assert code == 0
    assert sorted(path.stem for path in Path("notebooks").iterdir()) == sorted(NAMES)
    assert out.count("new ") == len(NAMES)
    assert run("build")[1].count("unchanged") == len(NAMES)


def test_one_by_its_id_into_a_folder():
    run("build", NAMES[0], "--out", "hw")
    assert [path.name for path in Path("hw").iterdir()] == [f"{NAMES[0]}.ipynb"]


def test_an_assignment_of_ones_own_needs_no_page():
    run("new", "Mine", "--exercises", "affine,relu")
    code, _, _ = run("build", "assignment.toml", "--out", ".")
    assert code == 0
    sources = ["".join(cell["source"]) for cell in json.loads(Path("mine.ipynb").read_text())["cells"]]
    assert sources[0].startswith("# Mine")
    assert 'check("affine")' in sources
    assert not any("worked example" in source for source in sources)


def test_functions_of_another_name_stand_in_the_starter(tmp_path):
    run("new", "Mine", "--exercises", "affine")
    text = Path("assignment.toml").read_text() + 'functions = { affine_forward = "my_forward" }\n'
    Path("assignment.toml").write_text(text)
    run("build", "assignment.toml", "--out", ".")
    assert "def my_forward(x, w, b):" in Path("mine.ipynb").read_text()


def test_solutions_go_elsewhere_and_get_full_marks():
    run("build", NAMES[0])
    assert "has students' notebooks; choose another folder for solutions" in complaint(
        "build", NAMES[0], "--solutions", "--out", "notebooks"
    )
    assert run("build", NAMES[0], "--solutions")[0] == 0
    assert "has notebooks with solutions; choose another folder for students" in complaint(
        "build", NAMES[0], "--out", "solutions"
    )
    code, out, _ = run("check", "--here", f"solutions/{NAMES[0]}.ipynb")
    assert code == 0, out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["n01-scalar-circuit"], 'did you mean "n01-scalar-circuits"?'),
        (["nowhere.toml"], "nowhere.toml: there is no such file"),
        (["--solutions", "--update"], "leave it out"),
        (["n01-scalar-circuits", "n01-scalar-circuits"], "two of these assignments would be written to"),
    ],
)
def test_bad_input_gets_one_line(arguments, said):
    assert said in complaint("build", *arguments)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("[notebook]\nintroductoin = 'x'", 'did you mean "introduction"?'),
        ("[notebook]\nintroduction = 3", "notebook.introduction must be text"),
        ("[notebook.example]\nformula = 'x +'", "notebook.example.formula cannot be read"),
        (
            "[notebook.example]\nformula = 'x*y'\nvalues = { x = 1 }",
            "notebook.example.values do not fit the formula",
        ),
        (
            "[notebook.example]\nformula = 'x*y'\nvalues = { x = 1, y = 'a' }",
            "values.y must be a finite number",
        ),
        ("[notebook.example]\nvalues = { x = 1 }", "notebook.example.formula is missing"),
        ("[[notebook.sections]]\nbefore = 'relu'\ntitle = 'T'", "must be an exercise of this assignment"),
        ("[[notebook.sections]]\nbefore = 'affine'", "notebook.sections[1].title is missing"),
        ("notebook = 3", "notebook must be a table"),
    ],
)
def test_a_mistake_in_a_page_is_one_line_that_names_the_key(page, said):
    head = '[assignment]\nid = "a"\ntitle = "A"\nversion = "1"\n'
    exercise = '[[exercises]]\nid = "affine"\n'
    text = f"{page}\n{head}{exercise}" if page.startswith("notebook") else f"{head}{exercise}{page}\n"
    Path("assignment.toml").write_text(text)
    assert said in complaint("build", "assignment.toml")


class TestById:
    def test_every_bundled_file_is_called_after_its_id(self):
        for name, path in bundled().items():
            assert f'id = "{name}"' in path.read_text(encoding="utf-8")

    def test_what_lies_on_disk_comes_before_what_is_bundled(self, tmp_path):
        assert assignment_file(Path(NAMES[0])) == bundled()[NAMES[0]]
        (tmp_path / NAMES[0]).mkdir()
        assert assignment_file(Path(NAMES[0])) == Path(NAMES[0])

    def test_a_path_that_leads_nowhere_is_given_back(self):
        for path in (Path("a/b"), Path("x.toml")):
            assert assignment_file(path) == path
        with pytest.raises(UnknownAssignmentError, match=r"those that come with chainmark are .*n01-scalar"):
            assignment_file(Path("zzz"))

    def test_check_takes_an_id(self, tmp_path):
        path = tmp_path / "h.py"
        path.write_text("def relu_forward(x):\n    pass\n")
        assert "did you mean" in complaint("check", "--here", path, "--assignment", "n1-scalar-circuits")
        code, out, _ = run("check", "--here", path, "--assignment", NAMES[0], columns=200)
        assert code == 1
        assert "Scalar circuits" in out

    def test_a_notebook_is_graded_by_the_assignment_that_it_was_built_from(self, tmp_path):
        path = tmp_path / "mine.ipynb"
        path.write_text(json.dumps(built(NAMES[0])))
        code, out, _ = run("check", "--here", path, "--json")
        report = json.loads(out)
        assert code == 1
        assert report["assignment"]["id"] == NAMES[0]

    def test_one_exercise_of_it_may_be_named(self, tmp_path):
        path = tmp_path / "mine.ipynb"
        path.write_text(json.dumps(built(NAMES[0], solved=True)))
        code, out, _ = run("check", "--here", path, "circuits_by_hand", columns=200)
        assert code == 0
        assert "Scalar circuits" in out

    def test_another_version_is_said(self, tmp_path):
        content = json.loads(json.dumps(built(NAMES[0])))
        content["metadata"]["chainmark"]["version"] = "0.9"
        path = tmp_path / "old.ipynb"
        path.write_text(json.dumps(content))
        _, out, _ = run("check", "--here", path, columns=200)
        assert "the notebook was made from version 0.9 and is graded by version 1" in words(out)

    def test_another_assignment_is_said(self, tmp_path):
        path = tmp_path / "old.ipynb"
        path.write_text(json.dumps(built(NAMES[0])))
        _, out, _ = run("check", "--here", path, "--assignment", NAMES[1], columns=200)
        assert f"the notebook was made for {NAMES[0]} and is graded by {NAMES[1]}" in words(out)

    def test_an_assignment_of_the_courses_own_has_to_be_named_and_that_is_said(self, tmp_path):
        """One that lies beside it is not taken: it may be the student's, and names code to be imported."""
        content = json.loads(json.dumps(built(NAMES[0])))
        content["metadata"]["chainmark"]["assignment"] = "week-3"
        path = tmp_path / "mine.ipynb"
        path.write_text(json.dumps(content))
        code, out, _ = run("check", "--here", path, columns=300)
        assert code == 1
        assert "the notebook was made for the assignment week-3, and is graded as practice" in words(out)
        assert "--assignment" in words(out)

    def test_a_notebook_without_an_assignment_is_graded_as_before(self, tmp_path):
        path = notebook(tmp_path / "a.ipynb", "def relu_forward(x):\n    return x * (x > 0), x\n")
        assert "Practice" in run("check", "--here", path, columns=200)[1]


@pytest.mark.skipif(os.environ.get("CHAINMARK_NO_WHEEL") is not None, reason="asked not to build a wheel")
def test_the_wheel_holds_the_bundled_assignments(tmp_path):
    hatchling = pytest.importorskip("hatchling.builders.wheel")
    builder = hatchling.WheelBuilder(str(ROOT))
    (made,) = builder.build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(made) as archive:
        names = set(archive.namelist())
    assert {f"exercises/assignments/{name}.toml" for name in bundled()} <= names
    assert "grader/notebooks/build.py" in names
