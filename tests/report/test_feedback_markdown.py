"""Strings from outside in our Markdown: each renderer shows their characters, and nothing else comes of them."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.findings import Finding, Verdict
from grader.latex import unformatted
from grader.report.feedback.markdown import exercise_markdown, text
from grader.report.report import NodeReport, Standing
from grader.text import one_line
from tests.report.samples import HOSTILE, affine_without_transpose, hostile, not_started, sigmoid_circuit

PIECES = st.sampled_from(
    [
        *(
            "\\",
            "`",
            "``",
            "*",
            "**",
            "_",
            "__",
            "~~",
            "[",
            "](",
            ")",
            "![",
            "[^1]",
            "<",
            ">",
            "</p>",
            "<b>",
            "&",
            "|",
        ),
        *(
            "&lt;",
            "$",
            "$$",
            "\\(",
            "\\[",
            "{",
            "}",
            "^",
            "#",
            "# ",
            "- ",
            "+ ",
            "1. ",
            "1) ",
            "> ",
            "---",
            "===",
            "```",
        ),
        *(
            "~~~",
            "\n",
            "    ",
            "\t",
            "http://a.b",
            "www.a.b",
            "javascript:",
            "a@b.c",
            "<http://a>",
            "@@0@@",
            ":::",
            ": ",
        ),
        *(
            "% ",
            "\\begin{a}",
            "x",
            "dx",
            " ",
            "7",
            "é",
            "w_1",
            "{{",
            "{%",
            "<!--",
            "-->",
            "==",
            "++",
            "[ ] ",
            "[x]: y",
        ),
        *("\x1b[31m", "\u202e", "\ud800"),
    ]
)
STRINGS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))


class Words(HTMLParser):
    """The text of an HTML fragment, and its elements."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[str] = []
        self.outside_code = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, _attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_data(self, data):
        self.text += data
        if self.tags[-1:] != ["code"]:
            self.outside_code += data


def commonmark(source: str) -> str:
    """As VS Code renders: tables and struck text, and HTML as it stands."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(source)


def jupyter(source: str) -> str:
    """As nbconvert renders, formulas included."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    return MarkdownWithMath(IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source)


RENDERERS = pytest.mark.parametrize("renderer", [commonmark, jupyter])


def squeezed(given: str) -> str:
    return re.sub(r"\s+", " ", given).strip()


@RENDERERS
@given(STRINGS)
@example("__init__ a__b _x_ snake_case_name")
@example("x](javascript:alert(1)) ![a](b) [c]: d")
@example("1. first")
@example("=====")
@example("$a$ and $$b$$ \\(c\\)")
@settings(max_examples=300, deadline=None)
def test_any_string_shows_its_own_characters_and_makes_no_element(renderer, given_text):
    words = Words(renderer(text(given_text)))
    if words.text.strip() or one_line(given_text).strip():
        assert squeezed(words.text) == squeezed(one_line(given_text, limit=600))
    assert set(words.tags) <= {"p", "/p", "code", "/code"}
    assert "$" not in words.outside_code
    assert "\\" not in words.outside_code


@RENDERERS
@given(STRINGS)
@settings(max_examples=150, deadline=None)
def test_in_a_table_it_stays_in_its_cell(renderer, given_text):
    words = Words(renderer(f"| a | b |\n| --- | --- |\n| {text(given_text)} | end |\n"))
    assert words.tags.count("td") == 2
    assert words.tags.count("tr") == 2
    assert squeezed(words.text).endswith("end")


@RENDERERS
def test_the_same_strings_unescaped_would_make_elements(renderer):
    assert "b" in Words(renderer("<b>x</b>")).tags
    assert "a" in Words(renderer("[x](http://y)")).tags
    assert "h1" in Words(renderer("# x")).tags


@RENDERERS
def test_an_exercise_full_of_hostile_strings_has_only_our_elements(renderer):
    for exercise in hostile().exercises:
        words = Words(renderer(exercise_markdown(exercise)))
        ours = {"h3", "p", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "br", "code"}
        ours |= {"pre", "div", "span"}  # the example as code, which renderers colour
        assert {tag.lstrip("/") for tag in words.tags} <= ours
        assert "<script>alert(1)</script>" in words.text


def test_a_plain_message_stays_readable_in_the_source():
    message = (
        "Cell 12, line 4: dx = dout @ w, shapes (2, 3) @ (4, 3): 3 and 4 do not meet in affine_backward."
    )
    assert text(message) == message
    assert text("-1.66 (x > 0)") == "-1.66 (x &#62; 0)"


def test_a_wrong_exercise_is_told_in_the_order_of_the_model():
    exercise = affine_without_transpose()
    said = exercise_markdown(exercise)
    wanted = [
        "### Feedback",
        "5 of 6 points. One slip, at dx; it costs dx only.",
        "| **dx** | ✗ wrong",
        "you return",
        "*Hint 1:*",
        "*Convention:*",
    ]
    found = [said.index(piece) for piece in wanted]
    assert found == sorted(found)


def test_a_graph_says_which_operation_each_gradient_goes_through():
    said = exercise_markdown(sigmoid_circuit())
    assert "| node | back through |" in said
    assert "↪ follows" in said


def test_a_question_is_given_whole_and_as_text():
    asked = "$f = (x\\,y + z)\\cdot\\max(u, v)$ at $x = -4$, $y = -7$: $\\partial f/\\partial x$"
    node = NodeReport("dx", Verdict.FAIL, Standing.ORIGIN, 0, 0, 1, label=asked, message="no answer")
    said = exercise_markdown(replace(affine_without_transpose(), kind="answers", nodes=(node,)))
    assert "| node | asks for |" in said
    assert text(unformatted(asked), limit=200) in said
    assert "$" not in said


def test_evidence_of_checks_that_passed_is_left_out():
    exercise = replace(
        affine_without_transpose(), findings=(Finding("linear", Verdict.PASS, "as linear as it should be"),)
    )
    assert "as linear" not in exercise_markdown(exercise)


def test_an_exercise_not_started_is_one_line():
    said = exercise_markdown(replace(not_started(), hints=(), hints_left=0))
    assert "not started" in said
    assert "|" not in said


def test_a_long_text_is_cut():
    assert len(text(HOSTILE * 1000)) < 6000
