"""Strategies: plain values, and frames that are nearly right."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from grader.worker.frames import HEADER, MAGIC
from grader.worker.values import DTYPES, Failed, Opaque

TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)
SMALL = st.integers(-(2**63), 2**64 - 1)
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
ARRAYS = st.sampled_from(DTYPES).flatmap(lambda kind: arrays.arrays(np.dtype(kind), SHAPES))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    SMALL,
    st.floats(),
    TEXT,
    ARRAYS,
    st.builds(Opaque, TEXT),
    st.builds(Failed, TEXT, TEXT, st.integers(0, 10**6)),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(TEXT, SMALL), inner, max_size=4),
    ),
    max_leaves=12,
)

HUGE = [0, 1, 3, -1, 2**31, 2**40, 2**62, 2**63, 2**64, 1.5, True, None, "3", [], 10**30]
NASTY = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.sampled_from(HUGE),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXT,
        st.sampled_from([*DTYPES, "O8", "f16", "S0", "V8", "c16", "U1", "f8, f8", "<f8", "M8", "", "b2"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.sampled_from([*"ftdaoxrc", "", "z"]), inner, max_size=2),
        st.builds(
            lambda k, s: {"a": [k, s]}, st.sampled_from(DTYPES), st.lists(st.sampled_from(HUGE), max_size=40)
        ),
    ),
    max_leaves=10,
)


def frame(tree, buffers=b""):
    """A frame with any description at all."""
    described = json.dumps(tree).encode()
    return HEADER.pack(MAGIC, len(described), len(buffers)) + described + buffers
