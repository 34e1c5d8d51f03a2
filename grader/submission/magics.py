"""IPython's own syntax in a cell: magics and shell lines are taken out by IPython's own transformer."""

from __future__ import annotations

import re

from grader.submission.types import Note

MAYBE = re.compile(r"^\s*(%|!|\?)|\?\s*$|=\s*[%!]", re.MULTILINE)
"""What a cell must contain for IPython to be asked at all; its import takes longer than everything else."""

CALL = re.compile(r"get_ipython\(\)\s*\.\s*\w+\(")
KEPT = frozenset({"time", "timeit", "capture", "prun", "python", "python3"})
"""Cell magics whose body is plain Python."""


def without_magics(source: str, where: str) -> tuple[str, list[Note]]:
    """The cell as plain Python with the same number of lines, and what was taken out."""
    if not MAYBE.search(source):
        return source, []
    lines = source.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    found = re.match(r"\s*%%(\w+)", lines[first])
    if found:
        if found[1] in KEPT:
            lines[first] = ""
            body, notes = without_magics("\n".join(lines), where)
            return body, notes
        note = Note("magic", f"%%{found[1]} is no Python: the cell was not read", where)
        return "\n" * (len(lines) - 1), [note]
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        transformed = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
    except (SyntaxError, ValueError, RecursionError, IndexError):
        return source, []
    if transformed.rstrip("\n") == source.rstrip("\n"):
        return source, []
    return _aligned(lines, transformed.rstrip("\n").split("\n")), []


def _aligned(lines: list[str], transformed: list[str]) -> str:
    """The transformed cell with every call of IPython made nothing, at the lines of the original.

    A magic that goes over several lines becomes one; the lines that it took are given back as empty ones.
    """
    result: list[str] = []
    place = 0
    for line in transformed:
        call = CALL.search(line)
        if call is None:
            # Plain lines come through as they are; leading emptiness may have been taken away.
            while place < len(lines) and lines[place] != line and not lines[place].strip() and line.strip():
                result.append("")
                place += 1
            result.append(line)
            place += 1
            continue
        indent = line[: len(line) - len(line.lstrip())]
        before = line[: call.start()].strip()
        result.append(f"{indent}{before} None" if before.endswith("=") else f"{indent}pass")
        while place < len(lines) and lines[place].rstrip().endswith("\\"):
            result.append("")
            place += 1
        place += 1
    result += [""] * (len(lines) - len(result))
    return "\n".join(result)
