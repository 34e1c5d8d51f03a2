"""Feedback on the disk: whole files under safe names, and never over anything that is not ours."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import nbformat
import pytest

from grader.report.feedback import without_feedback, write_feedback
from grader.report.feedback.write import _fit, _names
from grader.submission import NotebookFile, Unit
from tests.report.notebooks import FILE, affine_at, code, homework, homework_report, notebook, place, text
from tests.report.samples import hostile, not_started, report


def write(folder, given=None, *, file=FILE, told=None, **more):
    made_for = told or homework_report()
    return write_feedback(folder, (NotebookFile(file, given or homework()),), made_for, **more)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_two_files_are_written_and_named_after_the_notebook(tmp_path):
    folder = tmp_path / "new" / "feedback"
    written = write(folder)
    assert [path.name for path in written] == ["hw.feedback.ipynb", "hw.feedback.html"]
    assert names(folder) == sorted(path.name for path in written)


def test_the_notebook_opens_and_has_the_students_cells_byte_for_byte(tmp_path):
    given = homework()
    given["cells"][1]["source"] = "a = 'é\u2028\x0b'\r\nb\n\n"
    written = write(tmp_path, given)
    read = nbformat.read(written[0], as_version=4)
    nbformat.validate(read)
    cells = without_feedback(read)["cells"]
    assert [cell["source"] for cell in cells] == [cell["source"] for cell in given["cells"]]
    assert [cell.get("outputs") for cell in cells] == [cell.get("outputs") for cell in given["cells"]]
    assert "chainmark_feedback" not in without_feedback(read)["metadata"]


def test_the_students_own_file_is_not_touched(tmp_path):
    own = tmp_path / "hw.ipynb"
    own.write_text(json.dumps(homework()), encoding="utf-8")
    before = own.read_bytes()
    write(tmp_path)
    assert own.read_bytes() == before


def test_a_second_run_replaces_our_own_files(tmp_path):
    first = write(tmp_path)
    second = write(tmp_path, told=report(replace(affine_at(2, 4), title="Another title")))
    assert first == second
    assert "Another title" in second[0].read_text(encoding="utf-8")
    assert "Another title" in second[1].read_text(encoding="utf-8")


def test_a_feedback_in_which_the_student_worked_on_is_kept(tmp_path):
    ipynb, _ = write(tmp_path)
    worked = json.loads(ipynb.read_text(encoding="utf-8"))
    worked["cells"][-2]["source"] = ["def affine_backward(dout, cache):\n", "    return 'mended here'\n"]
    ipynb.write_text(json.dumps(worked), encoding="utf-8")
    again = write(tmp_path)
    assert [path.name for path in again] == ["hw.feedback2.ipynb", "hw.feedback2.html"]
    assert "mended here" in ipynb.read_text(encoding="utf-8")


def test_a_feedback_that_was_only_saved_again_is_replaced(tmp_path):
    ipynb, _ = write(tmp_path)
    saved = nbformat.read(ipynb, as_version=4)
    saved["cells"][2]["execution_count"] = 5
    nbformat.write(saved, ipynb)
    assert write(tmp_path)[0] == ipynb


def test_who_hands_in_the_feedback_gets_the_next_number(tmp_path):
    """They work in hw.feedback.ipynb, and it may lie in the very folder that is written to."""
    ipynb, _ = write(tmp_path)
    before = ipynb.read_bytes()
    handed_in = json.loads(before)
    written = write(tmp_path, handed_in, file="hw.feedback.ipynb", told=report(not_started()))
    assert [path.name for path in written] == ["hw.feedback2.ipynb", "hw.feedback2.html"]
    assert ipynb.read_bytes() == before


@pytest.mark.parametrize("name", ["hw.feedback.ipynb", "hw.feedback.html"])
@pytest.mark.parametrize(
    "content", ["", "mine", "{}", "[]", '{"metadata": {"chainmark_feedback": 1}}', "[" * 100_000]
)
def test_what_is_not_ours_is_never_overwritten(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    written = write(tmp_path)
    assert [path.name for path in written] == ["hw.feedback2.ipynb", "hw.feedback2.html"]
    assert (tmp_path / name).read_text(encoding="utf-8") == content


def test_bytes_that_are_no_text_a_folder_and_a_link_are_left_alone(tmp_path):
    (tmp_path / "hw.feedback.html").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "hw.feedback2.ipynb").mkdir()
    own = tmp_path / "own.ipynb"
    own.write_text("precious", encoding="utf-8")
    (tmp_path / "hw.feedback3.ipynb").symlink_to(own)
    (tmp_path / "hw.feedback4.html").symlink_to(tmp_path / "nowhere")
    assert write(tmp_path)[0].name == "hw.feedback5.ipynb"
    assert own.read_text(encoding="utf-8") == "precious"
    assert not (tmp_path / "nowhere").exists()


def test_a_link_to_our_own_feedback_is_left_alone_too(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    ipynb, _ = write(elsewhere)
    (tmp_path / "hw.feedback.ipynb").symlink_to(ipynb)
    assert write(tmp_path)[0].name == "hw.feedback2.ipynb"


def test_notebooks_of_one_name_in_two_folders_get_two_names(tmp_path):
    files = ("a/hw.ipynb", "b/hw.ipynb", "other.ipynb")
    written = write_feedback(tmp_path, [NotebookFile(file, homework()) for file in files], homework_report())
    assert [path.name for path in written[::2]] == [
        "a-hw.feedback.ipynb",
        "b-hw.feedback.ipynb",
        "other.feedback.ipynb",
    ]


def test_even_names_that_become_equal_do_not_overwrite_each_other(tmp_path):
    files = ("h?w.ipynb", "h*w.ipynb")
    written = write_feedback(tmp_path, [NotebookFile(file, homework()) for file in files], homework_report())
    assert len(set(written)) == 4
    assert all(path.exists() for path in written)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("../../etc/passwd.ipynb", "passwd"),
        ("a\x1b[31mb\u202e.ipynb", "a_31mb_"),
        ("<img src=x>.ipynb", "_img_src_x_"),
        (".hidden.ipynb", "hidden"),
        ("-rf.ipynb", "rf"),
        ("con.ipynb", "_con"),
        ("...", "notebook"),
        ("Übung 1.ipynb", "Übung_1"),
        ("\ud800.ipynb", "_"),
    ],
)
def test_a_hostile_name_becomes_a_harmless_one(file, name, tmp_path):
    assert _names([file]) == [name]
    written = write(tmp_path / "in", file=file)
    assert {path.parent for path in written} == {tmp_path / "in"}


def test_a_name_of_any_length_fits():
    assert len(_fit("é" * 1000).encode()) <= 150


def test_a_half_of_a_pair_in_a_cell_can_be_written_and_read_again(tmp_path):
    given = notebook(code("x = '\ud800'"), text("\udfff"))
    ipynb, html = write(tmp_path, given)
    assert json.loads(ipynb.read_text(encoding="utf-8"))["cells"][1]["source"] == ["x = '\ud800'"]
    assert "\\xd800" in re.sub("<[^>]*>", "", html.read_text(encoding="utf-8"))


def test_a_hostile_report_can_be_written(tmp_path):
    nbformat.validate(nbformat.read(write(tmp_path, told=hostile())[0], as_version=4))


def test_units_give_the_numbers_that_messages_use(tmp_path):
    units = [Unit("cell 9", "x", FILE, 1, ""), Unit("layers.py", "x", "layers.py", None, "layers")]
    told = report(replace(affine_at(), places=(place("affine_forward", 2, label="cell 10"),)))
    _, html = write(tmp_path, told=told, units=units)
    page = html.read_text(encoding="utf-8")
    assert 'id="cell-9"' in page
    assert 'id="cell-12"' in page
    assert 'id="cell-2"' not in page


def test_exercises_without_a_notebook_cell_are_told_once(tmp_path):
    told = report(replace(affine_at(), places=(place("affine_forward", None, label="l.py", file="l.py"),)))
    files = [NotebookFile(file, homework()) for file in ("a.ipynb", "b.ipynb")]
    written = write_feedback(tmp_path, files, told)
    has = ['id="feedback-1"' in path.read_text(encoding="utf-8") for path in written[1::2]]
    assert has == [True, False]


def test_the_style_of_the_findings_is_in_a_page_once(tmp_path):
    _, html = write(tmp_path)
    assert html.read_text(encoding="utf-8").count(".chainmark-report table {") == 1


def test_a_folder_that_is_a_file_is_an_oserror(tmp_path):
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    with pytest.raises(OSError, match="taken"):
        write(tmp_path / "taken")


def test_nothing_is_written_if_the_page_cannot_be_made(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.report.feedback.page.page", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(tmp_path)
    assert names(tmp_path) == []
