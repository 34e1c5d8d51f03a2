"""The reader believes nothing: only FrameError comes out, it takes little memory, and plain values survive."""

from __future__ import annotations

import json
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.worker import frames
from grader.worker.frames import (
    HEADER,
    LONGEST_BUFFERS,
    LONGEST_DESCRIPTION,
    MAGIC,
    FrameError,
    decode,
    encode,
    lengths,
)
from grader.worker.values import Code, Failed, Opaque, Ref
from tests.worker.plain_values import NASTY, VALUES


def read(data, **options):
    """The value of a whole frame."""
    described, buffers = lengths(data[: HEADER.size])
    rest = data[HEADER.size :]
    if len(rest) != described + buffers:
        raise FrameError("the frame has not its length")
    return decode(rest[:described], rest[described:], **options)


def same(one, other):
    """Equal in value and type, to the bit."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other) or (one != one and other != other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return one == other


@settings(max_examples=500, deadline=None)
@given(VALUES)
def test_every_plain_value_comes_back_as_it_went(value):
    assert same(read(encode(value)), value)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"), -0.0, float("inf"), float("-inf"), 5e-324, 2**64 - 1, -(2**63), "\ud800", "\x00", "", True,
        np.array(-0.0), np.array(np.nan, np.float16), np.zeros((0, 3)), np.zeros((2, 0, 5), np.uint8),
        np.array([True, False]), (), [], {}, [(), {"": []}], {1: "a", "1": "b"}, Opaque("a function"),
        Failed("E", "t", 1), (((1,),),),
    ],
)  # fmt: skip
def test_the_special_values_come_back_as_they_went(value):
    assert same(read(encode(value)), value)


def test_what_the_dtype_test_compares_can_differ():
    assert not same(np.zeros(2), np.zeros(2, np.float32))
    assert not same(0.0, -0.0)
    assert not same((1,), [1])


def refused(data, **options):
    """Whether the reader raises FrameError; anything else fails the test."""
    try:
        read(data, **options)
    except FrameError:
        return True
    return False


def described(tree, buffers=b""):
    """Whether a description, given as JSON text or as an object, is refused."""
    text = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return refused(HEADER.pack(MAGIC, len(text), len(buffers)) + text + buffers)


@pytest.mark.parametrize(
    ("tree", "buffers"),
    [
        ({"a": ["f8", [2**40, 2**40]]}, b""),
        ({"a": ["f8", [2**62, 4]]}, b""),
        ({"a": ["f8", [0, 2**63]]}, b""),
        ({"a": ["f8", [0] * 33]}, b""),
        ({"a": ["f8", [-1]]}, b""),
        ({"a": ["f8", [True]]}, b"x" * 8),
        ({"a": ["f8", [1.0]]}, b"x" * 8),
        ({"a": ["f8", [2]]}, b"x" * 15),
        ({"a": ["f8", [2]]}, b"x" * 17),
        ({"a": ["O8", [1]]}, b"x" * 8),
        ({"a": ["S0", [10**12]]}, b""),
        ({"a": ["f16", [1]]}, b"x" * 16),
        ({"a": ["V8", [1]]}, b"x" * 8),
        ({"a": ["<f8", [1]]}, b"x" * 8),
        ({"a": ["b1", [1]]}, b"\x02"),
        ({"a": "f8"}, b""),
        ({"a": ["f8", [1], 1]}, b"x" * 8),
        ([{"a": ["f8", [1]]}, {"a": ["f8", [1]]}], b"x" * 8),
        ({}, b""),
        ({"f": "1"}, b""),
        ({"f": 1}, b""),
        ({"t": {}}, b""),
        ({"d": [["a", 1], ["a", 2]]}, b""),
        ({"d": [[1.5, 1]]}, b""),
        ({"d": [[None, 1]]}, b""),
        ({"d": [[{"t": []}, 1]]}, b""),
        ({"t": [], "d": []}, b""),
        ({"o": "x" * 201}, b""),
        ({"x": ["a", "b", True]}, b""),
        ({"z": 1}, b""),
        ("x" * 100_001, b""),
        (10**25, b""),
        (b'{"f":"nan","f":"inf"}', b""),
        (b"NaN", b""),
        (b"-Infinity", b""),
        (b"1e999", b""),
        (b"[1e999]", b""),
        (b"[" * 100_000, b""),
        (b"[" * 100 + b"]" * 100, b""),
        (b'{"t":' * 40 + b"[]" + b"}" * 40, b""),
        (b"", b""),
        (b"\xff", b""),
        (b"1 2", b""),
        (b"null", b"x"),
        (b"9" * 5000, b""),
    ],
)
def test_a_nasty_description_is_refused(tree, buffers):
    assert described(tree, buffers)


def test_a_worker_may_not_answer_with_references_or_code():
    for value in (Ref("r"), Code("g", "x"), [Ref("r")], {"a": (Code("g", ""),)}):
        with pytest.raises(TypeError):
            encode(value)
    assert described(b'{"r":["x"]}', b"")
    assert described(b'{"c":["g","def g(): pass"]}', b"")


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"CMk1",
        HEADER.pack(b"CMk2", 1, 0),
        HEADER.pack(MAGIC, LONGEST_DESCRIPTION + 1, 0),
        HEADER.pack(MAGIC, 1, LONGEST_BUFFERS + 1),
        HEADER.pack(MAGIC, 1, 2**64 - 1),
        HEADER.pack(MAGIC, 1, 1) + b"x",
    ],
)
def test_a_header_that_is_none_or_asks_for_too_much_is_refused(header):
    with pytest.raises(FrameError):
        lengths(header)


@settings(max_examples=400, deadline=None)
@given(NASTY, st.binary(max_size=40))
def test_a_description_of_the_right_form_with_wrong_content_raises_nothing_else(tree, buffers):
    described(tree, buffers)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_arbitrary_bytes_raise_nothing_else(text, buffers):
    described(text, buffers)
    refused(text)


@settings(max_examples=400, deadline=None)
@given(VALUES, st.data())
def test_a_valid_frame_with_some_bytes_changed_raises_nothing_else(value, data):
    changed = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    refused(bytes(changed))


LARGE = {
    "empty lists": b"[" + b"[]," * 1_000_000 + b"[]]",
    "as many as are parsed": b"[" + b"[]," * 149_000 + b"[]]",
    "numbers": b"[" + b"1," * 1_600_000 + b"1]",
    "pairs": b'{"d":[' + b'["",0],' * 400_000 + b"0]}",
    "one text": b'"' + b"," * 3_000_000 + b'"',
    "depth": b"[" * 290_000,
    "more depth": b"[" * 3_000_000,
    "escapes": b'"' + b"\\u0000" * 500_000 + b'"',
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_the_largest_description_takes_bounded_memory(text, monkeypatch):
    """A tenth of the limits, so that it is quick; the memory is in proportion to them."""
    monkeypatch.setattr(frames, "MOST_PARTS", frames.MOST_PARTS // 10)
    monkeypatch.setattr(frames, "MOST_SIGNS", frames.MOST_SIGNS // 10)
    assert len(text) <= LONGEST_DESCRIPTION // 10
    tracemalloc.start()
    try:
        assert described(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * LONGEST_DESCRIPTION // 10


def test_arrays_are_read_only_views_of_what_came():
    array = read(encode(np.arange(3.0)))
    assert not array.flags.writeable
    assert array.base is not None


def test_what_is_not_plain_is_not_written():
    for value in ({1, 2}, object(), 1j, b"x"):
        with pytest.raises(TypeError):
            encode(value)
