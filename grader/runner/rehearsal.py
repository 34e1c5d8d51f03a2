"""What the zygote does once so that no worker has to: a small submission of our own, loaded and run.

A fresh fork inherits what Python and NumPy have learned: compiled patterns, tables that are made at first use,
and bytecode specialised to the types that it has met. Nothing of a student's runs here; the submission is the
text below.
"""

from __future__ import annotations

import numpy as np

from grader.worker import requests
from grader.worker.frames import HEADER, decode, encode, lengths
from grader.worker.main import packed_loaded
from grader.worker.program import Source
from grader.worker.session import Session
from grader.worker.steps import Call, Evaluate, Get, Nudge, Put, Step, packed
from grader.worker.values import Ref

TIMES = 12
"""Python specialises a function's bytecode after some eight calls."""

SUBMISSION = '''
import numpy as np


def affine_forward(x, w, b):
    """x (N, D), w (D, M), b (M,)"""
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w.T).reshape(x.shape)
    dw = x.T @ dout
    db = np.sum(dout, axis=0)
    return dx, dw, db


def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    p = np.exp(shifted)
    p /= p.sum(axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(p[np.arange(N), y])) / N
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    mask = (x > 0) * 1.0
    out = np.maximum(0, x) + 1 / (1 + np.exp(-x)) + np.zeros_like(x) + mask
    return loss, dx / N


def unfinished(x):
    raise NotImplementedError
'''


def rehearse() -> None:
    """Load and run our own submission some times over. Never raises: whoever cannot rehearse is only slower."""
    try:
        for _ in range(TIMES):
            _once()
    except Exception:
        return


def _once() -> None:
    x, w, b = np.arange(6.0).reshape(2, 3), np.ones((3, 4)), np.zeros(4)
    steps: list[Step] = [
        Put("c0.in0", x),
        Put("c0.in1", w),
        Put("c0.in2", b),
        Call("affine_forward", (Ref("c0.in0"), Ref("c0.in1"), Ref("c0.in2")), into="c0.fwd", reveal=1),
        Put("c0.dout0", np.ones((2, 4))),
        Call("affine_backward", (Ref("c0.dout0"), Ref("c0.fwd", (-1,))), into="c0.bwd"),
        Call("softmax_loss", (x, np.array([0, 2]))),
        Get(Ref("c0.in0")),
        Call("unfinished", (x,)),
        Evaluate("affine_forward", (x, w, b), ((Nudge(0, 0.5, (0, 1)),),), 1),
    ]
    session = Session([Source("rehearsal.py", SUBMISSION)])
    try:
        _through(packed_loaded(session.load(["affine_forward", "affine_backward", "softmax_loss"])))
        request = requests.decode_request(requests.encode_request(("run", 1, steps))[requests.HEADER.size :])
        for number, outcome in enumerate(session.run(request[2])):
            _through((1, number, packed(outcome)))
    finally:
        session.close()


def _through(value: object) -> tuple:  # type: ignore[type-arg]
    """The value as a frame and back."""
    frame = encode(value)
    described, _ = lengths(frame[: HEADER.size])
    start = HEADER.size + described
    decoded: tuple = decode(frame[HEADER.size : start], frame[start:])  # type: ignore[type-arg]
    return decoded
