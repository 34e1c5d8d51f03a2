"""The pages as a browser makes them: they reflow, their pictures are drawn, nothing of a student's runs."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from grader.report.html import html
from grader.report.report import ExerciseReport, Hint, Report
from tests.report.samples import (
    affine_without_transpose,
    hostile,
    report,
    samples,
    sigmoid_circuit,
)


@pytest.fixture(scope="module")
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium here: pages are not looked at in a browser")
    return found


def rendered(browser: str, page: str, folder: Path) -> str:
    """What a browser makes of the page: its tree, written out again."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def probed(page: str, script: str) -> str:
    """The page with a script of the test's own that its policy is opened for."""
    code = base64.b64encode(script.encode()).decode()
    opened = page.replace("default-src 'none'", "default-src 'none'; script-src data:")
    return opened.replace("</body>", f'<script src="data:text/javascript;base64,{code}"></script></body>')


def test_nothing_is_wider_than_a_telephone_unless_it_scrolls_by_itself(browser: str, tmp_path: Path) -> None:
    """Source: WCAG 2.1, success criterion 1.4.10: reflow at 320 pixels."""
    script = """
    document.querySelectorAll('details').forEach(d => d.open = true);
    document.body.style.width = '320px';
    document.body.style.margin = '0';
    let wide = [...document.querySelectorAll('main *')].filter(e => !e.closest('.wide') && !e.closest('svg')
      && e.getBoundingClientRect().right > 321).map(e => e.outerHTML.slice(0, 80));
    document.title = 'WIDE ' + wide.length + ' ' + wide.join(' | ');
    """
    for name in ("twelve exercises", "hostile"):
        tree = rendered(browser, probed(html(samples()[name]), script), tmp_path)
        assert "<title>WIDE 0 " in tree, re.search(r"<title>WIDE.*?</title>", tree)


def test_a_browser_draws_the_pictures_inside_the_page(browser: str, tmp_path: Path) -> None:
    script = """
    let all = [...document.querySelectorAll('figure svg')].map(s => s.getBoundingClientRect());
    let bold = getComputedStyle(document.querySelector('svg text.origin')).fill;
    document.title = 'DRAWN ' + all.filter(r => r.width > 200 && r.height > 100).length + ' ' + bold;
    """
    page = html(report(affine_without_transpose(), sigmoid_circuit()))
    assert "<title>DRAWN 2 rgb(176, 18, 43)" in rendered(browser, probed(page, script), tmp_path)


def test_a_browser_runs_nothing_of_what_a_student_wrote(browser: str, tmp_path: Path) -> None:
    """Each text tries to break out of where it stands; one that does changes the title."""
    attempts = ["<script>document.title='OUT'</script>", "<img src=x onerror=\"document.title='OUT'\">"]
    attempts += [
        "</title></style></svg><script>document.title='OUT'</script>",
        "\"><script>document.title='OUT'",
    ]
    for attempt in attempts:
        tree = rendered(browser, html(_everywhere(attempt)), tmp_path)
        assert "<title>OUT" not in tree
        assert "<script" not in tree
        assert "onerror=" not in re.sub(r"&lt;img.*?(&gt;|\.\.\.)", "", tree)


def _everywhere(text: str) -> Report:
    """A report with this text wherever one may stand."""
    whole = hostile()

    def exercise(e: ExerciseReport) -> ExerciseReport:
        nodes = tuple(replace(n, name=text, label=text, message=text) for n in e.nodes)
        found = tuple(replace(f, message=text, where=text) for f in e.findings)
        drawn = tuple(
            replace(p, name=text, symbol=text, value=text, gradient=text, shown=text) for p in e.picture
        )
        return replace(
            e, id=text, title=text, nodes=nodes, findings=found, picture=drawn, picture_note=text, output=text,
            hints=(Hint(1, text, text), Hint(1, text)), example=(text,), example_code=text, conventions=(text,),
            diagnoses=(),
        )  # fmt: skip

    return replace(
        whole,
        title=text,
        submission=text,
        student=text,
        exercises=tuple(exercise(e) for e in whole.exercises),
    )
