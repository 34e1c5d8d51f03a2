"""What happened to a notebook on its way is mended, and each repair is said."""

from __future__ import annotations

import json
import time

import pytest

from grader.submission import read_submission
from tests.submission.notebooks import (
    BACKWARD,
    FORWARD,
    code,
    format_3,
    jupyterlab,
    kinds,
    note,
    read,
    refused,
    sources,
    text,
    vscode,
    whole,
    with_cells,
    write_bytes,
)


def as_saved(notebook) -> str:
    return json.dumps(notebook, indent=1) + "\n"


def read_text(folder, content, name="hw1.ipynb"):
    return whole(read_submission(write_bytes(folder, content, name)))


def conflicting(marker: str = "") -> str:
    """A notebook that git could not merge: two versions of one line of a cell."""
    saved = as_saved(with_cells(code("def relu(x):\n    return OURS", id="a"), code(FORWARD, id="b")))
    line = next(line for line in saved.split("\n") if "OURS" in line)
    theirs = line.replace("OURS", "THEIRS")
    base = [marker, line] if marker else []
    both = "\n".join(["<<<<<<< HEAD", line, *base, "=======", theirs, ">>>>>>> 3f2a1c: mine"])
    return saved.replace(line, both)


# Merge conflicts


@pytest.mark.parametrize("marker", ["", "||||||| 0a1b2c3"])
def test_a_merge_conflict_in_the_file_is_resolved_to_the_first_version(marker, tmp_path):
    submission = read_text(tmp_path, conflicting(marker))
    assert sources(submission) == ["def relu(x):\n    return OURS", FORWARD]
    assert (
        note(submission, "merge conflict")
        == "hw1.ipynb has a merge conflict; the first version of each was read"
    )


def test_where_the_first_version_is_no_json_the_second_is_taken(tmp_path):
    saved = conflicting().replace("return OURS", 'return OURS", "').replace("=======", '"broken\n=======')
    submission = read_text(tmp_path, saved)
    assert sources(submission)[0] == "def relu(x):\n    return THEIRS"
    assert "the second version" in note(submission, "merge conflict")


def test_where_neither_version_is_json_the_cells_before_are_read(tmp_path):
    saved = conflicting()
    cut = saved[: saved.index('"metadata": {\n  "kernelspec')]
    submission = read_text(tmp_path, cut)
    assert len(submission.units) == 2
    assert kinds(submission) == ["merge conflict", "truncated"]


def test_a_merge_conflict_inside_a_cell_is_resolved_and_lines_keep_their_numbers(tmp_path):
    source = "x = 1\n<<<<<<< local\ny = 2\n=======\ny = 3\nz = 4\n>>>>>>> remote\nw = 5"
    submission = read(tmp_path, with_cells(code(source, id="a")))
    assert sources(submission) == ["x = 1\n\ny = 2\n\n\n\n\nw = 5"]
    assert note(submission, "merge conflict") == (
        "cell 1: it has a merge conflict; the first version of each was read"
    )
    # The notebook that feedback is written into keeps what the student has.
    assert submission.notebooks[0].content["cells"][0]["source"] == source


def test_a_merge_conflict_in_a_python_file_is_resolved_too(tmp_path):
    path = write_bytes(tmp_path, "<<<<<<< HEAD\r\na = 1\r\n=======\r\na = 2\r\n>>>>>>> x\r\n", "layers.py")
    submission = whole(read_submission(path))
    assert sources(submission) == ["\na = 1\n\n\n\n"]
    assert kinds(submission) == ["merge conflict"]


@pytest.mark.parametrize(
    "source",
    [
        "<<<<<<< HEAD\nx = 1",
        "x = 1\n=======\ny = 2\n>>>>>>> b",
        "print('''\n<<<<<<<<<< banner\n=======\n''')",
    ],
)
def test_what_is_no_whole_conflict_is_left_alone(source, tmp_path):
    submission = read(tmp_path, with_cells(code(source, id="a")))
    assert sources(submission) == [source]
    assert submission.notes == ()


# Damaged JSON


def test_of_a_file_that_is_cut_off_the_complete_cells_are_read(tmp_path):
    saved = as_saved(jupyterlab())
    submission = read_text(tmp_path, saved[: saved.index('"output_type": "error"')])
    assert [unit.label for unit in submission.units] == ["cell 2", "cell 3"]
    assert "hw1.ipynb is cut off" in note(submission, "truncated")
    assert "3 complete cells were read" in note(submission, "truncated")


def test_wherever_a_notebook_is_cut_the_result_is_its_first_cells_or_one_clear_line(tmp_path):
    saved = as_saved(with_cells(*[code(f"x{n} = {n}", id=f"c{n}") for n in range(4)]))
    every = sources(read_text(tmp_path, saved))
    counts = set()
    for end in range(1, len(saved) - 2, 7):
        path = write_bytes(tmp_path, saved[:end])
        if saved[:end].count("}") < 2:  # the first cell ends with the second brace
            assert "breaks off before its first cell ends" in refused(path) or "broken JSON" in refused(path)
            counts.add(None)
        else:
            submission = whole(read_submission(path))
            assert sources(submission) == every[: len(submission.units)]
            assert kinds(submission) == ["truncated"]
            counts.add(len(submission.units))
    assert counts == {None, 1, 2, 3, 4}


def test_a_file_broken_after_its_cells_keeps_what_its_metadata_says(tmp_path):
    saved = as_saved(with_cells(code("x = 1", id="a"), chainmark={"student": "s1"}))
    submission = read_text(tmp_path, saved.replace('"nbformat": 4', '"nbformat": 4,,'))
    assert submission.metadata == {"student": "s1"}
    assert sources(submission) == ["x = 1"]
    assert kinds(submission) == ["truncated"]


def test_an_old_notebook_that_is_cut_off_gives_its_complete_cells(tmp_path):
    saved = as_saved(format_3())
    submission = read_text(tmp_path, saved[: saved.rindex('"language"')])
    assert sources(submission) == [FORWARD]
    assert set(kinds(submission)) == {"truncated", "upgraded"}


def test_a_comma_too_many_between_cells_is_no_matter(tmp_path):
    saved = as_saved(with_cells(code("x = 1", id="a"), code("y = 2", id="b")))
    submission = read_text(tmp_path, saved.replace("  },\n  {", "  },,\n  {"))
    assert sources(submission) == ["x = 1", "y = 2"]
    assert kinds(submission) == ["truncated"]


def test_what_follows_the_end_is_ignored_and_said_so(tmp_path):
    submission = read_text(tmp_path, as_saved(jupyterlab()) + "}\n{more")
    assert len(submission.units) == 3
    assert note(submission, "repaired") == "hw1.ipynb: what follows the notebook's end was ignored"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8-sig", "a byte order mark before"), ("utf-16", "saved as UTF-16 instead of UTF-8")],
)
def test_a_notebook_in_another_encoding_is_read_and_said_so(encoding, said, tmp_path):
    submission = read_text(tmp_path, as_saved(jupyterlab()).encode(encoding))
    assert len(submission.units) == 3
    assert said in note(submission, "repaired")


def test_a_damaged_byte_costs_no_more_than_itself(tmp_path):
    saved = as_saved(with_cells(code("name = 'X'", id="a"))).encode().replace(b"X", b"\xe9")
    submission = read_text(tmp_path, saved)
    assert sources(submission) == ["name = '\ufffd'"]
    assert "bytes that are not text were replaced" in note(submission, "repaired")


def test_numbers_that_json_does_not_have_and_keys_given_twice_are_tolerated(tmp_path):
    saved = as_saved(with_cells(code("x = 1", id="a"), precision="P"))
    for odd in ("NaN", "-Infinity", "1e999", "9" * 5000, '1, "precision": 2'):
        submission = read_text(tmp_path, saved.replace('"P"', odd))
        assert sources(submission) == ["x = 1"]
        assert submission.notes == ()


def test_half_a_surrogate_pair_is_replaced(tmp_path):
    saved = as_saved(with_cells(code("s = 'X'", id="a"))).replace("X", "\\ud83d \\ud83d\\ude00")
    assert sources(read_text(tmp_path, saved)) == ["s = '? \U0001f600'"]


# Cells


def test_what_cells_lack_is_put_in(tmp_path):
    cells = [{"cell_type": "code", "source": "x = 1"}, {"cell_type": "markdown"}, "not a cell", None]
    submission = read(tmp_path, {"cells": cells, "nbformat": 4, "nbformat_minor": 5})
    assert sources(submission) == ["x = 1"]
    assert set(kinds(submission)) == {"repaired"}
    said = " ".join(n.message for n in submission.notes)
    for part in ("metadata", "outputs", "without its text", "no cell", "2 of its cells had no valid id"):
        assert part in said


def test_a_notebook_that_does_not_say_its_format_is_read(tmp_path):
    submission = read(tmp_path, {"cells": [code("x = 1")], "metadata": {}})
    assert sources(submission) == ["x = 1"]
    assert "nbformat number was missing" in note(submission, "repaired")


def test_a_cell_of_unknown_type_is_kept_and_not_read(tmp_path):
    cells = [{**code("SELECT 1", id="a"), "cell_type": "sql"}, code("x = 1", id="b")]
    submission = read(tmp_path, with_cells(*cells))
    assert [unit.label for unit in submission.units] == ["cell 2"]
    assert "no known type was read as a raw cell" in note(submission, "repaired")


def test_outputs_that_no_notebook_can_show_are_left_out(tmp_path):
    odd = [
        {"output_type": "telepathy"},
        3,
        {"output_type": "stream"},
        {"output_type": "display_data", "data": 1},
    ]
    fine = {"output_type": "stream", "name": "stdout", "text": "ok"}
    submission = read(tmp_path, with_cells(code("x = 1", id="a", outputs=[*odd, fine])))
    assert submission.notebooks[0].content["cells"][0]["outputs"] == [fine]
    assert "(4 times)" in note(submission, "repaired")


def graded(source: str, name: str, **more):
    return code(source, metadata={"nbgrader": {"grade_id": name, "solution": True, "grade": False}}, **more)


def test_a_duplicated_cell_is_dropped_and_said_so(tmp_path):
    """nbgrader stops a whole class's grading at it: copying a cell copies its grade_id."""
    cells = [
        graded(FORWARD, "f", id="a"),
        text("?", id="t"),
        graded(FORWARD, "f", id="b"),
        code("x = 1", id="c"),
    ]
    submission = read(tmp_path, with_cells(*cells))
    assert [(unit.label, unit.cell) for unit in submission.units] == [("cell 1", 0), ("cell 4", 2)]
    assert note(submission, "duplicate cell") == "cell 3 is a copy of cell 1 and was left out"


@pytest.mark.parametrize("where", ["Jupyter", "Colab", "nbgrader"])
def test_two_cells_with_one_id_and_different_contents_are_both_read(where, tmp_path):
    more = {
        "Jupyter": {"id": "same"},
        "Colab": {"metadata": {"id": "same"}},
        "nbgrader": {"metadata": {"nbgrader": {"grade_id": "same"}}},
    }[where]
    notebook = {**vscode(), "cells": [code("x = 1", **more), code("x = 2", **more), code("x = 1 ", **more)]}
    submission = read(tmp_path, notebook)
    assert sources(submission) == ["x = 1", "x = 2"]
    said = [n.message for n in submission.notes]
    assert said == [
        "cell 2 has the same id as cell 1 and other contents; both were read",
        "cell 3 is a copy of cell 1 and was left out",
    ]


def test_ids_that_are_put_in_meet_no_other(tmp_path):
    cells = [
        code("a = 1", id="cell-2"),
        code("b = 1"),
        code("c = 1", id="cell-2-1"),
        code("d = 1", id="cell-2"),
    ]
    content = read(tmp_path, with_cells(*cells)).notebooks[0].content
    assert [cell["id"] for cell in content["cells"]] == ["cell-2", "cell-2-2", "cell-2-1", "cell-4"]


def test_equal_cells_without_a_common_id_are_no_copies(tmp_path):
    submission = read(tmp_path, with_cells(code("x += 1", id="a"), code("x += 1", id="b")))
    assert len(submission.units) == 2
    assert submission.notes == ()


@pytest.mark.parametrize(
    "cell",
    [
        {**graded(FORWARD, "f"), "cell_type": "markdown"},
        {**code(FORWARD), "cell_type": "raw"},
        {**code(FORWARD), "cell_type": "markdown"},
        {**code("x = 1"), "cell_type": "raw", "metadata": {"nbgrader": {"cell_type": "code"}}},
    ],
)
def test_a_cell_that_was_code_and_is_not_any_more_is_not_read_and_said_so(cell, tmp_path):
    cell = {key: value for key, value in cell.items() if key not in ("outputs", "execution_count")}
    submission = read(tmp_path, with_cells({**cell, "id": "a"}, code(BACKWARD, id="b")))
    assert sources(submission) == [BACKWARD]
    assert note(submission, "retyped cell").startswith("cell 1: it ")
    assert "make it" in note(submission, "retyped cell")


@pytest.mark.parametrize(
    "cell",
    [
        text("Write this:\n\n```python\ndef f(x):\n    return x\n```\n", id="a"),
        text("Write this:\n\n    def f(x):\n        return x\n", id="a"),
        text("A def is (as you know) no class:", id="a"),
        text("Explain.", id="a", metadata={"nbgrader": {"solution": True, "grade": True, "grade_id": "e"}}),
        {"cell_type": "raw", "id": "a", "metadata": {}, "source": "# ASSIGNMENT CONFIG\n"},
    ],
)
def test_text_that_shows_code_is_no_retyped_cell(cell, tmp_path):
    assert read(tmp_path, with_cells(cell)).notes == ()


# Nothing to mend


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty; was it saved"),
        (" \n\n", "is empty; was it saved"),
        ("hello", "is not a notebook (no JSON)"),
        ("<!DOCTYPE html>\n<html>", "is a web page and not a notebook; download the .ipynb"),
        ("%PDF-1.7 ...", "is a PDF"),
        (b"PK\3\4 and so on", "let its name end in .zip"),
        ("{", "is broken JSON without any cell"),
        ('{"cells": [{"cell_type": "co', "breaks off before its first cell ends"),
        ("[1, 2]", "is JSON but not a notebook"),
        ('{"a": 1}', "is JSON but not a notebook"),
        ("null", "is JSON but not a notebook"),
        ('{"cells": 3, "nbformat": 4}', "without a list of cells"),
        (b"\x00\x01\x02\xff" * 100, "is not a notebook"),
    ],
)
def test_what_is_no_notebook_is_refused_in_one_line(content, said, tmp_path):
    path = write_bytes(tmp_path, content)
    assert refused(path).startswith("hw1.ipynb: ")
    assert said in refused(path)


@pytest.mark.parametrize(
    "deep", ["[" * 100_000, '{"a":' * 100_000, '{"cells": [' + "[" * 100_000 + "]" * 100_000 + "]}"]
)
def test_deep_nesting_is_refused_before_it_is_parsed(deep, tmp_path):
    assert "nested more than 200 levels deep" in refused(write_bytes(tmp_path, deep))


def test_brackets_in_strings_are_no_nesting(tmp_path):
    source = "s = '" + "[" * 5000 + "'  # \\\" [["
    assert sources(read(tmp_path, with_cells(code(source, id="a")))) == [source]


def test_millions_of_empty_lists_are_refused_before_they_fill_the_memory(tmp_path):
    content = '{"cells": [' + "{}," * 400_000 + "{}]}"
    assert "more than 300,000 parts" in refused(write_bytes(tmp_path, content))


@pytest.mark.parametrize(
    "make", [lambda cells: with_cells(*cells), lambda cells: {"worksheets": [{"cells": cells}]}]
)
def test_thousands_of_cells_are_refused(make, tmp_path):
    content = as_saved(make([code("x = 1")] * 5001))
    said = refused(write_bytes(tmp_path, content))
    assert said == "hw1.ipynb: has 5001 cells, and at most 5000 are read; hand in a part of it"


@pytest.mark.parametrize(
    "source",
    [
        "def f(" + ")" * 300_000,
        "def f(" + ":" * 300_000,
        "```\n~~~\n" * 100_000,
        " " * 1_000_000,
        "def " * 300_000,
    ],
)
@pytest.mark.parametrize("kind", ["markdown", "raw", "code"])
def test_a_cell_made_to_keep_us_busy_is_read_in_time(kind, source, tmp_path):
    start = time.process_time()
    read(tmp_path, with_cells({**code(source, id="a"), "cell_type": kind}))
    assert time.process_time() - start < 5


def test_one_cell_was_read_and_two_were():
    whole = '{"cells": [{"cell_type": "code", "source": "x = 1", "outputs": [], "metadata": {}}'
    from grader.submission.nbjson import load
    from grader.submission.types import ReadLimits

    (note,) = load(whole.encode(), file="hw.ipynb", limits=ReadLimits())[1]
    assert "1 complete cell was read" in note.message
