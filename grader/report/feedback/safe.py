"""The student's part of the page: cells and outputs as HTML in which nothing can run and nothing is fetched."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from grader.latex import plain
from grader.report.feedback.pictures import MIMES, checked_address, data_address
from grader.report.feedback.plain import escaped, joined, printed, shortened, visible
from grader.report.feedback.rewrite import ALLOWED, ATTRIBUTES, rewritten
from grader.text import one_line

MOST_TEXT = 100_000
MOST_MARKDOWN = 20_000
MOST_OUTPUT = 20_000
MOST_OUTPUTS = 60
MOST_PICTURES = 20_000_000
"""Characters shown of a cell, rendered of Markdown, shown of an output; outputs of a cell; all pictures."""
MOST_RENDERED = 400_000
MOST_COLOURED = 600_000
"""Characters of a whole notebook that are rendered as Markdown or coloured as code; the rest is shown as it is.

The worst text that we found takes a second for each 10,000 characters of Markdown and 50,000 of code.
"""

OURS = '<div class="chainmark-report">'
"""How what `check()` displayed is known again: its findings are made anew, and need not stand there twice."""

_TAG = re.compile(r"<[^>]*>")
_LEFT_OUT = {
    "text/html": "an HTML output",
    "image/svg+xml": "an SVG picture",
    "application/javascript": "a script",
    "text/javascript": "a script",
    "application/vnd.jupyter.widget-view+json": "a widget",
    "application/pdf": "a PDF",
    "video/mp4": "a film",
}


class Safe:
    """Makes a notebook's cells safe; remembers how much room the whole of it has left."""

    def __init__(self) -> None:
        self.pictures = MOST_PICTURES
        self.rendered = MOST_RENDERED
        self.coloured = MOST_COLOURED

    def markdown(self, cell: Mapping[str, Any]) -> str:
        """A Markdown cell. What cannot be rendered is shown as its text."""
        source = joined(cell.get("source"))
        attachments = cell.get("attachments")
        if len(source) <= min(MOST_MARKDOWN, self.rendered):
            self.rendered -= len(source)
            made = self._rendered(source, attachments if isinstance(attachments, Mapping) else {})
            if made:
                return made
        return self.raw(cell)

    def code(self, cell: Mapping[str, Any], lines: frozenset[int]) -> str:
        """A code cell's source, a line an element; `lines`, from 1, are those that a finding names."""
        source, left_out = shortened(joined(cell.get("source")), MOST_TEXT, tail=0)
        source = visible(source)
        if len(source) <= self.coloured:
            self.coloured -= len(source)
            written = _coloured(source)
        else:
            written = tuple(html.escape(source).split("\n"))
        shown = "\n".join(
            f'<span class="line{" named" if number in lines else ""}">{line}</span>'
            for number, line in enumerate(written, 1)
        )
        return f'<pre class="code" tabindex="0"><code>{shown}</code></pre>' + _left(left_out)

    def raw(self, cell: Mapping[str, Any]) -> str:
        """Any other cell, as text."""
        source, left_out = shortened(joined(cell.get("source")), MOST_TEXT)
        return _pre(source, "text") + _left(left_out)

    def outputs(self, cell: Mapping[str, Any]) -> str:
        """All outputs of a code cell."""
        given = cell.get("outputs")
        outputs = (
            [output for output in given if isinstance(output, Mapping)] if isinstance(given, list) else []
        )
        shown = [self._output(output) for output in outputs[:MOST_OUTPUTS]]
        if len(outputs) > MOST_OUTPUTS:
            shown.append(_left(f"{len(outputs) - MOST_OUTPUTS} more outputs left out"))
        return "".join(shown)

    def _output(self, output: Mapping[str, Any]) -> str:
        kind = output.get("output_type")
        if kind == "stream":
            return _text(joined(output.get("text")), "stderr" if output.get("name") == "stderr" else "stdout")
        if kind == "error":
            trace = output.get("traceback")
            lines = [line for line in trace if isinstance(line, str)] if isinstance(trace, list) else []
            return _text("\n".join(lines) or f"{output.get('ename')}: {output.get('evalue')}", "stderr")
        data = output.get("data")
        return self._bundle(data) if isinstance(data, Mapping) else ""

    def _bundle(self, data: Mapping[str, Any]) -> str:
        """The richest form that is safe, and a word on what was left out."""
        words = joined(data.get("text/plain"))
        if OURS in joined(data.get("text/html")):
            return _left("what an earlier check() showed here; what holds now stands below")
        for mime in MIMES:
            if mime in data:
                address = self._admitted(data_address(mime, joined(data[mime])))
                alt = escaped(one_line(words) or "a picture that this cell drew")
                if address:
                    return f'<p class="drawn"><img src="{escaped(address)}" alt="{alt}"></p>'
        shown = ("text/plain", "text/markdown", "text/latex")
        richer = [mime for mime in data if isinstance(mime, str) and mime not in shown]
        kinds = [_LEFT_OUT.get(mime, f"an output of the kind {one_line(mime, limit=60)}") for mime in richer]
        left = f"{' and '.join(dict.fromkeys(kinds))} left out" if kinds else ""
        if "text/markdown" in data:
            return self.markdown({"source": data["text/markdown"]}) + _left(left)
        return _text(words or joined(data.get("text/latex")), "result") + _left(left)

    def _admitted(self, address: str) -> str:
        if len(address) > self.pictures:
            return ""
        self.pictures -= len(address)
        return address

    def _rendered(self, source: str, attachments: Mapping[str, Any]) -> str:
        pictures: list[str] = []

        def picture(address: str) -> str:
            """A name for a picture that the sanitiser lets pass, or none."""
            if address.startswith("attachment:"):
                bundle = attachments.get(address.removeprefix("attachment:"))
                found = bundle if isinstance(bundle, Mapping) else {}
                made = next((data_address(m, joined(found[m])) for m in MIMES if m in found), "")
            else:
                made = checked_address(address)
            pictures.append(self._admitted(made))
            return f"picture-{len(pictures) - 1}"

        try:
            return rewritten(_sanitiser().sanitize_html_tags(_render(source, picture)), pictures)
        except Exception:  # the renderer meets text that nobody foresaw; the page must come all the same
            return ""


def _render(source: str, picture: Any) -> str:
    """Markdown as HTML, formulas as plain text, since nothing could set them here. Its result is not yet safe."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def image(self, text: str, url: str, title: str | None = None) -> str:
            del title
            return f'<img src="{picture(url)}" alt="{escaped(html.unescape(_TAG.sub("", text)))}">'

        def block_code(self, code: str, info: str | None = None) -> str:
            del info
            return _pre(code, "text")

    renderer = Renderer(escape=False, allow_harmful_protocols=False, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(plain(source))


@cache
def _sanitiser() -> Any:
    """nbconvert's, which is bleach: the first wall."""
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    make: Any = SanitizeHTML
    return make(tags=list(ALLOWED), attributes=ATTRIBUTES, strip=False, strip_comments=True)


@lru_cache(maxsize=128)
def _coloured(source: str) -> tuple[str, ...]:
    """A source's lines as HTML with Pygments' classes; without them where these would change a character.

    Kept, because the cells that were handed out come again with every student.
    """
    from nbconvert.filters.highlight import Highlight2HTML

    body = source.strip("\n")  # Pygments would strip it, and the lines would lose their numbers
    if body:
        before, _, after = source.partition(body)
        make: Any = Highlight2HTML
        made = str(make("python3", extra_formatter_options={"nowrap": True})(body)).removesuffix("\n")
        if html.unescape(_TAG.sub("", made)) == body:
            return tuple(f"{before}{made}{after}".split("\n"))
    return tuple(html.escape(source).split("\n"))


def _text(text: str, kind: str) -> str:
    if not text.strip():
        return ""
    cut, left_out = shortened(text, MOST_OUTPUT)
    return _pre(printed(cut), kind) + _left(left_out)


def _pre(text: str, kind: str) -> str:
    return f'<pre class="{kind}" tabindex="0">{escaped(text)}</pre>' if text else ""


def _left(words: str) -> str:
    return f'<p class="left">[{escaped(words)}]</p>' if words else ""
