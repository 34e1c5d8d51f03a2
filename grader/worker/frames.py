"""Frames: how plain values travel through a pipe, and a reader that believes nothing.

A frame is a header (magic, length of the description, length of the buffers), a description in JSON, and the raw
buffers of its arrays one after another, little-endian. Only FrameError comes out of the reader. Source of the rules
for untrusted input: they are ours; each has a test in tests/worker/test_frames.py.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np

from grader.worker.values import DEEPEST, DTYPES, LONGEST_TEXT, MOST_DIMENSIONS, Code, Failed, Opaque, Ref

HEADER = struct.Struct(">4sIQ")
MAGIC = b"CMk1"
LONGEST_DESCRIPTION = 32 << 20
LONGEST_BUFFERS = 256 << 20
MOST_PARTS = 1_000_000
MOST_SIGNS = 3 * MOST_PARTS
"""Brackets and commas of a description, which bound the memory that parsing it takes; a text's own do not count."""

_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')


class FrameError(ValueError):
    """The bytes are not a frame that the protocol allows."""


def encode(value: Any) -> bytes:
    """One frame for a plain value."""
    buffers: list[bytes] = []
    described = json.dumps(_describe(value, buffers), separators=(",", ":"), allow_nan=False).encode("ascii")
    joined = b"".join(buffers)
    return HEADER.pack(MAGIC, len(described), len(joined)) + described + joined


def lengths(header: bytes) -> tuple[int, int]:
    """(length of the description, length of the buffers) that follow a header. Raises FrameError."""
    if len(header) != HEADER.size:
        raise FrameError("the frame ends within its header")
    magic, described, buffers = HEADER.unpack(header)
    if magic != MAGIC:
        raise FrameError("not a frame")
    if described > LONGEST_DESCRIPTION or buffers > LONGEST_BUFFERS:
        raise FrameError("the frame is too large")
    return described, buffers


def decode(description: bytes, buffers: bytes, *, results: bool = False) -> Any:
    """The value of a frame. Raises FrameError, whatever the bytes are. Arrays are read-only views of `buffers`.

    `results`: only what a worker may answer, which neither refers to its own values nor brings code.
    """
    _check_size(description)
    try:
        tree = json.loads(
            description.decode("ascii"), object_pairs_hook=_single, parse_constant=_refuse, parse_int=_integer
        )
        reader = _Reader(buffers, results)
        value = reader.value(tree, 0)
    except FrameError:
        raise
    except (ValueError, RecursionError, MemoryError, OverflowError, TypeError) as error:
        raise FrameError(f"the description is not one: {type(error).__name__}") from None
    if reader.offset != len(buffers):
        raise FrameError("the buffers are longer than the arrays they hold")
    return value


def _check_size(description: bytes) -> None:
    """Raises FrameError for a description that would take much memory to parse."""
    signs = _signs(description)
    if signs <= MOST_SIGNS:
        return
    for number, text in enumerate(_TEXT.finditer(description)):
        signs -= _signs(text.group())
        if number > MOST_PARTS:
            break
    if signs > MOST_SIGNS:
        raise FrameError("the description has too many parts")


def _signs(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{") + text.count(b",")


def _describe(value: Any, buffers: list[bytes]) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"f": str(value)}
    if isinstance(value, np.ndarray):
        little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        buffers.append(little.tobytes())
        return {"a": [f"{value.dtype.kind}{value.dtype.itemsize}", list(value.shape)]}
    if isinstance(value, tuple):
        return {"t": [_describe(item, buffers) for item in value]}
    if isinstance(value, list):
        return [_describe(item, buffers) for item in value]
    if isinstance(value, dict):
        return {"d": [[_describe(key, buffers), _describe(item, buffers)] for key, item in value.items()]}
    if isinstance(value, Opaque):
        return {"o": value.kind}
    if isinstance(value, Failed):
        return {"x": [value.error, value.text, value.line]}
    if isinstance(value, Ref):
        return {"r": [value.register, *value.path]}
    if isinstance(value, Code):
        return {"c": [value.name, value.source]}
    raise TypeError(f"{type(value).__name__} is no plain value")


class _Reader:
    """Walks a description and cuts the buffers; every count is checked before anything is made of it."""

    def __init__(self, buffers: bytes, results: bool) -> None:
        self.buffers = buffers
        self.results = results
        self.offset = 0
        self.parts = 0

    def value(self, tree: Any, depth: int) -> Any:
        self.parts += 1
        if depth > DEEPEST + 8 or self.parts > MOST_PARTS:
            raise FrameError("too deep or too many parts")
        if tree is None or isinstance(tree, (bool, int)):
            return tree
        if isinstance(tree, float):
            if not math.isfinite(tree):  # "1e999"
                raise FrameError("a number that is none")
            return tree
        if isinstance(tree, str):
            return _text(tree)
        if isinstance(tree, list):
            return [self.value(item, depth + 1) for item in tree]
        if not isinstance(tree, dict) or len(tree) != 1:
            raise FrameError("an object of the description has not exactly one key")
        ((tag, content),) = tree.items()
        return self.tagged(tag, content, depth)

    def tagged(self, tag: str, content: Any, depth: int) -> Any:
        match tag, content:
            case "f", "nan" | "inf" | "-inf":
                return float(content)
            case "t", list():
                return tuple(self.value(item, depth + 1) for item in content)
            case "d", list():
                return self.dictionary(content, depth)
            case "a", [str() as kind, list() as shape]:
                return self.array(kind, shape)
            case "o", str():
                return Opaque(_text(content, 200))
            case "x", [str() as error, str() as text, int() as line] if type(line) is int:
                return Failed(_text(error, 200), _text(text, 2000), line)
            case "r", [str() as register, *path] if not self.results and all(
                type(p) in (int, str) for p in path
            ):
                return Ref(_text(register, 200), tuple(path))
            case "c", [str() as name, str() as source] if not self.results:
                return Code(_text(name, 200), _text(source))
        raise FrameError("an unknown kind of value")

    def dictionary(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for pair in pairs:
            if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) not in (str, int):
                raise FrameError("a dictionary's pair is none")
            key = pair[0] if type(pair[0]) is int else _text(pair[0])
            if key in found:
                raise FrameError("a dictionary has a key twice")
            found[key] = self.value(pair[1], depth + 1)
        return found

    def array(self, kind: str, shape: list[Any]) -> np.ndarray[Any, Any]:
        if kind not in DTYPES:
            raise FrameError("an array of a type that does not cross")
        if len(shape) > MOST_DIMENSIONS or not all(type(n) is int and 0 <= n <= 2**40 for n in shape):
            raise FrameError("an array with a shape that is none")
        dtype = np.dtype(f"<{kind}") if kind != "b1" else np.dtype(np.bool_)
        # Exact integers: a product of sizes must not wrap around. A size of 0 makes the rest harmless, but not
        # for NumPy, which multiplies the others: they are bounded as well.
        size = math.prod(shape) * dtype.itemsize
        if size > len(self.buffers) - self.offset or math.prod(n for n in shape if n) > 2**40:
            raise FrameError("an array is larger than its buffer")
        array = np.frombuffer(self.buffers, dtype, math.prod(shape), self.offset).reshape(shape)
        self.offset += size
        if kind == "b1" and size and array.view(np.uint8).max() > 1:
            raise FrameError("a truth value that is neither true nor false")
        return array


def _text(text: str, limit: int = LONGEST_TEXT) -> str:
    if len(text) > limit:
        raise FrameError("a text is too long")
    return text


def _single(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise FrameError("the description has a key twice")
        found[key] = value
    return found


def _refuse(literal: str) -> NoReturn:
    raise FrameError(f"{literal} is no number of the description")


def _integer(digits: str) -> int:
    if len(digits) > 24:
        raise FrameError("an integer with too many digits")
    return int(digits)
