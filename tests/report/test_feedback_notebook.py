"""The student's notebook as .ipynb: theirs untouched, ours below the right cells, once."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import nbformat
import pytest

from grader.findings import Finding, Verdict
from grader.report.feedback import annotated, without_feedback
from grader.report.feedback.plan import plan
from grader.report.report import Status
from tests.report.notebooks import (
    FILE,
    affine_at,
    code,
    homework,
    homework_report,
    notebook,
    place,
    text,
)
from tests.report.samples import all_right, hostile, not_started, report


def ours(cell):
    return "chainmark" in cell["metadata"]


def order(made):
    """The student's cells by id, ours by what they are about."""
    return [
        cell["metadata"]["chainmark"].get("exercise", cell["metadata"]["chainmark"]["kind"])
        if ours(cell)
        else cell["id"]
        for cell in made["cells"]
    ]


def test_findings_stand_below_the_later_cell_of_a_pair():
    made = annotated(homework(), homework_report(), file=FILE)
    assert order(made) == ["summary", "c0", "c1", "add_gate", "c2", "c3", "c4", "affine"]


def test_findings_stand_below_forward_where_backward_is_missing():
    made = annotated(homework(), report(affine_at(2)), file=FILE)
    assert order(made) == ["summary", "c0", "c1", "c2", "affine", "c3", "c4"]


def test_the_students_cells_are_untouched_and_in_their_order():
    given = homework()
    given["cells"][2]["metadata"] = {"deep": {"nbgrader": [1, {"a": None}]}, "tags": ["x"]}
    given["cells"][0]["attachments"] = {"a.png": {"image/png": "AAAA"}}
    before = copy.deepcopy(given)
    made = annotated(given, homework_report(), file=FILE)
    assert given == before, "what was given is not changed either"
    assert [cell for cell in made["cells"] if not ours(cell)] == before["cells"]
    assert made["metadata"] == before["metadata"]


def test_the_notebook_stays_valid():
    for made_from in (homework_report(), hostile()):
        nbformat.validate(nbformat.from_dict(annotated(homework(), made_from, file=FILE)))


def test_ids_are_unique_even_where_the_student_has_ours():
    given = homework()
    given["cells"][0]["id"] = "chainmark-affine"
    given["cells"][1]["id"] = "chainmark-summary"
    made = annotated(given, homework_report(), file=FILE)
    ids = [cell["id"] for cell in made["cells"]]
    assert len(set(ids)) == len(ids)


def test_a_notebook_of_an_older_minor_format_gets_no_ids():
    given = homework() | {"nbformat_minor": 4}
    for cell in given["cells"]:
        del cell["id"]
    made = annotated(given, homework_report(), file=FILE)
    assert not any("id" in cell for cell in made["cells"])
    nbformat.validate(nbformat.from_dict(made))


def test_running_again_on_an_annotated_notebook_replaces_ours():
    once = annotated(homework(), homework_report(), file=FILE)
    moved = {cell["id"]: index for index, cell in enumerate(once["cells"])}
    again = report(
        replace(
            affine_at(2, 4),
            places=(place("affine_forward", moved["c2"]), place("affine_backward", moved["c4"])),
        )
    )
    twice = annotated(once, again, file=FILE)
    assert order(twice) == ["summary", "c0", "c1", "c2", "c3", "c4", "affine"]


def test_without_feedback_gives_back_what_was_handed_in():
    assert without_feedback(annotated(homework(), homework_report(), file=FILE)) == homework()


def test_a_students_code_cell_is_never_taken_for_ours():
    given = homework()
    given["cells"][2]["metadata"] = {"chainmark": {"feedback": True, "exercise": "affine"}}
    made = annotated(given, homework_report(), file=FILE)
    assert given["cells"][2] in made["cells"]
    assert given["cells"][2] in without_feedback(made)["cells"]


def test_a_syntax_error_is_told_below_its_cell():
    note = Finding("syntax error", Verdict.FAIL, "invalid syntax: def broken(:", where="cell 2, line 1")
    made = annotated(homework(), report(not_started(), notes=(note,)), file=FILE)
    assert order(made)[:4] == ["summary", "c0", "c1", "notes"]
    (told,) = [c for c in made["cells"] if ours(c) and c["metadata"]["chainmark"]["kind"] == "notes"]
    assert "Cell 2, line 1: invalid syntax: def broken(:" in told["source"]
    assert "Cell 2, line 1" in made["cells"][0]["source"], "the summary names it too"


def test_a_note_about_another_file_stays_in_the_summary():
    note = Finding("syntax error", Verdict.FAIL, "invalid syntax", where="other.ipynb, cell 2, line 1")
    made = annotated(homework(), report(not_started(), notes=(note,)), file=FILE)
    assert "notes" not in order(made)
    assert "other.ipynb, cell 2" in made["cells"][0]["source"]


def test_a_repair_that_names_no_line_stays_in_the_summary():
    note = Finding("magic", Verdict.WARN, "%matplotlib was left out", where="cell 2")
    made = annotated(homework(), report(not_started(), notes=(note,)), file=FILE)
    assert "notes" not in order(made)
    assert "matplotlib" in made["cells"][0]["source"]


def test_what_is_defined_in_a_file_beside_the_notebook_is_told_at_the_top():
    exercise = replace(
        affine_at(), places=(place("affine_forward", None, label="layers.py", file="layers.py"),)
    )
    assert order(annotated(homework(), report(exercise), file=FILE))[:2] == ["summary", "affine"]
    elsewhere = annotated(homework(), report(exercise), file=FILE, home=False)
    assert "affine" not in order(elsewhere)
    assert "layers.py, line 1" in elsewhere["cells"][0]["source"]


def test_what_belongs_to_another_notebook_is_only_in_the_summary():
    exercise = replace(
        affine_at(), places=(place("affine_forward", 2, label="b.ipynb, cell 3", file="b.ipynb"),)
    )
    made = annotated(homework(), report(exercise), file=FILE)
    assert "affine" not in order(made)
    assert "b.ipynb, cell 3" in made["cells"][0]["source"]


def test_a_network_stands_below_its_own_function_and_not_below_a_layers():
    network = replace(affine_at(), kind="network", places=(place("net", 1), place("affine_forward", 4)))
    assert order(annotated(homework(), report(network), file=FILE))[2:4] == ["c1", "affine"]
    missing = Finding("found", Verdict.FAIL, "net was not found", "net")
    lost = replace(network, places=(place("affine_forward", 4),), findings=(missing,))
    assert order(annotated(homework(), report(lost), file=FILE))[:2] == ["summary", "affine"]


def test_the_summary_says_points_state_and_where_to_look():
    source = annotated(homework(), homework_report(), file=FILE)["cells"][0]["source"]
    assert "8 of 12 points" in source
    (row,) = [line for line in source.splitlines() if "below cell 5" in line]
    assert row.endswith("| 5 | 6 | ✗ wrong: dx | below cell 5 (affine_backward) |")
    assert "· not started" in source


def test_an_exercise_that_could_not_be_graded_has_no_points_in_the_summary():
    lost = replace(all_right(), status=Status.UNGRADED, reason="the grader failed")
    source = annotated(homework(), report(lost), file=FILE)["cells"][0]["source"]
    (row,) = [line for line in source.splitlines() if "could not be graded" in line and line.startswith("| ")]
    assert row.split("|")[2].strip() == ""


def test_cells_are_numbered_as_messages_number_them_where_a_copy_was_dropped():
    cells = homework()["cells"]
    made = plan(cells, report(), file=FILE, labels={"cell 1": 0, "cell 4": 2})
    assert made.numbers == (1, 2, 4, 5, 6)
    note = Finding("raised", Verdict.WARN, "NameError", where="cell 5, line 2")
    placed = plan(cells, report(notes=(note,)), file=FILE, labels={"cell 1": 0, "cell 4": 2})
    assert list(placed.below) == [3]
    assert placed.lines == {3: frozenset({2})}


def test_a_place_outside_the_notebook_is_survived():
    exercise = replace(affine_at(), places=(place("affine_forward", 99),))
    made = annotated(homework(), report(exercise), file=FILE)
    assert order(made) == ["summary", "c0", "c1", "c2", "c3", "c4"]


@pytest.mark.parametrize(
    "where", ["cell 0", "cell 99999999999999", "cell -1", "cell 2, line x", ", cell 2, line 1", ""]
)
def test_a_place_in_words_that_fits_nothing_is_survived(where):
    note = Finding("syntax error", Verdict.FAIL, "no", where=where)
    assert "notes" not in order(annotated(homework(), report(notes=(note,)), file=FILE))


def test_our_cells_cannot_be_edited_and_are_tagged():
    for cell in annotated(homework(), homework_report(), file=FILE)["cells"]:
        if ours(cell):
            assert cell["cell_type"] == "markdown"
            assert cell["metadata"]["editable"] is False
            assert cell["metadata"]["tags"] == ["chainmark-feedback"]


def test_an_empty_notebook_still_gets_its_summary():
    assert order(annotated(notebook(), report(not_started()), file=FILE)) == ["summary"]


def test_the_same_input_gives_the_same_notebook():
    made = [json.dumps(annotated(homework(), homework_report(), file=FILE)) for _ in range(2)]
    assert made[0] == made[1]


def test_another_rendering_of_an_exercise_can_be_put_in():
    made = annotated(
        notebook(text("a"), code("b")),
        report(replace(affine_at(), places=(place("affine_forward", 1),))),
        file=FILE,
        markdown=lambda exercise: f"mine: {exercise.id}",
    )
    assert made["cells"][-1]["source"] == "mine: affine"
