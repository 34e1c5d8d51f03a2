"""The picture with marks: what is right, where a slip is, what follows from it; without it, as it always was."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pytest

from grader.picture.sketch import Mark
from grader.picture.svg import svg
from grader.picture.theme import DARK, LIGHT, MARK_LEGEND, text_width
from grader.report.picture import LONGEST, legend_words, marked, picture_lines, picture_svg
from grader.report.report import ExerciseReport, NodeReport, PictureNode, Standing
from tests.report.samples import affine_without_transpose, all_right, hostile, sigmoid_circuit
from tests.trace.examples import EXAMPLES, drawn

NAMESPACE = "{http://www.w3.org/2000/svg}"
Rectangle = tuple[float, float, float, float]


def wrong_forward() -> ExerciseReport:
    """exp's output is wrong; its gradient follows from it."""
    nodes = (PictureNode("x", "x", True, "[1]", "[4]", (), Standing.INHERITED, "dx"),)
    nodes += (PictureNode("out", "exp", False, "[1]", "[4]", ("x",), Standing.ORIGIN, "dout"),)
    return replace(affine_without_transpose(), picture=nodes)


def fan_out() -> ExerciseReport:
    """f = x*y and x = r, y = r*s: dr adds up what comes back from two gates."""
    standing = {
        "r": Standing.ORIGIN,
        "x": Standing.CORRECT,
        "y": Standing.CORRECT_ANYWAY,
        "s": Standing.CORRECT,
    }
    inputs = {"x": ("r",), "y": ("r", "s"), "f": ("x", "y")}
    picture = tuple(
        PictureNode(
            name,
            name if name in "rs" else "×",
            name in "rs",
            "2",
            "3",
            inputs.get(name, ()),
            standing.get(name, Standing.UNJUDGED),
            f"d{name}",
        )
        for name in ("r", "s", "x", "y", "f")
    )
    nodes = tuple(
        replace(node, name=f"d{name}") for name, node in zip("rsxy", sigmoid_circuit().nodes, strict=False)
    )
    return replace(sigmoid_circuit(), nodes=nodes, picture=picture)


PICTURES = {
    "affine": affine_without_transpose(),
    "sigmoid circuit": sigmoid_circuit(),
    "wrong forward": wrong_forward(),
    "fan-out": fan_out(),
    "hostile": hostile().exercises[0],
}


def parsed(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture_svg(PICTURES[name]))


def graph(root: ElementTree.Element) -> ElementTree.Element:
    found = root.find(f"{NAMESPACE}g")
    assert found is not None
    return found


def of_class(root: ElementTree.Element, *classes: str) -> list[ElementTree.Element]:
    return [e for e in root.iter() if set(classes) <= set((e.get("class") or "").split())]


def frames(exercise: ExerciseReport) -> dict[str, Mark | None]:
    return {box.name: box.mark for box in marked(exercise).boxes}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_picture_without_marks_knows_nothing_of_them(name: str) -> None:
    text = svg(drawn(name))
    assert not re.search(r"origin|inherited|frame|badge|--right", text)
    assert drawn(name).marks == ()


def test_a_gate_is_framed_by_the_gradient_it_makes_and_an_input_by_its_own() -> None:
    """The report says "One slip, at exp": exp is the box with the double frame, though the number is dn."""
    found = frames(sigmoid_circuit())
    assert [name for name, mark in found.items() if mark is Mark.ORIGIN] == ["e"]
    assert [name for name, mark in found.items() if mark is Mark.RIGHT] == ["q", "f"]
    assert {name for name, mark in found.items() if mark is Mark.INHERITED} == set(found) - {"e", "q", "f"}


def test_the_numbers_carry_their_own_marks_and_names() -> None:
    boxes = {box.name: box for box in marked(sigmoid_circuit()).boxes}
    assert (boxes["n"].gradient, boxes["n"].gradient_mark) == ("dn = -0.5344", Mark.ORIGIN)
    assert (boxes["q"].gradient, boxes["q"].gradient_mark) == ("dq = -0.5344", Mark.RIGHT)
    assert (boxes["w2"].gradient, boxes["w2"].gradient_mark) == ("dw2 = 0.5344", Mark.INHERITED)
    assert (boxes["f"].gradient, boxes["f"].gradient_mark) == ("1", None), "nobody was asked for df"
    assert not any(box.value_mark for box in boxes.values())


def test_a_layer_is_framed_by_its_output_and_its_inputs_by_their_gradients() -> None:
    assert frames(affine_without_transpose()) == {
        "x": Mark.ORIGIN,
        "w": Mark.RIGHT,
        "b": Mark.RIGHT,
        "out": Mark.RIGHT,
    }
    out = marked(affine_without_transpose()).boxes[-1]
    assert (out.value, out.value_mark) == ("out = [[-2.5, 3]]", Mark.RIGHT)
    assert (out.gradient, out.gradient_mark) == ("[[2, -1]]", None), "dout is given, not judged"


def test_a_wrong_output_is_marked_above_the_wire() -> None:
    boxes = marked(wrong_forward()).boxes
    assert boxes[1].value_mark is Mark.ORIGIN
    assert boxes[1].gradient_mark is None
    assert boxes[0].gradient_mark is Mark.INHERITED


def test_a_sum_at_a_fan_out_frames_no_gate() -> None:
    found = frames(fan_out())
    assert found["r"] is Mark.ORIGIN
    assert found["x"] is None
    assert found["y"] is Mark.RIGHT, "y alone makes ds, which is right"
    dots = of_class(graph(parsed("fan-out")), "dot")
    assert len(dots) == 1


def test_one_wrong_gradient_among_right_ones_is_what_a_gate_is_framed_by() -> None:
    exercise = sigmoid_circuit()
    right = tuple(
        replace(node, standing=Standing.ORIGIN if node.name == "x0" else Standing.CORRECT)
        for node in exercise.picture
    )
    found = frames(replace(exercise, picture=right))
    assert found["p0"] is Mark.ORIGIN
    assert found["p1"] is Mark.RIGHT
    assert found["w0"] is Mark.RIGHT


@pytest.mark.parametrize("missing", ["not computed", "missing"])
def test_a_number_that_this_case_did_not_yield_is_not_called_right(missing: str) -> None:
    """dw was right on other inputs; the picture has nothing that could be right."""
    exercise = affine_without_transpose()
    picture = tuple(replace(node, gradient=missing) if node.leaf else node for node in exercise.picture)
    boxes = {box.name: box for box in marked(replace(exercise, picture=picture)).boxes}
    assert boxes["w"].mark is None
    assert boxes["w"].gradient == missing
    assert boxes["x"].mark is Mark.ORIGIN
    assert boxes["x"].gradient == f"dx {missing}"


@pytest.mark.parametrize("name", ["affine", "sigmoid circuit", "wrong forward", "fan-out"])
def test_each_mark_has_its_own_line_colour_sign_and_words(name: str) -> None:
    root, drawing = parsed(name), marked(PICTURES[name])
    text = picture_svg(PICTURES[name])
    assert "stroke-dasharray" in text
    words = {element.text for element in of_class(root, "words")}
    for mark in Mark:
        wanted = sum(box.mark is mark for box in drawing.boxes)
        shown = len(
            [e for e in of_class(graph(root), "frame", mark) if "inner" not in (e.get("class") or "")]
        )
        assert shown == wanted
        inner = len(of_class(graph(root), "inner", mark))
        assert inner == (wanted if mark is Mark.ORIGIN else 0), "only a slip has a double frame"
        assert (MARK_LEGEND[mark] in words) is (mark in drawing.marks)
        signs = sum(b.mark is mark and not b.leaf for b in drawing.boxes)
        signs += sum(m is mark for b in drawing.boxes for m in (b.value_mark, b.gradient_mark))
        assert len(of_class(graph(root), "sign", mark)) == signs


def test_the_picture_says_itself_in_words() -> None:
    described = parsed("sigmoid circuit").findtext(f"{NAMESPACE}desc") or ""
    assert "n: value -1, gradient -0.5344; dn is wrong" in described
    assert "dw2 is right work on a wrong number" in described
    assert "dq is right" in described


def labels(root: ElementTree.Element) -> list[tuple[str, Rectangle]]:
    """Texts beside boxes with the room that their signs take on the left; bold is a tenth wider."""
    found = []
    for element in graph(root).iter(f"{NAMESPACE}text"):
        kinds, size = (element.get("class") or "").split(), float(element.get("font-size") or 0)
        if not {"value", "gradient"} & set(kinds):
            continue
        x, y, text = float(element.get("x") or 0), float(element.get("y") or 0), element.text or ""
        wide = text_width(text, size) * (1.1 if len(kinds) > 1 else 1.0)
        found.append((text, (x - (31 if len(kinds) > 1 else 12), y - 0.76 * size, x + wide, y + 2)))
    return found


def boxes(root: ElementTree.Element) -> list[Rectangle]:
    found = []
    for element in [*of_class(graph(root), "gate"), *of_class(graph(root), "leaf")]:
        x, y, width, height = (float(element.get(key) or 0) for key in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
    for element in of_class(graph(root), "badge"):
        x, y, r = (float(element.get(key) or 0) for key in ("cx", "cy", "r"))
        found.append((x - r, y - r, x + r, y + r))
    return found


def overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_marked_covers_anything_else_or_leaves_the_page(name: str) -> None:
    root = parsed(name)
    _, _, width, height = (float(number) for number in (root.get("viewBox") or "").split())
    found = labels(root)
    assert found
    for (one, a), (other, b) in combinations(found, 2):
        assert not overlap(a, b), (one, other)
    for text, place in found:
        assert not any(overlap(place, box) for box in boxes(root)), text
        assert place[0] >= 0
        assert place[2] <= width
        assert place[3] <= height


def test_the_overlap_test_would_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.picture.svg._number_width", lambda *_: 1.0)
    with pytest.raises(AssertionError):
        test_nothing_marked_covers_anything_else_or_leaves_the_page("sigmoid circuit")


def test_hostile_texts_are_escaped_and_cut() -> None:
    text = picture_svg(PICTURES["hostile"])
    assert "<script" not in text
    assert not [c for c in text if not c.isprintable() and c != "\n"]
    long = replace(affine_without_transpose().picture[0], value="9" * 5000, name="x")
    drawing = marked(replace(affine_without_transpose(), picture=(long,)))
    assert len(drawing.boxes[0].value) == LONGEST


def test_wires_from_nowhere_and_backwards_are_left_out() -> None:
    """Reports come from files too; a picture that makes no sense must not stop the page."""
    node = PictureNode("a", "+", False, "1", "1", ("b", "gone", "a"), Standing.CORRECT, "da")
    after = replace(node, name="b", inputs=("a",))
    drawing = marked(replace(sigmoid_circuit(), picture=(node, after)))
    assert [(wire.source, wire.target) for wire in drawing.wires] == [(0, 1)]
    assert "<svg" in picture_svg(replace(sigmoid_circuit(), picture=(node, after)))


def test_there_is_no_picture_where_there_is_nothing_to_draw_or_far_too_much() -> None:
    assert picture_svg(all_right()) == ""
    assert picture_lines(all_right(), width=80, encoding="utf-8") == []
    assert legend_words(all_right()) == ""
    first = PictureNode("n0", "x", True, "1", "1", ())
    chain = [
        PictureNode(f"n{k}", "+", False, "1", "1", (f"n{k - 1}", "n0"), Standing.CORRECT, f"dn{k}")
        for k in range(1, 120)
    ]
    assert picture_svg(replace(sigmoid_circuit(), picture=(first, *chain))) == ""


AFFINE_AT_80 = """\
   ▸ [[1, 2]]
x ──────────────────────────────╮
   ◂ ✗ dx = [[4, 5.5]]          │
                                │
   ▸ [[1, 3], [-2, 0.5]]        │          ▸ ✓ out = [[-2.5, 3]]
w ──────────────────────────────┼─(xW+b)✓ ───────────────────────
   ◂ ✓ dw = [[2, -1], [4, -2]]  │          ◂ [[2, -1]]
                                │
   ▸ [0.5, -1]                  │
b ──────────────────────────────╯
   ◂ ✓ db = [2, -1]"""


def plain(exercise: ExerciseReport, *, width: int = 80, encoding: str = "utf-8") -> str:
    lines = picture_lines(exercise, width=width, encoding=encoding)
    return "\n".join(line.plain.rstrip() for line in lines)


def test_a_terminal_has_the_same_marks() -> None:
    assert plain(affine_without_transpose()) == AFFINE_AT_80
    assert legend_words(affine_without_transpose()) == "✓ right, ✗ wrong"


def test_the_parts_of_a_terminal_picture_are_styled_by_their_marks() -> None:
    styled = {
        str(span.style)
        for line in picture_lines(affine_without_transpose(), width=80, encoding="utf-8")
        for span in line.spans
    }
    assert {"origin", "right", "value", "gradient", "node", "line"} <= styled


def test_a_terminal_without_the_signs_has_plain_ones_of_the_same_width() -> None:
    text = plain(affine_without_transpose(), encoding="ascii")
    assert text.isascii()
    assert "< x dx = [[4, 5.5]]" in text
    assert "(xW+b)+" in text
    assert [len(line) for line in text.split("\n")] == [len(line) for line in AFFINE_AT_80.split("\n")]


def test_a_terminal_that_is_too_narrow_has_no_picture_rather_than_a_broken_one() -> None:
    assert plain(sigmoid_circuit(), width=80) == ""
    assert plain(affine_without_transpose(), width=40) == ""


def test_names_give_way_before_the_picture_does() -> None:
    wide, narrow = plain(sigmoid_circuit(), width=220), plain(sigmoid_circuit(), width=180)
    assert "◂ ✗ dn = -0.5344" in wide
    assert "(exp)✗ e" in narrow
    assert "◂ ✗ -0.5344" in narrow
    assert "dn" not in narrow
    assert max(map(len, narrow.split("\n"))) <= 180


def test_letters_of_another_width_leave_the_picture_out() -> None:
    exercise = affine_without_transpose()
    odd = tuple(replace(node, value="日本") for node in exercise.picture)
    assert plain(replace(exercise, picture=odd), width=200) == ""


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_have_the_contrast_that_wcag_asks_for(colours: dict[str, str]) -> None:
    """Source: WCAG 2.1, success criterion 1.4.3: 4.5 for text."""
    for mark in Mark:
        for ground in ("page", "fill"):
            bright, dim = sorted((luminance(colours[mark]), luminance(colours[ground])), reverse=True)
            assert (bright + 0.05) / (dim + 0.05) >= 4.5, (mark, ground)


def test_a_node_that_is_not_in_the_table_is_marked_at_its_gradient() -> None:
    node = NodeReport("other", *_passed())
    exercise = replace(affine_without_transpose(), nodes=(node,))
    assert marked(exercise).boxes[0].gradient_mark is Mark.ORIGIN


def _passed() -> tuple[object, ...]:
    right = affine_without_transpose().nodes[0]
    return right.verdict, right.standing, 1.0, 1.0, 1.0
