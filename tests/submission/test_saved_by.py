"""Notebooks as JupyterLab, VS Code, Colab and old IPython save them just work."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from grader.submission import read_submission
from tests.submission.notebooks import (
    BACKWARD,
    FORWARD,
    SAVED,
    SETUP,
    code,
    colab,
    format_3,
    jupyterlab,
    kinds,
    lines,
    note,
    read,
    sources,
    text,
    vscode,
    with_cells,
    write,
)


@pytest.mark.parametrize("program", SAVED)
def test_every_program_s_notebook_gives_the_functions_that_were_written(program, tmp_path):
    submission = read(tmp_path, SAVED[program]())
    together = "\n".join(sources(submission))
    assert FORWARD in together
    assert BACKWARD in together
    assert "get_ipython" not in together
    assert submission.name == "hw1.ipynb"
    assert {unit.file for unit in submission.units} == {"hw1.ipynb"}


def test_jupyterlab_s_notebook_needs_no_note(tmp_path):
    submission = read(tmp_path, jupyterlab())
    assert submission.notes == ()
    assert [(unit.label, unit.cell) for unit in submission.units] == [
        ("cell 2", 1),
        ("cell 3", 2),
        ("cell 4", 3),
    ]


def test_colab_s_notebook_needs_no_note(tmp_path):
    assert read(tmp_path, colab()).notes == ()


def test_cells_keep_their_outputs_for_the_feedback(tmp_path):
    ((file, content),) = read(tmp_path, jupyterlab()).notebooks
    assert file == "hw1.ipynb"
    kept = [output["output_type"] for output in content["cells"][3]["outputs"]]
    assert kept == ["stream", "execute_result", "display_data", "display_data", "error"]
    assert content["cells"][3]["metadata"]["tags"] == ["solution"]


def test_a_cell_that_vs_code_set_to_another_language_is_left_out_and_said_so(tmp_path):
    submission = read(tmp_path, vscode())
    assert [unit.label for unit in submission.units] == ["cell 2", "cell 4"]
    assert (
        note(submission, "language")
        == "cell 3: the cell's language is shellscript, not Python; it was not read"
    )


def test_cells_without_ids_get_the_same_ids_every_time(tmp_path):
    first, second = (read(tmp_path, vscode()).notebooks[0].content for _ in range(2))
    assert [cell["id"] for cell in first["cells"]] == ["cell-1", "cell-2", "cell-3", "cell-4"]
    assert first == second


def test_format_3_is_converted_and_said_so(tmp_path):
    submission = read(tmp_path, format_3())
    assert note(submission, "upgraded") == "hw1.ipynb has the old notebook format 3; it was converted"
    assert sources(submission) == [FORWARD, BACKWARD]
    cells = submission.notebooks[0].content["cells"]
    assert cells[0]["source"] == "# Homework 1"
    assert [output["output_type"] for output in cells[1]["outputs"]] == ["execute_result", "stream", "error"]


@pytest.mark.parametrize("major", [1, 2])
def test_formats_1_and_2_are_read(major, tmp_path):
    cell = {"cell_type": "code", "input": FORWARD, "code": FORWARD, "prompt_number": 1, "outputs": []}
    notebook = {"nbformat": major, "metadata": {}}
    notebook |= {"cells": [cell]} if major == 1 else {"worksheets": [{"cells": [cell]}]}
    submission = read(tmp_path, notebook)
    assert sources(submission) == [FORWARD]
    assert kinds(submission)[0] == "upgraded"


def test_an_old_notebook_that_nbformat_cannot_convert_still_gives_its_cells(tmp_path):
    notebook = format_3()
    notebook["worksheets"][0]["cells"][1]["outputs"] = [{"text": "no type"}, 7]
    notebook["worksheets"].append("not a worksheet")
    submission = read(tmp_path, notebook)
    assert sources(submission) == [FORWARD, BACKWARD]
    assert kinds(submission)[0] == "upgraded"


def test_reading_an_old_notebook_warns_and_logs_nothing(tmp_path, caplog, capfd):
    broken = format_3()
    del broken["worksheets"][0]["cells"][1]["language"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_submission(write(tmp_path, broken))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_newer_format_than_ours_is_read_all_the_same(tmp_path):
    submission = read(tmp_path, {**jupyterlab(), "nbformat": 5, "nbformat_minor": 0})
    assert FORWARD in sources(submission)
    assert "nbformat number was missing or unknown" in note(submission, "repaired")


def test_a_source_may_be_a_string_or_a_list_and_end_its_lines_in_any_way(tmp_path):
    cells = [code(FORWARD, id="a"), code("", id="b"), code("", id="c")]
    cells[1]["source"] = FORWARD
    cells[2]["source"] = lines(FORWARD.replace("\n", "\r\n"))
    assert sources(read(tmp_path, with_cells(*cells))) == [FORWARD] * 3


def test_a_label_counts_all_cells_from_one(tmp_path):
    cells = [
        text("a", id="a"),
        code("", id="b"),
        code("x = 1", id="c"),
        text("d", id="d"),
        code("y = 2", id="e"),
    ]
    units = read(tmp_path, with_cells(*cells)).units
    assert [(unit.label, unit.cell, unit.module) for unit in units] == [("cell 3", 2, ""), ("cell 5", 4, "")]


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        (
            {
                "kernelspec": {"name": "ir", "display_name": "R", "language": "R"},
                "language_info": {"name": "R"},
            },
            "R",
        ),
        ({"kernelspec": {"name": "julia-1.9", "display_name": "Julia 1.9.3"}}, "Julia"),
        ({"kernelspec": {"language": "scala"}}, "scala"),
    ],
)
def test_a_notebook_of_another_language_is_read_as_python_and_said_so(metadata, language, tmp_path):
    submission = read(tmp_path, {**with_cells(code("x = 1", id="a")), "metadata": metadata})
    assert sources(submission) == ["x = 1"]
    assert (
        note(submission, "language")
        == f"hw1.ipynb: the notebook's language is {language}; it was read as Python"
    )


@pytest.mark.parametrize("name", ["python3", "conda-env-cs231n-py", "irregular", "xpython", ""])
def test_a_python_kernel_by_any_name_is_no_matter(name, tmp_path):
    metadata = {"kernelspec": {"name": name, "display_name": "mine"}}
    assert read(tmp_path, {**with_cells(code("x = 1", id="a")), "metadata": metadata}).notes == ()


def test_what_the_notebook_says_of_itself_is_kept_if_it_is_short_text(tmp_path):
    said = {"assignment": "hw1", "version": "2026.1", "student": "s1234567"}
    assert read(tmp_path, with_cells(chainmark=said)).metadata == said
    assert read(tmp_path, with_cells()).metadata == {}
    hostile = {"assignment": "hw1", "student": ["a"], "version": "x" * 1000, "more": "\x1b[2J", "n": 3}
    submission = read(tmp_path, with_cells(chainmark=hostile))
    assert submission.metadata == {"assignment": "hw1"}
    assert "4 entries" in note(submission, "metadata")
    assert "no object" in note(read(tmp_path, with_cells(chainmark="hw1")), "metadata")


def test_neither_ipython_nor_nbformat_is_imported_for_a_notebook_that_needs_none(tmp_path):
    """It keeps `chainmark check` quick: each takes longer than all of the reading."""

    def loaded(notebook):
        path = write(tmp_path, notebook)
        program = (
            "import sys; from pathlib import Path; from grader.submission import read_submission\n"
            f"read_submission(Path({str(path)!r})); print(*sys.modules)"
        )
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return {name.partition(".")[0] for name in run.stdout.split()} & {"IPython", "nbformat", "numpy"}

    assert loaded(with_cells(code(FORWARD, id="a"), code("print('%d' % 3, 'why?')  # why?", id="b"))) == set()
    assert loaded(with_cells(code(SETUP, id="a"))) == {"IPython"}
    assert loaded(format_3()) >= {"nbformat"}
