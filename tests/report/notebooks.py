"""Notebooks for the tests of the feedback, and findings placed in them."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import replace
from typing import Any

from grader.findings import Finding, Verdict
from grader.report.report import ExerciseReport, Place, Report
from tests.report.samples import affine_without_transpose, all_right, not_started, report

FILE = "hw.ipynb"


def code(source: str, *outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "outputs": list(outputs),
        "execution_count": None,
        **more,
    }


def text(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def shown(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": data}


def stream(given: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": given}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    with_ids = [{"id": f"c{number}", **cell} for number, cell in enumerate(cells)]
    return {"cells": with_ids, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def png(width: int = 3, height: int = 2, *, claimed: tuple[int, int] | None = None) -> str:
    """A red picture as base64; `claimed` puts another size into its header."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">II", *(claimed or (width, height)))
    rows = b"".join(b"\0" + b"\xc8\x10\x10" * width for _ in range(height))
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x02\0\0\0")
    return base64.b64encode(raw + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")).decode()


def place(name: str, cell: int | None, *, line: int = 1, label: str = "", file: str = FILE) -> Place:
    return Place(name, label or f"cell {(cell or 0) + 1}", line, 1, file, cell)


def homework() -> dict[str, Any]:
    """Five cells; forward in the third, backward in the fifth."""
    return notebook(
        text("# Homework\n\nWrite $w_1 * x_1$ *here*."),
        code("import numpy as np\n"),
        code("def affine_forward(x, w, b):\n    return x @ w + b, (x, w, b)\n", stream("hello\n")),
        text("And back."),
        code("def affine_backward(dout, cache):\n    x, w, b = cache\n    dx = dout @ w\n    return dx\n"),
    )


def affine_at(*cells: int) -> ExerciseReport:
    """The affine exercise with dx wrong, its two functions in these cells."""
    names = ("affine_forward", "affine_backward")
    places = tuple(place(name, cell) for name, cell in zip(names, cells, strict=False))
    findings = (Finding("runs", Verdict.FAIL, "shapes (2, 3) @ (4, 3)", "dx", where="cell 5, line 3"),)
    return replace(affine_without_transpose(), places=places, findings=findings)


def homework_report() -> Report:
    """Affine wrong, relu not started, add right and in the second cell; the fourth line of a note."""
    add = replace(all_right(), places=(place("add_gate_forward", 1),))
    return report(affine_at(2, 4), replace(not_started(), places=()), add)
