"""The exercises on scalar circuits: the lectures' numbers, and mistakes that are caught where they are made."""

from __future__ import annotations

import math

import numpy as np
import pytest

from exercises.bugs.slide_chain import SLIDE_CHAIN_FACTORS
from exercises.linear.jacobian_chain import K_LAYER_CHAIN
from exercises.losses.linear_losses import NEG_LOG_SIGMOID_GRAD, SQ_ERR_GRAD
from grader.findings import Verdict
from grader.report.report import Standing
from reference.chain_product import CHAIN_PRODUCT
from reference.jacobian_chain import chain_gradients
from tests.exercises import solutions
from tests.exercises.shared import BY_ID, situations
from tests.exercises.solutions import TEXTS
from tests.exercises.test_graded import graded

CIRCUITS = TEXTS["circuits"]


def slipped(right, wrong):
    assert right in CIRCUITS
    return CIRCUITS.replace(right, wrong)


def gradients(id, **values):
    found = BY_ID[id].graph.backward(values or BY_ID[id].shown).gradients
    return {f"d{name}": np.asarray(g) for name, g in found.items()}


@pytest.mark.parametrize("x", [-2.0, 0.5, 5.0])
def test_three_times_a_square_has_the_slope_six_x(x):
    assert gradients("six_x", x=x)["dx"] == 6 * x


def test_a_product_of_three_has_the_lectures_derivatives():
    found = gradients("xyz", x=2.0, y=-3.0, z=5.0)
    assert (found["dx"], found["dy"], found["dz"]) == (-15, 10, -6)


def test_the_fused_circuit_has_the_lectures_numbers_and_those_of_the_small_gates():
    fused, small = gradients("sigmoid_circuit_fused"), gradients("sigmoid_circuit")
    assert fused["du"] == pytest.approx(0.196612, abs=1e-6)
    expected = {
        "dw0": -0.196612, "dx0": 0.393224, "dw1": -0.393224, "dx1": -0.589836, "dw2": 0.196612,
    }  # fmt: skip
    assert {name: float(fused[name]) for name in expected} == pytest.approx(expected, abs=1e-6)
    for name in BY_ID["sigmoid_circuit_fused"].nodes:
        assert fused[name] == pytest.approx(small[name], rel=1e-12)


def test_two_digits_of_the_slope_are_the_lectures_twenty_hundredths():
    assert round(0.73 * 0.27, 2) == round(float(gradients("sigmoid_circuit_fused")["du"]), 2) == 0.20


@pytest.mark.parametrize("u", [0.7, -1.3, 2.0])
def test_the_chain_goes_on_through_u_as_the_polynomial_says(u):
    """f = r²s² with r = u², s = u + 3, and the lecture's 2rs² and 2r²s on the way."""
    found, r, s = gradients("chain_u", u=u), u**2, u + 3
    assert found["dr"] == pytest.approx(2 * r * s**2)
    assert found["ds"] == pytest.approx(2 * r**2 * s)
    assert found["du"] == pytest.approx(4 * u**3 * (u + 3) ** 2 + 2 * u**4 * (u + 3))


def test_the_squared_error_has_the_lectures_pieces_and_their_product():
    w, x, y = SQ_ERR_GRAD.shown["w"], SQ_ERR_GRAD.shown["x"], SQ_ERR_GRAD.shown["y"]
    found = gradients("sq_err_grad")
    assert found["dh"] == pytest.approx(-2 * (y - w @ x))
    assert found["dw"] == pytest.approx(-2 * (y - w @ x) * x)


def test_the_log_loss_has_the_lectures_pieces_and_their_product():
    w, x = NEG_LOG_SIGMOID_GRAD.shown["w"], NEG_LOG_SIGMOID_GRAD.shown["x"]
    sigma = 1 / (1 + math.exp(-(w @ x)))
    found = gradients("neg_log_sigmoid_grad")
    assert found["dh2"] == pytest.approx(-1 / sigma)
    assert found["dh1"] == pytest.approx(-1 / sigma * sigma * (1 - sigma)) == pytest.approx(sigma - 1)
    assert found["dw"] == pytest.approx((sigma - 1) * x)


def test_one_layer_of_the_chain_is_one_product_and_two_layers_share_the_upstream():
    de, between = np.array([2.0, -1.0]), [np.array([[1.0, 0.0, 2.0], [3.0, 1.0, -1.0]])]
    at_weights = [np.array([[1.0], [2.0], [3.0]]), np.array([[4.0, 0.5], [1.0, -2.0]])]
    first, last = chain_gradients(de, between, at_weights)
    assert last.tolist() == [7.0, 3.0]  # 2·4 - 1, 2·0.5 + 2
    assert first.tolist() == [12.0]  # upstream (-1, -1, 5): -1 - 2 + 15


def test_the_chain_agrees_with_multiplying_every_formula_out():
    rng = np.random.default_rng(4)
    for size in K_LAYER_CHAIN.sizes:
        de, between, at_weights = K_LAYER_CHAIN.draw(rng, size)
        for k, got in enumerate(chain_gradients(de, between, at_weights)):
            product = np.eye(de.size)
            for jacobian in reversed(between[k:]):
                product = product @ jacobian
            assert got == pytest.approx(de @ product @ at_weights[k])


SLIPS = [
    ("scale_gate", "np.asarray(dout * a, dtype=dout.dtype)", "dout.copy()", "dx", "factor-missing"),
    ("shift_gate", "dx = dout.copy()", "dx = np.ones_like(dout)", "dx", "ignores-dout"),
    ("shift_gate", "return x + c, None", "return x + c, c", None, None),
    ("shift_gate", "return x + c, None", "return x * c, None", "out", "multiplies"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong", "node", "mistake"), SLIPS)
def test_a_slip_at_a_gate_with_a_constant_is_named_at_its_node(id, right, wrong, node, mistake):
    checked = graded(BY_ID[id], slipped(right, wrong))
    failed = [name for name, result in checked.nodes.items() if result.verdict is Verdict.FAIL]
    assert failed == ([node] if node else [])
    assert [(d.node, d.id) for d in checked.diagnoses] == ([(node, mistake)] if node else [])


GRAPH_SLIPS = [
    ("six_x", "dx = dy * 2 * x", "dx = dy * x", "dx"),
    ("xyz", "dx = dt * y", "dx = dt * x", "dx"),
    ("sigmoid_circuit_fused", "du = f * (1 - f)", "du = u * (1 - u)", "du"),
    ("chain_u", "du += ds\n", "du = ds\n", "du"),
    ("chain_u", "ds = dy * r + dz", "ds = dz", "ds"),
    ("sq_err_grad", "dh = -dr", "dh = dr", "dh"),
    ("sq_err_grad", "dr = 2 * r", "dr = r", "dr"),
    ("sq_err_grad", "dw = dh * x", "dw = dh * w", "dw"),
    ("neg_log_sigmoid_grad", "dh2 = dl / h2", "dh2 = 1 / h2", "dh2"),
    ("neg_log_sigmoid_grad", "dh1 = dh2 * h2 * (1 - h2)", "dh1 = h2 * (1 - h2)", "dh1"),
]


@pytest.mark.parametrize(("id", "right", "wrong", "origin"), GRAPH_SLIPS)
def test_a_slip_in_a_circuit_is_one_origin_and_what_follows_keeps_its_marks(id, right, wrong, origin):
    checked = graded(BY_ID[id], slipped(right, wrong))
    origins = [name for name, node in checked.nodes.items() if node.standing is Standing.ORIGIN]
    assert origins == [origin]
    others = [node for name, node in checked.nodes.items() if name != origin]
    assert all(node.verdict is Verdict.PASS or node.earns for node in others)


def predictions(id, node):
    """{mistake: its numbers on the shown case}."""
    _, situation = next(situations(BY_ID[id], seeds=(0,)))
    return {m.id: m.predict(situation) for m in BY_ID[id].misconceptions if m.node == node}


def test_the_mistakes_at_u_are_the_numbers_that_students_get():
    """At the lecture's numbers f = 0.73: σ alone, 1 - σ alone, and 1·(1 - 1) where u was put in for σ."""
    found = predictions("sigmoid_circuit_fused", "du")
    assert found["one-minus-missing"] == pytest.approx(0.7310586)
    assert found["sigma-missing"] == pytest.approx(0.2689414)
    assert found["derivative-of-x"] == 0


def test_ways_that_are_left_out_on_the_way_to_u_are_told_apart():
    found = predictions("chain_u", "du")
    assert found["path-through-r-only"] == 800
    assert found["path-through-s-only"] == 160
    assert found["local-forgotten"] == 360


def chain_problems(function, sizes=K_LAYER_CHAIN.sizes):
    rng = np.random.default_rng(2)
    found = {}
    for size in sizes:
        arguments = K_LAYER_CHAIN.draw(rng, size)
        found |= dict(K_LAYER_CHAIN.judge(arguments, function(*arguments)))
    return found


def wrong_order(de, between, at_weights):
    return solutions.chain_gradients(de, between, at_weights)[::-1]


def locals_only(de, between, at_weights):
    """Every layer's own Jacobian with ∂e/∂h_K: it runs where all sizes agree."""
    return [de @ at_weights[k] if len(at_weights[k]) == len(de) else None for k in range(len(at_weights))]


def one_short(de, between, at_weights):
    return solutions.chain_gradients(de, between, at_weights)[1:]


def columns_for_rows(de, between, at_weights):
    """Each Jacobian times the upstream as a column; only square sizes run."""
    upstream, found = de, [at_weights[-1] @ de]
    for k in reversed(range(len(between))):
        upstream = between[k] @ upstream
        found.append(at_weights[k] @ upstream)
    return found[::-1]


def test_wrong_ways_through_k_layers_are_found_at_their_node():
    assert chain_problems(solutions.chain_gradients) == {}
    assert chain_problems(wrong_order, (3, 5)).keys() == {"last", "earlier"}
    assert chain_problems(one_short).keys() == {"last", "earlier"}
    assert chain_problems(columns_for_rows, (4,)).keys() == {"last", "earlier"}
    assert chain_problems(lambda *a: [np.nan * g for g in solutions.chain_gradients(*a)]).keys() == {
        "last", "earlier",
    }  # fmt: skip


def test_a_chain_without_the_layers_between_is_told_so_and_keeps_the_last_one():
    found = chain_problems(locals_only, (4,))
    assert found.keys() == {"earlier"}
    assert "the layers between are missing" in found["earlier"]


def test_right_gradients_from_an_upstream_that_was_changed_in_place_are_told_so():
    checked = graded(K_LAYER_CHAIN, slipped("    upstream = de\n", "    de *= 2\n    upstream = de / 2\n"))
    assert all(node.verdict is Verdict.PASS for node in checked.nodes.values())
    assert [f.check for f in checked.findings if f.verdict is Verdict.FAIL] == ["unchanged"]
    assert checked.deductions == 1


def test_the_slides_line_is_wrong_where_the_lecture_says_and_right_by_chance_elsewhere():
    """2r²s against r²s² + rs: 24 against 42 at r = 2, s = 3; both 2 at r = s = 1."""
    shown = SLIDE_CHAIN_FACTORS.shown
    for r, s, line, right in ((2.0, 3.0, 42.0, 24.0), (1.0, 1.0, 2.0, 2.0)):
        f, cache = CHAIN_PRODUCT.forward(r, s)
        assert shown(1.0, np.asarray(r), np.asarray(s)) == line
        assert CHAIN_PRODUCT.backward(np.ones_like(f), cache) == (right,)


@pytest.mark.parametrize(
    ("right", "wrong", "node"),
    [
        ("return 1.0, 2.0", "return 1.0, 1.0", "counterexample"),
        ('chain_wrong_node = "dy"', 'chain_wrong_node = "dz"', "node"),
        ("x * z * r + x * y", "y * z * r + x * y", "mended"),
    ],
)
def test_each_part_of_the_slide_is_judged_on_its_own(right, wrong, node):
    checked = graded(SLIDE_CHAIN_FACTORS, slipped(right, wrong))
    assert [name for name, n in checked.nodes.items() if n.verdict is Verdict.FAIL] == [node]
