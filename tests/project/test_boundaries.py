"""The rooms keep to their imports, stay cheap to import, and each test of that can fail."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {"reference": set(), "grader": {"reference"}, "exercises": {"reference", "grader"}}
ALLOWED = {
    "reference": {"numpy"},
    "grader": {
        "numpy",
        "click",
        "rich",
        "nbformat",
        "nbconvert",
        "jinja2",
        "markupsafe",
        "IPython",
        "pygments",
        "distributed",
    },
    "exercises": {"numpy"},
}


def imported(source: str) -> set[str]:
    """Top-level names of all modules that a source imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def strangers(room: str, source: str) -> set[str]:
    """What a file of the room imports and must not."""
    return imported(source) - sys.stdlib_module_names - ALLOWED[room] - ROOMS[room] - {room}


@pytest.mark.parametrize("room", ROOMS)
def test_data_flows_one_way(room):
    for path in (ROOT / room).rglob("*.py"):
        assert strangers(room, path.read_text(encoding="utf-8")) == set(), path


def test_a_forbidden_import_would_be_found():
    assert strangers("reference", "def f():\n    from grader import cli\n") == {"grader"}
    assert strangers("reference", "import scipy.linalg as la") == {"scipy"}
    assert strangers("grader", "import exercises.linear.affine") == {"exercises"}


def test_the_grader_names_no_layer():
    """It knows the types Layer and Graph; which layers there are is the reference's and the exercises' affair."""
    from reference import layers

    modules = {"gates", "activations", *layers()}
    for path in (ROOT / "grader").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reference."):
                assert node.module.split(".")[1] not in modules, path


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import reference", {"click", "rich", "autograd", "scipy"}),
        ("import grader", {"numpy", "click", "rich"}),
        ("import grader.cli", {"numpy", "rich"}),
        ("import grader.gradcheck", {"click", "rich"}),
        ("import grader.submission", {"nbformat", "IPython", "numpy"}),
        ("import grader.commands.check", {"nbformat", "nbconvert", "jinja2", "IPython", "numpy", "rich"}),
        ("import grader.grading", {"nbformat", "nbconvert", "jinja2", "IPython", "click", "rich"}),
    ],
)
def test_heavy_modules_are_imported_where_they_are_used(statement, unwanted):
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert unwanted & set(ran.stdout.split()) == set()


def test_each_dependency_has_its_reason_beside_it_and_a_bound():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads("\n".join(lines))["project"]
    needed = project["dependencies"] + [
        name
        for names in project["optional-dependencies"].values()
        for name in names
        if "chainmark" not in name
    ]
    for requirement in needed:
        (line,) = [line for line in lines if f'"{requirement}"' in line]
        assert "#" in line, requirement
        assert "<" in requirement, requirement


def test_every_module_says_in_its_first_line_what_it_is():
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_the_two_lines_of_the_readme_are_there_to_be_copied():
    """Continuous integration runs them as they stand."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line for line in readme.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert " trace " in lines[0]
    assert lines[1].endswith("-m pytest -n auto")


def test_the_version_is_told_in_one_place_and_in_the_changelog():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_has_no_place_left_to_fill_in():
    import re

    assert re.findall(r"@[A-Z]+@", (ROOT / "README.md").read_text(encoding="utf-8")) == []
