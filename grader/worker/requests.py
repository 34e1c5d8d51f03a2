"""Requests: how the grader's own messages travel to the worker.

Only in this direction: the grader is trusted, so its messages are pickled, which is fast; what comes back is read
as frames (grader/worker/frames.py) and never unpickled. Even so only steps, references and NumPy arrays may be in
a request, and their makers are looked up in a table and not by importing.
"""

from __future__ import annotations

import io
import pickle  # only what the grader itself has written is read by it
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import numpy as np

from grader.worker.steps import STEPS, Nudge, Prepared, Step
from grader.worker.values import Code, Ref

HEADER = struct.Struct(">4sQ")
MAGIC = b"CMq1"
LARGEST = 1 << 30

RECORDS: tuple[type[Any], ...] = (*STEPS.values(), Nudge, Ref, Code)


def _all_fields(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.name for field in fields(kind)]
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda record: (get(record),)


_FIELDS = {kind: _all_fields(kind) for kind in RECORDS}


def _made_by(value: Any) -> Callable[..., Any]:
    """The function that NumPy names for making such a value again."""
    maker: Callable[..., Any] = value.__reduce_ex__(5)[0]
    return maker


_PARTS: tuple[Callable[..., Any], ...] = (
    *RECORDS,
    np.dtype,
    np.ndarray,
    _made_by(np.zeros(2)),  # an array in one piece
    _made_by(np.zeros((4, 4))[::2, ::2]),  # one in several
    _made_by(np.float64(1)),  # a scalar
    *(str, int, float, tuple, list, dict),
)
_KNOWN = frozenset(map(id, (*_PARTS, *vars(np.dtypes).values())))
"""What a request may name: told by identity, since not everything has a hash."""
_MAKERS = {(made.__module__, made.__qualname__): made for made in _PARTS}


class _Writer(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """A record is its type and its fields; what is more than a plain value goes as the plain one that it is.

        Raises TypeError, here and not in the worker, for what is none.
        """
        kind = type(value)
        get = _FIELDS.get(kind)
        if get is not None:
            return kind, get(value)
        if kind is np.ndarray or isinstance(value, (np.generic, np.dtype)) or id(value) in _KNOWN:
            return NotImplemented
        if isinstance(value, np.ndarray):
            return np.array(value, subok=False).__reduce_ex__(5)
        if isinstance(value, Mapping):
            return dict, (list(value.items()),)
        if isinstance(value, str):
            return str, (str.__str__(value),)  # not the text that a class of its own may show
        for plain in (int, float, tuple, list):
            if isinstance(value, plain):
                make: Callable[[Any], Any] = plain
                return plain, (make(value),)
        raise TypeError(f"{kind.__name__} is no plain value")


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """What makes a part of a request. Raises UnpicklingError for anything that is not in one."""
        found = _MAKERS.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a request")
        return found


def encode_request(value: Any, steps: Sequence[Step] | None = None) -> bytes:
    """A request as bytes, header included: the value, a tuple, with the steps as its last item."""
    data = _encoded(value)
    if isinstance(steps, Prepared):
        steps.encoded = steps.encoded or _encoded(list(steps))
        data += steps.encoded
    elif steps is not None:
        data += _encoded(list(steps))
    if len(data) > LARGEST:
        raise ValueError("the request is too large")
    return HEADER.pack(MAGIC, len(data)) + data


def _encoded(value: Any) -> bytes:
    stream = io.BytesIO()
    _Writer(stream, protocol=5).dump(value)
    return stream.getvalue()


def request_length(header: bytes) -> int:
    """How many bytes follow the header. Raises ValueError for anything else than one of ours."""
    magic, size = HEADER.unpack(header)
    if magic != MAGIC or size > LARGEST:
        raise ValueError("not a request")
    return int(size)


def decode_request(data: bytes) -> Any:
    """The request. Raises UnpicklingError for what is in none."""
    stream = io.BytesIO(data)
    value = _Reader(stream).load()
    return (*value, _Reader(stream).load()) if stream.tell() < len(data) else value
