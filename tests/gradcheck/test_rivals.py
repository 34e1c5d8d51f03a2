"""The rivals' rules judge plain cases well, miss what they are known to miss, and agree with the real programs.

torch and autograd are asked here. JAX 0.10.2, PyTensor 3.0.7 and Chainer 7.8.1 were asked by hand on the same
samples, twelve seeds each, through wrappers like those below, and agreed on all 396 verdicts.
"""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from .rivals import RULES
from .rivals.chainer_backward import ChainerBackward, unit_directions
from .rivals.cs231n import Cs231n
from .rivals.deeplearning_ai import DeepLearningAi
from .rivals.hips import Hips
from .rivals.jax_vjp import JaxVjp, close
from .rivals.pytensor_verify import PyTensorVerify
from .rivals.rule import Rule, Student, differentiable
from .rivals.samples import SAMPLES, Sample, decimals, softmax
from .rivals.table import Chainmark, compare, markdown, misses
from .rivals.torch_slow import TorchSlow

BY_NAME = {sample.name: sample for sample in SAMPLES}
SEEDS = range(3)
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def verdicts(rule: Rule, sample: Sample) -> set[bool]:
    """The verdicts over all seeds; one element if the rule is of one mind."""
    found = set()
    for seed in SEEDS:
        inputs = sample.draw(np.random.default_rng(seed))
        found.add(rule(sample.forward, sample.backward, inputs, np.random.default_rng(seed + 100)).passed)
    return found


@each_rule
@pytest.mark.parametrize("name", ["affine", "sigmoid"])
def test_every_rule_passes_a_right_layer(rule, name):
    assert verdicts(rule, BY_NAME[name]) == {True}


@each_rule
@pytest.mark.parametrize("name", ["affine -dw", "affine 2dw", "affine db mean of rows", "softmax diagonal"])
def test_every_rule_rejects_a_plainly_wrong_layer(rule, name):
    assert verdicts(rule, BY_NAME[name]) == {False}


@each_rule
def test_an_exception_out_of_student_code_is_not_a_pass_and_its_forward_calls_count(rule):
    def forward(x):
        raise RuntimeError("student")

    answer = rule(forward, forward, (np.ones(2),), np.random.default_rng(0))
    assert (answer.passed, answer.evaluations) == (False, 1)


@each_rule
def test_nothing_differentiable_is_not_a_pass(rule):
    answer = rule(lambda n: n, lambda d, c: d, (3,), np.random.default_rng(0))
    assert not answer.passed


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Cs231n(), 2 * 18 + 1),
        (DeepLearningAi(), 2 * 18 + 1),
        (TorchSlow(), 2 * 18 + 2),
        (JaxVjp(), 4),
        (Hips(), 4),
        (ChainerBackward(), 3),
        (PyTensorVerify(), 1 + 2 * (18 + 2)),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_forward_calls_for_eighteen_entries(rule, expected):
    sample = BY_NAME["affine"]
    inputs = sample.draw(np.random.default_rng(0))
    assert rule(sample.forward, sample.backward, inputs, np.random.default_rng(0)).evaluations == expected


def test_only_floating_point_inputs_are_differentiable():
    inputs = (np.ones(2), 1.5, np.arange(2), True, None, "same", {"pad": 1}, np.float32(2), 3)
    assert differentiable(inputs) == (0, 1, 7)


def test_an_entry_perturbed_in_place_is_put_back_exactly():
    inputs = [np.array([0.1, 0.2]), 0.3]
    student = Student(lambda x, k: x * k, None)
    assert student.out_with(inputs, 0, (1,), 5.0)[1] == 5.0 * 0.3
    assert student.out_with(inputs, 1, (), 5.0)[1] == 0.2 * 5.0
    assert inputs[0].tolist() == [0.1, 0.2]
    assert inputs[1] == 0.3


class TestBlindSpots:
    """Each test is a mistake that a rival passes, or a right layer that it rejects."""

    @pytest.mark.parametrize("rule", [PyTensorVerify(), TorchSlow()], ids=lambda rule: rule.name)
    def test_positive_upstreams_miss_a_mask_on_dout(self, rule):
        """PyTensor projects on [0.5, 1.5]; torch's slow mode on one-hot vectors, so it is blind to the same."""
        assert verdicts(rule, BY_NAME["sigmoid masks dout > 0"]) == {True}
        assert verdicts(Hips(), BY_NAME["sigmoid masks dout > 0"]) == {False}

    def test_a_projection_on_ones_passes_a_softmax_gradient_of_zeros(self):
        """With r = 1 the outputs' sum is constant; PyTensor's own r varies and sees it."""
        ones = SimpleNamespace(random=lambda shape: np.full(shape, 0.5))
        inputs = BY_NAME["softmax"].draw(np.random.default_rng(0))
        zeros = (softmax, lambda dout, p: np.zeros_like(p), inputs)
        assert PyTensorVerify()(*zeros, ones).passed
        assert not PyTensorVerify()(*zeros, np.random.default_rng(0)).passed

    def test_jax_tolerance_grows_with_the_size_of_what_is_compared(self):
        """check_jvp compares whole tangents by it: 10 % at 1e4 entries, a flipped sign at 1e6."""
        tangent = np.random.default_rng(0).standard_normal(10**6)
        assert not close(1.1 * tangent[:100], tangent[:100])
        assert close(1.1 * tangent[: 10**4], tangent[: 10**4])
        assert close(-tangent, tangent)

    def test_jax_check_vjp_compares_scalars_and_so_rejects_ten_percent_at_any_size(self):
        """The size-scaled tolerance does NOT reach check_vjp's projection (real JAX 0.10.2 behaves alike)."""
        x = np.random.default_rng(0).standard_normal(10**4)
        answer = JaxVjp()(lambda x: (np.sin(x), x), lambda d, x: 1.1 * d * np.cos(x), (x,), None)
        assert not answer.passed

    def test_jax_misses_a_forward_that_wavers_by_a_percent_at_1e4_entries(self):
        """The primal comparison is the one in check_vjp that its size loosens."""
        assert close(np.full(10**4, 1.01), np.ones(10**4))
        assert not close(np.full(10, 1.01), np.ones(10))

    @pytest.mark.parametrize(
        "rule", [DeepLearningAi(), JaxVjp(), Hips(), ChainerBackward()], ids=lambda rule: rule.name
    )
    def test_one_tolerance_for_all_tensors_drowns_a_small_one(self, rule):
        assert verdicts(rule, BY_NAME["faint bias dropped"]) == {True}

    def test_an_absolute_tolerance_ignores_small_gradients_altogether(self):
        for rule in (TorchSlow(), PyTensorVerify()):
            assert verdicts(rule, BY_NAME["faint bias dropped"]) == {True}

    def test_nan_is_fine_by_the_norm_ratio(self):
        assert verdicts(DeepLearningAi(), BY_NAME["sigmoid NaN"]) == {True}

    def test_loose_relative_tolerance_misses_a_batchnorm_backward_without_epsilon(self):
        def forward(x):
            scale = 1 / np.sqrt(x.var(axis=0) + 1e-5)
            return (x - x.mean(axis=0)) * scale, x

        def backward(dout, x):
            n, scale = len(x), 1 / np.sqrt(x.var(axis=0))
            hat = (x - x.mean(axis=0)) * scale
            return scale / n * (n * dout - dout.sum(axis=0) - hat * (dout * hat).sum(axis=0))

        sample = Sample("batchnorm without epsilon", forward, backward, lambda rng: (decimals(rng, 7, 3),))
        assert verdicts(TorchSlow(), sample) == {True}
        assert verdicts(PyTensorVerify(), sample) == {True}
        assert verdicts(Cs231n(), sample) == {False}

    def test_loose_tolerance_misses_a_weak_penalty(self):
        """loss = sum(x @ w) + 0.5e-5 |w|², and the gradient of the penalty is forgotten."""
        x = decimals(np.random.default_rng(5), 4, 3)

        def forward(w):
            return (x @ w).sum() + 0.5e-5 * (w * w).sum(), None

        def backward(dout, _):
            return dout * x.sum(axis=0)[:, None]

        sample = Sample("penalty forgotten", forward, backward, lambda rng: (decimals(rng, 3, 1),))
        assert verdicts(TorchSlow(), sample) == {True}
        assert verdicts(Cs231n(), sample) == {False}

    def test_tight_relative_error_rejects_right_saturated_and_faint_gradients(self):
        """tanh'(9) is 6e-8 and the difference quotient's noise 1e-11: relatively 1e-4."""
        tanh = BY_NAME["tanh"]
        saturated = Sample(
            "saturated", tanh.forward, tanh.backward, lambda rng: (np.array([9.0, -9.1, 8.7]),), True
        )
        assert verdicts(Cs231n(), saturated) == {False}
        assert verdicts(Cs231n(), BY_NAME["faint bias"]) == {False}

    def test_a_loss_checked_with_upstream_one_may_ignore_dout(self):
        for rule in (Cs231n(), DeepLearningAi(), ChainerBackward()):
            assert verdicts(rule, BY_NAME["cross-entropy ignores dout"]) == {True}

    def test_fixed_constants_reject_right_float32_layers(self):
        for rule in (Cs231n(), DeepLearningAi(), TorchSlow(), Hips()):
            assert verdicts(rule, BY_NAME["affine float32"]) == {False}

    def test_torch_sums_a_gradient_that_the_student_forgot_to_sum(self):
        assert verdicts(TorchSlow(), BY_NAME["affine db not summed"]) == {True}

    def test_jax_always_takes_the_same_direction(self):
        """Two students who differ from the truth across that direction only: both pass, whatever the seed."""
        inputs = (np.array([0.5, 0.25]),)
        across = np.random.RandomState(0).randn(2)[::-1] * [1, -1]
        answer = JaxVjp()(lambda x: (x, None), lambda d, _: d + across, inputs, np.random.default_rng(9))
        assert answer.passed

    def test_a_wide_step_rejects_a_right_but_curved_layer(self):
        """Chainer's e = 1e-3 leaves e² f''' / 6: here 2e-4 of the slope."""
        sample = Sample(
            "cos 30x",
            lambda x: (np.cos(30 * x), x),
            lambda d, x: -30 * d * np.sin(30 * x),
            lambda r: (decimals(r, 1),),
            True,
        )
        assert verdicts(ChainerBackward(), sample) == {False}
        assert verdicts(Hips(), sample) == {True}


def test_chainer_direction_has_norm_one_and_no_small_entries():
    shapes = [(3, 2), (), (4,)]
    found = unit_directions(shapes, np.random.default_rng(0))
    flat = np.concatenate([direction.ravel() for direction in found])
    assert [direction.shape for direction in found] == shapes
    assert np.linalg.norm(flat) == pytest.approx(1, abs=1e-12)
    assert np.abs(flat).min() >= 0.1 / np.sqrt(flat.size)


def parts(sample: Sample, inputs: tuple):
    """(places, forward of the differentiable inputs alone -> (out, cache), backward -> list)"""
    places = differentiable(inputs)

    def forward(*arrays):
        values = list(inputs)
        for place, array in zip(places, arrays, strict=True):
            values[place] = array if isinstance(inputs[place], np.ndarray) else float(array)
        result = sample.forward(*values)
        out, cache = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
        return np.asarray(out), cache

    def backward(dout, cache):
        found = sample.backward(dout, cache)
        return list(found) if isinstance(found, (tuple, list)) else [found]

    return places, forward, backward


def real_torch(torch, sample: Sample, inputs: tuple) -> bool:
    """torch.autograd.gradcheck on a Function that calls the sample's NumPy code."""
    places, forward, backward = parts(sample, inputs)

    class Layer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *tensors):
            out, ctx.kept = forward(*(tensor.detach().numpy() for tensor in tensors))
            return torch.as_tensor(out)

        @staticmethod
        def backward(ctx, dout):
            found = backward(dout.numpy(), ctx.kept)
            return tuple(None if g is None else torch.as_tensor(np.asarray(g)) for g in found)

    tensors = tuple(torch.from_numpy(np.array(inputs[place])).requires_grad_() for place in places)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of float32 inputs
        try:
            return torch.autograd.gradcheck(Layer.apply, tensors)
        except Exception:
            return False


@each_sample
def test_our_torch_rule_and_torch_itself_agree(sample):
    torch = pytest.importorskip("torch")
    for seed in SEEDS:
        inputs = [sample.draw(np.random.default_rng(seed)) for _ in range(2)]
        ours = TorchSlow()(sample.forward, sample.backward, inputs[0], np.random.default_rng(0)).passed
        assert ours == real_torch(torch, sample, inputs[1])


def real_hips(sample: Sample, inputs: tuple) -> bool:
    """autograd.test_util.check_grads on a primitive that calls the sample's NumPy code."""
    extend = pytest.importorskip("autograd.extend")
    test_util = pytest.importorskip("autograd.test_util")
    places, forward, backward = parts(sample, inputs)
    kept = []

    @extend.primitive
    def layer(*arrays):
        out, cache = forward(*arrays)
        kept.append(cache)
        return out

    def vjp_maker(argnums, ans, args, kwargs):
        cache = kept[-1]

        def vjp(dout):
            found = backward(dout, cache)
            if len(found) != len(places):
                raise ValueError("wrong number of gradients")
            return tuple(found[argnum] for argnum in argnums)

        return vjp

    extend.defvjp_argnums(layer, vjp_maker)
    arrays = tuple(np.array(inputs[place]) for place in places)
    argnum = tuple(range(len(places))) if len(places) > 1 else 0
    try:
        test_util.check_grads(layer, argnum, modes=["rev"], order=1)(*arrays)
    except Exception:
        return False
    return True


@each_sample
def test_our_hips_rule_and_autograd_itself_agree(sample, monkeypatch):
    """The same generator feeds both, so they look along the same direction."""
    for seed in SEEDS:
        inputs = [sample.draw(np.random.default_rng(seed)) for _ in range(2)]
        ours = Hips()(sample.forward, sample.backward, inputs[0], np.random.default_rng(seed)).passed
        theirs = np.random.default_rng(seed)
        monkeypatch.setattr(np.random, "randn", lambda *shape, draw=theirs: draw.standard_normal(shape))
        assert ours == real_hips(sample, inputs[1])


def test_the_real_programs_are_asked_questions_of_both_kinds():
    """Agreement on a bank of all-pass or all-fail would show nothing."""
    right = sum(sample.right for sample in SAMPLES)
    assert right >= 8
    assert len(SAMPLES) - right >= 12


RIGHT = [BY_NAME["affine"], BY_NAME["softmax"]]
WRONG = [BY_NAME["affine -dw"], BY_NAME["sigmoid masks dout > 0"]]


def test_the_table_counts_misses_and_false_alarms():
    cs231n, pytensor = compare([Cs231n(), PyTensorVerify()], WRONG, RIGHT, SEEDS)
    assert (cs231n.missed, cs231n.wrong, cs231n.false_alarms, cs231n.right) == (0, 6, 0, 6)
    assert (pytensor.missed, pytensor.false_alarms) == (3, 0)
    assert misses(PyTensorVerify(), WRONG, RIGHT, SEEDS) == ["missed 3/3: sigmoid masks dout > 0"]
    text = markdown([cs231n, pytensor]).splitlines()
    assert len(text) == 4
    assert {line.count("|") for line in text} == {6}


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [("pass", (6, 0, 0, 0)), ("fail", (0, 6, 0, 0)), ("kink", (6, 0, 6, 6)), ("inconclusive", (6, 0, 6, 6))],
)
def test_an_undecided_verdict_is_a_miss_on_wrong_and_no_alarm_on_right(verdict, expected):
    def gradcheck(forward, backward, *inputs, seed):
        return SimpleNamespace(verdict=verdict, evaluations=seed % 7)

    (row,) = compare([Chainmark(gradcheck)], WRONG, RIGHT, SEEDS)
    assert (row.missed, row.false_alarms, row.undecided_wrong, row.undecided_right) == expected


def test_a_case_that_overwrites_its_inputs_harms_no_later_rule():
    shared = np.array([[0.5, -0.25]])

    def vandal(x):
        x *= 0
        return x, None

    case = Sample("vandal", vandal, lambda d, _: d, lambda rng: (shared,))
    compare(RULES, [case], [], SEEDS)
    assert shared.tolist() == [[0.5, -0.25]]
