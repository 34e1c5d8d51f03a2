"""Hints about several slips in every form of a report: each under the name of what it is about, by degrees."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from grader.report.feedback.markdown import exercise_markdown
from grader.report.html import exercise_html, html
from grader.report.redact import redact
from grader.report.report import Hint, Reader, Report
from grader.report.schema import as_json
from grader.report.terminal import show
from tests.report.samples import affine_without_transpose, paper, report, sigmoid_circuit
from tests.report.test_html import Page

SEVERAL = replace(
    affine_without_transpose(),
    hints=(
        Hint(1, "Where does `xx` get its value?", "dw"),
        Hint(2, "Which names does a function see?", "dw"),
        Hint(1, "How many entries of out does b[0] reach?", "db"),
        Hint(3, "Sum dout over the examples.", "db"),
    ),
)


def shown(what: Report, **options: bool) -> str:
    text = StringIO()
    show(what, Console(file=text, width=80), **options)
    return text.getvalue()


def test_in_a_terminal_each_hint_says_what_it_is_about():
    text = shown(redact(report(SEVERAL), Reader.PRACTICE, hints=1))
    assert "Hint 1, dw: Where does `xx` get its value?" in text
    assert "Hint 1, db: How many entries of out does b[0] reach?" in text
    assert "(2 more: --hints 2 shows the next)" in text


def test_hints_about_one_thing_need_no_name():
    assert "Hint 1: Which entries" in shown(
        redact(report(affine_without_transpose()), Reader.PRACTICE, hints=1)
    )


def test_on_a_page_each_has_its_list_numbered_by_degrees():
    page = exercise_html(SEVERAL)
    assert page.index('aria-label="Hints for dw"') < page.index('aria-label="Hints for db"')
    assert '<li value="3">Sum dout over the examples.</li>' in page
    words = Page(page).text
    assert words.index("dw Where does") < words.index("db How many entries")


def test_in_markdown_too():
    text = exercise_markdown(SEVERAL)
    assert "*Hint 1, dw:* Where does" in text
    assert "*Hint 3, db:* Sum dout" in text


def test_in_json_with_degree_and_node():
    (exercise,) = as_json(report(SEVERAL))["exercises"]
    assert exercise["hints"][2] == {
        "degree": 1,
        "text": "How many entries of out does b[0] reach?",
        "node": "db",
    }


PRINTED = replace(affine_without_transpose(), output="".join(f"line {n}\n" for n in range(50)))


def test_a_terminal_says_how_much_was_printed_and_shows_its_beginning_where_everything_is_shown():
    short = shown(report(PRINTED))
    assert "Your code printed 50 lines while it was tried; -v shows them." in short
    assert "line 3" not in short
    long = shown(report(PRINTED), verbose=True)
    assert "    line 0\n" in long
    assert "    line 19\n" in long
    assert "    line 20\n" not in long
    assert "and 30 more lines" in long


def test_a_page_folds_what_was_printed():
    page = exercise_html(PRINTED)
    assert "What the code printed while it was tried (50 lines)" in page
    assert page.index("<details><summary>What the code printed") < page.index("line 0")


def test_who_reads_of_cell_12_is_told_how_cells_are_counted():
    """Jupyter shows no such number; a kernel's [12] it shows."""
    words = "cells are counted from the top, texts too"
    assert words in " ".join(shown(report(affine_without_transpose())).split())
    assert words in html(report(affine_without_transpose()))
    (finding, *_) = affine_without_transpose().findings
    live = replace(affine_without_transpose(), findings=(replace(finding, where="cell [12], line 4"),))
    assert words not in " ".join(shown(report(live)).split())
    file = replace(live, findings=(replace(finding, where="layers.py, line 4"),))
    assert words not in " ".join(shown(report(file)).split())


def test_a_picture_that_is_too_wide_is_said_to_be_there():
    text = " ".join(shown(report(sigmoid_circuit())).split())
    assert "The picture is wider than these 80 columns; --html FILE draws it." in text
    assert "wider" not in shown(report(affine_without_transpose()))


def test_a_page_says_that_a_wide_picture_scrolls():
    assert "it is wide, and scrolls sideways" in exercise_html(sigmoid_circuit())
    assert "scrolls sideways" not in exercise_html(affine_without_transpose())


def test_a_question_with_formulas_is_plain_text_where_nothing_sets_formulas():
    (node, *others) = paper().nodes
    asked = replace(
        paper(), nodes=(replace(node, label=r"$f = x\,y$ at $x = -4$: $\partial f/\partial x$"), *others)
    )
    for page in (exercise_html(asked), exercise_markdown(asked)):
        assert "$f" not in page
        assert "partial" not in page
        assert "∂f/∂x" in page
