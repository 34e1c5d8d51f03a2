"""A notebook cell's magics and shell lines out of its Python, each line keeping its number.

IPython itself says where they are, since only a tokenizer can tell a remainder on a line of its own, or a `%d` in a
string, from a magic. It is imported only for cells that may have some.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

_MAYBE = re.compile(
    r"^[ \t]*[%!?]"  # %magic, !command, ?help
    r"|^[^#\n]*\?[ \t]*$"  # help?
    r"|=[ \t]*[%!][ \t]*[^\s=]"  # files = !ls
    r"|\A\s*(?:>>>|In \[)"  # copied with its prompts
    r"|\A(?:[ \t]*\n)*[ \t]+\S",  # indented as a whole
    re.MULTILINE,
)
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)*")
_CELL_MAGIC = re.compile(r"%%(\w[\w.]*+)(?!\?)")
_LINE_MAGIC = re.compile(r"\s*(?:%\s*(\w+)|!)")
_TIMED = re.compile(r"%\s*time[ \t]+([^\s-][^\\\n]*)\n?\Z")
_TO_CLEAN = re.compile(r"[ \t]|>>>|In \[")
_CALL = "get_ipython()"

RUN_THE_BODY = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "debug"})
"""Cell magics whose body is ordinary Python that the notebook goes on with."""

MATTER = frozenset({"run", "load", "loadpy", "pylab", "store", "cython"})
"""Line magics that may define names. Others, such as %matplotlib, are not worth a note."""

_LONGEST_HELP_LINE = 2000
"""Above it help lines are not looked for: IPython's search for them takes the square of a line's length."""

_EFFORT = 1_000_000
_MOST_NOTES = 5


@dataclass(slots=True)
class Effort:
    """Characters that may still be tokenized for one submission: each magic costs its cell's rest once more."""

    left: int = _EFFORT
    manager: Any = field(default=None, repr=False)
    """IPython's TransformerManager, once a cell asks for it."""


def plain_python(source: str, effort: Effort) -> tuple[str, list[str]]:
    """The cell without magics and shell lines, and what deserves to be known of that. Line feeds end lines.

    A statement that IPython would carry out becomes `pass`, a value that it would give `None`.
    """
    if not _MAYBE.search(source):
        return source, []
    try:
        manager = _manager(effort)
    except ImportError:
        return source, ["its magics were not looked for: IPython is not installed here"]
    body = source if source.endswith("\n") else source + "\n"
    before = ""
    while True:
        blank = _BLANK_LINES.match(body)
        cut = blank.end() if blank else 0
        before += "\n" * body.count("\n", 0, cut)
        body = _cleaned(body[cut:], manager)
        magic = _CELL_MAGIC.match(body)
        if magic is None:
            break
        name = magic.group(1)
        if name not in RUN_THE_BODY:
            return "", [_left_out(name)]
        before += "\n"
        body = body.partition("\n")[2]
    lines, notes = _replaced(body.splitlines(keepends=True), manager, effort)
    text = before + "".join(lines)
    return text if source.endswith("\n") else text.removesuffix("\n"), notes


def _manager(effort: Effort) -> Any:
    if effort.manager is None:
        from IPython.core.inputtransformer2 import TransformerManager

        effort.manager = TransformerManager()  # type: ignore[no-untyped-call]
    return effort.manager


def _left_out(name: str) -> str:
    if name in ("writefile", "file"):
        return f"%%{name} only writes the cell to a file, so it was not read; hand in that file, or remove the line"
    return f"the cell is a %%{name[:40]} cell, which is not Python here, and was not read"


def _cleaned(body: str, manager: Any) -> str:
    """Without common indentation and prompts, as IPython reads a cell."""
    if not _TO_CLEAN.match(body):
        return body  # cleaning would touch blank lines inside strings
    lines = body.splitlines(keepends=True)
    for clean in manager.cleanup_transforms:
        lines = clean(lines)
    cleaned = "".join(lines)
    return cleaned if cleaned.count("\n") == body.count("\n") else body


def _replaced(lines: list[str], manager: Any, effort: Effort) -> tuple[list[str], list[str]]:
    """One piece of IPython's syntax after another, first to last, until there is none."""
    every = manager.token_transformers
    if any(len(line) > _LONGEST_HELP_LINE for line in lines):
        manager.token_transformers = [t for t in every if t.__name__ != "HelpEnd"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # IPython's, at lines that end in other ways than by a line feed
            return _one_after_another(lines, manager, effort)
    finally:
        manager.token_transformers = every


def _one_after_another(lines: list[str], manager: Any, effort: Effort) -> tuple[list[str], list[str]]:
    done: list[str] = []
    notes: list[str] = []
    while lines:
        cost = sum(map(len, lines))
        if cost > effort.left:
            notes.append("there are too many magics to look through; the rest was read as it stands")
            break
        effort.left -= cost
        try:
            changed, new = manager.do_one_token_transform(lines)
        except Exception:  # a tokenizer's complaint: the worker says what is wrong with the source
            break
        at = next((n for n, (a, b) in enumerate(zip(lines, new, strict=False)) if a != b), None)
        if not changed or at is None:
            break
        swallowed = lines[at : at + 1 + len(lines) - len(new)]
        written, note = _instead("".join(swallowed), new[at])
        if note and len(notes) < _MOST_NOTES and note not in notes:
            notes.append(note)
        gap = max(0, "".join(swallowed).count("\n") - written.count("\n"))
        whole = [*new[:at], written, *["\n"] * gap, *new[at + 1 :]]
        if written[:1].strip():
            # A statement that begins in the first column ends all indentation: what comes before it is settled.
            done += whole[: at + 1 + gap]
            lines = whole[at + 1 + gap :]
        else:
            lines = whole
    return done + lines, notes


def _instead(old: str, new: str) -> tuple[str, str]:
    """What stands for a piece of IPython's syntax, from its text and IPython's translation; and a note or ""."""
    starts = [m.start() for m in re.finditer(re.escape(_CALL), new) if old.startswith(new[: m.start()])]
    if not starts:
        return new, ""  # `;f a` is translated into an ordinary call
    kept, magic = old[: starts[-1]], old[starts[-1] :]
    timed = _TIMED.match(magic)
    if timed:
        return f"{kept}{timed.group(1)}\n", ""
    if kept.strip():
        target = kept.partition("=")[0].strip()
        said = f"{target[:40]} is None here: what notebooks take from a magic or the shell is not carried out"
        return f"{kept}None\n", said
    name = _LINE_MAGIC.match(magic)
    matters = name is not None and name.group(1) in MATTER
    said = f"%{name.group(1)} is not carried out" if name is not None and matters else ""
    return f"{kept}pass\n", said
