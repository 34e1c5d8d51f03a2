"""Four layers as students write them in CS231n's assignments: what the gradient checkers are timed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


def affine_forward(x, w, b):
    """x (N, D), w (D, M), b (M,) -> out (N, M)"""
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def softmax_forward(x):
    """x (N, C) -> p (N, C)"""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p


def softmax_backward(dout, p):
    return p * (dout - (dout * p).sum(axis=1, keepdims=True))


def batchnorm_forward(x, gamma, beta):
    """x (N, D), gamma (D,), beta (D,) -> out (N, D), training mode"""
    mean = x.mean(axis=0)
    std = np.sqrt(x.var(axis=0) + 1e-5)
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    dx = gamma / std / len(dout) * (len(dout) * dout - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta


def conv_forward(x, w, b):
    """x (N, C, H, W), w (F, C, HH, WW), b (F,) -> out (N, F, H, W): stride 1, padded by half the kernel"""
    (n, _, height, width), (f, _, hh, ww) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (hh // 2, hh // 2), (ww // 2, ww // 2)))
    out = np.zeros((n, f, height, width)) + b[:, None, None]
    for i in range(hh):
        for j in range(ww):
            patch = padded[:, :, i : i + height, j : j + width]
            out += np.tensordot(w[:, :, i, j], patch, axes=(1, 1)).transpose(1, 0, 2, 3)
    return out, (padded, w)


def conv_backward(dout, cache):
    padded, w = cache
    height, width = dout.shape[2:]
    hh, ww = w.shape[2:]
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for i in range(hh):
        for j in range(ww):
            patch = padded[:, :, i : i + height, j : j + width]
            dw[:, :, i, j] = np.tensordot(dout, patch, axes=((0, 2, 3), (0, 2, 3)))
            spread = np.tensordot(w[:, :, i, j], dout, axes=(0, 1)).transpose(1, 0, 2, 3)
            dpadded[:, :, i : i + height, j : j + width] += spread
    dx = dpadded[:, :, hh // 2 : hh // 2 + height, ww // 2 : ww // 2 + width]
    return dx.copy(), dw, dout.sum(axis=(0, 2, 3))


@dataclass(frozen=True, slots=True)
class Student:
    """One submission, and the shapes of its arguments at three sizes."""

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    shapes: tuple[tuple[tuple[int, ...], ...], ...]

    def inputs(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Short decimals."""
        return tuple(rng.integers(-900, 901, shape) / 100 for shape in self.shapes[size])


STUDENTS = (
    Student(
        "affine",
        affine_forward,
        affine_backward,
        (((3, 4), (4, 5), (5,)), ((8, 12), (12, 10), (10,)), ((32, 40), (40, 50), (50,))),
    ),
    Student("softmax", softmax_forward, softmax_backward, (((3, 5),), ((20, 12),), ((100, 40),))),
    Student(
        "batchnorm",
        batchnorm_forward,
        batchnorm_backward,
        (((4, 3), (3,), (3,)), ((20, 10), (10,), (10,)), ((100, 30), (30,), (30,))),
    ),
    Student(
        "conv",
        conv_forward,
        conv_backward,
        (
            ((2, 2, 4, 4), (2, 2, 3, 3), (2,)),
            ((2, 3, 7, 7), (4, 3, 3, 3), (4,)),
            ((4, 3, 16, 16), (8, 3, 3, 3), (8,)),
        ),
    ),
)
