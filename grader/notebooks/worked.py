"""A worked example as Markdown: the passes as a table in words and numbers, then the picture."""

from __future__ import annotations

import base64
import html

from grader.notebooks.page import Example
from grader.passes import Trace
from grader.picture.numbers import short
from grader.picture.sketch import sketch
from grader.picture.svg import svg

DIGITS = 3


def worked(example: Example) -> str:
    """The example's text, a table of all its steps, and its picture with the same in words."""
    passes = example.passes
    parts = [example.text, _table(passes), _picture(passes)]
    return "\n\n".join(part for part in parts if part)


def _table(passes: Trace) -> str:
    """One row a node: its value going forward, and its gradient as the sum of upstream times local."""
    output = next(node for node in passes.nodes if node.name == passes.output)
    gradient = f"gradient of `{output.name}`" if output.named else "gradient"
    lines = [f"| node | value | what comes back | {gradient} |", "| --- | ---: | --- | ---: |"]
    for node in passes.nodes:
        # A step without a name has one of ours where another step is written with it: `multiply1 + multiply2`.
        called = node.op and (node.named or node.name != passes.output)
        what = f"`{node.name} = {node.expression}`" if called else f"`{node.expression or node.name}`"
        sent = " + ".join(
            f"{_bracketed(short(wire.upstream, DIGITS))} · {_bracketed(short(wire.local, DIGITS))}"
            for wire in passes.leaving[node.name]
        )
        value, back = short(node.value, DIGITS), short(node.gradient, DIGITS)
        lines.append(
            f"| {what} | {_minus(value)} | {_minus(sent) or 'the start of the way back'} | {_minus(back)} |"
        )
    return "\n".join(lines)


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _picture(passes: Trace) -> str:
    """An image that needs no network and follows the reader's light or dark.

    It goes as data: an <svg> of its own would be taken out by what makes Markdown safe in Jupyter.
    """
    drawing = sketch(passes, digits=DIGITS)
    words = f"Computational graph of {drawing.title}: " + "; ".join(box.alternative for box in drawing.boxes)
    data = base64.b64encode(svg(drawing).encode()).decode()
    return f'<img alt="{html.escape(words)}" src="data:image/svg+xml;base64,{data}">'
