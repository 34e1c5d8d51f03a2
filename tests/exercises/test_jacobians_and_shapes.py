"""Jacobians and shapes: the lectures' formulas hold, and the mistakes that matter are found at their node."""

from __future__ import annotations

import numpy as np
import pytest

from exercises.linear.jacobian_sizes import counts
from exercises.linear.jacobian_sizes import paper as sizes_paper
from exercises.linear.outer_gradient import OUTER_GRADIENT
from exercises.linear.unbroadcast import SHAPES, UNBROADCAST
from grader.findings import Verdict
from grader.report.report import Standing
from reference.linear_row import LINEAR_ROW
from reference.linear_rows import LINEAR
from tests.exercises import solutions
from tests.exercises.shared import BY_ID
from tests.exercises.solutions import TEXTS
from tests.exercises.test_algorithms import problems
from tests.exercises.test_graded import graded

SOLUTIONS = TEXTS["jacobians_and_shapes"]


def slipped(id, right, wrong, count=1):
    assert SOLUTIONS.count(right) >= 1, right
    return graded(BY_ID[id], SOLUTIONS.replace(right, wrong, count))


SLIPS = [
    ("linear_rows", "dx = dout.dot(w.T)", "dx = dout.dot(w)", "dx", "missing-transpose"),
    ("linear_rows", "dw = x.T.dot(dout)", "dw = dout.T.dot(x)", "dw", "transposed"),
    ("linear_rows", "dw = x.T.dot(dout)", "dw = x.T.dot(dout) / len(x)", "dw", "averaged"),
    ("linear_columns", "da = W.T @ dz", "da = W @ dz", "da", "missing-transpose"),
    ("linear_columns", "dW = dz[:, np.newaxis] * a[np.newaxis, :]", "dW = np.outer(a, dz)", "dW", "transposed"),
    ("linear_columns", "dW = dz[:, np.newaxis] * a[np.newaxis, :]", "dW = dz @ a if len(a) == len(dz) else dz",
     "dW", None),
    ("linear_columns", "db = dz.copy()", "db = np.ones(len(dz))", "db", "ignores-upstream"),
    ("sum_axes", "dx = np.reshape(dout, kept) * np.ones(shape)",
     "dx = np.reshape(dout, kept) * np.ones(shape) * np.size(dout) / np.prod(shape)", "dx", "averaged"),
    ("reshape", "return dout.reshape(cache)", "return dout.reshape(cache, order='F')", "dx", "columns-first"),
    ("transpose", "return np.transpose(dout, back)", "return np.transpose(dout, axes)", "dx", "same-axes-again"),
    ("transpose", "return np.transpose(dout, back)",
     "return dout.reshape([dout.shape[i] for i in back])", "dx", "reshaped"),
    ("matmul", 'da = np.einsum("...nm,...km->...nk", dout, b)', "da = dout @ b", "da", "missing-transpose"),
    ("matmul", 'da = np.einsum("...nm,...km->...nk", dout, b)', "da = dout @ b.T", "da", "all-axes-reversed"),
    ("prelu", "da = np.sum(dout * np.minimum(x, 0), axis=0)", "da = np.sum(dout * x, axis=0)",
     "da", "mask-missing"),
    ("prelu", "da = np.sum(dout * np.minimum(x, 0), axis=0)", "da = np.sum(dout * np.minimum(x, 0))",
     "da", "shared-slope"),
    ("prelu", "dx = dout * (x > 0) + dout * a * (x <= 0)", "dx = dout * (x > 0)", "dx", "relu"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong", "node", "mistake"), SLIPS)
def test_a_slip_is_found_at_its_node_alone_and_named(id, right, wrong, node, mistake):
    checked = slipped(id, right, wrong)
    assert [name for name, n in checked.nodes.items() if n.verdict is not Verdict.PASS] == [node]
    named = [(diagnosis.node, diagnosis.id) for diagnosis in checked.diagnoses]
    assert named == ([(node, mistake)] if mistake else [])


JACOBIANS = [
    ("dz_dx_rows", "return W.T", "return W"),
    ("dz_dx_columns", "J[i, j] = W[i, j]", "J[i, j] = W[i, j] * a[j]"),
    ("dz_db", "return np.eye(len(b))", "return np.ones(len(b))"),
    ("ds_du", "    return h\n", "    return u\n"),
    ("dz_dw", "J[k, i, k] = x[i]", "J[k, i, :] = x[i]"),
    ("sigmoid_jacobian", "J[i, i] = h[i] * (1 - h[i])", "J[i, i] = h[i]"),
    ("sigmoid_jacobian", "    return J\n", "    return np.diag(J)\n"),
]


@pytest.mark.parametrize(("id", "right", "wrong"), JACOBIANS)
def test_a_wrong_jacobian_is_found_and_no_error_of_ours_stands_in_its_way(id, right, wrong):
    checked = slipped(id, right, wrong)
    assert checked.nodes["jacobian"].verdict is Verdict.FAIL
    assert not checked.ungraded


def test_rows_and_columns_give_the_same_numbers_for_the_same_layer():
    """The two lectures' ∂z/∂x, Wᵀ and W, are one matrix, since each W is the other's transpose."""
    rng = np.random.default_rng(4)
    x, W, dz = rng.normal(size=3), rng.normal(size=(3, 2)), rng.normal(size=2)
    by_rows = solutions.dz_dx_rows(x, W)
    by_columns = solutions.dz_dx_columns(W.T, x, np.zeros(2))
    assert np.array_equal(by_rows, by_columns)
    assert by_rows[1, 0] == W[0, 1]
    _, cache = solutions.linear_columns_forward(W.T, x, np.zeros(2))
    dW_columns, da, _ = solutions.linear_columns_backward(dz, cache)
    dx, dW_rows = solutions.linear_rows_backward(dz[None], (x[None], W))
    assert np.allclose(dx[0], da)
    assert np.allclose(dW_rows, dW_columns.T)


def test_the_three_index_jacobian_summed_against_the_upstream_is_the_outer_product():
    """∂e/∂W = Σ_k ∂e/∂z_k ∂z_k/∂W = xᵀ ∂e/∂z, as the lecture has it."""
    rng = np.random.default_rng(5)
    x, W, dz = rng.normal(size=3), rng.normal(size=(3, 4)), rng.normal(size=4)
    J = LINEAR_ROW.jacobian(x, W)["z", "W"]
    assert J.shape == (4, 3, 4)
    assert np.allclose(np.einsum("k,kij->ij", dz, J), np.outer(x, dz))
    assert np.count_nonzero(J) == 3 * 4


def test_the_score_has_the_lectures_gradients():
    """∂s/∂b = u ∘ f'(z), ∂s/∂W = δxᵀ, ∂s/∂x = Wᵀδ (the last two are where the deck stops)."""
    rng = np.random.default_rng(6)
    values = BY_ID["score_gradients"].drawn(rng)
    got = BY_ID["score_gradients"].graph.backward(values).gradients
    z = values["W"] @ values["x"] + values["b"]
    h = 1 / (1 + np.exp(-z))
    delta = values["u"] * h * (1 - h)
    assert np.allclose(got["b"], delta)
    assert np.allclose(got["W"], np.outer(delta, values["x"]))
    assert np.allclose(got["x"], values["W"].T @ delta)


def test_a_lost_transpose_in_the_upper_layer_is_found_there_and_the_lower_one_follows():
    checked = slipped("score_gradients_two", "dh1 = W2.T @ dz2", "dh1 = W2 @ dz2")
    standings = {name: node.standing for name, node in checked.nodes.items()}
    assert [name for name, standing in standings.items() if standing is Standing.ORIGIN] == ["dh1"]
    assert {standings[name] for name in ("dz1", "dW1", "db1", "dx")} == {Standing.INHERITED}
    assert {standings[name] for name in ("du", "dh2", "dz2", "dW2", "db2")} == {Standing.CORRECT}


@pytest.mark.parametrize("id", ["score_gradients", "score_gradients_two", "score_gradients_three"])
def test_scores_are_drawn_square_so_that_a_lost_transpose_runs(id):
    exercise = BY_ID[id]
    for seed in range(20):
        values = exercise.drawn(np.random.default_rng(seed))
        assert len({size for value in values.values() for size in value.shape}) == 1


def no_sum(gradient, shape):
    return gradient.reshape(shape) if gradient.size == np.prod(shape) else gradient


def averaged(gradient, shape):
    return solutions.unbroadcast(gradient, shape) * max(np.prod(shape), 1) / gradient.size


def flattened(gradient, shape):
    return np.atleast_1d(np.squeeze(solutions.unbroadcast(gradient, shape)))


def wrong_axis(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=-1)
    for axis, size in enumerate(shape):
        if size == 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient


def leading_only(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    return gradient


UNBROADCASTS = {
    "nothing summed": (no_sum, {"shape", "sums"}),
    "averaged": (averaged, {"sums"}),
    "axes of 1 dropped": (flattened, {"shape"}),
    "summed from the wrong end": (wrong_axis, {"shape", "sums"}),
    "axes of 1 not summed": (leading_only, {"shape", "sums"}),
    "None": (lambda gradient, shape: None, {"shape", "sums"}),
    "zeros": (lambda gradient, shape: np.zeros(shape), {"sums"}),
}


@pytest.mark.parametrize("name", UNBROADCASTS)
def test_a_wrong_unbroadcast_is_found_at_its_node(name):
    function, nodes = UNBROADCASTS[name]
    for seed in range(5):
        assert problems(UNBROADCAST, function, seed) == nodes


def test_the_square_broadcast_tells_the_wrong_axis_by_its_numbers_and_says_so():
    gradient = np.array([[1.0, 2.0, 4.0], [3.0, -1.0, 0.5], [0.0, 1.0, -2.0]])
    ((node, message),) = UNBROADCAST.judge((gradient, (3,)), gradient.sum(axis=1))
    assert node == "sums"
    assert "a sum over the wrong axis" in message


def test_every_shape_of_unbroadcast_really_broadcasts():
    for upstream, shape in SHAPES.values():
        assert np.broadcast_shapes(upstream, shape) == upstream


def test_an_outer_product_of_the_other_convention_is_told_so():
    x, dz = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])
    swapped = {"rows": np.outer(dz, x), "columns": np.outer(dz, x)}
    ((node, message),) = OUTER_GRADIENT.judge((x, dz), swapped)
    assert node == "rows"
    assert "the other convention" in message
    assert dict(OUTER_GRADIENT.judge((x, dz), None)).keys() == {"rows", "columns"}
    assert dict(OUTER_GRADIENT.judge((x, dz), {"rows": np.outer(x, dz)})).keys() == {"columns"}


def test_the_counts_of_a_jacobian_are_those_of_the_real_one():
    N, D, M = 4, 3, 2
    x, w = LINEAR.draw(np.random.default_rng(0), {"N": N, "D": D, "M": M})
    J = LINEAR.jacobian(x, w)["out", "w"].reshape(N * M, D * M)
    found = counts(N, D, M)
    assert (found["jacobian_rows"], found["jacobian_columns"]) == J.shape
    assert found["entries"] == J.size
    assert found["not_zero"] == np.count_nonzero(J)
    assert found["megabytes"] == J.nbytes / 1e6
    dz = np.ones((N, M))
    assert np.allclose((dz.reshape(1, -1) @ J).reshape(D, M), x.T @ dz)


def test_no_two_answers_of_a_size_paper_are_taken_for_each_other():
    for seed in range(200):
        questions = {q.id: q for q in sizes_paper(np.random.default_rng(seed))}
        for id, other in (
            ("jacobian_rows", "jacobian_columns"),
            ("not_zero", "entries"),
            ("rows_of_dw", "not_zero"),
        ):
            assert not questions[id].low <= questions[other].value <= questions[id].high


def test_a_backward_that_spoils_its_upstream_costs_a_mark():
    """dout *= in place is what the next layer would read."""
    checked = slipped("prelu", "dx = dout * (x > 0) + dout * a * (x <= 0)",
                      "dx = dout\n    dx *= np.where(x > 0, 1, a)")  # fmt: skip
    assert any(
        "dout" in finding.message for finding in checked.findings if finding.verdict is not Verdict.PASS
    )
