"""What is built: the same to the last byte each time, valid, complete, and what the repository holds."""

from __future__ import annotations

import base64
import json
import re
import time
from xml.etree import ElementTree

import nbformat
import pytest

from grader import trace
from grader.exercise import AnswersExercise, WrittenExercise
from grader.exercise_catalogue import exercises
from grader.notebooks.build import as_text, notebook
from grader.notebooks.page import Example
from tests.notebooks.shared import NAMES, ROOT, books, built, cells_of, code


@pytest.mark.parametrize("name", NAMES)
def test_the_notebooks_in_the_repository_are_those_that_are_built(name):
    """If this fails: `chainmark build` writes them anew."""
    committed = ROOT / "notebooks" / f"{name}.ipynb"
    assert committed.read_text(encoding="utf-8") == as_text(built(name))


def test_the_repository_holds_no_other_notebooks():
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_building_again_changes_nothing(name):
    assert as_text(notebook(books()[name])) == as_text(built(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_valid_and_its_cells_have_ids_of_their_own(name):
    content = nbformat.reads(as_text(built(name)), as_version=4)
    nbformat.validate(content)
    ids = [cell["id"] for cell in content["cells"]]
    assert len(ids) == len(set(ids))
    assert all(cell.get("execution_count") is None and not cell.get("outputs") for cell in content["cells"])


def test_every_exercise_is_in_a_notebook():
    """But for the network classes of CS231n, which students write in files of that course."""
    there = {exercise.id for book in books().values() for _, exercise in book.exercises}
    classes = {id for id, exercise in exercises().items() if getattr(exercise, "adapter", "")}
    assert set(exercises()) - there == classes
    assert len(classes) == 7


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_has_its_text_a_cell_to_write_in_and_a_check(name):
    content = built(name)
    assert content["metadata"]["chainmark"] == {
        "assignment": name,
        "version": books()[name].assignment.version,
    }
    for entry, exercise in books()[name].exercises:
        cells = cells_of(content, exercise.id)
        assert exercise.text.strip() in cells["text"]["source"]
        assert f"{entry.points:g} point" in cells["text"]["source"]
        if isinstance(exercise, WrittenExercise):
            assert set(cells) == {"text", "answer"}
            continue
        assert cells["check"]["source"] == f'check("{exercise.id}")'
        assert cells["starter"]["metadata"]["deletable"] is False
        assert ("paper" in cells) is isinstance(exercise, AnswersExercise)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_for_in_two_cells(name):
    """The last definition counts, so an empty second one would take the place of right work."""
    defined = [
        function
        for cell in code(built(name))
        for function in re.findall(r"^(?:def|class) (\w+)", cell["source"], re.M)
    ]
    assert len(defined) == len(set(defined))
    wanted = {f for _, e in books()[name].exercises for f in e.functions}
    assert wanted <= set(defined)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_has_an_introduction_an_example_with_a_picture_and_a_reflection(name):
    sources = [cell["source"] for cell in built(name)["cells"]]
    assert sources[0].startswith(f"# {books()[name].assignment.title}\n")
    assert "*Lecture: " in sources[0]
    (example,) = [source for source in sources if source.startswith("## A worked example")]
    alt, data = re.search(r'<img alt="([^"]+)" src="data:image/svg\+xml;base64,([^"]+)">', example).groups()
    picture = base64.b64decode(data).decode()
    ElementTree.fromstring(picture)
    assert "prefers-color-scheme:dark" in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    assert alt.startswith("Computational graph of ")
    assert "gradient" in alt
    assert "| node | value |" in example
    assert any(source.startswith("## Looking back") for source in sources)


@pytest.mark.parametrize("name", NAMES)
def test_no_page_asks_another_host_for_anything(name):
    assert re.findall(r"https?://(?!www\.w3\.org)\S+", as_text(built(name))) == []


def test_the_setup_cell_installs_only_where_nothing_is_there():
    setup = code(built(NAMES[0]))[0]["source"]
    assert re.search(r"except ModuleNotFoundError:\n    %pip install", setup)
    assert f'assignment = "{NAMES[0]}"' in setup


def test_the_numbers_in_the_worked_example_are_those_of_the_trace():
    example = books()["n03-graphs"].page.example
    gradients = {node.name: node.gradient for node in example.passes.nodes}
    assert gradients["x"] == 48
    assert "| `x` | 2 | 14 · 3 + 6 · 1 | 48 |" in "\n".join(c["source"] for c in built("n03-graphs")["cells"])


@pytest.mark.parametrize("name", NAMES)
def test_the_worked_example_can_be_stepped_through_with_the_same_numbers(name):
    """Names that Python keeps, or that the function has itself, would need another way to be given."""
    (cell,) = [c for c in code(built(name)) if c["metadata"]["chainmark"]["role"] == "trace"]
    shown = eval(cell["source"], {"trace": trace})
    assert shown.passes == books()[name].page.example.passes
    assert ", trace" in code(built(name))[0]["source"]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"x": 2.0, "y": -0.5}, 'trace("x*y", x=2, y=-0.5)'),
        ({"x": 1 / 3, "y": 1e300}, 'trace("x*y", x=0.3333333333333333, y=1e+300)'),
        ({"lambda": 2.0, "y": 1.0}, 'trace("lambda*y", {"lambda": 2, "y": 1})'),
        ({"digits": 2.0, "y": 1.0}, 'trace("digits*y", {"digits": 2, "y": 1})'),
    ],
)
def test_values_of_any_name_are_written_so_that_they_can_be_given(values, line):
    first = next(iter(values))
    example = Example(f"{first}*y", "", books()["n01-scalar-circuits"].page.example.passes, values)
    assert example.call == line


def test_solutions_are_marked_as_such_and_hold_no_placeholder():
    for name in NAMES:
        content = built(name, solved=True)
        assert content["metadata"]["chainmark"]["solutions"] == "yes"
        assert "your code here" not in json.dumps(content)


def test_all_notebooks_are_built_within_ten_seconds():
    begun = time.process_time()
    for book in books().values():
        as_text(notebook(book))
        as_text(notebook(book, solved=True))
    assert time.process_time() - begun < 10


def test_of_a_written_exercise_the_solution_says_what_to_look_for_and_that_there_is_no_answer():
    (cell,) = [c for c in built("n03-graphs", solved=True)["cells"] if "A person marks this" in c["source"]]
    assert cell["source"].startswith("*A person marks this, from 0 to 4 points; no answer comes with it.*")
    assert "- marked by a person; one point a question and one for the numbers" in cell["source"]
    assert "- Raise x by 0.01." in cell["source"]
