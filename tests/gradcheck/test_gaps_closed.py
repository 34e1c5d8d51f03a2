"""Mistakes of the checker itself that were found by trying to break it; each has its test."""

from __future__ import annotations

import numpy as np
import pytest

from grader.gradcheck import gradcheck, gradcheck_jacobian

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 5))


def test_functions_that_hold_data_for_the_whole_batch_are_not_failed_on_one_sample():
    mask = (RNG.random((4, 5)) < 0.5) / 0.5
    w = RNG.normal(size=(5, 3))
    position = RNG.normal(size=(4, 5))
    assert gradcheck(lambda x: (x * mask, None), lambda d, c: d * mask, X).verdict == "pass"
    assert (
        gradcheck(lambda x, o: (x * o["mask"], o), lambda d, o: d * o["mask"], X, {"mask": mask}).verdict
        == "pass"
    )
    assert gradcheck(lambda x: ((x + position) @ w, None), lambda d, c: d @ w.T, X).verdict == "pass"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.astype(np.float16),
        lambda d: np.clip(d, -2, 2),
        lambda d: np.where(np.abs(d) < 0.03, 0, d),
        lambda d: np.round(d, 2),
    ],
    ids=["half precision", "clipped", "small ones dropped", "rounded"],
)
def test_an_upstream_that_is_bent_on_the_way_in_is_noticed(spoil):
    result = gradcheck(lambda x: (np.tanh(x), x), lambda d, x: spoil(d) * (1 - np.tanh(x) ** 2), X)
    assert result.verdict == "fail"


def test_a_clipped_gradient_is_noticed_however_small_the_inputs_are():
    a, b = 0.3 * RNG.normal(size=(4, 3)), 0.3 * RNG.normal(size=(3, 2))
    clip = lambda g: np.clip(g, -5, 5)  # noqa: E731 - a word
    result = gradcheck(lambda x, w: (x @ w, (x, w)), lambda d, c: (clip(d @ c[1].T), clip(c[0].T @ d)), a, b)
    assert result.verdict == "fail"


@pytest.mark.parametrize("spoilt", range(12))
def test_a_small_entry_beside_large_ones_is_judged_on_its_own(spoilt):
    z = RNG.normal(size=12) * 10.0 ** np.arange(-6, 6)

    def backward(dout, x):
        dx = 2 * dout * x
        dx[spoilt] = 0
        return dx

    assert gradcheck(lambda x: (x**2, x), backward, z).verdict == "fail"
    assert gradcheck(lambda x: (x**2, x), lambda d, x: 2 * d * x, z).verdict == "pass"


def test_a_function_that_bends_everywhere_is_decided_with_smaller_steps():
    x = RNG.normal(size=400)
    f = lambda x: (np.sin(30 * x), x)  # noqa: E731 - two words
    assert gradcheck(f, lambda d, x: 30 * d * np.cos(30 * x), x).verdict == "pass"

    def one_wrong(dout, x):
        dx = 30 * dout * np.cos(30 * x)
        dx[317] *= 1.001
        return dx

    assert gradcheck(f, one_wrong, x).verdict == "fail"


def test_float32_beside_float64_is_decided():
    x, w = X.astype(np.float32), RNG.normal(size=(5, 3))
    result = gradcheck(lambda x, w: (x @ w, (x, w)), lambda d, c: (d @ c[1].T, c[0].T @ d), x, w)
    assert result.verdict == "pass"


@pytest.mark.parametrize("scale", [1e-26, 1e-12, 1e12, 1e26])
def test_the_scale_of_the_inputs_changes_no_verdict(scale):
    x = scale * X
    assert gradcheck(lambda x: (3 * x, None), lambda d, c: 3 * d, x).verdict == "pass"
    assert gradcheck(lambda x: (3 * x, None), lambda d, c: 3 * (1 + 1e-6) * d, x).verdict == "fail"


def test_a_million_parameters_cost_little_in_auto_mode_as_well():
    x, w, b = RNG.normal(size=(8, 1000)), RNG.normal(size=(1000, 1000)), RNG.normal(size=1000)
    affine = lambda x, w, b: (x @ w + b, (x, w))  # noqa: E731 - one line
    result = gradcheck(affine, lambda d, c: (d @ c[1].T, c[0].T @ d, d.sum(0)), x, w, b)
    assert result.verdict == "pass"
    assert result.evaluations <= 20


def test_a_forward_that_drifts_is_inconclusive():
    calls = []

    def forward(x):
        calls.append(1)
        return x**2 + (len(calls) > 30), x

    result = gradcheck(forward, lambda d, x: 2 * d * x, X)
    assert result.verdict == "inconclusive"
    assert any("its results depend on its past" in f.message for f in result.findings)


def test_a_list_of_arrays_is_not_taken_for_a_constant_in_silence():
    result = gradcheck(lambda ws: (ws[0] @ ws[1], ws), lambda d, ws: d, [np.ones((5, 2)), np.ones(2)])
    assert result.verdict == "fail"
    assert "ws is a list of arrays: pass each as an argument of its own" in result.findings[0].message


def test_a_backward_that_is_no_function_is_said_to_be_none():
    result = gradcheck(lambda x: x, None, X)
    assert result.verdict == "fail"
    assert result.findings[0].message == "backward is NoneType, not a function"


def test_no_exception_of_theirs_escapes_but_the_keyboard():
    class Odd(BaseException):
        pass

    def forward(x):
        raise Odd("hello")

    assert gradcheck(forward, lambda d, c: d, X).verdict == "fail"

    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gradcheck(interrupted, lambda d, c: d, X)


@pytest.mark.parametrize("f", [lambda x: x, lambda x: x[::-1], lambda x: np.negative(x, out=x)])
def test_a_function_that_returns_a_view_of_its_argument_deceives_no_jacobian_check(f):
    wrong = np.zeros((4, 4))
    wrong[0, 0] = 1
    assert gradcheck_jacobian(f, wrong, np.arange(1.0, 5)).verdict == "fail"


def test_a_right_float32_jacobian_passes_and_a_wrong_one_fails():
    v = RNG.normal(size=5).astype(np.float32)
    right = np.diag(1 - np.tanh(v) ** 2)
    assert gradcheck_jacobian(np.tanh, right, v).verdict == "pass"
    assert gradcheck_jacobian(np.tanh, right * np.float32(1.001), v).verdict == "fail"


def test_a_jacobian_check_names_what_failed():
    raised = gradcheck_jacobian(np.tanh, lambda x: 1 / 0, X[0])
    assert raised.findings[0].message.startswith("the Jacobian raised ZeroDivisionError: division by zero")
    random = gradcheck_jacobian(lambda x: x + np.random.random(5), np.eye(5), X[0])  # noqa: NPY002 - a student's
    assert random.verdict == "inconclusive"


def test_a_bare_assert_accepts_a_pass_and_nothing_else():
    assert gradcheck(lambda x: (x**2, x), lambda d, x: 2 * d * x, X)
    assert not gradcheck(lambda x: (x**2, x), lambda d, x: d * x, X)
    assert not gradcheck(lambda x: (np.maximum(x, 0), x), lambda d, x: d * (x > 0), np.zeros(3))


def test_a_failure_shows_the_digits_in_which_the_numbers_differ():
    result = gradcheck(lambda x: (x**2, x), lambda d, x: 2 * (1 + 1e-8) * d * x, X)
    message = result.findings[0].message
    got, expected = message.split(" = ")[1].split(" (")[0].split(", expected ")
    assert result.verdict == "fail"
    assert got != expected
