"""Text of many lines from outside, as HTML that shows every character, keeps nothing hidden and is not too long."""

from __future__ import annotations

import html
import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control characters, those that reorder or hide text, and halves of pairs. Joiners stay: letters need them."""


def visible(text: str) -> str:
    """The text with line ends as newlines and everything that cannot be seen as an escape."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _HIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def printed(text: str) -> str:
    """What a terminal would have shown in the end: no colours, of each line what was written over it last."""
    lines = _ANSI.sub("", text.replace("\r\n", "\n")).split("\n")
    return visible("\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines))


def shortened(text: str, most: int, *, tail: int = 4000) -> tuple[str, str]:
    """The text cut to `most` characters, the last `tail` of them its end; and what was left out, in words."""
    if len(text) <= most:
        return text, ""
    end = f"\n[...]\n{text[-tail:]}" if tail else ""
    return text[: most - tail] + end, f"{size(len(text) - most)} left out"


def size(characters: int) -> str:
    """A length for people: 412 characters, 31 kB, 2 MB."""
    if characters < 1000:
        return f"{characters} character{'' if characters == 1 else 's'}"
    return f"{characters / 1000:.0f} kB" if characters < 999_500 else f"{characters / 1e6:.1f} MB"


def joined(value: object) -> str:
    """nbformat's text: one string, or a list of its lines."""
    if isinstance(value, str):
        return value
    return "".join(line for line in value if isinstance(line, str)) if isinstance(value, list) else ""


def escaped(text: str) -> str:
    """The text for HTML, within an element or an attribute."""
    return html.escape(visible(text))
