"""CS231n's network classes: a slip is located and named, and a wrong layer is not punished twice."""

from __future__ import annotations

import pytest

from grader.report.report import Standing
from tests.exercises.cs231n_networks import (
    A2_LAYERS,
    CONV,
    FULLY,
    UTILS,
    changed,
    earned,
    found,
    judged,
    named,
    standings,
    with_change,
)
from tests.exercises.shared import BY_ID
from tests.grading.shared import failing

SLIPS = [
    (
        "two_layer_class",
        "grads[name] += self.reg * self.params[name]",
        "pass",
        {"dW1", "dW2"},
        "penalty-missing",
    ),
    ("two_layer_class", "grads[name] += self.reg", "grads[name] -= self.reg", {"dW1", "dW2"}, "penalty-sign"),
    (
        "two_layer_class",
        '_, grads["W1"], grads["b1"] = affine_relu_backward(dhidden, cache1)',
        '_, grads["W1"], grads["b1"] = affine_backward(dhidden, cache1[0])',
        {"dW1", "db1"},
        "relu-forgotten-in-backward",
    ),
    (
        "fully_connected_net",
        '"W%d" % i] += self.reg * self.params["W%d" % i]',
        '"b%d" % i] += self.reg * self.params["b%d" % i]',
        {"dW1", "dW2", "dW3", "db1", "db2", "db3"},
        "penalty-missing",
    ),
    (
        "fully_connected_net",
        '            h, caches["relu", i] = relu_forward(h)\n',
        '            caches["relu", i] = h + 1e9\n',
        {"loss", "dW1", "db1", "dW2", "db2", "dW3", "db3"},
        None,
    ),
    (
        "fully_connected_net",
        "for i in range(1, L + 1):\n            loss +=",
        "for i in range(1, L):\n            loss +=",
        {"loss"},
        None,
    ),
    ("three_layer_conv_net", "for W in (W1, W2, W3):", "for W in (W1,):", {"loss"}, "one-layer-penalised"),
    ("three_layer_conv_net", "dW + self.reg * W1, db", "dW + 2 * self.reg * W1, db", {"dW1"}, "factor-two"),
    (
        "captioning_rnn",
        "mask = captions_out != self._null",
        "mask = np.ones(captions_out.shape)",
        {"loss", "dW_proj", "db_proj", "dW_embed", "dWx", "dWh", "db", "dW_vocab", "db_vocab"},
        "mask-missing",
    ),
    (
        "captioning_lstm",
        "affine_backward(dh0, proj_cache)",
        "affine_backward(dh[:, 0], proj_cache)",
        {"dW_proj", "db_proj"},
        "first-step-for-h0",
    ),
]


@pytest.mark.parametrize(("id", "right", "wrong", "nodes", "mistake"), SLIPS)
def test_a_slip_in_the_class_is_located_and_named(id, right, wrong, nodes, mistake):
    checked = found(id, with_change(id, (right, wrong)))
    assert failing(checked) == nodes
    assert standings(checked, Standing.ORIGIN) == nodes
    if mistake:
        first = next(node for node in BY_ID[id].nodes if node in nodes)
        assert mistake in named(checked, first)


def test_statistics_taken_for_constants_are_named_where_the_class_has_its_own_normalisation():
    own = FULLY.replace("batchnorm_backward if self", "own_backward if self")
    own += (
        "\n\ndef own_backward(dout, cache):\n"
        "    mode, x, mean, std, x_hat, gamma = cache\n"
        "    return dout * gamma / std, (dout * x_hat).sum(axis=0), dout.sum(axis=0)\n"
    )
    checked = found("fully_connected_batchnorm", A2_LAYERS, UTILS, own)
    assert failing(checked) == {"dW1", "dgamma1", "dbeta1", "dW2"}
    assert all("statistics-constant" in named(checked, node) for node in failing(checked))


# One slip is not punished twice


WRONG_LAYERS = [
    ("two_layer_class", "-1).T.dot(dout)", "-1).T.dot(dout) / 2"),
    ("fully_connected_net", "dx = dout * (x > 0)", "dx = dout * (x > 0) * 1.5"),
    (
        "fully_connected_batchnorm",
        "x_hat = (x - sample_mean) / std\n        out = gamma * x_hat + beta\n        running",
        "x_hat = (x - sample_mean) / std\n        out = gamma * x_hat + 1.5 * beta\n        running",
    ),
    ("three_layer_conv_net", "    dx = dout * (x > 0)", "    dx = dout * (x > 0) * 1.5"),
    ("captioning_rnn", "dnext_h * (1 - next_h", "1.1 * dnext_h * (1 - next_h"),
]


@pytest.mark.parametrize(("id", "right", "wrong"), WRONG_LAYERS)
def test_a_wrong_layer_costs_its_own_marks_and_not_the_networks(id, right, wrong):
    source = with_change(id, (right, wrong))
    checked = found(id, source)
    assert failing(checked)
    assert standings(checked, Standing.ORIGIN) == set()
    assert earned(id, checked) == dict(BY_ID[id].points)


def test_the_other_backward_of_batch_normalisation_may_be_the_wrong_layer():
    """batchnorm_backward_alt is an exercise of its own, and a class may call it."""
    start = A2_LAYERS.index("def batchnorm_backward_alt")
    layers = A2_LAYERS[:start] + changed(A2_LAYERS[start:], ("dbeta = ", "dbeta = 2 * "))
    net = changed(FULLY, ("norm = batchnorm_backward if", "norm = batchnorm_backward_alt if"))
    checked = found("fully_connected_batchnorm", layers, UTILS, net)
    assert standings(checked, Standing.INHERITED) >= {"dbeta1", "dbeta2", "dW1"}
    assert standings(checked, Standing.ORIGIN) == set()
    assert earned("fully_connected_batchnorm", checked) == dict(BY_ID["fully_connected_batchnorm"].points)


def test_a_wrong_forward_layer_does_not_hide_which_penalty_was_meant():
    """The loss is wrong by both conventions; what the student's own layers give tells the one that it has."""
    wrong = ("out = x.reshape(num_train, -1).dot(w) + b", "out = x.reshape(num_train, -1).dot(w) + 2 * b")
    by, checked = judged("two_layer_class", with_change("two_layer_class", wrong))
    assert standings(checked, Standing.INHERITED) == set(BY_ID["two_layer_class"].nodes)
    assert by.conventions[-1].startswith("the penalty is ½ reg")
    assert earned("two_layer_class", checked) == dict(BY_ID["two_layer_class"].points)


def test_a_forgotten_penalty_stays_the_networks_own_where_a_layer_is_wrong_too():
    wrong = [
        ("db = dout.sum(axis=0)", "db = 2 * dout.sum(axis=0)"),
        ("grads[name] += self.reg * self.params[name]", "pass"),
    ]
    checked = found("two_layer_class", with_change("two_layer_class", *wrong))
    assert standings(checked, Standing.ORIGIN) == {"dW1", "dW2"}
    assert standings(checked, Standing.INHERITED) == {"db1", "db2"}


def test_a_layer_that_raises_leaves_the_network_its_marks():
    wrong = ("    dx = dout * (x > 0)\n", "    raise NotImplementedError\n")
    checked = found("fully_connected_net", with_change("fully_connected_net", wrong))
    assert standings(checked, Standing.ORIGIN) == set()
    assert earned("fully_connected_net", checked) == dict(BY_ID["fully_connected_net"].points)


def test_a_convolution_that_is_not_written_leaves_the_network_its_marks():
    start = A2_LAYERS.index("def conv_backward_naive")
    head = A2_LAYERS.index("\n", start) + 1
    layers = A2_LAYERS[:head] + "    raise NotImplementedError\n" + A2_LAYERS[head:]
    checked = found("three_layer_conv_net", layers, CONV)
    assert standings(checked, Standing.ORIGIN) == set()
    assert earned("three_layer_conv_net", checked) == dict(BY_ID["three_layer_conv_net"].points)


def test_the_sum_of_all_weights_for_the_penaltys_gradient_is_named():
    summed = ("dW + self.reg * W3, db", "dW + self.reg * np.sum(W3), db")
    checked = found("three_layer_conv_net", with_change("three_layer_conv_net", summed))
    assert failing(checked) == {"dW3"}
    assert named(checked, "dW3") == {"weights-summed"}
