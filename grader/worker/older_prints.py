"""Print statements of Python 2 as calls, found in the text: a text that holds one is no tree yet."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator


def with_print_calls(text: str) -> tuple[str, list[int]]:
    """The text with every print statement as a call, on the lines where they are, and these lines."""
    lines = list(io.StringIO(text))
    changed = set()
    for line, column, part in reversed(list(_insertions(text))):
        # From the end to the beginning, so that places before it stay where they are.
        lines[line - 1] = lines[line - 1][:column] + part + lines[line - 1][column:]
        if part == "(":
            changed.add(line)
    return "".join(lines), sorted(changed)


def _insertions(text: str) -> Iterator[tuple[int, int, str]]:
    """The brackets that print statements lack, as (line, column, what): `print a, b` becomes `print (a, b)`."""
    begins, opened, depth = True, False, 0
    before: tokenize.TokenInfo | None = None
    found: list[tuple[int, int, str]] = []
    try:
        tokens = list(_tokens(text))
    except RecursionError:
        return
    for place, token in enumerate(tokens):
        if token.string in tuple("([{"):
            depth += 1
        elif token.string in tuple(")]}"):
            depth -= 1
        ends = token.type in (tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER) or (
            token.string == ";" and not depth
        )
        if opened and ends and before is not None:
            found.append((*before.end, ")"))
            opened = False
        if begins and token.string == "print" and _is_statement(tokens[place + 1 : place + 2]):
            found.append((*tokens[place + 1].start, "("))
            opened, depth = True, 0
        begins = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL) or (
            not depth and token.string in (":", ";")
        )
        before = token
    yield from found


def _is_statement(after: list[tokenize.TokenInfo]) -> bool:
    """Whether what follows `print` makes it a statement of Python 2: a value, and no bracket, `=` or `.`."""
    return bool(after) and (
        after[0].type
        in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING, getattr(tokenize, "FSTRING_START", -1))
        and after[0].string not in ("if", "in", "is", "and", "or", "for", "else")
    )


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """Tokens up to the first place that is none; from Python 3.12 on, half a surrogate pair is a ValueError."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
