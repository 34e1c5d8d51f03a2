"""The picture of an exercise: its graph with the student's own numbers, and on them what is right and what is not.

A graph's gradient is made by the operation that its value goes into, so that operation is framed by it, as the
words of the report are ("a slip at exp"). A layer is one box: its inputs are framed by their gradients, and the
layer itself by its output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text

from grader.picture.board import board
from grader.picture.layout import TooLargeError
from grader.picture.sketch import Box, Mark, Sketch, Wire
from grader.picture.svg import svg
from grader.report.report import ExerciseReport, PictureNode, Standing
from grader.text import encodable, in_encoding, one_line

MARKS = {
    Standing.CORRECT: Mark.RIGHT,
    Standing.CORRECT_ANYWAY: Mark.RIGHT,
    Standing.ORIGIN: Mark.ORIGIN,
    Standing.INHERITED: Mark.INHERITED,
}
WORDS = {Mark.RIGHT: "right", Mark.ORIGIN: "wrong", Mark.INHERITED: "right work on a wrong number"}
NO_NUMBER = ("", "missing", "not computed")
"""What this case did not yield; that it was right elsewhere says nothing about it here."""
LONGEST = 60
"""Characters of one number or array; what is longer is cut, and the table has the entry that matters."""

PLAIN = str.maketrans({Mark.RIGHT.sign: "+", Mark.ORIGIN.sign: "x", Mark.INHERITED.sign: ">"})
"""What stands for the marks where the terminal's encoding lacks them."""


def picture_svg(exercise: ExerciseReport) -> str:
    """The picture as an SVG element, every text in it escaped; empty if there is none or it is too large."""
    drawing = marked(exercise)
    if not drawing.boxes:
        return ""
    try:
        return svg(drawing)
    except TooLargeError:
        return ""


def picture_lines(exercise: ExerciseReport, *, width: int, encoding: str) -> list[Text]:
    """The picture in box characters, without the gradients' names if it fits only so; no lines if not at all.

    The styles of its parts are "node", "line", "value", "gradient" and the marks "right", "origin", "inherited".
    """
    signs = encodable("".join(mark.sign for mark in Mark), encoding)

    def written(text: str) -> str:
        return in_encoding(text if signs else text.translate(PLAIN), encoding)

    for named in (True, False):
        drawing = marked(exercise, named=named)
        if not drawing.boxes or not all(_keeps_width(box, written) for box in drawing.boxes):
            return []
        lines = board(drawing, width=width, written=written)
        if lines:
            for line in lines:  # what is in the boxes is written already, and the rest keeps its width
                line.plain = written(line.plain)
            return lines
    return []


def legend_words(exercise: ExerciseReport) -> str:
    """One line that says what the signs of the picture mean; empty if nothing in it is marked."""
    return ", ".join(f"{mark.sign} {WORDS[mark]}" for mark in marked(exercise).marks)


def marked(exercise: ExerciseReport, *, named: bool = True) -> Sketch:
    """What the picture says, before anybody decides where it goes; `named`: marked numbers say what they are."""
    nodes = exercise.picture
    place = {node.name: number for number, node in enumerate(nodes)}
    judged = {node.name for node in exercise.nodes}
    by_operation = any(node.label for node in exercise.nodes)
    wires: list[Wire] = []
    for number, node in enumerate(nodes):
        inputs = [place[name] for name in node.inputs if place.get(name, number) < number]
        wires += [Wire(source, number, port, len(inputs), "") for port, source in enumerate(inputs)]
    marks = [_mark(node, judged) for node in nodes]
    frames = [
        _gate(number, marks, wires) if by_operation and not node.leaf else marks[number]
        for number, node in enumerate(nodes)
    ]
    boxes = tuple(
        _box(node, mark, frame, of_value=_of_value(node, judged), named=named)
        for node, mark, frame in zip(nodes, marks, frames, strict=True)
    )
    used = {wire.source for wire in wires}
    ends = [node.name for number, node in enumerate(nodes) if number not in used]
    output = ends[0] if by_operation and len(ends) == 1 else "the loss"
    return Sketch(one_line(exercise.title, limit=120), _short(output), boxes, tuple(wires))


def _of_value(node: PictureNode, judged: set[str]) -> bool:
    """Whether a node's standing is about its value, as a layer's output, rather than about its gradient."""
    return node.name in judged and node.shown not in judged


def _mark(node: PictureNode, judged: set[str]) -> Mark | None:
    number = node.value if _of_value(node, judged) else node.gradient
    mark = MARKS.get(node.standing)
    return None if not number or (mark is Mark.RIGHT and number in NO_NUMBER) else mark


def _gate(number: int, marks: Sequence[Mark | None], wires: Sequence[Wire]) -> Mark | None:
    """The worst of the gradients that this operation alone makes: a sum at a fan-out is not one gate's."""
    targets: dict[int, set[int]] = {}
    for wire in wires:
        targets.setdefault(wire.source, set()).add(wire.target)
    mine = {marks[source] for source, found in targets.items() if found == {number}}
    return next((mark for mark in (Mark.ORIGIN, Mark.INHERITED, Mark.RIGHT) if mark in mine), None)


def _box(node: PictureNode, mark: Mark | None, frame: Mark | None, *, of_value: bool, named: bool) -> Box:
    name, symbol = _short(node.name), _short(node.symbol)
    value, gradient = _short(node.value), _short(node.gradient)
    words = f"{name}: value {value}" + (f", gradient {gradient}" if gradient else "")
    if mark:
        words += f"; {name if of_value else _short(node.shown)} is {WORDS[mark]}"
    if mark and named and of_value:
        value = f"{name} = {value}"
    elif mark and named:
        gradient = f"{_short(node.shown)} {'' if gradient in NO_NUMBER else '= '}{gradient}"
    caption = "" if node.leaf or of_value or name == symbol else name
    value_mark, gradient_mark = (mark, None) if of_value else (None, mark)
    return Box(name, symbol, node.leaf, caption, value, gradient, words, frame, value_mark, gradient_mark)


def _short(text: str) -> str:
    return one_line(text, limit=LONGEST)


def _keeps_width(box: Box, written: Callable[[str], str]) -> bool:
    numbers = box.value + box.gradient
    return len(written(numbers)) == len(numbers)
