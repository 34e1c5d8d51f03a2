"""Text from outside, made safe to show: on a terminal, in a message of one line, in an encoding that has little."""

from __future__ import annotations

from collections.abc import Mapping

_LINES = dict(zip("│─╭╮╰╯├┤┬┴┼●○▸◂", "|-+++++++++*o><", strict=True))
_SYMBOLS = {"×": "*", "−": "-", "²": "^2", "∂": "d", "·": "*", "ᵖ": "^p", "σ": "sigmoid", "…": "..."}
ASCII: Mapping[int, str] = {ord(sign): plain for sign, plain in (_LINES | _SYMBOLS).items()}
"""What stands for our own characters where an encoding lacks them; lines and signs keep their width."""


def one_line(text: str, *, limit: int = 200) -> str:
    """The text on one line, without control characters, escapes or anything invisible, cut to `limit`."""
    kept = "".join(_visible(character) for character in text[: limit + 1])
    return kept if len(kept) <= limit else kept[: limit - 3] + "..."


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character in "\n\r\t" else f"\\x{ord(character):02x}"


def counted(number: float, one: str, many: str = "") -> str:
    """A number of things: 1 student, 2 students, 1.5 points, 1,000 marks; `many` where an s does not make it."""
    shown = f"{number:,}" if isinstance(number, int) else f"{number:,.10g}"
    return f"{shown} {one if number == 1 else many or one + 's'}"


def encodable(text: str, encoding: str) -> bool:
    """Whether every character of the text exists in the encoding."""
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def in_encoding(text: str, encoding: str) -> str:
    """The text as the encoding can write it: our signs in ASCII, a foreign name's letters as escapes."""
    if encodable(text, encoding):
        return text
    return text.translate(ASCII).encode("ascii", "backslashreplace").decode("ascii")
