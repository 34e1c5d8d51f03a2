"""A picture with a step control, for a notebook: no script, no request, a still picture where style is taken out.

One radio button a step; the checked one sets the number `--step`, and every part of the drawing knows at which step
it appears (`--at`). So the control needs neither a kernel nor a script. Where an output is made safe (a notebook
that is not trusted yet), style, drawing and buttons go, `hidden` keeps what is left of them out of sight, and the
still picture and the table of steps remain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from grader.picture.image import alternative_text, data_address, least_width
from grader.picture.sketch import Sketch
from grader.picture.steps import Pass, Step, Timeline
from grader.picture.svg import Board, svg
from grader.picture.theme import UNMARKED, on_pages

NAME = "chainmark-steps"
SIGNS = {Pass.START: "●", Pass.FORWARD: "▸", Pass.TURN: "●", Pass.BACKWARD: "◂"}
MOST_STEPS = 250
"""More steps than anybody clicks through; a longer computation is shown as a still picture."""


def stepped(drawing: Sketch, line: Timeline, *, key: str, remarks: Sequence[str] = ()) -> str:
    """The picture, its steps and their table as a fragment of HTML. Raises TooLargeError.

    `key` must differ between any two fragments of one page; `remarks` stand below the picture.
    """
    still = svg(drawing)
    words = escape(f"The graph of {drawing.title} with all its values and gradients")
    alternative = escape(alternative_text(drawing))
    parts = [
        f'<div class="{NAME}" role="group" aria-label="{words}">',
        f'<p class="still"><img alt="{alternative}" src="{data_address(still)}"></p>',
    ]
    if len(line.steps) <= MOST_STEPS:
        parts = [
            f"<style>{_style(key, len(line.steps), least_width(still) * 5 // 4)}</style>",
            *parts,
            *_stage(drawing, line, key),
        ]
    parts += [f"<p>{escape(remark)}</p>" for remark in remarks]
    parts += [*_table(line.steps), "</div>"]
    return "\n".join(parts)


def _stage(drawing: Sketch, line: Timeline, key: str) -> Iterator[str]:
    """The buttons, the words of the step, the drawing. Hidden until the style shows it.

    `data-lm-suppress-shortcuts` keeps JupyterLab from taking the arrow keys for moving between cells; its other
    shortcuts wait until the focus is elsewhere, too.
    """
    last = len(line.steps) - 1
    # Twice hidden, and with words: some that make an output safe drop `hidden` alone, some drop `style`.
    yield '<div class="stage" hidden="hidden" style="display:none">'
    for number, step in enumerate(line.steps):
        words = escape(f"Step {number} of {last}: {step.heading}")
        yield (
            f'<input type="radio" class="{step.direction} at{number}" name="{key}" id="{key}-{number}" '
            f'aria-label="{words}" data-lm-suppress-shortcuts="true"{" checked" if number == 0 else ""}>'
        )
    yield '<div class="words" aria-live="polite">'
    for number, step in enumerate(line.steps):
        yield f'<div class="step s{number}">'
        yield "".join(_label(key, to, way, 0 <= to <= last) for to, way in _moves(number))
        yield f"<p><b>{SIGNS[step.direction]} {escape(step.heading)}</b></p>"
        yield "".join(f"<p>{escape(text)}</p>" for text in step.lines)
        yield "</div>"
    yield "</div>"
    words = escape(drawing.title)
    yield f'<div class="wide" role="region" aria-label="{words}" tabindex="0" data-lm-suppress-shortcuts="true">'
    yield "\n".join(_SteppedBoard(drawing, line).lines())
    yield "</div>"
    yield "</div>"


def _moves(number: int) -> tuple[tuple[int, str], tuple[int, str]]:
    return (number - 1, "back"), (number + 1, "next")


def _label(key: str, to: int, way: str, possible: bool) -> str:
    """A button for the mouse; the keyboard has the arrow keys on the radio buttons themselves.

    Its word comes with the style: where that is taken out, there is nothing left to press.
    """
    if not possible:
        return f'<span class="move {way}" aria-hidden="true"></span>'
    return f'<label class="move {way}" for="{key}-{to}"></label>'


def _table(steps: Iterable[Step]) -> Iterator[str]:
    yield "<details><summary>All steps in words</summary>"
    yield '<ol start="0">'
    for step in steps:
        said = " ".join(text if text.endswith(".") else f"{text}." for text in step.lines)
        yield f"<li>{escape(step.heading)}: {escape(said)}</li>"
    yield "</ol></details>"


class _SteppedBoard(Board):
    """The same drawing; each number appears at its step, and what the step is about is drawn over it."""

    def __init__(self, drawing: Sketch, line: Timeline) -> None:
        super().__init__(drawing)
        self.line = line
        self.sent = tuple(zip(drawing.wires, line.sent_at, strict=True))

    def part(self, kind: str, number: int, lines: Iterable[str]) -> Iterator[str]:
        """As Board, with what it takes to appear and to light up."""
        line, drawn = self.line, list(lines)
        match kind:
            case "value":
                yield from _from(line.value_at[number], drawn)
            case "gradient":
                yield from _from(line.gradient_at[number], drawn)
            case "sent":
                yield from _from(line.sent_at[number], drawn)
            case "gate":
                yield from drawn
                yield from _at([line.value_at[number]], "forward", drawn)
                yield from _at([at for wire, at in self.sent if wire.target == number], "backward", drawn)
            case "path":
                yield from drawn
                yield from _at([line.value_at[self.drawing.wires[number].target]], "forward", drawn)
                yield from _at([line.sent_at[number]], "backward", drawn)
            case _:
                uses = [line.value_at[wire.target] for wire, _ in self.sent if wire.source == number]
                yield from drawn
                yield from _at([line.value_at[number], *uses], "forward", drawn)
                yield from _at([at for wire, at in self.sent if wire.source == number], "backward", drawn)


def _from(step: int | None, drawn: list[str]) -> Iterator[str]:
    """Something that is there from a step on."""
    if step is None:
        yield from drawn
    else:
        yield f'<g class="from" style="--at:{step}">{"".join(drawn)}</g>'


def _at(steps: Iterable[int | None], direction: str, drawn: list[str]) -> Iterator[str]:
    """The same once more for each of the steps, lit up while it lasts; the start lights nothing up."""
    for step in sorted({step for step in steps if step}):
        yield f'<g class="now {direction}" style="--at:{step}">{"".join(drawn)}</g>'


def _style(key: str, steps: int, least_width: int) -> str:
    of = f".{NAME}"
    shown = f"{of} .stage[hidden]"
    rules = [
        on_pages(of),
        f"{of}{{color:var(--ink);background:var(--page);border-radius:10px;padding:10px 13px;"
        "font:16px/1.5 'DejaVu Sans',Verdana,'Segoe UI',Helvetica,Arial,sans-serif}",
        f"{of} .chainmark{{{''.join(f'--{name}:inherit;' for name in UNMARKED)}}}",
        f"{of} .still{{display:none}}{shown}{{display:block!important;--step:0}}",
        f"{of} p,{of} ol{{margin:3px 0}}{of} summary{{display:list-item;cursor:pointer;margin-top:6px}}",
        f"{of} input{{appearance:none;box-sizing:border-box;width:24px;height:24px;margin:0;padding:0;"
        "border:7px solid var(--page);border-radius:50%;background:var(--line);cursor:pointer}"
        f"{of} input.forward{{background:var(--value)}}{of} input.backward{{background:var(--gradient)}}"
        f"{of} input:checked{{border-width:3px;box-shadow:inset 0 0 0 2px var(--page),0 0 0 2px var(--ink)}}",
        f"{of} input:focus-visible,{of} :focus-visible{{outline:3px solid var(--value);outline-offset:1px}}",
        f"{of} .words{{display:grid;margin:6px 0}}{of} .step{{grid-area:1/1;visibility:hidden}}",
        f"{of} .move{{display:inline-block;margin:0 8px 5px 0;padding:2px 13px;cursor:pointer;"
        "border:1.5px solid var(--line);border-radius:6px;background:var(--fill);color:var(--ink);user-select:none}"
        f"{of} .back::before{{content:'◀ Back'}}{of} .next::before{{content:'Next ▶'}}"
        f"{of} span.move{{color:var(--line);border-style:dotted;cursor:default}}",
        f"{of} .wide{{overflow-x:auto}}{of} .wide svg{{min-width:{least_width}px}}",
        f"{of} .from{{opacity:clamp(0,var(--step) - var(--at) + 1,1)}}",
        f"{of} .now{{opacity:clamp(0,1 - max(var(--step) - var(--at),var(--at) - var(--step)),1)}}",
        f"{of} .now .wire,{of} .now .gate{{fill:none;stroke-width:4}}"
        f"{of} .forward *{{stroke:var(--value)!important}}{of} .backward *{{stroke:var(--gradient)!important}}",
        f"@media (prefers-reduced-motion:no-preference){{{of} .from,{of} .now{{transition:opacity .2s}}}}",
        f"@media print{{{shown}{{--step:{steps}!important}}{of} input,{of} .words{{display:none}}}}",
    ]
    rules += [
        f"#{key}-{number}:checked~*{{--step:{number}}}"
        f"#{key}-{number}:checked~.words .s{number}{{visibility:visible}}"
        for number in range(steps)
    ]
    return "".join(rules)
