"""The class report in Chromium: sorted, searched, names hidden; nothing asked for, nothing hostile run."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.class_report.data import ClassData
from grader.class_report.page import class_page
from grader.gradebook import Gradebook
from grader.submission import Unit
from tests.class_report.browser import needs_chromium, opened
from tests.class_report.classes import Student, large, made, wrong_affine
from tests.report.samples import all_right, hostile
from tests.report.test_feedback_in_a_browser import attacks, listening
from tests.report.test_html_in_a_browser import _everywhere

pytestmark = needs_chromium

WRONG, UNITS = wrong_affine()
RIGHT = all_right("affine", 6.0)


def page_of(folder: Path, **how) -> str:
    with Gradebook.open(folder) as book:
        data = ClassData.load(book)
        pages = {p: f"students/{p}/report.html" for p in book.people}
    return class_page(data, pages=pages, **how)


@pytest.fixture(scope="module")
def five(tmp_path_factory) -> str:
    students = [
        Student("u1", (WRONG,), "Zoë Quist", "Monday", units=UNITS, sha256="1" * 64),
        Student("u2", (RIGHT,), "adam", "Friday"),
        Student("u10", (WRONG,), "Bo", "Friday", units=UNITS, sha256="3" * 64),
        Student("u3", (), "Cy", "Monday"),
        Student("u4", (RIGHT,), "Émile", "Friday"),
    ]
    return page_of(made(tmp_path_factory.mktemp("five") / "results", students, (WRONG,)))


def test_a_click_sorts_words_as_people_do_and_numbers_the_largest_first(five, tmp_path):
    with opened(five, tmp_path) as seen:
        assert seen.names() == ["adam", "Bo", "Cy", "Émile", "Zoë Quist"]
        seen.click("#table th:nth-child(1) button")
        assert seen.names() == ["Zoë Quist", "Émile", "Cy", "Bo", "adam"]
        seen.click("#table th:nth-child(2) button")
        ids = seen.page.locator("#table tbody td:nth-child(2)").all_inner_texts()
        assert ids == ["u1", "u2", "u3", "u4", "u10"]
        mark = "#table th:has-text('mark')"
        seen.click(f"{mark} button")
        assert seen.names() == ["adam", "Émile", "Zoë Quist", "Bo", "Cy"]
        assert seen.page.get_attribute(mark, "aria-sort") == "descending"
        seen.click(f"{mark} button")
        assert seen.page.get_attribute(mark, "aria-sort") == "ascending"
        assert set(seen.names()[:2]) == {"Zoë Quist", "Bo"}
        assert seen.names()[-1] == "Cy", "who has no mark comes last either way"
        assert seen.wrong == []


def test_a_search_finds_names_without_accents_ids_and_sections(five, tmp_path):
    with opened(five, tmp_path) as seen:
        for words, found in (
            ("zoe", ["Zoë Quist"]),
            ("EMILE", ["Émile"]),
            ("u10", ["Bo"]),
            ("friday bo", ["Bo"]),
            ("not submitted", ["Cy"]),
            ("nobody", []),
            ("", ["adam", "Bo", "Cy", "Émile", "Zoë Quist"]),
        ):
            seen.search(words)
            assert seen.names() == found, words
        assert seen.said() == "5 of 5 students"


def test_a_count_leads_to_its_students_and_back(five, tmp_path):
    with opened(five, tmp_path) as seen:
        seen.click("#teach a.count")
        assert seen.names() == ["Bo", "Zoë Quist"]
        assert seen.said().startswith("2 of 5 students: ")
        assert "without the transpose" in seen.said()
        assert seen.page.evaluate("document.activeElement.id") == "students-title"
        seen.click("#everybody")
        assert len(seen.names()) == 5
        seen.click("#teach a.count")
        assert len(seen.names()) == 2
        seen.page.go_back()
        seen.search("")
        assert seen.wrong == []


def test_the_switch_hides_every_name_and_what_is_for_the_staff_alone(five, tmp_path):
    with opened(five, tmp_path) as seen:
        assert seen.page.is_visible("#similar") is True
        seen.search("zoe")
        seen.click("#hide")
        assert seen.page.get_attribute("#hide", "aria-checked") == "true"
        shown = (
            seen.page.inner_text("body") + seen.page.inner_html("#table") + seen.page.input_value("#search")
        )
        for name in ("Zoë", "zoe", "adam", "Quist", "Émile", "u10"):
            assert name not in shown, name
        assert seen.page.is_visible("#similar") is False
        assert seen.names() == sorted(seen.names())
        assert seen.page.locator("#table tbody a").count() == 0, "a link shows where it leads"
        seen.search("zoe")
        assert seen.names() == [], "a search would tell who is who"
        seen.click("#hide")
        assert seen.names()[0] == "adam"
        assert seen.page.locator("#table tbody a").count() == 5


def test_two_thousand_students_are_drawn_sorted_and_searched_without_a_freeze(tmp_path):
    """Each step under a second on a busy machine; alone it takes tens of milliseconds."""
    page = page_of(large(tmp_path / "results", 2000))
    timed = """which => {
        const start = performance.now();
        document.querySelectorAll('#table thead button')[which].click();
        document.body.offsetHeight;
        return performance.now() - start;
    }"""
    with opened(page, tmp_path) as seen:
        assert len(seen.names()) < 500, "only what can be seen is drawn at first"
        for column in (0, 1, 4, 4, 6):
            assert seen.page.evaluate(timed, column) < 1000
        seen.search("u01234")
        assert len(seen.names()) == 1
        seen.search("")
        assert seen.said() == "2000 of 2000 students"
        for _ in range(60):
            seen.page.evaluate("document.querySelector('.tall').scrollTop = 1e9")
            seen.page.wait_for_timeout(30)
            if len(seen.names()) == 2000:
                break
        assert len(seen.names()) == 2000, "scrolling draws all of them"
        assert seen.wrong == []


def test_nothing_hostile_runs_and_no_request_leaves(tmp_path):
    """Every text in the gradebook tries to run something or to fetch something from a server that listens."""
    with listening() as (host, asked):
        tries = attacks(host)
        students = []
        for number, attack in enumerate(
            [*tries, "</script>" + tries[0], "'\"><script>document.title=1</script>"]
        ):
            (exercise,) = _everywhere(attack).exercises
            units = (Unit("cell 12", f"def affine_backward():\n    dx = {attack!r}\n", "hw1.ipynb", 11),)
            students.append(
                Student(
                    f"{attack}{number}", (exercise,), attack, attack, units=units,
                    sha256=f"{number:064x}", trouble=attack,
                )
            )  # fmt: skip
        (first,) = hostile().exercises
        page = page_of(made(tmp_path / "results", students, (first,), title=attacks(host)[0]))
        with opened(page, tmp_path) as seen:
            seen.page.wait_for_timeout(300)
            seen.click("#hide")
            seen.click("#hide")
            seen.page.locator("a.count").first.click()
            assert seen.page.title().startswith("Class report: <script>")
            assert seen.asked == [seen.file.as_uri()]
            assert seen.wrong == []
        assert asked == []


def test_a_script_that_got_into_the_page_would_not_run(five, tmp_path):
    """Escaping is one wall, the policy the other: it names our script by its hash."""
    broken = five.replace("</header>", "<script>document.title = 'taken over'</script></header>")
    assert broken != five
    with opened(broken, tmp_path) as seen:
        assert seen.page.title().startswith("Class report")
        assert any("Content Security Policy" in line for line in seen.wrong), "it was tried"
        assert len(seen.names()) == 5


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_screen_unless_it_scrolls_by_itself(five, tmp_path, width):
    """Source: WCAG 2.1, success criterion 1.4.10: reflow at 320 pixels."""
    with opened(five, tmp_path, viewport={"width": width, "height": 700}) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(five, tmp_path, scheme):
    """Contrast of every visible text to what is behind it. Source: WCAG 2.1, success criterion 1.4.3: 4.5."""
    script = """() => {
        const parts = c => c.match(/[\\d.]+/g).map(Number);
        const linear = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        const light = c => { const [r, g, b] = parts(c).map(linear);
            return .2126 * r + .7152 * g + .0722 * b; };
        const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
            if (parts(c)[3] !== 0) return c; } return 'rgb(255, 255, 255)'; };
        const low = [];
        for (const e of document.querySelectorAll('body *')) {
            if (!e.offsetParent || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
            const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
            if ((a + .05) / (b + .05) < 4.5) low.push(e.outerHTML.slice(0, 90));
        }
        return low;
    }"""
    with opened(five, tmp_path, color_scheme=scheme) as seen:
        seen.click("#hide")
        assert seen.page.evaluate(script) == []
