"""Normalisation: the three paths, the forgotten eps, the shapes of dgamma, and what is remembered for testing."""

from __future__ import annotations

import numpy as np
import pytest

from exercises.normalisation.batchnorm_modes import BATCHNORM_RUNNING, BATCHNORM_TEST_MODE
from grader.exercise.solution import Solutions
from grader.findings import Verdict
from grader.report.report import Standing
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_algorithms import problems
from tests.exercises.test_graded import graded

TEXT = TEXTS["normalisation"]
IDS = (
    "batchnorm", "batchnorm_alt", "batchnorm_test_mode", "batchnorm_running", "layernorm", "spatial_batchnorm",
    "spatial_groupnorm",
)  # fmt: skip


def changed(id, right, wrong, *, seed=b"a seed"):
    assert right in TEXT
    return graded(BY_ID[id], TEXT.replace(right, wrong), seed=seed)


def named(checked):
    return [(diagnosis.node, diagnosis.id) for diagnosis in checked.diagnoses]


def all_pass(checked):
    return all(node.verdict is Verdict.PASS for node in checked.nodes.values())


DX = "return dx1 + dx2, dgamma, dbeta"
DVAR = "dvar = 0.5 / np.sqrt(var + eps) * dsqrtvar"
VAR = "var = 1.0 / N * np.sum(sq, axis=0)"
ROOT = "sqrtvar = np.sqrt(var + eps)"
ALT = "dx = gamma * ivar / N * (N * dout - dbeta - xhat * dgamma)"
DGAMMA = "dgamma = np.sum(dout * xhat, axis=0)"
DBETA = "dbeta = np.sum(dout, axis=0)"
LAYER_DGAMMA = "dgamma = (dout * xhat).sum(axis=0)"
GROUP_DX = "(m * dnorm - total - norm * along)"
SPATIAL = """x_flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out_flat, cache = batchnorm_forward(x_flat, gamma, beta, bn_param)
    out = out_flat.reshape(N, H, W, C).transpose(0, 3, 1, 2)"""
SCRAMBLED = """out, cache = batchnorm_forward(x.reshape(-1, C), gamma, beta, bn_param)
    out = out.reshape(x.shape)"""
LAYER_DX = (
    "dx = dxhat - dxhat.sum(axis=1, keepdims=True) / D - xhat * (dxhat * xhat).sum(axis=1, keepdims=True) / D"
)

SLIPS = [
    ("batchnorm", DX, "return dx1, dgamma, dbeta", "dx", "mean-path-ignored"),
    ("batchnorm", "dx1 = dxmu1 + dxmu2", "dx1 = dxmu1", "dx", "variance-path-ignored"),
    ("batchnorm", DX, "return dxmu1, dgamma, dbeta", "dx", "both-paths-ignored"),
    ("batchnorm", "dxmu2 = 2 * xmu * dsq", "dxmu2 = xmu * dsq", "dx", "variance-path-halved"),
    ("batchnorm", "dsqrtvar = -1.0 /", "dsqrtvar = 1.0 /", "dx", "variance-path-sign"),
    ("batchnorm", "dmu = -1 *", "dmu =", "dx", "mean-path-sign"),
    ("batchnorm", "dxhat = dout * gamma\n    divar", "dxhat = dout\n    divar", "dx", "gamma-ignored"),
    ("batchnorm", DVAR, "dvar = np.sum(dxhat * xmu, axis=0) * -0.5 * (var + eps) ** -3 / 2", "dx", "precedence"),
    ("batchnorm", DGAMMA, "dgamma = np.sum(dout * xhat, axis=0, keepdims=True)", "dgamma", "kept-axis"),
    ("batchnorm", DGAMMA, "dgamma = np.sum(dout * xhat, axis=1)", "dgamma", "wrong-axis"),
    ("batchnorm", DGAMMA, "dgamma = np.mean(dout * xhat, axis=0)", "dgamma", "averaged"),
    ("batchnorm", DBETA, "dbeta = np.mean(dout, axis=0)", "dbeta", "averaged"),
    ("batchnorm", DBETA, "dbeta = np.sum(dout, axis=0, keepdims=True)", "dbeta", "kept-axis"),
    ("batchnorm", VAR, "var = 1.0 / (N - 1) * np.sum(sq, axis=0)", "out", "one-fewer"),
    ("batchnorm", ROOT, "sqrtvar = np.sqrt(var)", "out", "eps-omitted"),
    ("batchnorm", ROOT, "sqrtvar = np.sqrt(var) + eps", "out", "eps-outside"),
    ("batchnorm", ROOT, "sqrtvar = var + eps", "out", "root-forgotten"),
    ("batchnorm", "out = gamma * xhat + beta\n        running", "out = xhat\n        running", "out",
     "scale-and-shift-ignored"),
    ("batchnorm_alt", ALT, "dx = gamma * ivar / N * (N * dout - dbeta)", "dx", "variance-path-ignored"),
    ("batchnorm_alt", ALT, "dx = gamma * ivar / N * (N * dout - xhat * dgamma)", "dx", "mean-path-ignored"),
    ("batchnorm_alt", ALT, "dx = gamma * ivar * dout", "dx", "both-paths-ignored"),
    ("batchnorm_alt", ALT, ALT.replace("gamma * ivar", "ivar"), "dx", "gamma-ignored"),
    ("batchnorm_alt", ALT, "dx = gamma * ivar * (dout - dbeta - xhat * dgamma)", "dx", "not-divided"),
    ("layernorm", "mu = np.mean(x, axis=1, keepdims=True)\n    var = np.var(x, axis=1, keepdims=True)",
     "mu = np.mean(x, axis=0, keepdims=True)\n    var = np.var(x, axis=0, keepdims=True)", "out", "wrong-axis"),
    ("layernorm", "var = np.var(x, axis=1, keepdims=True)", "var = np.var(x, axis=1, keepdims=True, ddof=1)",
     "out", "one-fewer"),
    ("layernorm", LAYER_DX, LAYER_DX.replace("dxhat.sum(axis=1, keepdims=True) / D - ", ""),
     "dx", "mean-path-ignored"),
    ("layernorm", "dxhat = dout * gamma\n    dx =", "dxhat = dout\n    dx =", "dx", "gamma-ignored"),
    ("layernorm", "dbeta = dout.sum(axis=0)", "dbeta = dout.sum(axis=1)", "dbeta", "wrong-axis"),
    ("layernorm", LAYER_DGAMMA, "dgamma = (dout * xhat).sum(axis=1)", "dgamma", "wrong-axis"),
    ("spatial_batchnorm", SPATIAL, SCRAMBLED, "out", "reshaped-without-moving"),
    ("spatial_groupnorm", "x_group = x.reshape(N, G, C // G, H, W)", "x_group = x.reshape(N, C // G, G, H, W)",
     "out", None),
    ("spatial_groupnorm", "dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)",
     "dbeta = np.sum(dout, axis=(0, 2, 3))", "dbeta", "kept-axis"),
    ("spatial_groupnorm", "dnorm = (dout * gamma)", "dnorm = dout", "dx", "gamma-ignored"),
    ("spatial_groupnorm", GROUP_DX, "(m * dnorm - norm * along)", "dx", "mean-path-ignored"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong", "node", "mistake"), SLIPS)
def test_a_slip_is_named_at_its_node(id, right, wrong, node, mistake):
    """Where nothing predicts what was made of it, it is seen and no name is made up."""
    checked = changed(id, right, wrong)
    assert checked.nodes[node].verdict is Verdict.FAIL
    if mistake is None:
        assert not any(
            n == node and name in {m.id for m in BY_ID[id].misconceptions} for n, name in named(checked)
        )
    else:
        assert (node, mistake) in named(checked)


def test_without_the_path_from_the_variance_to_the_mean_it_is_right_all_the_same():
    """Σ(x - μ) is 0, so that ∂v/∂μ is: who drops it has done right, in every way of writing it."""
    kept = "dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)"
    for seed in (b"one", b"two", b"three"):
        assert all_pass(changed("batchnorm", kept, "dmu = -1 * np.sum(dxmu1, axis=0)", seed=seed))
        longer = "dmu = -np.sum(dxmu1, axis=0) + dvar * np.mean(-2.0 * xmu, axis=0)"
        assert all_pass(changed("batchnorm", kept, longer, seed=seed))


def test_a_forgotten_eps_shows_where_the_variance_is_tiny():
    checked = changed("batchnorm", ROOT, "sqrtvar = np.sqrt(np.maximum(var, 1e-300))")
    found = checked.nodes["out"]
    assert found.verdict is Verdict.FAIL
    right = changed("batchnorm", "eps = bn_param.get(\"eps\", 1e-5)", "eps = 1e-5").nodes["out"]  # fmt: skip
    assert right.verdict is Verdict.FAIL, "an eps of one's own is noticed too"


def test_dgamma_of_shape_1_d_is_no_dgamma_though_it_would_broadcast():
    found = changed("batchnorm", DGAMMA, "dgamma = np.sum(dout * xhat, axis=0, keepdims=True)").nodes[
        "dgamma"
    ]
    assert found.verdict is Verdict.FAIL
    assert "(1, 3)" in found.message
    assert "(D,) = (3,)" in found.message


def test_with_its_own_wrong_axis_the_backward_of_a_layer_norm_is_marked_as_following():
    checked = changed(
        "layernorm",
        "mu = np.mean(x, axis=1, keepdims=True)\n    var = np.var(x, axis=1, keepdims=True)",
        "mu = np.mean(x, axis=0, keepdims=True)\n    var = np.var(x, axis=0, keepdims=True)",
    )
    assert checked.nodes["dgamma"].standing is Standing.INHERITED
    assert checked.nodes["dbeta"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("right", "other"),
    [
        ("x_group = x.reshape(N, G, C // G, H, W)", "x_group = np.reshape(x, (N, G, C // G, H, W))"),
        ("m = C // G * H * W", "m = C * H * W / G"),
        ("m = C // G * H * W", "m = np.prod(norm.shape[2:])"),
        ("x_group = x.reshape(N, G, C // G, H, W)", "x_group = np.stack(np.split(x, G, axis=1), axis=1)"),
        ("x_group = x.reshape(N, G, C // G, H, W)",
         "x_group = np.stack([x[:, g * (C // G) : (g + 1) * (C // G)] for g in range(G)], axis=1)"),
    ],
)  # fmt: skip
def test_the_number_of_groups_can_be_used_as_a_number(right, other):
    assert all_pass(changed("spatial_groupnorm", right, other))


def test_running_averages_may_be_written_or_not_where_only_the_backward_is_asked_for():
    text = 'bn_param["running_mean"] = running_mean\n    bn_param["running_var"] = running_var\n'
    assert all_pass(changed("batchnorm", text, ""))


def in_test(x, gamma, beta, bn_param, *, own=False, eps=True, scale=True):
    mean, variance = (x.mean(0), x.var(0)) if own else (bn_param["running_mean"], bn_param["running_var"])
    out = (x - mean) / np.sqrt(variance + bn_param["eps"] * eps)
    return (gamma * out + beta if scale else out), None


WRONG_TESTS = {
    "own statistics": (lambda *a: in_test(*a, own=True), "the batch's own mean and variance"),
    "no eps": (lambda *a: in_test(*a, eps=False), "eps is missing"),
    "no gamma and beta": (lambda *a: in_test(*a, scale=False), "gamma and beta are missing"),
    "no cache": (lambda *a: in_test(*a)[0], "two things"),
    "nothing": (lambda *a: (None, None), "out is None"),
}


@pytest.mark.parametrize("name", WRONG_TESTS)
def test_a_wrong_test_mode_is_found_and_told(name):
    function, words = WRONG_TESTS[name]
    for seed in range(5):
        rng = np.random.default_rng(seed)
        drawn = [BATCHNORM_TEST_MODE.draw(rng, size) for size in BATCHNORM_TEST_MODE.sizes]
        said = [BATCHNORM_TEST_MODE.judge(arguments, function(*arguments)) for arguments in drawn]
        assert all(found and found[0][0] == "out" for found in said[1:])
        assert any(words in found[0][1] for found in said if found)


def test_averages_that_change_in_testing_are_noticed():
    right = "out = gamma * xhat + beta\n        cache = None"
    wrong = right + "\n        running_mean = 0.9 * running_mean + 0.1 * x.mean(axis=0)"
    checked = changed("batchnorm_test_mode", right, wrong)
    assert any(f.check == "unchanged" and f.verdict is Verdict.FAIL for f in checked.findings)


def averages(update, *, anew=False, fewer=0):
    def run(batches, x, gamma, beta, momentum):
        mean = variance = 0.0
        for batch in batches:
            if anew:
                mean = variance = 0.0
            mean = update(mean, batch.mean(0), momentum)
            variance = update(variance, batch.var(0, ddof=fewer), momentum)
        return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta

    return run


def kept(old, new, momentum):
    return momentum * old + (1 - momentum) * new


BOTH = {"one batch", "several batches"}
WRONG_RUNS = {
    "swapped": (averages(lambda old, new, m: m * new + (1 - m) * old), BOTH),
    "N - 1": (averages(kept, fewer=1), BOTH),
    "each batch anew": (averages(kept, anew=True), {"several batches"}),
    "the last one as it is": (averages(lambda old, new, m: new), BOTH),
    "nothing": (lambda *a: None, BOTH),
}


@pytest.mark.parametrize("name", WRONG_RUNS)
def test_wrong_running_averages_are_found_at_their_node(name):
    function, nodes = WRONG_RUNS[name]
    for seed in range(5):
        assert problems(BATCHNORM_RUNNING, function, seed) == nodes


def test_averages_that_are_kept_elsewhere_than_in_bn_param_are_right_if_the_numbers_are():
    assert problems(BATCHNORM_RUNNING, averages(kept)) == set()
    assert problems(BATCHNORM_RUNNING, solutions.batchnorm_run) == set()


def test_one_forward_serves_all_exercises_that_ask_for_it():
    exercises = [BY_ID[id] for id in IDS]
    written = Solutions(exercises)
    code = "\n\n".join(written.source(exercise) for exercise in exercises)
    assert code.count("def batchnorm_forward(") == 1
    assert all(all_pass(graded(exercise, code)) for exercise in exercises)
