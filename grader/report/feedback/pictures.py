"""Pictures from a notebook: only PNG and JPEG that are what they say they are, as `data:` addresses."""

from __future__ import annotations

import base64
import binascii
import re

MIMES = ("image/png", "image/jpeg")
MOST_BYTES = 3_000_000
MOST_PIXELS = 40_000_000
"""A few kilobytes can unfold to gigabytes when a browser decodes them."""

_DATA = re.compile(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]+)\Z")
_PLAIN = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})


def data_address(mime: str, content: str) -> str:
    """The picture as a `data:` address, from its base64; "" if it is not such a picture or is too large."""
    if mime not in MIMES or len(content) > MOST_BYTES * 4 // 3 + 100_000:
        return ""
    try:
        raw = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    width, height = _png(raw) if mime == "image/png" else _jpeg(raw)
    if len(raw) > MOST_BYTES or not 0 < width * height <= MOST_PIXELS:
        return ""
    return f"data:{mime};base64,{base64.b64encode(raw).decode('ascii')}"


def checked_address(address: str) -> str:
    """The same for what is a `data:` address already."""
    match = _DATA.match(address)
    return data_address(match[1], match[2]) if match else ""


def _png(raw: bytes) -> tuple[int, int]:
    if raw[:8] != b"\x89PNG\r\n\x1a\n" or raw[12:16] != b"IHDR":
        return 0, 0
    return int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big")


def _jpeg(raw: bytes) -> tuple[int, int]:
    """Width and height from the frame header, found by walking the segments."""
    if raw[:3] != b"\xff\xd8\xff":
        return 0, 0
    at = 2
    while at + 9 < len(raw) and raw[at] == 0xFF:
        marker = raw[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            return int.from_bytes(raw[at + 7 : at + 9], "big"), int.from_bytes(raw[at + 5 : at + 7], "big")
        at += (
            1
            if marker == 0xFF
            else 2
            if marker in _PLAIN
            else 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
        )
    return 0, 0
