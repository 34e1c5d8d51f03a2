"""Networks and their training: the lectures' formulas hold, and the mistakes that matter are found and told."""

from __future__ import annotations

import numpy as np
import pytest

from exercises.graphs.reuse_counted import counts
from exercises.networks.delta_recursion import DELTA_RECURSION
from exercises.networks.forward_loop import FORWARD_LOOP
from exercises.training.sgd_step import SGD_STEP
from grader.findings import Verdict
from grader.report.report import Standing
from reference.mlp import mlp_backward, mlp_forward
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_algorithms import problems
from tests.exercises.test_graded import graded

SOLUTIONS = TEXTS["networks"]


def slipped(id, *changes):
    text = SOLUTIONS
    for right, wrong in changes:
        assert right in text, right
        text = text.replace(right, wrong)
    return graded(BY_ID[id], text)


def wrong_nodes(checked):
    return {name for name, node in checked.nodes.items() if node.verdict is not Verdict.PASS}


ALGORITHMS = [
    ("forward_loop", "z = W @ a + b", "z = W @ a", {"z"}, "without the bias"),
    ("forward_loop", "activations.append(a)", "activations.append(z)", {"a"}, "of z itself, without σ"),
    ("forward_loop", "zs, activations = [], [x]", "zs, activations = [], []", {"a"}, "x and one for each layer"),
    ("delta_recursion", "a - y if l == L - 1", "y - a if l == L - 1", {"delta"}, "y - a where a - y belongs"),
    ("delta_recursion", "deltas[l] = upstream * a * (1 - a)", "deltas[l] = upstream * a", {"delta"},
     "of σ(z) where its slope belongs"),
    ("delta_recursion", "deltas[l] = upstream * a * (1 - a)", "deltas[l] = upstream", {"delta"},
     "without the slope σ'(z)"),
    ("delta_recursion", "np.outer(deltas[l], activations[l])", "np.outer(deltas[l], activations[l + 1])", {"dW"},
     "with the activations after the layer"),
    ("delta_recursion", "np.outer(deltas[l], activations[l])", "np.outer(activations[l], deltas[l])", {"dW"},
     "the wrong way round"),
    ("delta_recursion", "dbs[l] = deltas[l]", "dbs[l] = np.sum(deltas[l])", {"db"}, "of a sum over δ"),
    ("sgd_step", "parameters[name] - learning_rate * gradients[name]",
     "parameters[name] + learning_rate * gradients[name]", {"step"}, "the sign is the wrong way round"),
    ("sgd_step", "parameters[name] - learning_rate * gradients[name]", "parameters[name] - gradients[name]",
     {"step"}, "without the learning rate"),
    ("sgd_momentum", 'config["velocity"] = v', 'config["velocity"] = 0 * v', {"velocity"}, ""),
    ("sgd_momentum", "next_w = w + v", "next_w = w - v", {"next_w"}, "which has its sign already"),
    ("rmsprop", '(np.sqrt(config["cache"]) + config["epsilon"])', 'np.sqrt(config["cache"] + config["epsilon"])',
     {"next_w"}, "of an epsilon under the root"),
    ("rmsprop", '(np.sqrt(config["cache"]) + config["epsilon"])', '(config["cache"] + config["epsilon"])',
     {"next_w"}, "without the root"),
    ("adam", '    config["t"] += 1\n    config["m"]', '    config["m"]', {"next_w", "t"}, ""),
    ("adam", 'mt = config["m"] / (1 - config["beta1"] ** config["t"])', 'mt = config["m"]', {"next_w"}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong", "nodes", "words"), ALGORITHMS)
def test_a_slip_is_found_at_its_node_and_told(id, right, wrong, nodes, words):
    checked = slipped(id, (right, wrong))
    assert wrong_nodes(checked) == nodes
    assert any(words in node.message for node in checked.nodes.values())


def test_what_follows_from_a_wrong_delta_is_not_punished_again():
    """All later δ, dW and db follow rightly from a δ^L without its slope."""
    checked = slipped("delta_recursion", ("deltas[l] = upstream * a * (1 - a)",
                      "deltas[l] = upstream * a * (1 - a) if l < L - 1 else upstream"))  # fmt: skip
    assert wrong_nodes(checked) == {"delta"}


@pytest.mark.parametrize("trivial", ["0 * upstream", "0 * upstream + 1", "np.full(len(upstream), np.nan)"])
def test_no_trivial_delta_buys_the_marks_of_what_follows_from_it(trivial):
    checked = slipped("delta_recursion", ("deltas[l] = upstream * a * (1 - a)", f"deltas[l] = {trivial}"))
    assert wrong_nodes(checked) == {"delta", "dW", "db"}


@pytest.mark.parametrize("exercise", [FORWARD_LOOP, DELTA_RECURSION], ids=lambda exercise: exercise.id)
@pytest.mark.parametrize(
    "returned", [None, 3.0, ([], []), ([], [], []), ([None] * 9, [None] * 9, [None] * 9)]
)
def test_what_is_no_list_of_arrays_is_found_without_an_error_of_ours(exercise, returned):
    def function(*arguments):
        return returned

    assert problems(exercise, function) == set(exercise.nodes)


def test_the_small_network_has_the_recursions_numbers():
    """The 18 gradients entry by entry are δ², its outer product with a¹, and (W²)ᵀδ² ⊙ σ'(z¹)."""
    exercise = BY_ID["network_3_2"]
    values = exercise.drawn(np.random.default_rng(2))
    got = exercise.graph.backward(values).gradients
    z1 = np.array([values[f"z1_{k}"] for k in (1, 2, 3)])
    W = np.array([[values[f"w{j}{k}"] for k in (1, 2, 3)] for j in (1, 2)])
    b = np.array([values["b1"], values["b2"]])
    # A first layer that hands z1 on: weights 1 and biases 0 would not do, its bias alone does.
    run = mlp_forward(np.zeros(1), [np.zeros((3, 1)), W], [z1, b])
    back = mlp_backward(run.a[-1] - np.array([1.0, 0.0]), [np.zeros((3, 1)), W], run)
    assert np.allclose([got[f"z2_{j}"] for j in (1, 2)], back.delta[1])
    assert np.allclose([[got[f"w{j}{k}"] for k in (1, 2, 3)] for j in (1, 2)], back.dW[1])
    assert np.allclose([got["b1"], got["b2"]], back.db[1])
    assert np.allclose([got[f"z1_{k}"] for k in (1, 2, 3)], back.delta[0])


def test_the_chain_has_the_lectures_four_gradients_factor_by_factor():
    exercise = BY_ID["mlp_chain"]
    values = exercise.drawn(np.random.default_rng(3))
    passed = exercise.graph.backward(values)
    v, g = passed.values, passed.gradients
    slope = {layer: v[f"f{layer}"] * (1 - v[f"f{layer}"]) for layer in (1, 2, 3)}
    start = (v["f3"] - v["y"]) * slope[3]
    assert np.isclose(g["w3"], start * v["f2"])
    assert np.isclose(g["w2"], start * v["w3"] * slope[2] * v["f1"])
    assert np.isclose(g["w1"], start * v["w3"] * slope[2] * v["w2"] * slope[1] * v["x"])
    assert np.isclose(g["b1"], start * v["w3"] * slope[2] * v["w2"] * slope[1])


def test_reuse_is_counted_as_in_the_text_and_as_a_program_would():
    assert counts(3)["products_in_full"] == 18
    assert counts(3)["products_with_reuse"] == 9
    for K in range(2, 15):
        factors = [3 + 2 * back for back in range(K)]  # w_K, w_(K-1), ..., w_1
        full = sum(n - 1 for n in factors) + factors[-1] - 1
        reuse = 0
        for layer in range(K, 0, -1):
            reuse += 1 if layer == K else 2  # on to this a
            reuse += 1  # to its weight
        assert counts(K)["products_in_full"] == full == K * K + 3 * K
        assert counts(K)["products_with_reuse"] == reuse + 1  # and to the bias


GRAPH_SLIPS = [
    ("mlp_chain", "da2 = df2 * f2 * (1 - f2)", "da2 = df2 * f2", "da2", {"dw2", "df1", "da1", "dw1", "db1"}),
    ("mlp_chain", "df3 = f3 - y\n    dy = -df3", "df3 = y - f3\n    dy = df3", "df3", {"da3", "dw3", "dw1"}),
    ("network_3_2", "da1_2 = dz2_1 * w12 + dz2_2 * w22", "da1_2 = dz2_2 * w22", "da1_2", {"dz1_2"}),
    ("network_3_2", "dz2_1 = da2_1 * a2_1 * (1 - a2_1)", "dz2_1 = da2_1 * a2_1", "dz2_1", {"dw11", "da1_1"}),
]


@pytest.mark.parametrize(("id", "right", "wrong", "origin", "inherited"), GRAPH_SLIPS)
def test_a_slip_in_a_graph_is_found_where_it_was_made(id, right, wrong, origin, inherited):
    standings = {name: node.standing for name, node in slipped(id, (right, wrong)).nodes.items()}
    assert [name for name, standing in standings.items() if standing is Standing.ORIGIN] == [origin]
    assert {standings[name] for name in inherited} == {Standing.INHERITED}


PENALTIES = [
    ("h1.T.dot(dscores) + 2 * reg * W2", "h1.T.dot(dscores) + reg * W2", "dW2", "factor-two-missing"),
    ("X.T.dot(dh1) + 2 * reg * W1", "X.T.dot(dh1)", "dW1", "penalty-missing"),
    ("X.T.dot(dh1) + 2 * reg * W1", "X.T.dot(dh1) + 2 * reg * W1 / N", "dW1", "penalty-averaged"),
    ("dh1[z1 <= 0] = 0", "pass", "dW1", "relu-forgotten-in-backward"),
    ("+ reg * (np.sum(W1 * W1)", "+ 0.5 * reg * (np.sum(W1 * W1)", "loss", "penalty-halved"),
    ('grads["b2"] = dscores.sum(axis=0)', 'grads["b2"] = dscores.sum(axis=0) + 2 * reg * b2', "db2",
     "bias-regularised"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "node", "mistake"), PENALTIES)
def test_a_slip_in_the_penalised_network_is_named(right, wrong, node, mistake):
    checked = slipped("two_layer_net", (right, wrong))
    assert checked.nodes[node].verdict is Verdict.FAIL
    assert (node, mistake) in [(diagnosis.node, diagnosis.id) for diagnosis in checked.diagnoses]


def test_the_penalty_is_always_strong_enough_to_show():
    for seed in range(30):
        values = BY_ID["two_layer_net"].draw(np.random.default_rng(seed))
        assert 0.05 <= values["reg"] <= 0.5
        assert np.abs(values["W2"]).max() > 0.1


def test_a_step_leaves_the_given_parameters_alone_or_loses_a_mark():
    wrong = "parameters[name] -= learning_rate * gradients[name]\n        stepped[name] = parameters[name]"
    checked = slipped(
        "sgd_step", ("stepped[name] = parameters[name] - learning_rate * gradients[name]", wrong)
    )
    assert checked.deductions == 1
    assert any(finding.check == "unchanged" for finding in checked.findings)
    assert problems(SGD_STEP, lambda parameters, gradients, rate: {}) == {"names", "step"}
    assert problems(SGD_STEP, lambda parameters, gradients, rate: list(parameters)) == {"names", "step"}


SLIDES = [
    ("slide_activation_for_slope", "slope", "return dL * (a - y) * a * (1 - a)", "return dL * (a - y) * a"),
    ("slide_delta_labels", "labels", "return delta[0], delta[1], delta[2]", "return delta[0], delta[1], delta[1]"),
    ("slide_delta_outer", "outer", "return np.outer(delta, a), W.T @ delta, delta",
     "return np.outer(delta, out), W.T @ delta, delta"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "prefix", "right", "wrong"), SLIDES)
def test_the_slides_own_rule_does_not_pass_as_mended(id, prefix, right, wrong):
    assert wrong_nodes(slipped(id, (right, wrong))) == {"mended"}


def test_a_counterexample_where_the_slide_is_right_shows_nothing():
    harmless = (
        "return 0.5, -0.5, 1.0, [[1, 2, 3], [4, 5, 6]]",
        "return 0.5, -0.5, 1.0, [[1, 2, 3], [4, 5, 0]]",
    )
    assert wrong_nodes(slipped("slide_delta_labels", harmless)) == {"counterexample"}
    wrong_name = ('labels_wrong_node = "dz3"', 'labels_wrong_node = "dz2"')
    assert wrong_nodes(slipped("slide_delta_labels", wrong_name)) == {"node"}
