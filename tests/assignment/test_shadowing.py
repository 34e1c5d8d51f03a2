"""A student's file that hides one of our packages is named, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from grader.shadowing import ROOMS, shadowing

ROOT = Path(__file__).parents[2]


def make(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("raise RuntimeError('imported')", encoding="utf-8")
    return path


@pytest.fixture
def nothing_imported(monkeypatch):
    """As in a process that has imported none of ours, so that the files decide."""
    for room in ROOMS:
        monkeypatch.delitem(sys.modules, room, raising=False)


@pytest.mark.usefixtures("nothing_imported")
@pytest.mark.parametrize("name", ROOMS)
def test_a_local_file_is_named(tmp_path, name):
    file = make(tmp_path, f"{name}.py")
    assert shadowing(path=[str(ROOT)], folder=tmp_path) == [
        f"{file} hides chainmark's own `{name}`; give the file another name"
    ]


@pytest.mark.usefixtures("nothing_imported")
def test_a_local_package_is_named_by_its_folder(tmp_path):
    make(tmp_path, "exercises/__init__.py")
    assert shadowing(path=[str(ROOT)], folder=tmp_path) == [
        f"{tmp_path}/exercises hides chainmark's own `exercises`; give the folder another name"
    ]


@pytest.mark.usefixtures("nothing_imported")
def test_a_folder_of_notebooks_called_exercises_hides_nothing(tmp_path):
    """Without an __init__.py Python prefers ours, wherever it stands on the path."""
    make(tmp_path, "exercises/week1.py")
    assert shadowing(path=[str(ROOT)], folder=tmp_path) == []


@pytest.mark.usefixtures("nothing_imported")
def test_files_on_the_path_count_only_before_ours(tmp_path):
    make(tmp_path, "reference.py")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert shadowing(path=[str(ROOT), str(tmp_path)], folder=empty) == []
    (line,) = shadowing(path=[str(tmp_path), str(ROOT)], folder=empty)
    assert line.startswith(f"{tmp_path}/reference.py hides")


@pytest.mark.usefixtures("nothing_imported")
def test_our_own_folder_hides_nothing(tmp_path):
    assert shadowing(path=[str(ROOT)], folder=ROOT) == []
    (tmp_path / "link").symlink_to(ROOT)
    assert shadowing(path=[str(tmp_path / "link")], folder=tmp_path / "link") == []


def test_what_was_imported_from_elsewhere_is_named(tmp_path, monkeypatch):
    file = make(tmp_path, "reference.py")
    module = types.ModuleType("reference")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "reference", module)
    assert shadowing(path=[str(ROOT)], folder=ROOT) == [
        f"{file} was imported in place of chainmark's own `reference`; give the file another name"
    ]


def test_a_folder_imported_without_an_init_file_is_named(tmp_path, monkeypatch):
    module = types.ModuleType("exercises")
    module.__path__ = [str(tmp_path / "exercises")]
    monkeypatch.setitem(sys.modules, "exercises", module)
    (line,) = shadowing(path=[str(ROOT)], folder=ROOT)
    assert line.startswith(f"{tmp_path}/exercises was imported in place of")


def test_a_local_file_is_named_also_where_ours_was_imported_before_it(tmp_path):
    """The command `chainmark` is not misled by it, and a notebook in the same folder will be."""
    assert "grader" in sys.modules
    file = make(tmp_path, "grader.py")
    (line,) = shadowing(path=[str(ROOT)], folder=tmp_path)
    assert line.startswith(f"{file} hides chainmark's own `grader`")


@pytest.mark.usefixtures("nothing_imported")
def test_a_hostile_name_is_shown_on_one_line(tmp_path):
    make(tmp_path / "a\n\x1b[31m", "grader.py")
    (line,) = shadowing(path=[str(ROOT)], folder=tmp_path / "a\n\x1b[31m")
    assert line.isprintable()


def test_nothing_is_imported_by_looking(tmp_path):
    """Seen in a process of its own, whose working directory holds all three, and is then deleted."""
    for name in ROOMS:
        make(tmp_path / "here", f"{name}.py")
    code = (
        "import sys, os, shutil; from grader.shadowing import shadowing; before = set(sys.modules)\n"
        "print(len(shadowing()), set(sys.modules) - before)\n"
        "shutil.rmtree(os.getcwd()); print(shadowing())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path / "here",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
    )
    assert (ran.stdout, ran.stderr) == ("3 set()\n[]\n", "")
