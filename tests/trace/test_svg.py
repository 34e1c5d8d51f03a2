"""The picture: well-formed, complete, and nothing in it covers anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from grader.passes import trace
from grader.picture.layout import TooLargeError
from grader.picture.sketch import sketch
from grader.picture.svg import svg
from grader.picture.theme import DARK, LIGHT, text_width
from reference.formula import formula_graph
from tests.trace.examples import EXAMPLES, arguments, drawn, run

NAMESPACE = "{http://www.w3.org/2000/svg}"
Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def parsed(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg(drawn(name)))


def drawing(root: ElementTree.Element) -> ElementTree.Element:
    """The part in which the graph is, without the heading and the legend."""
    found = root.find(f"{NAMESPACE}g")
    assert found is not None
    return found


def texts(root: ElementTree.Element, *, inside_boxes: bool) -> Iterator[tuple[str, Rectangle]]:
    for element in drawing(root).iter(f"{NAMESPACE}text"):
        text, kind, size = element.text or "", element.get("class"), float(element.get("font-size") or 0)
        in_box = kind == "symbol" or (kind == "name" and size > 14)
        if in_box != inside_boxes:
            continue
        x, y, width = float(element.get("x") or 0), float(element.get("y") or 0), text_width(text, size)
        left = x - width / 2 if kind in ("symbol", "name") else x - 12  # a triangle stands before a number
        yield text, (left, y - 0.76 * size, left + width + (0 if kind in ("symbol", "name") else 12), y + 2)


def boxes(root: ElementTree.Element) -> list[Rectangle]:
    found = []
    for element in drawing(root).iter(f"{NAMESPACE}rect"):
        x, y, width, height = (float(element.get(key) or 0) for key in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
    return found


def overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def points(path: str) -> Iterator[tuple[float, float]]:
    """Points along a path of M, C and H."""
    x = y = 0.0
    for command, rest in re.findall(r"([MCH])([^MCH]*)", path):
        numbers = [float(number) for number in rest.split()]
        if command == "M":
            x, y = numbers
        elif command == "H":
            yield from ((x + (numbers[0] - x) * t / 20, y) for t in range(21))
            x = numbers[0]
        else:
            ax, ay, bx, by, cx, cy = numbers
            for t in (step / 20 for step in range(21)):
                u = 1 - t
                weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
                yield (
                    sum(w * p for w, p in zip(weights, (x, ax, bx, cx), strict=True)),
                    sum(w * p for w, p in zip(weights, (y, ay, by, cy), strict=True)),
                )
            x, y = cx, cy


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_number_or_name_covers_another_or_a_box(name: str) -> None:
    root = parsed(name)
    labels = list(texts(root, inside_boxes=False))
    for (one, a), (other, b) in combinations(labels, 2):
        assert not overlap(a, b), (one, other)
    for text, place in labels:
        assert not any(overlap(place, box) for box in boxes(root)), text


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_box_covers_another_and_each_holds_its_symbol(name: str) -> None:
    root = parsed(name)
    placed = boxes(root)
    assert len(placed) == len(drawn(name).boxes)
    assert not [pair for pair in combinations(placed, 2) if overlap(*pair)]
    for text, (left, _, right, _) in texts(root, inside_boxes=True):
        assert any(box[0] <= left and right <= box[2] for box in placed), text


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_wire_runs_through_a_number_or_a_foreign_box(name: str) -> None:
    root = parsed(name)
    labels = [place for _, place in texts(root, inside_boxes=False)]
    placed = boxes(root)
    for element in drawing(root).iter(f"{NAMESPACE}path"):
        if element.get("class") != "wire":
            continue
        crossed = set()
        for x, y in points(element.get("d") or ""):
            assert not any(a < x < c and b < y < d for a, b, c, d in labels), (name, x, y)
            crossed |= {box for box in placed if box[0] < x < box[2] and box[1] < y < box[3]}
        assert len(crossed) <= 1  # a wire ends under its target, or begins under its source


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_value_and_gradient_and_their_signs_are_drawn(name: str) -> None:
    root, expected = drawing(parsed(name)), drawn(name)
    for kind in ("value", "gradient"):
        shown = [
            (element.text or "").replace("−", "-")
            for element in root.iter(f"{NAMESPACE}text")
            if element.get("class") == kind
        ]
        wanted = [getattr(box, kind) for box in expected.boxes]
        if kind == "gradient":
            wanted += [wire.contribution for wire in expected.wires if wire.contribution]
        assert sorted(shown) == sorted(wanted)
        signs = [e for e in root.iter(f"{NAMESPACE}path") if e.get("class") == kind]
        assert len(signs) == len(shown)


@pytest.mark.parametrize("name", EXAMPLES)
def test_everything_lies_inside_the_page(name: str) -> None:
    root = parsed(name)
    _, _, width, height = (float(number) for number in (root.get("viewBox") or "").split())
    top = float(re.findall(r"[\d.]+", drawing(root).get("transform") or "")[1])
    for place in [*boxes(root), *(place for _, place in texts(root, inside_boxes=False))]:
        assert place[0] >= 0
        assert place[1] + top >= 0
        assert place[2] <= width
        assert place[3] + top <= height


def test_values_stand_above_their_wire_and_gradients_below() -> None:
    for node in drawing(parsed("sigmoid circuit")).iter(f"{NAMESPACE}g"):
        if node.find(f"{NAMESPACE}title") is None:
            continue
        wire = node.find(f"{NAMESPACE}path")
        assert wire is not None
        level = float((wire.get("d") or "").split()[1].split("H")[0])
        heights = {e.get("class"): float(e.get("y") or 0) for e in node.iter(f"{NAMESPACE}text")}
        assert heights["value"] < level < heights["gradient"] - 10


def test_a_fan_out_leaves_from_one_point_that_is_marked() -> None:
    root = drawing(parsed("fan-outs"))
    dots = {(e.get("cx"), e.get("cy")) for e in root.iter(f"{NAMESPACE}circle")}
    starts = [
        tuple(re.findall(r"[\d.]+", e.get("d") or "")[:2])
        for e in root.findall(f"{NAMESPACE}path")
        if e.get("class") == "wire"
    ]
    assert len(dots) == 2
    assert all(starts.count(dot) == 2 for dot in dots)


def test_leaves_stand_at_the_left() -> None:
    root = drawing(parsed("forty nodes"))
    leaves = [e for e in root.iter(f"{NAMESPACE}rect") if e.get("class") == "leaf"]
    centres = {round(float(e.get("x") or 0) + float(e.get("width") or 0) / 2) for e in leaves}
    assert len(leaves) == 16
    assert max(centres) - min(centres) <= 1


def test_a_picture_needs_nothing_from_elsewhere_and_says_itself_in_words() -> None:
    text = svg(drawn("named steps"))
    assert not re.search(r"script|href|url\(|@import|@font-face|on\w+=", text.replace("onsole", ""))
    assert text.count("http") == 1  # the name space
    root = ElementTree.fromstring(text)
    assert root.findtext(f"{NAMESPACE}title") == "q = x + y; f = q*z"
    assert "q = x + y: value 3, gradient -4" in (root.findtext(f"{NAMESPACE}desc") or "")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_numbers_and_lines_have_the_contrast_that_wcag_asks_for(colours: dict[str, str]) -> None:
    """Source: WCAG 2.1, success criteria 1.4.3 (text, 4.5) and 1.4.11 (lines, 3)."""
    for name, least in (("ink", 4.5), ("value", 4.5), ("gradient", 4.5), ("line", 3.0)):
        for ground in ("page", "fill"):
            bright, dim = sorted((luminance(colours[name]), luminance(colours[ground])), reverse=True)
            assert (bright + 0.05) / (dim + 0.05) >= least, (name, ground)


def test_a_graph_too_large_to_be_seen_is_refused() -> None:
    formula = "+".join(f"x*y{i}" for i in range(120))
    large = trace(formula_graph(formula), {"x": 1.0, **{f"y{i}": 1.0 for i in range(120)}})
    with pytest.raises(TooLargeError):
        svg(sketch(large, digits=4))


def test_the_file_is_written_whole_and_named_on_stderr(tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    path.write_text("old")
    result = run(*arguments("named steps", "--svg", str(path), "--json"))
    assert result.exit_code == 0
    assert result.stdout.startswith("{")
    assert result.stderr == f"wrote {path}\n"
    assert ElementTree.fromstring(path.read_text(encoding="utf-8")).tag == f"{NAMESPACE}svg"
    assert [entry.name for entry in tmp_path.iterdir()] == ["graph.svg"]


def test_a_link_is_followed_rather_than_replaced(tmp_path: Path) -> None:
    (tmp_path / "link.svg").symlink_to(tmp_path / "graph.svg")
    assert run(*arguments("one leaf", "--svg", str(tmp_path / "link.svg"))).exit_code == 0
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_overlap_tests_would_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes of no reach stand upon each other, and the tests above say so."""
    monkeypatch.setattr("grader.picture.svg.Board.above", lambda *_: 5.0)
    monkeypatch.setattr("grader.picture.svg.Board.below", lambda *_: 5.0)
    with pytest.raises(AssertionError):
        test_no_box_covers_another_and_each_holds_its_symbol("forty nodes")
    with pytest.raises(AssertionError):
        test_no_number_or_name_covers_another_or_a_box("forty nodes")
    with pytest.raises(AssertionError):
        test_no_wire_runs_through_a_number_or_a_foreign_box("forty nodes")
