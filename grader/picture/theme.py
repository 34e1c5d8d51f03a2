"""Colours and words of the pictures, and how wide a text is.

Values blue, gradients orange: the pair that red-green and blue-yellow colour-blind readers tell apart best (Okabe
and Ito 2008), and besides it a triangle that points the way the number travels. Contrast to its page is above 4.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.picture.sketch import Mark

LIGHT = {
    "page": "#fbfaf6",
    "ink": "#23262b",
    "line": "#6d737c",
    "fill": "#ffffff",
    "value": "#0a58a6",
    "gradient": "#ad4500",
    "right": "#1d6b35",
    "origin": "#b0122b",
    "inherited": "#6a3d9a",
}
DARK = {
    "page": "#1b2623",
    "ink": "#f1f3ee",
    "line": "#97a39e",
    "fill": "#26332f",
    "value": "#7fc4ff",
    "gradient": "#ffb267",
    "right": "#84d6a0",
    "origin": "#ff9c9c",
    "inherited": "#cdb5ff",
}


UNMARKED = ("page", "ink", "line", "fill", "value", "gradient")
MARKED = ("right", "origin", "inherited")


def _variables(colours: dict[str, str], names: tuple[str, ...] = UNMARKED) -> str:
    return "".join(f"--{name}:{colours[name]};" for name in names)


DARK_PAGE = (
    ':is([data-jp-theme-light="false"],.vscode-dark,.vscode-high-contrast:not(.vscode-high-contrast-light),'
    'html[theme="dark"])'
)
LIGHT_PAGE = ':is([data-jp-theme-light="true"],.vscode-light,.vscode-high-contrast-light,html[theme="light"])'
"""Pages that are dark or light whatever the system is: JupyterLab and nbconvert, VS Code, Colab."""


def on_pages(of: str, names: tuple[str, ...] = UNMARKED) -> str:
    """Colours for what a selector chooses: the system's choice of light or dark, unless the page has its own."""
    light = f"{_variables(LIGHT, names)}color-scheme:light"
    dark = f"{_variables(DARK, names)}color-scheme:dark"
    return (
        f"{of}{{{light}}}@media (prefers-color-scheme:dark){{{of}{{{dark}}}}}"
        f"{LIGHT_PAGE} {of}{{{light}}}{DARK_PAGE} {of}{{{dark}}}"
    )


STYLE = (
    f".chainmark{{{_variables(LIGHT)}color-scheme:light dark;"
    "font-family:'DejaVu Sans',Verdana,'Segoe UI',Helvetica,Arial,sans-serif}"
    f"@media (prefers-color-scheme:dark){{.chainmark{{{_variables(DARK)}}}}}"
    ".chainmark .page{fill:var(--page)}"
    ".chainmark text{fill:var(--ink)}"
    ".chainmark .wire{fill:none;stroke:var(--line);stroke-width:1.6}"
    ".chainmark .gate{fill:var(--fill);stroke:var(--ink);stroke-width:1.8}"
    ".chainmark .leaf{fill:var(--page);stroke:var(--line);stroke-width:1.2}"
    ".chainmark .dot{fill:var(--ink)}"
    ".chainmark .symbol,.chainmark .name{text-anchor:middle}"
    ".chainmark .name{font-style:italic}"
    ".chainmark .value{fill:var(--value)}"
    ".chainmark .gradient{fill:var(--gradient)}"
)
"""Everything is scoped to the class, so that a picture inside a page changes nothing around it."""

MARKED_STYLE = (
    f".chainmark{{{_variables(LIGHT, MARKED)}}}"
    f"@media (prefers-color-scheme:dark){{.chainmark{{{_variables(DARK, MARKED)}}}}}"
    + "".join(
        f".chainmark text.{name}{{fill:var(--{name});font-weight:bold}}"
        f".chainmark .frame.{name}{{stroke:var(--{name});stroke-width:2.2}}"
        f".chainmark .sign.{name}{{fill:none;stroke:var(--{name});stroke-width:2.4;"
        "stroke-linecap:round;stroke-linejoin:round}"
        for name in MARKED
    )
    + ".chainmark .frame.inherited{stroke-dasharray:5 3.5}"
    ".chainmark .inner{fill:none}"
    ".chainmark .badge{fill:var(--page)}"
)
"""Besides STYLE where a picture has marks: a colour, a kind of frame and a sign for each."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A sign (value, gradient or dot) and what it means."""

    sign: str
    text: str

    def words(self, output: str) -> str:
        """The explanation, which may speak of the output by name."""
        return self.text.format(output=output)


LEGEND = (
    LegendEntry("value", "above a wire: its value, going forward"),
    LegendEntry("gradient", "below a wire: the gradient of {output} with respect to it, coming back"),
    LegendEntry("dot", "a value used more than once: what comes back on its wires adds up"),
)

MARK_LEGEND = {
    Mark.RIGHT: "plain frame: right",
    Mark.ORIGIN: "double frame: a slip is here",
    Mark.INHERITED: "dashed frame: right work on a number that was wrong already",
}
"""What the frames say in words, for the marks that occur."""

_NARROW, _WIDE = frozenset("iljtfrI.,:;|!'()[]/ "), frozenset("mwMWOQ@%−+×=<>~")


def text_width(text: str, size: float) -> float:
    """An upper estimate, in the unit of `size`, for the fonts of STYLE (the widest is DejaVu Sans)."""
    total = 0.0
    for character in text:
        if ord(character) >= 0x1100:
            total += 0.9 if 0x2000 <= ord(character) < 0x2E80 else 1.05
        elif character in _NARROW:
            total += 0.42
        elif character in _WIDE:
            total += 0.98 if character.isalpha() else 0.84
        else:
            total += 0.74 if character.isupper() else 0.64
    return total * size
