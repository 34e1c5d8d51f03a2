"""CS231n's networks where a layer is not there, raises, or keeps its weights another way."""

from __future__ import annotations

import pytest

from grader.checks.seeds import SeedSource
from grader.runner import Program
from grader.runner.inprocess import InProcessRunner
from grader.worker.program import Source
from tests.exercises.cs231n_networks import (
    A1_LAYERS,
    A2_LAYERS,
    CONV,
    TWO_LAYER,
    UTILS,
    changed,
    judged,
)
from tests.exercises.shared import BY_ID
from tests.grading.shared import PAPER


def failing(checked):
    return {name for name, node in checked.nodes.items() if node.verdict == "fail"}


@pytest.mark.parametrize("files", [(TWO_LAYER,), (UTILS, TWO_LAYER)], ids=["without utils", "with utils"])
@pytest.mark.parametrize("layer", ["relu_backward", "affine_forward", "softmax_loss"])
def test_a_layer_that_is_not_there_hides_nothing_of_the_network(layer, files):
    _, checked = judged("two_layer_class", A1_LAYERS.replace(f"def {layer}(", f"def {layer}_mine("), *files)
    assert failing(checked)
    assert all(checked.nodes[name].earns for name in failing(checked))
    assert all(node.message.count(layer) <= 1 for node in checked.nodes.values())


@pytest.mark.parametrize("layer", ["conv_forward_naive", "max_pool_backward_naive", "affine_backward"])
def test_so_it_is_behind_fast_layers_that_the_naive_ones_stand_in_for(layer):
    _, checked = judged(
        "three_layer_conv_net", A2_LAYERS.replace(f"def {layer}(", f"def {layer}_mine("), CONV
    )
    assert failing(checked)
    assert all(checked.nodes[name].earns for name in failing(checked))


@pytest.mark.parametrize("layer", ["relu_backward", "affine_backward", "softmax_loss", "affine_forward"])
def test_the_accepted_penalty_is_found_behind_a_layer_that_raises(layer):
    broken = A1_LAYERS.replace(
        f"def {layer}(", f"def {layer}(*a):\n    raise ValueError('no')\n\n\ndef _{layer}("
    )
    by, checked = judged("two_layer_class", broken, UTILS, TWO_LAYER)
    assert "½" in by.conventions[-1]
    assert all(node.earns or node.verdict == "pass" for node in checked.nodes.values())


@pytest.mark.parametrize("layer", ["affine_forward", "affine_backward"])
def test_a_net_that_flattens_by_itself_is_judged_behind_a_layer_that_raises(layer):
    own = changed(
        CONV,
        ("affine_relu_forward(out1, W2, b2)", "affine_relu_forward(out1.reshape(len(out1), -1), W2, b2)"),
        (
            "dx, dW, db = affine_relu_backward(dx, cache2)",
            "dx, dW, db = affine_relu_backward(dx, cache2)\n        dx = dx.reshape(out1.shape)",
        ),
    )
    assert not failing(judged("three_layer_conv_net", A2_LAYERS, own)[1])
    broken = A2_LAYERS.replace(
        f"def {layer}(", f"def {layer}(*a):\n    raise ValueError('no')\n\n\ndef _{layer}("
    )
    _, checked = judged("three_layer_conv_net", broken, own)
    assert failing(checked)
    assert all(checked.nodes[name].earns for name in failing(checked))


def test_weights_kept_the_other_way_round_are_told_and_judged_by_what_they_do():
    source = """
import numpy as np

class TwoLayerNet:
    def __init__(self, input_dim, hidden_dim, num_classes, reg=0.0):
        self.reg = reg
        self.params = {"W1": np.zeros((hidden_dim, input_dim)), "b1": np.zeros(hidden_dim),
                       "W2": np.zeros((hidden_dim, num_classes)), "b2": np.zeros(num_classes)}

    def loss(self, X, y):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        z = X @ W1.T + b1
        h = np.maximum(z, 0)
        s = h @ W2 + b2
        p = np.exp(s - s.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[range(len(y)), y]).mean() + self.reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
        p[range(len(y)), y] -= 1
        p /= len(y)
        dz = p @ W2.T * (z > 0)
        return loss, {"W1": dz.T @ X + 2 * self.reg * W1, "b1": dz.sum(0),
                      "W2": h.T @ p + 2 * self.reg * W2, "b2": p.sum(0)}
"""
    _, checked = judged("two_layer_class", source)
    assert not failing(checked)
    assert checked.deductions == 1
    (about,) = [f.message for f in checked.findings if f.check == "params"]
    assert "makes W1 of shape" in about


def test_a_number_that_nothing_computed_proves_no_formula():
    zero = changed(TWO_LAYER, ("return loss, grads", "return loss, {name: 0 for name in grads}"))
    _, checked = judged("two_layer_class", A1_LAYERS, UTILS, zero)
    assert failing(checked) >= {"dW1", "db1", "dW2", "db2"}
    assert checked.diagnoses == []


def test_what_stands_beside_the_course_is_gone_when_another_exercise_is_judged():
    from grader.checks.dispatch import check

    exercise = BY_ID["two_layer_class"]
    runner = InProcessRunner()
    runner.load(
        Program(
            tuple(Source(f"f{n}.py", t) for n, t in enumerate((A1_LAYERS, TWO_LAYER))), exercise.functions
        )
    )
    before = set(runner._session.namespace)
    check(exercise, runner, SeedSource(b"a seed"), PAPER)
    assert set(runner._session.namespace) == before
    runner.close()
