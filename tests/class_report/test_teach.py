"""What to teach again: mistakes of several first, each once, with the line that makes it; what has no name."""

from __future__ import annotations

import ast
from dataclasses import replace

from grader.class_report.code import Function, snippet
from grader.class_report.page import class_page
from grader.class_report.teach import misconceptions, nameless
from tests.class_report.classes import Student, wrong_affine
from tests.class_report.test_sections import RIGHT, WRONG, classed, ids, many

_, UNITS = wrong_affine()
NAMED = WRONG.diagnoses[0]


def function(source):
    (tree,) = ast.parse(source).body
    return Function(tree.name, "cell 1", tree)


def teach_part(page):
    return page[page.index('id="teach"') : page.index('id="suspect"')]


def test_one_slip_that_shows_in_two_parts_stands_there_once(tmp_path):
    both = replace(WRONG, diagnoses=(NAMED, replace(NAMED, node="dw")))
    data = classed(tmp_path, *many(2, both, start="w"), *many(2, RIGHT))
    (found,) = misconceptions(data)
    assert found.node == "dx and dw"
    data = classed(tmp_path / "apart", *many(2, both, start="w"), Student("v", (WRONG,), sha256="f" * 64))
    assert [(m.node, len(m.students)) for m in misconceptions(data)] == [("dx", 3), ("dw", 2)]


def test_those_whose_code_is_alike_count_once_and_come_after_those_who_came_to_it_by_themselves(tmp_path):
    other = replace(WRONG, diagnoses=(replace(NAMED, id="negated", title="negated"),))
    data = classed(tmp_path, *many(3, WRONG, start="w"), *many(2, other, start="v"))
    assert [m.title for m in misconceptions(data)] == [NAMED.title, "negated"]
    found = misconceptions(data, [next(m for m in misconceptions(data) if len(m.students) == 3).students])
    assert [(m.title, m.apart, len(m.students)) for m in found] == [("negated", 2, 2), (NAMED.title, 1, 3)]


def test_a_mistake_of_one_student_is_below_and_no_heading(tmp_path):
    other = replace(WRONG, diagnoses=(replace(NAMED, id="negated", title="negated"),))
    data = classed(tmp_path, *many(2, WRONG, start="w"), Student("v", (other,), sha256="f" * 64))
    shown = teach_part(class_page(data))
    assert f"<code>dx</code>: {NAMED.title}</h3>" in shown
    assert "negated</h3>" not in shown
    assert "1 mistake that one student made" in shown
    assert ">negated" in shown


def test_what_no_known_mistake_explains_is_counted_too(tmp_path):
    """Or two students with nothing right would appear nowhere."""
    unnamed = replace(WRONG, diagnoses=())
    data = classed(tmp_path, *many(2, unnamed, start="u"), Student("w", (WRONG,)), *many(3, RIGHT))
    (found,) = nameless(data)
    assert (found.exercise, found.node, ids(data, found.students)) == ("affine", "dx", ["u0", "u1"])
    assert len(found.of) == 6
    assert "Wrong in a way that no known mistake explains" in teach_part(class_page(data))


def test_before_a_line_that_only_calls_stands_what_it_was_given():
    network = function(
        "def two_layer(x, w1, b1):\n"
        "    h, c1 = affine_forward(x, w1, b1)\n"
        "    other = 3\n"
        "    dz1 = dh1\n"
        "    dX, dW1, db1 = affine_backward(dz1, c1)\n"
        "    return dW1\n"
    )
    assert snippet([network], "dW1", None).split("\n") == [
        "h, c1 = affine_forward(x, w1, b1)",
        "dz1 = dh1",
        "dX, dW1, db1 = affine_backward(dz1, c1)",
    ]
    layer = function(
        "def affine_backward(dout, cache):\n    x, w = cache\n    dx = np.dot(dout, w)\n    return dx\n"
    )
    assert snippet([layer], "dx", None) == "dx = np.dot(dout, w)"
