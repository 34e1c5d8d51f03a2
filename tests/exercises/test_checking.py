"""A student's own checks: weak ones are found out at the node that names their blind spot, sound ones pass."""

from __future__ import annotations

import math

import numpy as np
import pytest

from exercises.checking.check_backward import CHECK_BACKWARD
from exercises.checking.check_gradient import CHECK_GRADIENT, SUSPECTS
from exercises.checking.rel_error import REL_ERROR
from exercises.checking.suspect_layers import HELPERS, LAYERS
from exercises.checking.suspects import FUNCTIONS, GRADIENTS
from grader.findings import Verdict
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import FIRST_SET
from tests.exercises.test_algorithms import problems
from tests.exercises.test_graded import graded


def quiet(function):
    """Weak code warns of what it does; here that is the point."""

    def called(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return called


def of_entries(a, b):
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))


WEAK_ERRORS = {
    "without a look at shapes": (lambda a, b: np.max(of_entries(a, b)), {"shapes"}),
    "nan left out": (
        lambda a, b: np.nanmax(of_entries(a, b)) if a.shape == b.shape else math.inf, {"nan"},
    ),
    "0/0 is nan": (
        lambda a, b: np.max(np.abs(a - b) / (np.abs(a) + np.abs(b))) if a.shape == b.shape else math.inf, {"zeros"},
    ),
    "a mean": (lambda a, b: np.mean(of_entries(a, b)) if a.shape == b.shape else math.inf,
               {"value", "zeros", "nan", "shapes"}),
    "of norms": (
        lambda a, b: np.linalg.norm(a - b) / max(1e-8, np.linalg.norm(a) + np.linalg.norm(b))
        if a.shape == b.shape else math.inf,
        {"value", "zeros", "nan", "shapes"},
    ),
    "the sign kept": (
        lambda a, b: np.max((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))) if a.shape == b.shape else math.inf,
        {"value", "zeros", "nan", "shapes"},
    ),
    "absolute": (lambda a, b: np.max(np.abs(a - b)) if a.shape == b.shape else math.inf,
                 {"value", "zeros", "nan", "shapes"}),
    "always inf": (lambda a, b: math.inf, {"value", "zeros", "nan", "shapes"}),
    "always nan": (lambda a, b: math.nan, {"value", "zeros", "nan", "shapes"}),
    "always 0": (lambda a, b: 0.0, {"value", "zeros", "nan", "shapes"}),
    "an array": (of_entries, {"value", "zeros", "nan", "shapes"}),
}  # fmt: skip


@pytest.mark.parametrize("name", WEAK_ERRORS)
def test_a_weak_relative_error_is_found_out_at_its_node(name):
    function, nodes = WEAK_ERRORS[name]
    found = [problems(REL_ERROR, quiet(function), seed) for seed in range(10)]
    assert set().union(*found) == nodes
    assert all(found)


def test_a_floor_that_is_added_to_the_denominator_is_right_about_values():
    added = quiet(lambda a, b: np.max(np.abs(a - b) / (np.abs(a) + np.abs(b) + 1e-8)))
    for seed in range(10):
        assert problems(REL_ERROR, added, seed) == {"shapes"}


def made(*names):
    namespace = {"np": np}
    for name in names:
        exec((FUNCTIONS | GRADIENTS | HELPERS)[name], namespace)
    return [namespace[name] for name in names]


def test_every_hidden_gradient_is_as_wrong_or_as_right_as_it_is_said_to_be():
    """Against the exact gradient of the same function, at many points: 1 % of an entry at least, or nothing."""
    for seed in range(100):
        rng = np.random.default_rng(seed)
        for size, suspect in enumerate(SUSPECTS, 1):
            x = CHECK_GRADIENT.draw(rng, size)[2]
            exact, df = made(suspect.df[:-1] + "1", suspect.df)
            right, got = exact(x), df(x)
            same = np.shape(got) == np.shape(x) and bool(np.allclose(got, right, rtol=1e-12, atol=0))
            assert same == (not suspect.fault), suspect
            if suspect.fault and np.shape(got) == np.shape(x) and not np.isnan(got).any():
                assert (np.abs(got - right) / np.maximum(np.abs(right), 1e-4)).max() > 0.0099


def test_every_node_of_both_checks_has_right_gradients_and_wrong_ones():
    for cases, exercise in ((SUSPECTS, CHECK_GRADIENT), (LAYERS, CHECK_BACKWARD)):
        for node in exercise.points:
            mine = [
                bool(getattr(c, "fault", None) or getattr(c, "faults", None)) for c in cases if c.node == node
            ]
            assert set(mine) == {True, False}


def gradient_check(close):
    """A check by central differences that compares with `close(numerical, claimed)`."""

    def check(f, df, x):
        return bool(close(solutions.numerical_grad(f, x.copy()), np.asarray(df(x.copy()))))

    return quiet(check)


def all_relative_errors_below(bound):
    return lambda n, g: np.max(of_entries(n, g)) < bound


EVERYTHING = set(CHECK_GRADIENT.points)
WEAK_CHECKS = {
    "shapes not looked at": (gradient_check(lambda n, g: np.allclose(n, g, 1e-3, 1e-6)), {"form"}),
    "no room for rounding": (gradient_check(all_relative_errors_below(1e-6)), {"scales", "zeros", "form"}),
    "a ratio of norms": (
        gradient_check(lambda n, g: np.linalg.norm(n - g) <= 1e-7 * (np.linalg.norm(n) + np.linalg.norm(g))),
        {"scales", "form"},
    ),
    "one tolerance for all entries": (
        gradient_check(lambda n, g: n.shape == g.shape and np.abs(n - g).max() < 1e-3), {"scales"},
    ),
    "the first entry": (
        gradient_check(lambda n, g: n.shape == g.shape and abs(n.flat[0] - g.flat[0]) < 1e-3),
        {"entries", "scales", "zeros", "form"},
    ),
    "nan passes": (
        gradient_check(lambda n, g: n.shape == g.shape and not (np.abs(n - g) > 1e-3 * np.abs(n) + 1e-6).any()),
        {"form"},
    ),
    "10 percent": (
        gradient_check(lambda n, g: n.shape == g.shape and np.allclose(n, g, 0.1, 1e-6)), {"plain", "entries"},
    ),
    "always True": (lambda f, df, x: True, EVERYTHING),
    "always False": (lambda f, df, x: False, EVERYTHING),
    "an error for a verdict": (lambda f, df, x: 1e-9, EVERYTHING),
    "None": (lambda f, df, x: None, EVERYTHING),
}  # fmt: skip


@pytest.mark.parametrize("name", WEAK_CHECKS)
def test_a_weak_gradient_check_is_found_out_at_its_blind_spot(name):
    function, nodes = WEAK_CHECKS[name]
    for seed in range(5):
        assert problems(CHECK_GRADIENT, function, seed) == nodes


def sound(h, bound):
    return lambda f, df, x: sound_with(f, df, x, h, bound)


def sound_with(f, df, x, h, bound):
    claimed, x = np.asarray(df(x)), x.copy()
    if claimed.shape != x.shape:
        return False
    numerical = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        up = f(x)
        x[i] = old - h
        numerical[i] = (up - f(x)) / (2 * h)
        x[i] = old
    rounding = 20 * 2.3e-16 * max(1.0, abs(f(x))) / h
    return bool((np.abs(claimed - numerical) <= bound * np.abs(numerical) + rounding).all())


@pytest.mark.parametrize("h", [1e-3, 1e-4, 1e-5, 1e-6])
@pytest.mark.parametrize("bound", [5e-3, 1e-3, 1e-4])
def test_a_sound_gradient_check_passes_with_any_sensible_step_and_bound(h, bound):
    for seed in range(5):
        assert problems(CHECK_GRADIENT, sound(h, bound), seed) == set()


def with_inputs(function):
    """`problems` hands over its own tuple of arrays; a check may move their entries."""
    return quiet(lambda f, b, inputs: function(f, b, tuple(x.copy() for x in inputs)))


def backward_check(upstream, close):
    def check(forward, backward, inputs):
        out, cache = forward(*inputs)
        dout = upstream(np.random.default_rng(1), out.shape)
        verdicts = []
        for x, gradient in zip(inputs, backward(dout.copy(), cache), strict=True):
            numerical = solutions.numerical_grad(lambda _: np.sum(forward(*inputs)[0] * dout), x)
            verdicts.append(bool(close(numerical, gradient)))
        return verdicts

    return with_inputs(check)


def signed(rng, shape):
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)


def close(n, g):
    return n.shape == g.shape and np.allclose(n, g, rtol=1e-3, atol=1e-6)


def ones(rng, shape):
    return np.ones(shape)


ALL_NODES = set(CHECK_BACKWARD.points)
WEAK_BACKWARD_CHECKS = {
    "an upstream of ones": (backward_check(ones, close), {"upstream"}),
    "an upstream that is never negative": (
        backward_check(lambda rng, shape: rng.uniform(0.1, 1, shape), close), {"upstream"},
    ),
    "shapes not looked at": (
        backward_check(signed, lambda n, g: np.allclose(n, g, rtol=1e-3, atol=1e-6)), {"entries"},
    ),
    "one verdict for all": (
        with_inputs(lambda f, b, xs: [all(solutions.check_backward(f, b, xs))] * len(xs)), ALL_NODES,
    ),
    "always True": (lambda f, b, xs: [True] * len(xs), ALL_NODES),
    "always False": (lambda f, b, xs: [False] * len(xs), ALL_NODES),
    "True alone": (lambda f, b, xs: True, ALL_NODES),
    "one too few": (lambda f, b, xs: [True] * (len(xs) - 1), ALL_NODES),
    "numbers": (lambda f, b, xs: [0.0] * len(xs), ALL_NODES),
}  # fmt: skip


@pytest.mark.parametrize("name", WEAK_BACKWARD_CHECKS)
def test_a_weak_check_of_a_backward_is_found_out_at_its_blind_spot(name):
    function, nodes = WEAK_BACKWARD_CHECKS[name]
    for seed in range(3):
        assert problems_of_layers(function, seed) == nodes


def problems_of_layers(function, seed):
    """As `problems`, with fresh copies of the arrays within the tuple."""
    rng = np.random.default_rng(seed)
    found = set()
    for size in CHECK_BACKWARD.sizes:
        arguments = CHECK_BACKWARD.draw(rng, size)
        forward, backward = made(arguments[0].name, arguments[1].name)
        returned = function(forward, backward, tuple(x.copy() for x in arguments[2]))
        found |= {node for node, _ in CHECK_BACKWARD.judge(arguments, returned)}
    return found


def test_a_sound_check_of_a_backward_passes_with_normal_and_with_uniform_upstreams():
    for seed in range(10):
        assert problems_of_layers(backward_check(signed, close), seed) == set()
        normal = backward_check(lambda rng, shape: rng.standard_normal(shape), close)
        assert problems_of_layers(normal, seed) == set()


def test_every_hidden_backward_is_wrong_where_it_is_said_to_be_and_right_elsewhere():
    right = {layer.forward: layer.backward for layer in reversed(LAYERS) if not layer.faults}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        for size, layer in enumerate(LAYERS, 1):
            inputs = CHECK_BACKWARD.draw(rng, size)[2]
            forward, backward, exact = made(layer.forward, layer.backward, right[layer.forward])
            out, cache = forward(*inputs)
            dout = signed(rng, out.shape)
            for place, (got, true) in enumerate(zip(backward(dout, cache), exact(dout, cache), strict=True)):
                agrees = got.shape == true.shape and np.allclose(got, true, rtol=1e-9, atol=1e-12)
                assert agrees == (place not in layer.faults), (layer.backward, place)


def test_the_blind_upstreams_are_blind_to_just_what_they_are_meant_to_miss():
    rng = np.random.default_rng(3)
    for name, upstream, blind in (
        ("relu_2", ones, True), ("softmax_2", ones, True), ("affine_2", ones, True),
        ("relu_2", signed, False), ("softmax_2", signed, False), ("affine_2", signed, False),
    ):  # fmt: skip
        (size,) = [place for place, layer in enumerate(LAYERS, 1) if layer.backward == name]
        layer, inputs = LAYERS[size - 1], CHECK_BACKWARD.draw(rng, size)[2]
        forward, backward, exact = made(layer.forward, name, name[:-1] + "1")
        out, cache = forward(*inputs)
        dout = upstream(rng, out.shape)
        pairs = zip(backward(dout, cache), exact(dout, cache), strict=True)
        assert all(np.allclose(got, true, atol=1e-12) for got, true in pairs) == blind, name


def test_a_numerical_gradient_that_does_not_restore_x_exactly_is_told_and_costs_a_point():
    """x += h; x -= 2h; x += h leaves the last digit changed in some entry."""
    text = FIRST_SET.replace("x[ix] = old + h\n", "x[ix] += h\n").replace(
        "x[ix] = old - h\n", "x[ix] -= 2 * h\n"
    )
    text = text.replace("        x[ix] = old\n        grad[ix]", "        x[ix] += h\n        grad[ix]")
    checked = graded(BY_ID["numerical_grad"], text)
    assert {name: node.verdict for name, node in checked.nodes.items()} == dict.fromkeys(
        ("shape", "gradient", "precision"), Verdict.PASS
    )
    assert [f.check for f in checked.findings if f.verdict is Verdict.FAIL] == ["unchanged"]
