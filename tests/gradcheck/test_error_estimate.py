"""The instrument: over thousands of smooth functions the true error lies within the bound, and not far below it.

The true derivative comes from forward-mode differentiation in longdouble of the same random expression.
"""

from __future__ import annotations

import numpy as np
import pytest

from grader.gradcheck import derivative

L = np.longdouble

# value and derivative of each building block, for any float type
UNARY = {
    "sin": (np.sin, np.cos),
    "tanh": (np.tanh, lambda v: 1 - np.tanh(v) ** 2),
    "gauss": (lambda v: np.exp(-v * v), lambda v: -2 * v * np.exp(-v * v)),
    "soft": (lambda v: np.logaddexp(v, 0 * v), lambda v: 1 / (1 + np.exp(-v))),
    "bell": (lambda v: 1 / (1 + v * v), lambda v: -2 * v / (1 + v * v) ** 2),
    "cube": (lambda v: v * v * v, lambda v: 3 * v * v),
    "exp": (lambda v: np.exp(v / 4), lambda v: np.exp(v / 4) / 4),
    "log": (lambda v: np.log(2 + v * v), lambda v: 2 * v / (2 + v * v)),
    "root": (lambda v: np.sqrt(1 + v * v), lambda v: v / np.sqrt(1 + v * v)),
}


def random_expression(rng, depth):
    """A tree: ("x",), ("scale", a, b, tree) for a·tree + b, (unary, tree), ("add"|"mul", tree, tree)."""
    if depth == 0:
        return ("x",)
    kind = rng.integers(4)
    if kind == 0:
        return (
            "scale",
            rng.integers(-30, 31) / 10,
            rng.integers(-30, 31) / 10,
            random_expression(rng, depth - 1),
        )
    if kind == 1:
        both = random_expression(rng, depth - 1), random_expression(rng, depth - 1)
        return (("add", "mul")[rng.integers(2)], *both)
    return (sorted(UNARY)[rng.integers(len(UNARY))], random_expression(rng, depth - 1))


def evaluate(tree, x):
    match tree:
        case ("x",):
            return x
        case ("scale", a, b, inner):
            return a * evaluate(inner, x) + b
        case ("add", one, other):
            return evaluate(one, x) + evaluate(other, x)
        case ("mul", one, other):
            return evaluate(one, x) * evaluate(other, x)
        case (name, inner):
            return UNARY[name][0](evaluate(inner, x))


def dual(tree, x):
    """(value, derivative) in longdouble."""
    match tree:
        case ("x",):
            return L(x), L(1)
        case ("scale", a, b, inner):
            v, d = dual(inner, x)
            return L(a) * v + L(b), L(a) * d
        case ("add", one, other):
            (v, d), (w, e) = dual(one, x), dual(other, x)
            return v + w, d + e
        case ("mul", one, other):
            (v, d), (w, e) = dual(one, x), dual(other, x)
            return v * w, d * w + v * e
        case (name, inner):
            v, d = dual(inner, x)
            f, slope = UNARY[name]
            return f(v), slope(v) * d


def measured(seeds):
    """(true error, bound, size of the derivative) for a random function each."""
    rows = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        tree = random_expression(rng, int(rng.integers(1, 6)))
        x = float(rng.integers(-300, 301) / 100)
        with np.errstate(all="ignore"):
            value, slope = dual(tree, x)
            if not (np.isfinite(value) and np.isfinite(slope)) or abs(value) > 1e100:
                continue
            found = derivative(lambda v, tree=tree: evaluate(tree, v), x, seed=seed)
        if not np.isfinite(float(found.bound)) or found.kink:
            rows.append((np.nan, np.inf, float(slope), seed))
            continue
        rows.append((float(abs(L(found.estimate) - slope)), found.bound, abs(float(slope)), seed))
    return rows


def test_the_true_error_lies_within_the_bound_in_999_of_1000_and_the_bound_is_within_a_factor_of_100():
    rows = measured(range(4000))
    assert len(rows) > 3500
    undecided = [seed for error, bound, *_, seed in rows if not np.isfinite(bound)]
    decided = [(error, bound) for error, bound, *_ in rows if np.isfinite(bound)]
    assert len(undecided) <= len(rows) // 500, undecided
    outside = [seed for error, bound, _, seed in rows if np.isfinite(bound) and error > bound]
    assert len(outside) <= len(rows) // 1000, outside
    ratios = [bound / error for error, bound in decided if error > 0]
    assert np.median(ratios) <= 100


def test_the_bound_is_far_below_what_would_let_a_thousandth_pass():
    rows = measured(range(5000, 6000))
    resolved = [bound <= 1e-6 * slope for _, bound, slope, _ in rows if np.isfinite(bound) and slope > 1e-3]
    assert np.mean(resolved) > 0.99


def test_the_derivative_of_a_function_with_noise_is_bounded_by_that_noise():
    """Rounded to float32 inside: the bound grows, and still holds."""
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x, c = float(rng.uniform(-2, 2)), float(rng.uniform(0.5, 2))
        found = derivative(lambda v, c=c: float(np.float32(np.sin(c * v))), x, seed=seed)
        inside += abs(found.estimate - c * np.cos(c * x)) <= found.bound
        assert found.bound > 1e-9
    assert inside >= 199


@pytest.mark.parametrize("x", [0.0, 1e-9, -1e-9])
def test_a_kink_is_told_from_a_slope(x):
    at = derivative(abs, 0.0)
    assert at.kink
    assert at.low <= -1
    assert at.high >= 1
    near = derivative(abs, x)
    assert near.kink or abs(near.estimate - np.sign(x)) <= near.bound
