"""The page: what the student wrote is safe and complete, what is left out is said, ours is in its place."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from grader.findings import Finding, Verdict
from grader.report.feedback import feedback_html
from grader.report.feedback.rewrite import rewritten
from grader.report.feedback.safe import MOST_RENDERED, Safe
from tests.report.notebooks import (
    FILE,
    affine_at,
    code,
    homework,
    homework_report,
    notebook,
    png,
    stream,
    text,
)
from tests.report.samples import all_right, hostile, not_started, report

ROOT = Path(__file__).resolve().parents[2]
CSS = ROOT / "grader" / "report" / "templates" / "feedback" / "chainmark" / "feedback.css"


def page(given=None, told=None, **more):
    return feedback_html(given or homework(), told or homework_report(), file=FILE, **more)


def markdown(source, **more):
    return Safe().markdown(text(source, **more))


def test_a_page_has_the_cells_in_order_with_the_findings_between_them():
    html = page()
    wanted = ['id="cell-1"', 'id="cell-3"', 'id="cell-5"', 'id="feedback-1"']
    found = [html.index(piece) for piece in wanted]
    assert found == sorted(found)


def test_a_page_leads_to_the_first_exercise_to_mend():
    html = page()
    assert '<a class="skip" href="#feedback-1">' in html
    assert html.index('class="skip"') < html.index("<h1>")
    assert 'class="skip"' not in page(told=report(all_right()))


def test_a_page_loads_nothing_and_allows_nothing():
    html = page(told=hostile())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "base-uri 'none'; form-action 'none'" in policy[1], "these two do not follow default-src"
    assert html.index("Content-Security-Policy") < html.index("<style>")
    assert "<script" not in html
    assert not re.search(r"(?:src|href)=[\"']?(?!#|data:image/)[a-z/]", html.replace(' rel="', "")), (
        "no addresses"
    )


def test_the_pages_own_texts_are_escaped():
    """The template's escaping is on everywhere, in its macro too."""
    html = feedback_html(homework(), hostile(), file='<script>"&.ipynb', exercise_html=lambda _: "")
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_fragment_goes_in_as_it_is():
    assert "<svg><title>ours</title></svg>" in page(exercise_html=lambda _: "<svg><title>ours</title></svg>")


def test_a_forged_mark_does_not_bring_html_into_the_page():
    forged = text(
        "<script>alert(1)</script>", metadata={"chainmark": {"feedback": True, "exercise": "affine"}}
    )
    html = page(notebook(forged, code("x = 1")), report(not_started()))
    assert "<script" not in html


def test_what_the_exporter_could_believe_of_a_notebooks_metadata_stays_out():
    given = homework()
    given["metadata"] = {"language": 7, "language_info": {"pygments_lexer": ["x"]}, "title": "<script>"}
    given["cells"][2]["metadata"] = {"magics_language": "html", "tags": ["remove_cell"]}
    assert "affine_forward" in page(given)


@pytest.mark.parametrize(
    "attack",
    [
        "<script>x</script>",
        "<img src=x onerror=x>",
        "<a href='javascript:x'>a</a>",
        "<a href='&#106;avascript:x'>a</a>",
        "<a href=' java\nscript:x'>a</a>",
        "<a href='data:text/html,x'>a</a>",
        "<a href='//evil.invalid'>a</a>",
        "[a](vbscript:x)",
        "<svg onload=x>",
        "<math href='javascript:x'>",
        "<p style='background:url(http://a)'>",
        "<p id='feedback-1' class='finding' onclick='x'>",
        "<form action=http://a><button formaction=javascript:x>",
        "<iframe srcdoc=x>",
        "</section></main><h1>",
        "<meta http-equiv=refresh content=0>",
        "<base href=//a>",
    ],
)
def test_the_second_wall_holds_alone(attack):
    """`rewritten` gets what no sanitiser has seen, and lets nothing through but elements of its own making."""
    for made in (rewritten(attack, []), markdown(attack)):
        for tag in re.findall(r"<[^>]*>", made):
            harmless = (
                r"</?(?:p|a|div|span|br|h\d|span class=\"left\"|a rel=\"noopener noreferrer nofollow\")>"
            )
            assert re.fullmatch(harmless, tag), tag


def test_links_to_the_web_stay_and_carry_nothing():
    assert 'href="https://numpy.org/doc?a=1" rel="noopener noreferrer nofollow"' in markdown(
        "[numpy](https://numpy.org/doc?a=1)"
    )


def test_markdown_is_rendered_and_its_headings_stand_below_the_pages():
    made = markdown("# One\n\n*two* **three** `four`\n\n- [x] five\n- [ ] six\n\n|a|b|\n|-|-|\n|1|2|\n")
    for piece in (
        "<h2>One</h2>",
        "<em>two</em>",
        "<strong>three</strong>",
        "<code>four</code>",
        "☑ five",
        "☐ six",
        "<td>1</td>",
    ):
        assert piece in made


def test_formulas_stay_readable_as_text():
    """Nothing on the page sets LaTeX: its commands would stand there as they were typed."""
    assert "so w₁ * x₁ * y and" in markdown("so $w_1 * x_1 * y$ and")
    assert "out = x · y" in markdown("$\\text{out} = x \\cdot y$")
    assert "∂L/∂x" in markdown("$$\\frac{\\partial L}{\\partial x}$$")
    assert "<code>a $b$ c</code>" in markdown("`a $b$ c`")


def test_what_the_sanitiser_refuses_is_shown_as_text():
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markdown("<script>alert(1)</script>")


def test_an_attached_picture_is_shown_and_a_missing_one_is_said():
    made = markdown("![a sketch](attachment:s.png)", attachments={"s.png": {"image/png": png()}})
    assert f'<img src="data:image/png;base64,{png()}" alt="a sketch">' in made
    assert "[a picture was left out: a sketch]" in markdown("![a sketch](attachment:none.png)")
    assert "[a picture was left out: far]" in markdown("![far](https://example.org/a.png)")
    assert "data:" not in markdown("![x](attachment:s)", attachments={"s": {"image/svg+xml": "<svg/>"}})


def test_a_picture_within_markdown_is_shown():
    assert f'src="data:image/png;base64,{png()}"' in markdown(f"![x](data:image/png;base64,{png()})")


def test_markdown_that_breaks_the_renderer_is_shown_as_text(monkeypatch):
    monkeypatch.setattr("grader.report.feedback.safe._render", lambda *_: 1 / 0)
    assert markdown("a <b> c") == '<pre class="text" tabindex="0">a &lt;b&gt; c</pre>'


def test_code_is_coloured_and_every_line_keeps_its_number():
    made = Safe().code(code("\n\n# three\n\ndef f(x):\n    return '<b>&'\n\n"), frozenset({5}))
    lines = re.search(r"<code>(.*)</code>", made, re.DOTALL)[1].split("\n")
    assert len(lines) == 8
    assert lines[0] == '<span class="line"></span>'
    assert "# three" in lines[2]
    assert lines[4].startswith('<span class="line named">')
    assert '<span class="k">def</span>' in lines[4]
    assert "&lt;b&gt;&amp;" in lines[5]


@pytest.mark.parametrize(
    "source", ["", "\n", " ", "\n\n\n", "x\r\ny\r", "\t\x0c x", "\ufeffx", "'''\n\n'''", "a\u2028b", "\ud800"]
)
def test_strange_code_keeps_its_lines(source):
    made = Safe().code(code(source), frozenset())
    expected = source.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert made.count('<span class="line">') == expected
    made.encode()


def test_the_line_that_a_finding_names_is_marked_in_its_cell():
    html = page(told=report(affine_at(2, 4)))
    cell = html[html.index('id="cell-5"') : html.index('id="feedback-1"')]
    assert cell.count('class="line named"') == 1
    assert re.search(r'class="line named">.*dx', cell)


def test_a_line_of_a_check_that_passed_is_not_marked():
    passed = replace(affine_at(2, 4), findings=(Finding("a", Verdict.PASS, "", where="cell 5, line 3"),))
    assert 'class="line named"' not in page(told=report(passed))


def test_a_notebook_of_two_hundred_cells_is_quick():
    cells = []
    for number in range(100):
        cells += [
            text(f"## Part {number}\n\nSome *words* on $x_{number}$ and a list:\n\n- a\n- b\n"),
            code("def f(x):\n    return x * 2\n" * 10, stream("line\n" * 50)),
        ]
    page()  # imports and templates
    start = time.perf_counter()
    html = page(notebook(*cells), homework_report())
    assert html.count('<section class="cell') == 200
    assert time.perf_counter() - start < 20, "measured: about one second"


def test_a_notebook_made_to_be_slow_is_shown_as_text_after_a_while():
    safe = Safe()
    safe.rendered = 1000
    made = [safe.markdown(text("*a*" * 100)) for _ in range(5)]
    assert ["<em>" in html for html in made] == [True, True, True, False, False]
    assert MOST_RENDERED >= 200 * 1000, "an ordinary notebook of 200 cells is rendered whole"


def colours(theme):
    """The variables of the style sheet for one theme."""
    css = CSS.read_text(encoding="utf-8")
    light = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", css.partition("@media")[0]))
    dark = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", css.partition("@media")[2].partition("} }")[0]))
    return {"light": light, "dark": dark}[theme]


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """WCAG 2.1's ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_contrast_enough(theme):
    named = colours(theme)
    assert len(named) >= 14
    grounds = {"paper": ("ink", "quiet", "link", "right", "wrong", "open")}
    syntax = ("keyword", "string", "comment", "number", "name")
    grounds |= {"code": ("ink", "quiet", *syntax), "named": ("ink", *syntax)}
    for ground, texts in grounds.items():
        for one in texts:
            assert contrast(named[one], named[ground]) >= 4.5, (theme, one, ground)


def test_contrast_is_measured_as_it_is_defined():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < 4.5


def test_the_template_is_compiled_once_for_all_notebooks_of_a_class(monkeypatch):
    import jinja2

    first = page()
    compiled = []
    original = jinja2.Environment.compile
    monkeypatch.setattr(
        jinja2.Environment, "compile", lambda *given, **more: compiled.append(1) or original(*given, **more)
    )
    assert page() == first
    assert page(told=report(all_right())) != first
    assert not compiled


def test_no_page_shows_anything_of_the_one_before_it():
    page(notebook(code("mine = 'a secret of the first'")))
    assert "a secret of the first" not in page(notebook(code("other = 2")))


def test_importing_the_feedback_brings_no_notebook_machinery():
    code = "import sys; import grader.report.feedback; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert {"nbconvert", "nbformat", "jinja2", "IPython", "pygments", "bleach"} & set(
        ran.stdout.split()
    ) == set()
