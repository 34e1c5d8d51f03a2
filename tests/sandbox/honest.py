"""What honest programs do, run sealed in a process with one BLAS thread, as the grader's own workers are.

`python -m tests.sandbox.honest FOLDER` prints, as JSON, what each gave unconfined and under each set of layers.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import decimal
import fractions
import io
import json
import logging
import math
import pickle
import random
import re
import statistics
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.ma
import numpy.polynomial
import numpy.testing

from grader.sandbox.confine import ALL_LAYERS, Layer
from tests.sandbox.confined import HERE, NOBODY, run


def arrays() -> object:
    rng = np.random.default_rng(7)
    a = rng.normal(size=(40, 40))
    u, s, v = np.linalg.svd(a)
    return [
        (a @ a).sum(),
        np.linalg.solve(a, a[0]).sum(),
        s.sum() + abs(u).sum() + abs(v).sum(),
        np.linalg.eigvals(a).imag.max(),
        np.linalg.inv(a)[0, 0],
        np.linalg.det(a),
        np.linalg.lstsq(a[:, :9], a[0], rcond=None)[0].sum(),
        abs(np.fft.fft(a)).sum() + np.fft.irfft2(np.fft.rfft2(a)).sum(),
        np.einsum("ij,jk,kl->il", a, a, a, optimize=True).sum(),
        np.sort(a, axis=None)[:5].tolist(),
        np.argsort(a, kind="stable").sum(),
        np.pad(a, 2).sum() + np.stack([a, a]).sum() + np.unique(a.round(1)).size,
        np.ma.masked_invalid(np.where(a > 2, np.nan, a)).mean(),
        np.polynomial.Polynomial([1, 2, 3])(2.0),
        np.histogram(a, bins=10)[0].tolist(),
        np.lib.stride_tricks.sliding_window_view(a, (3, 3)).sum(),
        np.tensordot(a, a, axes=2) + np.convolve(a[0], a[1]).sum() + np.kron(a[:2], a[:2]).sum(),
        (a.astype(np.float32) @ a.astype(np.float32)).dtype.name,
        (a.astype(complex) @ a).imag.sum(),
        (np.arange(1000).reshape(10, 100) @ np.arange(100)).tolist(),
    ]


def big_arrays() -> object:
    a = np.ones((1200, 1200))
    b = np.zeros((50, 100, 100)) + 1.5
    return [float((a @ a).sum()), float(np.exp(b).sum()), b.copy().nbytes, np.concatenate([b, b]).shape[0]]


def random_numbers() -> object:
    np.random.seed(3)  # noqa: NPY002 - as students do
    random.seed(3)
    unseeded = (
        np.random.default_rng().random(3),
        np.random.RandomState().rand(2),
        random.SystemRandom().random(),
    )
    assert len(unseeded) == 3
    return [np.random.randn(3).tolist(), np.random.permutation(5).tolist(), random.random()]  # noqa: NPY002


def text() -> object:
    a = np.array([[1.5, np.nan], [1e-300, -np.inf]])
    return [
        f"{math.pi:.3e}",
        repr(a),
        str(a),
        f"{a[0, 0]!r}",
        f"{a[0, 0]:5.2f}",
        np.array2string(a, precision=2),
    ]


def printing() -> object:
    held = io.StringIO()
    with contextlib.redirect_stdout(held):
        print("dx", np.ones(3), {"a": 1})
    print("into the void", file=sys.__stdout__, flush=True)
    return held.getvalue()


def exceptions() -> object:
    def inner() -> None:
        np.ones((2, 3)) @ np.ones((2, 3))

    try:
        inner()
    except ValueError:
        return "mismatch" in traceback.format_exc()
    return False


def warned() -> object:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        np.log(np.array([0.0, -1.0]))
        warnings.warn("mine", stacklevel=1)
    lines = [warnings.formatwarning(c.message, c.category, c.filename, c.lineno) for c in caught]
    return [str(c.message) for c in caught] + ["Warning" in line for line in lines]


def standard_library() -> object:
    @dataclasses.dataclass
    class Cache:
        x: list[float]

    logging.getLogger("student").debug("quiet")
    kept = pickle.loads(pickle.dumps({"w": np.ones(3)}))
    return [
        copy.deepcopy(Cache([1.0])).x,
        kept["w"].tolist(),
        json.loads(json.dumps({"a": [1, 2.5, None]})),
        re.findall(r"\d+", "a1b22"),
        str(decimal.Decimal(1) / 7),
        str(fractions.Fraction(0.5)),
        statistics.fmean([1, 2, 3]),
        isinstance(types.SimpleNamespace(a=1), object),
    ]


def clocks() -> object:
    start, used = time.perf_counter(), time.process_time()
    time.sleep(0.001)
    assert time.perf_counter() > start
    assert time.process_time() >= used
    return time.time() > 1e9


def many_small_objects() -> object:
    kept = [[i, str(i), {"i": i}] for i in range(100_000)]
    del kept[::2]
    return len(kept) + sum(len(str(2**n)) for n in range(500))


def comparisons() -> object:
    np.testing.assert_allclose(np.ones(3), np.ones(3))
    try:
        np.testing.assert_array_equal(np.ones(3), np.zeros(3))
    except AssertionError as error:
        return "Mismatched" in str(error)
    return False


def missing_module() -> object:
    try:
        import torch_that_is_not_installed  # noqa: F401
    except ImportError:
        return "guarded"
    return "imported"


WORK: tuple[Callable[[], object], ...] = (
    arrays,
    big_arrays,
    random_numbers,
    text,
    printing,
    exceptions,
    warned,
    standard_library,
    clocks,
    many_small_objects,
    comparisons,
    missing_module,
)


def main() -> None:
    """argv: a folder. One JSON object: {name: {expected, all: {...}, seccomp: {...}, nobody: {...}}}."""
    ways = {
        "all": (ALL_LAYERS & HERE.layers, 0),
        "seccomp": (frozenset({Layer.SECCOMP}), 0),
        "nobody": (ALL_LAYERS & HERE.layers, NOBODY),
    }
    found: dict[str, dict[str, object]] = {}
    for work in WORK:
        found[work.__name__] = {"expected": repr(work())}
        for way, (layers, user) in ways.items():
            folder = Path(sys.argv[1], f"{work.__name__}-{way}")
            folder.mkdir()
            seen = run(lambda out, work=work: out(repr(work()).encode()), folder, layers=layers, user=user)
            found[work.__name__][way] = {
                "output": seen.output.decode(),
                "error": seen.error,
                "ended": repr(seen.ended),
                "breaches": seen.breaches,
            }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
