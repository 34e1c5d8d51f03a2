"""The page and the fragment: complete, in the order of the model, safe with anything in them, readable by all."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from grader.findings import Finding, Verdict
from grader.report.html import LONGEST, MOST_LINES, exercise_html, html
from grader.report.redact import redact
from grader.report.report import Hint, NodeReport, Reader, Standing
from tests.report.samples import (
    HOSTILE,
    affine_without_transpose,
    all_right,
    hostile,
    not_started,
    report,
    samples,
    sigmoid_circuit,
)

VOID = {"meta", "br", "hr", "img", "link", "input"}
CSS = Path(__file__).resolve().parents[2] / "grader" / "report" / "templates" / "report.css"


class Page(HTMLParser):
    """The elements of a page in order, checked for balance; and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]


def in_order(text: str, *parts: str) -> None:
    at = -1
    for part in parts:
        found = text.find(part, at + 1)
        assert found > at, f"{part!r} is missing, or stands before what it should follow"
        at = found


@pytest.mark.parametrize("name", samples())
def test_every_page_is_balanced_and_asks_for_nothing_from_anywhere(name: str) -> None:
    page = html(samples()[name])
    found = Page(page)
    allowed = {"a": {"href"}, "meta": {"charset", "http-equiv", "content", "name"}}
    for tag, attributes in found.elements:
        assert tag not in {
            "script",
            "link",
            "img",
            "iframe",
            "object",
            "embed",
            "base",
            "form",
            "image",
            "use",
        }
        assert not [key for key in attributes if key.startswith("on") or key in {"src", "xlink:href"}]
        if "href" in attributes:
            assert tag in allowed
            assert str(attributes["href"]).startswith("#exercise-")
    assert "@import" not in page
    assert "url(" not in page
    policies = [
        a.get("content") for _, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"
    ]
    loads, leads = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        "base-uri 'none'; form-action 'none'",
    )
    assert policies == [f"{loads}; {leads}"]


@pytest.mark.parametrize("name", samples())
def test_every_page_has_a_language_one_main_heading_and_no_gap_in_the_levels(name: str) -> None:
    found = Page(html(samples()[name]))
    assert ("html", {"lang": "en"}) in found.elements
    assert (
        found.tags.count("main") == found.tags.count("title") - found.tags.count("svg") - _titles(found) == 1
    )
    levels = [int(tag[1]) for tag in found.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def _titles(found: Page) -> int:
    """The titles of boxes inside pictures: one for each group that is not the drawing itself."""
    return sum(tag == "g" and "transform" not in attributes for tag, attributes in found.elements)


@pytest.mark.parametrize("name", samples())
def test_every_header_of_a_table_says_what_it_heads_and_every_region_has_a_name(name: str) -> None:
    for tag, attributes in Page(html(samples()[name])).elements:
        if tag == "th":
            assert attributes.get("scope") in {"row", "col"}
        if "tabindex" in attributes and tag == "div":
            assert attributes.get("role") == "region"
            assert attributes.get("aria-label")


def test_anchors_are_unique_and_every_link_has_its_target() -> None:
    found = Page(html(samples()["twelve exercises"]))
    ids = [a["id"] for _, a in found.elements if "id" in a]
    links = [str(a["href"])[1:] for tag, a in found.elements if tag == "a"]
    assert len(ids) == len(set(ids)) == 12
    assert links == ids


def test_an_exercise_reads_in_the_order_of_the_model() -> None:
    exercise = redact(report(affine_without_transpose()), Reader.PRACTICE, hints=1).exercises[0]
    page = Page(exercise_html(exercise))
    in_order(
        page.text,
        "The affine layer",
        "5 of 6 points. One slip, at dx; it costs dx only.",
        "out ✓ dx ✗ dw ✓ db ✓",
        "What was judged",
        "✗ wrong",
        "As a picture, with x = [[1, 2]]",
        "dx = [[4, 5.5]]",
        "Cell 12, line 4: dx = dout @ w, shapes (2, 3) @ (4, 3): 3 and 4 do not meet",
        "dx must have x's shape (N, D) = (2, 4)",
        "you return dx = [[4, 5.5]]",
        "so dx[0, 0] is -1, not 4",
        "Recognised",
        "Hints",
        "Which entries of w does x[0, 0] touch?",
        "2 more; chainmark check --hints 2",
        "Convention: row batches",
    )
    assert "transpose" not in page.text


def test_a_row_has_yours_and_expected_or_no_column_for_what_may_not_be_shown() -> None:
    whole = report(sigmoid_circuit())
    told = Page(html(whole)).text
    assert "expected" in told
    assert "-0.19661" in told
    hidden = Page(html(redact(whole, Reader.PRACTICE, hints=1))).text
    assert "expected" not in hidden
    assert "0.19661" not in hidden
    in_order(
        hidden,
        "11 of 12 points (2 if what follows from a mistake earned nothing). One slip, at exp; the rest follows",
        "dq",
        "dn",
        "exp",
        "du",
    )


def test_a_right_exercise_is_folded_and_a_wrong_one_is_not() -> None:
    tags = Page(html(report(all_right(), affine_without_transpose()))).elements
    details = [attributes for tag, attributes in tags if tag == "details"]
    assert [d["id"] for d in details if "id" in d] == ["exercise-1"]
    assert "open" not in details[0]
    assert [a["id"] for tag, a in tags if tag == "section" and "id" in a] == ["exercise-2"]


def test_a_remark_on_a_right_exercise_is_announced_where_it_is_folded() -> None:
    with_notes = Page(exercise_html(all_right())).text
    assert "3 of 3 points, with notes" in with_notes
    assert "Note: dx is computed in single precision" in with_notes
    assert "with notes" not in Page(exercise_html(replace(all_right(), findings=()))).text


def test_what_only_says_that_something_was_right_is_not_listed() -> None:
    assert "judged by statistics" not in Page(exercise_html(all_right())).text


def test_each_status_is_said_in_words() -> None:
    text = Page(html(samples()["twelve exercises"])).text
    assert "not started: still raises NotImplementedError" in text
    assert "could not be graded, which costs nothing: the grader itself failed" in text
    assert "to be marked by a person (4 points)" in text
    assert "provisional" in text


@pytest.mark.parametrize("name", ["provisional", "all right"])
def test_points_are_called_provisional_exactly_where_a_mark_is_missing(name: str) -> None:
    assert ("provisional" in Page(html(samples()[name])).text) is (name == "provisional")


def test_what_the_code_printed_keeps_its_lines_and_is_cut_after_many() -> None:
    noisy = replace(
        affine_without_transpose(), output="\n".join(f"<b>line {n}</b>\x1b[2J" for n in range(1000))
    )
    page = exercise_html(noisy)
    block = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert block is not None
    lines = block[1].strip().split("\n")
    assert lines[0] == r"&lt;b&gt;line 0&lt;/b&gt;\x1b[2J"
    assert len(lines) == MOST_LINES
    assert "(1000 lines)" in Page(page).text


def test_hostile_text_stays_text() -> None:
    page = html(hostile())
    assert "<script" not in page
    assert not [c for c in page if not c.isprintable() and c not in "\n"], (
        "something invisible is in the page"
    )
    assert "' {{ 7*7 }} [bold]" in Page(page).text
    assert "' 49 [bold]" not in Page(page).text, "a template was evaluated"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    page.encode("utf-8")


def test_the_test_of_hostile_text_has_something_to_find() -> None:
    assert "<script>" in HOSTILE
    assert "\x1b" in HOSTILE
    assert "\u202e" in HOSTILE
    with pytest.raises(UnicodeEncodeError):
        HOSTILE.encode("utf-8")


def test_a_very_long_text_is_cut() -> None:
    long = replace(affine_without_transpose(), title="t" * 50_000, hints=(Hint(1, "h" * 50_000),), picture=())
    page = exercise_html(long, style=False)
    assert "h" * (LONGEST - 3) + "..." in page
    assert len(page) < 20_000


def test_a_report_with_very_many_notes_says_how_many_it_leaves_out() -> None:
    notes = tuple(Finding("syntax error", Verdict.FAIL, f"note {n}") for n in range(80))
    text = Page(html(report(notes=notes))).text
    assert "note 49" in text
    assert "note 50" not in text
    assert "and 30 more" in text


def test_a_fragment_has_no_document_around_it_and_its_headings_begin_where_asked() -> None:
    exercise = affine_without_transpose()
    assert not {"html", "head", "body", "main", "meta"} & set(Page(exercise_html(exercise)).tags)
    for level in (2, 3, 5):
        tags = Page(exercise_html(exercise, level=level)).tags
        assert {tag for tag in tags if re.fullmatch("h[1-6]", tag)} == {f"h{level}", f"h{level + 1}"}
    assert type(exercise_html(exercise)) is str


def test_a_fragment_carries_its_style_once_if_asked_and_no_ids_that_could_meet_others() -> None:
    with_style, without = exercise_html(not_started()), exercise_html(not_started(), style=False)
    assert with_style.count("<style>") == 1
    assert "<style>" not in without
    assert not [a for _, a in Page(exercise_html(affine_without_transpose())).elements if "id" in a]


def test_the_style_reaches_nothing_outside_its_class() -> None:
    text = re.sub(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", r"\1", CSS.read_text(encoding="utf-8"))
    selectors = [one.strip() for group in re.findall(r"([^{}]+)\{", text) for one in group.split(",")]
    assert len(selectors) > 20
    assert all(s.startswith((".chainmark-report", ".chainmark-page")) for s in selectors), selectors


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_all_text_has_the_contrast_that_wcag_asks_for(scheme: int) -> None:
    """Source: WCAG 2.1, success criterion 1.4.3: 4.5 for text."""
    sets = re.findall(r"--page:[^}]*?--undecided: #\w{6}", CSS.read_text(encoding="utf-8"))
    colours = dict(re.findall(r"--(\w+): (#\w{6})", sets[scheme]))
    assert len(sets) == 2
    for name in set(colours) - {"page", "soft", "rule"}:
        for ground in ("page", "soft"):
            bright, dim = sorted((luminance(colours[name]), luminance(colours[ground])), reverse=True)
            assert (bright + 0.05) / (dim + 0.05) >= 4.5, (name, ground)


def test_the_same_report_gives_the_same_bytes() -> None:
    assert html(samples()["twelve exercises"]) == html(samples()["twelve exercises"])


def test_colour_is_never_alone_each_verdict_has_a_sign_and_a_word() -> None:
    verdicts = [
        (Verdict.PASS, Standing.CORRECT, "✓ right"),
        (Verdict.FAIL, Standing.ORIGIN, "✗ wrong"),
        (Verdict.FAIL, Standing.INHERITED, "↪ follows"),
        (Verdict.INCONCLUSIVE, Standing.UNJUDGED, "? undecided"),
        (Verdict.SKIPPED, Standing.UNJUDGED, "- not judged"),
    ]
    nodes = tuple(NodeReport(f"n{k}", v, s, 1.0, 1.0, 1.0) for k, (v, s, _) in enumerate(verdicts))
    text = Page(exercise_html(replace(affine_without_transpose(), nodes=nodes, picture=()))).text
    in_order(text, *(f"n{k} {words}" for k, (*_, words) in enumerate(verdicts)))
