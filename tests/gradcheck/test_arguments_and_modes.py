"""What gradcheck takes, in which modes it works, and what it says where nothing can be decided."""

from __future__ import annotations

import numpy as np
import pytest

from grader.findings import Verdict
from grader.gradcheck import (
    GradcheckError,
    gradcheck,
    gradcheck_function,
    gradcheck_jacobian,
)
from tests.gradcheck.shared import B, W, X, affine, affine_backward, finding


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
