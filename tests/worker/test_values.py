"""Whatever a student's code returns becomes plain or is named, and nothing of it is asked on the way."""

from __future__ import annotations

import collections
import datetime
import enum

import numpy as np
import pytest

from grader.worker.frames import HEADER, decode, encode, lengths
from grader.worker.values import Budget, Failed, Opaque, TooLargeError, plain


def refuses(*_, **__):
    """Stands for every method of a hostile class."""
    raise AssertionError("the value was asked")


METHODS = (
    "array eq ne len iter getitem str repr int float bool hash index contains copy deepcopy "
    "array_finalize array_ufunc array_function reduce"
)
HOSTILE = {f"__{name}__": refuses for name in METHODS.split()}


def crossed(value):
    """The plain value after a journey through a frame."""
    data = encode(plain(value))
    described, _ = lengths(data[: HEADER.size])
    return decode(data[HEADER.size : HEADER.size + described], data[HEADER.size + described :])


@pytest.mark.parametrize("base", [object, int, float, str, tuple, list, dict, bytes, np.float64, Exception])
def test_a_hostile_object_is_asked_for_nothing(base):
    hostile = type(
        "Hostile", (base,), {k: v for k, v in HOSTILE.items() if k != "__hash__" or base is not str}
    )
    value = crossed([hostile(), 1])
    assert value[1] == 1
    if base in (object, bytes, np.float64, Exception):
        assert value[0] == Opaque("an object of class Hostile")
    else:
        assert type(value[0]) is base
        assert value[0] == base()


def test_an_array_of_a_hostile_class_is_its_numbers():
    class Hostile(np.ndarray):
        dtype = shape = ndim = size = property(refuses)
        __eq__ = __len__ = __iter__ = __getitem__ = __array__ = view = astype = copy = refuses
        __array_ufunc__ = __array_function__ = refuses

        def __array_finalize__(self, other):
            pass

    value = crossed(np.arange(3.0).view(Hostile))
    assert type(value) is np.ndarray
    np.testing.assert_array_equal(value, [0, 1, 2])


def test_an_object_that_claims_to_be_of_another_class_is_not_believed():
    class Liar:
        __class__ = property(lambda self: np.ndarray)

    class Name(type):
        __name__ = property(refuses)

    assert crossed(Liar()) == Opaque("an object of class Liar")
    assert crossed(Name("Thing", (), {})()) == Opaque("an object of class Thing")


def test_subclasses_of_plain_containers_are_what_they_hold():
    Grads = collections.namedtuple("Grads", "dx dw")

    class Shade(enum.IntEnum):
        DARK = 3

    counted = collections.defaultdict(float, {"a": 1.0, np.int64(3): 2.0, "b": np.float32(0.5)})
    assert crossed(Grads(1.0, [2])) == (1.0, [2])
    value = crossed(counted)
    assert (value["a"], value[3], value["b"]) == (1.0, 2.0, 0.5)
    assert crossed(collections.OrderedDict(b=1, a=2)) == {"b": 1, "a": 2}
    assert crossed(Shade.DARK) == 3


def nested(depth):
    """A list in a list in a list."""
    value = []
    for _ in range(depth):
        value = [value]
    return value


def test_what_has_no_plain_form_is_named():
    own = []
    own.append(own)
    loop = {}
    loop["self"] = loop
    cases = {
        "a list nested too deeply": own[0],
        "an array of dtype object": np.array([None]),
        "an array of dtype complex128": np.array([1j]),
        "an array of dtype [('a', '<f8')]": np.zeros(2, [("a", float)]),
        "an array of dtype <U1": np.array(["a"]),
        "an array of dtype datetime64[D]": np.array(["2020-01-01"], "M8[D]"),
        "a masked array": np.ma.array([1.0, 2.0], mask=[True, False]),
        "a function": len,
        "a module": np,
        "an object of class generator": (i for i in iter(int, 1)),
        "an object of class set": {1},
        "an object of class range": range(10**9),
        "an object of class date": datetime.date(2020, 1, 1),
        "an integer of 16610 bits": 10**5000 // 1,
    }
    for kind, value in cases.items():
        found = crossed([value])[0]
        while isinstance(found, list):
            (found,) = found
        assert found == Opaque(kind)
    assert crossed(loop) == {"self": Opaque("a dict nested too deeply")}
    found = crossed(nested(10**5))
    while isinstance(found, list):
        (found,) = found
    assert found == Opaque("a list nested too deeply")


def test_keys_that_name_nothing_are_left_out():
    assert crossed({"a": 1, (1, 2): 2, 3: 3, None: 4, 2.5: 5, 10**30: 6, b"x": 7, True: 8}) == {"a": 1, 3: 3}


@pytest.mark.parametrize(
    "value",
    [
        np.broadcast_to(np.float64(1), (10**6, 10**6)),
        np.broadcast_to(np.int8(1), (2**62,)),
        np.zeros(9 << 20),
        [0.0] * 300_000,
        {i: i for i in range(10**6)},
        [np.zeros(1 << 20)] * 9,
        "x" * 100_001,
        ["x" * 100_000] * 60,
        ["\x00" * 100_000] * 28,
        ["\U0001f600" * 100_000] * 15,
    ],
)
def test_what_is_too_large_is_refused_and_never_cut(value):
    with pytest.raises(TooLargeError):
        plain(value)


@pytest.mark.parametrize(
    "value",
    [
        ["\U0001f600" * 100_000] * 13,
        ["\x00" * 100_000] * 26,
        [1.2345678901234567e-300] * 190_000,
        "\ud800" * 9,
    ],
)
def test_what_the_budget_allows_fits_into_a_frame(value):
    assert crossed(value) == value


def test_one_budget_is_for_the_whole_of_an_answer():
    budget = Budget(bytes=1000)
    plain(np.zeros(50), budget)
    with pytest.raises(TooLargeError):
        plain(np.zeros(80), budget)


def test_longdouble_and_other_byte_orders_cross_as_ordinary_numbers():
    values = [
        np.arange(3, dtype=np.longdouble),
        np.arange(3, dtype=">f4"),
        np.arange(6.0)[::-2],
        np.longdouble(1) / 3,
    ]
    longdouble, big, reversed_, third = crossed(values)
    assert (longdouble.dtype, big.dtype, third.dtype, third.shape) == (np.float64, np.float32, np.float64, ())
    np.testing.assert_array_equal(longdouble, [0, 1, 2])
    np.testing.assert_array_equal(big, [0, 1, 2])
    np.testing.assert_array_equal(reversed_, [5, 3, 1])


def test_what_salvage_could_not_compute_crosses_as_such():
    assert crossed((Failed("ValueError", "no", 3), 1.0)) == (Failed("ValueError", "no", 3), 1.0)
