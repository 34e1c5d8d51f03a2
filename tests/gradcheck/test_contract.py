"""What gradcheck says of functions that break a promise: a finding that names function and argument."""

from __future__ import annotations

import numpy as np
import pytest

from grader.findings import Verdict
from grader.gradcheck import (
    GradcheckError,
    assert_gradients,
    gradcheck,
    gradcheck_function,
    gradcheck_jacobian,
)

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


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[1.0, 2.0]], "x is a list, not an array: pass np.array(x)"),
        (X + 1j, "x is complex"),
        (np.array([1.0, None]), "x has dtype object"),
        (X.astype(np.float16), "x is float16"),
        (np.array([1.0, np.nan]), "x[1] is nan: no derivative exists there"),
        (np.array([[np.inf, 1.0]]), "x[0, 0] is inf"),
    ],
)
def test_an_input_that_cannot_be_differentiated_by_is_named(value, message):
    result = gradcheck(lambda x: (x, x), lambda d, c: d, value)
    assert result.verdict == "fail"
    assert message in finding(result, "inputs").message


def test_integers_and_options_are_constants():
    def forward(x, y, mode, param):
        return x[np.arange(len(y)), y] * param["scale"] * (mode == "train"), (x.shape, y, param)

    def backward(dout, cache):
        shape, y, param = cache
        dx = np.zeros(shape)
        dx[np.arange(len(y)), y] = dout * param["scale"]
        return dx

    result = gradcheck(forward, backward, X, np.array([2, 0]), "train", {"scale": 3.0})
    assert result.verdict == "pass"
    assert result.constants == ("y", "mode", "param")
    assert "taken as constant: y, mode, param" in str(result)


def test_a_named_constant_is_not_differentiated():
    result = gradcheck(lambda x, a: (a * x, a), lambda d, a: a * d, X, 3.0, constants=("a",))
    assert result.verdict == "pass"
    assert result.constants == ("a",)
    with pytest.raises(ValueError, match="'c' is not an argument; there are x, a"):
        gradcheck(lambda x, a: (a * x, a), lambda d, a: a * d, X, 3.0, constants=("c",))


def test_without_a_float_argument_nothing_can_be_said():
    result = gradcheck(lambda n: np.ones(3) * n, lambda d, c: d, 3)
    assert result.verdict == "inconclusive"
    assert "nothing to differentiate by" in result.findings[0].message


def test_a_wrong_call_of_gradcheck_raises():
    with pytest.raises(ValueError, match='mode must be "auto", "full" or "directional"'):
        gradcheck(affine, affine_backward, X, W, B, mode="fast")
    with pytest.raises(ValueError, match="names: 2 given for 3 inputs"):
        gradcheck(affine, affine_backward, X, W, B, names=("x", "w"))


def test_several_outputs_take_one_upstream_each():
    def forward(x):
        return np.sin(x), x**2, x

    assert gradcheck(forward, lambda d1, d2, x: d1 * np.cos(x) + 2 * d2 * x, X).verdict == "pass"
    assert gradcheck(forward, lambda d1, d2, x: d1 * np.cos(x), X).verdict == "fail"


def test_numbers_may_be_plain_floats():
    result = gradcheck(lambda x, y: (x * y, (x, y)), lambda d, c: (d * c[1], d * c[0]), 3.0, -2.0)
    assert result.verdict == "pass"
    assert (
        gradcheck(lambda x, y: (x * y, (x, y)), lambda d, c: (d * c[0], d * c[1]), 3.0, -2.0).verdict
        == "fail"
    )


def test_empty_arrays_pass():
    assert gradcheck(lambda x: (x**2, x), lambda d, x: 2 * d * x, np.zeros((0, 3))).verdict == "pass"


def test_a_kink_is_called_one_and_a_value_outside_its_slopes_fails():
    x = np.array([0.0, 1.0, -2.0])
    relu = lambda x: (np.maximum(x, 0), x)  # noqa: E731 - two words a line
    for at_zero in (0.0, 0.25, 1.0):
        result = gradcheck(relu, lambda d, x, g=at_zero: d * np.where(x == 0, g, x > 0), x)
        assert result.verdict == "kink"
        assert "is at a kink: the slopes on its two sides are" in finding(result, "gradient").message
        with pytest.raises(GradcheckError):
            result.raise_if_failed()
        result.raise_if_failed(strict=False)
    result = gradcheck(relu, lambda d, x: d * np.where(x == 0, 5.0, x > 0), x)
    assert result.verdict == "fail"
    assert "lies outside the one-sided slopes" in finding(result, "gradient").message


def test_what_rounding_hides_is_inconclusive_not_passed():
    """f = 1e12 + x: a unit slope is lost in the last digits of f, and so would be a wrong one."""
    x = np.array([0.5, -1.5])
    for factor in (1.0, 1.01):
        assert gradcheck(lambda x: 1e16 + 1e-3 * x, lambda d, c, k=factor: 1e-3 * k * d, x).verdict != "fail"
    assert gradcheck(lambda x: 1e12 + x, lambda d, c: 1.001 * d, x).verdict != "pass"


def test_a_plain_function_with_its_gradient():
    f = lambda x: float(np.sum(x**3))  # noqa: E731 - two words a line
    assert gradcheck_function(f, lambda x: 3 * x**2, X).verdict == "pass"
    wrong = gradcheck_function(f, lambda x: 2 * x**2, X)
    assert wrong.verdict == "fail"
    assert wrong.arguments[0].gradient == "dx"
    two = gradcheck_function(lambda x, y: float(np.sum(x * y)), lambda x, y: (y, x), X, X + 1)
    assert two.verdict == "pass"


def test_a_claimed_jacobian_names_the_entry_of_output_and_input():
    f = lambda x: np.tanh(W.T @ x)  # noqa: E731 - two words a line
    jacobian = lambda x: (1 - np.tanh(W.T @ x) ** 2)[:, None] * W.T  # noqa: E731 - two words a line
    x = np.array([0.5, -1.25, 0.25])
    assert gradcheck_jacobian(f, jacobian, x).verdict == "pass"
    assert gradcheck_jacobian(f, jacobian(x), x).verdict == "pass"

    def wrong(x):
        j = jacobian(x)
        j[1, 2] = -j[1, 2]
        return j

    result = gradcheck_jacobian(f, wrong, x)
    assert result.verdict == "fail"
    assert result.arguments[0].index == (1, 2)
    assert result.arguments[0].disagreeing == 1
    transposed = gradcheck_jacobian(f, lambda x: jacobian(x).T, x)
    assert "has shape (3, 2), expected (2, 3)" in finding(transposed, "shape").message
    flat = gradcheck_jacobian(lambda x: x**2, lambda x: np.diag(2 * x.ravel()), X)
    assert flat.verdict == "pass"
    assert gradcheck_jacobian(lambda x: 1 / 0, jacobian, x).verdict == "fail"
    assert gradcheck_jacobian(f, lambda x: None, x).verdict == "fail"


def test_a_million_parameters_cost_at_most_twenty_evaluations_and_a_wrong_one_is_named_within_sixty():
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(4, 1000)), rng.normal(size=(1000, 1000)), rng.normal(size=1000)
    result = gradcheck(affine, affine_backward, x, w, b, mode="directional")
    assert result.verdict == "pass"
    assert result.evaluations <= 20

    def backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        dw[37, 501] *= 1.01
        return dx, dw, db

    result = gradcheck(affine, backward, x, w, b, mode="directional")
    assert result.verdict == "fail"
    assert {a.name: a.index for a in result.arguments}["w"] == (37, 501)
    assert result.evaluations <= 60


def test_size_decides_the_mode_unless_asked():
    x = np.linspace(-2, 2, 5000)
    square, backward = (lambda x: (x**2, x)), (lambda d, x: 2 * d * x)
    assert gradcheck(square, backward, x).arguments[0].mode == "directional"
    assert gradcheck(square, backward, x, mode="full").arguments[0].mode == "full"
    assert gradcheck(square, backward, x[:10], mode="directional").arguments[0].mode == "directional"


def test_a_check_that_cannot_fail_does_not_pass(monkeypatch):
    """Blind the judge: the planted errors get through, and the verdict is no longer pass."""
    from grader.gradcheck import planting
    from grader.gradcheck.judge import Judgement

    monkeypatch.setattr(planting, "judge", lambda *args: Judgement(Verdict.PASS, (0, 0)))
    result = gradcheck(affine, affine_backward, X, W, B)
    assert result.verdict == "inconclusive"
    assert "planted to prove the check, is not noticed" in finding(result, "proof").message
    assert gradcheck(affine, affine_backward, X, W, B, prove=False).verdict == "pass"


def test_functions_that_warn_are_not_ended_by_it():
    """Under -W error a step past 0 into log must not turn into an exception of the student's function."""
    assert gradcheck(lambda x: (np.log(x), x), lambda d, x: d / x, np.array([1e-5, 0.5])).verdict == "pass"


def test_a_period_that_divides_every_halved_step_does_not_deceive():
    """sin(2π·2^k x) is 0 at all steps 1, ½, ¼, ... of a power of two above its period."""
    x = np.array([0.25, -0.75, 1.125, 0.5])
    for k in (4, 8, 12, 16, 20):
        c = 2 * np.pi * 2.0**k
        result = gradcheck(lambda x, c=c: (np.sin(c * x), x), lambda d, x, c=c: d * c * np.cos(c * x), x)
        assert result.verdict == "pass", f"k = {k}: {result}"
        assert gradcheck(lambda x, c=c: (np.sin(c * x), x), lambda d, x: 0 * x, x).verdict == "fail"


def test_an_output_whose_shape_depends_on_the_values_is_named():
    result = gradcheck(lambda x: (x[x > 0.5], x), lambda d, x: np.zeros_like(x), np.array([0.5, 1.0, -2.0]))
    assert result.verdict == "fail"
    assert any("the shape of forward's output depends on the values" in f.message for f in result.findings)


def test_options_that_forward_writes_into_are_the_callers_own_afterwards():
    """Running averages go into bn_param by convention; our calls must not leave theirs there."""
    param = {"mean": np.zeros(3)}

    def forward(x, param):
        param["mean"] += x.mean(axis=0)
        param["calls"] = param.get("calls", 0) + 1
        return x**2, x

    assert gradcheck(forward, lambda d, x: 2 * d * x, X, param).verdict == "pass"
    assert list(param) == ["mean"]
    assert not param["mean"].any()


def test_our_own_fault_neither_passes_nor_fails_anybody(monkeypatch):
    from grader.gradcheck import check

    monkeypatch.setattr(check, "measure", lambda *args: 1 / 0)
    result = gradcheck(affine, affine_backward, X, W, B)
    assert result.verdict == "inconclusive"
    assert "gradcheck itself failed with ZeroDivisionError" in finding(result, "gradcheck").message


def test_an_output_that_the_next_forward_overwrites_is_named():
    buffer = np.zeros_like(X)

    def forward(x):
        np.square(x, out=buffer)
        return buffer, x

    result = gradcheck(forward, lambda d, x: 2 * d * x, X)
    assert result.verdict == "fail"
    assert "the output of one forward changes when forward runs again" in finding(result, "cache").message
