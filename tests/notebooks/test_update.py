"""`build --update`: our words and starters become new, nothing that a student did is lost, and twice is as once."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.exercise_catalogue import exercises
from grader.notebooks.build import as_text, notebook, read_book
from grader.notebooks.cells import source_of, tag
from grader.notebooks.update import updated
from grader.notebooks.write import NotebookError, write

PAGE = """[assignment]
id = "hw"
title = "Homework"
version = "{version}"

[notebook]
introduction = "{introduction}"
reflection = "What did you learn?"

[[exercises]]
id = "affine"
points = {points}
{more}
"""
RELU = '[[exercises]]\nid = "relu"\n'
WHY = '[[exercises]]\nid = "why_gradients_add"\n'


@pytest.fixture
def make(tmp_path):
    def made(*, version="1", introduction="Hello.", points=6, more=RELU):
        path = tmp_path / "assignment.toml"
        text = PAGE.format(version=version, introduction=introduction, points=points, more=more)
        path.write_text(text, encoding="utf-8")
        return read_book(path, exercises())

    return made


def find(content, exercise, role):
    (cell,) = [cell for cell in content["cells"] if tag(cell) == (exercise, role)]
    return cell


def own(source, id="mine", kind="code"):
    cell = {"cell_type": kind, "id": id, "metadata": {}, "source": source}
    return cell | ({"execution_count": 3, "outputs": []} if kind == "code" else {})


def sources(content):
    return [source_of(cell) for cell in content["cells"]]


def valid(content):
    nbformat.validate(nbformat.from_dict(content))
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)
    return content


def test_a_students_code_stays_and_the_words_around_it_become_new(make):
    old = notebook(make())
    find(old, "affine", "starter")["source"] = "def affine_forward(x, w, b):\n    return x @ w + b, (x, w, b)"
    find(old, "affine", "starter")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "seen"}]
    new = valid(updated(old, notebook(make(version="2", introduction="Welcome.", points=9))))
    assert find(new, "affine", "starter")["source"].startswith(
        "def affine_forward(x, w, b):\n    return x @ w"
    )
    assert find(new, "affine", "starter")["outputs"][0]["text"] == "seen"
    assert "9 points" in source_of(find(new, "affine", "text"))
    assert "Welcome." in sources(new)[0]
    said = new["metadata"]["chainmark"]
    assert (said["assignment"], said["version"]) == ("hw", "2")
    assert {entry["id"]: entry["points"] for entry in said["exercises"]} == {"affine": 9.0, "relu": 3.0}


def test_a_cell_that_a_student_added_stays_where_it_was(make):
    old = notebook(make())
    place = old["cells"].index(find(old, "affine", "starter"))
    old["cells"].insert(place + 1, own("print(affine_forward)"))
    old["cells"].insert(0, own("# my name", "first", "markdown"))
    new = valid(updated(old, notebook(make(version="2", more=WHY + RELU))))
    assert sources(new)[0] == "# my name"
    after = new["cells"].index(find(new, "affine", "starter")) + 1
    assert source_of(new["cells"][after]) == "print(affine_forward)"
    assert find(new, "why_gradients_add", "answer")


def test_an_exercise_that_is_gone_comes_at_the_end_with_a_word_about_it(make):
    old = notebook(make())
    find(old, "relu", "starter")["source"] = "def relu_forward(x):\n    return x * (x > 0), x"
    place = old["cells"].index(find(old, "relu", "starter"))
    old["cells"].insert(place + 1, own("relu_forward(3)"))
    new = valid(updated(old, notebook(make(version="2", more=""))))
    listed = sources(new)
    note = next(i for i, source in enumerate(listed) if source.startswith("## No longer part"))
    assert "def relu_forward(x):\n    return x * (x > 0), x" in listed[note:]
    assert "relu_forward(3)" in listed[note:]
    back = valid(updated(new, notebook(make(version="3"))))
    assert find(back, "relu", "starter")["source"] == "def relu_forward(x):\n    return x * (x > 0), x"
    assert "relu_forward(3)" in sources(back)


def test_where_the_starter_has_changed_a_student_is_shown_the_new_one_once(make):
    first, second = notebook(make()), notebook(make(version="2"))
    find(first, "affine", "starter")["source"] = "mine"
    starter = find(second, "affine", "starter")
    starter["source"] = "def affine_forward(x, w, b, scale):\n    pass"
    starter["metadata"]["chainmark"]["sha256"] = "0" * 12
    once = valid(updated(first, second))
    assert find(once, "affine", "starter")["source"] == "mine"
    (note,) = [source for source in sources(once) if "It would now begin like this" in source]
    assert "```python\ndef affine_forward(x, w, b, scale):" in note
    assert updated(once, second) == once


def test_an_untouched_starter_is_replaced_without_a_word(make):
    first, second = notebook(make()), notebook(make(version="2"))
    find(second, "affine", "starter")["source"] = "# another starter"
    new = updated(first, second)
    assert find(new, "affine", "starter")["source"] == "# another starter"
    assert len(new["cells"]) == len(first["cells"])


def test_words_that_a_student_wrote_into_a_text_of_ours_stay_below_it(make):
    old = notebook(make())
    text = find(old, "affine", "text")
    text["source"] = "My notes: shapes first!\n\n" + text["source"]
    new = valid(updated(old, notebook(make(version="2", points=7))))
    assert "7 points" in source_of(find(new, "affine", "text"))
    below = new["cells"][new["cells"].index(find(new, "affine", "text")) + 1]
    assert source_of(below).startswith("My notes: shapes first!")
    assert below["metadata"].get("editable", True)


def test_a_written_answer_and_a_reflection_stay(make):
    old = notebook(make(more=WHY))
    find(old, "why_gradients_add", "answer")["source"] = "Because small changes add."
    find(old, "", "answer")["source"] = "That it is all the chain rule."
    new = updated(old, notebook(make(version="2", more=WHY, introduction="New.")))
    assert find(new, "why_gradients_add", "answer")["source"] == "Because small changes add."
    assert find(new, "", "answer")["source"] == "That it is all the chain rule."


def test_a_copied_cell_is_kept_as_a_cell_of_ones_own(make):
    old = notebook(make())
    starter = find(old, "affine", "starter")
    starter["source"] = "first try"
    copied = copy.deepcopy(starter) | {"source": "second try"}
    old["cells"].insert(old["cells"].index(starter) + 1, copied)
    new = valid(updated(old, notebook(make(version="2"))))
    listed = sources(new)
    assert listed.index("second try") == listed.index("first try") + 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_cell_is_ever_lost_and_twice_is_as_once(data):
    """Cells of ours and of a student's, edited, moved, copied, taken out, in any mixture."""
    known = exercises()
    ids = ("affine", "relu", "sigmoid", "why_gradients_add")
    first = _book(known, data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True)), "1")
    second = _book(known, data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True)), "2")
    old = notebook(first)
    written = set()
    for number in range(data.draw(st.integers(0, 8))):
        place = data.draw(st.integers(0, max(len(old["cells"]) - 1, 0)))
        match data.draw(st.sampled_from(["edit", "add", "copy", "move", "remove"])):
            case "edit" if old["cells"]:
                old["cells"][place]["source"] = f"edited {number}"
            case "add":
                old["cells"].insert(place, own(f"added {number}", f"own-{number}"))
            case "copy" if old["cells"]:
                copied = copy.deepcopy(old["cells"][place])
                copied["source"] = f"copied {number}"
                old["cells"].insert(place, copied)
            case "move" if old["cells"]:
                old["cells"].append(old["cells"].pop(place))
            case "remove" if old["cells"]:
                old["cells"].pop(place)
    theirs = ("edited", "added", "copied")
    written = {source for source in sources(old) if source.startswith(theirs)}
    once = valid(updated(old, notebook(second)))
    assert written <= set(sources(once))
    assert {tag(c) for c in notebook(second)["cells"]} <= {tag(c) for c in once["cells"]}
    assert updated(once, notebook(second)) == once


def _book(known, ids, version):
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "assignment.toml"
        more = "".join(f'[[exercises]]\nid = "{id}"\n' for id in ids if id != "affine")
        path.write_text(
            PAGE.format(version=version, introduction=version, points=6, more=more), encoding="utf-8"
        )
        return read_book(path, known)


class TestWriting:
    def test_work_is_never_written_over(self, make, tmp_path):
        path = write(make(), tmp_path / "out").path
        content = json.loads(path.read_text())
        content["cells"].append(own(["x = 1"]))
        path.write_text(json.dumps(content))
        with pytest.raises(NotebookError, match=r"hw\.ipynb has been worked in; add --update"):
            write(make(), tmp_path / "out")
        assert json.loads(path.read_text()) == content

    def test_a_notebook_that_was_only_run_is_built_anew(self, make, tmp_path):
        path = write(make(), tmp_path / "out").path
        content = json.loads(path.read_text())
        content["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["hi"]}]
        path.write_text(json.dumps(content))
        assert write(make(), tmp_path / "out").what == "rebuilt"
        assert write(make(), tmp_path / "out").what == "unchanged"

    def test_an_update_lays_the_old_file_beside_the_new_one(self, make, tmp_path):
        path = write(make(), tmp_path / "out").path
        content = json.loads(path.read_text())
        content["cells"].append(own(["x = 1"]))
        path.write_text(json.dumps(content))
        before = path.read_bytes()
        for number, version in enumerate(("2", "3"), 1):
            written = write(make(version=version), tmp_path / "out", update=True)
            assert written.what == "updated"
            assert written.backup.name == f"hw.before-update{'' if number == 1 else '-2'}.ipynb"
        assert (tmp_path / "out" / "hw.before-update.ipynb").read_bytes() == before
        assert "x = 1" in path.read_text()
        assert write(make(version="3"), tmp_path / "out", update=True).what == "unchanged"
        assert len(list((tmp_path / "out").iterdir())) == 3

    def test_an_update_where_nothing_is_there_builds(self, make, tmp_path):
        assert write(make(), tmp_path / "out", update=True).what == "new"

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', "\x00"])
    def test_a_broken_file_is_refused_and_stays(self, make, tmp_path, text):
        (tmp_path / "hw.ipynb").write_text(text)
        with pytest.raises(NotebookError, match="is no notebook that can be read"):
            write(make(), tmp_path, update=True)
        assert (tmp_path / "hw.ipynb").read_text() == text

    def test_solutions_and_students_notebooks_never_take_each_others_place(self, make, tmp_path):
        write(make(), tmp_path / "a")
        with pytest.raises(NotebookError, match="is a student's notebook; choose another folder"):
            write(make(), tmp_path / "a", solved=True)
        write(make(), tmp_path / "b", solved=True)
        for update in (False, True):
            with pytest.raises(NotebookError, match="has solutions in it"):
                write(make(), tmp_path / "b", update=update)
        assert as_text(notebook(make(), solved=True)) == (tmp_path / "b" / "hw.ipynb").read_text()
