"""A notebook's outputs on the page: text and checked pictures, and a word on everything that is left out."""

from __future__ import annotations

import base64

import pytest

from grader.report.feedback.pictures import checked_address, data_address
from grader.report.feedback.plain import printed, shortened, visible
from grader.report.feedback.safe import MOST_OUTPUT, Safe
from tests.report.notebooks import code, png, shown, stream


def output(data):
    return Safe().outputs(code("", shown(data)))


def test_outputs_are_text_and_pictures():
    made = Safe().outputs(
        code("", stream("\x1b[31mred\x1b[0m <b>\n10%\r100%\n"), shown({"image/png": png()}))
    )
    assert "red &lt;b&gt;\n100%\n" in made
    assert f'<img src="data:image/png;base64,{png()}"' in made


def test_an_error_is_shown_without_its_colours():
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[0;31mE\x1b[0m: v"]}
    assert '<pre class="stderr" tabindex="0">E: v</pre>' in Safe().outputs(code("", error))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text/html": "<b>"}, "[an HTML output left out]"),
        ({"image/svg+xml": "<svg/>", "text/html": "x"}, "[an SVG picture and an HTML output left out]"),
        ({"application/javascript": "x"}, "[a script left out]"),
        ({"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}, "[a widget left out]"),
        ({"application/x-<b>": "x"}, "[an output of the kind application/x-&lt;b&gt; left out]"),
        ({"image/png": "no base64"}, "[an output of the kind image/png left out]"),
    ],
)
def test_what_is_left_out_is_said(data, words):
    assert words in output(data)


def test_what_an_earlier_check_displayed_is_not_told_twice():
    """Its findings are made anew below the cell; the old ones would stand beside them as if they still held."""
    from grader.live.shown import Feedback
    from tests.report.samples import report

    shown = Feedback(report())
    made = output(
        {"text/html": shown._repr_html_(), "text/markdown": shown._repr_markdown_(), "text/plain": "Old"}
    )
    assert made == '<p class="left">[what an earlier check() showed here; what holds now stands below]</p>'


def test_of_a_table_in_html_its_text_is_shown():
    made = output({"text/html": "<table>", "text/plain": "   a\n0  1"})
    assert "   a\n0  1" in made
    assert "an HTML output left out" in made


def test_a_huge_output_is_cut_at_both_ends_of_its_middle():
    made = Safe().outputs(code("", stream("begin " + "x" * 2_000_000 + " end")))
    assert len(made) < MOST_OUTPUT + 500
    assert "begin xx" in made
    assert "xx end" in made
    assert "[2.0 MB left out]" in made


def test_many_outputs_are_counted():
    assert "[940 more outputs left out]" in Safe().outputs(code("", *[stream("x") for _ in range(1000)]))


def test_pictures_have_a_limit_for_the_whole_page():
    safe = Safe()
    safe.pictures = len(png()) + 100
    made = safe.outputs(code("", shown({"image/png": png()}), shown({"image/png": png()})))
    assert made.count("<img") == 1
    assert "an output of the kind image/png left out" in made


def test_only_pictures_that_are_what_they_say_are_shown():
    jpeg = base64.b64encode(
        b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x10\x00\x20\x03" + bytes(20)
    ).decode()
    assert data_address("image/png", png()) == f"data:image/png;base64,{png()}"
    assert data_address("image/jpeg", jpeg) == f"data:image/jpeg;base64,{jpeg}"
    assert data_address("image/png", f"{png()[:20]}\n{png()[20:]}\n") == f"data:image/png;base64,{png()}"
    for mime, content in [
        ("image/png", jpeg),
        ("image/jpeg", png()),
        ("image/svg+xml", png()),
        ("image/png", base64.b64encode(b"<svg onload=x>").decode()),
        ("image/png", '"><script>'),
        ("image/png", png(claimed=(100_000, 100_000))),
        ("image/png", png(claimed=(0, 5))),
        ("image/jpeg", base64.b64encode(b"\xff\xd8\xff").decode()),
        ("image/jpeg", base64.b64encode(b"\xff\xd8\xff\xe0\x00\x00" * 9).decode()),
        ("image/png", ""),
        ("image/png", "é"),
    ]:
        assert data_address(mime, content) == ""
    assert checked_address(f"data:image/svg+xml;base64,{png()}") == ""


def test_nothing_stays_hidden_in_text():
    assert (
        visible("a\u202eb\u200b\x00\ufeff\ud800\x9b\U000e0041c")
        == "a\\x202eb\\x200b\\x00\\xfeff\\xd800\\x9b\\xe0041c"
    )
    assert visible("née 👩\u200d🔬 \t\n") == "née 👩\u200d🔬 \t\n"
    assert printed("\x1b]8;;http://a\x07link\x1b]8;;\x1b\\ \x1b[38;5;1mred\x1b[0m\x1b(B") == "link red"
    assert printed("1%\r2%\r\nnext\r") == "2%\nnext"


def test_a_cut_text_keeps_its_beginning_and_end():
    assert shortened("abc", 3) == ("abc", "")
    cut, said = shortened("a" * 5000 + "b" * 5000, 5000)
    assert cut.startswith("a" * 1000)
    assert cut.endswith("b" * 4000)
    assert said == "5 kB left out"
