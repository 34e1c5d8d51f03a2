"""Files written for an older Python or NumPy, read as what they meant then.

Courses reuse code for many years. In a file of 2016, `xrange`, a print statement and `/` between whole numbers
were right, and `np.int` was until 2022; none of them is a mistake in a gradient. Two kinds of reading:

- What Python 3 could only refuse is read in any file: print statements, names that nobody defines, `d.iteritems()`,
  names that NumPy no longer has. A right submission holds none of it where it counts, so it can only gain.
- What Python 3 would run otherwise (`/` and `/=` of whole numbers; `range`, `map`, `filter`, `zip` and a
  dictionary's `keys`, `values`, `items` as lists) is changed in files of Python 2 alone, and of that there must be
  proof: print statements keep Python 3 from parsing the file, nothing else does, and nothing in it is of Python 3
  (`of_python_3`). Everywhere else `/` where a whole number is meant is a mistake, and stays one.

Not read are, among others, `except E, e`, `exec "code"`, `print >> file`, `round` to whole numbers away from 0,
sorting by `cmp`, and `/=` where what is changed is found by a call. A note says what was read.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.worker.of_python_3 import holds_python_3

DIVIDED = "__divided_in_python_2__"
DIVIDED_IN_PLACE = "__divided_in_place_in_python_2__"
LISTED = "__list_of_python_2__"
METHOD = "__method_of_python_2__"
REDUCE = "__reduce_of_python_2__"
NUMPY = "__older_numpy__"

NAMES = {
    "xrange": "range", "unicode": "str", "basestring": "str", "unichr": "chr", "long": "int", "raw_input": "input",
    "reduce": REDUCE,
}  # fmt: skip
"""Names of Python 2, and what Python 3 calls the same."""

LISTS = frozenset({"range", "map", "filter", "zip"})
"""Functions that gave lists, and the methods of dictionaries that did."""
VIEWS = frozenset({"keys", "values", "items"})
METHODS = {"iterkeys": "keys", "itervalues": "values", "iteritems": "items", "has_key": "__contains__"}
"""Methods that dictionaries had, and what does the same."""

GONE: Mapping[str, Any] = {
    # until NumPy 1.24
    "int": int, "float": float, "bool": bool, "complex": complex, "object": object, "str": str, "long": int,
    "unicode": str, "asscalar": lambda a: np.asarray(a).item(),
    # until NumPy 2.0, and some longer
    "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any, "round_": np.round,
    "row_stack": np.vstack, "msort": lambda a: np.sort(a, axis=0), "float_": np.float64, "complex_": np.complex128,
    "string_": np.bytes_, "unicode_": np.str_, "NaN": np.nan, "NAN": np.nan, "Inf": np.inf, "Infinity": np.inf,
    "infty": np.inf, "PINF": np.inf, "NINF": -np.inf, "in1d": lambda a, b: np.isin(np.ravel(a), b),
    "asfarray": lambda a, dtype=np.float64: np.asarray(a, dtype=dtype),
}  # fmt: skip
"""Names that NumPy had, as what they stood for."""

PRINTS = "print statements are calls"


@dataclass(slots=True)
class Older:
    """A source as it is read now, and what had to be read anew in it, each with its first line."""

    text: str
    python: dict[str, int] = field(default_factory=dict)
    numpy: dict[str, int] = field(default_factory=dict)
    whole: bool = False
    """Whether the whole of it is proved to be of Python 2."""


def notes(units: Sequence[tuple[str, Older]]) -> Iterator[tuple[str, str, int, str]]:
    """(kind, label, line, what is to be said), once each for all units: a whole folder may be of one year."""
    old = [(label, older) for label, older in units if older.python]
    if old:
        label, first = old[0]
        said = "; ".join(dict.fromkeys(what for _, older in old for what in older.python))
        more = f" and {len(old) - 1} more" if old[1:] else ""
        if all(older.whole for _, older in old):
            was, is_ = ("were", "are") if more else ("was", "is")
            begin = f"this{more} {was} written for Python 2 and {is_} read as such"
        else:
            begin = f"what is left of Python 2 in this{more} is read as what it meant"
        yield "Python 2", label, min(first.python.values()), f"{begin}: {said}"
    gone = sorted({name for _, older in units for name in older.numpy})
    if gone:
        names = ", ".join(f"np.{name}" for name in gone)
        label, line = next((label, min(older.numpy.values())) for label, older in units if older.numpy)
        yield "older NumPy", label, line, f"{names}: what NumPy no longer has is read as what it was"


class _OlderNumPy:
    """`np.int` and others, where the NumPy in use lacks them."""

    def __getattr__(self, name: str) -> Any:
        return GONE[name]


_OLDER_NUMPY = _OlderNumPy()


def older_numpy(value: Any) -> Any:
    """NumPy with what it had; anything else that somebody calls `np` is left as it is."""
    return _OLDER_NUMPY if value is np else value


def helpers() -> dict[str, Any]:
    """What code that was read anew calls, by name."""
    return {
        DIVIDED: divided,
        DIVIDED_IN_PLACE: divided_in_place,
        LISTED: listed,
        METHOD: method,
        REDUCE: functools.reduce,
        NUMPY: older_numpy,
    }


def divided(a: Any, b: Any) -> Any:
    """a / b as Python 2 and its NumPy had it: of whole numbers the floor."""
    return a // b if _whole(a) and _whole(b) else a / b


def divided_in_place(a: Any, b: Any) -> Any:
    """What `a /= b` made of a there: an array is changed itself."""
    if _whole(a) and _whole(b):
        a //= b
    else:
        a /= b
    return a


def _whole(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biu"
    return isinstance(value, (int, np.integer, np.bool_))


def listed(value: Any) -> Any:
    """What range, map, filter and zip gave, and a dictionary's keys, values and items: a list."""
    lazy = isinstance(value, (range, map, filter, zip, KeysView, ValuesView, ItemsView))
    return list(value) if lazy else value


def method(value: Any, name: str) -> Any:
    """A method that dictionaries no longer have; that of anything that has one of this name is its own."""
    if isinstance(value, Mapping) and not hasattr(value, name):
        now = getattr(value, METHODS[name])
        return now if name == "has_key" else lambda: iter(now())
    return getattr(value, name)


def proved(nodes: list[ast.stmt], text: str) -> bool:
    """Whether a file that parses only with its print statements as calls is one of Python 2 as a whole."""
    try:
        return not holds_python_3(nodes, text)
    except RecursionError:
        return False


def may_be_older(older: Older) -> bool:
    """Whether there is anything to be read anew; nearly always not, and then no tree need be walked."""
    return bool(older.python or _MAYBE.search(older.text))


_MAYBE = re.compile(rf"\b(?:{'|'.join(NAMES)})\b|\.\s*(?:{'|'.join([*METHODS, *GONE])})\b")
"""Text in which an older name may stand."""
