"""A drawing as an image inside a page: its address, its words, and how far it may be shrunk."""

from __future__ import annotations

import base64
import re

from grader.picture.sketch import Sketch


def alternative_text(drawing: Sketch) -> str:
    """The picture in words."""
    return f"Computational graph of {drawing.title}: " + "; ".join(box.alternative for box in drawing.boxes)


def data_address(drawn: str) -> str:
    """An SVG as the address of an image; it follows the reader's light or dark, and nothing is fetched."""
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def least_width(drawn: str) -> int:
    """To which width in pixels a picture may be shrunk: its text stays above nine pixels."""
    found = re.search(r' width="(\d+)"', drawn)
    return int(found[1]) * 3 // 5 if found else 0
