"""Hints where a line raised: what a derivative is helps nobody whose name is not defined.

What an error says of shapes is another matter: which sizes have to meet is what the node's own hints are about.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from grader.worker.salvage import NEEDS_LOST

Made = Callable[[re.Match[str]], tuple[str, ...]]

ERROR = re.compile(r"\b(?P<kind>[A-Z]\w*(?:Error|Exit|Exception|Interrupt|Iteration))\b(?::\s*(?P<text>.*))?")
"""`NameError: name 'xx' is not defined`, wherever it stands in a message."""
LOST = NEEDS_LOST.removeprefix("it ")
"""What is said of a value that another one's exception has taken along."""

_SHAPES = re.compile(r"shapes?\b|dimension|mismatch|broadcast|do not meet|axis \d+ is out of bounds")
_PRINT = "Print what stands in that line just above it, with its type and shape. What is not what you expect?"

_KINDS: tuple[tuple[re.Pattern[str], Made], ...] = (
    (
        re.compile(r"NameError: name '(\w+)'|UnboundLocalError: .*?variable '(\w+)'"),
        lambda found: (
            f"Where does `{found[1] or found[2]}` get its value, and has that line run before this one does?",
            "A function sees its arguments, its own lines above, and what the cells above have defined. "
            f"Which of them was to give it `{found[1] or found[2]}`?",
        ),
    ),
    (
        re.compile(r"truth value of an array"),
        lambda _: (
            "A comparison of arrays has an answer for each entry. Which of them is an `if` to go by?",
            "For x = np.array([-2, 3]), what are x > 0, x * (x > 0) and np.where(x > 0, x, 0)?",
        ),
    ),
    (
        re.compile(r"AttributeError: .*has no attribute '(\w+)'"),
        lambda found: (
            f"What stands before the dot of `{found[1]}`? Print its type: has that an attribute of this name?",
            "Is the name spelt as NumPy spells it, and is it an array that you ask, not a list or a tuple?",
        ),
    ),
    (
        re.compile(r"NoneType"),
        lambda _: (
            "One of the values in this line is None. Which line was to make it?",
            "A function that does not reach a `return` gives None. Does one that you call here?",
        ),
    ),
    (
        re.compile(r"TypeError: .*(?:positional argument|keyword argument)"),
        lambda _: (
            "Which arguments does the text hand to this function, and in which order? Compare the `def` line.",
        ),
    ),
    (
        re.compile(r"ValueError: (?:not enough|too many) values to unpack"),
        lambda _: (
            "How many things stand to the left of this =, and how many to the right?",
            "If it is the cache: does backward take out as many as forward puts in, in the same order?",
        ),
    ),
    (
        re.compile(r"(?:IndexError|KeyError)"),
        lambda _: ("Print the index of this line, and beside it the shape (or the keys) of what it goes into.",),
    ),
    (
        re.compile(r"ZeroDivisionError"),
        lambda _: ("For which inputs is what you divide by 0, and what has the result to be there?",),
    ),
    (
        re.compile(r"RecursionError"),
        lambda _: ("Under which condition does the function return without a call of itself?",),
    ),
    (
        re.compile(r"did not end within"),
        lambda _: (
            "Which condition ends your loop, and which line in it brings that nearer?",
            "Is there a way to treat all entries at once, in place of one after the other?",
        ),
    ),
    (
        re.compile(r"more memory than"),
        lambda _: ("How many entries has the largest array that you make, and does every one of them have to be?",),
    ),
)  # fmt: skip


def error_in(message: str) -> str:
    """The part of a message that names an exception or another end of the code; empty where there is none."""
    found = ERROR.search(message)
    if found:
        return found[0]
    return message if re.search(r"did not end within|more memory than", message) else ""


def error_hints(error: str) -> tuple[str, ...] | None:
    """Hints for this exception; None where the node's own are the ones that help."""
    if _SHAPES.search(error) and "truth value" not in error:
        return None
    for pattern, made in _KINDS:
        found = pattern.search(error)
        if found:
            return made(found)
    if re.search(r"not available in grading|SystemExit|ended the whole process", error):
        return ()  # the message says what to do
    return (_PRINT,)


def none_hints(node: str) -> tuple[str, ...]:
    """Hints where a node came back as None."""
    return (
        f"Which `return` does the function reach, and does {node} have its value by then?",
        "A function that prints its result has not returned it: what is the last line of yours?",
    )
