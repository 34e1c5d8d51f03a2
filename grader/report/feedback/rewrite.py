"""HTML made anew from HTML: known elements with attributes of our making, everything else as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from grader.report.feedback.plain import escaped

HEADINGS = {f"h{level}": f"h{min(level + 1, 6)}" for level in range(1, 7)}
"""The page has the one heading of the first level; the student's stand below it."""
_ELEMENTS = """
    p div span center blockquote pre code kbd samp var tt em strong b i u s del ins sub sup small mark abbr cite q
    ul ol li dl dt dd table thead tbody tfoot tr th td caption details summary figure figcaption
"""
ELEMENTS = frozenset(_ELEMENTS.split())
EMPTY = frozenset({"br", "hr"})
OTHERS = frozenset({"a", "img", "input"})
ALLOWED = (*sorted(ELEMENTS | EMPTY | OTHERS | set(HEADINGS)),)
ATTRIBUTES = {"a": ["href"], "img": ["src", "alt"], "input": ["type", "checked"]}
"""What may reach `rewritten`, for the sanitiser before it."""

_LINK = re.compile(r"(?:https?://|mailto:)[!-~]{1,2000}\Z", re.IGNORECASE)
_PICTURE = re.compile(r"picture-(\d{1,4})\Z")


def rewritten(html: str, pictures: Sequence[str]) -> str:
    """The HTML with only `ALLOWED` elements, each closed. `picture-2` as an image's source is `pictures[2]`.

    The second wall: it holds whatever the first lets through, as every tag is written here and every text escaped.
    """
    writer = _Writer(pictures)
    writer.feed(html)
    writer.close()
    return writer.finished()


class _Writer(HTMLParser):
    def __init__(self, pictures: Sequence[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.pictures = pictures
        self.out: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in EMPTY:
            self.out.append(f"<{tag}>")
        elif tag == "img":
            self.out.append(self._picture(given))
        elif tag == "input":
            self.out.append("☑ " if "checked" in given else "☐ ")
        elif tag == "a":
            self._opened("a", _link(given.get("href", "")))
        elif tag in HEADINGS:
            self._opened(HEADINGS[tag], "")
        elif tag in ELEMENTS:
            self._opened(tag, "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        name = HEADINGS.get(tag, tag)
        if name in self.open:
            while self.open:
                last = self.open.pop()
                self.out.append(f"</{last}>")
                if last == name:
                    return

    def handle_data(self, data: str) -> None:
        self.out.append(escaped(data))

    def finished(self) -> str:
        self.out += [f"</{tag}>" for tag in reversed(self.open)]
        self.open.clear()
        return "".join(self.out)

    def _opened(self, tag: str, attributes: str) -> None:
        self.open.append(tag)
        self.out.append(f"<{tag}{attributes}>")

    def _picture(self, given: dict[str, str]) -> str:
        found = _PICTURE.match(given.get("src", ""))
        address = self.pictures[int(found[1])] if found and int(found[1]) < len(self.pictures) else ""
        alt = given.get("alt", "")
        if address:
            return f'<img src="{escaped(address)}" alt="{escaped(alt)}">'
        return f'<span class="left">[a picture was left out{": " if alt else ""}{escaped(alt)}]</span>'


def _link(href: str) -> str:
    return f' href="{escaped(href)}" rel="noopener noreferrer nofollow"' if _LINK.match(href) else ""
