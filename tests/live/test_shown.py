"""What a cell displays: one output, light or dark as its page is, legible where it was made safe, for everybody."""

from __future__ import annotations

import json
import linecache
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from grader import check, check_all, trace
from grader.live.shown import Feedback
from tests.live.shells import BACKWARD, CHROMIUM, RIGHT, SLIP, page, said
from tests.report.samples import hostile, samples

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "grader" / "report" / "templates"
AXE = [
    Path(os.environ.get("CHAINMARK_AXE", "")),
    *(folder / "node_modules" / "axe-core" / "axe.min.js" for folder in (ROOT, *ROOT.parents)),
]
axe = next((path for path in AXE if path.is_file()), None)
needs_axe = pytest.mark.skipif(
    axe is None or CHROMIUM is None,
    reason="needs chromium, and axe-core: `npm install axe-core`, or its axe.js as CHAINMARK_AXE",
)


def feedback():
    """The report on a slip, as check() gives it to a cell."""
    names = {"__name__": "a_script", "check": check}
    exec("import numpy as np\n" + RIGHT + SLIP + "found = check('affine')", names)
    return names["found"]


def of_saved(path):
    """The report on a saved notebook whose kernel has something else."""
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in ("import numpy as np", RIGHT, SLIP)]
    )
    book.cells.append(
        nbformat.v4.new_code_cell(
            "def relu_forward(x):\n    return np.maximum(x, 0), x\n\n\n"
            "def relu_backward(dout, x):\n    return dout * (x > 0)"
        )
    )
    nbformat.write(book, path)
    names = {"__name__": "a_script", "check_all": check_all, "path": path}
    source = "import numpy as np\n" + RIGHT + BACKWARD + "found = check_all(path)"
    linecache.cache["a_cell"] = (len(source), None, source.splitlines(keepends=True), "a_cell")
    exec(compile(source, "a_cell", "exec"), names)
    return names["found"]


def test_a_kernel_shows_each_result_once_and_prints_nothing_else(tmp_path):
    """Inside a kernel rich would print what it was asked to write into a string."""
    calls = ("check('affine')", "trace('x*y', x=2, y=3)", "check('afine')")
    book = nbformat.v4.new_notebook()
    for cell in ("import numpy as np\nfrom grader import check, trace", RIGHT + SLIP, *calls):
        book.cells.append(nbformat.v4.new_code_cell(cell))
    resources = {"metadata": {"path": str(ROOT)}}
    NotebookClient(book, timeout=120, kernel_name="python3", resources=resources).execute()
    for cell, known in zip(book.cells[2:], ("5 of 6 points", "Backward", "did you mean"), strict=True):
        (output,) = cell.outputs
        assert output.output_type == "execute_result"
        assert known in output.data["text/plain"]
        assert ("text/html" in output.data) == (known != "did you mean")


def test_all_of_a_notebook_begins_with_what_is_stale_and_a_table_of_its_exercises(tmp_path):
    found = of_saved(tmp_path / "hw.ipynb")
    html, markdown = found._repr_html_(), found._repr_markdown_()
    for text in (html, markdown):
        assert "affine_backward: not what the saved file has" in text
    assert (
        html.index("not what the saved file has") < html.index("<caption>All exercises") < html.index("<h3")
    )
    assert re.search(r"The affine layer <span[^>]*>\(affine\)</span></th>\s*<td[^>]*>5 of 6</td>", html)
    assert "✗ wrong: dx" in html
    assert "relu" in html


def test_pictures_are_images_so_that_no_sanitiser_leaves_their_texts_lying_about():
    html = feedback()._repr_html_()
    assert "<svg" not in html
    assert '<img alt="Computational graph of The affine layer: x: value [[' in html
    assert 'src="data:image/svg+xml;base64,' in html


def test_what_students_wrote_stays_text():
    html = Feedback(hostile())._repr_html_()
    assert "<script" not in html
    assert not re.search(r"<[^>]*\son\w+=", html)
    assert set(re.findall(r'src="([^"]{14})', html)) <= {"data:image/svg"}


def test_the_colours_of_a_notebook_are_those_of_the_report():
    report, notebook = (
        re.findall(r"--page: [^}]*", (TEMPLATES / name).read_text(encoding="utf-8"))
        for name in ("report.css", "notebook.css")
    )
    assert [re.findall(r"--\w+: #\w+", block) for block in notebook] == [
        re.findall(r"--\w+: #\w+", block) for block in report
    ]
    assert len(notebook) == 2


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: colours are not looked at")
@pytest.mark.parametrize(
    ("body", "dark", "ground"),
    [
        ("", False, "rgb(255, 255, 255)"),
        ("", True, "rgb(21, 25, 28)"),
        ('data-jp-theme-light="false"', False, "rgb(21, 25, 28)"),
        ('data-jp-theme-light="true"', True, "rgb(255, 255, 255)"),
    ],
)
def test_a_check_is_light_or_dark_as_its_page_and_so_is_its_picture(body, dark, ground, tmp_path):
    script = """
    const image = document.querySelector('.chainmark-report figure img');
    await image.decode();
    return [getComputedStyle(image.closest('.chainmark-report')).backgroundColor, image.width > 200,
      getComputedStyle(image).colorScheme].join(' # ');
    """
    scheme = {False: "light", True: "dark"}[ground == "rgb(21, 25, 28)"] if body else "light dark"
    html = page(feedback()._repr_html_(), body=body)
    assert said(html, script, tmp_path, dark=dark) == f"{ground} # true # {scheme}"


NOTEBOOK_RULES = """
<style>
.host { color: #000; } .host table { margin: 0 auto; font-size: 10px; color: #000; }
.host td, .host th { text-align: right; color: #000; max-width: none; }
.host tbody tr:nth-child(odd) { background: #f5f5f5; } .host tbody tr:hover { background: #e0e0ff; }
</style>
"""
"""What front ends do to the tables of their outputs."""

JUDGED = """
document.querySelectorAll('details').forEach(details => { details.open = true; });
const found = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']});
return JSON.stringify({passes: found.passes.map(rule => rule.id),
  violations: found.violations.map(rule => [rule.id, rule.nodes.map(node => node.html.slice(0, 120))])});
"""


@needs_axe
@pytest.mark.parametrize("body", ['data-jp-theme-light="true"', 'data-jp-theme-light="false"'])
@pytest.mark.parametrize("what", ["a slip", "a circuit", "all of a notebook", "a formula"])
def test_nothing_that_a_cell_displays_fails_wcag_in_light_or_dark(what, body, tmp_path):
    shown = {
        "a slip": feedback,
        "a circuit": lambda: Feedback(samples()["the sigmoid circuit"]),
        "all of a notebook": lambda: of_saved(tmp_path / "hw.ipynb"),
        "a formula": lambda: trace("x = r; y = r*s; f = x*y", r=2, s=3),
    }[what]()
    html = page(f'{NOTEBOOK_RULES}<div class="host">{shown._repr_html_()}</div>', body=body)
    result = json.loads(said(html, JUDGED, tmp_path, scripts=(axe,)))
    assert result["violations"] == []
    assert "color-contrast" in result["passes"]


@needs_axe
def test_what_fails_wcag_would_be_found(tmp_path):
    html = page('<p style="color:#bbb;background:#fff">grey</p><img src="data:image/png;base64,AAAA">')
    result = json.loads(said(html, JUDGED, tmp_path, scripts=(axe,)))
    assert {"color-contrast", "image-alt"} <= {rule for rule, _ in result["violations"]}
