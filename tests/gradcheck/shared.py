"""An affine layer with small numbers, and a way to look findings up."""

from __future__ import annotations

import numpy as np

X = np.array([[0.5, -1.25, 2.0], [-0.75, 1.5, 0.25]])
W = np.array([[1.0, -0.5], [0.25, 2.0], [0.5, 0.75]])
B = np.array([0.5, -1.0])


def affine(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def rest(dout, cache):
    """dx and dw, for a backward that spoils db."""
    return affine_backward(dout, cache)[:2]


def finding(result, check):
    found = [f for f in result.findings if f.check == check]
    assert found, f"no finding {check!r} among {[(f.check, f.message) for f in result.findings]}"
    return found[0]
