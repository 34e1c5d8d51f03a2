"""Requests arrive as they were sent, and nothing else can be made of one."""

from __future__ import annotations

import enum
import os
import pickle
from collections import OrderedDict, defaultdict, namedtuple
from types import MappingProxyType

import numpy as np
import pytest

from grader.worker import requests
from grader.worker.requests import HEADER, LARGEST, MAGIC, decode_request, encode_request, request_length
from grader.worker.steps import Call, Evaluate, Get, Nudge, Prepared, Put, Swap, Variable
from grader.worker.values import Code, Ref


def sent(value):
    """What arrives."""
    data = encode_request(value)
    assert request_length(data[: HEADER.size]) == len(data) - HEADER.size
    return decode_request(data[HEADER.size :])


@pytest.mark.parametrize(
    "step",
    [
        Put("x", [1, (2, "Call"), None, {"pad": 1}]),
        Put("g", Code("g", "def g(x): return x")),
        Call("f", (1.0, Ref("x"), ("a",)), "into", 2, True),
        Get(Ref("x", (0, "k"))),
        Swap("r", 0, 2.5),
        Variable("v"),
        Evaluate("f", (1.0,), ((), (Nudge(0, 0.5), Nudge(0, 1.0, (1, 2)))), 1),
    ],
)
def test_a_step_arrives_as_it_was(step):
    assert sent(("run", 7, [step])) == ("run", 7, [step])


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.arange(6.0).reshape(2, 3).T,
        np.arange(16.0).reshape(4, 4)[::2, 1::2],
        np.zeros((2, 0, 3), np.float32),
        np.array(2.5),
        np.array([True, False]),
        np.arange(3, dtype=np.int64),
        np.float64(0.1),
        np.int64(3),
    ],
)
def test_an_array_arrives_with_its_type_and_every_bit(array):
    (arrived,) = sent([Put("x", array)])
    assert type(arrived.value) is type(array)
    assert arrived.value.dtype == array.dtype
    assert arrived.value.shape == array.shape
    assert arrived.value.tobytes() == array.tobytes()


class Pad(enum.StrEnum):
    SAME = "same"


class Size(enum.IntEnum):
    TWO = 2


Pair = namedtuple("Pair", "x y")


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (Pad.SAME, "same"),
        (Size.TWO, 2),
        (Pair(1, Size.TWO), (1, 2)),
        (OrderedDict(mode=Pad.SAME), {"mode": "same"}),
        (MappingProxyType({"pad": 1}), {"pad": 1}),
        (defaultdict(list, a=[1]), {"a": [1]}),
    ],
)
def test_what_is_more_than_a_plain_value_arrives_as_the_plain_one(given, plain):
    (arrived,) = sent([Put("x", given)])
    assert arrived.value == plain
    assert type(arrived.value) is type(plain)


def test_an_array_of_a_subclass_arrives_as_an_array():
    (arrived,) = sent([Put("x", np.ma.masked_array([1.0, 2.0], [False, True]))])
    assert type(arrived.value) is np.ndarray


@pytest.mark.parametrize("value", [object(), np.dot, len, Exception, lambda: 1])
def test_what_is_no_plain_value_is_refused_here_and_not_in_the_worker(value):
    with pytest.raises(TypeError, match="no plain value"):
        encode_request(("run", 1), [Put("x", value)])


def test_prepared_steps_are_written_once_and_arrive_with_each_message(monkeypatch):
    steps = Prepared([Put("x", np.arange(3.0)), Call("f", (Ref("x"),))])
    written = []
    encoded = requests._encoded
    monkeypatch.setattr(requests, "_encoded", lambda value: written.append(value) or encoded(value))
    for number in range(3):
        data = encode_request(("run", number), steps)
        run, arrived, (put, call) = decode_request(data[HEADER.size :])
        assert (run, arrived, call) == ("run", number, steps[1])
        np.testing.assert_array_equal(put.value, np.arange(3.0))
    assert written.count(list(steps)) == 1
    plain = encode_request(("run", 2), list(steps))
    assert plain == data


@pytest.mark.parametrize("value", [os.system, pickle.loads, type, np.load, Exception("x")])
def test_nothing_but_steps_and_numbers_is_made_of_a_request(value):
    data = pickle.dumps(value)
    with pytest.raises(pickle.UnpicklingError, match="no part of a request"):
        decode_request(data)


@pytest.mark.parametrize("header", [HEADER.pack(b"CMk1", 1), HEADER.pack(MAGIC, LARGEST + 1)])
def test_what_is_no_request_is_not_read(header):
    with pytest.raises(ValueError, match="not a request"):
        request_length(header)
