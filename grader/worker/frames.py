"""Frames: how a worker's answers travel through a pipe, and a reader that believes nothing.

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

from grader.worker.values import DEEPEST, DTYPES, LONGEST_TEXT, MOST_DIMENSIONS, Failed, Opaque

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
    described = _ENCODER.encode(_describe(value, buffers)).encode("ascii")
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


def decode(description: bytes, buffers: bytes) -> Any:
    """The value of a frame. Raises FrameError, whatever the bytes are. Arrays are read-only views of `buffers`."""
    _check_size(description)
    try:
        tree = _DECODER.decode(description.decode("ascii"))
        reader = _Reader(buffers)
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
    if len(description) <= MOST_SIGNS:
        return
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
    raise TypeError(f"{type(value).__name__} is no plain value")


class _Reader:
    """Walks a description and cuts the buffers; every count is checked before anything is made of it."""

    def __init__(self, buffers: bytes) -> None:
        self.buffers = buffers
        self.offset = 0
        self.parts = 0

    def value(self, tree: Any, depth: int) -> Any:
        """The value that a part of the description stands for. JSON gives no subclasses of its types."""
        self.parts += 1
        if depth > _DEEPEST or self.parts > MOST_PARTS:
            raise FrameError("too deep or too many parts")
        kind = type(tree)
        if kind is dict:
            if len(tree) != 1:
                raise FrameError("an object of the description has not exactly one key")
            ((tag, content),) = tree.items()
            return self.tagged(tag, content, depth)
        if kind is str:
            return _text(tree)
        if kind is list:
            return [self.value(item, depth + 1) for item in tree]
        if kind is float and not math.isfinite(tree):  # "1e999"
            raise FrameError("a number that is none")
        return tree

    def tagged(self, tag: str, content: Any, depth: int) -> Any:
        """What a tag makes of its content."""
        kind = type(content)
        if kind is list:
            if tag == "t":
                return tuple([self.value(item, depth + 1) for item in content])
            if tag == "a" and len(content) == 2:
                return self.array(*content)
            if tag == "d":
                return self.dictionary(content, depth)
            if tag == "x" and list(map(type, content)) == [str, str, int]:
                error, text, line = content
                return Failed(_text(error, 200), _text(text, 2000), line)
        elif kind is str:
            if tag == "o":
                return Opaque(_text(content, 200))
            if tag == "f" and content in ("nan", "inf", "-inf"):
                return float(content)
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

    def array(self, kind: Any, shape: Any) -> np.ndarray[Any, Any]:
        """The next of the buffers as an array, without a copy."""
        dtype = _DTYPES.get(kind) if type(kind) is str else None
        if dtype is None:
            raise FrameError("an array of a type that does not cross")
        if type(shape) is not list or len(shape) > MOST_DIMENSIONS:
            raise FrameError("an array with a shape that is none")
        for n in shape:
            if type(n) is not int or not 0 <= n <= 2**40:
                raise FrameError("an array with a shape that is none")
        # Exact integers: a product of sizes must not wrap around. A size of 0 makes the rest harmless, but not
        # for NumPy, which multiplies the others: they are bounded as well.
        count = math.prod(shape)
        size = count * dtype.itemsize
        if size > len(self.buffers) - self.offset or (not count and math.prod(n for n in shape if n) > 2**40):
            raise FrameError("an array is larger than its buffer")
        array = np.frombuffer(self.buffers, dtype, count, self.offset).reshape(shape)
        self.offset += size
        if kind == "b1" and size and array.view(np.uint8).max() > 1:
            raise FrameError("a truth value that is neither true nor false")
        return array


_DEEPEST = DEEPEST + 8
_DTYPES = {kind: np.dtype(np.bool_) if kind == "b1" else np.dtype(f"<{kind}") for kind in DTYPES}


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


_DECODER = json.JSONDecoder(object_pairs_hook=_single, parse_constant=_refuse, parse_int=_integer)
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
