"""How a result looks: in a terminal of 80 columns, piped, and in a notebook."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from rich.console import Console

from grader.gradcheck import gradcheck

RNG = np.random.default_rng(0)
X, W, B = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=2)


def affine(x, w, b):
    return x @ w + b, (x, w)


def averaged(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)


@pytest.fixture(scope="module")
def wrong():
    return gradcheck(affine, averaged, X, W, B)


def printed(result, **options):
    out = io.StringIO()
    Console(file=out, width=80, **options).print(result)
    return out.getvalue()


def test_the_terminal_shows_a_row_for_each_gradient_and_the_finding_in_80_columns(wrong):
    text = printed(wrong)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("✗ gradcheck fail: dx, dw, db")
    rows = {line.split()[1]: line for line in lines if line[:1] in "✓✗" and line[3:5] in ("dx", "dw", "db")}
    assert rows["dx"].startswith("✓")
    assert rows["db"].startswith("✗")
    assert "2 of 2" in rows["db"]
    db = wrong.arguments[2]
    assert db.expected == pytest.approx(4 * db.got)  # averaged over 4 rows instead of summed
    assert f"{db.got:.6g}" in rows["db"]
    assert f"{db.expected:.6g}" in rows["db"]
    assert f"db[{db.index[0]}] = {db.got:.6g}, expected {db.expected:.6g}" in lines[-1]


def test_nothing_is_said_by_colour_alone(wrong):
    assert "\x1b" not in printed(wrong)
    coloured = printed(wrong, force_terminal=True, color_system="truecolor")
    assert "\x1b[" in coloured
    assert "✗" in coloured


def test_the_notebook_shows_a_table_that_is_well_formed(wrong):
    root = ET.fromstring(wrong._repr_html_())
    cells = [[cell.text or "" for cell in row] for row in root.iter("tr")]
    assert cells[0][1] == "gradient"
    assert [row[1] for row in cells[1:]] == ["dx", "dw", "db"]
    assert cells[3][0] == "✗"


def test_what_a_function_says_is_shown_as_text_in_the_notebook_and_the_terminal():
    def backward(dout, cache):
        raise ValueError("<script>alert(1)</script> [red]x[/red]")

    result = gradcheck(affine, backward, X, W, B)
    assert "<script>" not in result._repr_html_()
    assert "&lt;script&gt;" in result._repr_html_()
    assert "[red]x[/red]" in printed(result).replace("\n", "")


def test_plain_text_is_the_verdict_first_and_a_line_for_each_finding(wrong):
    lines = str(wrong).splitlines()
    assert lines[0].startswith("fail: dx, dw, db (")
    assert len(lines) == 2
    assert re.fullmatch(r"  ✗ fail: db\[\d\] = \S+, expected \S+ \(±\de-\d+\)", lines[1])
