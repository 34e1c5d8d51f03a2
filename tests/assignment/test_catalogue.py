"""Exercises are found wherever they may stand, and what is wrong with a file of them is one clear line."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.exercise_catalogue import ExerciseFileError, UnknownExerciseError, exercises, find

ROOT = Path(__file__).parents[2]
SECOND = "is a second exercise with the id"
WRITTEN = """
from grader.exercise import WrittenExercise

{name} = WrittenExercise(id="{id}", title="Why", text="Say why.", points={{"explanation": 2}})
"""


def course(folder: Path, files: dict[str, str]) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def written(id: str, name: str = "EXERCISE") -> str:
    """The source of a file with one exercise."""
    return WRITTEN.format(id=id, name=name)


def own(folder: Path) -> list[str]:
    """Ids of the exercises that a folder adds to ours."""
    return [id for id in exercises(folders=[folder]) if id not in exercises()]


def refused(folder: Path) -> ExerciseFileError:
    """The error that a folder is refused with."""
    with pytest.raises(ExerciseFileError) as caught:
        exercises(folders=[folder])
    assert str(caught.value).isprintable()
    return caught.value


def test_our_own_exercises_are_found_without_an_installation():
    """In a process that knows nothing but the clone's folder, as isolated as Python can be."""
    code = (
        "import sys, json; sys.path.insert(0, sys.argv[1]); from grader.exercise_catalogue import exercises;"
        "print(json.dumps(list(exercises())))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code, str(ROOT)], capture_output=True, text=True, check=True, cwd="/"
    )
    found = json.loads(ran.stdout)
    assert "affine" in found
    assert found == list(exercises())


def test_every_file_of_ours_with_an_exercise_is_walked():
    sources = [
        path for path in (ROOT / "exercises").rglob("*.py") if "Exercise(\n    id=" in path.read_text("utf-8")
    ]
    assert len(sources) > 5
    found = list(exercises().values())
    for path in sources:
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        assert any(value is exercise for value in vars(module).values() for exercise in found), path


def test_the_catalogue_cannot_be_written_to():
    with pytest.raises(TypeError):
        exercises()["mine"] = exercises()["affine"]


def test_a_folder_adds_its_exercises_to_ours(tmp_path):
    course(tmp_path, {"b.py": written("second"), "a.py": written("first"), "deep/c.py": written("third")})
    assert own(tmp_path) == ["first", "second", "third"]
    assert "affine" in exercises(folders=[tmp_path])


def test_files_of_a_folder_import_each_other_with_a_dot(tmp_path):
    shared = "ID = 'shared_id'\n"
    course(
        tmp_path,
        {"shared.py": shared, "task.py": "from .shared import ID" + written("x").replace('"x"', "ID")},
    )
    assert own(tmp_path) == ["shared_id"]


def test_a_folder_with_an_init_file_has_it_run_first(tmp_path):
    course(tmp_path, {"__init__.py": "PREFIX = 'p_'\n" + written("in_init")})
    course(tmp_path, {"task.py": "from . import PREFIX" + written("x").replace('"x"', "PREFIX + 'task'")})
    assert own(tmp_path) == ["in_init", "p_task"]


def test_two_folders_of_one_name_do_not_meet(tmp_path):
    folders = [course(tmp_path / part / "mine", {"a.py": written(part)}) for part in ("one", "two")]
    assert {"one", "two"} <= exercises(folders=folders).keys()


def test_a_folder_named_twice_is_read_once(tmp_path):
    course(tmp_path / "mine", {"a.py": written("first")})
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    assert "first" in exercises(folders=[tmp_path / "mine", tmp_path / "link", tmp_path / "mine"])


def test_a_changed_file_is_read_anew(tmp_path):
    course(tmp_path, {"a.py": written("first")})
    assert own(tmp_path) == ["first"]
    course(tmp_path, {"a.py": written("first_changed"), "b.py": written("new")})
    assert own(tmp_path) == ["first_changed", "new"]


def test_what_is_no_constant_in_capitals_is_no_exercise(tmp_path):
    course(tmp_path, {"a.py": written("draft", "draft") + written("ready", "READY") + "NUMBER = 3\n"})
    assert own(tmp_path) == ["ready"]


def test_one_exercise_seen_in_two_files_is_one_exercise(tmp_path):
    course(tmp_path, {"a.py": written("first"), "b.py": "from .a import EXERCISE\n"})
    assert own(tmp_path) == ["first"]


def test_tests_and_hidden_files_of_a_folder_are_left_alone(tmp_path):
    names = (
        "test_a.py",
        "conftest.py",
        ".hidden.py",
        "__main__.py",
        ".git/a.py",
        "__pycache__/a.py",
        "notes.txt",
    )
    course(tmp_path, dict.fromkeys(names, "raise RuntimeError") | {"a.py": written("first")})
    assert own(tmp_path) == ["first"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\n\ndef f(:\n", 3, "SyntaxError: invalid syntax"),
        ("x = 1\ny = x / 0\n", 2, "ZeroDivisionError: division by zero"),
        ("def f():\n    raise KeyError('a\\nb')\n\nf()\n", 2, "KeyError: 'a\\nb'"),
        ("raise ValueError('two\\nlines \\x1b[31m')\n", 1, "ValueError: two lines \\x1b[31m"),
        ("\nimport sys\nsys.exit(3)\n", 3, "it ends Python while it is imported"),
        ("import no_such_module\n", 1, "ModuleNotFoundError: No module named 'no_such_module'"),
        ("from .lost import x\n", 1, "ModuleNotFoundError: No module named 'mine.lost'"),
        (
            "import helper\n",
            1,
            "ModuleNotFoundError: No module named 'helper'; "
            "files of one folder import each other with a dot: from .helper import ...",
        ),
        (
            written("Not An Id"),
            4,
            "ValueError: exercise id 'Not An Id' must be lower-case letters, digits, - _ .",
        ),
    ],
)
def test_an_error_in_a_courses_file_is_one_line_with_file_and_line(tmp_path, text, line, said):
    error = refused(course(tmp_path / "mine", {"a.py": text, "helper.py": "", "z.py": written("last")}))
    assert (error.file, error.line, error.problem[: len(said)]) == (
        "mine/a.py",
        line,
        str(error)[-len(said) :],
    )
    assert str(error) == f"mine/a.py, line {line}: {said}"


def test_an_error_in_a_shared_file_names_that_file(tmp_path):
    files = {"a.py": "from .shared import f\n\nf()\n", "shared.py": "def f():\n    return 1 / 0\n"}
    error = refused(course(tmp_path / "mine", files))
    assert (error.file, error.line) == ("mine/shared.py", 2)


def test_an_error_in_the_init_file_names_it(tmp_path):
    error = refused(course(tmp_path / "mine", {"__init__.py": "\n1 / 0\n"}))
    assert (error.file, error.line) == ("mine/__init__.py", 2)


def test_a_file_name_that_cannot_be_imported_is_said(tmp_path):
    error = refused(course(tmp_path / "mine", {"week.1.py": written("first")}))
    assert str(error) == "mine/week.1.py: its name may have no dot but the one before py"


def test_a_folder_that_is_not_there_is_said(tmp_path):
    assert str(refused(tmp_path / "lost")) == f"{tmp_path}/lost: there is no such folder"


def test_two_exercises_of_one_id_are_refused_naming_both_files(tmp_path):
    error = refused(course(tmp_path / "mine", {"a.py": written("same"), "b.py": written("same", "OTHER")}))
    assert str(error) == f"mine/b.py: OTHER {SECOND} 'same'; the first is in mine/a.py (EXERCISE)"


def test_a_course_cannot_silently_replace_one_of_ours(tmp_path):
    error = refused(course(tmp_path / "mine", {"a.py": written("affine")}))
    assert f"mine/a.py: EXERCISE {SECOND} 'affine'; the first is in exercises/linear/affine.py" in str(error)


def test_after_an_error_is_mended_the_folder_is_read(tmp_path):
    course(tmp_path, {"a.py": "1 / 0\n"})
    refused(tmp_path)
    course(tmp_path, {"a.py": written("mended")})
    assert own(tmp_path) == ["mended"]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs a package of exercises beside ours, as pip would leave it behind."""

    def install(files: dict[str, str], target: str = "course_pack") -> None:
        entry = f"[chainmark.exercises]\ncourse = {target}\n"
        about = "Metadata-Version: 2.1\nName: course-pack\nVersion: 1.0\n"
        folder = "course_pack-1.0.dist-info"
        course(tmp_path, {f"{folder}/entry_points.txt": entry, f"{folder}/METADATA": about} | files)
        importlib.invalidate_caches()

    monkeypatch.syspath_prepend(str(tmp_path))
    yield install
    for name in [name for name in sys.modules if name.partition(".")[0] == "course_pack"]:
        del sys.modules[name]


def test_an_installed_package_adds_its_exercises(installed):
    installed({"course_pack/__init__.py": "", "course_pack/inner/__init__.py": written("packed_deep")})
    installed({"course_pack/a.py": written("packed"), "course_pack/__main__.py": "raise SystemExit"})
    found = exercises()
    assert {"packed", "packed_deep", "affine"} <= found.keys()
    assert next(iter(found)) not in {"packed", "packed_deep"}, "ours come first"


def test_our_own_entry_point_is_not_walked_twice(installed):
    installed({}, target="exercises")
    assert list(exercises()).count("affine") == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "course_pack: ModuleNotFoundError: No module named 'course_pack'"),
        (
            {"course_pack/__init__.py": "1 / 0\n"},
            "course_pack/__init__.py, line 1: ZeroDivisionError: division by zero",
        ),
        ({"course_pack/__init__.py": "\n)\n"}, "course_pack/__init__.py, line 2: SyntaxError: unmatched ')'"),
        (
            {"course_pack/__init__.py": "", "course_pack/a.py": "\nx\n"},
            "course_pack/a.py, line 2: NameError: name 'x' is not defined",
        ),
        (
            {"course_pack/__init__.py": "", "course_pack/a.py": written("affine")},
            f"course_pack/a.py: EXERCISE {SECOND} 'affine'; the first is in exercises/linear/affine.py",
        ),
    ],
)
def test_a_package_that_cannot_be_used_is_one_line(installed, files, said):
    installed(files)
    with pytest.raises(ExerciseFileError) as caught:
        exercises()
    assert str(caught.value).startswith(said)


def test_a_local_exercises_folder_is_never_walked_in_place_of_ours(tmp_path):
    """A student's folder comes first on the path, and its files are not run."""
    course(
        tmp_path,
        {"exercises/__init__.py": "raise RuntimeError('run')", "exercises/a.py": "raise RuntimeError"},
    )
    code = (
        "import sys; from grader.exercise_catalogue import exercises; sys.path.insert(0, '');"
        "print('affine' in exercises())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
    )
    assert (ran.stdout, ran.stderr) == ("True\n", "")


def test_a_local_exercises_module_imported_before_ours_is_named(tmp_path):
    course(tmp_path, {"exercises.py": "x = 1\n"})
    code = (
        "import sys; sys.path.insert(0, ''); import exercises; sys.path.pop(0);"
        "from grader.exercise_catalogue import exercises as find, ExerciseFileError\n"
        "try:\n    find()\nexcept ExerciseFileError as error:\n    print(error)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
    )
    local = tmp_path / "exercises.py"
    assert ran.stdout == (
        f"{local} was imported in place of chainmark's own `exercises`; give the file another name\n"
    )


def test_an_exercise_is_found_by_its_id():
    assert find("affine", exercises()).id == "affine"


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("Afine", 'there is no exercise "Afine"; did you mean "affine"? `chainmark list` shows all'),
        ("zzzzzz", 'there is no exercise "zzzzzz"; `chainmark list` shows all'),
        ("a\n\x1b[31m", 'there is no exercise "a \\x1b[31m"; `chainmark list` shows all'),
    ],
)
def test_an_unknown_id_gets_the_nearest_names(id, said):
    known = {"affine": exercises()["affine"], "relu": exercises()["relu"]}
    with pytest.raises(UnknownExerciseError) as caught:
        find(id, known)
    assert str(caught.value) == said
    assert caught.value.id == id
