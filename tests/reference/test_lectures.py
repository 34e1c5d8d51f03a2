"""Every number that the five lectures print for these items, and the right value where a slide is wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from reference import Graph, Node, graphs, layers
from reference.activations import NEG_LOG_SIGMOID, RELU, SIGMOID
from reference.gates import EXP, RECIPROCAL, SCALE, SHIFT
from reference.linear_columns import AFFINE_COLUMNS, LINEAR_COLUMNS
from reference.linear_rows import LINEAR
from reference.mlp import mlp_backward, mlp_forward
from reference.sgd import sgd_step
from reference.squared_error import HALF_SQUARED_ERROR, SQUARED_ERROR

SIGMOID_POINT = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}


def gradient(name: str, values: dict) -> dict[str, float]:
    return {node: float(g) for node, g in graphs()[name].backward(values).gradients.items()}


def test_product_of_sum_at_minus_two_five_minus_four():
    """CS231n, lecture 4: q = 3, f = -12, ∂f/∂z = 3, ∂f/∂q = ∂f/∂x = ∂f/∂y = -4."""
    result = graphs()["product_of_sum"].backward({"x": -2, "y": 5, "z": -4})
    assert (result.values["q"], result.values["f"]) == (3, -12)
    assert result.gradients == {"f": 1, "z": 3, "q": -4, "x": -4, "y": -4}


def test_sigmoid_circuit_has_the_values_on_the_slides():
    """Two decimals as printed: -2, 6, 4, 1, -1, 0.37, 1.37, 0.73."""
    values = graphs()["sigmoid_circuit"].forward(SIGMOID_POINT)
    inner = [
        round(float(values[name]), 2)
        for name in graphs()["sigmoid_circuit"].order
        if name not in SIGMOID_POINT
    ]
    assert inner == [-2, 6, 4, 1, -1, 0.37, 1.37, 0.73]


def test_sigmoid_circuit_has_the_gradients_of_the_blackboard():
    g = gradient("sigmoid_circuit", SIGMOID_POINT)
    expected = {
        "reciprocal1": 1,
        "shift1": -0.534447,  # -1/1.37² = -0.53
        "exp1": -0.534447,
        "scale1": -0.196612,
        "add2": 0.196612,  # σ(1)(1 - σ(1)) = 0.73 · 0.27 = 0.20
        "w0": -0.196612,
        "x0": 0.393224,  # printed 0.4 from the rounded 0.2 · 2; it is 0.39
        "w1": -0.393224,
        "x1": -0.589836,
        "w2": 0.196612,
    }
    assert {name: round(g[name], 6) for name in expected} == expected
    assert round(g["x0"], 2) == 0.39


def test_the_fused_sigmoid_gate_gives_the_same_gradients_as_its_four_gates():
    simple, fused = (
        gradient("sigmoid_circuit", SIGMOID_POINT),
        gradient("sigmoid_circuit_fused", SIGMOID_POINT),
    )
    assert fused["sigmoid1"] == 1
    for name in SIGMOID_POINT:
        assert fused[name] == pytest.approx(simple[name], rel=1e-14)
    assert round(fused["w2"], 2) == 0.20


def test_the_gates_of_the_circuit_have_the_local_gradients_of_the_slide():
    x = np.array(0.7)
    assert EXP.vjp((x,), 1.0)["x"] == np.exp(0.7)
    assert SCALE.vjp((x, 3.0), 1.0)["x"] == 3
    assert RECIPROCAL.vjp((x,), 1.0)["x"] == pytest.approx(-1 / 0.49)
    assert SHIFT.vjp((x, 3.0), 1.0)["x"] == 1
    assert round(float(RECIPROCAL.vjp((1.37,), 1.0)["x"]), 2) == -0.53


def test_six_x():
    """z = 3y, y = x²: dz/dx = 3 · 2x = 6x."""
    for x in (-1.5, 0.0, 2.0):
        assert gradient("six_x", {"x": x}) == {"z": 1, "y": 3, "x": 6 * x}


@pytest.mark.parametrize(("r", "s"), [(2.0, 3.0), (-1.5, 0.25)])
def test_xyz_through_r_and_s(r, s):
    """f = xyz, x = r, y = rs, z = s: yz·0 + xz·r + xy·1 = 2r²s (a slide prints yz·r), and ∂f/∂r = 2rs²."""
    g = gradient("chain_rs", {"r": r, "s": s})
    assert g["s"] == pytest.approx(2 * r * r * s)
    assert g["r"] == pytest.approx(2 * r * s * s)
    x, y, z = r, r * s, s
    assert g["s"] == pytest.approx(y * z * 0 + x * z * r + x * y * 1)
    assert g["s"] != pytest.approx(y * z * 0 + y * z * r + y * 1)


def test_and_on_through_u():
    """With r = u² and s = 3u: f = 9u⁶, so df/du = 54u⁵; and knowing ∂f/∂r, ∂f/∂s is enough."""
    u = 1.5
    g = gradient("chain_u", {"u": u})
    assert g["u"] == pytest.approx(54 * u**5)
    assert g["u"] == pytest.approx(g["r"] * 2 * u + g["s"] * 3)


def test_squared_error_of_a_linear_score():
    """e = (y - wx)²: ∂e/∂h = -2(y - h), ∂h/∂w = x, the product -2(y - wx)x."""
    x, w, y = np.array([[0.5, -1.0, 2.0]]), np.array([[1.0], [0.25], [-0.5]]), np.array([[1.5]])
    h = x @ w
    dh = SQUARED_ERROR.vjp((h, y), 1.0)["h"]
    assert dh == pytest.approx(-2 * (y - h))
    dw = LINEAR.vjp((x, w), dh)["w"]
    assert dw == pytest.approx((-2 * (y - h) * x).T)


def test_negative_log_sigmoid_of_a_linear_score():
    """e = -log σ(wx): -1/h2 · σ(1 - σ) · x = (σ - 1)x."""
    x, w = np.array([[0.5, -1.0, 2.0]]), np.array([[1.0], [0.25], [-0.5]])
    h1 = x @ w
    s = 1 / (1 + np.exp(-h1))
    local = NEG_LOG_SIGMOID.vjp((h1,), np.ones_like(h1))["x"]
    assert local == pytest.approx(-1 / s * s * (1 - s))
    assert LINEAR.vjp((x, w), local)["w"] == pytest.approx(((s - 1) * x).T)


def test_rows_and_columns_have_transposed_jacobians_and_both_are_right():
    """∂z/∂x = Wᵀ for z = xW (row), W for z = Wx (column): one matrix, laid out as each convention has it."""
    W = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    x = np.array([0.5, -1.0])
    rows = LINEAR.jacobian(x[None], W)["out", "x"][0, :, 0, :]
    assert np.array_equal(rows, W.T)
    columns = LINEAR_COLUMNS.jacobian(W.T, x)["z", "a"]
    assert np.array_equal(columns, W.T)
    dz = np.array([1.0, -1.0, 2.0])
    assert np.array_equal(LINEAR.vjp((x[None], W), dz[None])["x"][0], LINEAR_COLUMNS.vjp((W.T, x), dz)["a"])


def test_one_entry_of_z_depends_on_one_column_of_w():
    """∂z_k/∂W_ij = [k = j] x_i, so ∂e/∂W = xᵀ ∂e/∂z."""
    x, W = np.array([[2.0, 3.0]]), np.ones((2, 3))
    jacobian = LINEAR.jacobian(x, W)["out", "w"][0]
    for k in range(3):
        for i in range(2):
            for j in range(3):
                assert jacobian[k, i, j] == (x[0, i] if k == j else 0)


def test_relu_has_a_diagonal_jacobian_of_ones_and_zeros():
    assert np.array_equal(RELU.jacobian(np.array([1.5, -2.0, 0.5]))["out", "x"], np.diag([1.0, 0.0, 1.0]))


def test_the_jacobians_to_practise_at_home():
    """∂(Wx + b)/∂x = W, ∂(Wx + b)/∂b = I, ∂(uᵀh)/∂u = hᵀ, ∂f(z)/∂z = diag f'(z)."""
    W, x, b = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([0.5, -1.0]), np.array([1.0, 2.0, 3.0])
    jacobians = AFFINE_COLUMNS.jacobian(W, x, b)
    assert np.array_equal(jacobians["z", "a"], W)
    assert np.array_equal(jacobians["z", "b"], np.eye(3))
    h = np.array([0.2, 0.3, 0.4])
    assert np.array_equal(LINEAR_COLUMNS.jacobian(np.array([[1.0, 0, -1]]), h)["z", "W"][0, 0], h)
    s = SIGMOID.forward(h)[0]
    assert SIGMOID.jacobian(h)["out", "x"] == pytest.approx(np.diag(s * (1 - s)))


def test_score_gradients_with_one_hidden_layer():
    """s = uᵀf(Wx + b): ∂s/∂b = uᵀ ∘ f'(z) = δᵀ, and the step that the slides stop before: ∂s/∂W = δxᵀ."""
    W, x, b = (
        np.array([[1.0, -0.5], [0.25, 2.0], [0.5, 0.5]]),
        np.array([0.5, -1.0]),
        np.array([0.1, 0.2, 0.3]),
    )
    u = np.array([1.0, -2.0, 0.5])
    graph = Graph(
        [
            *(Node(name) for name in ("u", "W", "x", "b")),
            Node("z", AFFINE_COLUMNS, ("W", "x", "b")),
            Node("h", SIGMOID, ("z",)),
            Node("s", LINEAR_COLUMNS, ("u", "h")),
        ]
    )
    g = graph.backward({"u": u[None], "W": W, "x": x, "b": b}).gradients
    z = W @ x + b
    slope = 1 / (1 + np.exp(-z)) * (1 - 1 / (1 + np.exp(-z)))
    assert g["b"] == pytest.approx(u * slope)
    assert g["W"] == pytest.approx(np.outer(u * slope, x))
    assert g["u"][0] == pytest.approx(1 / (1 + np.exp(-z)))
    assert g["x"] == pytest.approx(W.T @ (u * slope))


def test_delta_of_the_output_layer():
    """½Σ(y - a)² with a = σ(z): δ = (a - y) ⊙ σ(1 - σ)."""
    z, y = np.array([0.3, -1.2]), np.array([1.0, 0.0])
    a = 1 / (1 + np.exp(-z))
    da = HALF_SQUARED_ERROR.vjp((a, y), 1.0)["a"]
    assert da == pytest.approx(a - y)
    assert SIGMOID.vjp((z,), da)["x"] == pytest.approx((a - y) * a * (1 - a))


def test_the_three_two_network_entry_by_entry():
    """Two inputs, three hidden, two outputs: δ² outer a¹, and δ¹ = (W²)ᵀδ² ⊙ g'(z¹), each entry written out.

    A slide writes δ₂², δ₃² where δ₂¹, δ₃¹ are meant, and δ(a^L)ᵀ where a^{L-1} is.
    """
    rng = np.random.default_rng(3)
    sizes = (2, 3, 2)
    weights = [np.asarray(rng.integers(-90, 91, (m, d)) / 100) for d, m in pairwise(sizes)]
    biases = [np.asarray(rng.integers(-90, 91, m) / 100) for m in sizes[1:]]
    x, y = np.array([0.5, -1.0]), np.array([1.0, 0.0])
    run = mlp_forward(x, weights, biases)
    g = mlp_backward(run.a[-1] - y, weights, run)
    d1, d2 = g.delta
    W2 = weights[1]
    slope = [a * (1 - a) for a in run.a]
    for i in range(2):
        assert d2[i] == pytest.approx((run.a[2][i] - y[i]) * slope[2][i])
        for j in range(3):
            assert g.dW[1][i, j] == pytest.approx(d2[i] * run.a[1][j])
    for k in range(3):
        assert d1[k] == pytest.approx((d2[0] * W2[0, k] + d2[1] * W2[1, k]) * slope[1][k])
        for j in range(2):
            assert g.dW[0][k, j] == pytest.approx(d1[k] * x[j])
    assert all(np.array_equal(db, delta) for db, delta in zip(g.db, g.delta, strict=True))
    assert g.dW[1].shape != np.outer(d2, run.a[2]).shape


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_delta_recursion_equals_backpropagation_through_the_graph(depth):
    rng = np.random.default_rng(depth)
    sizes = [2 + i % 3 for i in range(depth + 1)]
    weights = [rng.normal(size=(m, d)) for d, m in pairwise(sizes)]
    biases = [rng.normal(size=m) for m in sizes[1:]]
    x, y = rng.normal(size=sizes[0]), rng.normal(size=sizes[-1])
    nodes, values, last = [Node("a0"), Node("y")], {"a0": x, "y": y}, "a0"
    for level, (W, b) in enumerate(zip(weights, biases, strict=True), 1):
        nodes += [Node(f"W{level}"), Node(f"b{level}")]
        nodes += [Node(f"z{level}", AFFINE_COLUMNS, (f"W{level}", last, f"b{level}"))]
        nodes += [Node(f"a{level}", SIGMOID, (f"z{level}",))]
        values |= {f"W{level}": W, f"b{level}": b}
        last = f"a{level}"
    graph = Graph([*nodes, Node("L", HALF_SQUARED_ERROR, (last, "y"))])
    expected = graph.backward(values).gradients
    run = mlp_forward(x, weights, biases)
    got = mlp_backward(run.a[-1] - y, weights, run)
    for level in range(1, depth + 1):
        assert got.delta[level - 1] == pytest.approx(expected[f"z{level}"])
        assert got.dW[level - 1] == pytest.approx(expected[f"W{level}"])
        assert got.db[level - 1] == pytest.approx(expected[f"b{level}"])
    assert got.dx == pytest.approx(expected["a0"])


def test_the_mlp_chain_reuses_what_it_has_computed():
    """Four gradients by the chain rule written out; no learning rate is in them (a slide has -η there)."""
    p = {"x": 0.5, "w1": 0.8, "b1": -0.1, "w2": 1.2, "w3": -0.7, "y": 1.0}
    g = gradient("mlp_chain", p)
    s = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731 - the slide's own letter
    f1 = s(p["w1"] * p["x"] + p["b1"])
    f2 = s(p["w2"] * f1)
    f3 = s(p["w3"] * f2)
    d3 = -(p["y"] - f3) * f3 * (1 - f3)  # ∂L/∂a3
    d2 = d3 * p["w3"] * f2 * (1 - f2)  # with ∂a3/∂f2, which a recap slide drops
    d1 = d2 * p["w2"] * f1 * (1 - f1)
    assert g["w3"] == pytest.approx(d3 * f2)
    assert g["w2"] == pytest.approx(d2 * f1)
    assert g["w1"] == pytest.approx(d1 * p["x"])
    assert g["b1"] == pytest.approx(d1)


def test_one_step_of_gradient_descent_goes_down():
    """θ ← θ - η ∂L/∂θ (a slide writes plus, which climbs)."""
    graph = graphs()["mlp_chain"]
    p = {"x": 0.5, "w1": 0.8, "b1": -0.1, "w2": 1.2, "w3": -0.7, "y": 1.0}
    result = graph.backward(p)
    learned = {name: np.asarray(p[name]) for name in ("w1", "b1", "w2", "w3")}
    down = sgd_step(learned, result.gradients, learning_rate=0.1)
    up = sgd_step(learned, result.gradients, learning_rate=-0.1)
    assert down["w3"] == pytest.approx(p["w3"] - 0.1 * result.gradients["w3"])
    loss = lambda theta: float(graph.forward(p | theta)["L"])  # noqa: E731 - a line reads better here
    assert loss(down) < float(result.values["L"]) < loss(up)


def test_the_k_layer_chain_is_a_product_of_local_gradients():
    """∂e/∂w_k = ∂e/∂h_K · ∂h_K/∂h_{K-1} ... ∂h_{k+1}/∂h_k · ∂h_k/∂w_k, the same for every k."""
    K = 6
    sigmoid, multiply = layers()["sigmoid"], layers()["multiply"]
    nodes = [Node("h0")]
    for k in range(1, K + 1):
        nodes += [
            Node(f"w{k}"),
            Node(f"z{k}", multiply, (f"w{k}", f"h{k - 1}")),
            Node(f"h{k}", sigmoid, (f"z{k}",)),
        ]
    values = {"h0": 0.5} | {f"w{k}": 1 + k / 10 for k in range(1, K + 1)}
    result = Graph(nodes).backward(values)
    v = result.values
    for k in range(1, K + 1):
        product = 1.0
        for j in range(K, k, -1):
            product *= v[f"h{j}"] * (1 - v[f"h{j}"]) * values[f"w{j}"]
        product *= v[f"h{k}"] * (1 - v[f"h{k}"]) * v[f"h{k - 1}"]
        assert result.gradients[f"w{k}"] == pytest.approx(product)


def test_svm_loss_uses_a_difference_of_scores():
    """L_i = Σ max(0, s_j - s_y + 1); a slide's W_j x + W_y x gives another number."""
    s, y = np.array([[3.2, 5.1, -1.7]]), np.array([0])
    loss = layers()["svm_loss"].forward(s, y)[0]
    assert loss == pytest.approx(max(0, 5.1 - 3.2 + 1) + max(0, -1.7 - 3.2 + 1))
    assert loss == pytest.approx(2.9)
    assert loss != pytest.approx(max(0, 5.1 + 3.2 + 1) + max(0, -1.7 + 3.2 + 1))


def test_regularisation_adds_two_lambda_w():
    w = np.array([[1.0, -2.0], [0.5, 3.0]])
    penalty, _ = layers()["l2"].forward(w, 0.1)
    assert penalty == pytest.approx(0.1 * 14.25)
    assert layers()["l2"].vjp((w, 0.1), 1.0)["w"] == pytest.approx(0.2 * w)


def test_patterns_in_gradient_flow():
    """Add distributes, multiply switches, max routes, copy adds."""
    x, y, up = np.array(3.0), np.array(-2.0), 0.5
    assert layers()["add"].vjp((x, y), up) == {"x": up, "y": up}
    assert layers()["multiply"].vjp((x, y), up) == {"x": up * y, "y": up * x}
    assert layers()["maximum"].vjp((x, y), up) == {"x": up, "y": 0}
    assert layers()["copy"].vjp((x,), 0.5, 2.0) == {"x": 2.5}


def test_weights_of_zero_leave_the_hidden_layers_without_any_gradient():
    """W = 0: every hidden delta is exactly 0, so only the last biases ever move."""
    weights, biases = [np.zeros((3, 2)), np.zeros((2, 3))], [np.zeros(3), np.zeros(2)]
    run = mlp_forward(np.array([0.5, -1.0]), weights, biases)
    g = mlp_backward(run.a[-1] - np.array([1.0, 0.0]), weights, run)
    assert not g.delta[0].any()
    assert not g.dW[0].any()
    assert g.db[1].any()


def test_a_factor_of_the_chain_vanishes_or_explodes_where_the_slides_say_and_where_they_do_not():
    """|wσ'| < ¼ for |w| < 1; a weight drawn from N(0, 1) is that small with probability 0.683 only.

    With w = 100 the factor exceeds 1 only where σ' > 0.01, which is |z| < 4.585.
    """
    z = np.linspace(-10, 10, 100_001)
    slope = SIGMOID.vjp((z,), np.ones_like(z))["x"]
    assert slope.max() == 0.25
    large = z[100 * slope > 1]
    assert large.max() == pytest.approx(4.585, abs=1e-3)
    draws = np.random.default_rng(0).normal(size=200_000)
    assert np.mean(np.abs(draws) < 1) == pytest.approx(0.683, abs=0.004)


@pytest.mark.parametrize("hidden", [2, 3])
def test_scores_through_two_and_three_hidden_layers(hidden):
    """s = uᵀh_L: the same recursion, once more for each layer."""
    rng = np.random.default_rng(hidden)
    weights = [rng.normal(size=(3, 3)) for _ in range(hidden)]
    biases = [rng.normal(size=3) for _ in range(hidden)]
    u, x = rng.normal(size=3), rng.normal(size=3)
    run = mlp_forward(x, weights, biases)
    g = mlp_backward(u, weights, run)
    delta = u * run.a[-1] * (1 - run.a[-1])
    for level in range(hidden - 1, -1, -1):
        assert g.db[level] == pytest.approx(delta)
        assert g.dW[level] == pytest.approx(np.outer(delta, run.a[level]))
        a = run.a[level]
        delta = (weights[level].T @ delta) * (a * (1 - a))
