"""What gradcheck says of functions that break a promise: a finding that names function and argument."""

from __future__ import annotations

import numpy as np
import pytest

from grader.findings import Verdict
from grader.gradcheck import (
    GradcheckError,
    assert_gradients,
    gradcheck,
)
from tests.gradcheck.shared import B, W, X, affine, affine_backward, finding, rest


def test_a_right_backward_passes_and_says_what_it_rests_on():
    result = gradcheck(affine, affine_backward, X, W, B)
    assert result.verdict == "pass"
    assert result.passed
    assert result.proved
    assert [a.gradient for a in result.arguments] == ["dx", "dw", "db"]
    assert all(a.verdict is Verdict.PASS and a.bound < 1e-8 for a in result.arguments)
    assert result.findings == ()
    result.raise_if_failed()
    assert str(result).startswith("pass: dx, dw, db (")


def test_the_same_seed_gives_the_same_result():
    assert gradcheck(affine, affine_backward, X, W, B, seed=3) == gradcheck(
        affine, affine_backward, X, W, B, seed=3
    )


def test_a_wrong_entry_is_named_with_got_expected_and_bound():
    def backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        dw[2, 0] /= 2
        return dx, dw, db

    result = gradcheck(affine, backward, X, W, B)
    wrong = {a.name: a for a in result.arguments}["w"]
    assert result.verdict == "fail"
    assert [a.name for a in result.arguments if a.verdict is Verdict.FAIL] == ["w"]
    assert wrong.index == (2, 0)
    assert wrong.got == pytest.approx(wrong.expected / 2)
    assert wrong.bound < 1e-8
    assert finding(result, "gradient").message.startswith("dw[2, 0] = ")
    with pytest.raises(GradcheckError, match=r"dw\[2, 0\]"):
        result.raise_if_failed()


def test_assert_gradients_reads_like_an_assertion_in_a_test_suite():
    assert_gradients(affine, affine_backward, X, W, B)
    with pytest.raises(AssertionError) as caught:
        assert_gradients(affine, lambda d, c: affine_backward(2 * d, c), X, W, B)
    assert str(caught.value).startswith("fail: dx, dw, db")
    assert caught.value.result.verdict == "fail"


@pytest.mark.parametrize(
    ("backward", "check", "message"),
    [
        (rest, "number of gradients", "returned 2 gradients, expected 3"),
        (lambda d, c: (*affine_backward(d, c), d), "number of gradients", "4 gradients, expected 3 (x, w, b)"),
        (lambda d, c: None, "number of gradients", "returned 1 gradient, expected 3"),
        (lambda d, c: (None, *affine_backward(d, c)[1:]), "number of gradients", "returned None for dx"),
        (lambda d, c: (affine_backward(d, c)[0], d @ c[1].T, d.sum(0)), "shape", "dw has shape (2, 3), w has (3,"),
        (lambda d, c: (*rest(d, c), d.sum(0, keepdims=True)), "shape", "db has shape (1, 2), b has (2"),
        (lambda d, c: (*rest(d, c), "db"), "array of numbers", "returned str for db"),
        (lambda d, c: (*rest(d, c), d.sum(0) + 0j), "array of numbers", "dtype complex128"),
        (lambda d, c: (*rest(d, c), np.array([None, 1])), "array of numbers", "of dtype object for db"),
        (lambda d, c: (*rest(d, c), d.sum(0) * np.nan), "finite gradient", "db[0] is nan"),
        (lambda d, c: (*rest(d, c), np.ones(2)), "linear in dout", "db[0] is 1 for an upstream gradient of"),
        (lambda d, c: affine_backward(np.maximum(d, 0), c), "linear in dout", "is not linear in dout"),
        (lambda d, c: 1 / 0, "backward runs", "backward raised ZeroDivisionError: division by zero"),
        (lambda d, c: c.x, "backward runs", "backward raised AttributeError"),
    ],
)  # fmt: skip
def test_a_backward_that_breaks_a_promise_fails_with_a_finding_of_its_own(backward, check, message):
    result = gradcheck(affine, backward, X, W, B)
    assert result.verdict == "fail"
    found = finding(result, check)
    assert found.verdict is Verdict.FAIL
    assert message in found.message


@pytest.mark.parametrize(
    ("forward", "check", "message"),
    [
        (lambda x: 1 / 0, "forward runs", "forward raised ZeroDivisionError"),
        (np.linalg.inv, "forward runs", "forward raised LinAlgError"),
        (lambda x: exit(), "forward runs", "forward raised SystemExit"),
        (lambda x: None, "forward returns numbers", "forward returned None for out"),
        (lambda x: "out", "forward returns numbers", "forward returned str for out"),
        (lambda x: np.array([x, None], dtype=object), "forward returns numbers", "dtype object"),
        (lambda x: x + 1j, "forward returns numbers", "complex"),
        (lambda x: (x * np.nan, x), "finite forward", "forward returned nan in out[0, 0]"),
        (lambda x: (np.log(x), x), "finite forward", "forward returned nan in out[0, 1]"),
    ],
)
def test_a_forward_that_gives_no_numbers_is_a_finding_and_no_traceback(forward, check, message):
    result = gradcheck(forward, lambda d, c: d, X)
    assert result.verdict == "fail"
    assert message in finding(result, check).message
    assert "\n" not in finding(result, check).message


def test_the_line_of_the_students_function_is_named():
    def backward(dout, cache):
        x, w = cache
        return dout @ w, x.T @ dout, dout.sum(0)

    message = finding(
        gradcheck(affine, backward, np.ones((2, 3)), np.ones((3, 4)), np.ones(4)), "backward runs"
    ).message
    assert f"(line {backward.__code__.co_firstlineno + 2})" in message
    assert "matmul" in message


def test_a_forward_that_is_not_deterministic_is_named_as_such():
    rng = np.random.default_rng()
    result = gradcheck(lambda x: (x * rng.random(x.shape), x), lambda d, c: d, X)
    assert result.verdict == "inconclusive"
    assert "forward gives other values when it is called again" in finding(result, "repeatable").message


def test_a_cache_that_the_next_forward_overwrites_is_named():
    kept = {}

    def forward(x):
        kept["x"] = x
        return x**2, None

    result = gradcheck(forward, lambda d, c: 2 * d * kept["x"], X)
    assert result.verdict == "fail"
    assert "the cache does not survive the next forward: dx changes" in finding(result, "cache").message


def test_a_changed_upstream_fails_and_shared_memory_warns():
    def spoils(dout, x):
        dout[x <= 0] = 0
        return dout

    relu = lambda x: (np.maximum(x, 0), x)  # noqa: E731 - two words a line
    spoilt = gradcheck(relu, spoils, X)
    assert spoilt.verdict == "fail"
    assert "backward changes dout" in finding(spoilt, "upstream unchanged").message
    shared = gradcheck(lambda x, y: x + y, lambda d, c: (d, d), X, X + 1)
    assert shared.verdict == "pass"
    assert {f.verdict for f in shared.findings} == {Verdict.WARN}
    assert any("dx and dy are one array" in f.message for f in shared.findings)


def test_a_forward_that_changes_its_input_fails():
    def forward(x):
        x -= x.mean()
        return x**2, x

    result = gradcheck(forward, lambda d, c: 2 * d * c - (2 * d * c).mean(), X)
    assert "forward changes x, which belongs to its caller" in finding(result, "inputs unchanged").message
    assert result.verdict == "fail"


def test_a_cache_that_serves_only_once_warns():
    def backward(dout, cache):
        cache *= 2
        return dout * cache

    result = gradcheck(lambda x: (x**2, x.copy()), backward, X)
    assert result.verdict == "pass"
    assert "a second backward with the same cache gives other gradients" in finding(result, "cache").message


def test_another_dtype_warns():
    x = X.astype(np.float32)
    result = gradcheck(lambda x: (x**2, x), lambda d, x: (2 * d * x).astype(np.float64), x)
    assert result.verdict == "pass"
    assert finding(result, "dtype").message == "dx is float64, x is float32"


def test_inputs_that_are_not_contiguous_give_the_same_numbers_or_a_finding():
    def forward(x):
        flat = np.lib.stride_tricks.as_strided(x, (x.size,), (x.itemsize,))  # ignores the strides of x
        return flat.reshape(x.shape) ** 2, x

    result = gradcheck(forward, lambda d, x: 2 * d * x, X)
    assert result.verdict == "fail"
    assert "not contiguous" in finding(result, "memory layout").message


def test_one_sample_alone_must_give_its_own_row():
    def backward(dout, x):
        return 2 * dout * x if len(x) > 1 else np.squeeze(2 * dout * x)

    result = gradcheck(lambda x: (x**2, x), backward, X)
    assert result.verdict == "fail"
    assert finding(result, "one sample").message == "dx has shape (3,) for one sample, expected (1, 3)"
